"""Writer of TIFF volumes with their voxel size."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from ...core.errors import ArgumentError
from ...core.space.grid import VoxelGrid
from ..common.atomic import atomic_write

STORED_AS = {"bool": np.uint8, "float16": np.float32}
IMAGEJ_TYPES = ("uint8", "uint16", "float32")
MAX_CLASSIC = 2**32 - 2**25
"""Bytes of pixels up to which tifffile writes a classic TIFF."""


def write_tiff(path: str | Path, array: NDArray[Any], grid: VoxelGrid) -> None:
    """Write a stack of pages, deflated, with its voxel size in µm.

    uint8, uint16 and float32 are written as ImageJ does, so that Fiji shows the size; what
    ImageJ has no pixels for, such as the uint32 of region ids, and volumes beyond 4 GB as OME,
    the latter as BigTIFF.

    Parameters
    ----------
    path
        Target; replaced in one step.
    array
        ``grid.shape``; bool is stored as uint8, float16 as float32, and integers of 64 bits,
        which OME does not have, as 32 bits where they fit.
    grid
        Placement, µm, along the array axes. TIFF states sizes of voxels alone: where the volume
        is and which way its axes run is not written.
    """
    if grid.ndim != 3 or array.shape != grid.shape:
        raise ArgumentError(f"values of shape {array.shape} on a grid of {grid.shape}")
    if grid.is_oblique:
        raise ArgumentError("a TIFF of an oblique grid; its axes cannot be written")
    values = _convert_dtype(array)
    z, y, x = (abs(float(step)) for step in grid.steps)
    # tifffile cannot read back an ImageJ stack of one column.
    thin = min(values.shape) < 2
    imagej = values.dtype.name in IMAGEJ_TYPES and values.nbytes < MAX_CLASSIC and not thin
    options: dict[str, Any] = {"imagej": True, "resolution": (1 / x, 1 / y)}
    metadata: dict[str, Any] = {"axes": "ZYX", "spacing": z, "unit": "um"}
    if not imagej:
        options = {"ome": True, "bigtiff": values.nbytes >= MAX_CLASSIC}
        metadata = {"axes": "ZYX"}
        for axis, size in zip("ZYX", (z, y, x), strict=True):
            metadata |= {f"PhysicalSize{axis}": size, f"PhysicalSize{axis}Unit": "µm"}
    with atomic_write(path) as temporary:
        tifffile.imwrite(
            temporary,
            np.ascontiguousarray(values),
            photometric="minisblack",
            compression="zlib",
            metadata=metadata,
            **options,
        )


def _convert_dtype(array: NDArray[Any]) -> NDArray[Any]:
    values = array.astype(STORED_AS.get(array.dtype.name, array.dtype), copy=False)
    if values.dtype.kind not in "iuf" or values.dtype.itemsize > 8:
        raise ArgumentError(f"values of dtype {array.dtype}; TIFF holds integers and floats")
    if values.dtype.kind == "f" or values.dtype.itemsize < 8:
        return values
    low, high = int(values.min(initial=0)), int(values.max(initial=0))
    narrow = np.dtype(np.uint32 if low >= 0 else np.int32)
    limits = np.iinfo(narrow)
    if low < limits.min or high > limits.max:
        raise ArgumentError(f"values from {low} to {high}; a TIFF's integers have 32 bits")
    return values.astype(narrow)
