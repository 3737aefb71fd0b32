"""How well two annotations agree, for every region with its descendants at once.

Only voxels that differ are looked at one by one: a voxel that is ``a`` in one and ``b`` in the
other counts for every region that both descend from, so its place in the sums is their lowest
common ancestor.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.annotation import Annotation
from ..core.statistics import with_descendants

ROWS_PER_BLOCK = 1 << 22


@dataclass(frozen=True, eq=False)
class Overlap:
    """Voxels of each rank with its descendants, ``(n_ranks,)`` each.

    Attributes
    ----------
    first, second, both
        In the one annotation, in the other, at the same place in both.
    differing
        C-order positions where they differ, ascending.
    agreement
        Twice the voxels of one label in both, over the labelled voxels of both; NaN without any.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    both: NDArray[np.int64]
    differing: NDArray[np.int64]
    agreement: float

    @property
    def dice(self) -> NDArray[np.float64]:
        """Twice what is shared over what both have; NaN for regions without voxels."""
        either = self.first + self.second
        return np.asarray(np.where(either > 0, 2 * self.both / np.maximum(either, 1), np.nan))


def region_overlap(labels: Annotation, first: NDArray[Any], second: NDArray[Any]) -> Overlap:
    """Compare two volumes of ranks.

    Parameters
    ----------
    labels
        Whose ranks they are: its hierarchy says what descends from what.
    first, second
        C-contiguous volumes of one shape.
    """
    n = labels.n_ranks
    a, b = first.reshape(-1), second.reshape(-1)
    counts = np.zeros((2, n), np.int64)
    found = []
    for start in range(0, len(a), ROWS_PER_BLOCK):
        x, y = a[start : start + ROWS_PER_BLOCK], b[start : start + ROWS_PER_BLOCK]
        counts[0] += np.bincount(x, minlength=n)
        found.append(np.flatnonzero(x != y) + start)
    differing = np.concatenate(found)
    x, y = a[differing].astype(np.int64), b[differing].astype(np.int64)
    gone, come = np.bincount(x, minlength=n), np.bincount(y, minlength=n)
    counts[1] = counts[0] - gone + come
    same = counts[0] - gone
    key, times = np.unique(x * n + y, return_counts=True)
    above = _common_ancestors(labels, key // n, key % n)
    shared = same + np.bincount(above, weights=times, minlength=n).astype(np.int64)
    shared[0] = 0  # background on one side, or no common ancestor
    total, labelled = int(same[1:].sum()), int(counts[:, 1:].sum())
    return Overlap(
        with_descendants(counts[0], labels),
        with_descendants(counts[1], labels),
        with_descendants(shared, labels),
        differing.astype(np.int64),
        2 * total / labelled if labelled else float("nan"),
    )


def _common_ancestors(
    labels: Annotation, a: NDArray[np.int64], b: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Rank of the lowest region that holds both, 0 where there is none."""
    n_known = len(labels.region_map.ids)
    parents = np.zeros(labels.n_ranks, np.int64)
    parents[:n_known] = np.maximum(labels.region_map.parents, 0)
    low, high = np.minimum(a, b), np.maximum(a, b)
    while True:
        # In pre-order a subtree that holds both begins at or before the lower of them.
        outside = (low > 0) & (labels.ends[low] <= high)
        if not outside.any():
            return low
        low = np.where(outside, parents[low], low)
