"""What an image holds in each region: mean, median, sum, least, greatest, count.

One pass over runs of equal label: NumPy's ``reduceat`` sums and compares a run at a time, and
3 million runs, not 77 million voxels, are then given to their regions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .annotation import Annotation
from .region_medians import RegionMedians
from .runs import PLANES_PER_BLOCK
from .side_groups import greatest, least, side_names, summed
from .sides import Sides
from .volume_sampling import VolumeSampler
from .voxels import VoxelData

Progress = Callable[[float], None]


@dataclass(frozen=True)
class ValueStatistics:
    """Statistics by side and rank, each ``(n_sides, n_ranks)``.

    Attributes
    ----------
    count
        Voxels that have a value.
    outside
        Voxels whose centre lies outside the image.
    missing
        Voxels where the image holds NaN.
    sum, mean, min, max
        Float64 over the voxels counted; without any, the sum is 0 and the others are NaN.
        Infinite values are values.
    median
        Exact: the middle value, or the mean of the two middle ones. None if not asked for.
    """

    count: NDArray[np.int64]
    outside: NDArray[np.int64]
    missing: NDArray[np.int64]
    sum: NDArray[np.float64]
    min: NDArray[np.float64]
    max: NDArray[np.float64]
    median: NDArray[np.float64] | None

    @property
    def mean(self) -> NDArray[np.float64]:
        """Sum over count; NaN without voxels."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return self.sum / self.count


@dataclass(frozen=True)
class RegionValues:
    """An image's values, region by region.

    Attributes
    ----------
    labels
        The annotation.
    sides
        Names of the rows: ("both",), or ("neither", "left", "right").
    direct, total
        Of the voxels that carry the region's own id, and with all its descendants. Background
        is rank 0; it has no median.
    """

    labels: Annotation
    sides: tuple[str, ...]
    direct: ValueStatistics
    total: ValueStatistics


class Block(NamedTuple):
    """Some planes as runs of one group each; a group is ``side · n_ranks + rank``."""

    groups: NDArray[np.int64]
    starts: NDArray[np.intp]
    lengths: NDArray[np.intp]
    values: NDArray[Any]
    outside: NDArray[np.int64] | None
    missing: NDArray[np.int64] | None


def region_values(
    labels: Annotation,
    volume: VoxelData,
    sides: Sides | None = None,
    *,
    median: bool = True,
    progress: Progress | None = None,
) -> RegionValues:
    """Statistics of an image's values over every region.

    Parameters
    ----------
    labels
        The annotation.
    volume
        Scalars: on the annotation's grid or on any other in µm, whose values are then taken at
        the annotation's voxel centres, without interpolation. What lies outside, and NaN, is
        not counted in any statistic but its own.
    sides
        What tells the hemisphere; None takes both together.
    median
        Whether medians are wanted; they cost more than all the rest.
    progress
        Called with the share of the work that is done, 0 to 1.

    Raises
    ------
    ArgumentError
        If the volume has more than one value per voxel, or other than real numbers.
    """
    names = side_names(sides)
    n = len(names) * labels.n_ranks
    sampler = VolumeSampler(volume, labels.grid)
    report = _Halves(progress, 2 if median else 1)
    count, outside, missing = (np.zeros(n, np.int64) for _ in range(3))
    total = np.zeros(n)
    low, high = np.full(n, np.nan), np.full(n, np.nan)
    for block in _blocks(labels, sampler, sides, report.next()):
        for target, more in ((outside, block.outside), (missing, block.missing)):
            if more is not None:
                target += more
        if not len(block.values):
            continue
        groups, starts, values = block.groups, block.starts, block.values
        count += np.bincount(groups, weights=block.lengths, minlength=n).astype(np.int64)
        with np.errstate(invalid="ignore", over="ignore"):  # ∞ - ∞ is NaN
            sums = np.add.reduceat(values, starts, dtype=_sum_type(values.dtype))
            total += np.bincount(groups, weights=sums, minlength=n)
        np.fmin.at(low, groups, np.minimum.reduceat(values, starts).astype(np.float64))
        np.fmax.at(high, groups, np.maximum.reduceat(values, starts).astype(np.float64))
    shape = (len(names), labels.n_ranks)
    middle: RegionMedians | None = None
    if median:
        middle = RegionMedians(labels, count.reshape(shape), volume.dtype)
        for block in _blocks(labels, sampler, sides, report.next()):
            middle.add(block.groups, block.starts, block.lengths, block.values)
    own, whole = middle.medians() if middle is not None else (None, None)
    direct = ValueStatistics(
        count.reshape(shape), outside.reshape(shape), missing.reshape(shape),
        total.reshape(shape), low.reshape(shape), high.reshape(shape), own,
    )  # fmt: skip
    return RegionValues(labels, names, direct, _with_descendants(direct, labels, whole))


def _with_descendants(
    direct: ValueStatistics, labels: Annotation, median: NDArray[np.float64] | None
) -> ValueStatistics:
    return ValueStatistics(
        summed(direct.count, labels), summed(direct.outside, labels),
        summed(direct.missing, labels), summed(direct.sum, labels),
        least(direct.min, labels), greatest(direct.max, labels), median,
    )  # fmt: skip


def _blocks(
    labels: Annotation, sampler: VolumeSampler, sides: Sides | None, report: Progress
) -> Iterator[Block]:
    """The volume in slabs, each as runs of voxels with a value."""
    n_ranks, ranks = labels.n_ranks, labels.ranks
    n = n_ranks * (1 if sides is None else 3)
    side_of = None if sides is None else sides.volume(ranks.shape)
    width = np.uint16 if n <= 2**16 else np.uint32
    for first in range(0, len(ranks), PLANES_PER_BLOCK):
        stop = min(first + PLANES_PER_BLOCK, len(ranks))
        groups = ranks[first:stop]
        if side_of is not None:
            groups = np.multiply(side_of[first:stop], n_ranks, dtype=width)
            groups += ranks[first:stop].astype(width, copy=False)
        groups = groups.reshape(-1)
        values, inside = sampler.slab(first, stop)
        values = values.reshape(-1)
        outside = missing = None
        if inside is not None:
            within = inside.reshape(-1)
            outside = np.bincount(groups[~within], minlength=n)
            groups, values = groups[within], values[within]
        if values.dtype.kind == "f":
            strange = np.isnan(values)
            if strange.any():
                missing = np.bincount(groups[strange], minlength=n)
                groups, values = groups[~strange], values[~strange]
        elif values.dtype.kind == "b":
            values = values.view(np.uint8)
        yield Block(*_runs(groups), values, outside, missing)
        report(stop / len(ranks))


def _runs(
    groups: NDArray[Any],
) -> tuple[NDArray[np.int64], NDArray[np.intp], NDArray[np.intp]]:
    """Group, start and length of each run of equal groups."""
    begins = np.empty(len(groups), bool)
    begins[:1] = True
    np.not_equal(groups[1:], groups[:-1], out=begins[1:])
    starts = np.flatnonzero(begins)
    return groups[starts].astype(np.int64), starts, np.diff(starts, append=len(groups))


def _sum_type(dtype: np.dtype[Any]) -> type[Any]:
    """Type in which a run is summed: whole numbers exactly, others in double precision."""
    return {"u": np.uint64, "i": np.int64}.get(dtype.kind, np.float64)


class _Halves:
    """Tells progress over several passes."""

    def __init__(self, progress: Progress | None, passes: int) -> None:
        self._progress = progress
        self._passes = passes
        self._done = -1

    def next(self) -> Progress:
        """Begin a pass; returns what is to be called with its own share."""
        self._done += 1

        def report(share: float) -> None:
            if self._progress is not None:
                self._progress((self._done + share) / self._passes)

        return report
