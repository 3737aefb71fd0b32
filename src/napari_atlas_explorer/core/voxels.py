"""A volume with its placement: `VoxelData`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import reduce
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import ArgumentError
from .grid import VoxelGrid
from .placed_volume import PlacedVolume, figures_of
from .voxel_boxes import box_inside, box_of, satisfied

UM3_PER = {"mm3": 1e9, "um3": 1.0}
"""Cubic micrometres in each unit that densities are counted in."""


class VoxelData(PlacedVolume):
    """Values on a regular grid of voxels (voxcell's ``VoxelData``).

    Parameters
    ----------
    raw
        Array of shape ``(*shape, *payload_shape)``: the grid's axes first, then the payload's
        (a vector or matrix per voxel), if any.
    voxel_dimensions
        Signed size of a voxel along each axis, µm; its length is the number of grid axes.
    offset
        World position (µm) of the corner of voxel (0, 0, 0); zeros if not given.
    """

    def with_data(self, raw: ArrayLike) -> VoxelData:
        """Place another array of the same grid shape on this grid, as an object of this class.

        Raises
        ------
        ArgumentError
            If the array has another shape, or values that this class cannot hold; then
            ``VoxelData.from_grid(raw, volume.grid)`` takes them.
        """
        return self._like(np.asarray(raw), self._grid)

    def _like(self, raw: NDArray[Any], grid: VoxelGrid) -> Self:
        new = type(self).from_grid(raw, grid)
        new.nrrd_fields = self.nrrd_fields
        return new

    def filter(self, predicate: Callable[[NDArray[np.float64]], NDArray[np.bool_]]) -> Self:
        """Keep the voxels whose centres satisfy a predicate; the others become zero (voxcell).

        Parameters
        ----------
        predicate
            Takes ``(n, ndim)`` centres in µm and gives ``(n,)`` booleans; called plane by
            plane, so that the centres of the whole volume are never in memory at once.
        """
        kept = self.raw.copy()
        for i in range(self.shape[0]):
            wanted = satisfied(predicate, self._plane_of_centres(i))
            kept[i][~wanted.reshape(self.shape[1:])] = 0
        return self._like(kept, self._grid)

    def _plane_of_centres(self, i: int) -> NDArray[np.float64]:
        rest = np.indices(self.shape[1:]).reshape(self.ndim - 1, -1).T
        first = np.full((len(rest), 1), i)
        return self._grid.to_world(np.concatenate([first, rest], axis=1) + 0.5)

    def clip(self, bbox: ArrayLike, na_value: Any = 0) -> Self:
        """Set all voxels that do not lie wholly inside a box to a value (voxcell).

        Parameters
        ----------
        bbox
            ``(2, ndim)`` lowest and highest corner of the box, µm.
        na_value
            Value of the voxels outside the box.

        Raises
        ------
        ArgumentError
            If no voxel lies wholly inside the box.
        """
        box = box_inside(self._grid, bbox)
        clipped = np.full_like(self.raw, na_value)
        clipped[box] = self.raw[box]
        return self._like(clipped, self._grid)

    def compact(self, na_values: Iterable[Any] = (0,)) -> Self:
        """Crop to the smallest box that holds every voxel with another value (voxcell).

        Parameters
        ----------
        na_values
            Values that may be cut off; NaN is one of them where it is listed. A voxel with a
            payload is cut off where all its components are such values.

        Raises
        ------
        ArgumentError
            If nothing would be left.
        """
        box = box_of(self.raw, self.ndim, na_values)
        corner = self._grid.to_world([side.start for side in box])
        affine = self._grid.affine.copy()
        affine[:-1, -1] = corner
        kept = self.raw[box].copy()
        return self._like(kept, VoxelGrid(kept.shape[: self.ndim], affine))

    @staticmethod
    def reduce(
        function: Callable[[NDArray[Any], NDArray[Any]], NDArray[Any]],
        iterable: Iterable[VoxelData],
    ) -> VoxelData:
        """Combine the values of several volumes of one grid, two at a time (voxcell).

        Of one volume it gives a copy. The result has the first one's class.

        Raises
        ------
        ArgumentError
            If there is no volume, or their grids differ.
        """
        volumes = list(iterable)
        if not volumes:
            raise ArgumentError("no volume to reduce; expected at least one")
        first = volumes[0]
        for n, other in enumerate(volumes[1:], 2):
            if not first.grid.matches(other.grid):
                raise ArgumentError(
                    f"the grid of volume {n}, {other.shape} of {figures_of(other.grid.steps)} µm, "
                    f"is not the first one's, {first.shape} of {figures_of(first.grid.steps)} µm"
                )
        raws = [volume.raw for volume in volumes]
        return first.with_data(reduce(function, raws) if len(raws) > 1 else raws[0].copy())

    def count(self, values: ArrayLike) -> int:
        """Number of voxels whose value is one of ``values`` (scalar volumes)."""
        return int(np.isin(self._raw, np.asarray(_listed(values))).sum())

    def volume(self, values: ArrayLike) -> float:
        """Volume (µm³) of the voxels whose value is one of ``values``."""
        return self.count(values) * self.voxel_volume

    def integrate(self, per: str) -> Any:
        """Sum of value × voxel volume: the count of what a density volume holds.

        Parameters
        ----------
        per
            Volume that the density is counted in: "mm3" (as VoxelBrain's cell densities) or
            "um3". There is no default, since a wrong one is wrong by 10⁹.

        Returns
        -------
        A float for scalars, else an array of the payload's shape. NaN where a value is NaN.
        """
        axes = tuple(range(self.ndim))
        total = np.sum(self.raw, axis=axes, dtype=np.float64) * self.voxel_volume_in(per)
        return total if total.ndim else float(total)

    def voxel_volume_in(self, unit: str) -> float:
        """Volume of a voxel in "mm3" or "um3"."""
        if unit not in UM3_PER:
            raise ArgumentError(f"volume unit {unit!r}; expected {' or '.join(map(repr, UM3_PER))}")
        return self.voxel_volume / UM3_PER[unit]


def _listed(values: Any) -> Any:
    return list(values) if isinstance(values, set | frozenset) else values
