"""Virtual Fly Brain's trees: ``tree.json`` of node numbers, named by ``meta.json`` beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..core.errors import AtlasFileError, HierarchyError
from ..core.regions import RegionMap

NAMES = "meta.json"


def is_vfb_tree(data: Any) -> bool:
    """Whether parsed JSON is such a tree."""
    node = data.get("node") if isinstance(data, dict) and len(data) == 1 else None
    return isinstance(node, dict) and ("nodeId" in node or "children" in node)


def vfb_region_map(tree: Any, meta: Any, path: Path) -> RegionMap:
    """Build the hierarchy of a tree.

    A region that is painted has its number in the volume (``domainId``) as its id. The others,
    and those whose number is 0 or taken, get 10**k + ``nodeId``, above every number painted.
    """
    domains = meta.get("domains") if isinstance(meta, dict) else None
    if not isinstance(domains, list):
        raise AtlasFileError(path, f"{NAMES} beside it has no list 'domains'", "names of its nodes")
    named = {str(d.get("nodeId")): d for d in domains if isinstance(d, dict)}
    painted = {key: _painted(domain) for key, domain in named.items()}
    above = 10 ** len(str(max([*painted.values(), *(_number(k) for k in named), 1])))
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
            region_id = above + _number(key)
        taken.add(region_id)
        rows.append(_row(named[key], region_id, parent))
        children = node.get("children") or []
        if not isinstance(children, list) or not all(isinstance(c, dict) for c in children):
            raise AtlasFileError(path, f"children of node {key!r} that are no list of nodes")
        waiting.extend((child.get("node"), region_id) for child in reversed(children))
    try:
        return RegionMap.from_structures(rows)
    except HierarchyError as exc:
        raise AtlasFileError(path, str(exc)) from exc


def _painted(domain: dict[str, Any]) -> int:
    data = domain.get("domainData")
    return _number(data.get("domainId")) if isinstance(data, dict) else 0


def _number(value: Any) -> int:
    text = str(value)
    return int(text) if text.isdecimal() and len(text) <= 9 else 0


def _row(domain: dict[str, Any], region_id: int, parent: int | None) -> dict[str, Any]:
    terms = domain.get("extId")
    term = str(terms[0]) if isinstance(terms, list) and terms else ""
    row: dict[str, Any] = {"id": region_id, "name": str(domain.get("name", region_id))}
    if term:
        row |= {"acronym": term, "ontology_term": term}
    if parent is not None:
        row["parent_structure_id"] = parent
    return row
