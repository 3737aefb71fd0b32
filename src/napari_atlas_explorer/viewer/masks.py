"""Mask layers with their recipes, and undoable steps that change them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..analysis.requirements import require_voxel_size
from ..core.atlas.atlas import Atlas
from ..core.errors import AtlasError
from ..core.mask_recipe import MaskRecipe, mask_sha256
from ..core.selection import Selection
from ..core.space.grid import VoxelGrid
from ..core.text import as_plain
from ..formats.masks import NamedMask
from .color_table import exact_colormap
from .history import checksum
from .layer_info import LayerInfo, info_of
from .layers import LayerData
from .placement import display_axes, displayed, layer_placement

if TYPE_CHECKING:
    import napari
    from napari.layers import Labels, Layer

MASK = "mask"
MASK_COLOR = (0.95, 0.45, 0.1, 1.0)
MOST_LAYERS = 30
"""Maximum layers per click: napari's list becomes unusable with a hundred."""


def mask_layer(atlas: Atlas, mask: NDArray[np.bool_], recipe: MaskRecipe, name: str) -> LayerData:
    """Return a Labels layer of 0 and 1 with its recipe in the metadata, for painting."""
    table = np.array([(0, 0, 0, 0), MASK_COLOR], np.float32)
    return (
        displayed(mask.astype(np.uint8), atlas.grid),
        {**_configure(atlas, recipe, name), "colormap": exact_colormap(table)},
        "labels",
    )


def valued_layer(atlas: Atlas, selection: Selection, recipe: MaskRecipe, name: str) -> LayerData:
    """Return a Labels layer with a value and color per region; features name them."""
    values = np.zeros(atlas.shape, np.uint16)
    rows: dict[str, list[Any]] = {"index": [0], "id": [0], "acronym": [""], "name": ["background"]}
    colors = [(0.0, 0.0, 0.0, 0.0)]
    n_known = len(atlas.region_map)
    for number, part in enumerate(selection.parts(), 1):
        rank = part[0]
        values[Selection.of_parts(atlas.ranks, [part]).mask(atlas.hemisphere_rule)] = number
        known = rank <= n_known
        rows["index"].append(number)
        rows["id"].append(int(atlas.ranks.ids[rank]))
        rows["acronym"].append(atlas.region_map.acronym_of_rank(rank) if known else "?")
        rows["name"].append(
            atlas.region_map.name_of_rank(rank) if known else "not in the hierarchy"
        )
        r, g, b = atlas.region_map.color_of_rank(rank) if known else (128, 128, 128)
        colors.append((r / 255, g / 255, b / 255, 1.0))
    options = {
        **_configure(atlas, recipe, name, valued=True),
        "features": rows,
        "colormap": exact_colormap(np.array(colors, np.float32)),
    }
    return displayed(values, atlas.grid), options, "labels"


def selection_layers(
    atlas: Atlas, selection: Selection, query: str, kind: str
) -> list[tuple[Layer, int]]:
    """Make the mask layers of a selection, each with its `checksum`.

    Parameters
    ----------
    atlas, selection
        The atlas, and its regions.
    query
        The query that made the selection, "" for none.
    kind
        "union" for one layer of 0 and 1, "values" for one with a value per region, "each" for
        one layer per region.
    """
    from napari.layers import Layer

    selections = [selection]
    if kind == "each":
        selections = [Selection.of_parts(atlas.ranks, [part]) for part in selection.parts()]
        query = ""
    layers = []
    for part in selections:
        recipe, name = MaskRecipe.of(atlas, part, query), f"mask {query or part.describe(3)}"
        if kind == "values":
            data = valued_layer(atlas, part, recipe, name)
        else:
            mask = part.mask(atlas.hemisphere_rule)
            data = mask_layer(atlas, mask, recipe.with_result(mask), name)
        layer = Layer.create(*data)
        layers.append((layer, checksum(layer.data)))
    return layers


def recipe_of(layer: Any) -> MaskRecipe | None:
    """Return the recipe of a mask layer, None for others."""
    info = info_of(layer)
    return info.recipe if info is not None else None


def is_valued(layer: Any) -> bool:
    """Return whether a mask layer has a value for each region."""
    info = info_of(layer)
    return info is not None and info.valued


def active_mask(viewer: napari.Viewer) -> Labels | None:
    """Return the active layer, if it is a mask of 0 and 1."""
    layer = viewer.layers.selection.active
    if layer is None or recipe_of(layer) is None or is_valued(layer):
        return None
    return layer


def cutting_layers(viewer: napari.Viewer, mask: Labels) -> list[Labels]:
    """Return the other Labels layers on a mask's voxels, which can cut it."""
    from napari.layers import Labels

    return [
        layer
        for layer in viewer.layers
        if isinstance(layer, Labels)
        and layer is not mask
        and tuple(layer.data.shape) == tuple(mask.data.shape)
        and np.allclose(layer.extent.world, mask.extent.world)
    ]


def painted_voxels(layer: Labels, grid: VoxelGrid) -> NDArray[np.bool_]:
    """Return where a layer in display order is not 0, in the grid's array order."""
    return np.asarray(np.asarray(layer.data).transpose(np.argsort(display_axes(grid))) != 0)


def is_edited(layer: Labels, grid: VoxelGrid) -> bool:
    """Return whether a mask layer that was painted in differs from what its recipe gives.

    A layer with a value for each region has no checksum to compare with, and counts as edited.
    """
    recipe = recipe_of(layer)
    if recipe is None or recipe.mask_sha256 is None:
        return True
    return recipe.mask_sha256 != mask_sha256(painted_voxels(layer, grid))


def mask_to_save(viewer: napari.Viewer, atlas: Atlas, selection: Selection) -> NamedMask:
    """Return the mask in the active layer, else that of a selection, with its recipe.

    A mask that was painted in since it was made has no recipe that gives it.

    Raises
    ------
    AtlasError
        If there is neither, or the voxel size is unknown.
    """
    layer = active_mask(viewer)
    info = info_of(layer) if layer is not None else None
    if layer is None or info is None or info.atlas is not atlas:
        if not selection:
            raise AtlasError("nothing to save: select regions, or the layer of a mask")
        require_voxel_size(atlas)
        recipe, mask = MaskRecipe.of(atlas, selection), selection.mask(atlas.hemisphere_rule)
        return NamedMask(f"mask {selection.describe(3)}", mask, recipe.with_result(mask))
    require_voxel_size(atlas)
    mask, kept = painted_voxels(layer, atlas.grid), recipe_of(layer)
    edited = kept is None or kept.mask_sha256 not in (None, mask_sha256(mask))
    return NamedMask(layer.name, mask, None if edited else kept)


def _configure(atlas: Atlas, recipe: MaskRecipe, name: str, valued: bool = False) -> dict[str, Any]:
    return {
        "name": as_plain(name),
        **layer_placement(atlas.grid, atlas.orientation, atlas.package.resolution_known),
        "opacity": 0.6,
        "metadata": LayerInfo(atlas, role=MASK, recipe=recipe, valued=valued).as_metadata(),
    }
