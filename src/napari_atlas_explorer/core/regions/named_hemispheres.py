"""Hemispheres that the names of regions state, such as "Left-Thalamus" and "L_V1"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..space.hemispheres import LEFT, RIGHT
from .region_map import RegionMap

NUMBERS = {"left": LEFT, "right": RIGHT}
"""Values of the column of a table."""

PATTERNS = (
    re.compile(r"^(?P<side>left|right)[\s_.\-]+(?P<rest>.+)$", re.IGNORECASE),
    re.compile(r"^(?P<rest>.+?)[\s_.,\-]+\(?(?P<side>left|right)\)?$", re.IGNORECASE),
    re.compile(r"^(?P<rest>.+?)[\s,]+(?P<side>left|right) (?:side|hemisphere)$", re.IGNORECASE),
    re.compile(r"^(?:ctx[\-_])?(?P<side>lh|rh)[\-_.](?P<rest>.+)$", re.IGNORECASE),
    re.compile(r"^(?P<rest>.+)[\-_. ]\(?(?P<side>L|R|lh|rh)\)?$"),
    re.compile(r"^(?P<side>L|R)[\-_. ](?P<rest>.+)$"),
)
"""FreeSurfer's ("Left-Thalamus", "lh.V1", "ctx-lh-cuneus"), AAL's ("Precentral_L") and plain
English names; a letter counts only in capitals and set off."""


def hemisphere_in_name(text: str) -> tuple[int, str] | None:
    """Return the hemisphere in a name, 1 left or 2 right, and the name without it; None if none.

    Examples
    --------
    >>> hemisphere_in_name("ctx-lh-cuneus"), hemisphere_in_name("Lingual")
    ((1, 'cuneus'), None)
    """
    for pattern in PATTERNS:
        match = pattern.match(text.strip())
        if match:
            hemisphere = LEFT if match["side"].lower().startswith("l") else RIGHT
            return hemisphere, match["rest"].casefold()
    return None


def hemispheres_by_id(region_map: RegionMap) -> dict[int, int] | None:
    """Return the hemisphere of each region that has no regions below it, by its id.

    A column of the table states it (attribute ``hemisphere``; regions without one lie in both),
    else acronym or name.

    Returns
    -------
    hemispheres
        1 (left) or 2 (right) by id; None unless both occur and all names state it: names that
        happen to end in "r" must not become hemispheres.
    """
    rows = (region_map.row_of_rank(rank) for rank in range(1, len(region_map) + 1))
    numbers = {row["id"]: NUMBERS.get(str(row.get("hemisphere", "")).lower(), 0) for row in rows}
    stated = {int(region_id): number for region_id, number in numbers.items() if number}
    if set(stated.values()) == {LEFT, RIGHT}:
        return stated
    hemispheres = {}
    for rank in range(1, len(region_map) + 1):
        if region_map.ends[rank] - rank > 1:
            continue
        row = region_map.row_of_rank(rank)
        parsed = hemisphere_in_name(row["name"]) or hemisphere_in_name(row["acronym"])
        if parsed is None:
            return None
        hemispheres[int(region_map.ids[rank])] = parsed[0]
    return hemispheres if set(hemispheres.values()) == {LEFT, RIGHT} else None


def paint_hemispheres(ids: NDArray[Any], hemispheres: Mapping[int, int]) -> NDArray[np.uint8]:
    """Return the hemisphere of each voxel of an annotation, ``ids.shape``; 0 for other ids."""
    known = np.array(sorted(hemispheres))
    numbers = np.array([hemispheres[i] for i in known.tolist()], np.uint8)
    painted = np.zeros(ids.shape, np.uint8)
    for values, target in zip(ids, painted, strict=True):  # plane by plane: indices are wide
        at = np.searchsorted(known, values).clip(max=len(known) - 1)
        target[...] = np.where(known[at] == values, numbers[at], 0)
    return painted
