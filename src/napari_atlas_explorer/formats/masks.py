"""Writer of masks with their mask recipes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..compute.meshes.marching import extract_surface
from ..core.colors.region_colors import Rgb
from ..core.errors import ArgumentError, AtlasFileError
from ..core.mask_recipe import MaskRecipe, mask_sha256
from ..core.space.grid import VoxelGrid
from .common.atomic import atomic_writes
from .meshes.writer import WRITTEN_MESHES, write_mesh
from .nrrd.segmentation import Segment, write_seg_nrrd
from .recipes import RECIPE_KEY, recipe_line, recipe_path, write_recipe
from .volumes import WRITTEN, write_volume

WRITTEN_MASKS = (*WRITTEN, *WRITTEN_MESHES)
"""Suffixes of the formats that masks are written in."""
CARRYING = (".nrrd", ".nii", ".nii.gz")
"""Formats whose headers hold a recipe."""


@dataclass(frozen=True, eq=False)
class NamedMask:
    """Mask with its name, color and recipe.

    Attributes
    ----------
    name
        For people.
    mask
        Booleans of the grid's shape.
    recipe
        How it was made, or None.
    color
        0 to 255 each, or None.
    id
        Identifier, unique among those in one file, or "".
    """

    name: str
    mask: NDArray[np.bool_]
    recipe: MaskRecipe | None = None
    color: Rgb | None = None
    id: str = ""


def mask_files(path: str | Path, with_recipe: bool = True) -> list[Path]:
    """Return the files of a written mask: itself, and its recipe where it cannot carry one."""
    path = Path(path)
    has_recipe_file = with_recipe and not path.name.lower().endswith(CARRYING)
    return [path, recipe_path(path)] if has_recipe_file else [path]


def write_mask(
    path: str | Path, named: NamedMask, grid: VoxelGrid, orientation: str | None = None
) -> list[Path]:
    """Write one mask in the format of the name's suffix; see `WRITTEN_MASKS`.

    Volumes are uint8, 1 inside: NRRD with the corner as its origin (VoxelBrain's masks), NIfTI,
    TIFF, and a segmentation of one segment. Meshes are the mask's surface, in µm of the atlas's
    world. The recipe goes into the header, or into a JSON file next to it.

    Parameters
    ----------
    path
        Target; replaced in one step, together with its recipe.
    named
        The mask.
    grid
        Placement, µm.
    orientation
        Letters of the sides on which the array axes start, or None.

    Returns
    -------
    The files written, the mask's first.

    Raises
    ------
    ArgumentError
        If the recipe has a checksum, and the mask another one.
    """
    name = str(path).lower()
    if name.endswith(".seg.nrrd"):
        return write_masks(path, [named], grid, orientation)
    recipe = check_recipe(named)
    files = mask_files(path, recipe is not None)
    if recipe is None or len(files) == 1:
        _write_mask_alone(Path(path), named, recipe, grid, orientation)
        return files
    with atomic_writes(files) as (mask_file, recipe_file):
        _write_mask_alone(mask_file, named, recipe, grid, orientation)
        write_recipe(recipe_file, recipe)
    return files


def _write_mask_alone(
    path: Path,
    named: NamedMask,
    recipe: MaskRecipe | None,
    grid: VoxelGrid,
    orientation: str | None,
) -> None:
    """Write a mask; its recipe only where the format can carry it."""
    if path.name.lower().endswith(WRITTEN_MESHES):
        write_mesh(path, *extract_surface(named.mask, grid))
    else:
        custom = {} if recipe is None else {RECIPE_KEY: recipe_line([recipe])}
        write_volume(path, named.mask, grid, orientation, custom)


def write_masks(
    path: str | Path, masks: Sequence[NamedMask], grid: VoxelGrid, orientation: str | None = None
) -> list[Path]:
    """Write masks as one segmentation of 3D Slicer; overlapping masks go to several layers."""
    if not str(path).lower().endswith(".seg.nrrd"):
        raise AtlasFileError(path, f"{len(masks)} masks in one file", "a name in .seg.nrrd")
    if not masks:
        raise ArgumentError("no mask to be written")
    recipes = [check_recipe(named) for named in masks]
    dtype = np.uint8 if len(masks) < 2**8 else np.uint16 if len(masks) < 2**16 else np.uint32
    layers: list[NDArray[np.unsignedinteger]] = []
    segments = []
    for number, named in enumerate(masks, 1):
        free = (k for k, layer in enumerate(layers) if not layer[named.mask].any())
        layer = next(free, len(layers))
        if layer == len(layers):
            layers.append(np.zeros(grid.shape, dtype))
        layers[layer][named.mask] = number
        color = None if named.color is None else tuple(v / 255 for v in named.color)
        segments.append(Segment(named.name, number, layer, color, named.id))  # type: ignore[arg-type]
    known = [recipe for recipe in recipes if recipe is not None]
    # One recipe for each segment, or none: a list with gaps would be ambiguous.
    custom = {RECIPE_KEY: recipe_line(known)} if len(known) == len(masks) else {}
    write_seg_nrrd(path, layers, segments, grid, orientation, custom)
    return [Path(path)]


def check_recipe(named: NamedMask) -> MaskRecipe | None:
    """Check the recipe of a mask and add the mask's checksum to it."""
    recipe = named.recipe
    if recipe is None:
        return None
    digest = mask_sha256(named.mask)
    if recipe.mask_sha256 not in (None, digest):
        raise ArgumentError(
            f"mask {named.name!r} differs from its recipe's result (it was edited since); "
            f"expected a mask without recipe"
        )
    return recipe.with_result(named.mask)
