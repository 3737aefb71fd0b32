"""Distance of a mesh from its voxels and from its original."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

SAMPLES = 8_000
CANDIDATES = 4
"""Triangles with the nearest middles among which a point's nearest one is sought."""

Points = NDArray[np.float64]
Faces = NDArray[np.int64]


def sample_points(points: NDArray[Any]) -> Points:
    """Sample points evenly by order: all, or `SAMPLES` to twice as many."""
    return np.asarray(points[:: max(1, len(points) // SAMPLES)], np.float64)


def distances_to(samples: Points, surface: Points, faces: Faces) -> NDArray[np.float64]:
    """Return the distances of points from a surface ``(n,)``.

    Each is the distance from a triangle near the point: never too short, and too long only where
    a large triangle is nearer than four small ones.
    """
    corners = surface[faces]
    tree = cKDTree(corners.mean(axis=1), balanced_tree=False, compact_nodes=False)
    k = min(CANDIDATES, len(faces))
    near = tree.query(samples, k=k)[1].reshape(len(samples), k)
    best = np.full(len(samples), np.inf)
    for column in near.T:
        np.minimum(best, _measure_to_triangles(samples, corners[column]), out=best)
    return np.asarray(np.sqrt(best))


def _measure_to_triangles(points: Points, corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the squared distances of points ``(n, 3)`` from one triangle each ``(n, 3, 3)``."""
    ends = corners[:, [1, 2, 0]]
    along, away = ends - corners, points[:, np.newaxis] - corners
    length = np.einsum("ijk,ijk->ij", along, along)
    share = np.einsum("ijk,ijk->ij", away, along) / np.maximum(length, 1e-30)
    beside = away - np.clip(share, 0, 1)[..., np.newaxis] * along
    of_edges = np.einsum("ijk,ijk->ij", beside, beside).min(axis=1)
    normal = np.cross(along[:, 0], along[:, 1])
    area = np.einsum("ij,ij->i", normal, normal)
    height = np.einsum("ij,ij->i", away[:, 0], normal)
    inner = np.einsum("ijk,ijk->ij", np.cross(along, away), normal[:, np.newaxis])
    above = (inner >= 0).all(axis=1) & (area > 1e-30)
    of_plane = np.divide(height**2, area, out=np.full(len(points), np.inf), where=above)
    return np.asarray(np.minimum(of_edges, of_plane))


def beside_labels(q: NDArray[Any], part: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return whether the voxel under each point, or one of the 26 around it, is in a mask.

    Parameters
    ----------
    q
        ``(n, 3)`` points in the index space of the mask.
    part
        The mask; beyond it there is nothing.
    """
    index = np.floor(q).astype(np.int64)
    # Most points are found by their own voxel or the first of its neighbors.
    left = np.arange(len(index))
    found = np.zeros(len(index), bool)
    for step in sorted(itertools.product((0, -1, 1), repeat=3), key=lambda s: np.abs(s).sum()):
        at = index[left] + step
        inside = ((at >= 0) & (at < part.shape)).all(axis=1)
        hit = np.zeros(len(left), bool)
        hit[inside] = part[tuple(at[inside].T)]
        found[left[hit]] = True
        left = left[~hit]
        if not len(left):
            break
    return found
