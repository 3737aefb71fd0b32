"""Operations on masks, and the provenance of what they give."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ...compute.morphology import fill, grow, largest_component, shell, shrink
from ...core import mask_recipe
from ...core.atlas.atlas import Atlas
from ...core.errors import ArgumentError, AtlasError
from ...core.mask_recipe import MaskRecipe, Operation, mask_sha256
from ...core.space.grid import VoxelGrid
from ...core.space.volume import ROIMask
from ..requirements import require_voxel_size

BY_MICROMETERS = {mask_recipe.GROW: grow, mask_recipe.SHRINK: shrink, mask_recipe.SHELL: shell}
WITHOUT_SIZE = {mask_recipe.FILL: fill, mask_recipe.LARGEST: largest_component}
WHY = ", without which a mask has no measure"

Step = str | tuple[str, float]
"""A step of a mask: its name, or its name and µm."""


def parse_steps(steps: Iterable[Step]) -> tuple[Operation, ...]:
    """Return steps as operations; one alone counts as well."""
    given = [steps] if isinstance(steps, str) else list(steps)
    return tuple(Operation(s) if isinstance(s, str) else Operation(*s) for s in given)


def apply_steps(mask: ROIMask, steps: Iterable[Step]) -> ROIMask:
    """Change a mask as ``atlas-explorer mask --grow`` and the like do; the mask itself stays.

    Parameters
    ----------
    mask
        The mask.
    steps
        ``("grow", µm)``, ``("shrink", µm)``, ``("shell", µm)`` (what shrinking would remove),
        ``"fill"`` (its holes) and ``"largest component"``, in the order in which they are done.

    Raises
    ------
    ArgumentError
        If a step does not exist, or lacks its size.

    Examples
    --------
    >>> import numpy as np
    >>> box = np.zeros((9, 9, 9), bool)
    >>> box[3:6, 3:6, 3:6] = True
    >>> mask = ROIMask(box, (25, 25, 25))
    >>> int(apply_steps(mask, [("shrink", 25)]).raw.sum())
    1
    >>> int(apply_steps(mask, [("grow", 25), "fill"]).raw.sum())
    81
    """
    return ROIMask.from_grid(apply_operations(mask.raw, mask.grid, parse_steps(steps)), mask.grid)


def edit_mask(
    atlas: Atlas,
    mask: NDArray[np.bool_],
    recipe: MaskRecipe,
    operation: Operation,
    cutters: Sequence[NDArray[np.bool_]] = (),
) -> tuple[NDArray[np.bool_], MaskRecipe]:
    """Apply one operation to a mask; return the new mask and its recipe.

    Parameters
    ----------
    atlas
        The atlas of the mask.
    mask
        Booleans of the atlas's shape, left unchanged.
    recipe
        How the mask was made. If the mask was painted in since, the new recipe has no
        `mask_sha256` either: it does not describe the mask that it comes with.
    operation
        What to do.
    cutters
        For "cut", the mask of the voxels that stay.

    Raises
    ------
    AtlasError
        If the operation has a size and the atlas does not state how large a voxel is, or the
        cutter does not fit.
    """
    if operation.micrometers is not None:
        require_voxel_size(atlas, WHY)
    edited = apply_operations(mask, atlas.grid, [operation], cutters)
    after = recipe.with_operation(operation)
    if recipe.mask_sha256 == mask_sha256(mask):
        after = after.with_result(edited)
    return edited, after


def apply_operations(
    mask: NDArray[np.bool_],
    grid: VoxelGrid,
    operations: Iterable[Operation],
    cutters: Sequence[NDArray[np.bool_]] = (),
    in_place: bool = False,
) -> NDArray[np.bool_]:
    """Apply the operations of a recipe to a mask, in their order.

    Parameters
    ----------
    mask, grid
        Booleans, and the placement of their voxels.
    operations
        What to do, the first one first.
    cutters
        Masks of the same shape, one for each operation "cut", in their order.
    in_place
        Change the mask itself, which takes half the memory.

    Raises
    ------
    AtlasError
        If a cutter is missing, is one too many, or is not the one of its operation.
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
