"""Images as BrainGlobe keeps them: 16-bit whole numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..atlases.volume_blocks import large_bytes
from ..compute.block_budget import slabs_of
from ..core.errors import ArgumentError
from ..files.scratch import scratch_volume

LARGEST = 65_535
WORK_BYTES = 40
"""For each voxel of a slab, while it is scaled."""


@dataclass(frozen=True, eq=False)
class GreyValues:
    """An image as uint16.

    Attributes
    ----------
    values
        uint16, the image's shape.
    slope, intercept
        The original is ``values · slope + intercept``, exactly where ``slope`` is 1, else to
        half a step.
    note
        What was done to the values; "" if nothing was.
    """

    values: NDArray[np.uint16]
    slope: float = 1.0
    intercept: float = 0.0
    note: str = ""


def grey_values(image: NDArray[Any], name: str) -> GreyValues:
    """Bring an image into the range of uint16, and say how.

    Whole numbers from 0 to 65,535 stay as they are, whatever their dtype. All others are mapped
    linearly from their own range: BrainGlobe's packager would cut off fractions and let large
    and negative values wrap round.

    Raises
    ------
    ArgumentError
        For complex values, several channels, or an image without a finite value.
    """
    if image.ndim != 3 or image.dtype.kind not in "buif":
        raise ArgumentError(
            f"image {name!r} of shape {image.shape} and dtype {image.dtype}; "
            f"expected one number for each voxel"
        )
    if image.dtype == np.uint16:
        return GreyValues(image)
    facts = _facts(image)
    if facts.n_finite == 0:
        raise ArgumentError(f"image {name!r} has no finite value; expected some")
    low, high, complete = facts.low, facts.high, facts.n_finite == image.size
    exact = complete and facts.whole
    if low >= 0 and high <= LARGEST and exact:
        return GreyValues(_filled(image, lambda part: part))
    slope, intercept = (high - low) / LARGEST, low
    if high - low <= LARGEST and exact:
        slope = 1.0  # only shifted

    def scaled(part: NDArray[Any]) -> NDArray[Any]:
        values = (part.astype(np.float64) - intercept) / (slope or 1.0)
        return np.rint(np.nan_to_num(values, nan=0, posinf=LARGEST, neginf=0))

    missing = (
        "" if complete else f"; {image.size - facts.n_finite} values that are no number became 0"
    )
    note = (
        f"image {name!r} held {image.dtype} from {low:g} to {high:g}; it is kept as whole numbers "
        f"v with original = v · {slope or 1.0:.6g} + {intercept:.6g}{missing}"
    )
    return GreyValues(_filled(image, scaled), slope or 1.0, intercept, note)


@dataclass(frozen=True)
class _Facts:
    """Range and number of the finite values, and whether all of these are whole numbers."""

    low: float
    high: float
    n_finite: int
    whole: bool


def _facts(image: NDArray[Any]) -> _Facts:
    low, high, n_finite, whole = np.inf, -np.inf, 0, True
    for planes in _slabs(image):
        part = image[planes]
        if part.dtype.kind == "f":
            part = part[np.isfinite(part)]
            whole = whole and np.array_equal(part, np.rint(part))
        n_finite += part.size
        if part.size:
            low, high = min(low, float(part.min())), max(high, float(part.max()))
    return _Facts(low, high, n_finite, whole)


def _filled(
    image: NDArray[Any], change: Callable[[NDArray[Any]], NDArray[Any]]
) -> NDArray[np.uint16]:
    out = scratch_volume(image.shape, np.uint16, large_bytes())
    for planes in _slabs(image):
        out[planes] = change(image[planes])
    return out


def _slabs(image: NDArray[Any]) -> Iterator[slice]:
    return slabs_of(image.shape, WORK_BYTES)
