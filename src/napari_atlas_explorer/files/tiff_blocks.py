"""TIFF volumes slab by slab: mapped into memory, or a few pages at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .block_source import BlockSource, mapped_slabs, thickness_for
from .tiff import TiffHeader, opened_tiff
from .tiff_checks import check_data


def tiff_blocks(header: TiffHeader) -> BlockSource:
    """Slabs of pages."""
    thickness = thickness_for(header.shape, 0, header.dtype.itemsize)
    stored = _stored(header)
    if stored is None:

        def read(first: int) -> Iterator[NDArray[Any]]:
            return _pages(header, thickness, first)

        return BlockSource(header.path, header.shape, header.dtype, 0, thickness, read)
    offset, dtype = stored

    def mapped() -> NDArray[Any]:
        return np.memmap(header.path, dtype, "r", offset, header.shape)

    return BlockSource(
        header.path, header.shape, header.dtype, 0, thickness,
        mapped_slabs(mapped, 0, thickness), mapped,
    )  # fmt: skip


def _stored(header: TiffHeader) -> tuple[int, np.dtype[Any]] | None:
    """Offset and dtype of pixels that lie in the file in one piece, uncompressed; else None."""
    with opened_tiff(header.path) as tiff:
        series = tiff.series[0]
        check_data(series, header.path)
        if series.dataoffset is None:
            return None
        dtype = np.dtype(series.dtype).newbyteorder(tiff.byteorder)
        return int(series.dataoffset), dtype


def _pages(header: TiffHeader, thickness: int, first: int) -> Iterator[NDArray[Any]]:
    _, rows, columns = header.shape
    with opened_tiff(header.path) as tiff:
        series = tiff.series[0]
        for start in range(first * thickness, header.shape[0], thickness):
            stop = min(start + thickness, header.shape[0])
            pages = [series.pages[n].asarray() for n in range(start, stop)]
            slab = np.stack(pages).reshape(stop - start, rows, columns)
            yield np.asarray(slab, header.dtype)
