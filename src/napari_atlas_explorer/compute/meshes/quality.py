"""Mesh checks (closed, manifold, outward-facing) and enclosed volume."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.mesh import Mesh

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
"""Points beyond it (a kilometer, in µm) are not joined: rounded they would exceed whole numbers."""

SAME_PLACE = 1e-8
"""Points nearer than about this, in their unit, are at the same place."""


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


class _Surface:
    """Points and faces, and the edges that these have."""

    def __init__(self, points: Points, faces: Faces) -> None:
        self.points, self.faces = points, faces

    @cached_property
    def directed(self) -> NDArray[np.int64]:
        """Key of each edge of each face ``(3 n,)``, from its first to its second point."""
        starts, ends = self.faces.ravel(), np.roll(self.faces, -1, axis=1).ravel()
        return starts * len(self.points) + ends

    @cached_property
    def edges(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Keys of the edges, the lower point first, and the number of faces of each."""
        low, high = np.divmod(self.directed, max(1, len(self.points)))
        keys = np.sort(np.minimum(low, high) * len(self.points) + np.maximum(low, high))
        if not len(keys):
            return keys, keys
        first = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
        return keys[first], np.diff(np.append(first, len(keys)))

    def ends_of(self, keys: NDArray[np.int64]) -> Points:
        """Return the ends of edges ``(n, 2, 3)``."""
        ends = np.stack(np.divmod(keys, max(1, len(self.points))), axis=1)
        return np.asarray(self.points[ends], np.float64)

    @property
    def is_consistent(self) -> bool:
        """Whether the two faces of each edge run through it in opposite directions."""
        directed = np.sort(self.directed)
        twice = directed[1:][directed[1:] == directed[:-1]]
        if not len(twice):
            return True
        # An edge of three faces has two of one direction whatever they are.
        low, high = np.divmod(twice, len(self.points))
        keys, n_faces = self.edges
        at = np.searchsorted(keys, np.minimum(low, high) * len(self.points) + np.maximum(low, high))
        return not bool((n_faces[at] == 2).any())

    def split_components(self) -> tuple[NDArray[np.int64], int]:
        """Return the number of the part of each face, and how many parts there are."""
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import connected_components

        if not len(self.faces):
            return np.zeros(0, np.int64), 0
        n_points = len(self.points)
        keys, _ = self.edges
        low, high = np.divmod(keys, n_points)
        # Edges are sorted already: rows of a matrix, which takes a third of the time of pairs.
        rows = np.concatenate([[0], np.cumsum(np.bincount(low, minlength=n_points))])
        graph = csr_array((np.ones(len(keys)), high, rows), (n_points, n_points))
        n, of_point = connected_components(graph, directed=False)
        of_face = of_point[self.faces[:, 0]]
        used = np.zeros(n, bool)
        used[of_face] = True
        return (np.cumsum(used) - 1)[of_face].astype(np.int64), int(used.sum())


def examine_mesh(mesh: Mesh) -> MeshQuality:
    """Measure a surface.

    Points at the same place are taken for one only where the surface is open without that: an
    STL has three points for each face, but merging points of a sound mesh could join two sheets
    that merely touch.
    """
    empty = _empty_faces(mesh)
    surface = _weld(mesh, empty)
    keys, n_faces = surface.edges
    open_edges, crowded = keys[n_faces == 1], keys[n_faces > 2]
    part_of, n_parts = surface.split_components()
    volumes, inward = _measure_volumes(surface, part_of, n_parts)
    used = np.zeros(len(mesh.points), bool)
    used[mesh.faces] = True
    corners = mesh.points[used]
    first_inward = None
    if len(inward):
        first_inward = surface.points[surface.faces[np.isin(part_of, inward)][0, 0]]
    return MeshQuality(
        low=corners.min(axis=0),
        high=corners.max(axis=0),
        volume=float(volumes.sum()),
        n_faces=len(mesh.faces),
        n_parts=n_parts,
        open_edges=len(open_edges),
        open_at=surface.ends_of(open_edges[:1])[0].mean(axis=0) if len(open_edges) else None,
        crowded_edges=len(crowded),
        crowded_at=surface.ends_of(crowded[:1])[0].mean(axis=0) if len(crowded) else None,
        is_consistent=surface.is_consistent,
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
    keys, n_faces = surface.edges
    return FaultyEdges(surface.ends_of(keys[n_faces == 1]), surface.ends_of(keys[n_faces > 2]))


def _weld(mesh: Mesh, empty: NDArray[np.bool_]) -> _Surface:
    """Drop empty faces, and join coincident points where that closes the mesh."""
    faces = (mesh.faces[~empty] if empty.any() else mesh.faces).astype(np.int64, copy=False)
    surface = _Surface(mesh.points.astype(np.float64, copy=False), faces)
    is_near = bool((np.abs(surface.points) < FARTHEST).all())
    if not (len(faces) and is_near and (surface.edges[1] == 1).any()):
        return surface
    places = np.rint(surface.points / SAME_PLACE).astype(np.int64)
    order = np.lexsort(places.T)
    is_first = np.concatenate([[True], (places[order[1:]] != places[order[:-1]]).any(axis=1)])
    merged = np.empty(len(places), np.int64)
    merged[order] = np.cumsum(is_first) - 1
    if is_first.all():
        return surface
    joined = merged[faces]
    a, b, c = joined.T
    # A face whose points are one place by now has no area and no edges of its own.
    return _Surface(surface.points[order[is_first]], joined[(a != b) & (b != c) & (c != a)])


def _empty_faces(mesh: Mesh) -> NDArray[np.bool_]:
    first = mesh.points[mesh.faces[:, 0]]
    u, v = mesh.points[mesh.faces[:, 1]] - first, mesh.points[mesh.faces[:, 2]] - first
    area = np.linalg.norm(_cross(u, v), axis=1)
    return np.asarray(area <= EMPTY_SHARE * area.mean())


def _cross(u: NDArray[Any], v: NDArray[Any]) -> NDArray[Any]:
    """Return the cross products of rows: `numpy.cross` takes three times as long."""
    (ux, uy, uz), (vx, vy, vz) = u.T, v.T
    return np.stack([uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx], axis=1)


def _measure_volumes(
    surface: _Surface, part_of: NDArray[np.int64], n_parts: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the signed volume of each part, and the parts that are inside out."""
    if not n_parts:
        return np.zeros(0), np.zeros(0, np.int64)
    points = surface.points - surface.points.mean(axis=0)
    a, b, c = (points[surface.faces[:, k]] for k in range(3))
    sixths = np.einsum("ij,ij->i", a, _cross(b, c))
    volumes = np.bincount(part_of, sixths / 6, minlength=n_parts).astype(np.float64)
    if not (volumes < 0).any():
        return volumes, np.zeros(0, np.int64)
    order = np.argsort(part_of, kind="stable")
    starts = np.searchsorted(part_of[order], np.arange(n_parts))
    low = np.minimum.reduceat(np.minimum(np.minimum(a, b), c)[order], starts)
    high = np.maximum.reduceat(np.maximum(np.maximum(a, b), c)[order], starts)
    solid = volumes > 0
    inward = [
        part
        for part in np.flatnonzero(volumes < 0)
        # A cavity's faces look into the cavity, which is out of the part around it.
        if not (solid & (low <= low[part]).all(axis=1) & (high >= high[part]).all(axis=1)).any()
    ]
    return volumes, np.array(inward, np.int64)
