"""Images as BrainGlobe keeps them: 16-bit whole numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import ArgumentError

LARGEST = 65_535


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
    if image.dtype in (np.uint16, np.uint8, bool):
        return GreyValues(image.astype(np.uint16, copy=False))
    finite = _finite(image)
    if not finite.size:
        raise ArgumentError(f"image {name!r} has no finite value; expected some")
    low, high = float(finite.min()), float(finite.max())
    complete = finite.size == image.size
    if low >= 0 and high <= LARGEST and complete and _is_whole(image):
        return GreyValues(image.astype(np.uint16))
    slope, intercept = (high - low) / LARGEST, low
    if high - low <= LARGEST and complete and _is_whole(image):
        slope = 1.0  # only shifted
    scaled = (image.astype(np.float64) - intercept) / (slope or 1.0)
    values = np.rint(np.nan_to_num(scaled, nan=0, posinf=LARGEST, neginf=0)).astype(np.uint16)
    missing = "" if complete else f"; {image.size - finite.size} values that are no number became 0"
    note = (
        f"image {name!r} held {image.dtype} from {low:g} to {high:g}; it is kept as whole numbers "
        f"v with original = v · {slope or 1.0:.6g} + {intercept:.6g}{missing}"
    )
    return GreyValues(values, slope or 1.0, intercept, note)


def _finite(image: NDArray[Any]) -> NDArray[Any]:
    if image.dtype.kind != "f":
        return image.ravel()
    finite = np.isfinite(image)
    return image.ravel() if finite.all() else image[finite]


def _is_whole(image: NDArray[Any]) -> bool:
    return image.dtype.kind in "ui" or bool(np.array_equal(image, np.rint(image)))
