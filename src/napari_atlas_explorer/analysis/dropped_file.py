"""What a file that somebody drops is for: regions, values of regions, points, or lines."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from ..core.errors import ArgumentError, AtlasError
from ..formats.points.reader import POINT_SUFFIXES, open_points
from ..formats.tables.region_values import VALUE_SUFFIXES, read_values
from .points.columns import suggested

Purpose = Literal["regions", "values", "points", "lines"]

HEAD_BYTES = 1 << 16

PARENTS_OR_COLORS = frozenset({
    "parent_id", "parent_structure_id", "parent", "structure_id_path", "graph_order", "r", "g",
    "b", "red", "green", "blue", "color_hex_triplet", "rgb_triplet", "color", "colour",
})  # fmt: skip
"""Columns that only a table of regions has."""


def purpose_of(path: Path) -> Purpose:
    """Judge a file by its columns; whatever cannot be judged may be a table of regions.

    Lines are told by `holds_lines`. Columns of coordinates and none of region ids are points,
    and so are numbers alone. A column that names regions beside one of other numbers are
    values, unless parents or colours tell that the table describes the regions themselves.
    """
    suffix = path.suffix.lower()
    if holds_lines(path):
        return "lines"
    if suffix == ".npy":
        return "points"
    if suffix not in POINT_SUFFIXES:
        return "regions"
    try:
        names = open_points(path).names
    except AtlasError:
        # Two columns are no points: perhaps an id and a value.
        return _values_or_regions(path)
    if names is None:
        return "points"
    folded = {name.strip().casefold() for name in names}
    if folded & PARENTS_OR_COLORS:
        return "regions"
    if "id" not in folded and _has_coordinates(names):
        return "points"
    return _values_or_regions(path)


def holds_lines(path: Path) -> bool:
    """Whether a file is SWC by its name, or JSON that begins as one of lines does.

    The whole file is not read: it may be large. JSON of lines has a key "lines", or is an answer
    ("msg") whose items have a "path".
    """
    suffix = path.suffix.lower()
    if suffix == ".swc":
        return True
    if suffix not in (".json", ".html"):
        return False
    try:
        with path.open("rb") as stream:
            head = stream.read(HEAD_BYTES)
    except OSError:
        return False
    if not head.lstrip().startswith((b"{", b"[")):
        return False
    injected = b'"injection_sites"' in head or b'"injectionCoordinates"' in head
    return b'"lines"' in head or injected or (b'"msg"' in head and b'"path"' in head)


def _has_coordinates(names: tuple[str, ...]) -> bool:
    try:
        # One column more: any three would be taken for coordinates, whatever their names.
        return suggested([*names, "no coordinate"]) is not None
    except ArgumentError:
        return False


def _values_or_regions(path: Path) -> Purpose:
    if path.suffix.lower() not in VALUE_SUFFIXES:
        return "regions"
    try:
        read_values(path)
    except AtlasError:
        return "regions"
    return "values"
