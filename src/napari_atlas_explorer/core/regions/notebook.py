"""Methods of `RegionMap` for notebooks: equality, how it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..text import counted, listed

if TYPE_CHECKING:
    from .region_map import RegionMap


def is_same(regions: RegionMap, other: object) -> Any:
    """Return whether two hierarchies hold the same regions, attributes and order."""
    if not isinstance(other, type(regions)):
        return NotImplemented
    return (
        np.array_equal(regions.ids, other.ids)
        and np.array_equal(regions.parent_ranks, other.parent_ranks)
        and all(regions.row_of_rank(k) == other.row_of_rank(k) for k in range(1, len(regions) + 1))
    )


def digest(regions: RegionMap) -> int:
    """Return the hash: equal hierarchies have the same ids."""
    return hash(regions.ids.tobytes())


def describe(regions: RegionMap) -> str:
    """Describe how many regions there are, how deep they lie, and the first levels."""
    tops = regions.child_ranks(0)
    below = regions.child_ranks(tops[0]) if len(tops) == 1 else []
    roots = listed(regions.acronym_of_rank(k) for k in tops)
    inner = f", which holds {listed(regions.acronym_of_rank(k) for k in below)}" if below else ""
    levels = counted(int(regions.depths.max()) + 1, "level")
    return f"<RegionMap: {counted(len(regions), 'region')} in {levels} below {roots}{inner}>"


def html_tree(regions: RegionMap) -> str:
    """Return the tree that a notebook shows, which can be folded."""
    from ...figures.notebook import region_map_html

    return region_map_html(regions)
