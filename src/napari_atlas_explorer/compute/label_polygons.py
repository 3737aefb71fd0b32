"""Polygons of the labels of a plane, whose shared borders are the same lines.

The edges between pixels of different labels form arcs, which end where three or four labels
meet. Each arc belongs to the two labels beside it, so that whatever is done to it is done to
both: no gap, no overlap. An arc may be smoothed as a surface net (Gibson 1998, MICCAI, "Constrained
elastic surface nets"): every edge keeps one point, which moves across the edge alone and by less
than half a pixel. Of the squares around the corners of pixels, which tile the plane, each then
holds one arc or the star of arcs of one junction; arcs do not cross, and no pixel's center changes
its side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cc3d
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, eye_array
from scipy.sparse.linalg import spsolve

FARTHEST, FARTHEST_CORRECTED = 0.42, 0.45
"""Pixels that the point of an edge moves by smoothing, and with the correction of areas."""
ROUNDS = 10
STEP = 0.6
"""Share of the way to the middle of its neighbors that a point moves in each round."""
LEFT_OUT, LEAVE_OUT_ROUNDS = 0.01, 4
"""Pixels from the line between its neighbors within which a point is left out, in each round; in
all rounds together less than what is left of half a pixel."""
FEW_POINTS = 8
"""Points of an arc that keeps all of them."""
AREA_TOLERANCE = 0.004
"""Share of its area by which a polygon may differ from its pixels."""
CORRECTIONS = 6
MOST_RETRIES = 8
MOST_SMOOTHED = 20_000
"""Polygons; the areas of more, as of noise, would take minutes to correct."""


@dataclass(frozen=True, eq=False)
class Polygon:
    """A connected part of a label (pixels that share an edge), without what is inside its holes.

    Rings are ``(n, 2)`` x (columns) and y (rows) in pixels, pixel ``i`` covering ``[i, i + 1)``;
    the last point is not the first one again. Taking y as upwards, the exterior runs
    counterclockwise and holes clockwise. Rings of one polygon may touch in points.
    """

    label: int
    exterior: NDArray[np.float64]
    holes: tuple[NDArray[np.float64], ...]

    @property
    def area(self) -> float:
        """Square pixels, without the holes."""
        return ring_area(self.exterior) + sum(ring_area(hole) for hole in self.holes)


@dataclass(frozen=True, eq=False)
class LabelMesh:
    """Arcs and polygons of a plane of labels.

    Attributes
    ----------
    arcs
        Each ``(n, 2)`` x and y; closed ones end where they begin.
    sides
        ``(n_arcs, 2)`` labels to the left and right of each, taking y as upwards; beyond the rim
        of the plane is label 0.
    polygons
        Of all labels but 0, in the order of the labels.
    """

    arcs: list[NDArray[np.float64]]
    sides: NDArray[np.int64]
    polygons: list[Polygon]


def mesh_labels(labels: NDArray[Any], smooth: bool = True) -> LabelMesh:
    """Return the polygons of a plane of labels, with their shared borders.

    Parameters
    ----------
    labels
        ``(rows, cols)`` integers of 0 or more; 0 is background.
    smooth
        Whether borders are smoothed, each polygon's area staying within 0.4 % of its pixels';
        else, and where there are more than 20,000 polygons, they run along the edges of the
        pixels.

    Returns
    -------
    The same for the same labels.

    Examples
    --------
    >>> mesh = mesh_labels(np.array([[7, 7, 0], [7, 7, 9]]), smooth=False)
    >>> [(p.label, p.area) for p in mesh.polygons]
    [(7, 4.0), (9, 1.0)]
    """
    labels = np.ascontiguousarray(labels, dtype=np.uint32)
    parts = np.asarray(cc3d.connected_components(labels, connectivity=4)).astype(np.int64)
    # Beside the number of each part its label and size; part 0 is background.
    first = np.unique(parts, return_index=True)
    label_of = np.zeros(int(parts.max(initial=0)) + 1, np.int64)
    label_of[first[0]] = labels.ravel()[first[1]]
    sizes = np.bincount(parts.ravel(), minlength=len(label_of)).astype(np.float64)
    chains, closed = _chain_borders(labels)
    sides = _find_sides(chains, parts)
    raw = [chain[:, ::-1].astype(np.float64) for chain in chains]
    smooth = smooth and len(chains) > 0 and len(sizes) <= MOST_SMOOTHED
    arcs = _smooth_arcs(chains, raw, closed, sides, sizes) if smooth else raw
    return LabelMesh(arcs, label_of[sides], _make_polygons(arcs, chains, sides, label_of))


def ring_area(ring: NDArray[np.float64]) -> float:
    """Return the signed area of a ring ``(n, 2)``: positive where it runs counterclockwise."""
    x, y = (ring - ring[0]).T  # what the last point adds is 0
    return float(np.dot(x[:-1], y[1:]) - np.dot(x[1:], y[:-1])) / 2


# ---- Arcs along the edges of pixels --------------------------------------------------------------


def trace_borders(labels: NDArray[Any]) -> list[NDArray[np.int64]]:
    """Return polylines along the edges between pixels of different labels.

    Every edge is on exactly one polyline, once. Polylines end where three or four edges meet;
    one that meets no other is closed (its last point is its first). Beyond the plane's rim
    is label 0, so a label that touches the rim is closed along it.

    Parameters
    ----------
    labels
        ``(rows, cols)`` integers or booleans.

    Returns
    -------
    Arrays ``(n, 2)`` of corners: row and column in index space, where pixel ``i`` covers
    ``[i, i + 1)``. Only the corners at which a line turns are there, not every pixel's.

    Examples
    --------
    >>> [path.tolist() for path in trace_borders(np.array([[5, 5]]))]
    [[[0, 0], [1, 0], [1, 2], [0, 2], [0, 0]]]
    """
    return _chain_borders(labels)[0]


def _chain_borders(labels: NDArray[Any]) -> tuple[list[NDArray[np.int64]], NDArray[np.bool_]]:
    """Return the polylines of `trace_borders`, and which of them meet no other."""
    padded = np.pad(labels, 1)
    n_cols = labels.shape[1] + 1
    # Edges by the vertex at their upper or left end, on the (rows + 1, cols + 1) vertices.
    below = np.pad(padded[1:-1, 1:] != padded[1:-1, :-1], ((0, 1), (0, 0)))
    after = np.pad(padded[1:, 1:-1] != padded[:-1, 1:-1], ((0, 0), (0, 1)))
    above, before = np.roll(below, 1, axis=0), np.roll(after, 1, axis=1)
    junction = below.astype(np.uint8) + above + after + before > 2
    # Column by column for the vertical runs, hence the transposes.
    upright = _find_runs(below.T, above.T, junction.T)
    rows, cols = upright % below.shape[0], upright // below.shape[0]
    runs = np.concatenate([rows * n_cols + cols, _find_runs(after, before, junction)])
    chains = _chain_runs(runs, junction.ravel())
    closed = ~junction.ravel()[np.array([chain[0] for chain in chains], np.int64)]
    vertices = np.array([vertex for chain in chains for vertex in chain], np.int64)
    corners = np.stack(np.divmod(vertices, n_cols), axis=1)
    paths = np.split(corners, np.cumsum([len(chain) for chain in chains])[:-1]) if chains else []
    return paths, closed


def _find_runs(
    onward: NDArray[np.bool_], backward: NDArray[np.bool_], junction: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Find first and last vertex ``(n, 2)`` of straight runs of edges along the last axis.

    Parameters
    ----------
    onward, backward
        Whether an edge leads from a vertex to the next one, and to the one before.
    junction
        Vertices at which runs end.
    """
    passing = onward & backward & ~junction
    firsts = np.flatnonzero(onward & ~passing)
    lasts = np.flatnonzero(backward & ~passing)
    # Runs along a line do not overlap: the k-th first belongs to the k-th last.
    return np.stack([firsts, lasts], axis=1).astype(np.int64)


def _chain_runs(runs: NDArray[np.int64], junction: NDArray[np.bool_]) -> list[list[int]]:
    """Join runs at the corners that just two of them share.

    Parameters
    ----------
    runs
        ``(n, 2)`` first and last vertex of each run.
    junction
        By vertex: whether more than two edges meet there.

    Returns
    -------
    Vertices of each polyline.
    """
    ends = runs.ravel()
    order = np.argsort(ends, kind="stable")
    same = (ends[order][1:] == ends[order][:-1]) & ~junction[ends[order][1:]]
    partner = np.full(len(ends), -1)
    partner[order[:-1][same]] = order[1:][same]
    partner[order[1:][same]] = order[:-1][same]
    vertices, mates = ends.tolist(), partner.tolist()
    used = bytearray(len(runs))
    # Open lines first, from a loose end to the other; the remaining ones are closed.
    starts = [*np.flatnonzero(partner < 0).tolist(), *range(0, len(ends), 2)]
    chains = []
    for start in starts:
        if used[start >> 1]:
            continue
        chain = [vertices[start]]
        end = start
        while end >= 0 and not used[end >> 1]:
            used[end >> 1] = True
            chain.append(vertices[end ^ 1])  # the run's other end
            end = mates[end ^ 1]
        chains.append(chain)
    return chains


def _find_sides(chains: list[NDArray[np.int64]], parts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return ``(n, 2)`` parts to the left and right of each polyline."""
    if not chains:
        return np.zeros((0, 2), np.int64)
    start = np.array([chain[0] for chain in chains])
    step = np.sign(np.array([chain[1] for chain in chains]) - start)
    # The pixels at both sides of the first edge, of vertices turned into rows and columns.
    middle, across = 2 * start + step, np.stack([step[:, 1], -step[:, 0]], axis=1)
    padded = np.pad(parts, 1)
    left, right = ((middle + sign * across - 1) // 2 + 1 for sign in (1, -1))
    return np.stack([padded[tuple(left.T)], padded[tuple(right.T)]], axis=1)


# ---- Smooth arcs ---------------------------------------------------------------------------------


class _Net:
    """Points of all arcs, one after another: one per edge of a pixel, and open arcs' ends.

    Attributes
    ----------
    points
        ``(n, 2)`` x and y.
    normal
        ``(n, 2)`` direction in which a point may move, to the left of its arc; 0 for ends.
    away
        ``(n,)`` how far it has moved.
    arc
        ``(n,)`` the arc of each.
    """

    def __init__(self, chains: list[NDArray[np.int64]], closed: NDArray[np.bool_]) -> None:
        self.closed = closed
        corners = np.concatenate(chains)[:, ::-1]
        lengths = np.array([len(chain) for chain in chains])
        own = np.repeat(np.arange(len(chains)), lengths)
        inner = np.flatnonzero(own[1:] == own[:-1])
        way = corners[inner + 1] - corners[inner]
        n_edges = np.abs(way).sum(axis=1)
        step = np.repeat(np.sign(way), n_edges, axis=0)
        along = np.arange(n_edges.sum()) - np.repeat(np.cumsum(n_edges) - n_edges, n_edges)
        middle = np.repeat(corners[inner], n_edges, axis=0) + step * (along + 0.5)[:, np.newaxis]
        arc = np.repeat(own[inner], n_edges)
        # The ends of open arcs, sorted in before and behind the points of their edges.
        opened = np.flatnonzero(~closed)
        first = np.cumsum(lengths) - lengths
        ends = np.concatenate([corners[first[opened]], corners[(first + lengths - 1)[opened]]])
        order = np.lexsort(
            (
                np.concatenate([np.ones(len(arc)), 0 * opened, 0 * opened + 2]),
                np.concatenate([arc, opened, opened]),
            )
        )
        normal = np.stack([-step[:, 1], step[:, 0]], axis=1).astype(np.float64)
        self.points = np.concatenate([middle, ends])[order].astype(np.float64)
        self.normal = np.concatenate([normal, np.zeros((len(ends), 2))])[order]
        self.arc = np.concatenate([arc, opened, opened])[order]
        self.away = np.zeros(len(order))
        self._link()

    def _link(self) -> None:
        """Find the first point of each arc, and the points before and after each point."""
        n = len(self.points)
        counts = np.bincount(self.arc, minlength=len(self.closed))
        self.first = np.cumsum(counts) - counts
        last = self.first + counts - 1
        self.before, self.after = np.arange(n) - 1, np.arange(n) + 1
        # Around closed arcs; the ends of the others stay where they are, whatever is beside them.
        self.before[self.first] = np.where(self.closed, last, self.first)
        self.after[last] = np.where(self.closed, self.first, last)

    def smooth(self) -> None:
        """Move points towards the middle of their neighbors, as far as they may go."""
        start = self.points.copy()
        for _ in range(ROUNDS):
            goal = (self.points[self.before] + self.points[self.after]) / 2 - start
            goal = (goal * self.normal).sum(axis=1)
            self.away += STEP * (goal - self.away)
            np.clip(self.away, -FARTHEST, FARTHEST, out=self.away)
            self.points = start + self.away[:, np.newaxis] * self.normal

    def simplify(self) -> None:
        """Leave out points on the line between their neighbors."""
        for turn in range(LEAVE_OUT_ROUNDS):
            chord = self.points[self.after] - self.points[self.before]
            way = self.points - self.points[self.before]
            height = np.abs(chord[:, 0] * way[:, 1] - chord[:, 1] * way[:, 0])
            flat = height <= LEFT_OUT * np.hypot(*chord.T)
            place = np.arange(len(self.arc)) - self.first[self.arc]
            few = np.bincount(self.arc, minlength=len(self.closed))[self.arc] < FEW_POINTS
            # No two neighbors at once, or the line might move by more.
            drop = flat & self.normal.any(axis=1) & (place % 2 == turn % 2) & (place > 0)
            keep = ~drop | few
            for name in ("points", "normal", "arc", "away"):
                setattr(self, name, getattr(self, name)[keep])
            self._link()

    def areas(self) -> NDArray[np.float64]:
        """Return what each arc adds to the area at its left."""
        a, b = self.points, self.points[self.after]
        swept = (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]) / 2
        return np.asarray(np.bincount(self.arc, swept, minlength=len(self.closed)), np.float64)

    def grow(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the share of a shift that each point takes, and the area that each arc sweeps."""
        room = np.clip(1 - np.abs(self.away) / FARTHEST_CORRECTED, 0, 1)
        chord = self.points[self.after] - self.points[self.before]
        swept = (self.normal[:, 1] * chord[:, 0] - self.normal[:, 0] * chord[:, 1]) / 2
        total = np.bincount(self.arc, room * swept, minlength=len(self.closed))
        return room, np.maximum(total, 0)

    def shift(self, by: NDArray[np.float64]) -> None:
        """Move points by a distance each, as far as they may go."""
        moved = np.clip(self.away + by, -FARTHEST_CORRECTED, FARTHEST_CORRECTED)
        self.points = self.points + (moved - self.away)[:, np.newaxis] * self.normal
        self.away = moved

    def split(self) -> list[NDArray[np.float64]]:
        """Return the points of each arc; closed ones end where they begin."""
        parts = np.split(self.points, self.first[1:])
        return [
            np.concatenate([part, part[:1]]) if closed else part
            for part, closed in zip(parts, self.closed.tolist(), strict=True)
        ]


def _smooth_arcs(
    chains: list[NDArray[np.int64]],
    raw: list[NDArray[np.float64]],
    closed: NDArray[np.bool_],
    sides: NDArray[np.int64],
    sizes: NDArray[np.float64],
) -> list[NDArray[np.float64]]:
    """Return smooth arcs between polygons that keep the areas of their pixels.

    Arcs of polygons whose area cannot be kept stay along the edges of the pixels.
    """
    net = _Net(chains, closed)
    net.smooth()
    net.simplify()
    stepped = np.array([_open_area(arc) for arc in raw])
    fixed = np.zeros(len(raw), bool)
    for _ in range(MOST_RETRIES):
        for _ in range(CORRECTIONS):
            missing = sizes - _sum_areas(np.where(fixed, stepped, net.areas()), sides, len(sizes))
            room, swept = net.grow()
            by = _solve_shifts(missing, np.where(fixed, 0, swept), sides)
            net.shift(room * by[net.arc])
        missing = sizes - _sum_areas(np.where(fixed, stepped, net.areas()), sides, len(sizes))
        wrong = np.abs(missing) > AREA_TOLERANCE * sizes
        wrong[0] = False
        more = wrong[sides].any(axis=1) & ~fixed
        if not more.any():
            break
        fixed |= more
    else:
        fixed[:] = True
    smooth = net.split()
    return [raw[k] if fixed[k] else smooth[k] for k in range(len(raw))]


def _open_area(arc: NDArray[np.float64]) -> float:
    x, y = arc.T
    return float(np.dot(x[:-1], y[1:]) - np.dot(x[1:], y[:-1])) / 2


def _sum_areas(
    areas: NDArray[np.float64], sides: NDArray[np.int64], n_parts: int
) -> NDArray[np.float64]:
    """Return the area of each part from its arcs'."""
    left, right = sides.T
    added, taken = (np.bincount(side, areas, minlength=n_parts) for side in (left, right))
    return np.asarray(added - taken, np.float64)


def _solve_shifts(
    missing: NDArray[np.float64], swept: NDArray[np.float64], sides: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the shift of each arc to its left that gives each part its missing area.

    Of all such shifts those with the least sum of squares over the length of the arcs: the
    difference of a potential of both parts, found as of a network of resistors with part 0 as
    ground.
    """
    n = len(missing)
    left, right = sides.T
    weights = np.concatenate([swept, swept, -swept, -swept])
    rows, cols = (
        np.concatenate([left, right, left, right]),
        np.concatenate([left, right, right, left]),
    )
    # A trace of conductance to ground: parts between fixed arcs have none.
    laplacian = coo_array((weights, (rows, cols)), shape=(n, n)).tocsc() + 1e-9 * eye_array(n)
    potential = np.zeros(n)
    if n > 1:
        potential[1:] = spsolve(laplacian.tocsc()[1:, 1:], missing[1:])
    return np.asarray(np.clip(potential[right] - potential[left], -0.3, 0.3))


# ---- Polygons ------------------------------------------------------------------------------------


def _make_polygons(
    arcs: list[NDArray[np.float64]],
    chains: list[NDArray[np.int64]],
    sides: NDArray[np.int64],
    label_of: NDArray[np.int64],
) -> list[Polygon]:
    """Join arcs to the rings around each part."""
    n_cols = 1 + max((int(chain[:, 1].max()) for chain in chains), default=0)
    nodes = [
        (int(chain[0, 0] * n_cols + chain[0, 1]), int(chain[-1, 0] * n_cols + chain[-1, 1]))
        for chain in chains
    ]
    # Arcs by the part at their left; arc ~k is arc k backwards.
    around: list[list[int]] = [[] for _ in label_of]
    for k, (left, right) in enumerate(sides.tolist()):
        around[left].append(k)
        around[right].append(~k)
    backwards = [arc[::-1] for arc in arcs]
    polygons = []
    for part in np.argsort(label_of, kind="stable").tolist():
        if not label_of[part]:
            continue
        rings = [
            np.concatenate([(arcs[k] if k >= 0 else backwards[~k])[:-1] for k in ring])
            for ring in _join_rings(around[part], nodes)
        ]
        areas = [ring_area(ring) for ring in rings]
        outer = int(np.argmax(areas))
        holes = tuple(ring for k, ring in enumerate(rings) if k != outer)
        polygons.append(Polygon(int(label_of[part]), rings[outer], holes))
    return polygons


def _join_rings(around: list[int], nodes: list[tuple[int, int]]) -> list[list[int]]:
    """Join arcs to rings that pass no junction twice; arc ~k is arc k backwards."""
    leaving: dict[int, list[int]] = {}
    for k in reversed(around):
        leaving.setdefault(nodes[k][0] if k >= 0 else nodes[~k][1], []).append(k)
    rings: list[list[int]] = []
    for start in sorted(leaving):
        path: list[int] = []
        passed = {start: 0}
        node = start
        while leaving[node] or path:
            k = leaving[node].pop()
            path.append(k)
            node = nodes[k][1] if k >= 0 else nodes[~k][0]
            if node in passed:  # a loop is closed; what led to it goes on
                begin = passed[node]
                rings.append(path[begin:])
                del path[begin:]
                passed = {n: at for n, at in passed.items() if at <= begin}
            else:
                passed[node] = len(path)
    return rings
