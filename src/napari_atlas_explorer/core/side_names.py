"""Regions whose name says on which side they lie, and their partners on the other."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .region_attributes import RegionAttributes
from .sides import LEFT, RIGHT

PATTERNS = (
    re.compile(r"^(?P<side>left|right)[\s_.\-]+(?P<rest>.+)$", re.IGNORECASE),
    re.compile(r"^(?P<rest>.+?)[\s_.,\-]+\(?(?P<side>left|right)\)?$", re.IGNORECASE),
    re.compile(r"^(?P<rest>.+?)[\s,]+(?P<side>left|right) (?:side|hemisphere)$", re.IGNORECASE),
    re.compile(r"^(?:ctx[\-_])?(?P<side>lh|rh)[\-_.](?P<rest>.+)$", re.IGNORECASE),
    re.compile(r"^(?P<rest>.+)[\-_. ](?P<side>L|R|lh|rh)$"),
    re.compile(r"^(?P<side>L|R)[\-_. ](?P<rest>.+)$"),
)
"""FreeSurfer's ("Left-Thalamus", "lh.V1", "ctx-lh-cuneus"), AAL's ("Precentral_L") and plain
English names; a letter counts only in capitals and set off."""


def side_in_name(text: str) -> tuple[int, str] | None:
    """Side that a name says, 1 left or 2 right, and the name without it; None if it says none."""
    for pattern in PATTERNS:
        found = pattern.match(text.strip())
        if found:
            side = LEFT if found["side"].lower().startswith("l") else RIGHT
            return side, found["rest"].casefold()
    return None


def named_sides(regions: RegionAttributes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Side that each region's name or acronym says, and its partner of the other side.

    A region counts only if its partner exists: "Right" alone may mean something else, and so
    may the L of an acronym.

    Returns
    -------
    sides
        ``(n_ranks,)`` 0 (says none), 1 left, 2 right.
    partners
        ``(n_ranks,)`` rank of the partner, the region's own where its name says no side.
    """
    n = len(regions.ids)
    sides, partners = np.zeros(n, np.int64), np.arange(n)
    texts: tuple[Callable[[int], str], ...] = (regions.name, regions.acronym)
    for text in texts:
        table: dict[tuple[int, str], list[int]] = {}
        for rank in range(1, n):
            said = side_in_name(text(rank))
            if said is not None:
                table.setdefault(said, []).append(rank)
        for (side, rest), ranks in table.items():
            others = table.get((LEFT + RIGHT - side, rest), [])
            if len(ranks) == len(others) == 1 and not sides[ranks[0]]:
                sides[ranks[0]], partners[ranks[0]] = side, others[0]
    return sides, partners
