"""The shape of a hierarchy: regions as pre-order ranks."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np
from numpy.typing import NDArray

from .errors import UnknownRegionError
from .tree import PreOrder


class RegionTree:
    """Ids, parents, intervals and depths by rank; rank 0 is background.

    Attributes
    ----------
    ids
        ``(n + 1,)`` int64: id of each rank; ``ids[0]`` is 0.
    parents
        ``(n + 1,)`` rank of the parent; 0 for a root and for background.
    ends
        ``(n + 1,)``: rank ``k`` with all its descendants is ``[k, ends[k])``.
    depths
        ``(n + 1,)`` steps from the root; -1 for background.
    """

    def __init__(self, ids: list[int], pre: PreOrder) -> None:
        background = np.zeros(1, np.int64)
        self.ids: NDArray[np.int64] = np.concatenate(
            [background, np.array(ids, np.int64)[pre.order]]
        )
        self.parents: NDArray[np.int64] = np.concatenate([background, pre.parent + 1])
        self.ends: NDArray[np.int64] = np.concatenate([background + 1, pre.end + 1])
        self.depths: NDArray[np.int64] = np.concatenate([background - 1, pre.depth])
        self._rank_of_id: dict[int, int] = {int(v): k for k, v in enumerate(self.ids.tolist()) if k}

    def __len__(self) -> int:
        """Return the number of regions (background not counted)."""
        return len(self.ids) - 1

    def __iter__(self) -> Iterator[int]:
        """Iterate over the ids in pre-order."""
        return iter(self.ids[1:].tolist())

    def rank_of_id(self, region_id: int) -> int:
        """Rank of an id, 0 if the hierarchy does not know it."""
        return self._rank_of_id.get(int(region_id), 0)

    def require_id(self, region_id: int) -> int:
        """Rank of an id, or raise `UnknownRegionError`."""
        is_id = isinstance(region_id, int | np.integer) and not isinstance(region_id, bool)
        rank = self._rank_of_id.get(int(region_id)) if is_id else None
        if rank is None:
            raise UnknownRegionError(region_id, "no region has this id")
        return rank

    def ancestor_ranks(self, rank: int) -> list[int]:
        """Ranks of a region's ancestors, root first, without itself."""
        chain: list[int] = []
        parent = int(self.parents[rank])
        while parent:
            chain.append(parent)
            parent = int(self.parents[parent])
        return chain[::-1]

    def child_ranks(self, rank: int) -> list[int]:
        """Ranks of a region's children in sibling order; of the roots for rank 0."""
        first, stop = (1, len(self) + 1) if rank == 0 else (rank + 1, int(self.ends[rank]))
        children = []
        while first < stop:
            children.append(first)
            first = int(self.ends[first])
        return children

    def at_depth(self, depth: int) -> NDArray[np.int64]:
        """For every rank, the rank of its ancestor at a depth (0 is the root) or its own.

        Returns
        -------
        (n + 1,) array; a region above the depth stands for itself, background for background.
        """
        target = np.arange(len(self.ids))
        deeper = self.depths > depth
        # Parents precede children in pre-order, so one pass in order settles every node.
        for rank in np.flatnonzero(deeper).tolist():
            target[rank] = target[self.parents[rank]]
        return target

    def intervals(self, ranks: Collection[int]) -> list[tuple[int, int]]:
        """Disjoint, ascending rank intervals that cover these regions with all descendants."""
        merged: list[tuple[int, int]] = []
        for rank in sorted(set(ranks)):
            start, stop = rank, int(self.ends[rank])
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
            else:
                merged.append((start, stop))
        return merged
