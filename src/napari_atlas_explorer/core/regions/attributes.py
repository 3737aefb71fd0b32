"""Attributes of regions, and regions by their attributes: methods of a `RegionMap`.

`RegionMap` binds these functions; ``regions`` is the map itself.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..colors.region_colors import Rgb
from ..errors import ArgumentError
from ..peer_names import accept_keywords
from ..text import listed
from .rows import make_matcher

if TYPE_CHECKING:
    from .keys import RegionKey
    from .region_map import RegionMap


def row(regions: RegionMap, region: RegionKey) -> dict[str, Any]:
    """Return all attributes of a region (a fresh dict).

    >>> regions.row("CA3")["name"]
    'Field CA3'
    """
    return regions.row_of_rank(regions.rank(region))


def acronym(regions: RegionMap, region: RegionKey) -> str:
    """Return the acronym of a region.

    >>> regions.acronym(225)
    'CA3sr'
    """
    return regions.acronym_of_rank(regions.rank(region))


def name(regions: RegionMap, region: RegionKey) -> str:
    """Return the name of a region.

    >>> regions.name("CA3")
    'Field CA3'
    """
    return regions.name_of_rank(regions.rank(region))


def color(regions: RegionMap, region: RegionKey) -> Rgb:
    """Return the color of a region: the source's own, else a made-up but repeatable one.

    >>> regions.color("CA3")
    (99, 181, 106)
    """
    return regions.color_of_rank(regions.rank(region))


def has_own_color(regions: RegionMap, region: RegionKey) -> bool:
    """Return whether the source states the region's color.

    >>> regions.has_own_color("CA3")
    True
    """
    return regions._colors[1][regions.rank(region)]


@accept_keywords(_id="id")
def get(regions: RegionMap, id: RegionKey, attr: str, with_ascendants: bool = False) -> Any:
    """Return an attribute of a region, or of it and its ancestors (voxcell).

    Raises
    ------
    UnknownRegionError
        If no region has this id, acronym or name.
    ArgumentError
        If the region, or one of its ancestors, has no such attribute.

    Examples
    --------
    >>> regions.get(225, "name")
    'Field CA3, stratum radiatum'
    >>> regions.get("CTX", "acronym", with_ascendants=True)
    ['CTX', 'CH', 'grey', 'root']
    """
    rank = regions.rank(id)
    chain = [rank, *regions.ancestor_ranks(rank)[::-1]] if with_ascendants else [rank]
    values = []
    for k in chain:
        if attr not in regions._rows[k]:
            raise ArgumentError(
                f"region {regions.ids[k]} has no attribute {attr!r}; "
                f"it has {', '.join(sorted(regions._rows[k]))}"
            )
        values.append(regions._rows[k][attr])
    return values if with_ascendants else values[0]


@accept_keywords(_id="id")
def is_leaf_id(regions: RegionMap, id: RegionKey) -> bool:
    """Return whether a region has no children.

    >>> regions.is_leaf_id("CA3"), regions.is_leaf_id("CA3sr")
    (False, True)
    """
    rank = regions.rank(id)
    return bool(regions.ends[rank] == rank + 1)


def find(
    regions: RegionMap,
    value: Any,
    attr: str,
    ignore_case: bool = False,
    with_descendants: bool = False,
) -> set[int]:
    """Find the ids of regions by the value of an attribute (voxcell).

    Parameters
    ----------
    value
        The value sought; a string that starts with "@" is a regular expression that is
        searched for anywhere in the attribute.
    attr
        The attribute's key, for instance "acronym".
    ignore_case
        Compare strings without regard to case.
    with_descendants
        Include all descendants of what is found.

    Raises
    ------
    ArgumentError
        If no region has the attribute, or the regular expression is none.

    Examples
    --------
    >>> sorted(regions.acronym(i) for i in regions.find("@^CA[13]$", "acronym"))
    ['CA1', 'CA3']
    """
    if not any(attr in row for row in regions._rows):
        known = {key: None for row in regions._rows for key in row}
        near = difflib.get_close_matches(str(attr), known, n=3, cutoff=0.6) or sorted(known)
        raise ArgumentError(f"no region has the attribute {attr!r}; expected {listed(near)}")
    matches = make_matcher(value, ignore_case)
    hits = [k for k in range(1, len(regions._rows)) if matches(regions._rows[k].get(attr))]
    if with_descendants:
        return {int(i) for k in hits for i in regions.ids[k : regions.ends[k]]}
    return {int(regions.ids[k]) for k in hits}


def path(regions: RegionMap, region: RegionKey) -> list[str]:
    """Return the acronyms from the root to the region itself.

    >>> regions.path("CTX")
    ['root', 'grey', 'CH', 'CTX']
    """
    rank = regions.rank(region)
    return [regions.acronym_of_rank(k) for k in (*regions.ancestor_ranks(rank), rank)]


def values_to_region_attribute(
    regions: RegionMap, values: ArrayLike, attr: str = "acronym"
) -> NDArray[np.object_]:
    """Return the attribute of the region of each id, in an array of the ids' shape (voxcell).

    Raises
    ------
    UnknownRegionError
        If an id is not in the hierarchy; 0 is not, unless a region has it.

    Examples
    --------
    >>> regions.values_to_region_attribute([[225], [4]], "acronym").tolist()
    [['CA3sr'], ['CTX']]
    """
    ids = np.asarray(values)
    unique, where = np.unique(ids, return_inverse=True)
    table = np.empty(len(unique), object)
    table[:] = [regions.get(i, attr) for i in unique.tolist()]
    return table[where.reshape(ids.shape)]
