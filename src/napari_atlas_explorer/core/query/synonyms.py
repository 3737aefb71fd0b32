"""Names that people use for regions and that the hierarchy does not have."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass

from ..regions.region_map import RegionMap
from .words import HEMISPHERES, split_words, stem


@dataclass(frozen=True)
class Synonym:
    """A term and a region that it stands for.

    Attributes
    ----------
    term
        What people type.
    acronym, name
        Of the region, in the atlases that have it; one of them may be empty.
    source
        Where this is stated.
    """

    term: str
    acronym: str
    name: str
    source: str = ""


def parse_synonyms(text: str) -> list[Synonym]:
    """Parse a CSV table of the columns term, acronym, name, source; lines with # are comments.

    Rows without a term, or with neither acronym nor name, are left out: people write these
    files by hand.
    """
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    rows = [
        {str(k).strip().casefold(): (v or "").strip() for k, v in row.items() if isinstance(v, str)}
        for row in csv.DictReader(lines)
    ]
    return [
        Synonym(row["term"], row.get("acronym", ""), row.get("name", ""), row.get("source", ""))
        for row in rows
        if row.get("term") and (row.get("acronym") or row.get("name"))
    ]


def bare_name(name: str) -> str:
    """Return the words of a name without its hemisphere, "hippocampus" for "Left-Hippocampus".

    >>> bare_name("ctx-lh-precentral"), bare_name("Precentral_L")
    ('precentral', 'precentral')
    """
    words = split_words(name)
    return " ".join([w for w in words if w not in HEMISPHERES] or words)


def resolve_synonyms(synonyms: Iterable[Synonym], regions: RegionMap) -> dict[str, tuple[int, ...]]:
    """Return the ranks of each term, in the order of the table; terms without any are left out.

    A region is the one meant if it has the name. One with the acronym alone counts if a word of
    its name has the stem of one of the name meant: other atlases use the same letters for others.
    """
    by_name: dict[str, list[int]] = {}
    by_acronym: dict[str, list[int]] = {}
    for k in range(1, len(regions) + 1):
        by_name.setdefault(bare_name(regions.name_of_rank(k)), []).append(k)
        by_acronym.setdefault(regions.acronym_of_rank(k), []).append(k)
    ranks: dict[str, list[int]] = {}
    for synonym in synonyms:
        term = " ".join(split_words(synonym.term))
        stems = {stem(w) for w in split_words(synonym.name)}
        targets = list(by_name.get(bare_name(synonym.name), ())) if synonym.name else []
        for k in by_acronym.get(synonym.acronym, ()) if synonym.acronym else ():
            name = regions.name_of_rank(k)
            alike = not stems or name == synonym.acronym
            if alike or stems & {stem(w) for w in split_words(name)}:
                targets.append(k)
        known = ranks.setdefault(term, [])
        known += [k for k in dict.fromkeys(targets) if k not in known]
    return {term: tuple(known) for term, known in ranks.items() if known and term}
