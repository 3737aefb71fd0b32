"""Values of a volume at the voxel centres of another grid."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import ArgumentError
from .grid import VoxelGrid, floor_columns
from .voxel_take import take_voxels
from .voxels import VoxelData


class VolumeSampler:
    """Gives the value of the voxel in which each centre of a grid lies, slab by slab.

    Nothing is interpolated: the value is one that stands in the volume. A volume finer than
    the grid is therefore seen at the centres alone.

    Parameters
    ----------
    volume
        Scalars on any grid.
    grid
        Whose voxel centres ``(i + 0.5) · step + corner`` are asked.

    Attributes
    ----------
    same
        Whether both have the same voxels; then nothing is sampled.
    """

    def __init__(self, volume: VoxelData, grid: VoxelGrid) -> None:
        if volume.payload_shape or volume.ndim != grid.ndim:
            raise ArgumentError(f"{volume!r}; expected one value per voxel of {grid.ndim} axes")
        if volume.dtype.kind not in "biuf":
            raise ArgumentError(f"{volume!r}; expected real numbers")
        self._volume = volume
        self._grid = grid
        self.same = volume.grid.matches(grid)
        self._columns: list[tuple[NDArray[np.intp], NDArray[np.bool_]]] | None = None
        if not self.same and volume.grid.is_axis_aligned and grid.is_axis_aligned:
            self._columns = [_along(volume.grid, grid, axis) for axis in range(grid.ndim)]

    def slab(self, start: int, stop: int) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
        """Values at the centres of the planes ``start`` to ``stop`` of axis 0.

        Returns
        -------
        values
            ``(stop - start, ...)``; arbitrary outside.
        inside
            Booleans of that shape, or None where all centres lie in the volume.
        """
        if self.same:
            return self._volume.raw[start:stop], None
        if self._columns is None:
            return self._oblique(start, stop)
        first, *others = self._columns
        values = self._volume.raw[first[0][start:stop]]
        inside = first[1][start:stop].reshape(-1, *[1] * len(others))
        for axis, (column, within) in enumerate(others, 1):
            values = values.take(column, axis=axis)
            inside = inside & within.reshape(-1, *[1] * (len(others) - axis))
        return values, None if inside.all() else inside

    def _oblique(self, start: int, stop: int) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
        shape = (stop - start, *self._grid.shape[1:])
        centres = np.moveaxis(np.indices(shape), 0, -1) + 0.5
        centres[..., 0] += start
        columns, inside = self._volume.grid.locate_columns(self._grid.to_world(centres))
        # Columns are 0 outside, which is a voxel: its value is not used.
        return take_voxels(self._volume.raw, columns), None if inside.all() else inside


def _along(
    volume: VoxelGrid, grid: VoxelGrid, axis: int
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Index in the volume of each centre along one axis, and whether it has one."""
    world = (np.arange(grid.shape[axis]) + 0.5) * grid.steps[axis] + grid.corner[axis]
    q = (world - volume.corner[axis]) / volume.steps[axis]
    columns, inside = floor_columns(
        q[:, np.newaxis], volume.shape[axis : axis + 1], volume.edge_tolerance
    )
    return columns[0], inside
