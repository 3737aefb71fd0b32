"""Pre-order numbering of a forest given by parent links.

A node with all its descendants is then one interval of numbers: ``[start, end)``.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .errors import HierarchyError


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
