"""Points in JSON: lists of coordinates or objects, columns, or flat triplets."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.errors import AtlasFileError
from ...core.text import sanitize_text
from ..common.text import DuplicateKeyError, unique_fields
from .markups import markup_points
from .table import PointColumns

EXPECTED = '[[a, b, c], …], [{…}, …], {name: [numbers], …} or sets of "triplets"'
WRAPPERS = ("points", "data", "cells", "coordinates")


def json_columns(path: Path) -> PointColumns:
    """Read the columns of a JSON file.

    Read are markups of 3D Slicer, lists of k coordinates, lists of objects (with the keys of the
    first), an object of columns, any of these under "points", "data", "cells" or "coordinates",
    and the sets of points of MeshView and Nutil (``[{"triplets": [a, b, c, a, b, c, …]}, …]``).
    Null is a missing number.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"), object_pairs_hook=unique_fields)
    except UnicodeDecodeError as exc:
        raise AtlasFileError(path, f"it is not UTF-8 text ({exc.reason})", "JSON") from exc
    except DuplicateKeyError as exc:
        raise AtlasFileError(path, str(exc), "each key once in an object") from exc
    except RecursionError as exc:
        raise AtlasFileError(path, "its JSON is nested too deeply", EXPECTED) from exc
    except ValueError as exc:
        raise AtlasFileError(path, f"it is not valid JSON ({exc})") from exc
    if isinstance(data, dict) and isinstance(data.get("markups"), list):
        return markup_points(path, data["markups"])
    if isinstance(data, dict):
        data = next((data[key] for key in WRAPPERS if key in data), data)
    return PointColumns(*_parse_table(path, data))


def _parse_table(path: Path, data: Any) -> tuple[tuple[str, ...] | None, NDArray[np.float64]]:
    if isinstance(data, dict):
        return _parse_columns(path, data)
    if not isinstance(data, list):
        raise AtlasFileError(path, f"JSON of type {type(data).__name__}", EXPECTED)
    if not data:
        return None, np.zeros((0, 3))
    if all(isinstance(row, list) for row in data):
        return None, _parse_rows(path, data)
    if all(isinstance(row, dict) for row in data):
        if "triplets" in data[0]:
            return None, _parse_triplets(path, data)
        return _parse_objects(path, data)
    raise AtlasFileError(path, "JSON with other things than points", EXPECTED)


def _parse_rows(path: Path, rows: list[list[Any]]) -> NDArray[np.float64]:
    width = len(rows[0])
    for n, row in enumerate(rows, 1):
        if len(row) != width:
            raise AtlasFileError(path, f"point {n} has {len(row)} numbers", f"{width} in each")
    if width < 3:
        raise AtlasFileError(path, f"points of {width} numbers", "three at least")
    return _parse_numbers(path, chain.from_iterable(rows)).reshape(-1, width)


def _parse_objects(
    path: Path, rows: list[dict[str, Any]]
) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    # Columns of words (a region's name) are no coordinates.
    keys = [key for key, value in rows[0].items() if value is None or _is_number(value)]
    if len(keys) < 3:
        raise AtlasFileError(path, f"points with the numbers {', '.join(keys)[:200]}", "three")
    columns = [_parse_numbers(path, (row.get(key) for row in rows), key) for key in keys]
    return tuple(map(sanitize_text, keys)), np.stack(columns, axis=1)


def _parse_columns(path: Path, data: dict[str, Any]) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    lists = {
        key: values
        for key, values in data.items()
        if isinstance(values, list) and all(v is None or _is_number(v) for v in values)
    }
    if len(lists) < 3:
        raise AtlasFileError(path, "JSON without three columns of numbers", EXPECTED)
    lengths = {len(values) for values in lists.values()}
    if len(lengths) > 1:
        raise AtlasFileError(path, f"columns of {sorted(lengths)} numbers", "as many in each")
    columns = [_parse_numbers(path, values) for values in lists.values()]
    return tuple(map(sanitize_text, lists)), np.stack(columns, axis=1)


def _parse_triplets(path: Path, sets: list[dict[str, Any]]) -> NDArray[np.float64]:
    lists = [one.get("triplets") for one in sets]
    for n, values in enumerate(lists, 1):
        if not isinstance(values, list) or len(values) % 3:
            raise AtlasFileError(path, f"set {n} holds no triplets", "three numbers for each point")
    flat = chain.from_iterable(values for values in lists if values is not None)
    return _parse_numbers(path, flat).reshape(-1, 3)


def _parse_numbers(path: Path, values: Iterable[Any], where: str = "") -> NDArray[np.float64]:
    def number(value: Any) -> float:
        if value is None:
            return float("nan")
        if not _is_number(value):
            place = f" in {where}" if where else ""
            raise AtlasFileError(path, f"{str(value)[:40]!r}{place}", "numbers")
        return float(value)

    try:
        return np.fromiter(map(number, values), np.float64)
    except OverflowError as exc:
        raise AtlasFileError(path, "a number of more than 308 digits", "positions") from exc


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
