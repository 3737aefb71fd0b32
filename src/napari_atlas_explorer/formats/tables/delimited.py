"""Tables of regions in CSV, TSV and similar, with or without a header line."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...core.errors import AtlasFileError
from ..common.safety import reason_of
from ..common.text import sanitize_values

ALIASES: dict[str, tuple[str, ...]] = {
    "id": (
        "id",
        "index",
        "idx",
        "label",
        "value",
        "structure_id",
        "region_id",
        "label_id",
        "labelvalue",
        "label_value",
        "stack_id",
        "annotation_value",
        "identifier",
    ),
    "acronym": ("acronym", "abbreviation", "abbrev", "abbr", "short_name"),
    "name": (
        "name",
        "label_name",
        "labelname",
        "region",
        "region_name",
        "structure",
        "structure_name",
        "full_name",
        "description",
        "safe_name",
    ),
    "parent_structure_id": (
        "parent_structure_id",
        "parent_id",
        "parent",
        "parent_index",
        "parent_identifier",
    ),
    "structure_id_path": ("structure_id_path", "id_path", "root_identifier_path"),
    "color_hex_triplet": ("color_hex_triplet", "color", "colour", "hex", "color_hex"),
    "graph_order": ("graph_order",),
}
RGB_COLUMNS = (("r", "g", "b"), ("red", "green", "blue"), ("color_r", "color_g", "color_b"))
TRIPLET = re.compile(r"[\[(]?\s*(\d{1,3})[\s,;]+(\d{1,3})[\s,;]+(\d{1,3})\s*[\])]?", re.ASCII)
BARE_ROW = re.compile(r"(\d{1,19})(?:\s*[,;\t]\s*|\s+)(\S.*)", re.ASCII)


def parse_delimited(text: str, path: Path) -> list[dict[str, Any]]:
    """Parse the rows of a table with a header line; columns get this package's names."""
    text = _join_header(text.lstrip("\n"))
    header = text.partition("\n")[0]
    delimiter = max(",\t;", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        fields = next(reader, [])
        columns = {_normalize_name(c): c for c in fields}
        renamed = _rename_columns(columns, fields, path)
        # Short rows are not filled up: a wide header over many of them would be a bomb.
        records = [dict(zip(fields, cells, strict=False)) for cells in reader]
    except csv.Error as exc:
        raise AtlasFileError(path, f"it is not a table ({reason_of(exc)})") from exc
    rgb = next((cs for cs in RGB_COLUMNS if all(c in columns for c in cs)), None)
    rows = []
    for record in records:
        row: dict[str, Any] = {renamed.get(k, k): v.strip() for k, v in record.items() if v}
        if "id" not in row:
            continue
        if rgb is not None:
            row["rgb_triplet"] = [record.get(columns[c], "") for c in rgb]
        else:
            _read_triplet(row)
        rows.append(sanitize_values(row))
    return rows


def is_bare(line: str) -> bool:
    """Return whether a line is an id and a name, as in a table without a header."""
    return BARE_ROW.fullmatch(line.strip()) is not None


def parse_bare(lines: Sequence[str], path: Path) -> list[dict[str, Any]]:
    """Parse the rows of a table without a header: an id, then a name to the end of the line."""
    rows = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = BARE_ROW.fullmatch(line.strip())
        if match is None:
            raise AtlasFileError(path, f"line {number} is {line[:60]!r}", "an id and a name")
        name = match[2].strip('"')
        row = {"id": int(match[1]), "name": name}
        if " " not in name:
            row["acronym"] = name
        rows.append(sanitize_values(row))
    return rows


def _normalize_name(column: str) -> str:
    return column.strip().lstrip("#").strip().lower().replace(" ", "_")


def _join_header(text: str) -> str:
    """Join a header whose first cell is on a line of its own.

    Virtual Fly Brain's table of the domains with left and right merged begins so.
    """
    first, _, rest = text.partition("\n")
    second, _, below = rest.partition("\n")
    third = below.partition("\n")[0]
    alone = first and not any(d in first for d in ",\t;")
    if alone and "\t" in second and third.count("\t") == second.count("\t") + 1:
        return f"{first}\t{rest}"
    return text


def _rename_columns(columns: dict[str, str], fields: Sequence[str], path: Path) -> dict[str, str]:
    """Return this package's names of columns, where they have one."""
    renamed: dict[str, str] = {}
    for target, aliases in ALIASES.items():
        # In a table with both, "label" is the name of "id" or "index".
        source = next((columns[a] for a in aliases if a in columns), None)
        if source is not None and source not in renamed:
            renamed[source] = target
    if columns.get("stack_id") in renamed and "acronym" not in renamed.values():
        # Virtual Fly Brain heads its short names with the name of the volume.
        renamed.setdefault(fields[0], "acronym")
    if not {"name", "acronym"} & set(renamed.values()):
        label = columns.get("label")
        if label is not None and renamed.get(label) != "id":
            renamed[label] = "name"
    if "id" not in renamed.values() or not {"name", "acronym"} & set(renamed.values()):
        raise AtlasFileError(
            path,
            f"columns {', '.join(columns)[:200] or 'none'}",
            "a column of ids (id, index, label) and one of names (name, acronym)",
        )
    return renamed


def _read_triplet(row: dict[str, Any]) -> None:
    """Convert a color written as three numbers in one cell to a list."""
    for key in ("rgb_triplet", "rgb", "color_hex_triplet"):
        match = TRIPLET.fullmatch(str(row.get(key, "")))
        if match:
            row.pop(key)
            row["rgb_triplet"] = [int(v) for v in match.groups()]
            return
