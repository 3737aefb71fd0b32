"""Writers for napari's Save: layers as volumes with their placement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.atlas.atlas import Atlas
from ..core.errors import ArgumentError
from ..core.mask_recipe import mask_sha256
from ..core.space.grid import VoxelGrid
from ..core.space.volume import VoxelData
from ..formats.masks import NamedMask, write_mask
from ..formats.volumes import write_segments, write_volume
from .layer_info import LayerInfo, info_in
from .placement import display_axes


@dataclass(frozen=True)
class PlacedValues:
    """Values in array order and their placement."""

    values: NDArray[Any]
    grid: VoxelGrid
    orientation: str | None
    atlas: Atlas | None


def write_layer(path: str, data: Any, meta: Mapping[str, Any]) -> list[str]:
    """Write an Image or Labels layer as NRRD, NIfTI or TIFF.

    The annotation is written with the atlas's own ids, not with the ranks that it shows.
    """
    placed = placed_values(data, meta)
    info = info_in(meta.get("metadata"))
    recipe = info.recipe if info is not None and not info.valued else None
    if recipe is not None:
        mask = np.asarray(placed.values) != 0
        # A painted mask no longer matches its recipe, and is written without it.
        kept = recipe if recipe.mask_sha256 == mask_sha256(mask) else None
        named = NamedMask(str(meta.get("name", "mask")), mask, kept)
        return [str(p) for p in write_mask(path, named, placed.grid, placed.orientation)]
    write_volume(path, placed.values, placed.grid, placed.orientation)
    return [path]


def write_segmentation(path: str, data: Any, meta: Mapping[str, Any]) -> list[str]:
    """Write a Labels layer as a segmentation of 3D Slicer, regions with names and colors."""
    placed = placed_values(data, meta)
    known: dict[int, tuple[str, tuple[float, float, float] | None]] = {}
    info = info_in(meta.get("metadata"))
    if placed.atlas is not None and info and info.dataset == placed.atlas.package.annotation:
        regions = placed.atlas.region_map
        for rank in range(1, len(regions) + 1):
            r, g, b = regions.color_of_rank(rank)
            color = (r / 255, g / 255, b / 255)
            known[int(regions.ids[rank])] = (regions.name_of_rank(rank), color)
    write_segments(path, placed.values, placed.grid, placed.orientation, known)
    return [path]


def placed_values(data: Any, meta: Mapping[str, Any]) -> PlacedValues:
    """Return a layer's values in its atlas's array order, and their placement.

    Raises
    ------
    ArgumentError
        If the layer is no volume of three axes, is rotated, or has no unit: a file would have
        to state a voxel size that is unknown.
    """
    info = info_in(meta.get("metadata")) or LayerInfo()
    atlas = info.atlas
    if atlas is not None:
        image = reread_image(atlas, info)
        if image is not None:
            return PlacedValues(image.raw, atlas.grid, atlas.orientation, atlas)
    levels = meta.get("multiscale") and not isinstance(data, np.ndarray)
    values = np.asarray(data[0] if levels else data)  # napari passes the coarsest level
    if atlas is not None:
        axes = display_axes(atlas.grid)
        if values.shape == tuple(atlas.shape[a] for a in axes):
            if info.dataset == atlas.package.annotation and info.values:
                stored: NDArray[Any] = atlas.annotation.raw
            else:
                stored = values.transpose(np.argsort(axes))
            return PlacedValues(stored, atlas.grid, atlas.orientation, atlas)
    name = meta.get("name", "layer")
    if values.ndim != 3:
        raise ArgumentError(f"layer {name!r} has {values.ndim} axes; volumes of three are written")
    return PlacedValues(values, _make_grid(values.shape, meta, name), None, None)


def reread_image(atlas: Atlas, info: LayerInfo) -> VoxelData | None:
    """Reread the image of a lazily read layer; None for other layers.

    Damaged chunks, which such a layer shows as zeros, raise an error.
    """
    dataset = atlas.package.datasets.get(info.dataset)
    if dataset is None or dataset.levels is None:
        return None
    return atlas.load_data(dataset.name, VoxelData)


def _make_grid(shape: tuple[int, ...], meta: Mapping[str, Any], name: str) -> VoxelGrid:
    """Make the grid of a layer's voxels; napari places centers, a grid starts at a corner."""
    rotated = not np.allclose(meta.get("rotate", np.eye(3)), np.eye(3))
    sheared = not np.allclose(np.asarray(meta.get("shear", np.eye(3))), 0) and not np.allclose(
        np.asarray(meta.get("shear", np.eye(3))), np.eye(3)
    )
    if rotated or sheared:
        raise ArgumentError(f"layer {name!r} is rotated or sheared; its voxels have no simple grid")
    factors = [micrometers(unit) for unit in meta.get("units") or ("pixel",) * 3]
    if any(factor is None for factor in factors):
        raise ArgumentError(
            f"layer {name!r} is in pixels, so that its voxel size is not known; "
            f"set its units to µm, or match it to the atlas's voxels"
        )
    factor = np.array(factors, dtype=np.float64)
    outer = np.asarray(meta.get("affine", np.eye(4)), dtype=np.float64)
    scale = np.asarray(meta.get("scale", np.ones(3)), dtype=np.float64)
    translate = np.asarray(meta.get("translate", np.zeros(3)), dtype=np.float64)
    affine = np.eye(4)
    affine[:3, :3] = factor[:, None] * (outer[:3, :3] * scale)
    center = factor * (outer[:3, :3] @ translate + outer[:3, 3])
    affine[:3, 3] = center - affine[:3, :3] @ np.full(3, 0.5)
    return VoxelGrid(shape, affine)


def micrometers(unit: Any) -> float | None:
    """Return µm per layer unit, None where the unit is no length (a pixel)."""
    import pint

    try:
        return float((1 * pint.get_application_registry().Unit(str(unit))).to("um").magnitude)
    except (pint.PintError, ValueError, TypeError):
        return None
