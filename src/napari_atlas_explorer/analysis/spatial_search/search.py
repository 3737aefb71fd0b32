"""Voxels of a density volume in a range and outside fibre tracts, in µm.

This is the job of the Allen Institute's spatial search example, which asks for the projection
path to each such voxel. A low range avoids the injection site and thick bundles; voxels in
fibre tracts are skipped since fibres only pass there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.errors import ArgumentError
from ...core.regions.region_map import RegionMap
from ...core.space.placed_volume import take_voxels
from ...core.space.volume import VoxelData
from ...core.text import counted

# ---- Fiber tracts of a hierarchy -----------------------------------------------------------------

TRACT_NAMES = ("fiber tracts", "fibre tracts")
"""What hierarchies call it, case aside."""


def tract_ranks(regions: RegionMap) -> list[int]:
    """Return the ranks of the fiber tracts; usually one."""
    return [
        k
        for k in range(1, len(regions) + 1)
        if regions.name_of_rank(k).casefold() in TRACT_NAMES
        or regions.acronym_of_rank(k).casefold() in TRACT_NAMES
    ]


# ---- Spatial search ------------------------------------------------------------------------------

LOW, HIGH = 0.04, 0.3
"""Range of the Allen example; both ends belong to it."""
INJECTION_THRESHOLD = 0.5
"""Threshold of the Allen example; a voxel at the threshold does not count."""
NO_DATA = -1.0
"""Value of voxels without data in Allen's grid volumes."""


@dataclass(frozen=True, eq=False)
class Sites:
    """Voxels of a volume.

    Attributes
    ----------
    voxels
        ``(n, 3)`` indices, in the order of the array.
    positions
        ``(n, 3)`` µm: their centers, or their lower corners.
    values
        ``(n,)`` of the volume.
    """

    voxels: NDArray[np.intp]
    positions: NDArray[np.float64]
    values: NDArray[Any]

    def __len__(self) -> int:
        """Return the number of voxels."""
        return len(self.voxels)


@dataclass(frozen=True, eq=False)
class SpatialSearch:
    """What a search found, and what became of every other voxel.

    The voxels of the volume are those without data, below the range, above it and in it; those
    in it are the ones found, in a tract and outside the tracts' volume.

    Attributes
    ----------
    found
        Voxels in the range, inside the tracts' volume and in no tract.
    low, high
        The range; both ends belong to it.
    corner
        Whether positions are lower corners; else centers.
    no_data, below, above, in_range, in_tract, outside
        Numbers of voxels; NaN is no data.
    injection
        Voxels over the threshold, None where no injection volume was given.
    injection_threshold, injection_no_data
        What was asked of it, and its voxels without data.
    """

    found: Sites
    low: float
    high: float
    corner: bool
    no_data: int
    below: int
    above: int
    in_range: int
    in_tract: int
    outside: int
    injection: Sites | None = None
    injection_threshold: float | None = None
    injection_no_data: int = 0

    def __repr__(self) -> str:
        """Describe the range, and what became of the voxels in it."""
        return (
            f"<SpatialSearch: {counted(len(self.found), 'voxel')} of {self.low:g} to "
            f"{self.high:g}, {self.in_tract} more in tracts, {self.outside} outside>"
        )

    @property
    def searched(self) -> int:
        """Voxels of the density volume.

        >>> density = VoxelData(np.linspace(0, 1, 24).reshape(2, 3, 4), (25, 25, 25))
        >>> result = spatial_search(density, density.with_data(np.zeros((2, 3, 4))))
        >>> result.searched, result.in_range, len(result.found)
        (24, 6, 6)
        """
        return self.no_data + self.below + self.above + self.in_range


def spatial_search(
    density: VoxelData,
    tracts: VoxelData,
    low: float = LOW,
    high: float = HIGH,
    corner: bool = False,
    injection: VoxelData | None = None,
    injection_threshold: float = INJECTION_THRESHOLD,
    no_data: float | None = NO_DATA,
) -> SpatialSearch:
    """Find voxels of a density within a range and outside fibre tracts.

    The volumes may lie on different grids. Each voxel of the density in the range is asked at
    its center ``(i + 0.5) · d`` in µm; a center that is not in the tracts' volume is counted as
    outside, at either end.

    Parameters
    ----------
    density
        Scalars, for instance a projection density.
    tracts
        Mask of the fibre tracts: what is not 0. ``atlas.get_structure_mask("fiber tracts")``
        makes one of an atlas.
    low, high
        The range, both ends included, compared in the volume's own precision (0.04 is in it for
        a float32 volume that holds 0.04).
    corner
        Take lower corners ``i · d`` instead of centers, as the Allen example does, both for the
        lookup and for the positions.
    injection
        Volume of the injection's fraction or density, on any grid.
    injection_threshold
        Voxels of it above that are the injection site.
    no_data
        Value of voxels without data, None for none.

    Examples
    --------
    >>> density = VoxelData(np.full((2, 2, 2), 0.1), (100, 100, 100))
    >>> tracts = VoxelData(np.arange(8).reshape(2, 2, 2) == 0, (100, 100, 100))
    >>> result = spatial_search(density, tracts)
    >>> len(result.found), result.in_tract
    (7, 1)
    """
    for name, volume in (("density", density), ("tracts", tracts), ("injection", injection)):
        if volume is not None and (volume.payload_shape or volume.ndim != 3):
            raise ArgumentError(f"{name} is {volume!r}; expected one value per voxel of three axes")
        if volume is not None and volume.dtype.kind not in "biuf":
            raise ArgumentError(f"{name} is {volume!r}; expected real numbers")
    if not (np.isfinite([low, high]).all() and low <= high):
        raise ArgumentError(f"a range from {low} to {high}; expected two numbers, the lower first")
    if not np.isfinite(injection_threshold):
        raise ArgumentError(f"an injection threshold of {injection_threshold}; expected a number")
    missing, below, above = 0, 0, 0
    chosen = np.zeros(density.shape, bool)
    for plane, values in zip(chosen, density.raw, strict=True):  # no copy of the whole volume
        known = _check_grid(values, no_data)
        under, over = known & (values < float(low)), known & (values > float(high))
        plane[...] = known & ~under & ~over
        missing += int((~known).sum())
        below += int(under.sum())
        above += int(over.sum())
    inside_range = _find_sites(density, chosen, corner)
    columns, inside = tracts.grid.locate_columns(inside_range.positions)
    in_tract = inside & (take_voxels(tracts.raw, columns) != 0)
    kept = inside & ~in_tract
    found = Sites(
        inside_range.voxels[kept], inside_range.positions[kept], inside_range.values[kept]
    )
    result = SpatialSearch(
        found,
        float(low),
        float(high),
        corner,
        missing,
        below,
        above,
        len(inside_range),
        int(in_tract.sum()),
        int((~inside).sum()),
    )
    if injection is None:
        return result
    known = _check_grid(injection.raw, no_data)
    over = known & (injection.raw > float(injection_threshold))
    sites = _find_sites(injection, over, corner)
    return SpatialSearch(
        **{
            **vars(result),
            "injection": sites,
            "injection_threshold": float(injection_threshold),
            "injection_no_data": int((~known).sum()),
        }
    )


def _check_grid(values: NDArray[Any], no_data: float | None) -> NDArray[np.bool_]:
    known = ~np.isnan(values) if values.dtype.kind == "f" else np.ones(values.shape, bool)
    if no_data is not None:
        known &= values != float(no_data)
    return known


def _find_sites(volume: VoxelData, chosen: NDArray[np.bool_], corner: bool) -> Sites:
    voxels = np.argwhere(chosen)
    positions = volume.grid.to_world(voxels if corner else voxels + 0.5)
    return Sites(voxels, positions, volume.raw[chosen])
