"""Region hierarchies in JSON: nested, Allen API answers, BrainGlobe's flat lists."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..core.errors import AtlasFileError, HierarchyError
from ..core.regions import RegionMap
from .reasons import reason_of
from .table_text import ESCAPED, HARMFUL, harmless_values

MAX_JSON_BYTES = 128 << 20
MAX_REGIONS = 1_000_000


def load_json(path: str | Path) -> Any:
    """Parse a JSON file of bounded size and depth, or raise one clear error."""
    path = Path(path)
    try:
        size = path.stat().st_size
        if size > MAX_JSON_BYTES:
            raise AtlasFileError(path, f"{size} bytes of JSON", f"at most {MAX_JSON_BYTES}")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as exc:
        raise AtlasFileError(path, f"cannot be read ({reason_of(exc)})") from exc
    except UnicodeDecodeError as exc:
        raise AtlasFileError(path, f"it is not UTF-8 text ({exc.reason})", "JSON") from exc
    # Characters that could do harm where a name is shown can only stand there as escapes, or
    # be of those that JSON allows as they are.
    hook = harmless_values if ESCAPED.search(text) or HARMFUL.search(text) else None
    try:
        return json.loads(text, object_hook=hook)
    except RecursionError as exc:
        raise AtlasFileError(path, "its JSON is nested too deeply") from exc
    except ValueError as exc:
        raise AtlasFileError(path, f"it is not valid JSON ({reason_of(exc)})") from exc


def load_region_map_json(path: str | Path) -> RegionMap:
    """Read a hierarchy; the layout is told by the content."""
    data = load_json(path)
    try:
        return region_map_from_json(data)
    except HierarchyError as exc:
        raise AtlasFileError(path, str(exc)) from exc


def region_map_from_json(data: Any) -> RegionMap:
    """Build a hierarchy from parsed JSON.

    Understands a nested node, an Allen API answer, a list of nested nodes, and a flat list
    with ``structure_id_path`` or ``parent_structure_id`` in its rows.
    """
    if _more_than(data, MAX_REGIONS):
        raise HierarchyError(f"more than {MAX_REGIONS} regions")
    if isinstance(data, dict) and ("id" in data or "msg" in data):
        msg = data.get("msg")
        return region_map_from_json(msg) if isinstance(msg, list) else RegionMap.from_dict(data)
    if isinstance(data, list) and data and all(isinstance(row, dict) for row in data):
        if any("children" in row for row in data):
            return RegionMap.from_dict({"msg": data})
        return RegionMap.from_structures(data)
    raise HierarchyError(
        "it holds no hierarchy; expected nested regions with 'id' and 'children', "
        "or a list of regions with 'id' and 'structure_id_path'"
    )


def _more_than(data: Any, most: int) -> bool:
    """Whether there are more nodes than that, in a list, nested or both."""
    count, waiting = 0, [data]
    while waiting and count <= most:
        node = waiting.pop()
        inner = node.get("children") or node.get("msg") if isinstance(node, dict) else node
        count += isinstance(node, dict)
        if isinstance(inner, list):
            if len(inner) > most:
                return True
            waiting.extend(inner)
    return count > most
