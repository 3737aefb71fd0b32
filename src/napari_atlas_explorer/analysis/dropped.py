"""Classification of dropped files and folders, and what is to be opened of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ..atlases.archives import is_archive
from ..core.errors import AtlasError
from ..formats.meshes.reader import MESH_SUFFIXES
from ..formats.points.reader import POINT_SUFFIXES, open_points
from ..formats.tables.region_values import VALUE_SUFFIXES, read_values
from ..formats.tables.regions import TABLE_SUFFIXES
from ..formats.volume_header import is_volume
from .points.conventions import find_convention

Purpose = Literal["regions", "values", "points", "lines"]
Kind = Literal["session", "folder", "archive", "volume", "meshes"] | Purpose

SESSION_SUFFIX = ".atlas.json"

HEAD_BYTES = 1 << 16
TABLES = frozenset({*TABLE_SUFFIXES, *POINT_SUFFIXES, *VALUE_SUFFIXES, ".swc", ".html"})
"""Suffixes of tables of regions, values and points, and of lines."""

PARENTS_OR_COLORS = frozenset(
    {
        "parent_id",
        "parent_structure_id",
        "parent",
        "structure_id_path",
        "graph_order",
        "r",
        "g",
        "b",
        "red",
        "green",
        "blue",
        "color_hex_triplet",
        "rgb_triplet",
        "color",
        "colour",
    }
)
"""Columns that only a table of regions has."""


@dataclass(frozen=True)
class Drop:
    """What is to be opened of the paths that were dropped.

    Attributes
    ----------
    kind
        "session", "lines", "values" and "points" for the open atlas, or "atlas".
    paths
        What is opened: all files of lines, else one path.
    table
        Table of regions that an atlas is opened with, None where it has its own.
    """

    kind: Literal["session", "lines", "values", "points", "atlas"]
    paths: tuple[Path, ...]
    table: Path | None = None


def decide_drop(
    paths: Sequence[Path], shown: Path | None = None, taken: Collection[Kind] = ()
) -> Drop:
    """Decide what is to be opened of one or more dropped paths.

    Parameters
    ----------
    paths
        What was dropped, at least one.
    shown
        Path of the open atlas, None where there is none.
    taken
        Kinds of tables that go into the open atlas: values, points, both or none.

    Raises
    ------
    AtlasError
        If a table of regions is dropped alone while no atlas is open.
    """
    first = paths[0]
    if first.name.lower().endswith(SESSION_SUFFIX):
        return Drop("session", (first,))
    if all(path.is_file() and holds_lines(path) for path in paths):
        return Drop("lines", tuple(paths))
    if taken and len(paths) == 1 and first.is_file():
        kind = kind_of(first)
        if kind in taken and (kind == "values" or kind == "points"):
            return Drop(kind, (first,))
    tables = [p for p in paths if p.is_file() and p.suffix.lower() in TABLE_SUFFIXES]
    others = [p for p in paths if p not in tables]
    if tables and len(others) <= 1:
        target = others[0] if others else shown
        if target is None:
            raise AtlasError(
                f"{tables[0].name} is a table of regions: drop it together with its volume, "
                f"or while an atlas is open"
            )
        return Drop("atlas", (target,), tables[0])
    return Drop("atlas", (others[0],))


def is_for_atlas(paths: Sequence[Path], atlas_open: bool) -> bool:
    """Return whether dropped paths are of use here: atlases, and tables for one of them.

    Parameters
    ----------
    paths
        What was dropped.
    atlas_open
        Whether an atlas is open, into which tables, points and lines can go.
    """
    has_atlas, has_others = atlas_open, False
    for path in paths:
        kind = kind_of(path)
        if kind in ("session", "folder", "archive", "volume"):
            has_atlas = True
        elif kind == "meshes" or path.suffix.lower() not in TABLES:
            return False  # a picture, say: whatever cannot be judged counts as a table
        else:
            has_others = True
    return has_atlas or not has_others


def kind_of(path: Path) -> Kind:
    """Return what a path is, by its name, and by its content where it may be a table."""
    if path.name.lower().endswith(SESSION_SUFFIX):
        return "session"
    if is_volume(path):
        return "volume"
    if path.is_dir():
        return "folder"
    if is_archive(path):
        return "archive"
    return "meshes" if path.suffix.lower() in MESH_SUFFIXES else purpose_of(path)


def purpose_of(path: Path) -> Purpose:
    """Judge a file by its columns; whatever cannot be judged may be a table of regions.

    Lines are told by `holds_lines`. Columns of coordinates and none of region ids are points,
    and so are numbers alone. A column that names regions beside one of other numbers are
    values, unless parents or colors tell that the table describes the regions themselves.
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
    if "id" not in folded and find_convention(names) is not None:
        return "points"
    return _values_or_regions(path)


def holds_lines(path: Path) -> bool:
    """Return whether a file is SWC by its name, or JSON that begins as one of lines does.

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


def _values_or_regions(path: Path) -> Purpose:
    if path.suffix.lower() not in VALUE_SUFFIXES:
        return "regions"
    try:
        read_values(path)
    except AtlasError:
        return "regions"
    return "values"
