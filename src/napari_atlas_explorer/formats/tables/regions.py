"""Region tables: detection of the format, and the hierarchy of the rows.

Read are JSON (see `hierarchies` and `hierarchies`), ITK-SNAP labels, the color tables of
FreeSurfer and 3D Slicer, FSL's XML, CSV and TSV with a header (Allen, BrainGlobe, BIDS, Virtual
Fly Brain and plain ones), and lists of ids and names without one. The content decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...core.errors import AtlasFileError, HierarchyError
from ...core.regions.region_map import RegionMap
from ..common.text import load_json, read_text, sanitize_text, sanitize_values
from .delimited import is_bare, parse_bare, parse_delimited
from .hierarchies import NAMES, is_vfb_tree, region_map_of_json, vfb_region_map
from .label_tables import (
    is_color_table,
    is_itksnap,
    parse_color_table,
    parse_fsl_xml,
    parse_itksnap,
)

__all__ = [
    "TABLE_SUFFIXES",
    "RegionTable",
    "load_region_table",
    "read_region_table",
    "read_text",
    "rows_in_table",
]

TABLE_SUFFIXES = (".json", ".csv", ".tsv", ".label", ".txt", ".ctbl", ".lut", ".xml")
"""Of files that may hold regions."""

BACKGROUND = ("0", "0.0")
"""Ids that mean no region."""


@dataclass(frozen=True)
class RegionTable:
    """Hierarchy read from a file, with what the file left open.

    Attributes
    ----------
    region_map
        The hierarchy.
    path
        The file.
    notes
        One sentence for each thing that was assumed or left out: rows skipped, colors ignored,
        an encoding guessed, parents taken from damaged paths.
    """

    region_map: RegionMap
    path: Path
    notes: tuple[str, ...] = ()


def read_region_table(path: str | Path) -> RegionTable:
    """Read a hierarchy or list of labels in any of the known formats, with notes."""
    path = Path(path)
    region_map = _read_region_map(path)
    return RegionTable(region_map, path, region_map.notes)


def load_region_table(path: str | Path) -> RegionMap:
    """Read a hierarchy or list of labels in any of the known formats; see the module."""
    return read_region_table(path).region_map


def _read_region_map(path: Path) -> RegionMap:
    if path.suffix.lower() == ".json":
        data = load_json(path)
        if is_vfb_tree(data):
            return vfb_region_map(data, load_json(path.with_name(NAMES)), path)
        return region_map_of_json(data, path)
    text = read_text(path)
    try:
        return _parse_text(text, path)
    except HierarchyError as exc:
        raise AtlasFileError(path, str(exc)) from exc


def rows_in_table(path: str | Path) -> list[Mapping[str, Any]]:
    """Return the rows of a table other than JSON, before a hierarchy is made of them.

    Rows of background are left out.
    """
    path = Path(path)
    rows, root_name = _parse_rows(read_text(path), path)
    if root_name is None and _has_parents(rows):
        return _resolve_parents(_drop_background(rows))
    return [row for row in rows if str(row["id"]) not in BACKGROUND]


def _parse_text(text: str, path: Path) -> RegionMap:
    rows, root_name = _parse_rows(text, path)
    return _build_region_map(rows, path) if root_name is None else _make_flat(rows, root_name)


def _parse_rows(text: str, path: Path) -> tuple[list[dict[str, Any]], str | None]:
    """Return the rows, and the root's name where the format has no tree."""
    if text.lstrip().startswith("<"):
        name, rows = parse_fsl_xml(text, path)
        return rows, sanitize_text(name) or path.stem
    lines = text.split("\n")
    first = next((s for s in lines if s.strip() and not s.lstrip().startswith("#")), "")
    for is_kind, parse in (
        (is_itksnap, parse_itksnap),
        (is_color_table, parse_color_table),
        (is_bare, parse_bare),
    ):
        if is_kind(first):
            return parse(lines, path), path.stem
    return parse_delimited(text, path), None


def _make_flat(rows: Sequence[dict[str, Any]], root_name: str) -> RegionMap:
    labels = [sanitize_values(row) for row in rows if row["id"] != 0]
    if not labels:
        raise HierarchyError("it has no label but the background; expected at least one")
    return RegionMap.flat(labels, root_name=root_name)


def _build_region_map(rows: Sequence[Mapping[str, Any]], path: Path) -> RegionMap:
    """Build the tree where rows name parents or paths, else a flat list under one root."""
    if not rows:
        raise HierarchyError("it lists no region; expected at least one")
    if _has_parents(rows):
        return RegionMap.from_structures(_resolve_parents(_drop_background(rows)))
    return RegionMap.flat([r for r in rows if str(r["id"]) not in BACKGROUND], path.stem)


def _has_parents(rows: Sequence[Mapping[str, Any]]) -> bool:
    return any("structure_id_path" in r or "parent_structure_id" in r for r in rows)


def _drop_background(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Drop background: the Allen table's row "void" has id 0 and no place in the tree."""
    return [r for r in rows if str(r["id"]) != "0" or _has_parents([r])]


def _resolve_parents(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Replace parents named by acronym or name with their ids."""
    parents = {str(row.get("parent_structure_id", "0")) for row in rows}
    if all(_is_number(parent) for parent in parents):
        return list(rows)
    named: dict[str, Any] = {}
    for key in ("name", "acronym"):  # acronyms win
        named |= {str(row[key]): row["id"] for row in rows if key in row}
    return [
        {
            **row,
            "parent_structure_id": named.get(
                str(row["parent_structure_id"]), row["parent_structure_id"]
            ),
        }
        if "parent_structure_id" in row
        else row
        for row in rows
    ]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
