"""A hierarchy drawn as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .region_map import RegionMap


def draw_tree(regions: RegionMap) -> str:
    """Return a line for each region, "acronym (id)", with its branch.

    Examples
    --------
    >>> from napari_atlas_explorer import RegionMap
    >>> rows = [{"id": 1, "acronym": "root"}, {"id": 2}, {"id": 3}, {"id": 4}]
    >>> print(RegionMap(rows, [None, 1, 2, 1]))
    root (1)
    ├── 2 (2)
    │   └── 3 (3)
    └── 4 (4)
    """
    lines = []
    for rank in regions.all_ranks:
        chain = [*regions.ancestor_ranks(rank), rank]
        branches = [_is_last(regions, k) for k in chain[1:]]
        bars = "".join("    " if last else "│   " for last in branches[:-1])
        corner = ("└── " if branches[-1] else "├── ") if branches else ""
        region_id = regions.stated_id_of_rank(rank)
        number = "" if region_id is None else f" ({region_id})"
        lines.append(f"{bars}{corner}{regions.acronym_of_rank(rank)}{number}")
    return "\n".join(lines)


def _is_last(regions: RegionMap, rank: int) -> bool:
    """Return whether a region is the last child of its parent."""
    return int(regions.ends[rank]) == int(regions.ends[int(regions.parent_ranks[rank])])
