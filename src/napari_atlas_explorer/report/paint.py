"""Pixels of a section: the reference in grey, the regions in their colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.annotation import Annotation
from ..core.atlas import Atlas
from ..core.colors import Rgb, distinct_color
from ..core.contrast import contrast_limits
from ..core.voxels import VoxelData
from .sections import Box, Section

OVER_REFERENCE = 0.45
WITHOUT_REFERENCE = 0.9
CHOSEN = 0.92
DIMMED = 0.1
DIMMED_WITHOUT_REFERENCE = 0.16
DIMMED_VALUE = 0.2

FAINT = 0.06
"""Brightness up to which the surroundings of the brain are taken for noise, not tissue."""

BRIGHTEST = 0.998
"""Share of the voxels up to which brightness rises: one hot voxel does not darken the rest."""


@dataclass(frozen=True)
class Contrast:
    """Values of the reference that are drawn black and white."""

    low: float
    high: float

    def apply(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Brightness from 0 to 1; payloads (colours) are averaged."""
        numbers = np.nan_to_num(np.asarray(values, dtype=np.float64))
        if numbers.ndim > 2:
            numbers = numbers.reshape(*numbers.shape[:2], -1).mean(axis=-1)
        return np.clip((numbers - self.low) / (self.high - self.low), 0, 1)


def contrast_of(values: NDArray[Any]) -> Contrast:
    """Contrast of a whole volume, so that all sections of a figure share it."""
    return Contrast(*contrast_limits(values))


def reference_plane(reference: VoxelData, atlas: Atlas, section: Section, box: Box) -> NDArray[Any]:
    """Values of the reference in a section; where its grid is another, those at the same places."""
    if reference.shape == atlas.shape:
        return section.cut(reference.raw, box)
    ranges: list[NDArray[np.int64]] = [np.arange(side.start, side.stop) for side in box]
    ranges[section.axis] = np.array([section.index])
    centres = np.stack(np.meshgrid(*ranges, indexing="ij"), axis=-1) + 0.5
    values = reference.lookup(atlas.grid.to_world(centres), outer_value=0)
    whole = tuple(slice(0, len(r)) for r in ranges)
    flat = Section(
        section.axis, 0, section.down, section.across, section.flip_down, section.flip_across,
        section.name, section.letters,
    )  # fmt: skip
    return flat.cut(values, whole)


def grey_pixels(
    brightness: NDArray[np.float64], ranks: NDArray[Any], page: Rgb
) -> NDArray[np.uint8]:
    """Grey picture ``(rows, cols, 3)`` of a reference on the page's colour.

    On a light page the empty surroundings of the brain are page, not black: they fade into
    it. What is labelled is drawn as it is, dark or not.
    """
    paper = np.array(page, dtype=np.float64)
    grey = np.repeat(brightness[..., np.newaxis] * 255, 3, axis=-1)
    solid = np.where(ranks > 0, 1.0, np.clip((brightness - FAINT) / 0.2, 0, 1))[..., np.newaxis]
    if sum(page) < 3 * 128:
        mixed = paper + solid * grey * (255 - paper) / 255
    else:
        mixed = solid * grey + (1 - solid) * paper
    return np.rint(mixed).astype(np.uint8)


def region_colors(
    labels: Annotation,
    over_reference: bool,
    chosen: tuple[int, int] | None,
    values: NDArray[np.float32] | None = None,
) -> NDArray[np.uint8]:
    """``(n_ranks, 4)`` colour and opacity of every rank; background is clear.

    Parameters
    ----------
    labels
        The annotation.
    over_reference
        Whether a reference is to be seen through the colours.
    chosen
        Interval of ranks that are drawn in full, all others dimmed; None for all alike.
    values
        Colours ``(n_ranks, 4)`` that stand for numbers, 0 to 1, as `ColorScale.rank_table`
        makes them: drawn as they are, so that they can be compared with their key.
    """
    if values is not None:
        table = np.rint(values * 255).astype(np.uint8)
        if chosen is not None:
            others = np.ones(len(table), bool)
            others[slice(*chosen)] = False
            table[others, 3] = np.minimum(table[others, 3], round(255 * DIMMED_VALUE))
        return table
    regions = labels.region_map
    table = np.zeros((labels.n_ranks, 4), np.uint8)
    for rank in range(1, labels.n_ranks):
        known = rank <= len(regions)
        table[rank, :3] = regions.color(rank) if known else distinct_color(rank)
    opacity = OVER_REFERENCE if over_reference else WITHOUT_REFERENCE
    if chosen is not None:
        opacity = DIMMED if over_reference else DIMMED_WITHOUT_REFERENCE
    table[1:, 3] = round(255 * opacity)
    if chosen is not None:
        table[slice(*chosen), 3] = round(255 * CHOSEN)
    return table
