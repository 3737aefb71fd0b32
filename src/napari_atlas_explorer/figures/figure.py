"""Content of a figure: atlas, points of its sections, regions, colors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.atlas.atlas import Atlas
from ..core.colors.region_colors import Rgb
from ..core.colors.scales import ColorScale
from ..core.errors import ArgumentError, OutsideError
from ..core.space.axes import LEFT_RIGHT, axis_of
from ..core.space.volume import VoxelData
from ..core.text import micrometers
from .paint import Contrast, colorblind_colors, contrast_of, reference_plane, region_colors
from .sections import Box, Section, choose_sections
from .style import Style, Theme

# ---- Point of the sections -----------------------------------------------------------------------


@dataclass(frozen=True)
class Point:
    """A point inside an atlas.

    Attributes
    ----------
    index
        Its voxel.
    q
        Its coordinates in index space.
    position
        The same, µm.
    """

    index: tuple[int, ...]
    q: tuple[float, ...]
    position: NDArray[np.float64]


def point_at(atlas: Atlas, position: Sequence[float], voxels: bool = False) -> Point:
    """Return the point at a position in µm, or at a voxel's center with ``voxels``.

    Raises
    ------
    OutsideError
        If it is outside the volume; the message states the extent of the volume.
    """
    hit = atlas.at_voxel(position) if voxels else atlas.at(position)
    if hit.index is None:
        low, high = atlas.grid.bbox.tolist()
        spans = " × ".join(str(n) for n in atlas.shape) + " voxels"
        if not voxels:
            spans = " to ".join(" ".join(micrometers(v) for v in ends) for ends in (low, high))
            spans += " µm"
        numbers = " ".join(f"{v:g}" for v in position)
        raise OutsideError(f"position {numbers} is outside the atlas; expected one within {spans}")
    world = np.asarray(hit.position, dtype=np.float64)
    q = atlas.grid.to_index_space(world)
    return Point(hit.index, tuple(q.tolist()), world)


def middle_of_brain(atlas: Atlas) -> Point:
    """Return the middle of the box of all labeled voxels, or of the volume without any.

    A tenth of the width off the midline where the left-right axis is known: the sagittal plane
    at the midline shows little but the fissure between the hemispheres.
    """
    box = atlas.ranks.box(1, atlas.ranks.n_ranks) if atlas.ranks.n_ranks > 1 else None
    extent = box or tuple(slice(0, n) for n in atlas.shape)
    middle = [(side.start + side.stop - 1) // 2 for side in extent]
    if atlas.orientation is not None:
        across = axis_of(atlas.orientation, LEFT_RIGHT)
        middle[across] -= (extent[across].stop - extent[across].start) // 10
    return _make_point(atlas, middle)


def through_region(atlas: Atlas, rank: int) -> Point:
    """Return the point whose three planes hold the most of a region with descendants.

    Raises
    ------
    ArgumentError
        If the region has no voxels.
    """
    rank_volume = atlas.ranks
    start, stop = rank, int(rank_volume.ends[rank])
    box = rank_volume.box(start, stop)
    if box is None:
        raise ArgumentError(
            f"{atlas.region_map.acronym_of_rank(rank)!r} is in the hierarchy of {atlas.name} but "
            f"has no voxels; expected a region that can be drawn"
        )
    block = rank_volume.raw[box]
    inside = (block >= start) & (block < stop)
    index = []
    for axis, side in enumerate(box):
        others = tuple(a for a in range(inside.ndim) if a != axis)
        counts = np.count_nonzero(inside, axis=others)
        fullest = np.flatnonzero(counts == counts.max())
        index.append(side.start + int(fullest[(len(fullest) - 1) // 2]))
    return _make_point(atlas, index)


def _make_point(atlas: Atlas, index: Sequence[int]) -> Point:
    q = tuple(i + 0.5 for i in index)
    return Point(tuple(index), q, atlas.grid.to_world(q))


# ---- Figure --------------------------------------------------------------------------------------

MARK_COLOR: Rgb = (200, 0, 120)
RIM = 0.03
"""Margin around the brain within a panel, as a share of its size."""

VISIBLE = 0.12
"""Minimum brightness of visible parts of the reference."""

VISIBLE_SHARE = 0.01
"""Share of a row of pixels that must be visible: single hot voxels do not widen a figure."""


@dataclass(frozen=True)
class ColoredValues:
    """Numbers that regions are colored by.

    Attributes
    ----------
    values
        ``(n_ranks,)``, or ``(3, n_ranks)`` on neither hemisphere, on the left and on the right;
        NaN for none.
    scale
        Their colors.
    title
        Title of the legend.
    """

    values: NDArray[np.float64]
    scale: ColorScale
    title: str

    @property
    def by_hemisphere(self) -> bool:
        """Whether each hemisphere has its own."""
        return self.values.ndim > 1


@dataclass(frozen=True)
class Marks:
    """Points that are drawn in the sections near them.

    Attributes
    ----------
    positions
        ``(n, 3)`` µm in the atlas's world.
    title
        Their name.
    color
        Of their dots.
    within
        Distance of the points from a section, µm, up to which they are drawn in it; None for
        those in its own voxels.
    """

    positions: NDArray[np.float64]
    title: str
    color: Rgb = MARK_COLOR
    within: float | None = None


@dataclass(frozen=True)
class DrawnRegions:
    """Which regions are drawn, and as what.

    Attributes
    ----------
    targets
        ``(n_ranks,)`` rank as which each rank is drawn: itself or an ancestor, 0 if hidden; None
        draws all regions as they are.
    hemisphere
        `LEFT`, `RIGHT`, or None for both.
    """

    targets: NDArray[np.int64] | None = None
    hemisphere: int | None = None


@dataclass(frozen=True)
class Figure:
    """Inputs of all parts of a sheet.

    Attributes
    ----------
    atlas, points, style
        As given.
    rank
        The region that is drawn in full, or None.
    panels
        The planes, each with the point that it goes through.
    reference, contrast
        The image beneath, None where the atlas has none.
    targets, hemisphere
        As of `DrawnRegions`.
    colors
        uint8 color and opacity ``(n, 4)`` of each label of `labels`.
    box
        Voxels that are drawn.
    values
        Numbers behind the colors, None for the atlas's own colors.
    marks
        Points that are drawn in the sections near them.
    """

    atlas: Atlas
    points: list[Point]
    style: Style
    rank: int | None
    panels: list[tuple[Section, Point]]
    reference: VoxelData | None
    contrast: Contrast | None
    targets: NDArray[np.int64]
    hemisphere: int | None
    colors: NDArray[np.uint8]
    box: Box
    values: ColoredValues | None = None
    marks: Sequence[Marks] = ()

    @property
    def point(self) -> Point:
        """The first point."""
        return self.points[0]

    @property
    def sections(self) -> list[Section]:
        """The planes."""
        return [section for section, _ in self.panels]

    @property
    def theme(self) -> Theme:
        """Colors of the page."""
        return self.style.theme

    @property
    def resolution_known(self) -> bool:
        """Whether lengths are µm; else they are voxels."""
        return self.atlas.package.resolution_known

    @property
    def chosen(self) -> tuple[int, int] | None:
        """Interval of ranks that is drawn in full."""
        return _find_interval(self.atlas, self.rank, self.targets)

    def panel_size(self, section: Section) -> tuple[float, float]:
        """Return the width and height of a section, µm (voxels where their size is not known)."""
        rows, cols = section.size(self.box)
        steps = self.atlas.resolution
        return cols * steps[section.across], rows * steps[section.down]

    def ranks(self, section: Section) -> NDArray[Any]:
        """Return ranks ``(rows, cols)`` of a section."""
        return section.cut(self.atlas.ranks.raw, self.box)

    def labels(self, section: Section) -> NDArray[np.int64]:
        """Return what each pixel ``(rows, cols)`` of a section is drawn as, 0 for nothing.

        That is a rank; where hemispheres have their own numbers, the left one's is
        ``rank + n_ranks`` and the right one's ``rank + 2 * n_ranks``.
        """
        labels: NDArray[np.int64] = self.targets[self.ranks(section)]
        rule = self.atlas.hemisphere_rule
        by_hemisphere = self.values is not None and self.values.by_hemisphere
        if rule is None or (self.hemisphere is None and not by_hemisphere):
            return labels
        sides = section.cut(rule.seen(self.atlas.shape), self.box)
        if self.hemisphere is not None:
            labels = np.where(sides == self.hemisphere, labels, 0)
        if by_hemisphere:
            labels = np.where(labels > 0, labels + sides.astype(np.int64) * len(self.targets), 0)
        return labels

    def find_marks(self, marks: Marks, section: Section) -> NDArray[np.float64]:
        """Return row and column ``(n, 2)`` in a section's picture of the points near it."""
        q = np.asarray(self.atlas.grid.to_index_space(marks.positions)).reshape(-1, 3)
        away = np.abs(q[:, section.axis] - (section.index + 0.5))
        if marks.within is None:
            near = np.floor(q[:, section.axis]) == section.index
        else:
            near = away * float(self.atlas.resolution[section.axis]) <= marks.within
        row, col = section.place(list(q.T), self.box)
        rows, cols = section.size(self.box)
        places: NDArray[np.float64] = np.stack([np.asarray(row), np.asarray(col)], axis=1)
        inside = ((places >= 0) & (places <= (rows, cols))).all(axis=1)
        return np.asarray(places[near & inside])

    def rank_of_label(self, label: int) -> int:
        """Return the rank of a label of `labels`."""
        return int(label % len(self.targets))

    def name_of_label(self, label: int) -> str:
        """Return the acronym of what a label is drawn as; an id that no region has is a number."""
        rank = self.rank_of_label(label)
        regions = self.atlas.region_map
        if rank <= len(regions):
            return regions.acronym_of_rank(rank)
        return str(int(self.atlas.ranks.ids[rank]))


def compose(
    atlas: Atlas,
    points: Point | Sequence[Point],
    rank: int | None = None,
    style: Style | None = None,
    values: ColoredValues | None = None,
    *,
    planes: Sequence[str] | None = None,
    drawn: DrawnRegions | None = None,
    marks: Sequence[Marks] = (),
) -> Figure:
    """Gather the content of a figure; reads the volumes.

    Parameters
    ----------
    atlas
        The atlas.
    points
        Points through which sections go, each of them through all planes.
    rank
        Region that is drawn in full, all else dimmed; None for all alike.
    style, values, drawn
        How it is drawn, numbers that color the regions, and which regions are drawn as what.
    planes
        Names of planes (see `choose_sections`); by default all three.
    marks
        Points that are drawn in the sections near them.

    Raises
    ------
    ArgumentError
        If there is no such plane, or hemispheres are asked for and the atlas states none.
    """
    style, drawn = style or Style(), drawn or DrawnRegions()
    points = [points] if isinstance(points, Point) else list(points)
    by_hemisphere = values is not None and values.by_hemisphere
    if by_hemisphere or drawn.hemisphere is not None:
        require_hemispheres(atlas)
    panels = [(s, p) for p in points for s in choose_sections(atlas.orientation, p.index, planes)]
    reference = atlas.reference
    contrast = contrast_of(reference.raw) if reference is not None else None
    n_ranks = atlas.ranks.n_ranks
    targets = np.arange(n_ranks) if drawn.targets is None else drawn.targets
    colors = color_labels(
        atlas, values, reference is not None, _find_interval(atlas, rank, targets), style, targets
    )
    box = _find_drawn_box(atlas, panels, reference, contrast)
    return Figure(
        atlas, points, style, rank, panels, reference, contrast, targets, drawn.hemisphere, colors,
        box, values, marks,
    )  # fmt: skip


def require_hemispheres(atlas: Atlas) -> None:
    """Raise where an atlas does not say which hemisphere its voxels are in."""
    if atlas.hemisphere_rule is None:
        raise ArgumentError(
            f"the files of {atlas.name} do not say where left and right are; expected a package "
            f"with hemispheres",
            remedy="state midline",
        )


def color_labels(
    atlas: Atlas,
    values: ColoredValues | None,
    over_reference: bool,
    chosen: tuple[int, int] | None,
    style: Style,
    targets: NDArray[np.int64],
) -> NDArray[np.uint8]:
    """Return the colors of `Figure.labels`, ``(n, 4)`` uint8."""
    own = colorblind_colors(atlas.ranks, targets) if style.palette == "colorblind" else None
    if values is None:
        return region_colors(atlas.ranks, over_reference, chosen, own=own)
    rows = np.atleast_2d(values.values)
    return np.concatenate(
        [
            region_colors(atlas.ranks, over_reference, chosen, values.scale.rank_table(row))
            for row in rows
        ]
    )


def _find_interval(
    atlas: Atlas, rank: int | None, targets: NDArray[np.int64]
) -> tuple[int, int] | None:
    """Return the ranks with a region; with the ancestor that it is drawn as, if it is."""
    if rank is None:
        return None
    seen = min(rank, int(targets[rank]) or rank)
    return seen, int(atlas.ranks.ends[seen])


def _find_drawn_box(
    atlas: Atlas,
    panels: list[tuple[Section, Point]],
    reference: VoxelData | None,
    contrast: Contrast | None,
) -> Box:
    """Find the box of labels, visible reference and points, with a margin."""
    rank_volume = atlas.ranks
    whole: Box = tuple(slice(0, n) for n in atlas.shape)
    box = rank_volume.box(1, rank_volume.n_ranks) if rank_volume.n_ranks > 1 else None
    labeled = box or whole
    indices = np.array([point.index for _, point in panels])
    low = [min(s.start, int(i)) for s, i in zip(labeled, indices.min(axis=0), strict=True)]
    high = [max(s.stop, int(i) + 1) for s, i in zip(labeled, indices.max(axis=0), strict=True)]
    if reference is not None and contrast is not None:
        for section, _ in panels:
            values = contrast.apply(reference_plane(reference, atlas, section, whole))
            visible = values > VISIBLE
            for line, axis, flipped in (
                (visible.mean(axis=1), section.down, section.flip_down),
                (visible.mean(axis=0), section.across, section.flip_across),
            ):
                where = np.flatnonzero((line[::-1] if flipped else line) > VISIBLE_SHARE)
                if len(where):
                    low[axis] = min(low[axis], int(where[0]))
                    high[axis] = max(high[axis], int(where[-1]) + 1)
    rim = [max(1, round(RIM * (b - a))) for a, b in zip(low, high, strict=True)]
    return tuple(
        slice(max(0, a - r), min(n, b + r))
        for a, b, r, n in zip(low, high, rim, atlas.shape, strict=True)
    )
