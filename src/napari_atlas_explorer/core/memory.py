"""Packages of arrays in memory."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .axes import LEFT_RIGHT, axis_of, check_orientation
from .errors import ArgumentError
from .grid import VoxelGrid
from .package import Dataset, DatasetKind, Package
from .regions import RegionMap
from .sides import LEFT, RIGHT, SidePlane, Sides, SideVolume
from .voxels import VoxelData


def package_from_arrays(
    annotation: ArrayLike | VoxelData,
    region_map: RegionMap,
    resolution: ArrayLike,
    reference: ArrayLike | VoxelData | None = None,
    hemispheres: ArrayLike | VoxelData | None = None,
    orientation: str | None = None,
    name: str = "atlas in memory",
) -> Package:
    """Describe arrays as a package; see `Atlas.from_arrays`."""
    if isinstance(annotation, VoxelData):
        labels = annotation
    else:
        ids = np.asarray(annotation)
        labels = VoxelData.from_grid(ids, VoxelGrid.from_steps(ids.shape, resolution))
    letters = None if orientation is None else check_orientation(orientation)
    datasets = {"annotation": _dataset("annotation", "annotation", labels, labels.grid)}
    if reference is not None:
        datasets["reference"] = _dataset("reference", "image", reference, labels.grid)
    sides: Sides | None = None
    if hemispheres is not None:
        datasets["hemispheres"] = _dataset("hemispheres", "hemispheres", hemispheres, labels.grid)
        sides = SideVolume(lambda: datasets["hemispheres"].load().raw)
    return Package(
        name=name,
        layout="arrays",
        grid=labels.grid,
        region_map=region_map,
        datasets=datasets,
        annotation="annotation",
        reference="reference" if reference is not None else None,
        hemispheres="hemispheres" if hemispheres is not None else None,
        orientation=letters,
        sides=sides,
    )


def middle_plane(orientation: str, grid: VoxelGrid, convention: str) -> SidePlane:
    """Sides of a grid split at the middle of its left-right axis."""
    axis = axis_of(orientation, LEFT_RIGHT)
    low = LEFT if orientation[axis] == "l" else RIGHT
    return SidePlane(axis, round(grid.shape[axis] / 2), low, convention)


def _dataset(name: str, kind: DatasetKind, data: ArrayLike | VoxelData, grid: VoxelGrid) -> Dataset:
    volume = data if isinstance(data, VoxelData) else VoxelData.from_grid(data, grid)
    if volume.shape != grid.shape:
        raise ArgumentError(
            f"{name} of shape {volume.shape}; expected the annotation's {grid.shape}"
        )
    return Dataset(name, kind, lambda: volume)
