"""Reader of NRRD volumes: data attached, detached, or in many files."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from ...core.errors import AtlasFileError, short
from ...core.text import parse_digits
from ..common.decoding import inflate, read_ascii, read_raw, to_native
from ..common.header import StoredVolume
from ..common.safety import check_size, find_data_file, reason_of
from .header import ASCII, NrrdHeader, read_nrrd_header

MAX_DATA_FILES = 100_000

WHOLE = re.compile(r"-?\d{1,9}", re.ASCII)
NUMBER_FORMAT = re.compile(r"%(0?)(\d{0,2})[du]")


@dataclass(frozen=True)
class DataFile:
    """File that holds a segment of a volume's values.

    Attributes
    ----------
    path
        The file.
    start
        Offset at which skipping and reading starts.
    count
        Values in it.
    """

    path: Path
    start: int
    count: int


def find_data_files(header: NrrdHeader) -> list[DataFile]:
    """Return the files that hold a volume's data, in order; all must be in the header's folder.

    Three forms of ``data file`` are understood, as the NRRD definition has them: a name,
    ``LIST [subdim]`` with one name on each line that follows, and a numbered pattern
    ``<format> <min> <max> <step> [subdim]``.
    """
    total = math.prod(header.sizes)
    stated = header.fields.get("data file", header.fields.get("datafile"))
    if stated is None:
        return [DataFile(header.path, header.data_start, total)]
    text = str(stated).strip()
    words = text.split()
    numbered = _parse_pattern(text)
    if words and words[0] == "LIST":
        names = list(header.data_files)
        subdim = words[1] if len(words) > 1 else None
    elif numbered:
        names = _expand_pattern(header, *numbered[:2])
        subdim = numbered[2]
    else:
        return [DataFile(find_data_file(header.path, text), 0, total)]
    count = total // _check_file_count(header, len(names), subdim)
    return [DataFile(find_data_file(header.path, name), 0, count) for name in names]


def _parse_pattern(text: str) -> tuple[str, list[int], str | None] | None:
    """Parse ``<format> <min> <max> <step> [subdim]`` into pattern, numbers and dimension."""
    for count in (4, 3):
        pattern, *numbers = text.rsplit(None, count)
        if "%" in pattern and len(numbers) == count and all(map(WHOLE.fullmatch, numbers)):
            return pattern, [int(v) for v in numbers[:3]], numbers[3] if count == 4 else None
    return None


def _expand_pattern(header: NrrdHeader, pattern: str, limits: list[int]) -> list[str]:
    """Return the names of a pattern such as ``slice%03d.raw 1 20 1``, both ends included."""
    first, last, step = limits
    numbers = range(first, last + (1 if step > 0 else -1), step) if step else range(0)
    if not 0 < len(numbers) <= MAX_DATA_FILES or min(first, last) < 0:
        raise AtlasFileError(
            header.path,
            f"data files {short(pattern)} from {first} to {last} by {step}",
            f"1 to {MAX_DATA_FILES} numbers, none negative",
        )
    formats = NUMBER_FORMAT.findall(pattern)
    if len(formats) != 1 or pattern.count("%") != 1:
        raise AtlasFileError(
            header.path, f"data files {short(pattern)}", "one number in the name, such as %03d"
        )
    zero, width = formats[0]
    before, after = NUMBER_FORMAT.split(pattern)[0], NUMBER_FORMAT.split(pattern)[-1]
    fill = "0" if zero else " "
    return [f"{before}{str(n).rjust(int(width or 0), fill)}{after}" for n in numbers]


def _check_file_count(header: NrrdHeader, count: int, subdim: str | None) -> int:
    """Check the number of files against the axes that each of them holds."""
    sizes, dimension = header.sizes, len(header.sizes)
    stated = None if subdim is None else parse_digits(subdim)
    axes = dimension - 1 if subdim is None else -1 if stated is None else stated
    if not 1 <= axes <= dimension and not (dimension == 1 and axes == 0):
        raise AtlasFileError(
            header.path, f"data files of {subdim} axes", f"a number from 1 to {dimension}"
        )
    # Files of all axes are slabs of the slowest one, as many as divide it.
    fits = (
        sizes[-1] % count == 0 if count and axes == dimension else math.prod(sizes[axes:]) == count
    )
    if not count or count > MAX_DATA_FILES or not fits:
        expected = (
            f"a number that divides {sizes[-1]}"
            if axes == dimension
            else f"{math.prod(sizes[axes:])}, one for each slice"
        )
        raise AtlasFileError(header.path, f"{count} data files", expected)
    return count


ENCODINGS = {
    "raw": "raw",
    "gzip": "gzip",
    "gz": "gzip",
    "bzip2": "bzip2",
    "bz2": "bzip2",
    **dict.fromkeys(ASCII, "ascii"),
}

MAX_AHEAD = 1 << 20
"""Bytes that ``byte skip: -1`` may pass over in compressed data."""

MAX_LINES = 1 << 20


def read_nrrd(
    path: str | Path, origin: str = "corner", default_unit: str | None = "um"
) -> StoredVolume[NrrdHeader]:
    """Read a volume whose voxel size is stated; arguments as in `read_nrrd_header`."""
    header = read_nrrd_header(path, origin, default_unit)
    if not header.spacing_known:
        raise AtlasFileError(
            path, "no voxel size in its header", "'space directions' or 'spacings'"
        )
    return StoredVolume.of(header)


def read_nrrd_data(header: NrrdHeader) -> NDArray[Any]:
    """Read the values that a header describes; the array is Fortran-ordered in memory."""
    size = check_size(header.path, header.sizes, header.dtype)
    encoding = ENCODINGS.get(header.encoding)
    if encoding is None:
        raise AtlasFileError(
            header.path, f"encoding {header.encoding!r}", "raw, gzip, bzip2 or ascii"
        )
    files = find_data_files(header)
    if len(files) == 1:
        flat = _read_data_file(header, files[0], encoding)
    else:
        flat = np.empty(size // header.dtype.itemsize, header.dtype)
        for n, file in enumerate(files):
            flat[n * file.count : (n + 1) * file.count] = _read_data_file(header, file, encoding)
    array = to_native(flat).reshape(header.sizes, order="F")
    return np.moveaxis(array, header.payload_axes, range(-len(header.payload_axes), 0))


def _read_data_file(header: NrrdHeader, file: DataFile, encoding: str) -> NDArray[Any]:
    """Read the values of one data file, in the file's byte order."""
    lines, skip = _parse_skips(header, encoding)
    size = file.count * header.dtype.itemsize
    try:
        with file.path.open("rb") as stream:
            stream.seek(file.start)
            for _ in range(lines):
                if not _skip_line(stream):
                    raise AtlasFileError(
                        file.path, f"fewer than the {lines} lines that are to be skipped"
                    )
            if encoding == "ascii":
                stream.seek(skip, 1)
                return read_ascii(stream, file.count, header.dtype, file.path)
            if encoding == "raw":
                _skip_raw(stream, skip, size, file.path)
                return read_raw(stream, size, file.path).view(header.dtype)
            # Of compressed data the definition skips lines before, bytes after unpacking.
            ahead = MAX_AHEAD if skip < 0 else 0
            return inflate(stream, size, encoding, file.path, ahead, max(skip, 0)).view(
                header.dtype
            )
    except OSError as exc:
        raise AtlasFileError(file.path, f"cannot be read ({reason_of(exc)})") from exc


def _skip_line(stream: BinaryIO) -> bool:
    """Skip past the next line feed; False where the file ends before."""
    while line := stream.readline(1 << 16):
        if line.endswith(b"\n"):
            return True
    return False


def _parse_skips(header: NrrdHeader, encoding: str) -> tuple[int, int]:
    """Return lines and bytes to skip; -1 - n: the data end n bytes before the file does."""
    skips = []
    for name in ("line skip", "byte skip"):
        stated = header.fields.get(name, header.fields.get(name.replace(" ", ""), 0))
        try:
            value = int(stated or 0)
        except ValueError as exc:
            raise AtlasFileError(header.path, f"{name} {short(stated)}", "a number") from exc
        skips.append(value)
    lines, skip = skips
    if not 0 <= lines <= MAX_LINES:
        raise AtlasFileError(header.path, f"line skip {lines}", f"a number from 0 to {MAX_LINES}")
    if skip >= 0 or encoding == "raw" or (skip == -1 and encoding != "ascii"):
        if skip.bit_length() > 62:
            raise AtlasFileError(header.path, f"byte skip {skip}", "an offset in the file")
        return lines, skip
    raise AtlasFileError(
        header.path, f"byte skip {skip} in {encoding} data", "0 or more, or -1 in binary data"
    )


def _skip_raw(stream: BinaryIO, skip: int, size: int, source: Path) -> None:
    position = stream.tell()
    if skip >= 0:
        stream.seek(position + skip)
        return
    end = stream.seek(0, 2)
    start = end - size - (-1 - skip)
    if start < position:
        raise AtlasFileError(
            source,
            f"{end - position} bytes of data, without the last {-1 - skip}",
            f"at least {size} as its header declares",
        )
    stream.seek(start)
