"""Small text files of packages: JSON, tables, README; the same bytes each time."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..core.regions import RegionMap


def write_json(path: Path, value: Any) -> None:
    """Write ASCII JSON: BrainGlobe reads it in whatever encoding the system has."""
    path.write_text(json.dumps(value, indent=1) + "\n", encoding="ascii", newline="\n")


def write_structures_csv(path: Path, structures: Sequence[Mapping[str, Any]]) -> None:
    """Write the table that stands beside ``structures.json``: paths with slashes, parents last.

    Parents are written as pandas writes a column with an empty cell: "997.0", "" at the root.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["acronym", "id", "name", "structure_id_path", "parent_structure_id"])
    for row in structures:
        ids = row["structure_id_path"]
        parent = f"{float(ids[-2])}" if len(ids) > 1 else ""
        path_text = "/" + "".join(f"{i}/" for i in ids)
        writer.writerow([row["acronym"], row["id"], row["name"], path_text, parent])
    path.write_text(out.getvalue(), encoding="utf-8", newline="\n")


def write_readme(path: Path, metadata: Mapping[str, Any], regions: RegionMap) -> None:
    """Write what a person finds who opens the folder: metadata, and the tree of regions."""
    lines = ["A brain atlas, packaged with napari-atlas-explorer.", ""]
    lines += [f"{key}: {_as_text(value)}" for key, value in metadata.items()]
    lines += ["", "Regions: acronym (id) name", "", *tree_lines(regions)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def tree_lines(regions: RegionMap) -> list[str]:
    """One line for each region, indented by its depth."""
    depth = {0: -1}
    lines = []
    for rank in range(1, len(regions) + 1):
        depth[rank] = depth[int(regions.parents[rank])] + 1
        row = regions.row(rank)
        lines.append(f"{'  ' * depth[rank]}{row['acronym']} ({row['id']}) {row['name']}")
    return lines


def _as_text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(_as_text, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
