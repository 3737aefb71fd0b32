"""Masks from recipes: the regions, then the steps in their order."""

from __future__ import annotations

import numpy as np
import pytest

from napari_atlas_explorer import Atlas, ROIMask
from napari_atlas_explorer.analysis.masks.making import make_mask
from napari_atlas_explorer.compute.morphology import grow, largest_component, shell, shrink
from napari_atlas_explorer.core.errors import ArgumentError, AtlasError
from napari_atlas_explorer.core.mask_recipe import MaskRecipe, Operation, mask_sha256
from napari_atlas_explorer.core.query.parser import select

from ...refusals import refused

# conftest: a1 and a2 are boxes of 2 × 3 × 2 voxels of 10 × 20 × 30 µm, A holds both.


def recipe_for(atlas: Atlas, query: str, *steps: Operation) -> MaskRecipe:
    return MaskRecipe.of(atlas, select(query, atlas.ranks), query, steps)


def test_without_steps_it_is_the_regions_mask(small_atlas):
    made = make_mask(small_atlas, recipe_for(small_atlas, "left:A"))
    assert isinstance(made, ROIMask)
    expected = small_atlas.get_structure_mask("A", hemisphere="left")
    np.testing.assert_array_equal(made.raw, expected.raw)
    np.testing.assert_array_equal(made.voxel_dimensions, [10, 20, 30])


@pytest.mark.parametrize(
    ("step", "do"),
    [
        (Operation("grow", 20), lambda m, g: grow(m, g, 20)),
        (Operation("shrink", 10), lambda m, g: shrink(m, g, 10)),
        (Operation("shell", 10), lambda m, g: shell(m, g, 10)),
        (Operation("largest component"), lambda m, g: largest_component(m)),
    ],
)
def test_each_step_does_what_its_function_does(small_map, step, do):
    ids = np.zeros((9, 9, 9), np.uint32)
    ids[1:6, 1:6, 1:6] = ids[8, 8, 8] = 3
    atlas = Atlas.from_arrays(ids, small_map, (10.0, 20.0, 30.0))
    expected = do(ids == 3, atlas.grid)
    assert not np.array_equal(expected, ids == 3)
    made = make_mask(atlas, recipe_for(atlas, "a1", step)).raw
    np.testing.assert_array_equal(made, expected)


def test_holes_are_filled(small_map):
    ids = np.full((5, 5, 5), 3, np.uint32)
    ids[0] = ids[2, 2, 2] = 0
    atlas = Atlas.from_arrays(ids, small_map, 10.0)
    made = make_mask(atlas, recipe_for(atlas, "a1", Operation("fill"))).raw
    np.testing.assert_array_equal(made, np.arange(5)[:, None, None].repeat(5, 1).repeat(5, 2) > 0)


def test_steps_are_taken_in_their_order(small_atlas):
    grow_first = recipe_for(small_atlas, "a1", Operation("grow", 30), Operation("shrink", 30))
    shrink_first = recipe_for(small_atlas, "a1", Operation("shrink", 30), Operation("grow", 30))
    assert make_mask(small_atlas, grow_first).raw.sum() > 0
    assert make_mask(small_atlas, shrink_first).raw.sum() == 0


def test_a_cut_leaves_what_is_in_the_layer_that_is_handed_in(small_atlas):
    cutter = np.zeros(small_atlas.shape, bool)
    cutter[:2] = True
    recipe = recipe_for(small_atlas, "A", Operation("cut", sha256=mask_sha256(cutter)))
    made = make_mask(small_atlas, recipe, [cutter]).raw
    np.testing.assert_array_equal(made, small_atlas.get_structure_mask("A").raw & cutter)
    with refused("layer that it does not hold", by=AtlasError):
        make_mask(small_atlas, recipe)
    with refused("not the one", by=AtlasError):
        make_mask(small_atlas, recipe, [~cutter])
    with refused("uint8", by=ArgumentError):
        make_mask(small_atlas, recipe, [cutter.astype(np.uint8)])
    with refused("cuts less often", by=ArgumentError):
        make_mask(small_atlas, recipe, [cutter, cutter])


def test_another_mask_than_the_recipe_was_written_for_is_noticed(small_atlas, small_map):
    recipe = recipe_for(small_atlas, "a1", Operation("grow", 20))
    recipe = recipe.with_result(make_mask(small_atlas, recipe).raw)
    assert make_mask(small_atlas, recipe).raw.any()
    ids = small_atlas.annotation.raw
    finer = Atlas.from_arrays(ids, small_map, (5.0, 10.0, 15.0))
    with refused("another mask", by=AtlasError):
        make_mask(finer, recipe)
    # The same ids, but a region moved in the hierarchy: "with all below" is something else.
    whole = recipe_for(small_atlas, "A")
    whole = whole.with_result(make_mask(small_atlas, whole).raw)
    flat = type(small_map).flat([{"id": i, "acronym": str(i), "name": str(i)} for i in (2, 3, 4)])
    with refused("hierarchy", by=AtlasError):
        make_mask(Atlas.from_arrays(ids, flat, (10.0, 20.0, 30.0)), whole)
