"""What is summed per region over a block of an annotation: whole numbers, which add up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .runs import Runs, encode_runs
from .sides import SidePlane, Sides


@dataclass(frozen=True, eq=False)
class RegionSums:
    """Sums over the voxels of each rank; those of a volume are those of its blocks, added up.

    Attributes
    ----------
    twice
        ``(n_ranks, ndim)`` int64: twice the sum of the voxels' centres, in voxels.
    on_side
        ``(3, n_ranks)`` int64: voxels on no side, on the left and on the right; zeros where
        nothing tells sides.
    """

    twice: NDArray[np.int64]
    on_side: NDArray[np.int64]

    @classmethod
    def nothing(cls, n_ranks: int, ndim: int) -> RegionSums:
        """Sums over no voxel."""
        return cls(np.zeros((n_ranks, ndim), np.int64), np.zeros((3, n_ranks), np.int64))

    def __add__(self, other: RegionSums) -> RegionSums:
        """Sums over the voxels of both."""
        return RegionSums(self.twice + other.twice, self.on_side + other.on_side)


def sums_of_block(
    block: NDArray[Any],
    start: Sequence[int],
    shape: Sequence[int],
    n_ranks: int,
    sides: Sides | None,
) -> RegionSums:
    """Sum over a block of ranks.

    Parameters
    ----------
    block
        Its ranks, C-contiguous.
    start
        Index of its first voxel in the volume.
    shape
        Of the whole volume, which sides are told for.
    n_ranks
        Ranks that there are.
    sides
        What tells sides, or None.
    """
    sums = RegionSums.nothing(n_ranks, block.ndim)
    runs = encode_runs(block)
    ranks = runs.values.astype(np.int64)
    for axis, first in enumerate(np.unravel_index(runs.starts, runs.shape)):
        # Along the last axis the run itself is long.
        extent = runs.lengths if axis == block.ndim - 1 else 1
        centre = 2 * (first + start[axis]) + extent
        weighted = np.bincount(ranks, weights=centre * runs.lengths, minlength=n_ranks)
        sums.twice[:, axis] = weighted.astype(np.int64)
    if isinstance(sides, SidePlane):
        every = np.bincount(ranks, weights=runs.lengths, minlength=n_ranks).astype(np.int64)
        sums.on_side[sides.low] = _below(runs, ranks, sides, start[sides.axis], n_ranks)
        sums.on_side[3 - sides.low] = every - sums.on_side[sides.low]
    elif sides is not None:
        where = tuple(slice(a, a + n) for a, n in zip(start, block.shape, strict=True))
        sums.on_side[:] = _by_side(block, sides.seen(tuple(shape))[where], n_ranks)
    return sums


def _below(
    runs: Runs, ranks: NDArray[np.int64], plane: SidePlane, start: int, n: int
) -> NDArray[np.int64]:
    """Voxels of each rank below a plane: runs are cut, voxels not looked at."""
    first = np.unravel_index(runs.starts, runs.shape)[plane.axis] + start
    if plane.axis == len(runs.shape) - 1:
        below = np.clip(plane.boundary - first, 0, runs.lengths)
    else:
        below = np.where(first < plane.boundary, runs.lengths, 0)
    return np.bincount(ranks, weights=below, minlength=n).astype(np.int64)


def _by_side(block: NDArray[Any], sides: NDArray[np.uint8], n: int) -> NDArray[np.int64]:
    """``(3, n)`` voxels of each rank on no side, on the left and on the right."""
    narrow = 3 * n <= 2**16
    sided = np.multiply(sides, n, dtype=np.uint16 if narrow else np.uint32)
    sided += block.astype(sided.dtype, copy=False)
    runs = encode_runs(sided)
    counts = np.bincount(runs.values, weights=runs.lengths, minlength=3 * n)
    return counts.astype(np.int64).reshape(3, n)
