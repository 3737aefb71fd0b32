"""NRRD volumes slab by slab: memory-mapped, or decompressed as a stream."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.arrays import FileMap
from ...core.errors import AtlasFileError
from ..common.blocks import BlockSource, map_slabs, thickness_for
from ..common.decoding import GZIP_ERROR, decompress_blocks
from ..common.safety import reason_of
from .header import NrrdHeader
from .reader import ENCODINGS, DataFile, find_data_files


def nrrd_blocks(header: NrrdHeader) -> BlockSource | None:
    """Return slabs along the slowest axis of one raw or gzip data file; None for other files."""
    encoding = ENCODINGS.get(header.encoding)
    files = find_data_files(header)
    plain = not any(header.fields.get(name) for name in ("line skip", "byte skip"))
    if header.payload_axes or len(files) != 1 or not plain or encoding not in ("raw", "gzip"):
        return None
    axis = len(header.sizes) - 1
    thickness = thickness_for(header.sizes, axis, header.dtype.itemsize)
    native = header.dtype.newbyteorder("=")
    (file,) = files
    if encoding == "gzip":

        def read(first: int) -> Iterator[NDArray[Any]]:
            return _decompress_slabs(header, file, thickness, first)

        return BlockSource(file.path, header.sizes, native, axis, thickness, read)

    def mapped() -> NDArray[Any]:
        return _map_data(header, file)

    return BlockSource(
        file.path, header.sizes, native, axis, thickness, map_slabs(mapped, axis, thickness), mapped
    )


def _map_data(header: NrrdHeader, file: DataFile) -> NDArray[Any]:
    try:
        return FileMap.open(file.path, header.dtype, file.start, tuple(header.sizes), "F")
    except OSError as exc:
        raise AtlasFileError(file.path, f"cannot be read ({reason_of(exc)})") from exc


def _decompress_slabs(
    header: NrrdHeader, file: DataFile, thickness: int, first: int
) -> Iterator[NDArray[Any]]:
    """Yield the slabs of a gzip stream; those before the first are decompressed and skipped."""
    *others, planes = header.sizes
    plane = int(np.prod(others)) * header.dtype.itemsize
    starts = range(first * thickness, planes, thickness)
    try:
        with file.path.open("rb") as stream:
            stream.seek(file.start)
            taken = _ByteReader(decompress_blocks(stream))
            taken.skip(first * thickness * plane)
            for start in starts:
                slab = taken.take(min(thickness, planes - start) * plane)
                values = slab.view(header.dtype).reshape((*others, -1), order="F")
                yield np.asarray(values, values.dtype.newbyteorder("="))
    except (EOFError, GZIP_ERROR, OSError) as exc:
        raise AtlasFileError(
            file.path,
            f"its gzip data is damaged or cut off ({reason_of(exc)})",
            f"{plane * planes} bytes, as its header declares",
        ) from exc


class _ByteReader:
    """Reader of a stream of blocks that returns as many bytes as asked."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._pieces, self._left = blocks, memoryview(b"")

    def take(self, size: int) -> NDArray[np.uint8]:
        out = np.empty(size, np.uint8)
        filled = 0
        for part in self._take_parts(size):
            out[filled : filled + len(part)] = np.frombuffer(part, np.uint8)
            filled += len(part)
        return out

    def skip(self, size: int) -> None:
        for _ in self._take_parts(size):
            pass

    def _take_parts(self, size: int) -> Iterator[memoryview]:
        while size:
            if not self._left:
                block = next(self._pieces, None)
                if block is None:
                    raise EOFError(f"{size} bytes are missing")
                self._left = memoryview(block)
            part = self._left[:size]
            self._left = self._left[len(part) :]
            size -= len(part)
            yield part
