"""Content of a figure: atlas, point of its sections, region, colors."""

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
from .paint import Contrast, contrast_of, reference_plane, region_colors
from .sections import Box, Section, three_sections

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

RIM = 0.03
"""Margin around the brain within a panel, as a share of its size."""

VISIBLE = 0.12
"""Minimum brightness of visible parts of the reference."""

VISIBLE_SHARE = 0.01
"""Share of a row of pixels that must be visible: single hot voxels do not widen a figure."""


@dataclass(frozen=True)
class Theme:
    """Colors of a sheet."""

    page: Rgb
    ink: Rgb
    muted: Rgb
    outline: Rgb
    outline_opacity: float
    dimmed: Rgb
    dimmed_opacity: float
    strong: Rgb
    cross: Rgb


LIGHT = Theme(
    page=(255, 255, 255), ink=(22, 24, 29), muted=(92, 97, 107),
    outline=(18, 20, 26), outline_opacity=0.6, dimmed=(18, 20, 26), dimmed_opacity=0.3,
    strong=(10, 10, 14), cross=(196, 24, 60),
)  # fmt: skip
DARK = Theme(
    page=(12, 13, 16), ink=(241, 242, 245), muted=(166, 171, 181),
    outline=(0, 0, 0), outline_opacity=0.8, dimmed=(255, 255, 255), dimmed_opacity=0.22,
    strong=(255, 255, 255), cross=(255, 122, 142),
)  # fmt: skip


@dataclass(frozen=True)
class ColoredValues:
    """Numbers that regions are colored by.

    Attributes
    ----------
    values
        ``(n_ranks,)``; NaN for none.
    scale
        Their colors.
    title
        Title of the legend.
    """

    values: NDArray[np.float64]
    scale: ColorScale
    title: str


@dataclass(frozen=True)
class Figure:
    """Inputs of all parts of a sheet.

    Attributes
    ----------
    atlas, point, theme
        As given.
    rank
        The region that is drawn in full, or None.
    sections
        The three planes.
    reference, contrast
        The image beneath, None where the atlas has none.
    colors
        ``(n_ranks, 4)`` uint8 color and opacity of each rank.
    box
        Voxels that are drawn.
    values
        Numbers behind the colors, None for the atlas's own colors.
    """

    atlas: Atlas
    point: Point
    theme: Theme
    rank: int | None
    sections: list[Section]
    reference: VoxelData | None
    contrast: Contrast | None
    colors: NDArray[np.uint8]
    box: Box
    values: ColoredValues | None = None

    @property
    def resolution_known(self) -> bool:
        """Whether lengths are µm; else they are voxels."""
        return self.atlas.package.resolution_known

    @property
    def chosen(self) -> tuple[int, int] | None:
        """Interval of ranks that is drawn in full."""
        return _find_interval(self.atlas, self.rank)

    def panel_size(self, section: Section) -> tuple[float, float]:
        """Return the width and height of a section, µm (voxels where their size is not known)."""
        rows, cols = section.size(self.box)
        steps = self.atlas.resolution
        return cols * steps[section.across], rows * steps[section.down]

    def ranks(self, section: Section) -> NDArray[Any]:
        """Return ranks ``(rows, cols)`` of a section."""
        return section.cut(self.atlas.ranks.raw, self.box)


def compose(
    atlas: Atlas,
    point: Point,
    rank: int | None = None,
    theme: Theme = LIGHT,
    values: ColoredValues | None = None,
) -> Figure:
    """Gather the content of a figure; reads the volumes."""
    sections = three_sections(atlas.orientation, point.index)
    reference = atlas.reference
    contrast = contrast_of(reference.raw) if reference is not None else None
    table = None if values is None else values.scale.rank_table(values.values)
    colors = region_colors(atlas.ranks, reference is not None, _find_interval(atlas, rank), table)
    box = _find_drawn_box(atlas, sections, reference, contrast, point)
    return Figure(atlas, point, theme, rank, sections, reference, contrast, colors, box, values)


def _find_interval(atlas: Atlas, rank: int | None) -> tuple[int, int] | None:
    return None if rank is None else (rank, int(atlas.ranks.ends[rank]))


def _find_drawn_box(
    atlas: Atlas,
    sections: list[Section],
    reference: VoxelData | None,
    contrast: Contrast | None,
    point: Point,
) -> Box:
    """Find the box of labels, visible reference and point, with a margin."""
    rank_volume = atlas.ranks
    whole: Box = tuple(slice(0, n) for n in atlas.shape)
    box = rank_volume.box(1, rank_volume.n_ranks) if rank_volume.n_ranks > 1 else None
    labeled = box or whole
    low = [min(side.start, i) for side, i in zip(labeled, point.index, strict=True)]
    high = [max(side.stop, i + 1) for side, i in zip(labeled, point.index, strict=True)]
    if reference is not None and contrast is not None:
        for section in sections:
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
