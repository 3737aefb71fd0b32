"""Simplification and volume-preserving smoothing of meshes."""

from __future__ import annotations

import threading
from typing import Any

import fast_simplification
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from .cleaning import closed_manifold
from .quality import enclosed_volume

# ---- Smoothing -----------------------------------------------------------------------------------

INWARD, OUTWARD = 0.5, -0.53
"""Shares of the way to the mean of a point's neighbors; Taubin 1995, pass band at 0.11."""


def smooth(points: Points, faces: Faces, rounds: int) -> Points:
    """Smooth a closed surface by Taubin's filter.

    In each round every point goes half-way to the mean of its neighbors, and then a little
    further back: that takes away steps and leaves what is larger, and the volume, as it is.
    (Taubin 1995, "A signal processing approach to fair surface design".)

    Parameters
    ----------
    points, faces
        A surface each edge of which has two faces, one in each direction.
    rounds
        Number of rounds.
    """
    n = len(points)
    # In such a surface each point has each of its neighbors once, at the end of an edge.
    start, end = faces.ravel(), faces[:, [1, 2, 0]].ravel()
    share = 1 / np.maximum(np.bincount(start, minlength=n), 1)
    mean_of_neighbors = csr_matrix((share[start], (start, end)), shape=(n, n))
    for _ in range(rounds):
        for step in (INWARD, OUTWARD):
            points = points + step * (mean_of_neighbors @ points - points)
    return points


# ---- Simplification ------------------------------------------------------------------------------

Points = NDArray[np.float64]
Faces = NDArray[np.int64]

_ONE_AT_A_TIME = threading.Lock()
"""fast-simplification keeps its mesh in variables of the module."""

MOST_TRIES = 4

COARSENESS = 0.3
"""Size of a voxel as fast-simplification is told it, whose first passes take away what errs by
less than a fixed amount: so there are fewer passes (a fifth less time, the same deviation)."""

MERGED_CELLS = ((2.0, 5), (1.5, 3))
"""Sides of the cells in voxels, and times as many triangles as wanted from which on they serve.

They leave a quarter and two fifths of the triangles.
"""
MERGED_CHANGE = 0.02
"""Share of the volume that merging may change; where it would change more, sheets are thin."""


def merge_vertices(
    q: NDArray[np.float32], faces: NDArray[np.uint32], max_faces: int
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the surface of voxels with fewer points, where far fewer are wanted; else as it is.

    The points in each cell of a few voxels become their mean. At a hundredth of the time that
    collapsing edges takes, the result of both together is as exact as that of collapsing alone,
    for the surface stays closed and its volume the same.

    Parameters
    ----------
    q, faces
        In voxels, from -0.5.
    max_faces
        Triangles that are wanted in the end.
    """
    cells = [cell for cell, times in MERGED_CELLS if len(faces) > times * max_faces]
    volume = enclosed_volume(q, faces) if cells else 0.0
    for cell in cells:
        points, triangles = _merge_cells(q, faces, cell)
        change = enclosed_volume(points, triangles) / volume - 1 if len(triangles) else -1.0
        if abs(change) <= MERGED_CHANGE:
            return points, triangles
    return q, faces


def _merge_cells(
    q: NDArray[np.float32], faces: NDArray[np.uint32], cell: float
) -> tuple[Points, NDArray[np.int32]]:
    index = ((q - q.min(axis=0)) / np.float32(cell)).astype(np.int64)
    n0, n1, n2 = (index.max(axis=0) + 1).tolist()
    key = (index[:, 0] * n1 + index[:, 1]) * n2 + index[:, 2]
    taken = np.zeros(n0 * n1 * n2, bool)
    taken[key] = True
    number = (np.cumsum(taken, dtype=np.int32) - 1)[key]
    sizes = np.bincount(number)
    sums = [np.bincount(number, q[:, axis]) for axis in range(3)]
    triangles = number[faces]
    a, b, c = triangles.T
    triangles = triangles[(a != b) & (b != c) & (c != a)]
    return np.stack(sums, axis=1) / sizes[:, np.newaxis], triangles


def simplify(
    points: NDArray[Any], faces: NDArray[Any], max_faces: int, unit: float
) -> tuple[Points, Faces]:
    """Collapse edges of a closed surface until it has few triangles, and keep it closed.

    Quadric error metrics by fast-simplification. It was chosen over pyfqmr, which gives the same
    triangles and takes 1.3 times as long, meshoptimizer, which is quicker but is an alpha release
    without wheels, and zmesh's own, which takes ten times as long.

    Parameters
    ----------
    points, faces
        ``(n, 3)``, ``(m, 3)``, closed.
    max_faces
        Most triangles of the result.
    unit
        Size of a voxel in the points' unit: errors are weighed in voxels.

    Returns
    -------
    Points, and faces of which each edge has two, one in each direction. Where the collapse had
    joined sheets along an edge, they are parted again; pieces without a volume are left out.
    There may be no face at all where nothing but such pieces would be left.
    """
    middle = points.mean(axis=0, dtype=np.float64)
    scaled = ((points - middle) * (COARSENESS / unit)).astype(np.float32)
    target = max_faces
    for _ in range(MOST_TRIES):
        with _ONE_AT_A_TIME:
            fewer, triangles = fast_simplification.simplify(
                scaled, np.ascontiguousarray(faces, dtype=np.int32), target_count=target
            )
        made = closed_manifold(fewer.astype(np.float64), triangles.astype(np.int64))
        if len(made[1]) <= max_faces:
            break
        # Parting sheets has added triangles, or the collapse stopped short.
        target = int(target * 0.9 * max_faces / len(made[1]))
    return made[0] * (unit / COARSENESS) + middle, made[1]
