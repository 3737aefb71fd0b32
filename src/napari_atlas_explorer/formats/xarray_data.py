"""Volumes as arrays of xarray."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.errors import AtlasError
from ..core.space.placed_volume import PlacedVolume

WORLD, ARRAY = "xyz", "ijk"


def make_data_array(volume: PlacedVolume) -> Any:
    """Return a ``DataArray``; see `VoxelData.to_xarray`."""
    try:
        import xarray
    except ModuleNotFoundError as exc:
        raise AtlasError("to_xarray needs xarray; install it: pip install xarray") from exc
    grid = volume.grid
    dims, coords = list(ARRAY[: grid.ndim]), {}
    if not grid.is_oblique:
        dims = [WORLD[axis] for axis in grid.world_axes]
        for axis, world in enumerate(grid.world_axes):
            centers = np.full((grid.shape[axis], grid.ndim), 0.5)
            centers[:, axis] += np.arange(grid.shape[axis])
            dim = dims[axis]
            coords[dim] = (dim, grid.to_world(centers)[:, world], {"units": "µm"})
    payload = [f"component_{k}" for k in range(len(volume.payload_shape))]
    attrs = {"affine": grid.affine.tolist(), "units_of_affine": "µm"}
    return xarray.DataArray(volume.raw, coords, [*dims, *payload], attrs=attrs)
