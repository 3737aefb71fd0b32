"""Relations of regions, by id: methods of a `RegionMap`, which binds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..errors import ArgumentError
from ..peer_names import accept_keywords

if TYPE_CHECKING:
    from .keys import RegionKey, Regions
    from .region_map import RegionMap


@accept_keywords(child_id="region", parent_id="ancestor")
def descends_from(region_map: RegionMap, region: RegionKey, ancestor: RegionKey) -> bool:
    """Return whether a region is another, or lies anywhere below it.

    >>> regions.descends_from("CA3", "HPF"), regions.structure_descends_from("HPF", "CA3")
    (True, False)
    """
    top = region_map.rank(ancestor)
    return top <= region_map.rank(region) < int(region_map.ends[top])


@accept_keywords(node_ids="ids")
def parent_ids(region_map: RegionMap, ids: Regions) -> list[int | None]:
    """Return the parent of each region, None for a root.

    >>> regions.acronym(regions.parent_ids("CA3")[0]), regions.parent_ids("root")
    ('CA', [None])
    """
    parents = [int(region_map.parent_ranks[rank]) for rank in region_map.ranks_of(ids)]
    return [int(region_map.ids[p]) if p else None for p in parents]


@accept_keywords(node_ids="ids")
def child_ids(region_map: RegionMap, ids: Regions) -> list[list[int]]:
    """Return the children of each region, in sibling order.

    >>> [regions.acronym(i) for i in regions.child_ids("CA3")[0]]
    ['CA3so', 'CA3sp', 'CA3sr']
    """
    return [_ids(region_map, region_map.child_ranks(rank)) for rank in region_map.ranks_of(ids)]


@accept_keywords(node_ids="ids")
def ancestor_ids(region_map: RegionMap, ids: Regions) -> list[list[int]]:
    """Return each region with its ancestors, itself first and its root last.

    >>> [regions.acronym(i) for i in regions.ancestor_ids("CTX")[0]]
    ['CTX', 'CH', 'grey', 'root']
    """
    ranks = region_map.ranks_of(ids)
    return [_ids(region_map, [rank, *region_map.ancestor_ranks(rank)[::-1]]) for rank in ranks]


@accept_keywords(node_ids="ids")
def descendant_ids(region_map: RegionMap, ids: Regions) -> list[list[int]]:
    """Return each region with its descendants, itself first, in pre-order.

    >>> [regions.acronym(i) for i in regions.descendant_ids("CA3")[0]]
    ['CA3', 'CA3so', 'CA3sp', 'CA3sr']
    """
    return [
        region_map.ids[rank : region_map.ends[rank]].tolist() for rank in region_map.ranks_of(ids)
    ]


def common_ancestor(region_map: RegionMap, regions: Regions) -> int | None:
    """Return the id of the lowest region that all these regions are or descend from.

    None where they stand under different roots.

    >>> regions.acronym(regions.common_ancestor(["CA1", "CA3", "DG"]))
    'HIP'
    """
    ranks = region_map.ranks_of(regions)
    if not ranks:
        raise ArgumentError("no region given; expected at least one")
    first, last = min(ranks), max(ranks)
    # In pre-order, a subtree that holds the first and the last holds all between them.
    while first and region_map.ends[first] <= last:
        first = int(region_map.parent_ranks[first])
    return int(region_map.ids[first]) if first else None


def at_level(region_map: RegionMap, level: int) -> list[int]:
    """Return the ids of the regions that are ``level`` steps from their root, in pre-order.

    >>> [regions.acronym(i) for i in regions.at_level(1)]
    ['grey', 'fiber', 'VS', 'grv']
    """
    if not isinstance(level, int | np.integer) or level < 0:
        raise ArgumentError(f"level {level!r}; expected a whole number, 0 (the root) or more")
    return [int(i) for i in region_map.ids[region_map.depths == level]]


@accept_keywords(structure_ids="ids")
def has_overlaps(region_map: RegionMap, ids: Regions) -> set[int]:
    """Return those of these regions that are ancestors of others of them.

    >>> [regions.acronym(i) for i in regions.has_overlaps(["CA", "CA3", "DG"])]
    ['CA']
    """
    ranks = np.unique(region_map.ranks_of(ids)).astype(np.int64)
    following = np.append(ranks[1:], len(region_map.ids))
    return {int(i) for i in region_map.ids[ranks[region_map.ends[ranks] > following]]}


def _ids(region_map: RegionMap, ranks: list[int]) -> list[int]:
    return [int(region_map.ids[rank]) for rank in ranks]
