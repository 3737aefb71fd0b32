"""Incremental search for regions by acronym, name, synonym or id, with errors forgiven."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..regions.region_map import RegionMap
from .synonyms import Synonym, bare_name, resolve_synonyms
from .words import (
    BEGUN,
    FILLERS,
    GENERIC,
    IN_ACRONYM,
    RegionWords,
    WordTable,
    is_correctable,
    split_words,
)

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


class Match(IntEnum):
    """How a region matches a text, the best first."""

    ACRONYM = 0
    FOLDED_ACRONYM = 1  # in another case, or the id
    NAME = 2
    SYNONYM = 3
    BEGINNING = 4  # of one of these
    WORDS = 5  # of acronym and name, in any order
    BEGUN_WORDS = 6
    STEMS = 7
    IN_WORDS = 8
    IN_ACRONYM = 9
    NONE = 255


BY_QUALITY = np.array(
    [
        Match.NONE,
        Match.IN_ACRONYM,
        Match.IN_WORDS,
        Match.STEMS,
        Match.BEGUN_WORDS,
        Match.WORDS,
    ],
    np.uint8,
)
"""Match by the quality of the weakest word, see `RegionWords.match`."""

SHORTEST_BEGINNING = 3
MOST_SUGGESTIONS = 3
MOST_LETTERS = 200
"""Of a text; what is beyond is not searched for."""


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
        Rank of the best match, 0 if none.
    corrected
        Text that the matches are for where the typed one has none, else "".
    suggestions
        Names of the nearest regions where nothing matches.
    """

    matches: NDArray[np.bool_]
    keep: NDArray[np.bool_]
    best: int
    corrected: str = ""
    suggestions: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """Number of matches."""
        return int(self.matches.sum())

    @property
    def offers(self) -> tuple[str, ...]:
        """Texts to search for instead: what was probably meant, or the nearest names."""
        return (self.corrected,) if self.corrected else self.suggestions


class RegionSearch:
    """Search over the regions of a hierarchy.

    The best match comes first in `Match`; of equals one with a shorter name, then one with more
    regions below it. Where no region has all words, they may be spread over a region and its
    ancestors ("V1 layer 4"), then words such as "cortex" are left out, then typing errors are
    corrected.

    Parameters
    ----------
    region_map
        The hierarchy.
    synonyms
        Further names of its regions.
    """

    def __init__(self, region_map: RegionMap, synonyms: Iterable[Synonym] = ()) -> None:
        self._map = region_map
        ranks = range(1, len(region_map) + 1)
        acronyms = ["", *(region_map.acronym_of_rank(k) for k in ranks)]
        names = ["", *(region_map.name_of_rank(k) for k in ranks)]
        self._words = RegionWords(acronyms, names)
        self._acronyms = [a.casefold() for a in acronyms]
        self._names = [" ".join(split_words(name)) for name in names]
        self._bare_names = ["", *(bare_name(name) for name in names[1:])]
        self._ids = ["", *(str(i) for i in region_map.ids[1:].tolist())]
        self._synonyms = resolve_synonyms(synonyms, region_map)

    def __len__(self) -> int:
        """Return the number of regions."""
        return len(self._names) - 1

    def find(self, text: str) -> SearchResult:
        """Match a text; an empty one matches and keeps everything."""
        n, text = len(self._names), text[:MOST_LETTERS]
        if not text.strip():
            everything = np.ones(n, bool)
            everything[0] = False
            return SearchResult(np.zeros(n, bool), everything, 0)
        classes, corrected = self._classify(text), ""
        if classes.min() > Match.BEGUN_WORDS:
            corrected = self._correct(text)
            others = self._classify(corrected or text)
            # Stems and letters within words may be chance, and even a misspelled name of a region.
            if corrected and (classes.min() == Match.NONE or others.min() <= Match.SYNONYM):
                classes = np.minimum(classes, others)
            else:
                corrected = ""
        hits = np.flatnonzero(classes < Match.NONE).tolist()
        if not hits:
            none = np.zeros(n, bool)
            return SearchResult(none, none, 0, suggestions=self._suggest(text))
        best = self._find_best(classes, corrected or text)
        return replace(self.of_ranks(hits, best), corrected=corrected)

    def of_ranks(self, ranks: Sequence[int], best: int = 0) -> SearchResult:
        """Return the result that keeps these regions and their ancestors."""
        matches = np.zeros(len(self._names), bool)
        matches[list(ranks)] = True
        keep = matches.copy()
        parents = self._map.parent_ranks
        for k in ranks:
            parent = int(parents[k])
            while parent and not keep[parent]:
                keep[parent] = True
                parent = int(parents[parent])
        return SearchResult(matches, keep, best)

    # ---- Matches ------------------------------------------------------------------

    def _classify(self, text: str) -> NDArray[np.uint8]:
        """Return the `Match` of each region, by rank."""
        words = split_words(text)
        kept = [w for w in words if w not in FILLERS] or words
        classes = self._classify_texts(text.strip(), " ".join(words))
        np.minimum(classes, self._classify_words(kept), out=classes)
        specific = [w for w in kept if w not in GENERIC]
        for tried in (kept, specific):
            # Letters within acronyms are a match only where there is no better one.
            if classes.min() < Match.IN_ACRONYM or not tried:
                break
            if tried is not kept:
                np.minimum(classes, self._classify_words(tried), out=classes)
            if classes.min() >= Match.IN_ACRONYM:
                np.minimum(classes, self._classify_parts(tried), out=classes)
        if classes.min() < Match.IN_ACRONYM:
            classes[classes == Match.IN_ACRONYM] = Match.NONE
        return classes

    def _classify_texts(self, typed: str, words: str) -> NDArray[np.uint8]:
        """Classify what is a whole acronym, id, name or synonym, or begins one."""
        folded = typed.casefold()
        known = self._synonyms.get(words, ())
        begun = [
            ranks[0]
            for term, ranks in self._synonyms.items()
            if len(words) >= SHORTEST_BEGINNING and term.startswith(words)
        ]
        classes = np.full(len(self._names), Match.NONE, np.uint8)
        for k in range(1, len(classes)):
            acronym, name, number = self._acronyms[k], self._names[k], self._ids[k]
            if acronym == folded or number == folded:
                same = self._map.acronym_of_rank(k) == typed
                classes[k] = Match.ACRONYM if same else Match.FOLDED_ACRONYM
            elif words and (name == words or self._bare_names[k] == words):
                classes[k] = Match.NAME
            elif (
                acronym.startswith(folded)
                or number.startswith(folded)
                or (words and name.startswith(words))
            ):
                classes[k] = Match.BEGINNING
        classes[begun] = np.minimum(classes[begun], Match.BEGINNING)
        classes[list(known)] = np.minimum(classes[list(known)], Match.SYNONYM)
        return classes

    def _classify_words(self, words: Sequence[str]) -> NDArray[np.uint8]:
        """Classify regions that have all words, by their weakest one."""
        if not words:
            return np.full(len(self._names), Match.NONE, np.uint8)
        quality = np.minimum.reduce([self._words.match(w) for w in words])
        return BY_QUALITY[quality]

    def _classify_parts(self, words: Sequence[str]) -> NDArray[np.uint8]:
        """Classify the uppermost regions that have all words together with their ancestors."""
        inside = np.ones(len(self._names), bool)
        at = 0
        while at < len(words):
            end = len(words)
            while end > at and not (known := self._synonyms.get(" ".join(words[at:end]), ())):
                end -= 1
            mask = np.zeros(len(inside), bool)
            if end > at:
                mask[list(known)] = True
            else:
                mask, end = self._words.match(words[at]) > IN_ACRONYM, at + 1
            inside &= self._with_descendants(mask)
            at = end
        uppermost = inside & ~inside[self._map.parent_ranks]
        return np.where(uppermost, Match.IN_WORDS, Match.NONE).astype(np.uint8)

    def _with_descendants(self, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        steps = np.zeros(len(mask) + 1, np.int64)
        ranks = np.flatnonzero(mask)
        steps[ranks] += 1
        np.subtract.at(steps, self._map.ends[ranks], 1)
        return np.cumsum(steps[:-1]) > 0

    def _find_best(self, classes: NDArray[np.uint8], text: str) -> int:
        """Return the rank of the best match."""
        words, folded = " ".join(split_words(text)), text.strip().casefold()
        known = self._synonyms.get(words, ())
        highest = int(classes.min())

        def rating(k: int) -> tuple[int, ...]:
            order, (length, *others) = 0, self._rating(k)
            if highest == Match.SYNONYM:
                order = known.index(k)  # the order of the table
            elif highest == Match.BEGINNING:
                order = int(not self._acronyms[k].startswith(folded))
                # Begun is the acronym or a synonym: the length of the name says nothing.
                length = length if self._names[k].startswith(words) else min(length, 1)
            return (order, length, *others)

        return min(np.flatnonzero(classes == highest).tolist(), key=rating)

    def _rating(self, rank: int) -> tuple[int, int, int, int]:
        """Rate equal matches: short names, then those with more below them, then upper ones."""
        below = int(self._map.ends[rank]) - rank
        return self._names[rank].count(" "), -below, int(self._map.depths[rank]), rank

    # ---- What else was meant -----------------------------------------------------------------

    @cached_property
    def _table(self) -> WordTable:
        terms = (w for term in self._synonyms for w in term.split())
        words = dict.fromkeys([*self._words.frequent, *terms])
        return WordTable(w for w in words if is_correctable(w))

    def _correct(self, text: str) -> str:
        """Replace the words that begin none of a region's by the nearest; "" if there are none."""
        words = split_words(text)
        better = [
            w if self._words.match(w).max() >= BEGUN else self._table.nearest(w) or w for w in words
        ]
        return " ".join(better) if better != words else ""

    def _suggest(self, text: str) -> tuple[str, ...]:
        """Return the names of the regions that have most of the words, or the nearest words."""
        words = [w for w in split_words(text) if w not in FILLERS]
        found = [self._words.match(w) > IN_ACRONYM for w in words]
        if not any(mask.any() for mask in found):
            near = dict.fromkeys(filter(None, (self._table.nearest(w, 0.5) for w in words)))
            found = [self._words.match(w) > IN_ACRONYM for w in near]
        number = np.add.reduce([np.zeros(len(self._names), np.int64), *found])
        ranks = np.flatnonzero(number).tolist()
        ranks.sort(key=lambda k: (-int(number[k]), *self._rating(k)))
        return tuple(dict.fromkeys(self._map.name_of_rank(k) for k in ranks[:MOST_SUGGESTIONS]))
