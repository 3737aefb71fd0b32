"""Regions mapped to the regions of a shorter list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import ArgumentError
from .hierarchy import Hierarchy


class Remapped(NamedTuple):
    """Ids after a mapping.

    Attributes
    ----------
    ids
        Of the shape that was asked; unknown ids as they came.
    unknown
        The ids, ascending, that the hierarchy does not know.
    """

    ids: NDArray[np.int64]
    unknown: list[int]


@dataclass(frozen=True)
class RegionMapping:
    """Assignment of each region to one of a shorter list; see `RegionMap.mapping_to`.

    Attributes
    ----------
    source
        ``(n,)`` ids, ascending; background (0) is among them.
    target
        ``(n,)`` id that each becomes; 0 stays 0.
    """

    source: NDArray[np.int64]
    target: NDArray[np.int64]

    def __repr__(self) -> str:
        """Describe how many regions become how many."""
        n, kept = np.count_nonzero(self.source), np.count_nonzero(np.unique(self.target))
        return f"<RegionMapping: {n} regions onto {kept}>"

    @classmethod
    def to(cls, hierarchy: Hierarchy, ranks: Iterable[int]) -> RegionMapping:
        """Map a hierarchy to some of its ranks.

        >>> mapping = RegionMapping.to(regions.hierarchy, [regions.rank("HPF")])
        >>> regions.acronym(mapping.remap([225]).ids[0])
        'HPF'
        """
        listed = set(ranks)
        target = np.zeros(len(hierarchy.ids), np.int64)
        # Parents come before children in pre-order, so each inherits what is settled.
        for rank in range(1, len(hierarchy.ids)):
            parent = int(hierarchy.parents[rank])
            target[rank] = rank if rank in listed or not parent else target[parent]
        # A region of id 0 has no voxels: 0 is background, always.
        regions = np.flatnonzero(hierarchy.ids)
        source = np.append(0, hierarchy.ids[regions])
        to_id = np.append(0, hierarchy.ids[target[regions]])
        order = np.argsort(source)
        return cls(source[order], to_id[order])

    def remap(self, ids: ArrayLike) -> Remapped:
        """Return the ids of the regions that these stand for.

        Parameters
        ----------
        ids
            Integers of any shape: a volume, a column of a table.

        Returns
        -------
        Ids of the same shape, and the ids that are not in the hierarchy: those are kept.

        Examples
        --------
        >>> mapping = regions.mapping_to(["HPF", "TH"])
        >>> mapping.remap([225, 0, 10**9]).unknown, regions.acronym(mapping.remap([225]).ids[0])
        ([1000000000], 'HPF')
        """
        asked = np.asarray(ids)
        if not np.issubdtype(asked.dtype, np.integer):
            raise ArgumentError(f"ids of dtype {asked.dtype}; expected integers")
        # Many voxels, few ids: each id is looked up once.
        unique, where = np.unique(asked, return_inverse=True)
        wide = unique.astype(np.int64)
        at = np.minimum(np.searchsorted(self.source, wide), len(self.source) - 1)
        known = self.source[at] == wide
        answer = np.where(known, self.target[at], wide)
        return Remapped(answer[where.reshape(asked.shape)], wide[~known].tolist())
