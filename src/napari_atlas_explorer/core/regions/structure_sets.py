"""Structure sets: groups of regions with an id, which a hierarchy's file may leave out.

`RegionMap` binds these functions; ``regions`` is the map itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ArgumentError, AtlasFileError, HierarchyError, short
from ..peer_names import accept_keywords
from ..text import counted, listed
from .rows import Row, as_id, read_sets

if TYPE_CHECKING:
    from .region_map import RegionMap

EXPECTED = "Allen's structure sets with their structures, or regions with 'structure_set_ids'"


@accept_keywords(structure_set_ids="set_ids")
def get_structures_by_set_id(regions: RegionMap, set_ids: Iterable[int]) -> list[dict[str, Any]]:
    """Return the regions that belong to any of these structure sets, as dicts in pre-order.

    A set of which no region says that it belongs to it has none: the answer is empty. A file
    may leave out its sets; `get_structure_sets` lists those that it names, and
    `load_structure_sets` adds others.

    >>> made = RegionMap.from_structures([{"id": 1}, {"id": 2, "structure_set_ids": [9]}])
    >>> [node["id"] for node in made.get_structures_by_set_id([9])]
    [2]
    """
    wanted = {as_id(set_id) for set_id in set_ids}
    return [node for node in regions.nodes() if wanted & read_sets(node)]


def get_structure_sets(regions: RegionMap) -> list[int]:
    """Return the ids of all structure sets that the source names or that were loaded.

    >>> RegionMap.from_structures([{"id": 1, "structure_set_ids": [9, 12]}]).get_structure_sets()
    [9, 12]
    """
    return sorted({s for rank in regions.all_ranks for s in read_sets(regions.row_of_rank(rank))})


def with_structure_sets(
    regions: RegionMap, sets: Mapping[int, Iterable[int]], ignore_unknown: bool = False
) -> RegionMap:
    """Return the same hierarchy with further structure sets.

    Parameters
    ----------
    regions
        The hierarchy; it stays as it is.
    sets
        Ids of regions by id of the set. A region that has the set already keeps it.
    ignore_unknown
        Whether to leave out ids that are not in the hierarchy.

    Raises
    ------
    ArgumentError
        If a set holds ids that are not in the hierarchy, unless these are ignored.

    Examples
    --------
    >>> from napari_atlas_explorer import RegionMap
    >>> regions = RegionMap.from_structures([{"id": 997}, {"id": 8, "parent_structure_id": 997}])
    >>> regions.with_structure_sets({12: [8]}).get_structure_sets()
    [12]
    """
    own = set(regions)
    added: dict[int, set[int]] = {}
    for set_id, members in sets.items():
        ids = {as_id(member) for member in members}
        unknown = sorted(ids - own)
        if unknown and not ignore_unknown:
            raise ArgumentError(
                f"structure set {set_id} holds {counted(len(unknown), 'id')} without a region "
                f"here: {listed(map(str, unknown))}; expected ids of this hierarchy, "
                f"or ignore_unknown=True"
            )
        for member in ids & own:
            added.setdefault(member, set()).add(as_id(set_id))
    return regions._change_rows(lambda row: _add_sets(row, added.get(as_id(row["id"]), set())))


def load_structure_sets(
    regions: RegionMap, path: str | Path, ignore_unknown: bool = False
) -> RegionMap:
    """Return the same hierarchy with the structure sets of a JSON file.

    Parameters
    ----------
    regions
        The hierarchy; it stays as it is.
    path
        An answer of Allen's API to a query for ``StructureSet`` that includes ``structures``, or
        for ``Structure`` that includes ``structure_sets``; or the table of structures that
        AllenSDK keeps in its cache, with ``structure_set_ids``.
    ignore_unknown
        Whether to leave out ids that are not in the hierarchy, for instance of other species.

    Raises
    ------
    AtlasFileError
        If the file holds no structure set, or, unless these are ignored, other ids.

    Examples
    --------
    >>> sets = '[{"id": 9, "structures": [{"id": 213}, {"id": 222}]}]'
    >>> n_characters = (folder / "sets.json").write_text(sets)
    >>> regions.load_structure_sets(folder / "sets.json").get_structure_sets()
    [9]
    """
    from ...formats.common.text import load_json

    try:
        return with_structure_sets(regions, _read_sets_of(load_json(path)), ignore_unknown)
    except (ArgumentError, HierarchyError) as exc:
        raise AtlasFileError(path, str(exc)) from exc


def _read_sets_of(document: Any) -> dict[int, set[int]]:
    """Return the ids of regions by set of a parsed file."""
    rows = document.get("msg") if isinstance(document, Mapping) else document
    if not isinstance(rows, list) or not all(isinstance(r, Mapping) and "id" in r for r in rows):
        raise ArgumentError(f"it is {short(document)}; expected {EXPECTED}")
    sets: dict[int, set[int]] = {}
    for row in rows:
        if "structures" in row:
            members = row["structures"]
            if not isinstance(members, list):
                raise ArgumentError(f"'structures' is {short(members)}; expected a list")
            ids = {as_id(m.get("id") if isinstance(m, Mapping) else m) for m in members}
            sets.setdefault(as_id(row["id"]), set()).update(ids)
        for set_id in read_sets(row):
            sets.setdefault(set_id, set()).add(as_id(row["id"]))
    if not sets:
        raise ArgumentError(f"it names no structure set; expected {EXPECTED}")
    return sets


def _add_sets(row: Row, sets: set[int]) -> Row:
    if not sets:
        return row
    rest = {key: value for key, value in row.items() if key != "structure_sets"}
    return {**rest, "structure_set_ids": sorted(read_sets(row) | sets)}
