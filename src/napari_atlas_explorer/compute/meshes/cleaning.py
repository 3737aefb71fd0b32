"""Edge-manifold meshes by splitting self-touching edges and vertices."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from ...core.errors import AtlasError

Points = NDArray[np.float64]
Faces = NDArray[np.int64]
Edges = NDArray[np.int64]


def closed_manifold(points: Points, faces: Faces) -> tuple[Points, Faces]:
    """Return the part a closed surface where its sheets have been joined along edges and points.

    A surface whose edges were collapsed is still closed, each edge being met as often in one
    direction as in the other, but four or more faces may meet at one edge. There they are taken
    in pairs, and each pair gets points of its own, at the same place.

    Parameters
    ----------
    points, faces
        A surface whose faces meet each edge as often in one direction as in the other.

    Returns
    -------
    Points and faces: every edge has two faces, one in each direction. Faces without three
    corners, and pairs of faces back to back, are gone.

    Raises
    ------
    AtlasError
        If the surface is open.
    """
    faces = remove_flaps(faces)
    if not len(faces):
        return points[:0], faces
    one, other = _pair_faces(points, faces)
    points, faces = _split_vertices(points, faces, one, other)
    return _split_edges(points, faces, one, other)


def remove_flaps(faces: Faces) -> Faces:
    """Return faces with three corners, without those that lie back to back with another one."""
    a, b, c = faces.T
    faces = faces[(a != b) & (b != c) & (c != a)]
    if not len(faces):
        return faces
    # Turned so that the lowest corner is first, equal faces are equal rows; reversed ones
    # differ in the order of the other two.
    first = faces.argmin(axis=1)
    turned = np.take_along_axis(faces, (first[:, np.newaxis] + np.arange(3)) % 3, axis=1)
    sign = np.where(turned[:, 1] < turned[:, 2], 1, -1)
    turned[:, 1:].sort(axis=1)
    order = np.lexsort((sign, *turned.T[::-1]))
    rows = turned[order]
    starts = np.flatnonzero(np.concatenate([[True], (rows[1:] != rows[:-1]).any(axis=1)]))
    if len(starts) == len(rows):
        return faces
    sizes = np.diff(starts, append=len(rows))
    surplus = np.repeat(np.add.reduceat(sign[order], starts), sizes)
    place = np.arange(len(rows)) - np.repeat(starts, sizes)
    # In each group the reversed ones come first; as many stay as are left of one direction.
    stays = (place < -surplus) | (place >= np.repeat(sizes, sizes) - surplus)
    return np.asarray(faces[np.sort(order[stays])])


def _pair_faces(points: Points, faces: Faces) -> tuple[Edges, Edges]:
    """Pair each edge with one that runs back; edges are numbered 3 · face + corner."""
    start, end = faces.ravel(), faces[:, [1, 2, 0]].ravel()
    up = start < end
    low, high = np.minimum(start, end), np.maximum(start, end)
    key = low * len(points) + high
    angle = np.zeros(len(key))
    _, group, sizes = np.unique(key, return_inverse=True, return_counts=True)
    crowded = np.flatnonzero(sizes[group] > 2)
    if len(crowded):
        angle[crowded] = _measure_angles(points, faces, low, high, crowded)
    one, other = np.flatnonzero(up), np.flatnonzero(~up)
    # Around an edge the faces of a solid alternate in direction, so that the n-th of one is
    # beside the n-th of the other.
    one = one[np.lexsort((angle[one], key[one]))]
    other = other[np.lexsort((angle[other], key[other]))]
    if len(one) != len(other) or (key[one] != key[other]).any():
        raise AtlasError("a surface that is open; expected a closed one")
    return one, other


def _measure_angles(
    points: Points, faces: Faces, low: Edges, high: Edges, edges: Edges
) -> NDArray[np.float64]:
    """Return the angles of faces around an edge, from one common direction."""
    third = faces.ravel()[edges // 3 * 3 + (edges + 2) % 3]
    along = points[high[edges]] - points[low[edges]]
    away = points[third] - points[low[edges]]
    helper = np.eye(3)[np.abs(along).argmin(axis=1)]
    across = np.cross(along, helper)
    upright = np.cross(along, across)
    length = np.maximum(np.linalg.norm(along, axis=1), 1e-30)
    x = np.einsum("ij,ij->i", away, across)
    y = np.einsum("ij,ij->i", away, upright) / length
    return np.asarray(np.arctan2(y, x))


def _split_vertices(points: Points, faces: Faces, one: Edges, other: Edges) -> tuple[Points, Faces]:
    """Give each fan of faces that hang together around a point a point of its own."""
    n = faces.size
    after_one, after_other = one // 3 * 3 + (one + 1) % 3, other // 3 * 3 + (other + 1) % 3
    # An edge starts at the corner where its twin ends.
    a = np.concatenate([one, after_one])
    b = np.concatenate([after_other, other])
    same = coo_matrix((np.ones(len(a), np.int8), (a, b)), shape=(n, n))
    n_fans, fan = connected_components(same, directed=False)
    origin = np.zeros(n_fans, np.int64)
    origin[fan] = faces.ravel()
    return points[origin], fan.reshape(faces.shape).astype(np.int64)


def _split_edges(points: Points, faces: Faces, one: Edges, other: Edges) -> tuple[Points, Faces]:
    """Put a point of its own on each edge that still belongs to more than two faces."""
    start, end = faces.ravel()[one], faces[:, [1, 2, 0]].ravel()[one]
    key = np.minimum(start, end) * len(points) + np.maximum(start, end)
    _, first = np.unique(key, return_index=True)
    again = np.ones(len(key), bool)
    again[first] = False
    if not again.any():
        return points, faces
    cuts: dict[int, list[tuple[int, int]]] = {}
    middles: list[NDArray[np.float64]] = []
    for pair in np.flatnonzero(again).tolist():
        number = len(points) + len(middles)
        middles.append((points[start[pair]] + points[end[pair]]) / 2)
        for edge in (int(one[pair]), int(other[pair])):
            cuts.setdefault(edge // 3, []).append((edge % 3, number))
    whole = np.ones(len(faces), bool)
    whole[list(cuts)] = False
    pieces = [piece for face, at in cuts.items() for piece in _cut_edges(faces[face].tolist(), at)]
    return np.concatenate([points, middles]), np.concatenate([faces[whole], pieces])


def _cut_edges(corners: list[int], at: list[tuple[int, int]]) -> list[list[int]]:
    """Return the triangles of one face with a point on some of its edges."""
    middle = dict(at)
    ring = [p for k in range(3) for p in (corners[k], middle.get(k)) if p is not None]
    if len(ring) == 6:
        a, m, b, n, c, o = ring
        return [[a, m, o], [m, b, n], [n, c, o], [m, n, o]]
    # A fan from a point on an edge: no other point is on a line with it and its neighbor.
    turn = ring.index(at[0][1])
    ring = ring[turn:] + ring[:turn]
    return [[ring[0], ring[k], ring[k + 1]] for k in range(1, len(ring) - 1)]
