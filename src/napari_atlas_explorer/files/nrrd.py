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
from .nrrd_header import NrrdHeader, read_nrrd_header

ENCODINGS = {
    "raw": "raw", "gzip": "gzip", "gz": "gzip", "bzip2": "bzip2", "bz2": "bzip2",
    "ascii": "ascii", "text": "ascii", "txt": "ascii",
}  # fmt: skip

MAX_AHEAD = 1 << 20
"""Bytes that ``byte skip: -1`` may pass over in compressed data."""


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
    source, start = _data_file(header)
    try:
        with source.open("rb") as stream:
            stream.seek(start)
            ahead = _skip(stream, header, source, size, encoding)
            if encoding == "ascii":
                flat = _read_ascii(stream, header, source)
            elif encoding == "raw":
                flat = _read_raw(stream, size, source).view(header.dtype)
            else:
                flat = inflate(stream, size, encoding, source, ahead).view(header.dtype)
    except OSError as exc:
        raise AtlasFileError(source, f"cannot be read ({exc.strerror or exc})") from exc
    if not flat.dtype.isnative:
        flat = flat.astype(flat.dtype.newbyteorder("="))
    array = flat.reshape(header.sizes, order="F")
    payload = range(header.n_payload)
    return np.moveaxis(array, payload, range(-header.n_payload, 0)) if header.n_payload else array


def _data_file(header: NrrdHeader) -> tuple[Path, int]:
    """File that holds the data and the offset where it starts; it stays in its folder."""
    stated = header.fields.get("data file", header.fields.get("datafile"))
    if stated is None:
        return header.path, header.data_start
    name = str(stated)
    if name.upper().startswith("LIST") or "%" in name:
        raise AtlasFileError(
            header.path, f"data file {name!r}", "one data file; several are not supported"
        )
    folder = header.path.parent.resolve()
    try:
        target = (folder / name).resolve()
        missing = not target.is_file()
    except (OSError, ValueError) as exc:  # too long, a loop of links, a null character
        raise AtlasFileError(header.path, f"data file {short(name)} has no valid name") from exc
    if not target.is_relative_to(folder):
        raise AtlasFileError(
            header.path,
            f"data file {short(name)} is outside its folder",
            "a file beside the header",
        )
    if missing:
        raise AtlasFileError(
            header.path, f"data file {short(name)} is missing", "it beside the header"
        )
    return target, 0


def _skip(stream: BinaryIO, header: NrrdHeader, source: Path, size: int, encoding: str) -> int:
    """Go to where the data starts; return how many unpacked bytes may stand before it."""
    start = stream.tell()
    lines = int(header.fields.get("line skip", header.fields.get("lineskip", 0)) or 0)
    skip = int(header.fields.get("byte skip", header.fields.get("byteskip", 0)) or 0)
    for _ in range(lines):
        if not stream.readline():
            raise AtlasFileError(source, f"fewer than the {lines} lines that are to be skipped")
    if skip >= 0:
        if encoding in ("raw", "ascii"):
            stream.seek(skip, 1)
        elif skip:
            raise AtlasFileError(
                header.path, f"byte skip {skip} in {encoding} data", "none; this is not supported"
            )
    elif skip == -1 and encoding == "raw":
        end = stream.seek(0, 2)
        if end - start < size:
            raise AtlasFileError(
                source, f"{end - start} bytes of data", f"at least {size} as its header declares"
            )
        stream.seek(end - size)
    elif skip == -1 and encoding != "ascii":
        return MAX_AHEAD
    else:
        raise AtlasFileError(
            header.path, f"byte skip {skip} in {encoding} data", "0 or more, or -1 in binary data"
        )
    return 0


def _read_raw(stream: BinaryIO, size: int, source: Path) -> NDArray[np.uint8]:
    here = stream.tell()
    available = stream.seek(0, 2) - here
    stream.seek(here)
    if available < size:
        raise AtlasFileError(
            source,
            f"its data ends after {max(0, available)} bytes",
            f"{size}, as its header declares: the file is truncated",
        )
    return np.fromfile(stream, np.uint8, size)


def _read_ascii(stream: BinaryIO, header: NrrdHeader, source: Path) -> NDArray[Any]:
    count = int(np.prod(header.sizes))
    words = stream.read(32 * count + 1024).split()
    if len(words) != count:
        raise AtlasFileError(source, f"{len(words)} numbers", f"{count} as its header declares")
    try:
        return np.array(words).astype(header.dtype)
    except (ValueError, OverflowError) as exc:
        raise AtlasFileError(source, f"its ascii data is damaged ({exc})") from exc
