"""What a single term of a query stands for."""

from __future__ import annotations

import difflib
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..regions.annotation import Annotation
from ..selection import Selection
from ..space.sides import LEFT, RIGHT
from .tokens import QueryError, Token

PREFIX = re.compile(r"(left|right|own|under):\s*", re.IGNORECASE)
CONDITION = re.compile(r"(depth|volume)\s*(<=|>=|<|>|=)\s*([0-9.]+(?:e-?[0-9]+)?)", re.IGNORECASE)
COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt, ">": operator.gt, "=": operator.eq, "<=": operator.le, ">=": operator.ge,
}  # fmt: skip
MAX_PATTERN = 1000


def term_selection(
    text: str, token: Token, labels: Annotation, named: Mapping[str, Selection]
) -> Selection:
    """Selection of one term; see `parser` for what the forms mean."""
    word = token.text.strip()
    side = own = under = None
    # An acronym that looks like a prefix or a condition is an acronym.
    while _exact(labels, word) is None and (match := PREFIX.match(word)):
        kind = match[1].lower()
        if kind in ("left", "right"):
            side = LEFT if kind == "left" else RIGHT
        else:
            own, under = (True, under) if kind == "own" else (own, True)
        word = word[match.end() :]
    if not word:
        raise QueryError(text, token.start, token.end, "a region is missing after the prefix")
    found = _whole(text, token, word, labels, named, own=bool(own), under=bool(under))
    return found if side is None else found.on_side(side)


def _whole(
    text: str,
    token: Token,
    word: str,
    labels: Annotation,
    named: Mapping[str, Selection],
    own: bool,
    under: bool,
) -> Selection:
    if word in named and _exact(labels, word) is None:
        return named[word]
    if not token.quoted and (found := _by_condition(labels, word, own)) is not None:
        return found
    ranks = _ranks_of(text, token, word, labels)
    if own:
        return Selection.of_ranks(labels, ranks, descendants=False)
    selection = Selection.of_ranks(labels, ranks)
    return selection - Selection.of_ranks(labels, ranks, descendants=False) if under else selection


def _by_condition(labels: Annotation, word: str, own: bool) -> Selection | None:
    """Regions that ``leaf``, ``depth=5`` or ``volume>1`` choose; None for other words."""
    if _prefixed(labels, word):
        return None  # an exact or prefix match of an acronym always wins
    n_known = len(labels.region_map.ids)
    if word.lower() == "leaf":
        leaves = labels.region_map.ends == np.arange(n_known) + 1
        return Selection.of_ranks(labels, np.flatnonzero(leaves)[1:].tolist(), descendants=False)
    match = CONDITION.fullmatch(word)
    if match is None:
        return None
    compare, value = COMPARE[match[2]], float(match[3])
    if match[1].lower() == "depth":
        chosen = compare(labels.region_map.depths, value)
        chosen[0] = False
        return Selection.of_ranks(labels, np.flatnonzero(chosen).tolist(), descendants=not own)
    volumes = labels.total_counts * labels.grid.voxel_volume / 1e9
    chosen = compare(volumes, value) & (labels.total_counts > 0)
    chosen[0] = False
    return Selection.of_ranks(labels, np.flatnonzero(chosen).tolist(), descendants=False)


def _ranks_of(text: str, token: Token, word: str, labels: Annotation) -> list[int]:
    if not token.quoted and len(word) > 2 and word.startswith("/") and word.endswith("/"):
        return _matching(text, token, word[1:-1], labels)
    exact = _exact(labels, word)
    if exact is not None:
        return exact
    ranks = (
        _prefixed(labels, word)
        or _folded(labels).get(word.casefold())
        or _prefixed(labels, word.casefold(), fold=True)
        or _named(labels, word)
    )
    if ranks:
        return ranks
    near = difflib.get_close_matches(word.casefold(), _folded(labels), n=3, cutoff=0.6)
    names = ", ".join(labels.region_map.acronym(_folded(labels)[n][0]) for n in near)
    hint = f"; did you mean {names}?" if near else ""
    raise QueryError(text, token.start, token.end, f"no region answers to {word!r}{hint}")


def _exact(labels: Annotation, word: str) -> list[int] | None:
    """Ranks of an exact acronym, name or id, in this order; case matters."""
    regions = labels.region_map
    for attr in ("acronym", "name"):
        ids = regions.find(word, attr)
        if ids:
            return sorted(regions.rank_of_id(i) for i in ids)
    if word.isdecimal():
        rank = regions.rank_of_id(int(word))
        if rank:
            return [rank]
        strangers = np.flatnonzero(labels.unknown_ids == int(word))
        if len(strangers):
            return [len(regions.ids) + int(strangers[0])]
    return None


def _prefixed(labels: Annotation, word: str, fold: bool = False) -> list[int]:
    """Ranks whose acronyms begin with a word, in its case or, with ``fold``, in any."""
    regions = labels.region_map
    acronyms = [(rank, regions.acronym(rank)) for rank in range(1, len(regions) + 1)]
    return [rank for rank, a in acronyms if (a.casefold() if fold else a).startswith(word)]


def _named(labels: Annotation, word: str) -> list[int]:
    """Ranks whose names are a word, case aside."""
    regions, folded = labels.region_map, word.casefold()
    return [k for k in range(1, len(regions) + 1) if regions.name(k).casefold() == folded]


def _folded(labels: Annotation) -> dict[str, list[int]]:
    """Ranks by acronym without case."""
    table: dict[str, list[int]] = {}
    for rank in range(1, len(labels.region_map) + 1):
        table.setdefault(labels.region_map.acronym(rank).casefold(), []).append(rank)
    return table


def _matching(text: str, token: Token, pattern: str, labels: Annotation) -> list[int]:
    try:
        if len(pattern) > MAX_PATTERN:
            raise re.error("it is too long")
        compiled = re.compile(pattern, re.IGNORECASE)
    except (re.error, OverflowError, RecursionError) as exc:
        raise QueryError(text, token.start, token.end, f"no regular expression ({exc})") from exc
    regions = labels.region_map
    found = [
        rank
        for rank in range(1, len(regions) + 1)
        if compiled.search(regions.acronym(rank)) or compiled.search(regions.name(rank))
    ]
    if not found:
        raise QueryError(text, token.start, token.end, "no acronym and no name matches")
    return found
