"""Images as BrainGlobe stores them: 16-bit, at every resolution, cast on read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ...atlases.cache.large import large_bytes
from ...compute.blocks import slabs_of
from ...core.errors import ArgumentError
from ...core.package import Dataset
from ...core.space.volume import VoxelData
from ...formats.common.blocks import scratch_volume
from ...formats.ome_zarr.writer import SliceableArray
from .package_plan import PackagePlan


class CastArray:
    """Array whose dtype is cast lazily on read: a mapped one stays on the disk.

    Parameters
    ----------
    values
        The array.
    dtype
        Of the slices. Values are expected to fit.
    """

    def __init__(self, values: NDArray[Any], dtype: DTypeLike) -> None:
        self._values, self.dtype = values, np.dtype(dtype)
        self.shape = values.shape

    @classmethod
    def to(cls, values: NDArray[Any], dtype: DTypeLike) -> SliceableArray:
        """Return the array itself where it has this dtype."""
        return values if values.dtype == dtype else cls(values, dtype)

    def __getitem__(self, key: Any, /) -> NDArray[Any]:
        """Return the cast values of a slice."""
        return np.asarray(self._values[key]).astype(self.dtype)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """Return all cast values."""
        return self._values.astype(dtype or self.dtype)


LARGEST = 65_535
WORK_BYTES = 40
"""For each voxel of a slab, while it is scaled."""


@dataclass(frozen=True, eq=False)
class GrayValues:
    """Image as uint16.

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


def gray_values(image: NDArray[Any], name: str) -> GrayValues:
    """Convert an image to the range of uint16, with a note on how.

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
        return GrayValues(image)
    facts = _find_range(image)
    if facts.n_finite == 0:
        raise ArgumentError(f"image {name!r} has no finite value; expected at least one")
    low, high, complete = facts.low, facts.high, facts.n_finite == image.size
    exact = complete and facts.whole
    if low >= 0 and high <= LARGEST and exact:
        return GrayValues(_fill_array(image, lambda part: part))
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
    return GrayValues(_fill_array(image, scaled), slope or 1.0, intercept, note)


@dataclass(frozen=True)
class _ValueRange:
    """Range and number of the finite values, and whether all of these are whole numbers."""

    low: float
    high: float
    n_finite: int
    whole: bool


def _find_range(image: NDArray[Any]) -> _ValueRange:
    low, high, n_finite, whole = np.inf, -np.inf, 0, True
    for planes in _iterate_slabs(image):
        part = image[planes]
        if part.dtype.kind == "f":
            part = part[np.isfinite(part)]
            whole = whole and np.array_equal(part, np.rint(part))
        n_finite += part.size
        if part.size:
            low, high = min(low, float(part.min())), max(high, float(part.max()))
    return _ValueRange(low, high, n_finite, whole)


def _fill_array(
    image: NDArray[Any], change: Callable[[NDArray[Any]], NDArray[Any]]
) -> NDArray[np.uint16]:
    out = scratch_volume(image.shape, np.uint16, large_bytes())
    for planes in _iterate_slabs(image):
        out[planes] = change(image[planes])
    return out


def _iterate_slabs(image: NDArray[Any]) -> Iterator[slice]:
    return slabs_of(image.shape, WORK_BYTES)


def image_levels(plan: PackagePlan, image: Dataset) -> tuple[list[NDArray[np.uint16]], str]:
    """Read an image; it and its coarser versions as uint16, and a note on what was done.

    All levels are mapped alike, so that a value means the same in each.
    """
    finest = image.load()
    gray = gray_values(finest.raw, image.name)
    volume = VoxelData.from_grid(gray.values, plan.package.grid)
    given = plan.coarser.get(image.name, ())
    levels = [gray.values]
    for n, step in enumerate(plan.steps):
        if n < len(given):
            levels.append(_map_values(given[n].raw, gray))
        else:
            levels.append(plan.coarsen(volume, image, step).raw)
    return plan.keep(levels), gray.note


def _map_values(values: NDArray[Any], gray: GrayValues) -> NDArray[np.uint16]:
    scaled = (values.astype(np.float64) - gray.intercept) / gray.slope
    return np.rint(np.clip(np.nan_to_num(scaled), 0, LARGEST)).astype(np.uint16)
