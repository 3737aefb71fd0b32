"""Check of NRRD files against the size that their header declares, in little memory."""

from __future__ import annotations

import bz2
import gzip
import math
import zlib
from pathlib import Path
from typing import BinaryIO

from ...core.errors import AtlasFileError
from ..common.safety import reason_of
from .header import MAX_HEADER, NrrdHeader, read_nrrd_header

PIECE = 1 << 20
GZIP_TRAILER = 8
"""Bytes: CRC-32, then the number of unpacked bytes modulo 2**32 (RFC 1952)."""
BZIP2_END = 0x177245385090
"""Six bytes before the last CRC-32 of a stream, which need not begin at a whole byte."""
DAMAGE = (OSError, EOFError, ValueError, zlib.error)


def find_missing_data(path: Path) -> str:
    """Return what is wrong with a file whose end may be missing; "" if it is whole.

    Compressed data have their end where it belongs, which takes a read of some bytes, or are
    unpacked to count them: where several streams are joined, or bytes follow the last one.

    Parameters
    ----------
    path
        An attached header with its data; of detached ones the header alone is read.
    """
    try:
        header = read_nrrd_header(path)
    except AtlasFileError:
        # A damaged header is no matter of the transfer: reading the file says what is wrong.
        return "" if _has_header_end(path) else "a header that is cut off"
    if "data file" in header.fields or "datafile" in header.fields or _skips(header):
        return ""
    size = math.prod(header.sizes) * header.dtype.itemsize
    if header.encoding == "raw":
        available = path.stat().st_size - header.data_start
    elif header.encoding in ("gzip", "gz", "bzip2", "bz2"):
        if _has_end(path, header, size):
            return ""
        try:
            available = _count_unpacked(path, header, size)
        except DAMAGE as exc:
            return f"data that are cut off or damaged ({reason_of(exc)})"
    else:
        return ""
    return "" if available >= size else f"{available} of the {size} bytes that its header declares"


def _has_header_end(path: Path) -> bool:
    with path.open("rb") as stream:
        start = stream.read(MAX_HEADER)
    return b"\n\n" in start or b"\n\r\n" in start


def _skips(header: NrrdHeader) -> bool:
    names = ("byte skip", "byteskip", "line skip", "lineskip")
    return any(header.fields.get(name) for name in names)


def _has_end(path: Path, header: NrrdHeader, size: int) -> bool:
    """Return whether the last bytes are those that end one stream of this size."""
    with path.open("rb") as stream:
        length = stream.seek(0, 2)
        if length - header.data_start < 2 * GZIP_TRAILER:
            return False
        stream.seek(length - 11)
        tail = stream.read()
    if header.encoding in ("gzip", "gz"):
        return int.from_bytes(tail[-4:], "little") == size % (1 << 32)
    bits = int.from_bytes(tail)
    return any((bits >> (32 + padding)) % (1 << 48) == BZIP2_END for padding in range(8))


def _count_unpacked(path: Path, header: NrrdHeader, size: int) -> int:
    """Count unpacked bytes, up to the size that is expected."""
    with path.open("rb") as stream:
        stream.seek(header.data_start)
        with _unpacked(stream, header.encoding) as values:
            count = 0
            while count < size and (piece := values.read(min(PIECE, size - count))):
                count += len(piece)
            try:
                values.read(1)  # also reads the end of a stream, which may be missing alone
            except EOFError:
                raise
            except DAMAGE:
                pass  # bytes that follow, of whatever kind, are no matter of the volume
    return count


def _unpacked(stream: BinaryIO, encoding: str) -> gzip.GzipFile | bz2.BZ2File:
    return gzip.GzipFile(fileobj=stream) if encoding in ("gzip", "gz") else bz2.BZ2File(stream)
