"""Point counts per region and hemisphere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...core.errors import ArgumentError
from ...core.regions.rank_volume import RankVolume
from ...core.space.grid import as_points
from ...core.space.hemispheres import HemisphereRule
from ...core.statistics import hemisphere_names


@dataclass(frozen=True)
class PlacedPoints:
    """What is at each of n points.

    Attributes
    ----------
    positions
        ``(n, 3)`` µm.
    inside
        ``(n,)`` whether the point lies in the volume; NaN does not.
    ranks
        ``(n,)`` int64 rank of the region; 0 for background and outside.
    hemispheres
        ``(n,)`` uint8: 1 left, 2 right, 0 neither, outside or not known.
    """

    positions: NDArray[np.float64]
    inside: NDArray[np.bool_]
    ranks: NDArray[np.int64]
    hemispheres: NDArray[np.uint8]

    def __len__(self) -> int:
        """Return the number of points."""
        return len(self.ranks)


@dataclass(frozen=True)
class PointCounts:
    """Points by side and rank.

    Attributes
    ----------
    hemispheres
        Names of the rows: ("both",), or ("neither", "left", "right").
    direct
        ``(n_sides, n_ranks)`` int64: points in voxels of the region's own id. Rank 0 is
        background: inside the volume, but in no region.
    outside
        Points outside the volume; with ``direct`` they sum to the points given.
    not_numbers
        Those of them that have a coordinate that is not a number.
    value_sum, value_count
        ``(n_sides, n_ranks)`` sum of the points' values, and how many have one (not NaN); None
        without values.
    outside_sum, outside_count
        The same of the points outside.
    """

    hemispheres: tuple[str, ...]
    direct: NDArray[np.int64]
    outside: int
    not_numbers: int
    value_sum: NDArray[np.float64] | None = None
    value_count: NDArray[np.int64] | None = None
    outside_sum: float = 0.0
    outside_count: int = 0

    @property
    def n_points(self) -> int:
        """Number of points that were counted."""
        return int(self.direct.sum()) + self.outside

    @property
    def in_regions(self) -> int:
        """Points that are in a region."""
        return int(self.direct[:, 1:].sum())

    @property
    def unannotated(self) -> int:
        """Points inside the volume that are in no region."""
        return int(self.direct[:, 0].sum())


def place_points(
    rank_volume: RankVolume, hemisphere_rule: HemisphereRule | None, positions: ArrayLike
) -> PlacedPoints:
    """Find the region and side of every point.

    Parameters
    ----------
    rank_volume
        The annotation.
    hemisphere_rule
        What tells the hemisphere, or None.
    positions
        ``(n, 3)`` µm.
    """
    points = as_points(positions, rank_volume.grid.ndim)
    if points.ndim != 2:
        raise ArgumentError(
            f"points of shape {points.shape}; expected (n, {rank_volume.grid.ndim})"
        )
    columns, inside = rank_volume.grid.locate_columns(points)
    # An outside point has index 0 on every axis: looked up like the others, then put right.
    ranks = (
        rank_volume.ranks_at(columns).astype(np.int64)
        if rank_volume.raw.size
        else np.zeros(len(points), np.int64)
    )
    side_of = np.zeros(len(points), np.uint8)
    if hemisphere_rule is not None and rank_volume.raw.size:
        side_of = hemisphere_rule.of(np.stack(columns, axis=-1)).copy()
    if not inside.all():
        ranks[~inside] = 0
        side_of[~inside] = 0
    return PlacedPoints(points, inside, ranks, side_of)


def count_points(
    rank_volume: RankVolume,
    hemisphere_rule: HemisphereRule | None,
    placed: PlacedPoints,
    values: ArrayLike | None = None,
) -> PointCounts:
    """Count points by region and side.

    Parameters
    ----------
    rank_volume, hemisphere_rule
        As for `place_points`; without sides there is one row for both.
    placed
        What `place_points` found.
    values
        ``(n,)`` a quantity of each point, to be summed; NaN is "none".
    """
    names = hemisphere_names(hemisphere_rule)
    n_ranks = rank_volume.n_ranks
    shape, size = (len(names), n_ranks), len(names) * n_ranks
    where = (
        placed.ranks
        if hemisphere_rule is None
        else placed.hemispheres * np.int64(n_ranks) + placed.ranks
    )
    # Everybody outside goes into one place more, behind all others.
    where = np.where(placed.inside, where, size)
    counts = np.bincount(where, minlength=size + 1)
    strange = int((~placed.inside & np.isnan(placed.positions).any(axis=1)).sum())
    direct, outside = counts[:size].reshape(shape), int(counts[size])
    if values is None:
        return PointCounts(names, direct, outside, strange)
    given = np.asarray(values, dtype=np.float64)
    if given.shape != (len(placed),):
        raise ArgumentError(f"values of shape {given.shape} for {len(placed)} points")
    valued = ~np.isnan(given)
    numbers = np.bincount(where[valued], minlength=size + 1)
    sums: NDArray[np.float64] = np.bincount(
        where[valued], weights=given[valued], minlength=size + 1
    ).astype(np.float64)
    return PointCounts(
        names,
        direct,
        outside,
        strange,
        sums[:size].reshape(shape),
        numbers[:size].reshape(shape),
        float(sums[size]),
        int(numbers[size]),
    )
