"""Hemispheres that the names of regions state, such as "Left-Thalamus" and "L_V1"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..space.hemispheres import LEFT, RIGHT
from .region_map import RegionMap

NUMBERS = {"left": LEFT, "right": RIGHT, "lh": LEFT, "rh": RIGHT, "l": LEFT, "r": RIGHT}
AT_START = re.compile(r"(?:ctx|wm|sc)?[-_. ]*(left|right|lh|rh|l|r)[-_. ]+\S", re.IGNORECASE)
"""FreeSurfer writes "ctx-lh-cuneus" and "Left-Thalamus", the HCP "L_V1"."""
AT_END = re.compile(r"\S(?:[-_., ]+|[-_., ]*\()(left|right|lh|rh|l|r)\)?", re.IGNORECASE)


def hemisphere_in_name(name: str) -> int:
    """Return 1 for a name that begins or ends with a word for left, 2 for right, else 0.

    Examples
    --------
    >>> [hemisphere_in_name(n) for n in ("ctx-lh-cuneus", "V1 (R)", "Thalamus, left", "Lingual")]
    [1, 2, 1, 0]
    """
    text = name.strip()
    start = AT_START.match(text)
    end = re.search(AT_END.pattern + r"$", text, re.IGNORECASE)
    word = start[1] if start else end[1] if end else ""
    return NUMBERS.get(word.lower(), 0)


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
    rows = (region_map.row(rank) for rank in range(1, len(region_map) + 1))
    numbers = {row["id"]: NUMBERS.get(str(row.get("hemisphere", "")).lower(), 0) for row in rows}
    stated = {int(region_id): number for region_id, number in numbers.items() if number}
    if set(stated.values()) == {LEFT, RIGHT}:
        return stated
    hemispheres = {}
    for rank in range(1, len(region_map) + 1):
        if region_map.ends[rank] - rank > 1:
            continue
        row = region_map.row(rank)
        number = hemisphere_in_name(row["name"]) or hemisphere_in_name(row["acronym"])
        if not number:
            return None
        hemispheres[int(region_map.ids[rank])] = number
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
