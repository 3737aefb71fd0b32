"""Values of volumes as they stand in files: binary or as text, never more than declared."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from ..core.errors import AtlasFileError
from .reasons import reason_of

ASCII_PIECE = 1 << 20
MAX_WORD = 64
"""Letters of a number."""


def to_native(values: NDArray[Any]) -> NDArray[Any]:
    """Turn values into native byte order, in their own memory."""
    if values.dtype.isnative:
        return values
    return values.byteswap(inplace=True).view(values.dtype.newbyteorder("="))


def read_raw(stream: BinaryIO, size: int, source: Path) -> NDArray[np.uint8]:
    """Read ``size`` bytes from here on; what follows them is left alone."""
    available = _available(stream)
    if available < size:
        raise AtlasFileError(
            source,
            f"its data ends after {max(0, available)} bytes",
            f"{size}, as its header declares: the file is truncated",
        )
    return np.fromfile(stream, np.uint8, size)


def read_ascii(stream: BinaryIO, count: int, dtype: np.dtype[Any], source: Path) -> NDArray[Any]:
    """Read numbers between blanks or commas, a piece of the text at a time."""
    available = _available(stream)
    if available < count:  # a digit each at the least
        raise AtlasFileError(
            source, f"{max(0, available)} bytes of text", f"{count} numbers as its header declares"
        )
    out = np.empty(count, dtype)
    filled = 0
    for numbers in _words(stream, source):
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


def _available(stream: BinaryIO) -> int:
    here = stream.tell()
    size = stream.seek(0, 2) - here
    stream.seek(here)
    return size


def _words(stream: BinaryIO, source: Path) -> Iterator[list[bytes]]:
    rest = b""
    more = True
    while more:
        text = stream.read(ASCII_PIECE)
        more = bool(text)
        words = (rest + text).replace(b",", b" ").split()
        # A word at the end of a piece may go on in the next one.
        rest = words.pop() if words and more and not text[-1:].isspace() else b""
        if max(map(len, [*words, rest])) > MAX_WORD:
            raise AtlasFileError(source, "a word too long for a number in its ascii data")
        if words:
            yield words
