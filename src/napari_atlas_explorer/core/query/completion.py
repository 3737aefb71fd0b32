"""Completions for the query language."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..regions.region_map import RegionMap
from .terms import PREFIX

WORDS = ("leaf", "depth=", "volume>", "left:", "right:", "own:", "under:")
MOST = 12
PLAIN = re.compile(r"[\w\-/.,]+(?: [\w\-/.,]+)*")


@dataclass(frozen=True)
class Completion:
    """A text that may take the place of ``query[start:]``.

    Attributes
    ----------
    text
        What to insert.
    start
        Where it begins in the query.
    label
        What to show: the acronym with its name, or the word.
    """

    text: str
    start: int
    label: str


def complete(query: str, regions: RegionMap) -> list[Completion]:
    """Return the completions of the last term of a query, the best first, at most `MOST`.

    Acronyms that begin with it come first, then names that hold it, then words of the language.
    """
    start = _find_last_term(query)
    term = query[start:]
    while match := PREFIX.match(term):
        start, term = start + match.end(), term[match.end() :]
    folded = term.casefold()
    if not folded.strip():
        return []
    by_acronym, by_name = [], []
    for rank in range(1, len(regions) + 1):
        acronym, name = regions.acronym_of_rank(rank), regions.name_of_rank(rank)
        if acronym.casefold().startswith(folded):
            by_acronym.append((len(acronym), rank))
        elif folded in name.casefold():
            by_name.append((name.casefold().find(folded), rank))
    ranks = [rank for _, rank in [*sorted(by_acronym), *sorted(by_name)]]
    found = [
        Completion(
            _quote(regions.acronym_of_rank(k)),
            start,
            f"{regions.acronym_of_rank(k)}  {regions.name_of_rank(k)}",
        )
        for k in ranks[:MOST]
    ]
    words = [w for w in WORDS if w.startswith(folded) and w != folded]
    return [*found, *(Completion(w, start, w) for w in words)][:MOST]


def _find_last_term(query: str) -> int:
    """Find the start of the term being typed: after an operator or parenthesis."""
    start = 0
    for match in re.finditer(r"(?:^|\s)[+&-]\s+|\(", query):
        start = match.end()
    return start


def _quote(acronym: str) -> str:
    """Quote an acronym where it holds blanks or parentheses."""
    if PLAIN.fullmatch(acronym) and " " not in acronym:
        return acronym
    return f'"{acronym}"' if '"' not in acronym else f"'{acronym}'"
