"""Decoding of binary, text and compressed values, bounded by the declared size."""

from __future__ import annotations

import bz2
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from zlib_ng import zlib_ng

from ...core.errors import AtlasFileError
from .safety import reason_of

ASCII_PIECE = 1 << 20
MAX_WORD = 64
"""Letters of a number."""


NPY_DAMAGE = (
    ValueError,
    TypeError,
    EOFError,
    SyntaxError,
    tokenize.TokenError,
    RuntimeError,  # with it RecursionError
    MemoryError,
)
"""What NumPy raises for damaged .npy headers, which it reads as Python source."""


def to_native(values: NDArray[Any]) -> NDArray[Any]:
    """Convert values to native byte order, in their own memory."""
    if values.dtype.isnative:
        return values
    return values.byteswap(inplace=True).view(values.dtype.newbyteorder("="))


def read_raw(stream: BinaryIO, size: int, source: Path) -> NDArray[np.uint8]:
    """Read ``size`` bytes from the current position; anything after them is ignored."""
    available = _count_available_bytes(stream)
    if available < size:
        raise AtlasFileError(
            source,
            f"its data ends after {max(0, available)} bytes",
            f"{size}, as its header declares: the file is truncated",
        )
    return np.fromfile(stream, np.uint8, size)


def read_ascii(stream: BinaryIO, count: int, dtype: np.dtype[Any], source: Path) -> NDArray[Any]:
    """Read numbers separated by blanks or commas, one block of text at a time."""
    available = _count_available_bytes(stream)
    if available < count:  # a digit each at the least
        raise AtlasFileError(
            source, f"{max(0, available)} bytes of text", f"{count} numbers as its header declares"
        )
    out = np.empty(count, dtype)
    filled = 0
    for numbers in _split_words(stream, source):
        if filled + len(numbers) > count:
            raise AtlasFileError(
                source,
                f"{filled + len(numbers)} numbers or more",
                f"{count} as its header declares",
            )
        try:
            out[filled : filled + len(numbers)] = np.array(numbers).astype(dtype)
        except (ValueError, OverflowError) as exc:
            raise AtlasFileError(source, f"its ascii data is damaged ({reason_of(exc)})") from exc
        filled += len(numbers)
    if filled != count:
        raise AtlasFileError(source, f"{filled} numbers", f"{count} as its header declares")
    return out


def _count_available_bytes(stream: BinaryIO) -> int:
    position = stream.tell()
    size = stream.seek(0, 2) - position
    stream.seek(position)
    return size


def _split_words(stream: BinaryIO, source: Path) -> Iterator[list[bytes]]:
    rest = b""
    more = True
    while more:
        text = stream.read(ASCII_PIECE)
        more = bool(text)
        words = (rest + text).replace(b",", b" ").split()
        # A word at the end of a block may continue in the next one.
        rest = words.pop() if words and more and not text[-1:].isspace() else b""
        if max(map(len, [*words, rest])) > MAX_WORD:
            raise AtlasFileError(source, "a word too long for a number in its ascii data")
        if words:
            yield words


READ_SIZE = 1 << 15
PIECE_SIZE = 1 << 19
"""Bytes unpacked at once: a block that stays in the processor's cache until it is copied."""
GZIP_MAGIC = b"\x1f\x8b"
GZIP_ERROR: type[Exception] = zlib_ng.error  # type: ignore[assignment]
"""Not the standard library's ``zlib.error``."""
GZIP_WINDOW = 31  # zlib's code for "gzip header and trailer, largest window"
ZLIB_WINDOW = 15

MAX_EMPTY_MEMBERS = 1000
"""Of a gzip stream in a row: a million of them cost time and give nothing."""

MAX_SKIPPED = 1 << 30
"""Unpacked bytes that a header may order to be skipped."""

MAX_RATIO = {"gzip": 1032, "zlib": 1032, "bzip2": 2_000_000}
"""Most unpacked bytes of one packed byte: deflate's longest match in its
shortest code; for bzip2 a block of 900 kB of runs (47 MB unpacked) takes some 40 bytes."""


def inflate(
    stream: BinaryIO,
    size: int,
    encoding: str,
    path: Path,
    ahead: int = 0,
    skip: int = 0,
    has_more: bool = False,
) -> NDArray[np.uint8]:
    """Decompress a stream that must hold exactly ``size`` bytes.

    Parameters
    ----------
    stream
        Open at the first compressed byte; it can be sought in.
    size
        Bytes that the header declares; nothing beyond it is unpacked.
    encoding
        "gzip" (members are joined, padding after the last is ignored), "zlib" or "bzip2".
    path
        Named in errors.
    ahead
        Bytes that may precede the data: then the last ``size`` bytes are returned.
    skip
        Bytes that do precede the data, at most `MAX_SKIPPED`.
    has_more
        Whether other bytes may follow, which are ignored.
    """
    if skip > MAX_SKIPPED:
        raise AtlasFileError(
            path, f"{skip} bytes to be skipped in {encoding} data", f"at most {MAX_SKIPPED}"
        )
    _check_ratio(stream, size, encoding, path)
    limit = size + ahead
    out = np.empty(limit, np.uint8)
    filled, passed = 0, 0
    try:
        for block in _decompress(stream, encoding):
            payload = block[skip - passed :] if passed < skip else block
            passed = min(skip, passed + len(block))
            end = filled + len(payload)
            if end > limit and has_more:
                out[filled:] = np.frombuffer(payload, np.uint8)[: limit - filled]
                filled = limit
                break
            if end > limit:
                raise AtlasFileError(
                    path, f"its {encoding} data is longer than its header declares", f"{size} bytes"
                )
            out[filled:end] = np.frombuffer(payload, np.uint8)
            filled = end
    except (OSError, EOFError, GZIP_ERROR) as exc:
        raise AtlasFileError(
            path,
            f"its {encoding} data is damaged or cut off after {filled} bytes ({reason_of(exc)})",
            f"{size} bytes, as its header declares",
        ) from exc
    if filled < size:
        raise AtlasFileError(
            path,
            f"its {encoding} data ends after {filled} bytes",
            f"{size}, as its header declares: the file is truncated",
        )
    return out[filled - size : filled]


def decompress_blocks(stream: BinaryIO) -> Iterator[bytes]:
    """Decompress a gzip stream in blocks of at most half a megabyte, up to the end of the data."""
    return _decompress_gzip(stream, GZIP_WINDOW, PIECE_SIZE)


def read_head(stream: BinaryIO, size: int, path: Path) -> bytes:
    """Return the first ``size`` decompressed bytes of a gzip stream, or fewer where it ends."""
    head = bytearray()
    try:
        for block in _decompress_gzip(stream, GZIP_WINDOW, size):
            head += block
            if len(head) >= size:
                break
    except EOFError:
        pass  # the caller sees that it is short
    except GZIP_ERROR as exc:
        raise AtlasFileError(path, f"its gzip data is damaged ({reason_of(exc)})") from exc
    return bytes(head[:size])


def _check_ratio(stream: BinaryIO, size: int, encoding: str, path: Path) -> None:
    position = stream.tell()
    packed = stream.seek(0, 2) - position
    stream.seek(position)
    if size > packed * MAX_RATIO[encoding]:
        raise AtlasFileError(
            path,
            f"its {encoding} data is {max(packed, 0)} bytes long, too few for its header",
            f"data that unpacks to {size} bytes: the file is truncated or its header wrong",
        )


def _decompress(stream: BinaryIO, encoding: str) -> Iterator[bytes]:
    if encoding == "bzip2":
        return _decompress_bzip2(stream)
    return _decompress_gzip(stream, GZIP_WINDOW if encoding == "gzip" else ZLIB_WINDOW, PIECE_SIZE)


def _decompress_gzip(stream: BinaryIO, window: int, piece_size: int) -> Iterator[bytes]:
    """Decompress gzip members, or one zlib stream, block by block.

    zlib-ng inflates an Allen annotation 2-3 times as fast as the standard library's zlib.
    """
    engine = zlib_ng.decompressobj(window)
    data = stream.read(READ_SIZE)
    empty = 0
    while data:
        block = engine.decompress(data, piece_size)
        data = engine.unconsumed_tail
        if block:
            empty = 0
            yield block
        if engine.eof:
            data = engine.unused_data
            if len(data) < len(GZIP_MAGIC):
                data += stream.read(READ_SIZE)
            if window != GZIP_WINDOW or not data.startswith(GZIP_MAGIC):
                return  # a line feed or zeros after the last member, as some writers leave
            empty += 1
            if empty > MAX_EMPTY_MEMBERS:
                raise EOFError(f"{empty} members without content in a row")
            engine = zlib_ng.decompressobj(window)
        elif not data:
            data = stream.read(READ_SIZE)
    raise EOFError("the stream has no end mark")


def _decompress_bzip2(stream: BinaryIO) -> Iterator[bytes]:
    with bz2.BZ2File(stream) as unpacked:
        while block := unpacked.read(PIECE_SIZE):
            yield block
