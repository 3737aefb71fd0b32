"""Masks made from recipes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from ...core.atlas.atlas import Atlas
from ...core.errors import AtlasError
from ...core.mask_recipe import MaskRecipe, mask_sha256
from ...core.selection import Selection
from ...core.space.volume import ROIMask
from ..requirements import require_voxel_size
from .edit import WHY, apply_operations


def make_mask(
    atlas: Atlas,
    recipe: MaskRecipe,
    cutters: Sequence[NDArray[np.bool_]] = (),
    voxels_of: Callable[[Selection], NDArray[np.bool_]] | None = None,
) -> ROIMask:
    """Make the mask that a recipe describes: the same voxels each time.

    Parameters
    ----------
    atlas
        The atlas of the recipe, from whichever files.
    recipe
        What to make.
    cutters
        Masks of the atlas's shape, one for each step "cut", in their order: the voxels that
        stay. A recipe knows them by their SHA-256 alone.
    voxels_of
        Finds the voxels of a selection, where something else than this process does.

    Raises
    ------
    AtlasError
        If the atlas is not the recipe's, does not say how large a voxel is where the recipe
        has steps in µm, or gives another mask than the one that the recipe was written for.

    Examples
    --------
    >>> from napari_atlas_explorer import open_atlas
    >>> atlas = open_atlas("sample")
    >>> thalamus = Selection.of_ranks(atlas.ranks, [atlas.region_map.rank("TH")])
    >>> recipe = MaskRecipe.of(atlas, thalamus)
    >>> bool((make_mask(atlas, recipe) == atlas.get_structure_mask("TH")).all())
    True
    """
    selection = recipe.selection(atlas)
    if any(o.micrometers is not None for o in recipe.operations):
        require_voxel_size(atlas, WHY)
    mask = selection.mask(atlas.hemisphere_rule) if voxels_of is None else voxels_of(selection)
    mask = apply_operations(mask, atlas.grid, recipe.operations, cutters, in_place=True)
    if recipe.mask_sha256 is not None and mask_sha256(mask) != recipe.mask_sha256:
        raise AtlasError(
            f"the recipe gives another mask in {atlas.name} than where it was written; "
            f"the hierarchy, the sides or the voxel size are not the same"
        )
    return ROIMask.from_grid(mask, atlas.grid)
