"""Regions in tables: Allen and BrainGlobe CSV, ITK-SNAP labels, plain CSV of names."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..core.errors import AtlasFileError, HierarchyError
from ..core.regions import RegionMap
from .hierarchy_json import load_region_map_json

MAX_TABLE_BYTES = 256 << 20

ALIASES: dict[str, tuple[str, ...]] = {
    "id": ("id", "index", "idx", "label", "value", "structure_id", "region_id", "label_id"),
    "acronym": ("acronym", "abbreviation", "abbrev", "abbr", "short_name"),
    "name": ("name", "label_name", "region", "region_name", "structure", "structure_name",
             "full_name", "description", "safe_name"),
    "parent_structure_id": ("parent_structure_id", "parent_id", "parent", "parent_index"),
    "structure_id_path": ("structure_id_path", "id_path"),
    "color_hex_triplet": ("color_hex_triplet", "color", "colour", "hex", "color_hex"),
    "graph_order": ("graph_order",),
}  # fmt: skip
RGB_COLUMNS = (("r", "g", "b"), ("red", "green", "blue"))

ITKSNAP_ROW = re.compile(
    r"^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s+([\d.]+)\s+(\d)\s+(\d)\s+\"([^\"]*)\"\s*$"
)


def load_region_table(path: str | Path) -> RegionMap:
    """Read a hierarchy or list of labels from JSON, ITK-SNAP labels or a delimited table."""
    path = Path(path)
    if path.suffix.lower() == ".json":
        return load_region_map_json(path)
    text = read_text(path)
    lines = text.splitlines()
    try:
        if path.suffix.lower() in (".label", ".txt") and is_itksnap(lines):
            labels = parse_itksnap(lines, path)
            if not labels:
                raise HierarchyError("it has no label but 'Clear Label'; expected at least one")
            return RegionMap.flat(labels, root_name=path.stem)
        return _region_map_of_rows(parse_delimited(lines, path), path)
    except HierarchyError as exc:
        raise AtlasFileError(path, str(exc)) from exc


def read_text(path: Path) -> str:
    """Text of a table: UTF-8, else Latin-1 (every byte has a meaning there)."""
    try:
        if path.stat().st_size > MAX_TABLE_BYTES:
            raise AtlasFileError(path, "a table of more than 256 MiB")
        raw = path.read_bytes()
    except OSError as exc:
        raise AtlasFileError(path, f"cannot be read ({exc.strerror or exc})") from exc
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def is_itksnap(lines: Sequence[str]) -> bool:
    """Whether the first line with content is an ITK-SNAP label row."""
    first = next((line for line in lines if line.strip() and not line.startswith("#")), "")
    return ITKSNAP_ROW.match(first) is not None


def parse_itksnap(lines: Sequence[str], path: Path) -> list[dict[str, Any]]:
    """Rows of an ITK-SNAP label description file; label 0 ("Clear Label") is left out."""
    rows: list[dict[str, Any]] = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = ITKSNAP_ROW.match(line)
        if match is None:
            raise AtlasFileError(
                path, f"line {number} is {line[:60]!r}", 'IDX R G B A VIS MSH "LABEL"'
            )
        label, r, g, b = (int(v) for v in match.group(1, 2, 3, 4))
        if label:
            name = match.group(8).strip()
            rows.append({"id": label, "acronym": name, "name": name, "rgb_triplet": [r, g, b]})
    return rows


def parse_delimited(lines: Sequence[str], path: Path) -> list[dict[str, Any]]:
    """Rows of a table with a header line; columns get the names this package uses."""
    header = lines[0] if lines else ""
    delimiter = max(",\t;", key=header.count)
    reader = csv.DictReader(lines, delimiter=delimiter)
    try:
        records = list(reader)
    except csv.Error as exc:
        raise AtlasFileError(path, f"it is not a table ({exc})") from exc
    columns = {(c or "").strip().lower().replace(" ", "_"): c for c in reader.fieldnames or []}
    renamed: dict[str, str] = {}
    for target, aliases in ALIASES.items():
        # In a table with both, "label" is a name beside "id" or "index".
        source = next((columns[a] for a in aliases if a in columns), None)
        if source is not None and source not in renamed:
            renamed[source] = target
    if "id" not in renamed.values() or not {"name", "acronym"} & set(renamed.values()):
        label = columns.get("label")
        if label is not None and renamed.get(label) != "id":
            renamed[label] = "name"
    if "id" not in renamed.values() or not {"name", "acronym"} & set(renamed.values()):
        raise AtlasFileError(
            path,
            f"columns {', '.join(columns) or 'none'}",
            "a column of ids (id, index, label) and one of names (name, acronym)",
        )
    rgb = next((cs for cs in RGB_COLUMNS if all(c in columns for c in cs)), None)
    rows = []
    for record in records:
        row: dict[str, Any] = {
            renamed.get(k, k): v.strip() for k, v in record.items() if isinstance(v, str) and v
        }
        if "id" not in row:
            continue
        if rgb is not None:
            row["rgb_triplet"] = [record[columns[c]] for c in rgb]
        rows.append(row)
    return rows


def _region_map_of_rows(rows: Sequence[Mapping[str, Any]], path: Path) -> RegionMap:
    """Tree where rows name parents or paths, else a flat list under one root."""
    if not rows:
        raise HierarchyError("it lists no region; expected at least one")
    has_parents = any("structure_id_path" in r or "parent_structure_id" in r for r in rows)
    if has_parents:
        # The Allen table lists background as a row "void" with id 0 and no place in the tree.
        placed = [
            r
            for r in rows
            if str(r["id"]) != "0" or "structure_id_path" in r or "parent_structure_id" in r
        ]
        return RegionMap.from_structures(placed)
    return RegionMap.flat([r for r in rows if str(r["id"]) not in ("0", "0.0")], path.stem)
