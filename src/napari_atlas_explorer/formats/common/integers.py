"""Region ids that a file holds as floating-point numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

PART = 1 << 22


@dataclass(frozen=True)
class IntegerVolume:
    """Volume of floats, read as the integers it holds.

    Attributes
    ----------
    array
        The same values as uint32, or as int64 where one is negative or wider.
    possibly_lost
        Whether a value is so large that the file's floats no longer distinguish neighboring
        integers: its last digits may not be those that were written.
    exact_below
        Up to this number every integer has its own float: 2**24 for float32.
    """

    array: NDArray[Any]
    possibly_lost: bool
    exact_below: int


def floats_to_integers(values: NDArray[Any]) -> IntegerVolume | None:
    """Convert floats to integers if all are whole; None where one is a fraction or NaN."""
    if values.dtype.kind != "f":
        return None
    exact_below = 1 << (np.finfo(values.dtype).nmant + 1)
    low, high = 0.0, 0.0
    # In memory order, slab by slab, so that the check makes no copy of the volume.
    flat = values.ravel(order="K")
    for start in range(0, flat.size, PART):
        slab = flat[start : start + PART]
        if not np.array_equal(slab, np.rint(slab)):  # NaN is equal to nothing
            return None
        low, high = min(low, float(slab.min())), max(high, float(slab.max()))
    if low < -(2.0**63) or high >= 2.0**63:  # infinite values too
        return None
    dtype = np.uint32 if low >= 0 and high < 2.0**32 else np.int64
    return IntegerVolume(values.astype(dtype), max(-low, high) >= exact_below, exact_below)
