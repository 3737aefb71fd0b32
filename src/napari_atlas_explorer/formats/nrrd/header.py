"""NRRD headers: shape, dtype and placement, before any data is read.

pynrrd parses the fields; what they mean for an atlas is decided here. The format is described
at https://teem.sourceforge.net/nrrd/format.html, its use by voxcell in its ``VoxelData``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import nrrd
import numpy as np
from numpy.typing import NDArray

from ...core.errors import ArgumentError, AtlasFileError
from ...core.package import Assumption
from ...core.space.axes import check_orientation
from ...core.space.grid import VoxelGrid
from ..common.directions import letters_of
from ..common.header import (
    FACTORS,
    MICROMETERS,
    MILLIMETERS,
    VolumeHeader,
    infer_unit,
    spacing_assumptions,
)
from ..common.safety import reason_of

ORIGIN_KEY = "atlas_explorer_origin"
"""Custom key that states whether ``space origin`` is the corner or the center of voxel 0."""

ORIENTATION_KEY = "atlas_explorer_orientation"
"""Custom key with the letters of the array axes, where no space of NRRD's states them."""

SEGMENTATION_SUFFIX = ".seg.nrrd"

MAX_HEADER = 8 << 20
"""A segmentation of an atlas describes each of its regions there."""
MAX_FIELD = 1 << 16
UNITS_IN_MICROMETERS = {
    "um": 1.0,
    "µm": 1.0,
    "μm": 1.0,
    "micron": 1.0,
    "microns": 1.0,
    "micrometer": 1.0,
    "micrometers": 1.0,
    "micrometre": 1.0,
    "micrometres": 1.0,
    "microm": 1.0,
    "mm": 1e3,
    "millimeter": 1e3,
    "millimeters": 1e3,
    "millimetre": 1e3,
    "cm": 1e4,
    "m": 1e6,
    "nm": 1e-3,
    "nanometer": 1e-3,
    "nanometers": 1e-3,
}
THREE_AXES = frozenset(
    {
        "right-anterior-superior",
        "ras",
        "left-anterior-superior",
        "las",
        "left-posterior-superior",
        "lps",
        "posterior-inferior-right",
        "pir",
        "scanner-xyz",
        "3d-right-handed",
        "3d-left-handed",
    }
)
"""Spaces of three axes; other fields of more axes then are payloads."""

SPACE_STARTS = {
    "right-anterior-superior": "lpi",
    "ras": "lpi",
    "left-anterior-superior": "rpi",
    "las": "rpi",
    "left-posterior-superior": "rai",
    "lps": "rai",
    "posterior-inferior-right": "asl",
    "pir": "asl",
}
"""Letters of the side on which each world axis starts; a space's name states where it ends."""

ITK_SPACES = {
    "lpi": "right-anterior-superior",
    "rpi": "left-anterior-superior",
    "rai": "left-posterior-superior",
}
"""Spaces that ITK knows, by the sides on which their axes start; the origin of files that state
one is a center, as in ITK's own."""

ORIGINS = ("corner", "centre")
JUDGED = "judged"
NO_UNITS = frozenset({"pixel", "pixels", "px", "voxel", "voxels", "vx"})
"""Units that state no length."""
PER_AXIS = ("space directions", "spacings", "kinds", "units", "thicknesses", "centers", "labels")
"""Fields with one entry for each axis of the file."""

TIME_SPACES = frozenset({"rast", "last", "lpst"})
SPATIAL_KINDS = frozenset({"domain", "space", "???", "none", "time"})
ASCII = ("ascii", "text", "txt")
FIELD = re.compile(r"([A-Za-z][A-Za-z ]*)(?=:(?!=))")
VECTOR_BLANKS = re.compile(r"(?<=[(,])[ \t]+|[ \t]+(?=[),])")
DATA_FILE_LIST = re.compile(r"data ?file:\s*LIST\b", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class NrrdHeader(VolumeHeader):
    """Header of a NRRD file.

    Attributes
    ----------
    sizes
        Voxels along each axis of the file, the fastest first.
    encoding
        "raw", "gzip", "bzip2" or "ascii".
    payload_axes
        Axes of the file that are a payload (vector components, layers), mostly the first.
    unit
        "stated" in the file, or which unit was "assumed µm"/"assumed mm" for lack of one.
    origin
        "corner" or "centre": the meaning of ``space origin``.
    fields
        All fields as pynrrd reads them.
    data_start
        Offset of the first byte after the header.
    data_files
        Names that follow ``data file: LIST``.
    """

    sizes: tuple[int, ...]
    encoding: str
    payload_axes: tuple[int, ...]
    unit: str
    origin: str
    fields: dict[str, Any]
    data_start: int
    data_files: tuple[str, ...] = ()

    def load(self) -> NDArray[Any]:
        """Read the values, payload last."""
        from .reader import read_nrrd_data

        return read_nrrd_data(self)


def read_nrrd_header(
    path: str | Path, origin: str | None = "corner", default_unit: str | None = "um"
) -> NrrdHeader:
    """Read a header.

    Parameters
    ----------
    path
        A .nrrd or .nhdr file.
    origin
        Meaning of ``space origin`` where the file does not state it: "corner", "centre", or None
        to judge by the program that wrote the file.
    default_unit
        Unit of files that state none: "um" (voxcell, Allen), "mm" (Slicer), or None to judge
        by the extent of the volume.
    """
    if origin not in (*ORIGINS, None):
        raise ArgumentError(f"origin {origin!r}; expected 'corner', 'centre' or None")
    path = Path(path)
    try:
        with path.open("rb") as stream:
            lines, start = _read_header_lines(stream, path), stream.tell()
    except OSError as exc:
        raise AtlasFileError(path, f"cannot be read ({reason_of(exc)})") from exc
    lines, listed = _drop_file_list(lines)
    try:
        with np.errstate(all="ignore"):  # a size that is no number is refused further down
            fields = dict(nrrd.read_header(lines))
        sizes = tuple(int(n) for n in fields["sizes"])
        encoding = str(fields["encoding"]).lower()
        dtype = _parse_dtype(fields, encoding)
        dimension = int(fields["dimension"])
    except (nrrd.NRRDError, ValueError, KeyError, IndexError, TypeError, OverflowError) as exc:
        raise AtlasFileError(path, f"its NRRD header is damaged ({reason_of(exc)})") from exc
    if dimension != len(sizes) or not 1 <= dimension <= 16:
        raise AtlasFileError(path, f"dimension {dimension} but {len(sizes)} sizes")
    payload = _find_payload_axes(fields, dimension, path)
    if payload and all(sizes[k] == 1 for k in payload) and len(payload) < dimension:
        # One value per voxel, whatever the axis is called: in the file it takes no room.
        fields, sizes = _drop_axes(fields, sizes, payload)
        dimension, payload = len(sizes), ()
    spatial = [k for k in range(dimension) if k not in payload]
    n_space = len(spatial)
    shape = tuple(sizes[k] for k in spatial)
    steps, known = _find_steps(fields, spatial, dimension, path)
    unit_names = _find_units(fields, len(steps), spatial)
    known = known and not set(unit_names) & NO_UNITS
    assumptions = [*spacing_assumptions(path, known)]
    if path.name.lower().endswith(SEGMENTATION_SUFFIX):
        default_unit = default_unit or "mm"  # 3D Slicer means millimeters
    factor, unit = _choose_factor(unit_names, known, default_unit, path)
    if unit == JUDGED:
        unit, assumption = infer_unit(path, np.linalg.norm(steps, axis=0), shape)
        factor = FACTORS[unit]
        assumptions.append(assumption)
    steps = steps if known else np.eye(n_space)
    meaning, why = _find_origin_meaning(fields, origin, lines)
    affine = np.eye(n_space + 1)
    with np.errstate(over="ignore"):  # infinite placements are refused below
        affine[:-1, :-1] = steps * factor
        affine[:-1, -1] = _parse_origin(fields, n_space, path) * factor
    if meaning == "centre":
        affine[:-1, -1] -= affine[:-1, :-1].sum(axis=1) / 2
    try:
        grid = VoxelGrid(shape, affine)
    except ArgumentError as exc:
        raise AtlasFileError(path, f"its space directions cannot place voxels: {exc}") from exc
    space = str(fields.get("space", ""))
    starts = SPACE_STARTS.get(space.lower())
    if why and known:
        place = "corner" if meaning == "corner" else "center"
        statement = f"the origin of {path.name} is taken as the {place} of its first voxel, {why}"
        assumptions.append(Assumption("placement", statement))
    return NrrdHeader(
        path=path,
        grid=grid,
        dtype=dtype,
        payload_shape=tuple(sizes[k] for k in payload),
        spacing_known=known,
        space=f"the header's space {space!r}" if space else "",
        orientation=letters_of(affine[:3, :3], starts)
        if starts and grid.ndim == 3
        else _read_orientation(fields),
        assumptions=tuple(assumptions),
        sizes=sizes,
        encoding=encoding,
        payload_axes=payload,
        unit=unit,
        origin=meaning,
        fields=fields,
        data_start=start,
        data_files=listed,
    )


def _read_header_lines(stream: BinaryIO, path: Path) -> list[str]:
    magic = stream.readline(64)
    if not magic.startswith(b"NRRD000"):
        raise AtlasFileError(
            path, f"it starts with {magic[:16]!r}", "an NRRD file, which starts with NRRD000"
        )
    lines = [magic]
    total = 0
    while True:
        line = stream.readline(MAX_HEADER + 1)
        total += len(line)
        if total > MAX_HEADER:
            raise AtlasFileError(path, "its header is longer than 8 MiB")
        if len(line) > MAX_FIELD and b":=" not in line[:256]:
            raise AtlasFileError(path, f"a field of {len(line)} bytes", f"at most {MAX_FIELD}")
        if line.strip() == b"":
            break  # the blank line before the data, or the end of a detached header
        lines.append(line)
    text = b"".join(lines)
    try:
        decoded = text.decode("utf-8")
    except UnicodeDecodeError:
        # pynrrd would drop the Latin-1 micro sign and turn µm into metres.
        decoded = text.decode("latin-1")
    return [_normalize_line(line) for line in decoded.split("\n") if line.strip()]


def _normalize_line(line: str) -> str:
    """Return a line as pynrrd reads it: names of fields in lower case, vectors without blanks."""
    line = line.rstrip("\r")
    match = FIELD.match(line)
    if match is None:
        return line
    name = match[1].lower()
    value = line[match.end(1) :]
    if name.startswith("space "):
        value = VECTOR_BLANKS.sub("", value)
    return name + value


def _drop_file_list(lines: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """Remove the names of data files that follow ``data file: LIST`` to the header's end."""
    for n, line in enumerate(lines):
        if DATA_FILE_LIST.match(line):
            return lines[: n + 1], tuple(name.strip() for name in lines[n + 1 :])
    return lines, ()


def _parse_dtype(fields: dict[str, Any], encoding: str) -> np.dtype[Any]:
    dtype = np.dtype(TYPES[str(fields["type"]).strip().lower()])
    endian = str(fields.get("endian", "")).lower()
    if endian == "" and (dtype.itemsize == 1 or encoding in ASCII):
        return dtype
    if endian not in ("little", "big"):
        found = f"endian {endian!r}" if endian else "no field 'endian'"
        raise ValueError(
            f"{found}; expected 'little' or 'big' for values of {dtype.itemsize} bytes"
        )
    return dtype.newbyteorder(">" if endian == "big" else "<")


TYPES = {
    alias: code
    for code, aliases in {
        "i1": ("signed char", "int8", "int8_t"),
        "u1": ("uchar", "unsigned char", "uint8", "uint8_t"),
        "i2": ("short", "short int", "signed short", "signed short int", "int16", "int16_t"),
        "u2": ("ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"),
        "i4": ("int", "signed int", "int32", "int32_t"),
        "u4": ("uint", "unsigned int", "uint32", "uint32_t"),
        "i8": (
            "longlong",
            "long long",
            "long long int",
            "signed long long",
            "signed long long int",
            "int64",
            "int64_t",
        ),
        "u8": ("ulonglong", "unsigned long long", "unsigned long long int", "uint64", "uint64_t"),
        "f4": ("float",),
        "f8": ("double",),
    }.items()
    for alias in aliases
}


def _find_payload_axes(fields: dict[str, Any], dimension: int, path: Path) -> tuple[int, ...]:
    """Return the axes of the file that are no directions in space.

    Those with the direction ``none``; where directions are left out for them, as VoxelBrain
    does, the first ones; without a stated space, those whose spacing is NaN or whose kind is
    that of a list or a vector.
    """
    space = str(fields.get("space", "")).lower()
    if "time" in space or space in TIME_SPACES:
        raise AtlasFileError(path, f"space {space!r}, which has time as an axis", "space alone")
    stated = _parse_directions(fields)
    none = [k for k, row in enumerate(stated) if np.isnan(row).all()]
    if "space dimension" in fields:
        n = int(fields["space dimension"])
    elif space in THREE_AXES:
        n = 3
    elif len(stated) == dimension:
        n = dimension - len(none)
    else:
        kinds = [str(k).lower() for k in fields.get("kinds") or []]
        spacings = np.asarray(fields.get("spacings", ()), dtype=np.float64)
        other = [
            k
            for k in range(dimension)
            if (len(kinds) == dimension and kinds[k] not in SPATIAL_KINDS)
            or (len(spacings) == dimension and np.isnan(spacings[k]))
        ]
        return tuple(other) if len(other) < dimension else ()
    if not 1 <= n <= dimension:
        raise AtlasFileError(path, f"space dimension {n} for {dimension} axes")
    if len(stated) == dimension and len(none) == dimension - n:
        return tuple(none)
    return tuple(range(dimension - n))


def _parse_directions(fields: dict[str, Any]) -> list[NDArray[np.float64]]:
    """Return the rows of ``space directions``; ``none`` is a row of NaN."""
    rows = fields.get("space directions")
    if rows is None:
        return []
    return [
        np.atleast_1d(np.asarray(np.nan if row is None else row, dtype=np.float64)) for row in rows
    ]


def _find_steps(
    fields: dict[str, Any], spatial: list[int], dimension: int, path: Path
) -> tuple[NDArray[np.float64], bool]:
    """Return the matrix of steps along the spatial axes (columns), and whether it is stated."""
    n_space = len(spatial)
    vectors = _parse_directions(fields)
    if vectors:
        chosen = [vectors[k] for k in spatial] if len(vectors) == dimension else vectors[-n_space:]
        if [v.shape for v in chosen] != [(n_space,)] * n_space or not np.isfinite(chosen).all():
            lengths = ", ".join(str(v.size) for v in vectors)
            raise AtlasFileError(
                path,
                f"space directions of {lengths} components",
                f"{n_space} finite vectors of {n_space}",
            )
        return np.array(chosen).T, True
    spacings = fields.get("spacings")
    if spacings is not None:
        stated = np.asarray(spacings, dtype=np.float64)
        values = stated[spatial] if len(stated) == dimension else stated[-n_space:]
        if values.shape == (n_space,) and np.isfinite(values).all():
            return np.diag(values), True
    return np.eye(n_space), False


def _parse_origin(fields: dict[str, Any], n_space: int, path: Path) -> NDArray[np.float64]:
    stated = fields.get("space origin")
    if stated is None:
        return np.zeros(n_space)
    values = np.asarray(stated, dtype=np.float64)
    if values.shape != (n_space,) or not np.isfinite(values).all():
        raise AtlasFileError(path, f"space origin {stated}", f"{n_space} finite numbers")
    return values


def _find_units(fields: dict[str, Any], n_space: int, spatial: list[int]) -> list[str]:
    """Return the stated units of the spatial axes, in lower case; empty where none is stated."""
    stated = fields.get("space units") or fields.get("units")
    names = [str(s).strip(" \t\"'").lower() for s in (stated or [])]
    # A payload's unit is its own.
    if len(names) > max(n_space, spatial[-1]):
        names = [names[k] for k in spatial]
    return [name for name in names if name and name != "???"]


def _choose_factor(
    names: list[str], known: bool, default_unit: str | None, path: Path
) -> tuple[float, str]:
    """Return µm per unit, and "stated", the assumed unit, or `JUDGED` where it is to be judged."""
    if not known:
        return 1.0, MICROMETERS
    if names:
        factors = {UNITS_IN_MICROMETERS.get(n) for n in names}
        if len(factors) != 1 or None in factors:
            raise AtlasFileError(
                path, f"space units {', '.join(names)}", "one unit of length, such as µm or mm"
            )
        return float(factors.pop() or 1.0), "stated"
    if default_unit is None:
        return 1.0, JUDGED
    unit = MILLIMETERS if default_unit == "mm" else MICROMETERS
    return FACTORS[unit], unit


def _find_origin_meaning(
    fields: dict[str, Any], origin: str | None, lines: Sequence[str]
) -> tuple[str, str]:
    """Return whether ``space origin`` is the corner or the center of voxel 0, and why.

    The reason is empty where the file or the caller states it.
    """
    stated = str(fields.get(ORIGIN_KEY, "")).strip()
    if stated in ORIGINS:
        return stated, ""
    if origin is not None:
        return origin, ""
    if SPACE_STARTS.get(str(fields.get("space", "")).lower()) in ITK_SPACES:
        return "centre", "as ITK and 3D Slicer write it"
    if any("pynrrd" in line for line in lines if line.startswith("#")):
        return "corner", "as voxcell writes it with pynrrd"
    return "centre", "as the format defines it"


def _read_orientation(fields: dict[str, Any]) -> str | None:
    stated = fields.get(ORIENTATION_KEY)
    try:
        return None if stated is None else check_orientation(str(stated))
    except ArgumentError:
        return None


def _drop_axes(
    fields: dict[str, Any], sizes: tuple[int, ...], axes: tuple[int, ...]
) -> tuple[dict[str, Any], tuple[int, ...]]:
    """Return fields and sizes without some axes."""
    kept = [k for k in range(len(sizes)) if k not in axes]
    fewer = dict(fields)
    for name in PER_AXIS:
        values = fewer.get(name)
        if values is not None and len(values) == len(sizes):
            fewer[name] = [values[k] for k in kept]
    return fewer, tuple(sizes[k] for k in kept)
