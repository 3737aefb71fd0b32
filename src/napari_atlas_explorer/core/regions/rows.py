"""Rows of region tables: parsing of ids, paths and parents."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import HierarchyError, short


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


def sibling_keys(rows: Sequence[Mapping[str, Any]]) -> list[float]:
    """Return ``graph_order`` where every row gives it, else the order of the rows."""
    try:
        keys = [float(row["graph_order"]) for row in rows]
    except (KeyError, TypeError, ValueError):
        return [float(i) for i in range(len(rows))]
    return keys if all(k == k for k in keys) else [float(i) for i in range(len(rows))]


# ---- Rows and parents ----------------------------------------------------------------------------

MAX_NODES = 2_000_000

Row = Mapping[str, Any]


def nested_rows(d: Row) -> tuple[list[Row], list[int | None]]:
    """Return rows and parents' ids of nested dicts, in pre-order; see `RegionMap.from_dict`."""
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
    return rows, parents


def parents_of_rows(rows: Sequence[Row]) -> list[int | None]:
    """Return the parent id of each flat row; see `RegionMap.from_structures`."""
    parents: list[int | None] = []
    for row in rows:
        if not isinstance(row, Mapping) or "id" not in row:
            raise HierarchyError(f"a region row is {short(row)}; expected one with an 'id'")
        if filled(row.get("structure_id_path")):
            path = parse_id_path(row["structure_id_path"])
            if not path or path[-1] != as_id(row["id"]):
                raise HierarchyError(
                    f"structure_id_path of region {row['id']} is "
                    f"{short(row['structure_id_path'])}; expected it to end at its own id"
                )
            parents.append(path[-2] if len(path) > 1 else None)
        else:
            parent = row.get("parent_structure_id")
            parents.append(as_id(parent) if filled(parent) else None)
    return parents
