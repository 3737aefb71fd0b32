"""Images at every resolution of a package, as BrainGlobe keeps them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.package import Dataset
from ..core.voxels import VoxelData
from .blueprint import Blueprint
from .grey_values import LARGEST, GreyValues, grey_values


def image_levels(blueprint: Blueprint, image: Dataset) -> tuple[list[NDArray[np.uint16]], str]:
    """Read an image; it and its coarser versions as uint16, and a note on what was done.

    All levels are mapped alike, so that a value means the same in each.
    """
    finest = image.load()
    grey = grey_values(finest.raw, image.name)
    volume = VoxelData.from_grid(grey.values, blueprint.package.grid)
    given = blueprint.coarser.get(image.name, ())
    levels = [grey.values]
    for n, step in enumerate(blueprint.steps):
        if n < len(given):
            levels.append(_mapped(given[n].raw, grey))
        else:
            levels.append(blueprint.coarsened(volume, image, step).raw)
    return blueprint.kept(levels), grey.note


def _mapped(values: NDArray[Any], grey: GreyValues) -> NDArray[np.uint16]:
    scaled = (values.astype(np.float64) - grey.intercept) / grey.slope
    return np.rint(np.clip(np.nan_to_num(scaled), 0, LARGEST)).astype(np.uint16)
