"""The part of a volume that a mask fills."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Box = tuple[slice, ...]


def occupied_box(mask: NDArray[np.bool_]) -> Box | None:
    """Smallest box that holds every True voxel, None where there is none."""
    box: list[slice] = []
    for axis in range(mask.ndim):
        # What the axes before this one left out is empty and need not be read again.
        part = mask[tuple(box)]
        others = tuple(a for a in range(mask.ndim) if a != axis)
        filled = np.flatnonzero(part.any(axis=others))
        if not len(filled):
            return None
        box.append(slice(int(filled[0]), int(filled[-1]) + 1))
    return tuple(box)


def widened(box: Box, margins: Sequence[int], shape: tuple[int, ...]) -> Box:
    """Box with more voxels on both sides of each axis, as far as the volume goes."""
    return tuple(
        slice(max(0, side.start - margin), min(size, side.stop + margin))
        for side, margin, size in zip(box, margins, shape, strict=True)
    )


def faces_of(values: NDArray[Any], axes: Sequence[int] = (0, 1, 2)) -> NDArray[Any]:
    """All values on the faces of a volume across some of its axes, flat."""
    ends = (np.moveaxis(values, axis, 0)[[0, -1]].ravel() for axis in axes)
    return np.concatenate(list(ends))
