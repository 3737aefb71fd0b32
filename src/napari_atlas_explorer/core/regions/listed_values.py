"""Values of a table by region, ordered by rank."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import ArgumentError, HierarchyError, UnknownRegionError
from .rank_volume import RankVolume
from .rows import as_id

NOBODY = ("", "0", "unannotated", "outside")
"""Keys of rows that stand for no region, as `stats` writes them of points in none."""


@dataclass(frozen=True)
class ListedValues:
    """Listed values by rank.

    Attributes
    ----------
    rank_volume
        The annotation.
    values
        ``(n_ranks,)`` float64; NaN where the list has no number.
    listed
        ``(n_ranks,)`` whether the list names the region at all, with a number or without.
    unknown
        Names and ids that no region of the atlas has.
    """

    rank_volume: RankVolume
    values: NDArray[np.float64]
    listed: NDArray[np.bool_]
    unknown: tuple[str, ...]

    def filled_down(self) -> NDArray[np.float64]:
        """Return ``(n_ranks,)`` values, inherited from the nearest listed ancestor.

        A region that is listed without a number keeps none, and so do those below it.
        """
        filled, listed = self.values.copy(), self.listed.copy()
        for rank, parent in enumerate(self.rank_volume.region_map.parent_ranks.tolist()):
            if parent and not listed[rank] and listed[parent]:
                filled[rank], listed[rank] = filled[parent], True
        return filled


def listed_values(
    rank_volume: RankVolume, ids: Sequence[str], names: Sequence[str], numbers: ArrayLike
) -> ListedValues:
    """Assign listed numbers to the regions that the list names.

    Parameters
    ----------
    rank_volume
        The annotation.
    ids, names
        ``(n,)`` of each row the id, "" for none, and the acronym or name (or id), which counts
        where there is no id.
    numbers
        ``(n,)`` one for each row; NaN is "none".

    Raises
    ------
    ArgumentError
        If two rows name one region.
    """
    values = np.full(rank_volume.n_ranks, np.nan)
    listed = np.zeros(rank_volume.n_ranks, bool)
    unknown = []
    known = {i: rank for rank, i in enumerate(rank_volume.ids.tolist()) if rank}
    given = np.asarray(numbers, dtype=np.float64).tolist()
    for row_id, name, number in zip(ids, names, given, strict=True):
        key = row_id or name
        rank = _find_id(known, row_id) if row_id else _find_name(rank_volume, known, name)
        if rank is None:
            if key not in NOBODY:
                unknown.append(key)
        elif listed[rank]:
            raise ArgumentError(
                f"region {key} stands in two rows; expected one row for each region, "
                f"not one for each side or sample"
            )
        else:
            values[rank], listed[rank] = number, True
    return ListedValues(rank_volume, values, listed, tuple(unknown))


def _find_id(known: dict[int, int], text: str) -> int | None:
    """Return the rank of an id as it is written: "315" or, beside empty cells, "315.0"."""
    try:
        return known.get(as_id(text))
    except HierarchyError:
        return None


def _find_name(rank_volume: RankVolume, known: dict[int, int], text: str) -> int | None:
    """Return the rank of an acronym, name or id; None unless exactly one fits."""
    if text not in rank_volume.region_map:
        return _find_id(known, text)
    try:
        return rank_volume.region_map.rank(text)
    except UnknownRegionError:
        return None
