"""Region hierarchies in JSON.

Nested nodes, the Allen API's answer, BrainGlobe's lists, the trees of Virtual Fly Brain and ABBA,
NiiVue's labels, and names by id.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...core.errors import AtlasFileError, HierarchyError, short
from ...core.regions.region_map import RegionMap
from ..common.text import load_json
from .cells import parse_color
from .columns import find_columns

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
    """Build a hierarchy from parsed JSON; see the module.

    A flat list has ``structure_id_path`` or ``parent_structure_id`` in its rows, or is a list of
    labels without a tree.
    """
    if _has_more_nodes(data, MAX_REGIONS):
        raise HierarchyError(f"more than {MAX_REGIONS} regions")
    if isinstance(data, dict) and isinstance(data.get("root"), dict):
        return RegionMap.from_dict(_convert_abba(data["root"], str(data.get("namingProperty"))))
    if isinstance(data, dict) and ("id" in data or "msg" in data):
        msg = data.get("msg")
        return region_map_from_json(msg) if isinstance(msg, list) else RegionMap.from_dict(data)
    if isinstance(data, dict):
        data = list_labels(data)
    if isinstance(data, list) and data and all(isinstance(row, dict) for row in data):
        if any("children" in row for row in data):
            return RegionMap.from_dict({"msg": data})
        rows = data if any("id" in row for row in data) else _rename_keys(data)
        tells = ("structure_id_path", "parent_structure_id")
        if len(rows) > 1 and not any(key in row for row in rows for key in tells):
            return RegionMap.flat(rows)
        return RegionMap.from_structures(rows)
    raise HierarchyError(
        "it holds no hierarchy; expected nested regions with 'id' and 'children', "
        "or a list of regions with 'id' and 'structure_id_path'"
    )


# ---- Labels without a tree -----------------------------------------------------------------------


def list_labels(data: dict[str, Any]) -> list[dict[str, Any]] | None:
    """List the labels of NiiVue's color maps and of names by id; None where there are none.

    NiiVue has lists ``labels``, ``R``, ``G`` and ``B``, with the ids in ``I`` or, without it,
    counted from 0. Label 0 is left out.
    """
    labels = data.get("labels", data)
    if isinstance(labels, list) and labels and all(isinstance(v, dict) for v in labels):
        return labels
    if isinstance(labels, list) and all(isinstance(v, str) for v in labels):
        ids, colors = data.get("I"), [data.get(c) for c in "RGB"]
        if not isinstance(ids, list):
            ids = list(range(len(labels)))
        if len(ids) != len(labels):
            raise HierarchyError(f"{len(labels)} labels and {len(ids)} ids 'I'; expected as many")
        rows = [{"id": i, "name": name} for i, name in zip(ids, labels, strict=True)]
        if all(isinstance(c, list) and len(c) == len(labels) for c in colors):
            for row, rgb in zip(rows, zip(*colors, strict=True), strict=True):
                row["rgb_triplet"] = list(rgb)
    elif isinstance(labels, dict) and all(
        key.strip().isdecimal() and isinstance(v, str | dict) for key, v in labels.items()
    ):
        rows = [
            {"id": key.strip(), **(v if isinstance(v, dict) else {"name": v})}
            for key, v in labels.items()
        ]
    else:
        return None
    for row in rows:
        if isinstance(row.get("name"), str) and row["name"] and " " not in row["name"]:
            row.setdefault("acronym", row["name"])
    return [row for row in rows if str(row["id"]) != "0" and (row.get("name") or row["id"])]


def _rename_keys(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give rows without an "id" this package's keys, by the heads of tables."""
    fields = list(dict.fromkeys(key for row in rows for key in row))
    columns = find_columns(fields, [[str(row.get(f, "")) for f in fields] for row in rows])
    if columns is None or "" not in columns.ids:
        return rows
    roles = {fields[at]: role for role, at in columns.places.items()}
    roles[fields[columns.ids[""]]] = "id"
    renamed = []
    for row in rows:
        new = {roles.get(key, key): value for key, value in row.items()}
        color = parse_color(str(new.pop("color", "")))
        renamed.append(new | ({"rgb_triplet": list(color)} if color else {}))
    return renamed


# ---- ABBA's ontologies ---------------------------------------------------------------------------


def _convert_abba(root: dict[str, Any], short_key: str) -> dict[str, Any]:
    """Convert ABBA's nodes, with names under ``data``, to nested regions.

    ``namingProperty`` states which of the names is the short one.
    """
    new_root: dict[str, Any] = {}
    waiting = [(root, new_root)]
    while waiting:
        node, new = waiting.pop()
        named = node.get("data", node.get("properties"))
        new |= {str(k): v for k, v in named.items()} if isinstance(named, dict) else {}
        new["id"] = node.get("id")
        new["acronym"] = new.get("acronym") or new.get(short_key) or new.get("abbreviation")
        color = node.get("color")
        if isinstance(color, list) and len(color) in (3, 4):
            new["rgb_triplet"] = color[:3]
        children = node.get("children") or []
        if not isinstance(children, list) or not all(isinstance(c, dict) for c in children):
            raise HierarchyError(f"children of region {short(node.get('id'))} are no list of nodes")
        new["children"] = [{} for _ in children]
        waiting.extend(zip(children, new["children"], strict=True))
    return new_root


def _has_more_nodes(data: Any, most: int) -> bool:
    """Return whether there are more nodes than a limit, in a list, nested or both."""
    count, waiting = 0, [data]
    while waiting and count <= most:
        node = waiting.pop()
        inner = node
        if isinstance(node, dict):
            inner = node.get("children") or node.get("msg") or node.get("root")
            inner = [inner] if isinstance(inner, dict) else inner
        count += isinstance(node, dict)
        if isinstance(inner, list):
            if len(inner) > most:
                return True
            waiting.extend(inner)
    return count > most
