"""A level of an OME-Zarr volume slab by slab, each of whole chunks."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import AtlasError, AtlasFileError
from .block_source import BlockSource, thickness_for
from .kept_blocks import KeptBlocks
from .ome_zarr import DAMAGE, ZarrLevel, opened_level
from .reasons import reason_of
from .zarr_chunks import check_chunks
from .zarr_voxels import ZarrVoxels

LOOKED_AT = 1 << 26
"""Bytes of the blocks that are kept for looking up single voxels."""


def zarr_blocks(level: ZarrLevel) -> BlockSource:
    """Slabs along the first spatial axis; all chunks are checked before the first is read."""
    array = opened_level(level)
    chunk = int(array.chunks[level.leading])
    thickness = thickness_for(level.shape, 0, level.dtype.itemsize, chunk)

    def read(first: int) -> Iterator[NDArray[Any]]:
        check_chunks(level.path, array.shape, array.chunks, array.dtype.itemsize)
        for start in range(first * thickness, level.shape[0], thickness):
            where = (*[0] * level.leading, slice(start, start + thickness))
            try:
                yield np.asarray(array[where])
            except (*DAMAGE, OSError) as exc:
                raise AtlasFileError(
                    level.path, f"its chunks cannot be read ({reason_of(exc)})"
                ) from exc

    @cache
    def seen() -> ZarrVoxels:
        return ZarrVoxels(level, _refuse, KeptBlocks(LOOKED_AT))

    return BlockSource(level.path, level.shape, level.dtype, 0, thickness, read, seen=seen)


def _refuse(error: AtlasError) -> None:
    raise error
