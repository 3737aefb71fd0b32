"""Region hierarchies in JSON: nested, Allen API, BrainGlobe's lists, Virtual Fly Brain's trees."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...core.errors import AtlasFileError, HierarchyError
from ...core.regions.region_map import RegionMap
from ..common.text import load_json

# Virtual Fly Brain's trees: ``tree.json`` of node numbers, named by ``meta.json`` next to it.

NAMES = "meta.json"


def is_vfb_tree(data: Any) -> bool:
    """Return whether parsed JSON is a tree of Virtual Fly Brain."""
    node = data.get("node") if isinstance(data, dict) and len(data) == 1 else None
    return isinstance(node, dict) and ("nodeId" in node or "children" in node)


def vfb_region_map(tree: Any, meta: Any, path: Path) -> RegionMap:
    """Build the hierarchy of a tree of Virtual Fly Brain.

    A region that is painted has its number in the volume (``domainId``) as its id. The others,
    and those whose number is 0 or taken, get 10**k + ``nodeId``, above every number painted.
    """
    domains = meta.get("domains") if isinstance(meta, dict) else None
    if not isinstance(domains, list):
        raise AtlasFileError(
            path, f"{NAMES} next to it has no list 'domains'", "names of its nodes"
        )
    named = {str(d.get("nodeId")): d for d in domains if isinstance(d, dict)}
    painted = {key: _parse_painted(domain) for key, domain in named.items()}
    above = 10 ** len(str(max([*painted.values(), *(_parse_number(k) for k in named), 1])))
    rows: list[dict[str, Any]] = []
    taken: set[int] = set()
    waiting: list[tuple[Any, int | None]] = [(tree["node"], None)]
    while waiting:
        node, parent = waiting.pop()
        key = str(node.get("nodeId")) if isinstance(node, dict) else ""
        if key not in named:
            raise AtlasFileError(path, f"node {key[:20]!r}, which {NAMES} does not name")
        region_id = painted[key]
        if region_id == 0 or region_id in taken:
            region_id = above + _parse_number(key)
        taken.add(region_id)
        rows.append(_make_row(named[key], region_id, parent))
        children = node.get("children") or []
        if not isinstance(children, list) or not all(isinstance(c, dict) for c in children):
            raise AtlasFileError(path, f"children of node {key!r} that are no list of nodes")
        waiting.extend((child.get("node"), region_id) for child in reversed(children))
    try:
        return RegionMap.from_structures(rows)
    except HierarchyError as exc:
        raise AtlasFileError(path, str(exc)) from exc


def _parse_painted(domain: dict[str, Any]) -> int:
    data = domain.get("domainData")
    return _parse_number(data.get("domainId")) if isinstance(data, dict) else 0


def _parse_number(value: Any) -> int:
    text = str(value)
    return int(text) if text.isdecimal() and len(text) <= 9 else 0


def _make_row(domain: dict[str, Any], region_id: int, parent: int | None) -> dict[str, Any]:
    terms = domain.get("extId")
    term = str(terms[0]) if isinstance(terms, list) and terms else ""
    row: dict[str, Any] = {"id": region_id, "name": str(domain.get("name", region_id))}
    if term:
        row |= {"acronym": term, "ontology_term": term}
    if parent is not None:
        row["parent_structure_id"] = parent
    return row


MAX_REGIONS = 1_000_000


def load_region_map_json(path: str | Path) -> RegionMap:
    """Read a hierarchy, detecting the layout from the content."""
    return region_map_of_json(load_json(path), Path(path))


def region_map_of_json(data: Any, path: Path) -> RegionMap:
    """Build the hierarchy of a file from its parsed JSON; errors name the file."""
    try:
        return region_map_from_json(data)
    except HierarchyError as exc:
        raise AtlasFileError(path, str(exc)) from exc


def region_map_from_json(data: Any) -> RegionMap:
    """Build a hierarchy from parsed JSON.

    Understands a nested node, an Allen API answer, a list of nested nodes, and a flat list
    with ``structure_id_path`` or ``parent_structure_id`` in its rows.
    """
    if _has_more_nodes(data, MAX_REGIONS):
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


def _has_more_nodes(data: Any, most: int) -> bool:
    """Return whether there are more nodes than a limit, in a list, nested or both."""
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
