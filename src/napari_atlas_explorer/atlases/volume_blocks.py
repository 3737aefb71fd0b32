"""Datasets that are larger than what memory should hold, as blocks."""

from __future__ import annotations

import math
import os
from pathlib import Path

from ..core.errors import AtlasError
from ..core.package import Dataset
from ..files.block_source import BlockSource
from .volume_formats import NRRD_SUFFIXES, TIFF_SUFFIXES, ZARR_SUFFIXES

LARGE_VARIABLE = "ATLAS_EXPLORER_LARGE_BYTES"
LARGE_BYTES = 1_000_000_000
"""Stored bytes from which on a volume is not read whole: a 25 µm mouse annotation has 0.3 · 10⁹,
one of 10 µm 4.8 · 10⁹."""


WIDEST = 8
"""Bytes of a voxel at the most: no file is opened to see that a volume is small."""


def large_bytes() -> int:
    """The limit, which the environment variable ``ATLAS_EXPLORER_LARGE_BYTES`` changes."""
    stated = os.environ.get(LARGE_VARIABLE, "")
    return int(stated) if stated.isdigit() else LARGE_BYTES


def blocks_of(data: Dataset, shape: tuple[int, ...]) -> BlockSource | None:
    """Blocks of a dataset's file; None where it is small, in memory, or of another format.

    Parameters
    ----------
    data
        The dataset.
    shape
        Of its volume: the level of a Zarr volume, and a check of all others.
    """
    path = data.path
    if path is None or not path.exists() or WIDEST * math.prod(shape) < large_bytes():
        return None
    try:
        source = _source(path, shape)
    except AtlasError:
        return None  # whoever loads it is told what is wrong with it
    if source is None or source.shape != shape:
        return None
    size = math.prod(source.shape) * source.dtype.itemsize
    return source if size >= large_bytes() else None


def _source(path: Path, shape: tuple[int, ...]) -> BlockSource | None:
    name = path.name.lower()
    if name.endswith(NRRD_SUFFIXES):
        from ..files.nrrd_blocks import nrrd_blocks
        from ..files.nrrd_header import read_nrrd_header

        return nrrd_blocks(read_nrrd_header(path))
    if name.endswith(TIFF_SUFFIXES):
        from ..files.tiff import read_tiff_header
        from ..files.tiff_blocks import tiff_blocks

        return tiff_blocks(read_tiff_header(path))
    if name.endswith(ZARR_SUFFIXES):
        from ..files.ome_zarr import read_ome_zarr_header
        from ..files.zarr_blocks import zarr_blocks

        levels = read_ome_zarr_header(path).levels
        fitting = [level for level in levels if level.shape == shape]
        return zarr_blocks(fitting[0]) if fitting else None
    return None
