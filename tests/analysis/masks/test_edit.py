"""Operations on a mask that was made, and what its recipe says of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_atlas_explorer import Atlas, RegionMap
from napari_atlas_explorer.analysis.masks.edit import apply_operations, edit_mask
from napari_atlas_explorer.analysis.masks.making import make_mask
from napari_atlas_explorer.core.errors import ArgumentError, AtlasError
from napari_atlas_explorer.core.mask_recipe import MaskRecipe, Operation, mask_sha256
from napari_atlas_explorer.core.query.parser import select

from ...refusals import refused


def line(text: str) -> NDArray[np.bool_]:
    """Mask of one row of voxels: "#" is in it."""
    return np.array([[[letter == "#" for letter in text]]])


@pytest.fixture
def row(small_map: RegionMap) -> Atlas:
    """Nine voxels of 10 µm in a row, of which a1 has four."""
    ids = np.where(line("..##.##..")[0, 0], 3, 0).astype(np.uint32)
    return Atlas.from_arrays(ids[None, None], small_map, 10.0)


@pytest.fixture
def recipe(row: Atlas) -> MaskRecipe:
    return MaskRecipe.of(row, select("a1", row.ranks), "a1").with_result(line("..##.##.."))


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (Operation("grow", 10), ".#######."),
        (Operation("grow", 19.9), ".#######."),
        (Operation("grow", 20), "#########"),
        (Operation("shrink", 10), "........."),
        (Operation("shell", 10), "..##.##.."),
        (Operation("largest component"), "..##....."),
    ],
)
def test_an_operation_gives_a_mask_and_the_recipe_that_makes_it(row, recipe, operation, expected):
    mask = line("..##.##..")
    edited, after = edit_mask(row, mask, recipe, operation)
    np.testing.assert_array_equal(edited, line(expected))
    np.testing.assert_array_equal(mask, line("..##.##.."))
    assert after.operations == (operation,)
    assert after.query == "a1"
    np.testing.assert_array_equal(make_mask(row, after).raw, edited)


def test_what_the_edge_does_not_close_is_no_hole(small_map):
    block = np.ones((5, 5, 5), bool)
    block[2, 2, 2] = block[0, 2, 2] = False
    atlas = Atlas.from_arrays(block.astype(np.uint32) * 3, small_map, 10.0)
    recipe = MaskRecipe.of(atlas, select("a1", atlas.ranks))
    edited, _ = edit_mask(atlas, block, recipe, Operation("fill"))
    block[2, 2, 2] = True
    np.testing.assert_array_equal(edited, block)


def test_operations_are_written_down_one_after_the_other(row, recipe):
    grown, after = edit_mask(row, line("..##.##.."), recipe, Operation("grow", 10))
    shrunk, after = edit_mask(row, grown, after, Operation("shrink", 10))
    np.testing.assert_array_equal(shrunk, line("..#####.."))
    assert [o.describe() for o in after.operations] == ["grow 10 µm", "shrink 10 µm"]
    assert after.mask_sha256 == mask_sha256(line("..#####.."))
    assert recipe.operations == ()


def test_the_recipe_of_a_mask_that_was_painted_in_vouches_for_nothing(row, recipe):
    painted = line("#.##.##..")
    edited, after = edit_mask(row, painted, recipe, Operation("grow", 10))
    np.testing.assert_array_equal(edited, line("########."))
    assert after.mask_sha256 is None
    _, later = edit_mask(row, edited, after, Operation("shrink", 10))
    assert later.mask_sha256 is None


def test_a_cut_keeps_what_both_masks_have(row, recipe):
    cutter = line(".###...##")
    operation = Operation("cut", sha256=mask_sha256(cutter))
    edited, after = edit_mask(row, line("..##.##.."), recipe, operation, [cutter])
    np.testing.assert_array_equal(edited, line("..##....."))
    np.testing.assert_array_equal(make_mask(row, after, [cutter]).raw, edited)
    with refused("not the one", by=AtlasError):
        edit_mask(row, line("..##.##.."), recipe, operation, [~cutter])


def test_a_cut_needs_one_mask_of_the_same_shape(row, recipe):
    mask, cutter, cut = line("..##.##.."), line(".###...##"), Operation("cut")
    with refused("layer that it does not hold", by=AtlasError):
        edit_mask(row, mask, recipe, cut)
    with refused("uint8", by=ArgumentError):
        edit_mask(row, mask, recipe, cut, [cutter.astype(np.uint8)])
    with refused("(1, 1, 4)", by=ArgumentError):
        edit_mask(row, mask, recipe, cut, [cutter[..., :4]])
    with refused("cuts less often", by=ArgumentError):
        edit_mask(row, mask, recipe, Operation("fill"), [cutter])


def test_a_size_needs_a_voxel_size_and_nothing_else_does(small_map, recipe):
    mask = line("..##.##..")
    stated = Atlas.from_arrays(mask.astype(np.uint32) * 3, small_map, 1.0)
    unknown = Atlas(replace(stated.package, resolution_known=False))
    with refused("do not state the voxel size", by=ArgumentError, remedy="state voxel size"):
        edit_mask(unknown, mask, recipe, Operation("grow", 10))
    edited, _ = edit_mask(unknown, mask, recipe, Operation("largest component"))
    np.testing.assert_array_equal(edited, line("..##....."))


def test_a_mask_is_changed_in_place_only_where_that_is_asked_for(row):
    cutter, mask = line("....#####"), line("..##.##..")
    operations = (Operation("grow", 10), Operation("cut"))
    made = apply_operations(mask, row.grid, operations, [cutter])
    np.testing.assert_array_equal(made, line("....####."))
    np.testing.assert_array_equal(mask, line("..##.##.."))
    made = apply_operations(mask, row.grid, operations[::-1], [cutter])
    np.testing.assert_array_equal(made, line("....####."))
    np.testing.assert_array_equal(mask, line("..##.##.."))
    assert apply_operations(mask, row.grid, operations, [cutter], in_place=True) is mask
    np.testing.assert_array_equal(mask, line("....####."))
