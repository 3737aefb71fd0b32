"""Cells of region tables: ids, paths and order keys as the many sources write them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from .errors import HierarchyError, short


def parse_id_path(value: Any) -> list[int]:
    """Ids of "/997/8/", "[997, 8]" or a list of numbers, root first."""
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
    """Whether a table's cell says something: not None, not empty, not NaN."""
    return value is not None and value != "" and not (isinstance(value, float) and value != value)


def sibling_keys(rows: Sequence[Mapping[str, Any]]) -> list[float]:
    """``graph_order`` where every row gives it, else the order of the rows."""
    try:
        keys = [float(row["graph_order"]) for row in rows]
    except (KeyError, TypeError, ValueError):
        return [float(i) for i in range(len(rows))]
    return keys if all(k == k for k in keys) else [float(i) for i in range(len(rows))]
