"""Places of the regions' names in a section: inside, or beside it with a line that leads there.

A name stands inside its region, as far from the border as possible (the pole of inaccessibility),
if its box fits there. Other names stand in columns at both sides of the section, in the order of
their regions' heights, and lines lead from them. No two boxes overlap, and no line crosses a
box.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import edt
import numpy as np
from numpy.typing import NDArray

from ..compute.label_polygons import Polygon
from .layout import Frame
from .png import paint_rings, text_width

ASCENT, DESCENT = 0.75, 0.2
"""Height of a line of text above and below its baseline, in ems."""
LINE = 1.1
"""Distance of names in a column, in ems."""
CELLS = 6
"""Cells of the search to an em."""
AROUND = 3
"""Cells around a name, both sides together: Pillow fills those that a polygon touches, too."""
GAP = 0.5
"""Ems between a name and its line, and between the section and the names beside it."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class RegionName:
    """A name and its place on the sheet, pixels.

    Attributes
    ----------
    label
        Whose name it is.
    text
        The name.
    box
        Left, top, right, bottom.
    leader
        ``(2, 2)`` x and y of the line from the box to a point of the region; None inside it.
    """

    label: int
    text: str
    box: Box
    leader: NDArray[np.float64] | None = None


@dataclass(frozen=True)
class PlacedNames:
    """Names of a section, and the labels beside which there was no room for theirs."""

    names: list[RegionName]
    left_out: list[int]


def place_names(
    labels: NDArray[Any],
    polygons: Sequence[Polygon],
    frame: Frame,
    texts: Mapping[int, str],
    size: float,
) -> PlacedNames:
    """Place the names of the labels in a section.

    Parameters
    ----------
    labels
        ``(rows, cols)`` of the section; 0 is background.
    polygons
        As which they are drawn; see `mesh_labels`.
    frame
        Where the section is drawn.
    texts
        Name of each label; others get none.
    size
        Height of an em, pixels.

    Returns
    -------
    The same for the same labels. Left out are the smallest regions, where the columns are full.
    """
    search = _Search(labels, polygons, frame, texts, size)
    inside = search.find_inside(search.wanted, [])
    outside: set[int] = set()
    leaders: list[RegionName] = []
    left_out: list[int] = []
    while True:  # ever more names are outside, so that it comes to an end
        homeless = search.wanted - inside.keys() - outside
        if homeless:
            outside |= homeless
            leaders, left_out = search.place_beside(outside)
        lines = [name.leader for name in leaders if name.leader is not None]
        crossed = {label for label, name in inside.items() if crosses(name.box, lines)}
        if not crossed:
            break
        kept = {label: name for label, name in inside.items() if label not in crossed}
        inside = kept | search.find_inside(crossed, lines)
    return PlacedNames([inside[k] for k in sorted(inside)] + leaders, sorted(left_out))


def crosses(box: Box, lines: Sequence[NDArray[np.float64]]) -> bool:
    """Return whether any of some lines ``(2, 2)`` has a point in a box.

    Examples
    --------
    >>> crosses((0, 0, 2, 1), [np.array([[-1.0, 0.5], [9.0, 0.6]])])
    True
    """
    if not lines:
        return False
    ends = np.array(lines)
    start, way = ends[:, 0], ends[:, 1] - ends[:, 0]
    low, high = np.array(box[:2]), np.array(box[2:])
    # Shares of the way between which a line is within both pairs of sides.
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.stack([(low - start) / way, (high - start) / way])
    between = (start >= low) & (start <= high)
    first = np.where(way == 0, np.where(between, 0, 1), shares.min(axis=0)).max(axis=1)
    last = np.where(way == 0, np.where(between, 1, 0), shares.max(axis=0)).min(axis=1)
    return bool((np.maximum(first, 0) <= np.minimum(last, 1)).any())


class _Search:
    """Cells of a section, as fine as names need."""

    def __init__(
        self,
        labels: NDArray[Any],
        polygons: Sequence[Polygon],
        frame: Frame,
        texts: Mapping[int, str],
        size: float,
    ) -> None:
        self.frame, self.size, self.labels = frame, size, labels
        n_cols, n_rows = (max(1, math.ceil(CELLS * n / size)) for n in (frame.width, frame.height))
        self.step = frame.width / n_cols, frame.height / n_rows
        scale = n_cols / labels.shape[1], n_rows / labels.shape[0]
        rings = [(p.label, ring * scale) for p in polygons for ring in (p.exterior, *p.holes)]
        self.cells = paint_rings(rings, n_cols, n_rows)
        self.depth = edt.edt(self.cells, anisotropy=self.step[::-1], black_border=True)
        present, counts = np.unique(labels, return_counts=True)
        self.counts = dict(zip(present.tolist(), counts.tolist(), strict=True))
        self.wanted = {k for k in self.counts if k and texts.get(k)}
        self.texts = texts
        self.widths = {k: text_width(texts[k], size) for k in sorted(self.wanted)}
        self.height = (ASCENT + DESCENT) * size

    @cached_property
    def poles(self) -> list[dict[int, tuple[float, float, float]]]:
        """Deepest points of the labels in the left and in the right half of the section."""
        middle = self.labels.shape[1] // 2
        return [self._find_poles(0, middle), self._find_poles(middle, self.labels.shape[1])]

    def find_inside(
        self, labels: set[int], lines: Sequence[NDArray[np.float64]]
    ) -> dict[int, RegionName]:
        """Return the names whose box fits into their region, cells away from its border and lines.

        Parameters
        ----------
        labels
            Those whose names are placed.
        lines
            Each ``(2, 2)`` x and y of both ends.
        """
        cells = self.cells.copy()
        for line in lines:
            cells[self._cells_along(line)] = 0
        tall = math.ceil(self.height / self.step[1]) + AROUND
        n_top = cells.shape[0] - tall + 1
        if n_top <= 0:
            return {}
        widths = np.zeros(max(int(cells.max()), *labels, 0) + 1, np.int32)
        for label in labels:
            widths[label] = math.ceil(self.widths[label] / self.step[0]) + AROUND
        # Changes of the label from cell to cell, summed: windows without any are differences.
        across, down = (np.diff(cells, axis=k, prepend=cells.take([0], k)) != 0 for k in (1, 0))
        changes = np.pad(down, ((1, 0), (0, 0))).cumsum(0, dtype=np.int32)
        top, left = np.nonzero(
            (changes[tall:] == changes[1 : n_top + 1]) & (widths > 0)[cells[:n_top]]
        )
        wide = widths[cells[top, left]]
        inside = left + wide <= cells.shape[1]
        top, left, wide = top[inside], left[inside], wide[inside]
        summed = np.pad(across, ((1, 0), (1, 0))).cumsum(0, dtype=np.int32)
        summed = (summed[tall:] - summed[:n_top]).cumsum(1)
        fits = summed[top, left + wide] == summed[top, left + 1]
        top, left, wide = top[fits], left[fits], wide[fits]
        owner = cells[top, left]
        depth = self.depth[top + (tall - 1) // 2, left + (wide - 1) // 2]
        found: dict[int, RegionName] = {}
        for k in _find_deepest(owner, depth).tolist():
            x = self.frame.x + (left[k] + wide[k] / 2) * self.step[0]
            y = self.frame.y + (top[k] + tall / 2) * self.step[1]
            label = int(owner[k])
            found[label] = RegionName(label, self.texts[label], self._box_around(label, x, y))
        return found

    def _box_around(self, label: int, x: float, y: float) -> Box:
        half_width, half_height = self.widths[label] / 2, self.height / 2
        return (x - half_width, y - half_height, x + half_width, y + half_height)

    def _cells_along(self, line: NDArray[np.float64]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return rows and columns of the cells that a line passes."""
        start, stop = ((line - (self.frame.x, self.frame.y)) / self.step).tolist()
        n = 2 + 4 * math.ceil(max(abs(stop[0] - start[0]), abs(stop[1] - start[1])))
        x, y = (np.linspace(a, b, n) for a, b in zip(start, stop, strict=True))
        col, row = np.floor(x).astype(int), np.floor(y).astype(int)
        inside = (col >= 0) & (row >= 0) & (col < self.cells.shape[1]) & (row < self.cells.shape[0])
        return row[inside], col[inside]

    # ---- Beside the section ----------------------------------------------------------------

    def place_beside(self, labels: set[int]) -> tuple[list[RegionName], list[int]]:
        """Return names beside the section, with their lines, and the labels for which is no room.

        A region takes the side that is nearer; one on both sides of the middle that with fewer
        names.
        """
        most = max(1, int(self.frame.height / (LINE * self.size)))
        poles = self.poles
        sides: list[list[tuple[float, float, int]]] = [[], []]
        left_out = []
        for label in sorted(labels, key=lambda k: (-self.counts[k], k)):
            here = {k: poles[k][label] for k in (0, 1) if label in poles[k]}
            deepest = max(depth for _, _, depth in here.values())
            here = {k: pole for k, pole in here.items() if pole[2] >= deepest / 2}
            side = min(here, key=lambda k: (len(sides[k]), k))
            x, y, _ = here[side]
            if len(sides[side]) >= most:
                side = 1 - side
            if len(sides[side]) >= most:
                left_out.append(label)
            else:
                sides[side].append((y, x, label))
        names = self._make_column(sorted(sides[0]), 0) + self._make_column(sorted(sides[1]), 1)
        return sorted(names, key=lambda name: name.label), left_out

    def _find_poles(self, start: int, stop: int) -> dict[int, tuple[float, float, float]]:
        """Return x, y and depth of each label's deepest pixel in some columns of the section.

        Smoothing of borders leaves the centers of pixels where they are.
        """
        labels = np.ascontiguousarray(self.labels[:, start:stop], np.uint32)
        if not labels.size:
            return {}
        step = self.frame.width / self.labels.shape[1], self.frame.height / self.labels.shape[0]
        depth = edt.edt(labels, anisotropy=step[::-1], black_border=False)
        row, col = np.nonzero(labels)
        poles = {}
        for k in _find_deepest(labels[row, col], depth[row, col]).tolist():
            x = self.frame.x + (start + col[k] + 0.5) * step[0]
            y = self.frame.y + (row[k] + 0.5) * step[1]
            poles[int(labels[row[k], col[k]])] = float(x), float(y), float(depth[row[k], col[k]])
        return poles

    def _make_column(self, points: list[tuple[float, float, int]], side: int) -> list[RegionName]:
        """Return the names of one side, of y, x and label in the order of y."""
        if not points:
            return []
        frame, gap, pitch = self.frame, GAP * self.size, LINE * self.size
        start = frame.x - gap if side == 0 else frame.x + frame.width + gap
        low, high = frame.y + pitch / 2, frame.y + frame.height - pitch / 2
        heights = spread_out([y for y, _, _ in points], pitch, low, high)
        ends = np.array([(x, y) for y, x, _ in points])
        order = untangle(np.stack([np.full(len(points), start), heights], axis=1), ends)
        names = []
        for (y, x, label), k in zip(points, order, strict=True):
            width, half = self.widths[label], self.height / 2
            left = start - gap - width if side == 0 else start + gap
            box = (left, heights[k] - half, left + width, heights[k] + half)
            leader = np.array([[start, heights[k]], [x, y]])
            names.append(RegionName(label, self.texts[label], box, leader))
        return names


def _find_deepest(labels: NDArray[Any], depth: NDArray[Any]) -> NDArray[np.intp]:
    """Return the position of each label's first deepest cell."""
    order = np.lexsort((np.arange(len(labels)), -depth, labels))
    if not len(order):
        return order
    first = np.concatenate([[True], labels[order][1:] != labels[order][:-1]])
    return np.asarray(order[first])


def spread_out(heights: Sequence[float], pitch: float, low: float, high: float) -> list[float]:
    """Return ascending heights at least a distance apart, as near to given ones as can be.

    Parameters
    ----------
    heights
        Ascending; those near one another are pooled (an isotonic regression, Barlow and others
        1972).
    pitch
        The distance.
    low, high
        Range; it must have room for all.

    Examples
    --------
    >>> spread_out([5, 5, 30], 10, 0, 40)
    [0.0, 10.0, 30.0]
    """
    pools: list[tuple[float, int]] = []
    for k, height in enumerate(heights):
        pool = (height - k * pitch, 1)
        while pools and pools[-1][0] > pool[0]:
            mean, n = pools.pop()
            pool = ((mean * n + pool[0] * pool[1]) / (n + pool[1]), n + pool[1])
        pools.append(pool)
    top = high - (len(heights) - 1) * pitch
    bases = [min(max(mean, low), top) for mean, n in pools for _ in range(n)]
    return [float(base + k * pitch) for k, base in enumerate(bases)]


def untangle(starts: NDArray[np.float64], ends: NDArray[np.float64]) -> list[int]:
    """Return which start each end is led to, such that no two lines cross.

    Exchanging the starts of two lines that cross makes them shorter together, so that it comes to
    an end.
    """
    order = list(range(len(ends)))
    for _ in range(len(ends) ** 2):
        pair = _find_crossing(starts[order], ends)
        if pair is None:
            break
        a, b = pair
        order[a], order[b] = order[b], order[a]
    return order


def _find_crossing(
    starts: NDArray[np.float64], ends: NDArray[np.float64]
) -> tuple[int, int] | None:
    way = ends - starts
    # Side of line a on which the start and end of line b are; pairs on whose both sides cross.
    first, last = (
        np.sign(
            way[:, np.newaxis, 0] * (p[np.newaxis, :, 1] - starts[:, np.newaxis, 1])
            - way[:, np.newaxis, 1] * (p[np.newaxis, :, 0] - starts[:, np.newaxis, 0])
        )
        for p in (starts, ends)
    )
    split = first * last < 0
    a, b = np.nonzero(np.triu(split & split.T, 1))
    return (int(a[0]), int(b[0])) if len(a) else None
