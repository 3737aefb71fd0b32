"""The region that hierarchies of Allen's kind have for all fibre tracts."""

from __future__ import annotations

from .regions import RegionMap

TRACT_NAMES = ("fiber tracts", "fibre tracts")
"""What hierarchies call it, case aside."""


def tract_ranks(regions: RegionMap) -> list[int]:
    """Ranks of the regions whose name or acronym is that of all fibre tracts; one, as a rule."""
    return [
        k
        for k in range(1, len(regions) + 1)
        if regions.name(k).casefold() in TRACT_NAMES or regions.acronym(k).casefold() in TRACT_NAMES
    ]
