"""Overlap of two annotations per region, and of each region from slice to slice.

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

from ..core.regions.rank_volume import RankVolume
from ..core.regions.runs import Runs, encode_runs
from ..core.statistics import with_descendants
from .blocks import slabs_of
from .contacts import Faces

# ---- Change from slice to slice ------------------------------------------------------------------
#
# BlueBrain's alignment meter: for a region and two neighboring slices, the voxels that only one
# of them has, over the voxels of both. An atlas drawn slice by slice (CCFv2: median 0.193) is
# jagged across the slices; one drawn in three dimensions (CCFv3: 0.074) is not.


@dataclass(frozen=True, eq=False)
class SliceChange:
    """How regions change along an axis.

    Attributes
    ----------
    axis
        The axis.
    median
        Over all regions and slices; NaN where no region spans two slices.
    by_slice
        ``(n,)`` median over the regions from the slice before to this one, NaN for the first.
    regions
        ``(n,)`` ratios that each of these medians is of.
    """

    axis: int
    median: float
    by_slice: NDArray[np.float64]
    regions: NDArray[np.int64]


def slice_changes(
    ranks: NDArray[Any], faces: tuple[Faces, ...], n_ranks: int
) -> tuple[SliceChange, ...]:
    """Measure the change along every axis.

    The ratio of one region and two slices is ``|A xor B| / (|A| + |B|)``; 0 and 1 (nothing
    changes, nothing is shared) are left out, as BlueBrain does.

    Parameters
    ----------
    ranks
        C-contiguous annotation.
    faces
        Its faces, see `label_faces`.
    n_ranks
        Ranks from there on are left out, as is 0, the background: ids that the hierarchy does
        not know may be so many that no table holds them.
    """
    runs = encode_runs(ranks)
    return tuple(
        _measure_change(one, _measure_areas(runs, one.axis, n_ranks), ranks.shape) for one in faces
    )


def _measure_areas(runs: Runs, axis: int, n_ranks: int) -> NDArray[np.int64]:
    """Return ``(slices, n_ranks)`` voxels of every rank in every slice."""
    size, last = runs.shape[axis], axis == len(runs.shape) - 1
    stride = int(np.prod(runs.shape[axis + 1 :], dtype=np.int64))
    known = runs.values < n_ranks
    lengths = runs.lengths[known]
    key = runs.starts[known] // stride % size * n_ranks + runs.values[known]
    if not last:
        table = np.bincount(key, weights=lengths, minlength=size * n_ranks)
        return table.reshape(size, n_ranks).astype(np.int64)
    # A run along this axis adds one voxel to each slice from its first to its last.
    wide = (size + 1) * n_ranks
    change = np.bincount(key, minlength=wide)
    change -= np.bincount(key + lengths * n_ranks, minlength=wide)
    return change.reshape(size + 1, n_ranks).cumsum(axis=0)[:size]


def _measure_change(faces: Faces, areas: NDArray[np.int64], shape: tuple[int, ...]) -> SliceChange:
    size, n_ranks = areas.shape
    by_slice, regions = np.full(size, np.nan), np.zeros(size, np.int64)
    if size < 2:
        return SliceChange(faces.axis, float("nan"), by_slice, regions)
    at = faces.lower // faces.stride % size
    # Voxels that the next slice has not: what a slice loses, and likewise what it gains.
    lost, gained = (
        np.bincount((at * n_ranks + side)[side < n_ranks], minlength=size * n_ranks)
        for side in (faces.before, faces.behind)
    )
    either = (lost + gained).reshape(size, n_ranks)[:-1, 1:]
    both = (areas[:-1] + areas[1:])[:, 1:]
    counted = (either > 0) & (either < both)
    ratios = np.where(counted, either / np.maximum(both, 1), np.nan)
    regions[1:] = counted.sum(axis=1)
    for k in np.flatnonzero(counted.any(axis=1)):
        by_slice[k + 1] = np.median(ratios[k][counted[k]])
    median = float(np.median(ratios[counted])) if counted.any() else float("nan")
    return SliceChange(faces.axis, median, by_slice, regions)


# ---- Overlap of two annotations ------------------------------------------------------------------

WORK_BYTES = 24
"""For each voxel of a slab: both volumes, and 64-bit numbers while they are counted."""


@dataclass(frozen=True, eq=False)
class Overlap:
    """Voxels of each rank with its descendants, ``(n_ranks,)`` each.

    Attributes
    ----------
    first, second, both
        In the one annotation, in the other, at the same place in both.
    n_differing
        Voxels where they differ.
    agreement
        Twice the voxels of one label in both, over the labeled voxels of both; NaN without any.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    both: NDArray[np.int64]
    n_differing: int
    agreement: float
    _differs: tuple[tuple[int, int, NDArray[np.uint8]], ...]
    """First position and number of voxels of each slab, and a bit for each."""

    @property
    def differing(self) -> NDArray[np.int64]:
        """C-order positions where they differ, ascending; made anew on each use."""
        positions = [
            first + np.flatnonzero(np.unpackbits(bits, count=n)) for first, n, bits in self._differs
        ]
        return np.concatenate([np.zeros(0, np.int64), *positions])

    @property
    def dice(self) -> NDArray[np.float64]:
        """Twice what is shared over what both have; NaN for regions without voxels."""
        either = self.first + self.second
        return np.asarray(np.where(either > 0, 2 * self.both / np.maximum(either, 1), np.nan))


def region_overlap(rank_volume: RankVolume, second: Callable[[slice], NDArray[Any]]) -> Overlap:
    """Compare an annotation with another volume of its ranks.

    Parameters
    ----------
    rank_volume
        The one annotation, whose hierarchy says what descends from what.
    second
        Gives planes along axis 0 of the other, asked for one slab after the other.
    """
    n, shape = rank_volume.n_ranks, rank_volume.raw.shape
    plane = int(np.prod(shape[1:], dtype=np.int64))
    counts = np.zeros((2, n), np.int64)
    pairs: dict[int, int] = {}
    differs = []
    for planes in slabs_of(shape, WORK_BYTES):
        x, y = rank_volume.raw[planes].reshape(-1), second(planes).reshape(-1)
        counts[0] += np.bincount(x, minlength=n)
        differ = x != y
        # A bit for each voxel: as positions, those of an atlas that is not symmetric would take
        # ten times the volume.
        differs.append((planes.start * plane, len(x), np.packbits(differ)))
        keys = x[differ].astype(np.int64) * n + y[differ]
        for key, times in zip(*np.unique(keys, return_counts=True), strict=True):
            pairs[int(key)] = pairs.get(int(key), 0) + int(times)
    key = np.array(sorted(pairs), np.int64)
    times = np.array([pairs[k] for k in key.tolist()], np.int64)
    x, y = key // n, key % n
    gone = np.bincount(x, weights=times, minlength=n).astype(np.int64)
    come = np.bincount(y, weights=times, minlength=n).astype(np.int64)
    counts[1] = counts[0] - gone + come
    same = counts[0] - gone
    above = _find_common_ancestors(rank_volume, x, y)
    shared = same + np.bincount(above, weights=times, minlength=n).astype(np.int64)
    shared[0] = 0  # background on one side, or no common ancestor
    total, labeled = int(same[1:].sum()), int(counts[:, 1:].sum())
    return Overlap(
        with_descendants(counts[0], rank_volume),
        with_descendants(counts[1], rank_volume),
        with_descendants(shared, rank_volume),
        int(times.sum()),
        2 * total / labeled if labeled else float("nan"),
        tuple(differs),
    )


def _find_common_ancestors(
    rank_volume: RankVolume, a: NDArray[np.int64], b: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the rank of the lowest region that holds both, 0 where there is none."""
    n_known = len(rank_volume.region_map.ids)
    parents = np.zeros(rank_volume.n_ranks, np.int64)
    parents[:n_known] = np.maximum(rank_volume.region_map.parent_ranks, 0)
    low, high = np.minimum(a, b), np.maximum(a, b)
    while True:
        # In pre-order a subtree that holds both begins at or before the lower of them.
        outside = (low > 0) & (rank_volume.ends[low] <= high)
        if not outside.any():
            return low
        low = np.where(outside, parents[low], low)
