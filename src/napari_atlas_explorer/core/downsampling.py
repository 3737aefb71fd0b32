"""Coarser copies of volumes and atlases, aligned by voxel centres."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import ArgumentError
from .grid import VoxelGrid
from .package import Dataset, Package
from .sides import SidePlane, Sides, SideVolume
from .voxels import VoxelData

AVERAGED = "image"
"""Kind of the datasets whose values may be averaged; labels, masks and rotations may not."""


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
        """Coarsen to a voxel size (µm), one for all axes or one for each."""
        wanted = np.asarray(resolution, dtype=np.float64)
        if wanted.shape not in ((), (fine.ndim,)) or not np.isfinite(wanted).all():
            raise ArgumentError(f"resolution {resolution!r}; expected one or {fine.ndim} µm")
        own = np.linalg.norm(fine.affine[:-1, :-1], axis=0)
        factors = np.broadcast_to(wanted / own, (fine.ndim,))
        if np.any(factors < 1 - 1e-9):
            raise ArgumentError(
                f"resolution {wanted.tolist()} µm is finer than the atlas's {own.tolist()} µm"
            )
        # The last new voxel's centre stays inside: half a voxel more would be invented.
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
        """Fine voxel that holds the centre of each coarse one, along one axis."""
        centres = (np.arange(self.coarse.shape[axis]) + 0.5) * self.factors[axis]
        return np.asarray(np.floor(centres + 1e-9), np.intp)

    def nearest(self, volume: VoxelData) -> VoxelData:
        """Take the value at each coarse voxel's centre."""
        where = np.ix_(*[self.picks(axis) for axis in range(self.fine.ndim)])
        return type(volume).from_grid(volume.raw[where], self.coarse)

    def averaged(self, volume: VoxelData) -> VoxelData:
        """Mean over each coarse voxel, in the volume's own dtype (integers are rounded)."""
        values = volume.raw
        for axis in range(self.fine.ndim):
            values = _averaged_along(values, axis, self.factors[axis], self.coarse.shape[axis])
        if np.issubdtype(volume.dtype, np.integer):
            values = np.rint(values)
        return VoxelData.from_grid(values.astype(volume.dtype), self.coarse)


def downsampled(package: Package, annotation: VoxelData, resolution: ArrayLike) -> Package:
    """Coarser copy of a package; see `Atlas.downsample`. Other volumes are read when asked for."""
    step = Coarsening.to(package.grid, resolution)
    where = np.ix_(*[step.picks(axis) for axis in range(step.fine.ndim)])
    labels = VoxelData.from_grid(annotation[where], step.coarse)
    datasets = {
        name: Dataset(name, data.kind, _loader(data, step), None)
        for name, data in package.datasets.items()
        if name != package.annotation
    }
    datasets[package.annotation] = Dataset(package.annotation, "annotation", lambda: labels, None)
    metadata = dict(package.metadata)
    if "resolution" in metadata:
        metadata["resolution"] = np.abs(step.coarse.steps).tolist()
    if "shape" in metadata:
        metadata["shape"] = list(step.coarse.shape)
    return replace(
        package,
        grid=step.coarse,
        datasets={name: datasets[name] for name in package.datasets},
        metadata=metadata,
        sides=_coarser_sides(package.sides, step),
    )


def _loader(data: Dataset, step: Coarsening) -> Callable[[], VoxelData]:
    def load() -> VoxelData:
        volume = data.load()
        if not volume.grid.matches(step.fine):
            return volume
        return step.averaged(volume) if data.kind == AVERAGED else step.nearest(volume)

    return load


def _coarser_sides(sides: Sides | None, step: Coarsening) -> Sides | None:
    if sides is None:
        return None
    if isinstance(sides, SidePlane):
        boundary = int(np.searchsorted(step.picks(sides.axis), sides.boundary))
        return replace(sides, boundary=boundary)
    fine = VoxelData.from_grid(sides.volume(step.fine.shape), step.fine)
    return SideVolume(lambda: step.nearest(fine).raw, sides.convention)


def _averaged_along(
    values: NDArray[np.generic], axis: int, factor: float, n_out: int
) -> NDArray[np.float64]:
    """Mean of each stretch of ``factor`` voxels; the ones at its ends count by their share."""
    rows = np.moveaxis(values, axis, 0)
    out = np.empty((n_out, *rows.shape[1:]), np.float64)
    for i in range(n_out):
        start, stop = i * factor, min((i + 1) * factor, len(rows))
        first, last = math.floor(start), math.ceil(stop - 1e-9)
        total = np.zeros(rows.shape[1:])
        for j in range(first, last):
            total += rows[j] * (min(stop, j + 1) - max(start, j))
        out[i] = total / (stop - start)
    return np.moveaxis(out, 0, axis)
