"""3D Slicer's segmentations, ``.seg.nrrd``: layers of labels, with names and colors.

The fields are described in Slicer's documentation, "Segmentation file format". A segment is a
label value in one of the layers; layers may overlap, and are the first axis of the file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.errors import ArgumentError, AtlasFileError
from ...core.space.grid import VoxelGrid
from ...core.text import sanitize_text
from ..common.directions import LPS, letters_of, turn_to
from .header import ORIGIN_KEY, SPACE_STARTS, NrrdHeader, read_nrrd_header
from .reader import read_nrrd_data
from .writer import escape_fields, write_stream

SUFFIX = ".seg.nrrd"
FIELD = re.compile(r"Segment(\d{1,6})_(\w+)")
LABEL_TYPES = ("u1", "i1", "u2", "i2", "u4", "i4")


@dataclass(frozen=True)
class Segment:
    """Segment of a segmentation.

    Attributes
    ----------
    name
        Its name.
    label_value
        Value of its voxels in its layer.
    layer
        Which layer it is in, from 0.
    color
        Red, green and blue, 0 to 1, or None.
    id
        Slicer's id of it.
    extent
        First and last voxel along each axis of its extent in the layer, or None.
    tags
        Slicer's tags as text; the terminology is in them.
    """

    name: str
    label_value: int
    layer: int = 0
    color: tuple[float, float, float] | None = None
    id: str = ""
    extent: tuple[int, ...] | None = None
    tags: str = ""


@dataclass(frozen=True)
class Segmentation:
    """Segmentation of 3D Slicer.

    Attributes
    ----------
    layers
        Label volumes, each of ``grid.shape``.
    segments
        In the order of the file.
    grid
        Placement, µm.
    orientation
        Letters of the sides on which the array axes start, or None.
    header
        Everything else.
    notes
        What was taken for granted, one sentence each.
    """

    layers: tuple[NDArray[Any], ...]
    segments: tuple[Segment, ...]
    grid: VoxelGrid
    orientation: str | None
    header: NrrdHeader
    notes: tuple[str, ...] = ()


def read_seg_nrrd(path: str | Path) -> Segmentation:
    """Read a segmentation; Slicer states centers, in millimeters where it names no unit."""
    header = read_nrrd_header(path, origin="centre", default_unit="mm")
    segments = parse_segments(header)
    if header.grid.ndim != 3 or len(header.payload_axes) > 1:
        raise AtlasFileError(
            path,
            f"{header.grid.ndim} axes and {len(header.payload_axes)} of layers",
            "3 and at most 1",
        )
    if header.dtype.kind not in "iu":
        raise AtlasFileError(path, f"labels of type {header.dtype}", "integers")
    array = read_nrrd_data(header)
    stacked = array if header.payload_axes else array[..., np.newaxis]
    layers = tuple(stacked[..., k] for k in range(stacked.shape[-1]))
    notes: tuple[str, ...] = ()
    if len(layers) == 1 and not any(key.endswith("_LabelValue") for key in header.fields):
        segments, notes = _number_segments(segments, layers[0], header.path)
    wrong = next((s for s in segments if s.layer >= len(layers)), None)
    if wrong is not None:
        raise AtlasFileError(
            path, f"segment {wrong.name!r} in layer {wrong.layer}", f"0 to {len(layers) - 1}"
        )
    starts = SPACE_STARTS.get(str(header.fields.get("space", "")).lower())
    letters = letters_of(header.grid.affine[:3, :3], starts) if starts else None
    return Segmentation(layers, segments, header.grid, letters, header, notes)


def _number_segments(
    segments: tuple[Segment, ...], layer: NDArray[Any], path: Path
) -> tuple[tuple[Segment, ...], tuple[str, ...]]:
    """Give the values of one layer, in ascending order, to segments that state none."""
    values = [int(value) for value in np.unique(layer) if value]
    if len(values) != len(segments):
        raise AtlasFileError(
            path,
            f"{len(segments)} segments without LabelValue and {len(values)} values",
            "as many values as segments",
        )
    numbered = tuple(replace(s, label_value=v) for s, v in zip(segments, values, strict=True))
    listed = ", ".join(f"{s.name} {s.label_value}" for s in numbered[:5])
    return numbered, (f"{path.name} states no values of its segments; in their order: {listed}",)


def parse_segments(header: NrrdHeader) -> tuple[Segment, ...]:
    """Return the segments that the header of a NRRD describes, in their order."""
    fields: dict[int, dict[str, str]] = {}
    for key, value in header.fields.items():
        match = FIELD.fullmatch(key)
        if match:
            fields.setdefault(int(match[1]), {})[match[2]] = str(value)
    if not fields:
        raise AtlasFileError(header.path, "no field Segment0_…", "a segmentation of 3D Slicer")
    layered = bool(header.payload_axes)
    return tuple(_parse_segment(n, fields[n], header.path, layered) for n in sorted(fields))


def _parse_segment(number: int, fields: dict[str, str], path: Path, layered: bool) -> Segment:
    # Slicer before 5 gave each segment its own layer, with the value 1.
    label = _parse_integer(fields.get("LabelValue", "1"), f"Segment{number}_LabelValue", path)
    own_layer = str(number) if layered and "LabelValue" not in fields else "0"
    layer = _parse_integer(fields.get("Layer", own_layer), f"Segment{number}_Layer", path)
    if layer < 0:
        raise AtlasFileError(path, f"Segment{number}_Layer {layer}", "0 or more")
    try:
        color = tuple(float(v) for v in fields.get("Color", "").split())
        if color and 1 < max(color) <= 255:  # some writers state bytes
            color = tuple(v / 255 for v in color)
    except ValueError:
        color = ()
    ends = fields.get("Extent", "").split()
    whole = len(ends) == 6 and all(re.fullmatch(r"-?\d{1,9}", v) for v in ends)
    return Segment(
        name=sanitize_text(fields.get("Name", f"Segment_{number}")),
        label_value=label,
        layer=layer,
        color=color if len(color) == 3 and all(0 <= v <= 1 for v in color) else None,
        id=sanitize_text(fields.get("ID", f"Segment_{number}")),
        extent=tuple(int(v) for v in ends) if whole else None,
        tags=sanitize_text(fields.get("Tags", "")),
    )


def _parse_integer(text: str, what: str, path: Path) -> int:
    if not re.fullmatch(r"\s*-?\d{1,10}\s*", text, re.ASCII):
        raise AtlasFileError(path, f"{what} {text[:40]!r}", "a whole number")
    return int(text)


def write_seg_nrrd(
    path: str | Path,
    layers: Sequence[NDArray[Any]],
    segments: Sequence[Segment],
    grid: VoxelGrid,
    orientation: str | None = None,
    custom: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Write a segmentation as 3D Slicer does: LPS, millimeters, the origin at a center.

    Parameters
    ----------
    path
        Target; replaced in one step.
    layers
        Label volumes of ``grid.shape`` and one integer dtype of 32 bits or fewer.
    segments
        What the labels mean.
    grid
        Placement, µm.
    orientation
        Letters of the sides on which the array axes start: they turn the volume's own world
        into Slicer's LPS. Without them its world is written unchanged, since the format has
        no way to leave the orientation open.
    custom
        Custom key/value pairs, as in `write_nrrd`.
    """
    _check(layers, segments, grid)
    affine = _convert_to_lps(grid, orientation)
    values = layers[0] if len(layers) == 1 else np.stack(layers)
    none = np.full((values.ndim - 3, 3), np.nan)
    header = {
        "encoding": "gzip",
        "endian": "little",
        "space": "left-posterior-superior",
        "space directions": np.concatenate([none, affine[:3, :3].T]),
        "space origin": affine[:3, 3],
        "space units": ["mm"] * 3,
        "kinds": [*["list"] * (values.ndim - 3), *["domain"] * 3],
        ORIGIN_KEY: "centre",
        "Segmentation_MasterRepresentation": "Binary labelmap",
        "Segmentation_ContainedRepresentationNames": "Binary labelmap|",
        "Segmentation_ReferenceImageExtentOffset": "0 0 0",
        **escape_fields(custom),
    }
    whole = " ".join(f"0 {n - 1}" for n in grid.shape)
    for n, segment in enumerate(segments):
        extent = " ".join(map(str, segment.extent)) if segment.extent else whole
        fields = {
            "ID": segment.id or f"Segment_{n + 1}",
            "Name": segment.name,
            "LabelValue": str(segment.label_value),
            "Layer": str(segment.layer),
            "Extent": extent,
            "NameAutoGenerated": "0",
            "ColorAutoGenerated": "0" if segment.color else "1",
            "Color": " ".join(f"{v:g}" for v in segment.color or (0.5, 0.5, 0.5)),
            "Tags": segment.tags or "|",
        }
        # A line feed would end the field and begin another.
        header |= {f"Segment{n}_{k}": " ".join(sanitize_text(v).split()) for k, v in fields.items()}
    write_stream(path, values, header)


def _check(layers: Sequence[NDArray[Any]], segments: Sequence[Segment], grid: VoxelGrid) -> None:
    if grid.ndim != 3 or not layers or any(layer.shape != grid.shape for layer in layers):
        shapes = ", ".join(str(layer.shape) for layer in layers) or "none"
        raise ArgumentError(f"layers of shapes {shapes} on a grid of {grid.shape}")
    kinds = {layer.dtype.str[1:] for layer in layers}
    if len(kinds) != 1 or not kinds <= set(LABEL_TYPES):
        raise ArgumentError(
            f"labels of dtypes {', '.join(sorted(kinds))}; expected one of {', '.join(LABEL_TYPES)}"
        )
    for segment in segments:
        if not 0 <= segment.layer < len(layers):
            raise ArgumentError(
                f"segment {segment.name!r} in layer {segment.layer} of {len(layers)}"
            )
        limits = np.iinfo(layers[0].dtype)
        if not limits.min <= segment.label_value <= limits.max:
            raise ArgumentError(f"label {segment.label_value} in volumes of {layers[0].dtype}")


def _convert_to_lps(grid: VoxelGrid, orientation: str | None) -> NDArray[np.float64]:
    turn = np.eye(3)
    if orientation is not None:
        turned = turn_to(grid.affine[:3, :3], orientation, LPS)
        if turned is None:
            raise ArgumentError("an oblique grid whose axes are nearest to one direction")
        turn = turned
    affine = np.eye(4)
    affine[:3, :3] = turn @ grid.affine[:3, :3] / 1e3
    affine[:3, 3] = turn @ grid.to_world([0.5, 0.5, 0.5]) / 1e3
    return affine
