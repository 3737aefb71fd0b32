"""A user's layers in the atlas's space: from what napari shows to µm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.atlas import Atlas
from ..core.errors import ArgumentError
from ..core.grid import VoxelGrid
from ..core.voxels import VoxelData
from .layers import METADATA_KEY
from .placement import display_axes, layer_placement
from .writers import micrometres, placed_values, read_anew

N_AXES = 3


def shown_to_atlas(atlas: Atlas) -> NDArray[np.float64]:
    """Matrix ``(4, 4)`` from positions in the window to the atlas's space, both µm.

    The identity for most atlases. An oblique one is shown along its array axes, and one whose
    voxel size is not known in voxels.
    """
    axes = display_axes(atlas.grid)
    placement = layer_placement(atlas.grid, atlas.orientation, atlas.package.resolution_known)
    shown = np.eye(N_AXES + 1)
    if "affine" in placement:
        shown = np.asarray(placement["affine"], dtype=np.float64)
    else:
        shown[:-1, :-1] = np.diag(placement["scale"])
        shown[:-1, -1] = placement["translate"]
    # From a layer's voxel numbers (centres are whole) to the array's index space.
    indices = np.zeros((N_AXES + 1, N_AXES + 1))
    indices[-1, -1] = 1
    for layer_axis, array_axis in enumerate(axes):
        indices[array_axis, layer_axis] = 1
        indices[array_axis, -1] = 0.5
    matrix = np.asarray(atlas.grid.affine @ indices @ np.linalg.inv(shown))
    # Exactly the identity where it is meant: rounding would make a grid oblique.
    return np.eye(N_AXES + 1) if np.allclose(matrix, np.eye(N_AXES + 1), atol=1e-9) else matrix


def positions_of(layer: Any, atlas: Atlas) -> NDArray[np.float64]:
    """Positions ``(n, 3)`` of a Points layer in the atlas's space, µm.

    Raises
    ------
    ArgumentError
        If it has not three axes, or its unit is no length.
    """
    if layer.ndim != N_AXES:
        raise ArgumentError(
            f"layer {layer.name!r} has points of {layer.ndim} coordinates; expected three"
        )
    factors = _factors(layer.units, atlas, layer.name, "import the file with ⋯ › Import points…")
    data = np.asarray(layer.data, dtype=np.float64)
    inner = np.asarray(layer.affine.affine_matrix) @ _inner(layer)
    world = (data @ inner[:-1, :-1].T + inner[:-1, -1]) * factors
    to_atlas = shown_to_atlas(atlas)
    return np.asarray(world @ to_atlas[:-1, :-1].T + to_atlas[:-1, -1])


def _inner(layer: Any) -> NDArray[np.float64]:
    """Matrix of a layer's own scale, rotation, shear and translation, before its affine."""
    from napari.utils.transforms import Affine

    inner = Affine(
        scale=layer.scale, translate=layer.translate, rotate=layer.rotate, shear=layer.shear
    )
    return np.asarray(inner.affine_matrix)


def _factors(units: Sequence[Any], atlas: Atlas, name: str, otherwise: str) -> NDArray[np.float64]:
    """How many µm (voxels, where the atlas has no µm) one of a layer's units is, by axis."""
    found = [micrometres(unit) for unit in units]
    if not atlas.package.resolution_known:
        if any(factor is not None for factor in found):
            raise ArgumentError(
                f"layer {name!r} is in {units[0]} and the atlas's voxel size is not known; "
                f"state it with ⋯ › How the atlas lies…"
            )
        return np.ones(len(found))
    if any(factor is None for factor in found):
        raise ArgumentError(
            f"layer {name!r} is in pixels, so that nothing says where it lies; "
            f"set its units to µm, or {otherwise}"
        )
    return np.array(found, dtype=np.float64)


def volume_of(layer: Any, atlas: Atlas) -> VoxelData:
    """Values of an Image layer, placed in the atlas's space.

    A layer in pixels with as many voxels as the atlas has, and no scale of its own, has the
    atlas's placement: it was opened without one.

    Raises
    ------
    ArgumentError
        If it is no volume of three axes with one value each, or nothing says where it lies.
    """
    if getattr(layer, "rgb", False):
        raise ArgumentError(f"layer {layer.name!r} holds colours; expected one value per voxel")
    data, meta, _ = layer.as_layer_data_tuple()
    if getattr(layer, "multiscale", False):
        data = data[0]
    if layer.ndim != N_AXES:
        raise ArgumentError(f"layer {layer.name!r} has {layer.ndim} axes; expected three")
    said = layer.metadata.get(METADATA_KEY)
    if isinstance(said, dict) and said.get("atlas") is atlas:
        image = read_anew(atlas, said)
        if image is not None:
            return image
    axes = display_axes(atlas.grid)
    if tuple(data.shape) == tuple(atlas.shape[a] for a in axes) and _unplaced(layer):
        values = np.asarray(data).transpose(np.argsort(axes))
        return VoxelData.from_grid(values, atlas.grid)
    if atlas.package.resolution_known:
        placed = placed_values(np.asarray(data), meta)
        if placed.atlas is atlas:
            return VoxelData.from_grid(placed.values, placed.grid)
        grid = placed.grid
    else:
        _factors(layer.units, atlas, layer.name, "match it to the atlas's voxels")
        placed = placed_values(np.asarray(data), {**meta, "units": ("um",) * N_AXES})
        grid = placed.grid
    return VoxelData.from_grid(
        placed.values, VoxelGrid(grid.shape, shown_to_atlas(atlas) @ grid.affine)
    )


def _unplaced(layer: Any) -> bool:
    """Whether a layer lies as napari puts what says nothing of its place."""
    matrix = np.asarray(layer.affine.affine_matrix) @ _inner(layer)
    return all(micrometres(unit) is None for unit in layer.units) and np.allclose(
        matrix, np.eye(len(matrix))
    )
