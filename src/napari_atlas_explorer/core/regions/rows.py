"""Rows of region tables: parsing of ids, paths and parents."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import ArgumentError, HierarchyError, short
from ..text import counted, listed

if TYPE_CHECKING:
    import pandas as pd

Row = Mapping[str, Any]


def parse_id_path(value: Any) -> list[int]:
    """Return the ids of "/997/8/", "[997, 8]" or a list of numbers, root first."""
    if isinstance(value, str):
        return [as_id(part) for part in re.split(r"[/,\[\]\s]+", value) if part]
    if isinstance(value, Sequence):
        return [as_id(part) for part in value]
    raise HierarchyError(f"structure_id_path is {short(value)}; expected a list or '/1/2/'")


def as_id(value: Any) -> int:
    """Return an id as an exact integer; "8", 8.0 and 8 are the same, 8.5 and None are refused."""
    try:
        number = int(value)
        exact = not isinstance(value, bool) and (isinstance(value, str) or number == value)
    except (TypeError, ValueError, OverflowError):
        try:
            number = int(float(value))  # "315.0": how pandas writes an id beside an empty cell
            exact = float(value).is_integer() and abs(number) < 2**53
        except (TypeError, ValueError, OverflowError):
            exact = False
    if not exact or not -(2**63) <= number < 2**63:
        raise HierarchyError(f"region id {short(value)}; expected a whole number")
    return number


def filled(value: Any) -> bool:
    """Return whether a table's cell says something: not None, not empty, not NaN."""
    return value is not None and value != "" and not (isinstance(value, float) and value != value)


def make_matcher(value: Any, ignore_case: bool) -> Callable[[Any], bool]:
    """Return the predicate of a cell that `RegionMap.find` looks for."""
    if isinstance(value, str) and value.startswith("@"):
        try:
            pattern = re.compile(value[1:], re.IGNORECASE if ignore_case else 0)
        except re.error as exc:
            raise ArgumentError(f"{value[1:]!r} is no regular expression: {exc}") from exc
        return lambda cell: cell is not None and pattern.search(str(cell)) is not None
    if ignore_case and isinstance(value, str):
        folded = value.casefold()
        return lambda cell: isinstance(cell, str) and cell.casefold() == folded
    return lambda cell: bool(cell == value)


def read_sets(row: Row) -> set[int]:
    """Return the ids of a region's structure sets, as ids or records, under either key or both."""
    ids = set()
    for key in ("structure_sets", "structure_set_ids"):
        sets = row.get(key) or ()
        if isinstance(sets, str) or not isinstance(sets, Iterable):
            raise ArgumentError(f"{key} is {short(sets)}; expected a list of ids")
        ids |= {as_id(s["id"] if isinstance(s, Mapping) else s) for s in sets}
    return ids


def sibling_keys(rows: Sequence[Mapping[str, Any]]) -> list[float]:
    """Return ``graph_order`` where every row gives it, else the order of the rows."""
    try:
        keys = [float(row["graph_order"]) for row in rows]
    except (KeyError, TypeError, ValueError):
        return [float(i) for i in range(len(rows))]
    return keys if all(k == k for k in keys) else [float(i) for i in range(len(rows))]


# ---- Rows and parents ----------------------------------------------------------------------------

MAX_NODES = 2_000_000

MADE_UP_ROOT = -(2**53 - 1)
"""Id of a root that no file states. No voxel gets its rank, whatever id the voxel holds; every
reader of JSON keeps the number exactly."""


@dataclass(frozen=True)
class LinkedRows:
    """Rows of a hierarchy with the id of each one's parent, None for a root.

    Attributes
    ----------
    notes
        One sentence for each thing that the source states twice or wrongly, and what was taken.
    """

    rows: list[Row]
    parents: list[int | None]
    notes: tuple[str, ...] = ()


def nested_rows(d: Row) -> LinkedRows:
    """Return the rows of nested dicts in pre-order; see `RegionMap.from_dict`."""
    rows: list[Row] = []
    parents: list[int | None] = []
    top = d.get("msg", [d])
    if not isinstance(top, Sequence) or isinstance(top, str):
        raise HierarchyError(f"'msg' is a {type(top).__name__}; expected a list of regions")
    stack: list[tuple[Any, int | None]] = [(node, None) for node in reversed(top)]
    while stack:
        node, parent = stack.pop()
        if not isinstance(node, Mapping) or "id" not in node:
            raise HierarchyError(
                f"a node of the hierarchy is {short(node)}; expected an object with an 'id'"
            )
        rows.append({k: v for k, v in node.items() if k != "children"})
        parents.append(parent)
        if len(rows) > MAX_NODES:
            raise HierarchyError(f"more than {MAX_NODES} regions; this is the reader's limit")
        here = as_id(node["id"])
        children = node.get("children") or []
        if not isinstance(children, Sequence) or isinstance(children, str):
            raise HierarchyError(
                f"'children' of region {here} is {short(children)}; expected a list"
            )
        stack.extend((child, here) for child in reversed(children))
    return _merge_listings(rows, parents)


def as_records(rows: Sequence[Mapping[str, Any]] | pd.DataFrame) -> Sequence[Mapping[str, Any]]:
    """Return the rows of a table, each without its empty cells; other rows as they are."""
    if not hasattr(rows, "to_dict"):
        return rows
    table: Any = rows
    if table.index.name == "id":
        table = table.reset_index()
    filled_cells = table.notna().to_numpy()
    return [
        {str(key): row[key] for key, is_filled in zip(table, cells, strict=True) if is_filled}
        for row, cells in zip(table.to_dict(orient="records"), filled_cells, strict=True)
    ]


def linked_rows(rows: Sequence[Row]) -> LinkedRows:
    """Return flat rows with their parents; see `RegionMap.from_structures`."""
    paths: dict[int, list[int] | None] = {}
    for row in rows:
        if not isinstance(row, Mapping) or "id" not in row:
            raise HierarchyError(f"a region row is {short(row)}; expected one with an 'id'")
        path = row.get("structure_id_path")
        paths[as_id(row["id"])] = (parse_id_path(path) or None) if filled(path) else None
    single = all(path is None or len(path) == 1 for path in paths.values())
    parents: list[int | None] = []
    damaged: list[Row] = []
    kept: list[Row] = []
    for row in rows:
        own = as_id(row["id"])
        column = row.get("parent_structure_id")
        parent = as_id(column) if filled(column) else None
        path = paths[own]
        if path is not None and single:
            # The table of the Unified Mouse Brain Atlas has the parent alone in this column.
            parent = path[0] if path[0] != own else parent
            row = {k: v for k, v in row.items() if k != "structure_id_path"} if parent else row
        elif path is not None and path[-1] == own and (len(path) == 1 or path[-2] in paths):
            parent = path[-2] if len(path) > 1 else None
        elif path is not None:
            damaged.append(row)
            parent = parent if parent in paths else _find_parent(row, path, paths)
        parents.append(parent)
        kept.append(row)
    notes = []
    if damaged:
        notes.append(
            f"{counted(len(damaged), 'structure_id_path')} cannot be right, the parent is the "
            f"nearest region before: {listed(describe_row(row) for row in damaged)}"
        )
    merged = _merge_listings(kept, parents)
    return _add_root(LinkedRows(merged.rows, merged.parents, (*notes, *merged.notes)))


def table_rows(records: Sequence[Row]) -> LinkedRows:
    """Return the rows of a table with their parents; see `RegionMap.from_dataframe`."""
    rows: list[Row] = []
    parents: list[int | None] = []
    for record in records:
        # NaN is a gap; None and "" are values, which JSON has too.
        row = {k: v for k, v in record.items() if not (isinstance(v, float) and v != v)}
        above = row.pop("parent_id", None)
        parents.append(None if above is None or as_id(above) == -1 else as_id(above))
        row.pop("children_count", None)
        rows.append(row)
    return LinkedRows(rows, parents)


def describe_row(row: Row) -> str:
    """Describe a row in a message: its acronym or name, and its id."""
    label = next((str(row[k]) for k in ("acronym", "name") if filled(row.get(k))), "region")
    return f"{label} (id {row['id']})"


def _find_parent(row: Row, path: Sequence[int], paths: Mapping[int, Sequence[int] | None]) -> int:
    """Return the last known id of a path before the region itself.

    The id at the end of a path that should be the region's own is a mistake, unless it is that
    of a region whose own path is the same: then the path leaves out the region itself.
    """
    own = as_id(row["id"])
    above = list(path)
    if above[-1] == own or paths.get(above[-1], ()) not in (None, path):
        above = above[:-1]
    known = [i for i in above if i in paths and i != own]
    if not known:
        raise HierarchyError(
            f"structure_id_path of region {own} is {short(row['structure_id_path'])}; expected "
            f"ids of regions from the root to its own"
        )
    return known[-1]


def _merge_listings(rows: Sequence[Row], parents: Sequence[int | None]) -> LinkedRows:
    """Keep the first listing of a region that is listed below several parents.

    A listing that differs in acronym or name, or has the same parent, is another region with the
    same id, which no tree can hold: it is kept, to be refused.
    """
    place: dict[int, int] = {}
    above: dict[int, list[int]] = {}
    kept: list[Row] = []
    kept_parents: list[int | None] = []
    for row, parent in zip(rows, parents, strict=True):
        own = as_id(row["id"])
        at = place.setdefault(own, len(kept))
        if at < len(kept):
            first, earlier = kept[at], kept_parents[at]
            alike = all(row.get(key) == first.get(key) for key in ("acronym", "name"))
            if alike and parent is not None and earlier is not None:
                if parent != earlier:
                    above.setdefault(own, [earlier]).append(parent)
                if parent != earlier or parent in above:
                    continue
        kept.append(row)
        kept_parents.append(parent)
    notes = []
    for own, every in above.items():
        names = [describe_row(kept[place[i]]) if i in place else str(i) for i in every]
        notes.append(
            f"{describe_row(kept[place[own]])} is listed below {' and '.join(names)}: "
            f"it is taken below the first"
        )
    return LinkedRows(kept, kept_parents, tuple(notes))


def _add_root(linked: LinkedRows) -> LinkedRows:
    """Add a row for the root where it is the one parent that has none."""
    ids = {as_id(row["id"]) for row in linked.rows}
    missing = {p for p in linked.parents if p not in ids}
    if len(linked.rows) < 2 or len(missing) != 1 or None in missing:
        return linked
    root = missing.pop()
    below = sum(parent == root for parent in linked.parents)
    note = (
        f"id {root}, the parent of {counted(below, 'region')}, has no row: "
        f"it is the root, without a name"
    )
    return LinkedRows([{"id": root}, *linked.rows], [None, *linked.parents], (*linked.notes, note))
