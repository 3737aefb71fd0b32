"""Volumes too large to be drawn whole, as napari's multiscale data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..atlases.rank_cache import coarse_levels
from ..core.annotation import Annotation

DRAWN_WHOLE = 1 << 28
"""Voxels up to which a volume goes to the GPU as it is: four 25 µm mouse brains."""

COARSEST = 256
"""Voxels along the longest axis of the level that 3-D draws, at most."""


def is_large(shape: Sequence[int]) -> bool:
    """Whether a volume is too large for 3-D."""
    return int(np.prod([int(n) for n in shape])) > DRAWN_WHOLE


def rank_levels(labels: Annotation) -> list[NDArray[Any]]:
    """Ranks at every level that is to be drawn, the finest first; one where all can be."""
    if not is_large(labels.ranks.shape):
        return [labels.ranks]
    return [labels.ranks, *(coarse_levels(labels) or strided_levels(labels.ranks)[1:])]


def strided_levels(values: NDArray[Any]) -> list[NDArray[Any]]:
    """Every second, fourth, … voxel; the coarsest in memory, the others seen through strides.

    napari draws the coarsest in 3-D, and in 2-D the one whose voxels are about a pixel.
    """
    if not is_large(values.shape):
        return [values]
    found, step = [values], 1
    while max(found[-1].shape) > COARSEST:
        step *= 2
        picked = slice(step // 2, None, step)
        found.append(values[picked, picked, picked])
    found[-1] = np.ascontiguousarray(found[-1])
    return found


def seen_at_level(values: NDArray[Any], level: int, shape: Sequence[int]) -> NDArray[Any]:
    """Every 2ⁿth voxel of a volume, cut to a level's shape; nothing of it is copied."""
    picked = slice(2**level // 2, None, 2**level)
    seen = values[(picked,) * values.ndim]
    return seen[tuple(slice(0, size) for size in shape)]


def as_layer_data(levels: list[Any]) -> tuple[Any, dict[str, Any]]:
    """Data of a layer and the option that goes with them."""
    if len(levels) == 1:
        return levels[0], {}
    return levels, {"multiscale": True}
