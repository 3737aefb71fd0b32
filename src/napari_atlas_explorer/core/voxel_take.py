"""Values of many voxels at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def take_voxels(raw: NDArray[Any], columns: Sequence[NDArray[np.intp]]) -> NDArray[Any]:
    """Values ``(*leading, *payload)`` of voxels inside a volume.

    Parameters
    ----------
    raw
        ``(*shape, *payload)``.
    columns
        For each axis of the shape, indices of one leading shape; all inside.

    Notes
    -----
    An array that fills its memory in some order of its axes (a NRRD volume is read with its
    first axis fastest) is flat in that order, and one flat index is half the work of one index
    per axis: 17 ms against 40 for a million voxels. Other arrays are views with gaps.
    """
    ndim = len(columns)
    order = sorted(range(ndim), key=lambda axis: -raw.strides[axis])
    ordered = raw.transpose(*order, *range(ndim, raw.ndim))
    if not ordered.flags.c_contiguous:
        return np.asarray(raw[tuple(columns)])
    flat = np.zeros(columns[0].shape, np.intp)
    for axis in order:
        flat *= raw.shape[axis]
        flat += columns[axis]
    return np.asarray(ordered.reshape(-1, *raw.shape[ndim:]).take(flat, axis=0))
