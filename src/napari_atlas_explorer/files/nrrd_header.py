"""NRRD headers: from text to shape, dtype and placement, before any data is read.

pynrrd parses the fields; what they mean for an atlas is decided here. The format is described
at https://teem.sourceforge.net/nrrd/format.html, its use by voxcell in its ``VoxelData``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import nrrd
import numpy as np
from numpy.typing import NDArray

from ..core.errors import ArgumentError, AtlasFileError
from ..core.grid import VoxelGrid

ORIGIN_KEY = "atlas_explorer_origin"
"""Custom key that says whether ``space origin`` is the corner or the centre of voxel 0."""

MAX_HEADER = 1 << 20
UNITS_IN_MICROMETRES = {
    "um": 1.0, "µm": 1.0, "μm": 1.0, "micron": 1.0, "microns": 1.0, "micrometer": 1.0,
    "micrometers": 1.0, "micrometre": 1.0, "micrometres": 1.0, "microm": 1.0,
    "mm": 1e3, "millimeter": 1e3, "millimeters": 1e3, "millimetre": 1e3,
    "cm": 1e4, "m": 1e6, "nm": 1e-3, "nanometer": 1e-3, "nanometers": 1e-3,
}  # fmt: skip
THREE_AXES = frozenset({
    "right-anterior-superior", "ras", "left-anterior-superior", "las", "left-posterior-superior",
    "lps", "posterior-inferior-right", "pir", "scanner-xyz", "3d-right-handed", "3d-left-handed",
})  # fmt: skip
"""Spaces of three axes; other fields of more axes then are payloads."""


@dataclass(frozen=True)
class NrrdHeader:
    """What the header of a NRRD file says.

    Attributes
    ----------
    path
        The file.
    sizes
        Voxels along each axis of the file, the fastest first.
    dtype
        Of the values, with byte order.
    encoding
        "raw", "gzip", "bzip2" or "ascii".
    n_payload
        Leading axes of the file that are a payload (vector components).
    grid
        Placement of the spatial axes, µm.
    spacing_known
        Whether the file states the size of a voxel; else the grid counts voxels.
    unit
        "stated" in the file, or which unit was "assumed µm"/"assumed mm" for lack of one.
    origin
        "corner" or "centre": what ``space origin`` was taken for.
    fields
        All fields as pynrrd reads them.
    data_start
        Offset of the first byte after the header.
    """

    path: Path
    sizes: tuple[int, ...]
    dtype: np.dtype[Any]
    encoding: str
    n_payload: int
    grid: VoxelGrid
    spacing_known: bool
    unit: str
    origin: str
    fields: dict[str, Any]
    data_start: int


def read_nrrd_header(
    path: str | Path, origin: str = "corner", default_unit: str | None = "um"
) -> NrrdHeader:
    """Read a header.

    Parameters
    ----------
    path
        A .nrrd or .nhdr file.
    origin
        What ``space origin`` means where the file does not say it: "corner" or "centre".
    default_unit
        Unit of files that state none: "um" (voxcell, Allen), or None to judge by the voxel
        size (µm if it is 1 or more, else mm).
    """
    if origin not in ("corner", "centre"):
        raise ArgumentError(f"origin {origin!r}; expected 'corner' or 'centre'")
    path = Path(path)
    try:
        with path.open("rb") as stream:
            lines = _header_lines(stream, path)
            start = stream.tell()
    except OSError as exc:
        raise AtlasFileError(path, f"cannot be read ({exc.strerror or exc})") from exc
    try:
        with np.errstate(all="ignore"):  # a size that is no number is refused further down
            fields = dict(nrrd.read_header(lines))
        sizes = tuple(int(n) for n in fields["sizes"])
        dtype = _dtype(fields)
        encoding = str(fields["encoding"]).lower()
        dimension = int(fields["dimension"])
    except (nrrd.NRRDError, ValueError, KeyError, IndexError, TypeError, OverflowError) as exc:
        raise AtlasFileError(path, f"its NRRD header is damaged ({exc})") from exc
    if dimension != len(sizes) or not 1 <= dimension <= 16:
        raise AtlasFileError(path, f"dimension {dimension} but {len(sizes)} sizes")
    n_space = _space_dimension(fields, dimension, path)
    n_payload = dimension - n_space
    shape = sizes[n_payload:]
    steps, known = _steps(fields, n_space, path)
    factor, unit = _unit_factor(fields, steps, known, default_unit, path)
    stated_origin = str(fields.get(ORIGIN_KEY, origin)).strip()
    meaning = stated_origin if stated_origin in ("corner", "centre") else origin
    affine = np.eye(n_space + 1)
    with np.errstate(over="ignore"):  # infinite placements are refused below
        affine[:-1, :-1] = steps * factor
        affine[:-1, -1] = _origin(fields, n_space, path) * factor
    if meaning == "centre":
        affine[:-1, -1] -= affine[:-1, :-1].sum(axis=1) / 2
    try:
        grid = VoxelGrid(shape, affine)
    except ArgumentError as exc:
        raise AtlasFileError(path, f"its space directions cannot place voxels: {exc}") from exc
    return NrrdHeader(
        path, sizes, dtype, encoding, n_payload, grid, known, unit, meaning, fields, start
    )


def _header_lines(stream: BinaryIO, path: Path) -> list[str]:
    magic = stream.readline(64)
    if not magic.startswith(b"NRRD000"):
        raise AtlasFileError(
            path, f"it starts with {magic[:16]!r}", "an NRRD file, which starts with NRRD000"
        )
    lines = [magic]
    total = 0
    while True:
        line = stream.readline(MAX_HEADER)
        total += len(line)
        if total > MAX_HEADER:
            raise AtlasFileError(path, "its header is longer than 1 MiB")
        if line.strip() == b"":
            break  # the blank line before the data, or the end of a detached header
        lines.append(line)
    text = b"".join(lines)
    try:
        decoded = text.decode("utf-8")
    except UnicodeDecodeError:
        # pynrrd would drop the Latin-1 micro sign and turn µm into metres.
        decoded = text.decode("latin-1")
    return [line.rstrip("\r") for line in decoded.split("\n") if line.strip()]


def _dtype(fields: dict[str, Any]) -> np.dtype[Any]:
    kind = TYPES[str(fields["type"]).strip().lower()]
    big = str(fields.get("endian", "little")).lower() == "big"
    return np.dtype((">" if big else "<") + kind)


TYPES = {
    alias: code
    for code, aliases in {
        "i1": ("signed char", "int8", "int8_t"),
        "u1": ("uchar", "unsigned char", "uint8", "uint8_t"),
        "i2": ("short", "short int", "signed short", "signed short int", "int16", "int16_t"),
        "u2": ("ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"),
        "i4": ("int", "signed int", "int32", "int32_t"),
        "u4": ("uint", "unsigned int", "uint32", "uint32_t"),
        "i8": ("longlong", "long long", "long long int", "signed long long",
               "signed long long int", "int64", "int64_t"),
        "u8": ("ulonglong", "unsigned long long", "unsigned long long int", "uint64",
               "uint64_t"),
        "f4": ("float",),
        "f8": ("double",),
    }.items()
    for alias in aliases
}  # fmt: skip


def _space_dimension(fields: dict[str, Any], dimension: int, path: Path) -> int:
    if "space dimension" in fields:
        n = int(fields["space dimension"])
    else:
        n = 3 if str(fields.get("space", "")).lower() in THREE_AXES else dimension
    if not 1 <= n <= dimension:
        raise AtlasFileError(path, f"space dimension {n} for {dimension} axes")
    return n


def _steps(fields: dict[str, Any], n_space: int, path: Path) -> tuple[NDArray[np.float64], bool]:
    """Matrix whose columns are the steps along the spatial axes, and whether it is stated."""
    directions = fields.get("space directions")
    if directions is not None:
        rows = np.asarray(directions, dtype=np.float64)[-n_space:]
        if rows.shape != (n_space, n_space) or not np.isfinite(rows).all():
            raise AtlasFileError(
                path, f"space directions of shape {rows.shape}", f"{n_space} finite vectors"
            )
        return rows.T, True
    spacings = fields.get("spacings")
    if spacings is not None:
        values = np.asarray(spacings, dtype=np.float64)[-n_space:]
        if values.shape == (n_space,) and np.isfinite(values).all():
            return np.diag(values), True
    return np.eye(n_space), False


def _origin(fields: dict[str, Any], n_space: int, path: Path) -> NDArray[np.float64]:
    stated = fields.get("space origin")
    if stated is None:
        return np.zeros(n_space)
    values = np.asarray(stated, dtype=np.float64)
    if values.shape != (n_space,) or not np.isfinite(values).all():
        raise AtlasFileError(path, f"space origin {stated}", f"{n_space} finite numbers")
    return values


def _unit_factor(
    fields: dict[str, Any],
    steps: NDArray[np.float64],
    known: bool,
    default_unit: str | None,
    path: Path,
) -> tuple[float, str]:
    stated = fields.get("space units") or fields.get("units")
    # Of the file's axes the spatial ones are the last; a payload's unit is its own.
    names = [str(s).strip().strip('"').strip().lower() for s in (stated or [])][-len(steps) :]
    names = [n for n in names if n]
    if names:
        factors = {UNITS_IN_MICROMETRES.get(n) for n in names}
        if len(factors) != 1 or None in factors:
            raise AtlasFileError(
                path, f"space units {', '.join(names)}", "one unit of length, such as µm or mm"
            )
        return float(factors.pop() or 1.0), "stated"
    if not known or default_unit == "um":
        return 1.0, "assumed µm"
    if float(np.linalg.norm(steps, axis=0).min()) >= 1:
        return 1.0, "assumed µm"
    return 1e3, "assumed mm"
