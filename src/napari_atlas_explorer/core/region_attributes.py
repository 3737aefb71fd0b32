"""Regions by name, and what is said of each."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from functools import cached_property
from typing import Any

import numpy as np

from .colors import Rgb, distinct_color, parse_rgb
from .errors import ArgumentError, UnknownRegionError
from .region_tree import RegionTree
from .tree import PreOrder

RegionKey = int | str
"""What names one region: its id, acronym or exact name."""


class RegionAttributes(RegionTree):
    """A tree of regions with one dict of attributes for each; see `RegionMap`."""

    def __init__(self, ids: list[int], pre: PreOrder, rows: list[dict[str, Any]]) -> None:
        super().__init__(ids, pre)
        self._rows = [{}, *rows]

    def __contains__(self, region: object) -> bool:
        """Tell whether an id, acronym or exact name is that of a region."""
        return (isinstance(region, int | np.integer | str)) and bool(self._candidates(region))

    # ---- names to ranks --------------------------------------------------------------------

    @cached_property
    def _ranks_of_acronym(self) -> dict[str, list[int]]:
        return self._index_by("acronym")

    @cached_property
    def _ranks_of_name(self) -> dict[str, list[int]]:
        return self._index_by("name")

    def _index_by(self, key: str) -> dict[str, list[int]]:
        table: dict[str, list[int]] = {}
        for rank in range(1, len(self._rows)):
            table.setdefault(self._rows[rank][key], []).append(rank)
        return table

    def _candidates(self, region: RegionKey | np.integer[Any]) -> list[int]:
        if isinstance(region, bool):
            return []
        if isinstance(region, int | np.integer):
            rank = self._rank_of_id.get(int(region))
            return [rank] if rank else []
        return self._ranks_of_acronym.get(region) or self._ranks_of_name.get(region) or []

    def rank(self, region: RegionKey | np.integer[Any]) -> int:
        """Pre-order rank of a region named by id, acronym or exact name (in this order).

        Raises
        ------
        UnknownRegionError
            If none answers to it (with close matches), or several do (with their ids).
        """
        found = self._candidates(region)
        if len(found) == 1:
            return found[0]
        if found:
            ids = ", ".join(str(self.ids[k]) for k in found[:6]) + (", …" * (len(found) > 6))
            raise UnknownRegionError(
                region, f"{len(found)} regions share it (ids {ids}); name one by its id"
            )
        close: list[str] = []
        if isinstance(region, str):
            by_folded = {a.casefold(): a for a in self._ranks_of_acronym}
            near = difflib.get_close_matches(region.casefold(), by_folded, n=3, cutoff=0.6)
            close = [by_folded[a] for a in near]
        raise UnknownRegionError(region, suggestions=close)

    def ranks_of(self, regions: RegionKey | Iterable[RegionKey]) -> list[int]:
        """Ranks of one region or of several, in the order given."""
        if isinstance(regions, str) or not isinstance(regions, Iterable):
            return [self.rank(regions)]
        return [self.rank(region) for region in regions]

    # ---- attributes ------------------------------------------------------------------------

    def row(self, rank: int) -> dict[str, Any]:
        """All attributes of the region with this rank (a fresh dict)."""
        return dict(self._rows[rank])

    def acronym(self, rank: int) -> str:
        """Acronym of the region with this rank."""
        return str(self._rows[rank]["acronym"])

    def name(self, rank: int) -> str:
        """Name of the region with this rank."""
        return str(self._rows[rank]["name"])

    @cached_property
    def _colors(self) -> tuple[list[Rgb], list[bool]]:
        found = [parse_rgb(row) for row in self._rows]
        return (
            [c if c is not None else distinct_color(k) for k, c in enumerate(found)],
            [c is not None for c in found],
        )

    def color(self, rank: int) -> Rgb:
        """Colour of a region: the source's own, else a made-up but repeatable one."""
        return self._colors[0][rank]

    def has_own_color(self, rank: int) -> bool:
        """Whether the source states the region's colour."""
        return self._colors[1][rank]

    def get(self, id: int, attr: str, with_ascendants: bool = False) -> Any:
        """Attribute of a region, or the list of it from the region up to the root (voxcell).

        Raises
        ------
        UnknownRegionError
            If no region has this id.
        ArgumentError
            If the region, or one of its ancestors, has no such attribute.
        """
        rank = self.require_id(id)
        chain = [rank, *self.ancestor_ranks(rank)[::-1]] if with_ascendants else [rank]
        values = []
        for k in chain:
            if attr not in self._rows[k]:
                raise ArgumentError(
                    f"region {self.ids[k]} has no attribute {attr!r}; "
                    f"it has {', '.join(sorted(self._rows[k]))}"
                )
            values.append(self._rows[k][attr])
        return values if with_ascendants else values[0]

    def is_leaf_id(self, id: int) -> bool:
        """Whether the region with this id has no children."""
        rank = self.require_id(id)
        return bool(self.ends[rank] == rank + 1)

    def find(
        self, value: Any, attr: str, ignore_case: bool = False, with_descendants: bool = False
    ) -> set[int]:
        """Ids of the regions whose attribute equals a value; an empty set if none (voxcell).

        Parameters
        ----------
        value
            The value sought; a string that starts with "@" is a regular expression that is
            searched for anywhere in the attribute.
        attr
            The attribute's key, for instance "acronym".
        ignore_case
            Compare strings without regard to case.
        with_descendants
            Include all descendants of what is found.
        """
        if isinstance(value, str) and value.startswith("@"):
            try:
                pattern = re.compile(value[1:], re.IGNORECASE if ignore_case else 0)
            except re.error as exc:
                raise ArgumentError(f"{value[1:]!r} is no regular expression: {exc}") from exc

            def matches(v: Any) -> bool:
                return v is not None and pattern.search(str(v)) is not None
        elif ignore_case and isinstance(value, str):
            folded = value.casefold()

            def matches(v: Any) -> bool:
                return isinstance(v, str) and v.casefold() == folded
        else:

            def matches(v: Any) -> bool:
                return bool(v == value)

        hits = [k for k in range(1, len(self._rows)) if matches(self._rows[k].get(attr))]
        if with_descendants:
            return {int(i) for k in hits for i in self.ids[k : self.ends[k]]}
        return {int(self.ids[k]) for k in hits}

    def path(self, rank: int) -> list[str]:
        """Acronyms from the root to the region itself; empty for background."""
        return [self.acronym(k) for k in (*self.ancestor_ranks(rank), rank)] if rank else []
