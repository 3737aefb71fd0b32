"""Selections of single query terms."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..regions.rank_volume import RankVolume
from ..selection import Selection
from ..space.hemispheres import LEFT, RIGHT
from ..text import parse_digits
from .near_regions import near_regions
from .tokens import QueryError, Token

PREFIX = re.compile(r"(left|right|own|under):\s*", re.IGNORECASE)
CONDITION = re.compile(r"(depth|volume)\s*(<=|>=|<|>|=)\s*([0-9.]+(?:e-?[0-9]+)?)", re.IGNORECASE)
COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    ">": operator.gt,
    "=": operator.eq,
    "<=": operator.le,
    ">=": operator.ge,
}
MAX_PATTERN = 1000


def term_selection(
    text: str, token: Token, rank_volume: RankVolume, named: Mapping[str, Selection]
) -> Selection:
    """Return the selection of one term; see `parser` for what the forms mean."""
    word = token.text.strip()
    hemisphere = own = under = None
    # An acronym that looks like a prefix or a condition is an acronym.
    while _find_exact(rank_volume, word) is None and (match := PREFIX.match(word)):
        kind = match[1].lower()
        if kind in ("left", "right"):
            hemisphere = LEFT if kind == "left" else RIGHT
        else:
            own, under = (True, under) if kind == "own" else (own, True)
        word = word[match.end() :]
    if not word:
        raise QueryError(text, token.start, token.end, "a region is missing after the prefix")
    found = _select_regions(text, token, word, rank_volume, named, own=bool(own), under=bool(under))
    return found if hemisphere is None else found.in_hemisphere(hemisphere)


def _select_regions(
    text: str,
    token: Token,
    word: str,
    rank_volume: RankVolume,
    named: Mapping[str, Selection],
    own: bool,
    under: bool,
) -> Selection:
    if word in named and _find_exact(rank_volume, word) is None:
        return named[word]
    if not token.quoted and (found := _select_by_condition(rank_volume, word, own)) is not None:
        return found
    ranks = _find_ranks(text, token, word, rank_volume)
    if own:
        return Selection.of_ranks(rank_volume, ranks, descendants=False)
    selection = Selection.of_ranks(rank_volume, ranks)
    return (
        selection - Selection.of_ranks(rank_volume, ranks, descendants=False)
        if under
        else selection
    )


def _select_by_condition(rank_volume: RankVolume, word: str, own: bool) -> Selection | None:
    """Select by ``leaf``, ``depth=5`` or ``volume>1``; None for other words."""
    if _find_by_prefix(rank_volume, word):
        return None  # an exact or prefix match of an acronym always wins
    n_known = len(rank_volume.region_map.ids)
    if word.lower() == "leaf":
        leaves = rank_volume.region_map.ends == np.arange(n_known) + 1
        return Selection.of_ranks(
            rank_volume, np.flatnonzero(leaves)[1:].tolist(), descendants=False
        )
    match = CONDITION.fullmatch(word)
    if match is None:
        return None
    compare, value = COMPARE[match[2]], float(match[3])
    if match[1].lower() == "depth":
        chosen = compare(rank_volume.region_map.depths, value)
        chosen[0] = False
        return Selection.of_ranks(rank_volume, np.flatnonzero(chosen).tolist(), descendants=not own)
    volumes = rank_volume.total_counts * rank_volume.grid.voxel_volume / 1e9
    chosen = compare(volumes, value) & (rank_volume.total_counts > 0)
    chosen[0] = False
    return Selection.of_ranks(rank_volume, np.flatnonzero(chosen).tolist(), descendants=False)


def _find_ranks(text: str, token: Token, word: str, rank_volume: RankVolume) -> list[int]:
    if not token.quoted and len(word) > 2 and word.startswith("/") and word.endswith("/"):
        return _find_matching(text, token, word[1:-1], rank_volume)
    exact = _find_exact(rank_volume, word)
    if exact is not None:
        return exact
    ranks = (
        _find_by_prefix(rank_volume, word)
        or _index_folded(rank_volume).get(word.casefold())
        or _find_by_prefix(rank_volume, word.casefold(), fold=True)
        or _find_by_name(rank_volume, word)
    )
    if ranks:
        return ranks
    near = near_regions(rank_volume.region_map, word)
    hint = f"; did you mean {', '.join(near)}?" if near else ""
    raise QueryError(text, token.start, token.end, f"no region answers to {word!r}{hint}")


def _find_exact(rank_volume: RankVolume, word: str) -> list[int] | None:
    """Return the ranks of an exact acronym, name or id, in this order; case matters."""
    regions = rank_volume.region_map
    for attr in ("acronym", "name"):
        ids = regions.find(word, attr)
        if ids:
            return sorted(regions.rank_of_id(i) for i in ids)
    number = parse_digits(word)
    if number is not None:
        rank = regions.rank_of_id(number)
        if rank:
            return [rank]
        strangers = np.flatnonzero(rank_volume.unknown_ids == number)
        if len(strangers):
            return [len(regions.ids) + int(strangers[0])]
    return None


def _find_by_prefix(rank_volume: RankVolume, word: str, fold: bool = False) -> list[int]:
    """Return ranks whose acronyms begin with a word, in its case or, with ``fold``, in any."""
    regions = rank_volume.region_map
    acronyms = [(rank, regions.acronym_of_rank(rank)) for rank in range(1, len(regions) + 1)]
    return [rank for rank, a in acronyms if (a.casefold() if fold else a).startswith(word)]


def _find_by_name(rank_volume: RankVolume, word: str) -> list[int]:
    """Return ranks whose names are a word, case aside."""
    regions, folded = rank_volume.region_map, word.casefold()
    return [k for k in range(1, len(regions) + 1) if regions.name_of_rank(k).casefold() == folded]


def _index_folded(rank_volume: RankVolume) -> dict[str, list[int]]:
    """Return the ranks by acronym without case."""
    table: dict[str, list[int]] = {}
    for rank in range(1, len(rank_volume.region_map) + 1):
        table.setdefault(rank_volume.region_map.acronym_of_rank(rank).casefold(), []).append(rank)
    return table


def _find_matching(text: str, token: Token, pattern: str, rank_volume: RankVolume) -> list[int]:
    try:
        if len(pattern) > MAX_PATTERN:
            raise re.error("it is too long")
        compiled = re.compile(pattern, re.IGNORECASE)
    except (re.error, OverflowError, RecursionError) as exc:
        raise QueryError(text, token.start, token.end, f"no regular expression ({exc})") from exc
    regions = rank_volume.region_map
    found = [
        rank
        for rank in range(1, len(regions) + 1)
        if compiled.search(regions.acronym_of_rank(rank))
        or compiled.search(regions.name_of_rank(rank))
    ]
    if not found:
        raise QueryError(text, token.start, token.end, "no acronym and no name matches")
    return found
