"""Hierarchies collapsed to a level or to a list of regions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import ArgumentError
from .rank_volume import RankVolume
from .region_map import RegionKey


@dataclass(frozen=True)
class Collapse:
    """Assignment of each region to the region that it counts for.

    Attributes
    ----------
    target
        ``(n_ranks,)`` int64: rank that each rank counts for; background for itself, and ids
        that the hierarchy does not know for themselves.
    shown
        Ascending ranks that have a row of their own.
    """

    target: NDArray[np.int64]
    shown: NDArray[np.int64]

    @classmethod
    def of(
        cls,
        rank_volume: RankVolume,
        level: int | None = None,
        regions: Iterable[RegionKey] | None = None,
    ) -> Collapse:
        """Collapse to a level, to a list of regions, or not at all.

        Parameters
        ----------
        rank_volume
            The annotation.
        level
            Steps from the root (0 is the root). Regions below it count for their ancestor
            there, those above for themselves.
        regions
            Each stands for itself and for what is below it and under no lower one of the list;
            what is under none of them counts for its root; see `RegionMap.mapping_to`.

        Raises
        ------
        ArgumentError
            If both are given, or the level is negative.
        UnknownRegionError
            If one of the regions is not known.
        """
        if level is not None and regions is not None:
            raise ArgumentError("both a level and a list of regions; expected one of them")
        target = np.arange(rank_volume.n_ranks)
        n_known = len(rank_volume.region_map.ids)
        shown = target[1:]
        if level is not None:
            if level < 0:
                raise ArgumentError(f"level {level}; expected 0 (the root) or more")
            target[:n_known] = rank_volume.region_map.at_depth(level)
            shown = np.unique(target)[1:]
        elif regions is not None:
            listed = list(regions)
            mapped = rank_volume.region_map.mapping_to(listed).remap(rank_volume.ids[:n_known]).ids
            ranks = [rank_volume.region_map.rank_of_id(i) for i in mapped.tolist()]
            target[:n_known] = ranks
            shown = np.union1d(target[1:], rank_volume.region_map.ranks_of(listed))
            shown = shown[shown > 0]
        return cls(target, shown)

    def collected(self, direct: NDArray[np.float64]) -> NDArray[np.float64]:
        """Add quantities ``(n_sides, n_ranks)`` to the ranks they count for."""
        n = len(self.target)
        return np.stack([np.bincount(self.target, weights=row, minlength=n) for row in direct])
