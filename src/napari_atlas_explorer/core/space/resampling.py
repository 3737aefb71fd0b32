"""Downsampling of atlases, and sampling at another grid's voxel centers."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import ArgumentError
from ..package import Dataset, Package
from .grid import VoxelGrid, floor_columns
from .hemispheres import HemispherePlane, HemisphereRule, HemisphereVolume
from .placed_volume import take_voxels
from .volume import VoxelData

# ---- Sampling at another grid's voxel centers ----------------------------------------------------


class VolumeSampler:
    """Gives the value of the voxel in which each center of a grid lies, slab by slab.

    Nothing is interpolated: the value is one that stands in the volume. A volume finer than
    the grid is therefore seen at the centers alone.

    Parameters
    ----------
    volume
        Scalars on any grid.
    grid
        Whose voxel centers ``(i + 0.5) · step + corner`` are asked.

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
            self._columns = [_index_along(volume.grid, grid, axis) for axis in range(grid.ndim)]

    def slab(self, start: int, stop: int) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
        """Return the values at the centers of the planes ``start`` to ``stop`` of axis 0.

        Returns
        -------
        values
            ``(stop - start, ...)``; arbitrary outside.
        inside
            Booleans of that shape, or None where all centers lie in the volume.
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
        centers = np.moveaxis(np.indices(shape), 0, -1) + 0.5
        centers[..., 0] += start
        columns, inside = self._volume.grid.locate_columns(self._grid.to_world(centers))
        # Columns are 0 outside, which is a voxel: its value is not used.
        return take_voxels(self._volume.raw, columns), None if inside.all() else inside


def _index_along(
    volume: VoxelGrid, grid: VoxelGrid, axis: int
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Index in the volume of each center along one axis, and whether it has one."""
    world = (np.arange(grid.shape[axis]) + 0.5) * grid.steps[axis] + grid.corner[axis]
    q = (world - volume.corner[axis]) / volume.steps[axis]
    columns, inside = floor_columns(
        q[:, np.newaxis], volume.shape[axis : axis + 1], volume.edge_tolerance
    )
    return columns[0], inside


# ---- Downsampling --------------------------------------------------------------------------------

AVERAGED = "image"
"""Kind of the datasets whose values may be averaged; labels, masks and rotations may not."""

SLAB_VOXELS = 1 << 24
"""Fine voxels that are averaged together: their sums take 64 MB where two become one."""


@dataclass(frozen=True)
class Coarsening:
    """A fine grid, a coarse one over it with the same corner, and how they divide.

    Attributes
    ----------
    fine, coarse
        The grids.
    factors
        Fine voxels per coarse voxel along each axis, 1 or more, not always whole.
    """

    fine: VoxelGrid
    coarse: VoxelGrid
    factors: tuple[float, ...]

    @classmethod
    def to(cls, fine: VoxelGrid, resolution: ArrayLike) -> Coarsening:
        """Return the coarsen to a voxel size (µm), one for all axes or one for each."""
        wanted = np.asarray(resolution, dtype=np.float64)
        if wanted.shape not in ((), (fine.ndim,)) or not np.isfinite(wanted).all():
            raise ArgumentError(f"resolution {resolution!r}; expected one or {fine.ndim} µm")
        own = np.linalg.norm(fine.affine[:-1, :-1], axis=0)
        factors = np.broadcast_to(wanted / own, (fine.ndim,))
        if np.any(factors < 1 - 1e-9):
            raise ArgumentError(
                f"resolution {wanted.tolist()} µm is finer than the atlas's {own.tolist()} µm"
            )
        # The last new voxel's center stays inside: half a voxel more would be invented.
        shape = [math.ceil(n / f - 0.5 - 1e-9) for n, f in zip(fine.shape, factors, strict=True)]
        if min(shape) < 1:
            raise ArgumentError(
                f"resolution {wanted.tolist()} µm is too coarse: the volume measures "
                f"{(own * fine.shape).tolist()} µm"
            )
        affine = fine.affine.copy()
        affine[:-1, :-1] *= factors
        return cls(fine, VoxelGrid(tuple(shape), affine), tuple(factors.tolist()))

    def picks(self, axis: int) -> NDArray[np.intp]:
        """Return the fine voxel that holds the center of each coarse one, along one axis."""
        centers = (np.arange(self.coarse.shape[axis]) + 0.5) * self.factors[axis]
        return np.asarray(np.floor(centers + 1e-9), np.intp)

    def nearest(self, volume: VoxelData) -> VoxelData:
        """Take the value at each coarse voxel's center."""
        where = np.ix_(*[self.picks(axis) for axis in range(self.fine.ndim)])
        return type(volume).from_grid(volume.raw[where], self.coarse)

    def averaged(self, volume: VoxelData) -> VoxelData:
        """Mean over each coarse voxel, in the volume's own dtype (integers are rounded).

        Some planes are worked on at a time, so that a volume may be mapped from a file.
        """
        fine, shape = volume.raw, self.coarse.shape
        out = np.empty((*shape, *volume.payload_shape), volume.dtype)
        plane = max(1, int(np.prod(fine.shape[1:])))
        step = max(1, int(SLAB_VOXELS / (plane * self.factors[0])))
        for start in range(0, shape[0], step):
            stop = min(start + step, shape[0])
            first = math.floor(start * self.factors[0])
            # Read at once: volumes that are seen turned lie crosswise in their file.
            slab = np.ascontiguousarray(fine[first : math.ceil(stop * self.factors[0])])
            values: NDArray[Any] = _average_along(slab, 0, self, (start, stop), first)
            for axis in range(1, self.fine.ndim):
                values = _average_along(values, axis, self, (0, shape[axis]))
            out[start:stop] = np.rint(values) if fine.dtype.kind in "iu" else values
        return VoxelData.from_grid(out, self.coarse)


def downsample_package(package: Package, annotation: VoxelData, resolution: ArrayLike) -> Package:
    """Downsample a package lazily; see `Atlas.downsample`."""
    step = Coarsening.to(package.grid, resolution)
    where = np.ix_(*[step.picks(axis) for axis in range(step.fine.ndim)])
    labels = VoxelData.from_grid(annotation[where], step.coarse)
    datasets = {
        name: Dataset(name, data.kind, _make_loader(data, step), None)
        for name, data in package.datasets.items()
        if name != package.annotation
    }
    datasets[package.annotation] = Dataset(package.annotation, "annotation", lambda: labels, None)
    metadata = dict(package.metadata)
    if "resolution" in metadata:
        metadata["resolution"] = np.abs(step.coarse.steps).tolist()
    if "shape" in metadata:
        metadata["shape"] = list(step.coarse.shape)
    return package.with_datasets(
        {name: datasets[name] for name in package.datasets},
        grid=step.coarse,
        metadata=metadata,
        hemisphere_rule=_downsample_hemispheres(package.hemisphere_rule, step),
    )


def _make_loader(data: Dataset, step: Coarsening) -> Callable[[], VoxelData]:
    def load() -> VoxelData:
        volume = data.load()
        if not volume.grid.matches(step.fine):
            return volume
        return step.averaged(volume) if data.kind == AVERAGED else step.nearest(volume)

    return load


def _downsample_hemispheres(
    hemisphere_rule: HemisphereRule | None, step: Coarsening
) -> HemisphereRule | None:
    if hemisphere_rule is None:
        return None
    if isinstance(hemisphere_rule, HemispherePlane):
        boundary = int(np.searchsorted(step.picks(hemisphere_rule.axis), hemisphere_rule.boundary))
        return replace(hemisphere_rule, boundary=boundary)
    fine = VoxelData.from_grid(hemisphere_rule.volume(step.fine.shape), step.fine)
    return HemisphereVolume(lambda: step.nearest(fine).raw, hemisphere_rule.convention)


def _average_along(
    values: NDArray[Any], axis: int, step: Coarsening, span: tuple[int, int], first: int = 0
) -> NDArray[np.float64]:
    """Mean of the fine voxels of some coarse ones; those at the ends count by their share.

    ``values`` begin with fine voxel ``first`` of the axis.
    """
    rows, factor = np.moveaxis(values, axis, 0), step.factors[axis]
    out = np.empty((span[1] - span[0], *rows.shape[1:]), np.float64)
    for i in range(*span):
        start, stop = i * factor, min((i + 1) * factor, step.fine.shape[axis])
        total = np.zeros(rows.shape[1:])
        for j in range(math.floor(start), math.ceil(stop - 1e-9)):
            total += rows[j - first] * (min(stop, j + 1) - max(start, j))
        out[i - span[0]] = total / (stop - start)
    return np.moveaxis(out, 0, axis)
