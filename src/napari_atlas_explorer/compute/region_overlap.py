"""How well two annotations agree, for every region with its descendants at once.

Only voxels that differ are looked at one by one: a voxel that is ``a`` in one and ``b`` in the
other counts for every region that both descend from, so its place in the sums is their lowest
common ancestor.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.annotation import Annotation
from ..core.statistics import with_descendants
from .block_budget import slabs_of

WORK_BYTES = 24
"""For each voxel of a slab: both volumes, and 64-bit numbers while they are counted."""


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


def region_overlap(labels: Annotation, second: Callable[[slice], NDArray[Any]]) -> Overlap:
    """Compare an annotation with another volume of its ranks.

    Parameters
    ----------
    labels
        The one annotation, whose hierarchy says what descends from what.
    second
        Gives planes along axis 0 of the other, asked for one slab after the other.
    """
    n, shape = labels.n_ranks, labels.ranks.shape
    plane = int(np.prod(shape[1:], dtype=np.int64))
    counts = np.zeros((2, n), np.int64)
    here, there, found = _Parts(), _Parts(), _Parts()
    for planes in slabs_of(shape, WORK_BYTES):
        x, y = labels.ranks[planes].reshape(-1), second(planes).reshape(-1)
        counts[0] += np.bincount(x, minlength=n)
        differs = np.flatnonzero(x != y)
        found.append(differs + planes.start * plane)
        here.append(x[differs].astype(np.int64))
        there.append(y[differs].astype(np.int64))
    x, y = here.whole(), there.whole()
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
        found.whole(),
        2 * total / labelled if labelled else float("nan"),
    )


class _Parts(list[NDArray[np.int64]]):
    """Pieces of an array that grows."""

    def whole(self) -> NDArray[np.int64]:
        return np.concatenate([np.zeros(0, np.int64), *self])


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
