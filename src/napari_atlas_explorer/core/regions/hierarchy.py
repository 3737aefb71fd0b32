"""A hierarchy as pre-order ranks, numbered from parent links.

A node with all its descendants is then one interval of numbers: ``[start, end)``.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass
from operator import index
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..arrays import read_only
from ..errors import ArgumentError, HierarchyError, short


@dataclass(frozen=True)
class PreOrder:
    """Pre-order arrays of a forest of ``n`` nodes.

    Attributes
    ----------
    order
        ``(n,)`` input positions in pre-order: ``order[k]`` is the k-th node visited.
    parent
        ``(n,)`` pre-order position of the parent, -1 for a root.
    end
        ``(n,)`` one past the last descendant: the subtree of ``k`` is ``[k, end[k])``.
    depth
        ``(n,)`` steps from the root.
    """

    order: NDArray[np.int64]
    parent: NDArray[np.int64]
    end: NDArray[np.int64]
    depth: NDArray[np.int64]


def number_forest(
    ids: Sequence[Hashable], parents: Sequence[Hashable | None], sort_keys: Sequence[float]
) -> PreOrder:
    """Number the nodes of a forest in pre-order.

    Parameters
    ----------
    ids
        One id per node.
    parents
        The parent's id, or None for a root.
    sort_keys
        Siblings are visited by ascending key; equal keys keep the order given.

    Raises
    ------
    HierarchyError
        On a duplicate id, a parent that is not there, or a cycle; the message names it.
    """
    position: dict[Hashable, int] = {}
    for i, node in enumerate(ids):
        if node in position:
            raise HierarchyError(f"region id {node} occurs twice; expected each id once")
        position[node] = i
    children: list[list[int]] = [[] for _ in ids]
    roots: list[int] = []
    for i, parent in enumerate(parents):
        if parent is None:
            roots.append(i)
        elif parent in position:
            children[position[parent]].append(i)
        else:
            raise HierarchyError(
                f"region {ids[i]} names {parent} as its parent, which is not in the hierarchy"
            )
    n = len(ids)
    order = np.empty(n, np.int64)
    parent_at = np.full(n, -1, np.int64)
    end = np.empty(n, np.int64)
    depth = np.zeros(n, np.int64)
    visited = 0
    # An explicit stack: a hierarchy 10,000 levels deep must not hit the recursion limit.
    # A negative entry marks the return from node ~entry, when its interval is complete.
    stack: list[tuple[int, int]] = [(i, -1) for i in sorted(roots, key=sort_keys.__getitem__)[::-1]]
    while stack:
        node, up = stack.pop()
        if node < 0:
            end[~node] = visited
            continue
        k = visited
        visited += 1
        order[k] = node
        parent_at[k] = up
        depth[k] = depth[up] + 1 if up >= 0 else 0
        stack.append((~k, -1))
        for child in sorted(children[node], key=sort_keys.__getitem__)[::-1]:
            stack.append((child, k))
    if visited < n:
        reached = set(order[:visited].tolist())
        lost = next(i for i in range(n) if i not in reached)
        raise HierarchyError(
            f"region {_node_on_cycle(lost, ids, parents, position)} is its own ancestor: "
            f"the hierarchy has a cycle"
        )
    return PreOrder(order, parent_at, end, depth)


def _node_on_cycle(
    start: int,
    ids: Sequence[Hashable],
    parents: Sequence[Hashable | None],
    position: dict[Hashable, int],
) -> Hashable:
    """Walk upwards from an unreached node until one repeats: that one is on the cycle."""
    seen: set[int] = set()
    node = start
    while node not in seen:
        seen.add(node)
        parent = parents[node]
        node = position[parent]
    return ids[node]


# ---- Hierarchies by rank -------------------------------------------------------------------------


class Hierarchy:
    """Ids, parents, intervals and depths by rank, read-only; rank 0 is background.

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
        self.ids = _join(background, np.array(ids, np.int64)[pre.order])
        self.parents = _join(background, pre.parent + 1)
        self.ends = _join(background + 1, pre.end + 1)
        self.depths = _join(background - 1, pre.depth)
        self._rank_of_id: dict[float | np.number[Any], int] = {
            v: k for k, v in enumerate(self.ids.tolist()) if k
        }

    def __len__(self) -> int:
        """Return the number of regions (background not counted)."""
        return len(self.ids) - 1

    def __iter__(self) -> Iterator[int]:
        """Iterate over the ids in pre-order."""
        return iter(self.ids[1:].tolist())

    def rank_of_id(self, region_id: float | np.number[Any]) -> int:
        """Return the rank of an id, 0 if the hierarchy does not know it."""
        return self._rank_of_id.get(region_id, 0)

    def ancestor_ranks(self, rank: int) -> list[int]:
        """Return the ranks of a region's ancestors, root first, without itself."""
        chain: list[int] = []
        parent = int(self.parents[rank])
        while parent:
            chain.append(parent)
            parent = int(self.parents[parent])
        return chain[::-1]

    def child_ranks(self, rank: int) -> list[int]:
        """Return the ranks of a region's children in sibling order; of the roots for rank 0."""
        first, stop = (1, len(self) + 1) if rank == 0 else (rank + 1, int(self.ends[rank]))
        children = []
        while first < stop:
            children.append(first)
            first = int(self.ends[first])
        return children

    def at_depth(self, depth: int) -> NDArray[np.int64]:
        """Map every rank to its ancestor at a depth, or to itself.

        Parameters
        ----------
        depth
            Place in the path from the root (0) to the region; a negative one counts from its
            end: -1 is the region itself, -2 its parent.

        Returns
        -------
        (n + 1,) array. Beyond the ends of a path stand the region itself and the root;
        background stands for background.

        Raises
        ------
        ArgumentError
            If the depth is no whole number.
        """
        try:
            depth = index(depth)
        except TypeError as exc:
            raise ArgumentError(
                f"level {short(depth)}; expected a whole number: 0 for the root, -1 for the region"
            ) from exc
        target = np.arange(len(self.ids))
        if depth < 0:
            above = np.where(self.parents > 0, self.parents, target)
            for _ in range(min(-1 - depth, int(self.depths.max()))):
                target = above[target]
            return target
        deeper = self.depths > depth
        # Parents precede children in pre-order, so one pass in order settles every node.
        for rank in np.flatnonzero(deeper).tolist():
            target[rank] = target[self.parents[rank]]
        return target

    def intervals(self, ranks: Collection[int]) -> list[tuple[int, int]]:
        """Merge regions with all descendants into disjoint, ascending intervals."""
        merged: list[tuple[int, int]] = []
        for rank in sorted(set(ranks)):
            start, stop = rank, int(self.ends[rank])
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
            else:
                merged.append((start, stop))
        return merged


def _join(background: NDArray[np.int64], regions: NDArray[np.int64]) -> NDArray[np.int64]:
    return read_only(np.concatenate([background, regions]))
