"""What one figure shows: the atlas, its point, its region, its colours, the part that is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.atlas import Atlas
from ..core.colors import Rgb
from ..core.value_colors import ColorScale
from ..core.voxels import VoxelData
from .paint import Contrast, contrast_of, reference_plane, region_colors
from .point import Point
from .sections import Box, Section, three_sections

RIM = 0.03
"""Room around the brain within a panel, as a share of its size."""

VISIBLE = 0.12
"""Brightness from which the reference counts as something to be seen."""

VISIBLE_SHARE = 0.01
"""Share of a row of pixels that must be visible: single hot voxels do not widen a figure."""


@dataclass(frozen=True)
class Theme:
    """Colours of a sheet."""

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
    """Numbers that regions are coloured by.

    Attributes
    ----------
    values
        ``(n_ranks,)``; NaN for none.
    scale
        Their colours.
    title
        What they are, in words.
    """

    values: NDArray[np.float64]
    scale: ColorScale
    title: str


@dataclass(frozen=True)
class Figure:
    """Everything that the parts of a sheet ask for.

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
        ``(n_ranks, 4)`` uint8 colour and opacity of each rank.
    box
        Voxels that are drawn.
    values
        What the colours stand for, None for the atlas's own colours.
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
        return _interval(self.atlas, self.rank)

    def panel_size(self, section: Section) -> tuple[float, float]:
        """Width and height of a section, µm (voxels where their size is not known)."""
        rows, cols = section.size(self.box)
        steps = self.atlas.resolution
        return cols * steps[section.across], rows * steps[section.down]

    def ranks(self, section: Section) -> NDArray[Any]:
        """Ranks ``(rows, cols)`` of a section."""
        return section.cut(self.atlas.labels.ranks, self.box)


def compose(
    atlas: Atlas,
    point: Point,
    rank: int | None = None,
    theme: Theme = LIGHT,
    values: ColoredValues | None = None,
) -> Figure:
    """Gather what a figure shows; reads the volumes."""
    sections = three_sections(atlas.orientation, point.index)
    reference = atlas.reference
    contrast = contrast_of(reference.raw) if reference is not None else None
    table = None if values is None else values.scale.rank_table(values.values)
    colors = region_colors(atlas.labels, reference is not None, _interval(atlas, rank), table)
    box = _drawn_box(atlas, sections, reference, contrast, point)
    return Figure(atlas, point, theme, rank, sections, reference, contrast, colors, box, values)


def _interval(atlas: Atlas, rank: int | None) -> tuple[int, int] | None:
    return None if rank is None else (rank, int(atlas.labels.ends[rank]))


def _drawn_box(
    atlas: Atlas,
    sections: list[Section],
    reference: VoxelData | None,
    contrast: Contrast | None,
    point: Point,
) -> Box:
    """Box of the labels, of what can be seen of the reference, and of the point; with a rim."""
    labels = atlas.labels
    whole: Box = tuple(slice(0, n) for n in atlas.shape)
    found = labels.box(1, labels.n_ranks) if labels.n_ranks > 1 else None
    labelled = found or whole
    low = [min(side.start, i) for side, i in zip(labelled, point.index, strict=True)]
    high = [max(side.stop, i + 1) for side, i in zip(labelled, point.index, strict=True)]
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
