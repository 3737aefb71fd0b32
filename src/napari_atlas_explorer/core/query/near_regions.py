"""Regions that somebody may have meant by a name that no region has."""

from __future__ import annotations

import difflib

import numpy as np

from ..regions.region_map import RegionMap
from .region_search import MOST_SUGGESTIONS, RegionSearch


def near_regions(region_map: RegionMap, text: str) -> list[str]:
    """Suggest regions for an unknown name, the nearest first.

    What is the text in another case comes alone; else regions that have its words in their
    names, then near acronyms, then names with a typing error corrected.

    Examples
    --------
    >>> cortex = {"id": 688, "acronym": "CTX", "name": "Cerebral cortex"}
    >>> regions = RegionMap.from_dict({"id": 997, "acronym": "root", "children": [cortex]})
    >>> [near_regions(regions, text) for text in ("ctx", "cerebral", "CTY", "Cerebrel cortex")]
    [['CTX'], ['CTX (Cerebral cortex)'], ['CTX'], ['CTX (Cerebral cortex)']]
    """
    ranks = range(1, len(region_map) + 1)
    acronyms: dict[str, str] = {}
    for rank in reversed(ranks):
        acronyms[region_map.acronym_of_rank(rank).casefold()] = region_map.acronym_of_rank(rank)
    folded = text.strip().casefold()
    if folded in acronyms:
        return [acronyms[folded]]
    same = [k for k in ranks if region_map.name_of_rank(k).casefold() == folded]
    if same:
        return [_describe(region_map, k) for k in same[:MOST_SUGGESTIONS]]
    result = RegionSearch(region_map).find(text) if folded else None
    near = difflib.get_close_matches(folded, acronyms, n=MOST_SUGGESTIONS, cutoff=0.6)
    if near and (result is None or not result.best or result.corrected):
        return [acronyms[a] for a in near]
    if result is None:
        return []
    if not result.best:
        return list(result.suggestions)
    others = [k for k in np.flatnonzero(result.matches).tolist() if k != result.best]
    # Upper regions say more of where to look than the many below them.
    others.sort(key=lambda k: (int(region_map.depths[k]), k))
    return [_describe(region_map, k) for k in (result.best, *others)[:MOST_SUGGESTIONS]]


def _describe(region_map: RegionMap, rank: int) -> str:
    acronym, name = region_map.acronym_of_rank(rank), region_map.name_of_rank(rank)
    return acronym if acronym == name else f"{acronym} ({name})"
