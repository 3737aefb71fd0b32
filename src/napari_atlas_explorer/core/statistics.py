"""Per-region sums: voxel counts, centroids, boxes and densities, by hemisphere."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .errors import ArgumentError
from .regions.rank_volume import RankVolume
from .regions.runs import Runs, encode_runs
from .space.hemispheres import LEFT, RIGHT, HemispherePlane, HemisphereRule
from .space.volume import VoxelData

if TYPE_CHECKING:
    import pandas as pd


# ---- Exact integer sums per region ---------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class RegionSums:
    """Sums over the voxels of each rank; those of a volume are those of its blocks, added up.

    Attributes
    ----------
    twice
        ``(n_ranks, ndim)`` int64: twice the sum of the voxels' centers, in voxels.
    on_side
        ``(3, n_ranks)`` int64: voxels on no side, on the left and on the right; zeros where
        nothing tells sides.
    """

    twice: NDArray[np.int64]
    by_hemisphere: NDArray[np.int64]

    @classmethod
    def nothing(cls, n_ranks: int, ndim: int) -> RegionSums:
        """Return sums over no voxel."""
        return cls(np.zeros((n_ranks, ndim), np.int64), np.zeros((3, n_ranks), np.int64))

    def __add__(self, other: RegionSums) -> RegionSums:
        """Sums over the voxels of both."""
        return RegionSums(self.twice + other.twice, self.by_hemisphere + other.by_hemisphere)


def sums_of_block(
    block: NDArray[Any],
    start: Sequence[int],
    shape: Sequence[int],
    n_ranks: int,
    hemisphere_rule: HemisphereRule | None,
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
    hemisphere_rule
        What tells sides, or None.
    """
    sums = RegionSums.nothing(n_ranks, block.ndim)
    runs = encode_runs(block)
    ranks = runs.values.astype(np.int64)
    for axis, first in enumerate(np.unravel_index(runs.starts, runs.shape)):
        # Along the last axis the run itself is long.
        extent = runs.lengths if axis == block.ndim - 1 else 1
        center = 2 * (first + start[axis]) + extent
        weighted = np.bincount(ranks, weights=center * runs.lengths, minlength=n_ranks)
        sums.twice[:, axis] = weighted.astype(np.int64)
    if isinstance(hemisphere_rule, HemispherePlane):
        every = np.bincount(ranks, weights=runs.lengths, minlength=n_ranks).astype(np.int64)
        sums.by_hemisphere[hemisphere_rule.low] = _count_below(
            runs, ranks, hemisphere_rule, start[hemisphere_rule.axis], n_ranks
        )
        sums.by_hemisphere[3 - hemisphere_rule.low] = (
            every - sums.by_hemisphere[hemisphere_rule.low]
        )
    elif hemisphere_rule is not None:
        where = tuple(slice(a, a + n) for a, n in zip(start, block.shape, strict=True))
        sums.by_hemisphere[:] = _split_by_hemisphere(
            block, hemisphere_rule.seen(tuple(shape))[where], n_ranks
        )
    return sums


def _count_below(
    runs: Runs, ranks: NDArray[np.int64], plane: HemispherePlane, start: int, n: int
) -> NDArray[np.int64]:
    """Return the voxels of each rank below a plane: runs are cut, voxels not looked at."""
    first = np.unravel_index(runs.starts, runs.shape)[plane.axis] + start
    if plane.axis == len(runs.shape) - 1:
        below = np.clip(plane.boundary - first, 0, runs.lengths)
    else:
        below = np.where(first < plane.boundary, runs.lengths, 0)
    return np.bincount(ranks, weights=below, minlength=n).astype(np.int64)


def _split_by_hemisphere(
    block: NDArray[Any], hemispheres: NDArray[np.uint8], n: int
) -> NDArray[np.int64]:
    """Return ``(3, n)`` voxels of each rank on no side, on the left and on the right."""
    narrow = 3 * n <= 2**16
    sided = np.multiply(hemispheres, n, dtype=np.uint16 if narrow else np.uint32)
    sided += block.astype(sided.dtype, copy=False)
    runs = encode_runs(sided)
    counts = np.bincount(runs.values, weights=runs.lengths, minlength=3 * n)
    return counts.astype(np.int64).reshape(3, n)


# ---- Quantities per hemisphere and rank ----------------------------------------------------------

BOTH = ("both",)
EACH = ("neither", "left", "right")
"""Names of the rows, so that a side's number is its row; "neither" is what no side claims."""
SHOWN = (LEFT, RIGHT, 0)
"""Order in which the sides stand in a table."""


def hemisphere_names(hemisphere_rule: HemisphereRule | None) -> tuple[str, ...]:
    """Return the names of the rows: one of both sides together, or one for each."""
    return BOTH if hemisphere_rule is None else EACH


def shown_rows(names: tuple[str, ...], filled: NDArray[np.bool_]) -> list[int]:
    """Return the rows in the order of a table; "neither" only where something is in it.

    Parameters
    ----------
    names
        As `side_names` gives them.
    filled
        Booleans ``(len(names),)``.
    """
    if len(names) == 1:
        return [0]
    return [hemisphere for hemisphere in SHOWN if hemisphere or filled[0]]


def sum_descendants(direct: NDArray[Any], rank_volume: RankVolume) -> NDArray[Any]:
    """Sum of a quantity ``(n_sides, n_ranks)`` over each region with its descendants.

    Children first and no running sums, so that a NaN or an infinity stays with its own
    ancestors and nothing is lost to rounding.
    """
    return _gather(direct, rank_volume, np.add)


def least_of_descendants(direct: NDArray[Any], rank_volume: RankVolume) -> NDArray[Any]:
    """Return the least value over each region with its descendants; NaN is "none"."""
    return _gather(direct, rank_volume, np.fmin)


def greatest_of_descendants(direct: NDArray[Any], rank_volume: RankVolume) -> NDArray[Any]:
    """Return the greatest value over each region with its descendants; NaN is "none"."""
    return _gather(direct, rank_volume, np.fmax)


def _gather(direct: NDArray[Any], rank_volume: RankVolume, join: np.ufunc) -> NDArray[Any]:
    by_rank = direct.T.copy()
    parents = rank_volume.region_map.parent_ranks.tolist()
    with np.errstate(invalid="ignore"):  # ∞ - ∞ is NaN, as the reader of the sum expects
        for rank in range(len(parents) - 1, 0, -1):
            if parents[rank]:
                join(by_rank[parents[rank]], by_rank[rank], out=by_rank[parents[rank]])
    return np.ascontiguousarray(by_rank.T)


# ---- Region statistics ---------------------------------------------------------------------------

VOXELS_PER_BLOCK = 1 << 26
"""Voxels that are looked at together: 67 million, a 25 µm mouse brain."""


@dataclass(frozen=True)
class RegionStatistics:
    """Columns with one row per region of the hierarchy, then one per unknown id.

    Attributes
    ----------
    rank_volume
        The annotation they were taken from.
    direct, total
        ``(n,)`` voxels that carry the region's own id, and with all descendants.
    centroid
        ``(n, ndim)`` µm, mean of the centers of the region's voxels with descendants; NaN
        without voxels.
    box
        ``(n, ndim, 2)`` first voxel and one past the last, with descendants; zeros without.
    left, right
        ``(n,)`` total voxels on each side, None where sides are unknown.
    """

    rank_volume: RankVolume
    direct: NDArray[np.int64]
    total: NDArray[np.int64]
    centroid: NDArray[np.float64]
    box: NDArray[np.int64]
    left: NDArray[np.int64] | None
    right: NDArray[np.int64] | None

    def as_dataframe(self) -> pd.DataFrame:
        """Return a row per region: volumes in mm³, centroids in µm, boxes in voxels."""
        import pandas as pd

        per_mm3 = self.rank_volume.grid.voxel_volume / 1e9
        columns: dict[str, Any] = {
            **region_names(self.rank_volume),
            "direct_voxels": self.direct,
            "total_voxels": self.total,
            "direct_mm3": self.direct * per_mm3,
            "total_mm3": self.total * per_mm3,
        }
        for hemisphere, counts in (("left", self.left), ("right", self.right)):
            if counts is not None:
                columns[f"{hemisphere}_voxels"] = counts
                columns[f"{hemisphere}_mm3"] = counts * per_mm3
        for axis in range(self.box.shape[1]):
            columns[f"centroid_{axis}_um"] = self.centroid[:, axis]
        for axis in range(self.box.shape[1]):
            columns[f"box_{axis}_start"] = self.box[:, axis, 0]
            columns[f"box_{axis}_stop"] = self.box[:, axis, 1]
        return pd.DataFrame(columns)


def region_names(rank_volume: RankVolume) -> dict[str, Any]:
    """Return columns id, acronym, name: regions in pre-order, then unknown ids."""
    regions, n_known = rank_volume.region_map, len(rank_volume.region_map)
    ranks = range(1, rank_volume.n_ranks)
    return {
        "id": rank_volume.stated_ids[1:],
        "acronym": [regions.acronym_of_rank(k) if k <= n_known else None for k in ranks],
        "name": [regions.name_of_rank(k) if k <= n_known else None for k in ranks],
    }


def region_statistics(
    rank_volume: RankVolume,
    hemisphere_rule: HemisphereRule | None,
    voxels_per_block: int = VOXELS_PER_BLOCK,
) -> RegionStatistics:
    """Measure every region of an annotation, block by block of whole planes.

    What is summed are whole numbers, so that the answer does not depend on the blocks.
    """
    shape, n = rank_volume.raw.shape, rank_volume.n_ranks
    sums = RegionSums.nothing(n, len(shape))
    for planes in blocks_of_planes(shape, voxels_per_block):
        start = (planes.start, *[0] * (len(shape) - 1))
        sums += sums_of_block(rank_volume.raw[planes], start, shape, n, hemisphere_rule)
    return statistics_of(rank_volume, hemisphere_rule, sums)


def blocks_of_planes(shape: Sequence[int], voxels_per_block: int = VOXELS_PER_BLOCK) -> list[slice]:
    """Return planes along axis 0 that are looked at together, one after the other."""
    thickness = max(1, voxels_per_block // max(1, math.prod(shape[1:])))
    return [slice(a, min(a + thickness, shape[0])) for a in range(0, shape[0], thickness)]


def statistics_of(
    rank_volume: RankVolume, hemisphere_rule: HemisphereRule | None, sums: RegionSums
) -> RegionStatistics:
    """Compute statistics from sums over all voxels; ranks are not read."""
    totals = rank_volume.total_counts
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = with_descendants(sums.twice, rank_volume) / 2 / totals[:, np.newaxis]
    left = right = None
    if hemisphere_rule is not None:
        left, right = (
            with_descendants(sums.by_hemisphere[hemisphere], rank_volume)[1:]
            for hemisphere in (LEFT, RIGHT)
        )
    return RegionStatistics(
        rank_volume,
        rank_volume.counts[1:],
        totals[1:],
        rank_volume.grid.to_world(mean)[1:],
        rank_volume.total_boxes[1:],
        left,
        right,
    )


def with_descendants(values: NDArray[Any], rank_volume: RankVolume) -> NDArray[Any]:
    """Sum of a quantity ``(n_ranks, ...)`` over each region with its descendants."""
    running = np.concatenate(
        [np.zeros((1, *values.shape[1:]), values.dtype), values.cumsum(axis=0)]
    )
    return np.asarray(running[rank_volume.ends] - running[: len(values)])


# ---- Integrated densities ------------------------------------------------------------------------


@dataclass(frozen=True)
class RegionCounts:
    """What a density amounts to, by rank.

    Attributes
    ----------
    rank_volume
        The annotation.
    direct, total
        ``(n_ranks,)`` float64: in voxels of the region's own id, and with all descendants.
    """

    rank_volume: RankVolume
    direct: NDArray[np.float64]
    total: NDArray[np.float64]

    def as_dataframe(self) -> pd.DataFrame:
        """Return the table with a row per region and unknown id."""
        import pandas as pd

        columns = {"direct": self.direct[1:], "total": self.total[1:]}
        return pd.DataFrame({**region_names(self.rank_volume), **columns})


def integrate_density(rank_volume: RankVolume, density: VoxelData, per: str) -> RegionCounts:
    """Return the Σ value × voxel volume over each region's voxels; see `Atlas.integrate`."""
    if density.payload_shape or not rank_volume.grid.matches(density.grid):
        raise ArgumentError(
            f"{density!r} does not fit the annotation of shape {rank_volume.grid.shape}, voxels of "
            f"{rank_volume.grid.steps.tolist()} µm; expected scalars on the annotation's grid"
        )
    sums = np.zeros(rank_volume.n_ranks)
    # Plane by plane: bincount makes float64 and int64 copies of what it is given.
    for ranks, values in zip(rank_volume.raw, density.raw, strict=True):
        sums += np.bincount(ranks.ravel(), weights=values.ravel(), minlength=rank_volume.n_ranks)
    direct = sums * density.voxel_volume_in(per)
    total = direct.copy()
    parents = rank_volume.region_map.parent_ranks
    # Children first, and no running sums: a NaN then stays with its own ancestors.
    for rank in range(len(parents) - 1, 0, -1):
        if parents[rank]:
            total[parents[rank]] += total[rank]
    return RegionCounts(rank_volume, direct, total)
