"""Rows of a hierarchy as stored, and the tree that can be salvaged from them.

A strict reader refuses a damaged hierarchy with the first thing that is wrong; here every row
is kept, so that every defect can be reported and the rest of the atlas still be used.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..core.errors import AtlasFileError, HierarchyError
from ..core.regions.region_map import RegionMap
from ..core.regions.rows import as_id, filled, parse_id_path
from ..formats.common.text import load_json, read_text
from ..formats.tables.hierarchies import is_vfb_tree
from ..formats.tables.regions import load_region_table, rows_in_table
from ..formats.tables.terminology import parse_terminology

TERMINOLOGY = "terminology.csv"
MAX_ROWS = 1_000_000


@dataclass(frozen=True)
class RawRow:
    """Row of a hierarchy as stored.

    Attributes
    ----------
    id
        The row's id, a whole number where it is one; else the value as stored.
    parent
        Id of the parent by nesting, path or parent column (in this order); None for a root.
    attributes
        All fields of the source, under its own keys.
    number
        Its place in the source, from 0.
    """

    id: Any
    parent: int | None
    attributes: Mapping[str, Any]
    number: int


def read_rows(path: Path) -> tuple[RawRow, ...]:
    """Read the rows of a hierarchy's file, in file order.

    Raises
    ------
    AtlasError
        Where the file cannot be read, or holds no rows of regions.
    """
    if path.name == TERMINOLOGY:
        return _read_terminology(path)
    if path.suffix.lower() != ".json":
        return _read_flat(rows_in_table(path))
    data = load_json(path)
    if is_vfb_tree(data) or (isinstance(data, dict) and not {"id", "msg"} & data.keys()):
        return rows_of(load_region_table(path))
    if isinstance(data, dict) and isinstance(data.get("msg"), list):
        data = data["msg"]
    nodes = [data] if isinstance(data, dict) and "id" in data else data
    if not isinstance(nodes, list) or not any(isinstance(n, dict) and "id" in n for n in nodes):
        raise AtlasFileError(path, "it holds no region", "objects with an 'id'")
    if any(isinstance(node, dict) and "children" in node for node in nodes):
        return tuple(_read_nested(nodes, path))
    return _read_flat(nodes)


def rows_of(regions: RegionMap) -> tuple[RawRow, ...]:
    """Return the rows of a valid hierarchy, without a root that no file states."""
    above, made_up = regions.parent_ranks, regions.made_up_root
    return tuple(
        RawRow(
            int(regions.ids[k]),
            int(regions.ids[above[k]]) if above[k] != made_up else None,
            regions.row_of_rank(k),
            k - 1,
        )
        for k in range(1 + made_up, len(regions) + 1)
    )


def salvage(rows: Iterable[RawRow], name: str = "all regions") -> RegionMap | None:
    """Build the tree that the rows allow; None where no row has an id.

    Of rows with the same id the first is kept; a row whose parent is missing becomes a root,
    and so does the first row of each cycle. Rows whose id is no whole number are left out.
    """
    first: dict[int, RawRow] = {}
    for row in rows:
        if isinstance(row.id, int) and not isinstance(row.id, bool):
            first.setdefault(row.id, row)
    if not first:
        return None
    kept = [{**row.attributes, "id": region_id} for region_id, row in first.items()]
    if is_flat(list(first.values())):
        return RegionMap.flat(kept, root_name=name)
    parents = {i: row.parent if row.parent in first else None for i, row in first.items()}
    for cycle in find_cycles(parents):
        parents[cycle[0]] = None
    return RegionMap(kept, [parents[i] for i in first])


def is_flat(rows: Sequence[RawRow]) -> bool:
    """Return whether rows are a list of labels without a tree."""
    tells = ("structure_id_path", "parent_structure_id", "parent_identifier")
    return len(rows) > 1 and all(
        row.parent is None and not any(key in row.attributes for key in tells) for row in rows
    )


def find_cycles(parents: Mapping[int, int | None]) -> list[list[int]]:
    """Find the ids on each cycle of parent links, from child to parent.

    A cycle begins with that of its ids which comes first in ``parents``.
    """
    visited: set[int] = set()
    cycles = []
    for start in parents:
        chain: dict[int, int] = {}
        node: int | None = start
        while node is not None and node in parents and node not in visited and node not in chain:
            chain[node] = len(chain)
            node = parents[node]
        if node is not None and node in chain:
            cycles.append(list(chain)[chain[node] :])
        visited.update(chain)
    order = {region_id: n for n, region_id in enumerate(parents)}
    turned = []
    for cycle in cycles:
        k = min(range(len(cycle)), key=lambda n: order[cycle[n]])
        turned.append(cycle[k:] + cycle[:k])
    return turned


def path_of(row: RawRow) -> list[int] | None:
    """Return the ids of a row's ``structure_id_path``, root first; None without a valid one."""
    value = row.attributes.get("structure_id_path")
    if not filled(value):
        return None
    try:
        return parse_id_path(value)
    except HierarchyError:
        return None


def stated_parent(row: RawRow) -> int | None:
    """Return the id in a row's ``parent_structure_id``, None without a valid one."""
    return _parse_integer(row.attributes.get("parent_structure_id"))


def _read_terminology(path: Path) -> tuple[RawRow, ...]:
    """Return the rows of a terminology, their paths as ids of the volume.

    The column states identifiers, of which a region that is not painted may have another id.
    """
    rows, _ = parse_terminology(read_text(path), path)
    ids = {str(row["identifier"]): row["id"] for row in rows}
    for row in rows:
        try:
            stated = parse_id_path(row.get("root_identifier_path") or "")
        except HierarchyError:
            continue
        if stated:
            row["structure_id_path"] = [ids.get(str(number), number) for number in stated]
    return _read_flat(rows)


def _read_nested(nodes: list[Any], path: Path) -> list[RawRow]:
    rows: list[RawRow] = []
    waiting: list[tuple[Any, int | None]] = [(node, None) for node in reversed(nodes)]
    while waiting:
        node, parent = waiting.pop()
        if len(rows) >= MAX_ROWS:
            raise AtlasFileError(path, f"more than {MAX_ROWS} regions")
        if not isinstance(node, dict):
            rows.append(RawRow(node, parent, {}, len(rows)))
            continue
        number = _parse_integer(node.get("id"))
        attributes = {key: value for key, value in node.items() if key != "children"}
        rows.append(
            RawRow(node.get("id") if number is None else number, parent, attributes, len(rows))
        )
        children = node.get("children") or []
        if isinstance(children, list):
            # Below a node without an id its nearest ancestor with one is the parent.
            own = parent if number is None else number
            waiting.extend((child, own) for child in reversed(children))
    return rows


def _read_flat(nodes: Sequence[Any]) -> tuple[RawRow, ...]:
    rows = []
    for n, node in enumerate(nodes):
        if not isinstance(node, Mapping):
            rows.append(RawRow(node, None, {}, n))
            continue
        number = _parse_integer(node.get("id"))
        row = RawRow(node.get("id") if number is None else number, None, node, n)
        rows.append(RawRow(row.id, _find_parent(row), node, n))
    return tuple(rows)


def _find_parent(row: RawRow) -> int | None:
    """Return the parent by the path where it ends at the row's own id, else by the column."""
    path, column = path_of(row), stated_parent(row)
    if path is None or (path[-1:] != [row.id] and column is not None):
        return column
    return path[-2] if len(path) > 1 else None


def _parse_integer(value: Any) -> int | None:
    if not filled(value):
        return None
    try:
        return as_id(value)
    except HierarchyError:
        return None
