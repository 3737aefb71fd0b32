"""Recipes: what they say, that they come back, and what they refuse."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_atlas_explorer import Atlas, RegionMap
from napari_atlas_explorer.core.errors import ArgumentError, AtlasError
from napari_atlas_explorer.core.mask_recipe import STEPS, MaskRecipe, Operation, mask_sha256
from napari_atlas_explorer.core.query.parser import select
from napari_atlas_explorer.core.selection import Selection
from napari_atlas_explorer.core.space.hemispheres import LEFT, RIGHT, HemispherePlane

from ..refusals import refused


@pytest.fixture
def recipe(small_atlas: Atlas) -> MaskRecipe:
    selection = select("left:A + b1 - a2", small_atlas.ranks)
    return MaskRecipe.of(small_atlas, selection, "left:A + b1 - a2", [Operation("grow", 12.5)])


def through_json(recipe: MaskRecipe) -> MaskRecipe:
    return MaskRecipe.from_dict(json.loads(json.dumps(recipe.as_dict(), allow_nan=False)))


def test_it_says_the_regions_the_hemispheres_and_whose_they_are(small_atlas, recipe):
    said = [(p["id"], p["acronym"], p["descendants"], p["sides"]) for p in recipe.parts]
    # left of A is 1, and b1 on all sides is left + right + none: 7.
    assert said == [(2, "A", False, 1), (3, "a1", True, 1), (6, "b1", True, 7)]
    assert recipe.hemisphere_convention == small_atlas.hemisphere_rule.convention
    assert recipe.annotation_sha256 == small_atlas.ranks.sha256
    assert recipe.software.startswith("napari-atlas-explorer")


def test_without_hemispheres_no_convention_is_named(small_atlas):
    recipe = MaskRecipe.of(small_atlas, select("A", small_atlas.ranks))
    assert recipe.hemisphere_convention is None
    assert recipe.parts == ({"id": 2, "acronym": "A", "descendants": True, "sides": 7},)


def test_it_comes_back_through_json(small_atlas, recipe):
    assert through_json(recipe) == recipe
    finished = recipe.with_result(np.ones((2, 2, 2), bool))
    assert through_json(finished) == finished
    assert finished != recipe


def test_ids_that_the_hierarchy_does_not_know_come_back(small_atlas):
    selection = select("999", small_atlas.ranks)
    recipe = through_json(MaskRecipe.of(small_atlas, selection))
    assert recipe.parts[0]["acronym"] is None
    assert recipe.selection(small_atlas) == selection


@settings(max_examples=60, deadline=None)
@given(bits=st.lists(st.integers(0, 7), min_size=7, max_size=7))
def test_any_selection_comes_back(bits):
    atlas = _atlas()
    selection = Selection(atlas.ranks, np.array([0, *bits], np.uint8))
    found = through_json(MaskRecipe.of(atlas, selection)).selection(atlas)
    assert found == selection


def test_it_holds_for_the_same_annotation_of_another_type_and_order(small_atlas, small_map, recipe):
    ids = np.asfortranarray(small_atlas.annotation.raw.astype(np.int64))
    sides = small_atlas.hemispheres.raw
    other = Atlas.from_arrays(ids, small_map, (10.0, 20.0, 30.0), hemispheres=sides)
    assert recipe.selection(other) == recipe.selection(small_atlas)


def test_another_annotation_is_refused(small_atlas, small_map, recipe):
    ids = small_atlas.annotation.raw.copy()
    ids[3, 4, 5] = 3
    other = Atlas.from_arrays(ids, small_map, (10.0, 20.0, 30.0))
    with refused(recipe.annotation_sha256[:12], other.ranks.sha256[:12], by=AtlasError):
        recipe.selection(other)


def test_another_shape_of_the_same_ids_is_another_annotation(small_map):
    ids = np.full((2, 3, 4), 3, np.uint32)
    one = Atlas.from_arrays(ids, small_map, 10.0)
    other = Atlas.from_arrays(ids.reshape(4, 3, 2), small_map, 10.0)
    assert one.ranks.sha256 != other.ranks.sha256


def test_sides_by_another_convention_are_refused(small_atlas, small_map, recipe):
    ids = small_atlas.annotation.raw
    without = Atlas.from_arrays(ids, small_map, (10.0, 20.0, 30.0))
    with refused("hemisphere volume", "no word"):
        recipe.selection(without)
    plane = HemispherePlane(2, 3, LEFT, "side from plane")
    declared = Atlas(replace(without.package, hemisphere_rule=plane))
    with refused("hemisphere volume", "side from plane"):
        recipe.selection(declared)


def test_a_region_that_is_not_there_is_refused(small_atlas, recipe):
    document = recipe.as_dict()
    document["regions"][0]["id"] = 12345
    with refused("12345"):
        MaskRecipe.from_dict(document).selection(small_atlas)


def test_sides_without_a_convention_are_refused(small_atlas, recipe):
    document = {**recipe.as_dict(), "hemisphere_convention": None}
    with refused("convention"):
        MaskRecipe.from_dict(document).selection(small_atlas)


def test_a_later_version_is_refused(recipe):
    with refused("version 2", "reads 1", by=ArgumentError):
        MaskRecipe.from_dict({**recipe.as_dict(), "version": 2})


@pytest.mark.parametrize("document", [None, [], "text", 1, {}, {"format": "another"}])
def test_what_is_no_recipe_is_refused(document):
    with refused(by=ArgumentError):
        MaskRecipe.from_dict(document)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("atlas",), None),
        (("atlas", "name"), 1),
        (("atlas", "annotation_sha256"), None),
        (("query",), 5),
        (("regions",), {}),
        (("regions", 0), 5),
        (("regions", 0, "id"), "3"),
        (("regions", 0, "id"), True),
        (("regions", 0, "id"), 2**70),
        (("regions", 0, "sides"), 0),
        (("regions", 0, "sides"), 8),
        (("regions", 0, "descendants"), "false"),
        (("hemisphere_convention",), 1),
        (("operations",), None),
        (("operations", 0, "name"), "dance"),
        (("operations", 0, "micrometres"), "10"),
        (("operations", 0, "micrometres"), None),
        (("operations", 0, "micrometres"), -1),
        (("operations", 0, "micrometres"), float("nan")),
        (("operations", 0, "micrometres"), 10**400),
        (("software",), None),
        (("credit",), {"citation": 1}),
        (("mask_sha256",), 1),
    ],
)
def test_a_damaged_recipe_is_refused(recipe, path, value):
    document = json.loads(json.dumps(recipe.as_dict()))
    inner = document
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    with refused(by=ArgumentError):
        MaskRecipe.from_dict(document)
    del inner[path[-1]]
    if path[-1] in ("hemisphere_convention", "mask_sha256"):
        assert MaskRecipe.from_dict(document)  # null and nothing are the same
    elif not isinstance(path[-1], int):
        with refused(by=ArgumentError):
            MaskRecipe.from_dict(document)


def test_steps_have_a_size_where_they_need_one():
    for name in STEPS:
        sized = name in ("grow", "shrink", "shell")
        assert Operation(name, 10.0 if sized else None)
        with refused(name, by=ArgumentError):
            Operation(name, None if sized else 10.0)
    assert Operation("grow", 12.5).describe() == "grow 12.5 µm"
    assert Operation("fill").describe() == "fill"


def test_one_more_step_forgets_the_result(recipe):
    finished = recipe.with_result(np.ones((2, 2, 2), bool))
    longer = finished.with_operation(Operation("fill"))
    assert [o.name for o in longer.operations] == ["grow", "fill"]
    assert longer.mask_sha256 is None


def test_masks_are_distinguished_by_shape_and_voxels():
    a = np.zeros((2, 3, 4), bool)
    b = a.copy()
    b[1, 2, 3] = True
    shas = {mask_sha256(m) for m in (a, b, a.reshape(4, 3, 2), np.zeros((2, 3, 5), bool))}
    assert len(shas) == 4
    assert mask_sha256(np.asfortranarray(b)) == mask_sha256(b)


def test_credit_travels_as_text(small_map):
    atlas = Atlas.from_arrays(np.full((2, 2, 2), 3, np.uint32), small_map, 10.0)
    atlas.metadata.update({"citation": ["One 2020", "Two 2021"], "species": "Mus musculus"})
    recipe = MaskRecipe.of(atlas, select("A", atlas.ranks))
    assert recipe.credit == {"citation": "One 2020; Two 2021", "species": "Mus musculus"}
    assert through_json(recipe) == recipe


def _atlas() -> Atlas:
    rows = [{"id": n, "acronym": f"r{n}", "name": f"region {n}"} for n in range(1, 7)]
    regions = RegionMap(rows, [None, 1, 1, 2, 2, 3])
    ids = np.array([0, 1, 2, 3, 4, 5, 6, 999] * 2).reshape(2, 2, 4)
    sides = np.where(np.arange(16).reshape(ids.shape) < 8, LEFT, RIGHT).astype(np.uint8)
    return Atlas.from_arrays(ids, regions, 10.0, hemispheres=sides)
