"""Incremental search for regions by acronym, name or id."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..regions.region_map import RegionMap

if TYPE_CHECKING:
    from ..atlas.atlas import Atlas
    from ..regions.region_map import RegionKey


def region_key(atlas: Atlas, text: str) -> RegionKey:
    """Return the key that was typed; an acronym of digits is not an id."""
    text = text.strip()
    if text in atlas.region_map:
        return text
    try:
        return int(text)
    except ValueError:
        return text


# ---- Incremental search --------------------------------------------------------------------------


@dataclass(frozen=True)
class SearchResult:
    """What a search keeps of the tree.

    Attributes
    ----------
    matches
        ``(n + 1,)`` booleans: regions that match, by rank.
    keep
        ``(n + 1,)`` booleans: matches and all their ancestors.
    best
        Rank of the best match (an exact acronym, then one that starts so), 0 if none.
    """

    matches: NDArray[np.bool_]
    keep: NDArray[np.bool_]
    best: int

    @property
    def count(self) -> int:
        """Number of matches."""
        return int(self.matches.sum())


class RegionSearch:
    """Search over the regions of a hierarchy.

    A region matches if every word typed occurs in its acronym or name, regardless of case, or
    if the text is the beginning of its id.
    """

    def __init__(self, region_map: RegionMap) -> None:
        self._map = region_map
        ranks = range(1, len(region_map) + 1)
        self._acronyms = ["", *(region_map.acronym(k).casefold() for k in ranks)]
        self._texts = ["", *(f"{self._acronyms[k]} {region_map.name(k).casefold()}" for k in ranks)]
        self._ids = ["", *(str(i) for i in region_map.ids[1:].tolist())]

    def __len__(self) -> int:
        """Return the number of regions."""
        return len(self._texts) - 1

    def find(self, text: str) -> SearchResult:
        """Match a text; an empty one matches and keeps everything."""
        n = len(self._texts)
        words = text.casefold().split()
        if not words:
            everything = np.ones(n, bool)
            everything[0] = False
            return SearchResult(np.zeros(n, bool), everything, 0)
        whole = text.casefold().strip()
        hits = [
            k
            for k in range(1, n)
            if all(w in self._texts[k] for w in words) or self._ids[k].startswith(whole)
        ]
        return self.of_ranks(hits, min(hits, key=self._rating(text.strip()), default=0))

    def of_ranks(self, ranks: Sequence[int], best: int = 0) -> SearchResult:
        """Return the result that keeps these regions and their ancestors."""
        matches = np.zeros(len(self._texts), bool)
        matches[list(ranks)] = True
        keep = matches.copy()
        parents = self._map.parents
        for k in ranks:
            parent = int(parents[k])
            while parent and not keep[parent]:
                keep[parent] = True
                parent = int(parents[parent])
        return SearchResult(matches, keep, best)

    def _rating(self, typed: str) -> Callable[[int], tuple[int, int]]:
        folded = typed.casefold()

        def rating(k: int) -> tuple[int, int]:
            if self._map.acronym(k) == typed:
                return (0, k)
            if self._acronyms[k] == folded or self._ids[k] == folded:
                return (1, k)
            if self._acronyms[k].startswith(folded):
                return (2, k)
            return (3, k)

        return rating
