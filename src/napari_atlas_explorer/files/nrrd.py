"""Reading NRRD volumes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from ..core.errors import AtlasFileError, short
from ..core.grid import VoxelGrid
from .budget import checked_size
from .inflate import inflate
from .nrrd_data_files import DataPiece, data_pieces
from .nrrd_header import ASCII, NrrdHeader, read_nrrd_header
from .reasons import reason_of
from .values import read_ascii, read_raw, to_native

ENCODINGS = {
    "raw": "raw", "gzip": "gzip", "gz": "gzip", "bzip2": "bzip2", "bz2": "bzip2",
    **dict.fromkeys(ASCII, "ascii"),
}  # fmt: skip

MAX_AHEAD = 1 << 20
"""Bytes that ``byte skip: -1`` may pass over in compressed data."""

MAX_LINES = 1 << 20


@dataclass(frozen=True)
class NrrdVolume:
    """A NRRD file's values and placement.

    Attributes
    ----------
    array
        ``(*grid.shape, *payload)``: the payload axes, first in the file, stand last.
    grid
        Placement, µm.
    header
        Everything else.
    """

    array: NDArray[Any]
    grid: VoxelGrid
    header: NrrdHeader


def read_nrrd(
    path: str | Path, origin: str = "corner", default_unit: str | None = "um"
) -> NrrdVolume:
    """Read a volume whose voxel size is stated; arguments as in `read_nrrd_header`."""
    header = read_nrrd_header(path, origin, default_unit)
    if not header.spacing_known:
        raise AtlasFileError(
            path, "no voxel size in its header", "'space directions' or 'spacings'"
        )
    return NrrdVolume(read_nrrd_data(header), header.grid, header)


def read_nrrd_data(header: NrrdHeader) -> NDArray[Any]:
    """Read the values that a header describes; the array is Fortran-ordered in memory."""
    size = checked_size(header.path, header.sizes, header.dtype)
    encoding = ENCODINGS.get(header.encoding)
    if encoding is None:
        raise AtlasFileError(
            header.path, f"encoding {header.encoding!r}", "raw, gzip, bzip2 or ascii"
        )
    pieces = data_pieces(header)
    if len(pieces) == 1:
        flat = _read_piece(header, pieces[0], encoding)
    else:
        flat = np.empty(size // header.dtype.itemsize, header.dtype)
        for n, piece in enumerate(pieces):
            flat[n * piece.count : (n + 1) * piece.count] = _read_piece(header, piece, encoding)
    array = to_native(flat).reshape(header.sizes, order="F")
    return np.moveaxis(array, header.payload_axes, range(-header.n_payload, 0))


def _read_piece(header: NrrdHeader, piece: DataPiece, encoding: str) -> NDArray[Any]:
    """Read the values in one data file, in the file's byte order."""
    lines, skip = _skips(header, encoding)
    size = piece.count * header.dtype.itemsize
    try:
        with piece.path.open("rb") as stream:
            stream.seek(piece.start)
            for _ in range(lines):
                if not _pass_line(stream):
                    raise AtlasFileError(
                        piece.path, f"fewer than the {lines} lines that are to be skipped"
                    )
            if encoding == "ascii":
                stream.seek(skip, 1)
                return read_ascii(stream, piece.count, header.dtype, piece.path)
            if encoding == "raw":
                _skip_raw(stream, skip, size, piece.path)
                return read_raw(stream, size, piece.path).view(header.dtype)
            # Of compressed data the definition skips lines before, bytes after unpacking.
            ahead = MAX_AHEAD if skip < 0 else 0
            return inflate(stream, size, encoding, piece.path, ahead, max(skip, 0)).view(
                header.dtype
            )
    except OSError as exc:
        raise AtlasFileError(piece.path, f"cannot be read ({reason_of(exc)})") from exc


def _pass_line(stream: BinaryIO) -> bool:
    """Go behind the next line feed; False where the file ends before."""
    while line := stream.readline(1 << 16):
        if line.endswith(b"\n"):
            return True
    return False


def _skips(header: NrrdHeader, encoding: str) -> tuple[int, int]:
    """Lines and bytes to be skipped; -1 - n bytes: the data end n bytes before the file does."""
    found = []
    for name in ("line skip", "byte skip"):
        stated = header.fields.get(name, header.fields.get(name.replace(" ", ""), 0))
        try:
            value = int(stated or 0)
        except ValueError as exc:
            raise AtlasFileError(header.path, f"{name} {short(stated)}", "a number") from exc
        found.append(value)
    lines, skip = found
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
    here = stream.tell()
    if skip >= 0:
        stream.seek(here + skip)
        return
    end = stream.seek(0, 2)
    start = end - size - (-1 - skip)
    if start < here:
        raise AtlasFileError(
            source,
            f"{end - here} bytes of data, of which the last {-1 - skip} do not count",
            f"at least {size} as its header declares",
        )
    stream.seek(start)
