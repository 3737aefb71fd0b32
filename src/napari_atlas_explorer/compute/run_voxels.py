"""From runs of voxels back to the voxels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FEW = 8
"""Voxels of a plane that are less than an eighth of it are set one by one."""


def spread(starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Whole numbers of intervals, one after the other."""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    return np.repeat(starts - (ends - lengths), lengths) + np.arange(total)


def set_runs(
    part: NDArray[np.bool_], starts: NDArray[np.int64], lengths: NDArray[np.int64], value: bool
) -> None:
    """Set the voxels of runs along the last axis to a value, plane by plane.

    Parameters
    ----------
    part
        Three axes, changed in place; it may be seen in a larger volume.
    starts
        Positions of the runs' first voxels in the C order of the part, ascending.
    lengths
        Voxels of each; no run crosses a row.
    value
        What they become.
    """
    width = part.shape[2]
    size = part.shape[1] * width
    planes = starts // max(1, size)
    for plane in np.unique(planes).tolist():
        low, high = np.searchsorted(planes, (plane, plane + 1))
        begins, counts = starts[low:high] - plane * size, lengths[low:high]
        if FEW * int(counts.sum()) < size:
            part[plane][np.divmod(spread(begins, counts), width)] = value
            continue
        # +1 where a run begins and -1 behind its end; where runs touch, these cancel out.
        changes = np.zeros(size + 1, np.int8)
        changes[begins] += 1
        changes[begins + counts] -= 1
        inside = np.add.accumulate(changes[:-1], dtype=np.int8).view(bool)
        part[plane][inside.reshape(part.shape[1:])] = value
