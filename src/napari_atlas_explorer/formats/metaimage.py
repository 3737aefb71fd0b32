"""Reader of MetaImage volumes: .mhd with a data file, and .mha.

The fields are those of ITK's MetaIO. ``Offset`` is the center of voxel 0 there, and the world
LPS; Allen's grid data mean the corner, and write ITK's defaults for the rest. The format has
no unit. (SimpleITK reads it as well, but weighs 50 MB and trusts what a header claims.)
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from ..core.errors import ArgumentError, AtlasFileError, short
from ..core.package import Assumption
from ..core.space.grid import VoxelGrid
from .common.decoding import inflate, read_ascii, read_raw, to_native
from .common.directions import LPS, letters_of
from .common.header import (
    FACTORS,
    MICROMETERS,
    MILLIMETERS,
    StoredVolume,
    VolumeHeader,
    infer_unit,
    spacing_assumptions,
)
from .common.safety import check_size, find_data_file, reason_of

MAX_HEADER = 1 << 20
TYPES = {
    "MET_CHAR": "i1",
    "MET_UCHAR": "u1",
    "MET_SHORT": "i2",
    "MET_USHORT": "u2",
    "MET_INT": "i4",
    "MET_UINT": "u4",
    "MET_LONG": "i4",
    "MET_ULONG": "u4",
    "MET_LONG_LONG": "i8",
    "MET_ULONG_LONG": "u8",
    "MET_FLOAT": "f4",
    "MET_DOUBLE": "f8",
}
ARRAY_SUFFIX = "_ARRAY"


@dataclass(frozen=True, kw_only=True)
class MetaImageHeader(VolumeHeader):
    """Header of a MetaImage; its world is ITK's (LPS).

    Attributes
    ----------
    channels
        Values per voxel; adjacent in the file.
    unit
        "assumed µm" or "assumed mm": the format states none.
    origin
        "corner" or "centre": the meaning of ``Offset``.
    fields
        All fields as text.
    data_start
        Offset of the first byte after the header.
    """

    channels: int
    unit: str
    origin: str
    fields: dict[str, str]
    data_start: int

    def load(self) -> NDArray[Any]:
        """Read the values, channels last."""
        return read_metaimage_data(self)


def read_metaimage(
    path: str | Path, origin: str = "centre", default_unit: str | None = None
) -> StoredVolume[MetaImageHeader]:
    """Read a volume; arguments as in `read_metaimage_header`."""
    return StoredVolume.of(read_metaimage_header(path, origin, default_unit))


def read_metaimage_header(
    path: str | Path, origin: str = "centre", default_unit: str | None = None
) -> MetaImageHeader:
    """Read a header.

    Parameters
    ----------
    path
        A .mhd or .mha file.
    origin
        What ``Offset`` means: "centre" (ITK) or "corner" (Allen's grid data).
    default_unit
        "mm" (ITK), "um" (Allen), or None to judge by the extent, as for a NRRD without a unit.
    """
    if origin not in ("corner", "centre"):
        raise ArgumentError(f"origin {origin!r}; expected 'corner' or 'centre'")
    if default_unit not in ("um", "mm", None):
        raise ArgumentError(f"default_unit {default_unit!r}; expected 'um', 'mm' or None")
    path = Path(path)
    try:
        with path.open("rb") as stream:
            fields = _read_fields(stream, path)
            start = stream.tell()
    except OSError as exc:
        raise AtlasFileError(path, f"cannot be read ({reason_of(exc)})") from exc
    n_axes = _parse_integer(fields, "NDims", path)
    if n_axes != 3:
        raise AtlasFileError(path, f"an image of {n_axes} axes", "a volume of three")
    sizes = _parse_numbers(fields, ("DimSize",), 3, path)
    if sizes is None or not all(float(n).is_integer() for n in sizes):
        raise AtlasFileError(path, f"DimSize {fields.get('DimSize', '')!r}", "three whole numbers")
    shape = tuple(int(n) for n in sizes)
    channels = _parse_integer(fields, "ElementNumberOfChannels", path, "1")
    if channels < 1:
        raise AtlasFileError(path, f"{channels} channels", "1 or more")
    steps = _parse_numbers(fields, ("ElementSpacing", "ElementSize"), 3, path)
    assumptions = [*spacing_assumptions(path, steps is not None)]
    unit = MILLIMETERS if default_unit == "mm" else MICROMETERS
    if steps is not None and default_unit is None:
        unit, assumption = infer_unit(path, steps, shape)
        assumptions.append(assumption)
    factor = FACTORS[unit]
    matrix = _parse_numbers(fields, ("TransformMatrix", "Rotation", "Orientation"), 9, path)
    # Each row is the direction of one axis.
    directions = np.eye(3) if matrix is None else matrix.reshape(3, 3).T
    affine = np.eye(4)
    affine[:3, :3] = directions * (np.ones(3) if steps is None else steps * factor)
    offset = _parse_numbers(fields, ("Offset", "Position", "Origin"), 3, path)
    affine[:3, 3] = np.zeros(3) if offset is None else offset * factor
    if origin == "centre":
        affine[:3, 3] -= affine[:3, :3].sum(axis=1) / 2
    try:
        grid = VoxelGrid(shape, affine)
    except ArgumentError as exc:
        raise AtlasFileError(path, f"its directions cannot place voxels: {exc}") from exc
    # Without a matrix, and with "?" for an axis, the orientation is unknown.
    known = matrix is not None and "?" not in fields.get("AnatomicalOrientation", "")
    if origin == "corner":
        statement = f"the offset of {path.name} is taken as a corner, as Allen does"
        assumptions.append(Assumption("placement", statement))
    return MetaImageHeader(
        path=path,
        channels=channels,
        payload_shape=(channels,) if channels > 1 else (),
        space="its TransformMatrix",
        assumptions=tuple(assumptions),
        dtype=_parse_dtype(fields, path),
        grid=grid,
        spacing_known=steps is not None,
        unit=unit,
        origin=origin,
        orientation=letters_of(affine[:3, :3], LPS) if known else None,
        fields=fields,
        data_start=start,
    )


def read_metaimage_data(header: MetaImageHeader) -> NDArray[Any]:
    """Read the values that a header describes."""
    shape = (header.channels, *header.grid.shape)
    size = check_size(header.path, shape, header.dtype)
    name = header.fields["ElementDataFile"]
    if name.upper() == "LOCAL":
        source, start = header.path, header.data_start
    elif name.split()[:1] == ["LIST"] or "%" in name:
        raise AtlasFileError(
            header.path, f"data files {short(name)}", "one; several are not supported"
        )
    else:
        source, start = find_data_file(header.path, name), 0
    try:
        with source.open("rb") as stream:
            stream.seek(start)
            flat = _read_values(stream, size, header, source)
    except OSError as exc:
        raise AtlasFileError(source, f"cannot be read ({reason_of(exc)})") from exc
    array = to_native(flat).reshape(shape, order="F")
    return array[0] if header.channels == 1 else np.moveaxis(array, 0, -1)


def _read_values(
    stream: BinaryIO, size: int, header: MetaImageHeader, source: Path
) -> NDArray[Any]:
    skip = _parse_integer(header.fields, "HeaderSize", header.path, "0")
    compressed = _is_true(header.fields, "CompressedData")
    if not _is_true(header.fields, "BinaryData", "True"):
        return read_ascii(stream, size // header.dtype.itemsize, header.dtype, source)
    if skip < -1 or (skip and compressed) or skip.bit_length() > 62:
        raise AtlasFileError(
            header.path, f"HeaderSize {skip}", "0 or more, or -1, in uncompressed data"
        )
    if compressed:
        return inflate(stream, size, "zlib", source).view(header.dtype)
    if skip == -1:
        stream.seek(max(stream.seek(0, 2) - size, 0))
    else:
        stream.seek(skip, 1)
    return read_raw(stream, size, source).view(header.dtype)


def _read_fields(stream: BinaryIO, path: Path) -> dict[str, str]:
    """Return lines ``key = value`` up to ElementDataFile, which is the last of the header."""
    fields: dict[str, str] = {}
    total = 0
    while "ElementDataFile" not in fields:
        line = stream.readline(MAX_HEADER + 1)
        total += len(line)
        if total > MAX_HEADER:
            raise AtlasFileError(path, "its header is longer than 1 MiB")
        key, equals, value = line.decode("latin-1").partition("=")
        if not line or (key.strip() and not equals):
            raise AtlasFileError(
                path,
                f"a line {short(key.strip())} in its header" if line else "no ElementDataFile",
                "a MetaImage header, key = value",
            )
        if key.strip():
            fields[key.strip()] = value.strip()
    return fields


def _parse_numbers(
    fields: dict[str, str], names: tuple[str, ...], count: int, path: Path
) -> NDArray[np.float64] | None:
    """Return the finite numbers of the first field that is present."""
    for name in names:
        if name in fields:
            try:
                values = np.array([float(v) for v in fields[name].split()])
            except ValueError as exc:
                raise AtlasFileError(path, f"{name} {short(fields[name])}", "numbers") from exc
            if values.shape != (count,) or not np.isfinite(values).all():
                raise AtlasFileError(
                    path, f"{name} {short(fields[name])}", f"{count} finite numbers"
                )
            return values
    return None


def _parse_integer(fields: dict[str, str], name: str, path: Path, default: str = "") -> int:
    try:
        return int(fields.get(name, default))
    except ValueError as exc:
        raise AtlasFileError(
            path, f"{name} {short(fields.get(name, default))}", "a whole number"
        ) from exc


def _is_true(fields: dict[str, str], name: str, default: str = "False") -> bool:
    return fields.get(name, default).strip().lower() in ("true", "1", "t")


def _parse_dtype(fields: dict[str, str], path: Path) -> np.dtype[Any]:
    kind = fields.get("ElementType", "").upper().removesuffix(ARRAY_SUFFIX)
    if kind not in TYPES:
        raise AtlasFileError(path, f"ElementType {short(kind)}", f"one of {', '.join(TYPES)}")
    big = _is_true(fields, "ElementByteOrderMSB") or _is_true(fields, "BinaryDataByteOrderMSB")
    return np.dtype((">" if big else "<") + TYPES[kind])
