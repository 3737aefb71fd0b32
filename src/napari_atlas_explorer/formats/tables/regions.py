"""Region tables: detection of the format, and the hierarchy of the rows.

Read are JSON (see `hierarchies`), XML (see `xml_tables`), BrainGlobe's terminologies, and text:
delimited tables (see `grammar`) and tables with blanks between the cells (see `lines`). The
content decides.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...core.errors import AtlasFileError, HierarchyError, short
from ...core.regions.region_map import RegionMap
from ...core.text import is_number, listed, sanitize_text
from ..common.text import decode_table, load_json, read_text, sanitize_values
from .grammar import ParsedTable, parse_table
from .hierarchies import NAMES, is_vfb_tree, region_map_of_json, vfb_region_map
from .terminology import is_terminology, parse_terminology
from .xml_tables import parse_xml

__all__ = [
    "TABLE_SUFFIXES",
    "RegionTable",
    "load_region_table",
    "read_region_table",
    "read_text",
    "rows_in_table",
]

TABLE_SUFFIXES = (".json", ".csv", ".tsv", ".label", ".txt", ".ctbl", ".lut", ".xml", ".ilf")
"""Of files that may hold regions."""

WORKBOOKS = ("PK\x03\x04", "\xd0\xcf\x11\xe0", "–œ\x11‡")
"""First letters of Excel's files, the older ones as read in Windows-1252 or in Mac Roman."""


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
    return RegionTable(region_map, path, (*region_map.notes, *region_map.ambiguities))


def load_region_table(path: str | Path) -> RegionMap:
    """Read a hierarchy or list of labels in any of the known formats; see the module."""
    return read_region_table(path).region_map


def _read_region_map(path: Path) -> RegionMap:
    if path.suffix.lower() == ".json":
        data = load_json(path)
        if is_vfb_tree(data):
            return vfb_region_map(data, load_json(path.with_name(NAMES)), path)
        return region_map_of_json(data, path)
    table, root_name = _parse_text(path)
    try:
        region_map = _build_region_map(table, root_name)
    except HierarchyError as exc:
        raise AtlasFileError(path, str(exc)) from exc
    region_map.notes = (*table.notes, *region_map.notes)
    return region_map


def rows_in_table(path: str | Path) -> list[Mapping[str, Any]]:
    """Return the rows of a table other than JSON, before a hierarchy is made of them.

    Rows of background are left out: those with id 0, unless a region's name shows that the table
    counts from 0.
    """
    table, _ = _parse_text(Path(path))
    kept = [r for r in table.rows if r["id"] != 0 or _has_parents([r]) or not _is_background(r)]
    return _resolve_parents(kept)


def _parse_text(path: Path) -> tuple[ParsedTable, str]:
    """Return the rows of a table, and the name of the root where it has no tree."""
    text, encoding = decode_table(path)
    if text.startswith(WORKBOOKS):
        raise AtlasFileError(path, "it is a workbook of Excel", "a table that was saved as CSV")
    if text.lstrip().startswith("<"):
        name, rows = parse_xml(text, path)
        table = ParsedTable(rows, list(range(1, len(rows) + 1)))
        return table, sanitize_text(name) or path.stem
    if is_terminology(text):
        rows, notes = parse_terminology(text, path)
        table = ParsedTable(rows, list(range(2, len(rows) + 2)), notes)
    else:
        table = parse_table(text, path)
    if encoding:
        table.notes.append(f"its letters are read as {encoding}: no encoding is stated")
    return table, path.stem


def _build_region_map(table: ParsedTable, root_name: str) -> RegionMap:
    """Build the tree where rows name parents or paths, else a flat list under one root."""
    if not table.rows:
        raise HierarchyError("it lists no region and no label; expected at least one")
    rows = _drop_background(_merge_duplicates(table))
    if not rows:
        raise HierarchyError("it has no label but the background; expected at least one")
    if _has_parents(rows):
        return RegionMap.from_structures(_resolve_parents(rows))
    return RegionMap.flat([sanitize_values(dict(row)) for row in rows], root_name)


def _merge_duplicates(table: ParsedTable) -> list[dict[str, Any]]:
    """Return the rows with each id once; rows that share id and name are one region.

    MRtrix's table names two regions of different releases of FreeSurfer by one id and acronym.
    Rows of a tree are left to it: one region may be listed below several parents.

    Raises
    ------
    HierarchyError
        If two rows have the same id and nothing else in common.
    """
    first: dict[Any, int] = {}
    again: list[str] = []
    kept = []
    tree = _has_parents(table.rows)
    for k, row in enumerate(table.rows):
        at = first.setdefault(row["id"], k)
        if at == k:
            kept.append(row)
            continue
        other = table.rows[at]
        numbers = f"{table.numbers[at]} and {table.numbers[k]}"
        if not any(row.get(key) and row.get(key) == other.get(key) for key in ("acronym", "name")):
            names = [short(r.get("name", r.get("acronym", ""))) for r in (other, row)]
            raise HierarchyError(
                f"rows {numbers}: id {row['id']} occurs twice, as {names[0]} and {names[1]}; "
                f"expected each id once"
            )
        if tree:
            kept.append(row)
        elif row.get("hemisphere") != other.get("hemisphere"):
            other.pop("hemisphere", None)  # a region in the middle, listed for both sides
        else:
            again.append(numbers)
    if again:
        table.notes.append(f"the first of rows with the same id is kept: rows {listed(again)}")
    return kept


def _has_parents(rows: Sequence[Mapping[str, Any]]) -> bool:
    return any("structure_id_path" in r or "parent_structure_id" in r for r in rows)


BACKGROUND = re.compile(
    r"|background.*|back|bg|void|unknown|clear label|exterior|outside.*|none|empty|null|nan|"
    r"undefined|un-?label+ed|no label|[?*\s-]+",
    re.IGNORECASE,
)
"""Names of the row with id 0 in tables of Allen, FreeSurfer, ITK-SNAP and others."""


def _is_background(row: Mapping[str, Any]) -> bool:
    names = (str(row.get(key) or "").strip() for key in ("name", "acronym"))
    return all(BACKGROUND.fullmatch(name) for name in names)


def _drop_background(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Drop background: the Allen table's row "void" has id 0 and no place in the tree."""
    return [r for r in rows if r["id"] != 0 or _has_parents([r])]


def _resolve_parents(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Replace parents named by acronym or name with their ids."""
    parents = {str(row.get("parent_structure_id", "0")) for row in rows}
    if all(is_number(parent) for parent in parents):
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
