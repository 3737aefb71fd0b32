"""Masks made from recipes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ...compute.morphology import fill, grow, largest_component, shell, shrink
from ...core import mask_recipe
from ...core.atlas.atlas import Atlas
from ...core.errors import ArgumentError, AtlasError
from ...core.mask_recipe import MaskRecipe, Operation, mask_sha256
from ...core.selection import Selection
from ...core.space.grid import VoxelGrid
from ...core.space.volume import ROIMask
from ..requirements import require_voxel_size

BY_MICROMETERS = {mask_recipe.GROW: grow, mask_recipe.SHRINK: shrink, mask_recipe.SHELL: shell}
WITHOUT_SIZE = {mask_recipe.FILL: fill, mask_recipe.LARGEST: largest_component}
WHY = ", without which a mask has no measure"


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


def apply_operations(
    mask: NDArray[np.bool_],
    grid: VoxelGrid,
    operations: Iterable[Operation],
    cutters: Sequence[NDArray[np.bool_]] = (),
    in_place: bool = False,
) -> NDArray[np.bool_]:
    """Take a mask through the steps of a recipe, the first one first; see `make_mask`.

    The mask stays as it is unless it is to be changed in place, which takes half the memory.
    """
    waiting = iter(cutters)
    for operation in operations:
        mask = _apply_operation(mask, grid, operation, waiting, in_place)
        in_place = True
    if next(waiting, None) is not None:
        raise ArgumentError(f"{len(cutters)} masks to cut with; the recipe cuts less often")
    return mask


def _apply_operation(
    mask: NDArray[np.bool_],
    grid: VoxelGrid,
    operation: Operation,
    cutters: Iterator[NDArray[np.bool_]],
    in_place: bool,
) -> NDArray[np.bool_]:
    name, distance = operation.name, operation.micrometers
    if name in BY_MICROMETERS and distance is not None:
        return BY_MICROMETERS[name](mask, grid, distance, in_place)
    if name in WITHOUT_SIZE:
        return WITHOUT_SIZE[name](mask, in_place)
    if name != mask_recipe.CUT:
        raise ArgumentError(f"a step {name!r} of {distance} µm; expected one of a recipe's steps")
    cutter = next(cutters, None)
    if cutter is None:
        raise AtlasError(
            "the recipe cuts the mask with a layer that it does not hold; expected that layer too"
        )
    if cutter.shape != mask.shape or cutter.dtype != bool:
        raise ArgumentError(
            f"a mask to cut with of shape {cutter.shape} and dtype {cutter.dtype}; "
            f"expected {mask.shape} and bool"
        )
    if operation.sha256 is not None and mask_sha256(cutter) != operation.sha256:
        raise AtlasError("the mask to cut with is not the one that the recipe was written with")
    return np.logical_and(mask, cutter, out=mask if in_place else None)
