"""Mesh checks (closed, manifold, outward-facing) and enclosed volume."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...core.mesh import Mesh

if TYPE_CHECKING:
    import trimesh


# ---- Enclosed volume -----------------------------------------------------------------------------

FACES_PER_BLOCK = 1 << 14
EXACT = 1e-3
MOST_STEPS = 4

Points = NDArray[np.float64]
Faces = NDArray[np.int64]


def enclosed_volume(points: NDArray[Any], faces: NDArray[Any]) -> float:
    """Return the volume of a closed surface; negative if it is inside out."""
    total = 0.0
    middle = points[0].astype(np.float64)  # far from the origin nothing is left of the digits
    x, y, z = np.ascontiguousarray((points - middle).T)
    for first in range(0, len(faces), FACES_PER_BLOCK):
        a, b, c = np.ascontiguousarray(faces[first : first + FACES_PER_BLOCK].T)
        bx, by, bz, cx, cy, cz = x[b], y[b], z[b], x[c], y[c], z[c]
        # Not with @: a BLAS with threads of its own gets in the way of other processes.
        total += float(np.einsum("i,i", x[a], by * cz - bz * cy))
        total += float(np.einsum("i,i", y[a], bz * cx - bx * cz))
        total += float(np.einsum("i,i", z[a], bx * cy - by * cx))
    return total / 6


def area_vectors(points: Points, faces: Faces) -> Points:
    """Sum of the area vectors of each point's faces ``(n, 3)``: along its normal, outward."""
    a, b, c = (points[faces[:, k]] for k in range(3))
    vectors = np.cross(b - a, c - a) / 2
    sums = np.empty_like(points)
    for axis in range(3):
        part = vectors[:, axis]
        sums[:, axis] = sum(np.bincount(faces[:, k], part, len(points)) for k in range(3))
    return sums


def scale_to_volume(
    points: Points, faces: Faces, volume: float, most: float
) -> tuple[Points, float]:
    """Move a surface in or out along its normals until it encloses a volume.

    Each point is moved by the same distance: first by the missing volume over the area, then, as
    long as more than `EXACT` of the volume is missing, by what the last step has shown.

    Parameters
    ----------
    volume
        Wanted, in the points' unit cubed.
    most
        Longest distance, in the points' unit; it is not exceeded even if the volume is missed.

    Returns
    -------
    Points, and the distance: positive outward.
    """
    vectors = area_vectors(points, faces)
    sizes = np.linalg.norm(vectors, axis=1, keepdims=True)
    normals = np.divide(vectors, sizes, out=np.zeros_like(vectors), where=sizes > 0)
    first = volume - enclosed_volume(points, faces)
    # A point's faces count to three points each.
    distance = float(np.clip(3 * first / max(float(sizes.sum()), 1e-30), -most, most))
    before, missing = (0.0, first), first
    for _ in range(MOST_STEPS):
        missing = volume - enclosed_volume(points + distance * normals, faces)
        rate = (before[1] - missing) / (distance - before[0]) if distance != before[0] else 0.0
        if abs(missing) <= EXACT * abs(volume) or rate <= 0:
            break
        before, distance = (
            (distance, missing),
            float(np.clip(distance + missing / rate, -most, most)),
        )
    return points + distance * normals, distance


# ---- Mesh checks ---------------------------------------------------------------------------------

EMPTY_SHARE = 1e-9
"""A face is empty whose area is below this share of the mean face's."""

FARTHEST = 1e9
"""Points beyond it (a kilometer, in µm) are not joined: trimesh rounds them to whole numbers."""


@dataclass(frozen=True, eq=False)
class MeshQuality:
    """Measures of a surface.

    Attributes
    ----------
    low, high
        ``(3,)`` corners of its bounding box, in the points' unit.
    volume
        What it encloses, in that unit cubed: negative where faces run clockwise seen from
        outside. Of an open surface it is an estimate.
    n_faces, n_parts
        Triangles, and sets of them that share edges.
    open_edges, open_at
        Edges that belong to one face alone, and the middle of one of them.
    crowded_edges, crowded_at
        Edges that belong to more than two faces, and the middle of one of them.
    is_consistent
        Whether faces that share an edge run the same way round.
    inward_parts, inward_at
        Parts whose faces look inwards, and a point of one; cavities in other parts do not count.
    empty_faces, empty_at
        Faces without an area, and a point of one of them.
    """

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    volume: float
    n_faces: int
    n_parts: int
    open_edges: int
    open_at: NDArray[np.float64] | None
    crowded_edges: int
    crowded_at: NDArray[np.float64] | None
    is_consistent: bool
    inward_parts: int
    inward_at: NDArray[np.float64] | None
    empty_faces: int
    empty_at: NDArray[np.float64] | None


def examine_mesh(mesh: Mesh) -> MeshQuality:
    """Measure a surface.

    Points at the same place are taken for one only where the surface is open without that: an
    STL has three points for each face, but merging points of a sound mesh could join two sheets
    that merely touch.
    """
    empty = _empty_faces(mesh)
    surface = _weld(mesh, empty)
    per_edge = _faces_of_edges(surface)
    open_edges, crowded = np.flatnonzero(per_edge == 1), np.flatnonzero(per_edge > 2)
    part_of, n_parts = _split_components(surface)
    volumes, inward = _measure_volumes(surface, part_of, n_parts)
    used = mesh.points[np.unique(mesh.faces)]
    first_inward = surface.triangles[np.isin(part_of, inward)][0, 0] if len(inward) else None
    return MeshQuality(
        low=used.min(axis=0),
        high=used.max(axis=0),
        volume=float(volumes.sum()),
        n_faces=len(mesh.faces),
        n_parts=n_parts,
        open_edges=len(open_edges),
        open_at=_find_center(surface, open_edges),
        crowded_edges=len(crowded),
        crowded_at=_find_center(surface, crowded),
        is_consistent=bool(surface.is_winding_consistent) if len(surface.faces) else True,
        inward_parts=len(inward),
        inward_at=first_inward,
        empty_faces=int(empty.sum()),
        empty_at=mesh.points[mesh.faces[empty][0, 0]] if empty.any() else None,
    )


@dataclass(frozen=True, eq=False)
class FaultyEdges:
    """Edges of a surface at which it is not sound: ``(n, 2, 3)`` ends of each.

    Attributes
    ----------
    open
        Those that belong to one face alone.
    crowded
        Those that belong to more than two faces.
    """

    open: NDArray[np.float64]
    crowded: NDArray[np.float64]

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.open) + len(self.crowded)


def faulty_edges(mesh: Mesh) -> FaultyEdges:
    """Return the edges that `examine_mesh` counts, with their places in the points' unit."""
    surface = _weld(mesh, _empty_faces(mesh))
    per_edge = _faces_of_edges(surface)

    def ends(which: NDArray[np.bool_]) -> NDArray[np.float64]:
        chosen = np.flatnonzero(which)
        if not len(chosen):
            return np.zeros((0, 2, 3))
        return np.asarray(surface.vertices[surface.edges_unique[chosen]], np.float64)

    return FaultyEdges(ends(per_edge == 1), ends(per_edge > 2))


def _weld(mesh: Mesh, empty: NDArray[np.bool_]) -> trimesh.Trimesh:
    """Drop empty faces, and join coincident points where that closes the mesh."""
    import trimesh

    faces = mesh.faces[~empty]
    surface = trimesh.Trimesh(mesh.points, faces, process=False, validate=False)
    is_near = bool((np.abs(mesh.points) < FARTHEST).all())
    if len(faces) and is_near and (_faces_of_edges(surface) == 1).any():
        merged = surface.copy()
        merged.merge_vertices()
        if len(merged.vertices) < len(surface.vertices):
            return merged
    return surface


def _empty_faces(mesh: Mesh) -> NDArray[np.bool_]:
    corners = mesh.points[mesh.faces]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = np.linalg.norm(cross, axis=1)
    return np.asarray(area <= EMPTY_SHARE * area.mean())


def _faces_of_edges(surface: trimesh.Trimesh) -> NDArray[np.int64]:
    """Number of faces of each edge, in the order of ``edges_unique``."""
    if not len(surface.faces):
        return np.zeros(0, np.int64)
    return np.bincount(surface.edges_unique_inverse)


def _find_center(surface: trimesh.Trimesh, edges: NDArray[np.int64]) -> NDArray[np.float64] | None:
    if not len(edges):
        return None
    return np.asarray(surface.vertices[surface.edges_unique[edges[0]]].mean(axis=0))


def _split_components(surface: trimesh.Trimesh) -> tuple[NDArray[np.int64], int]:
    """Number of the part of each face, and how many parts there are."""
    import trimesh

    if not len(surface.faces):
        return np.zeros(0, np.int64), 0
    # By points and not by pairs of faces, which trimesh leaves out where an edge has three.
    of_point = trimesh.graph.connected_component_labels(  # type: ignore[no-untyped-call]
        surface.edges_unique, node_count=len(surface.vertices)
    )
    names, part_of = np.unique(of_point[surface.faces[:, 0]], return_inverse=True)
    return part_of.astype(np.int64), len(names)


def _measure_volumes(
    surface: trimesh.Trimesh, part_of: NDArray[np.int64], n_parts: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the signed volume of each part, and the parts that are inside out."""
    if not n_parts:
        return np.zeros(0), np.zeros(0, np.int64)
    corners = surface.triangles - surface.vertices.mean(axis=0)
    sixths = np.einsum("ij,ij->i", corners[:, 0], np.cross(corners[:, 1], corners[:, 2]))
    volumes = np.bincount(part_of, sixths / 6, minlength=n_parts).astype(np.float64)
    order = np.argsort(part_of, kind="stable")
    starts = np.searchsorted(part_of[order], np.arange(n_parts))
    low = np.minimum.reduceat(corners.min(axis=1)[order], starts)
    high = np.maximum.reduceat(corners.max(axis=1)[order], starts)
    solid = volumes > 0
    inward = [
        part
        for part in np.flatnonzero(volumes < 0)
        # A cavity's faces look into the cavity, which is out of the part around it.
        if not (solid & (low <= low[part]).all(axis=1) & (high >= high[part]).all(axis=1)).any()
    ]
    return volumes, np.array(inward, np.int64)
