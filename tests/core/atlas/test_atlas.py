"""The atlas: lookups, hemispheres, volumes and what it refuses."""

from __future__ import annotations

import nrrd
import numpy as np
import pytest

from napari_atlas_explorer import (
    Atlas,
    AtlasError,
    OrientationField,
    ROIMask,
    VoxelData,
    open_atlas,
)
from napari_atlas_explorer.core.errors import ArgumentError

from ... import made_up
from ...refusals import refused


@pytest.fixture
def ids() -> np.ndarray:
    """The volume as conftest makes it, by hand."""
    ids = np.zeros((4, 5, 6), np.uint32)
    ids[1:3, 1:4, 1:3] = 3
    ids[1:3, 1:4, 3:5] = 4
    ids[3, 2, 2] = 2
    ids[0, 0, 0] = 6
    ids[0, 0, 5] = 999
    return ids


# ---- what is here -------------------------------------------------------------------------------


def test_a_position_is_answered_in_full(small_atlas):
    hit = small_atlas.at((15.0, 20.0, 89.9))
    assert (hit.id, hit.acronym, hit.name) == (3, "a1", "area A, layer 1")
    assert hit.path == ("root", "A", "a1")
    assert hit.hemisphere == "left"
    assert hit.index == (1, 1, 2)
    assert hit.position == (15.0, 20.0, 89.9)
    assert not hit.outside


def test_the_voxel_above_an_edge_answers_for_the_edge(small_atlas):
    assert small_atlas.at((10, 20, 90)).acronym == "a2"
    assert small_atlas.at((10, 20, 90)).hemisphere == "right"
    assert small_atlas.at((9.999, 20, 90)).id == 0


def test_background_has_a_voxel_and_a_hemisphere_but_no_region(small_atlas):
    hit = small_atlas.at((5, 5, 100))
    assert (hit.id, hit.rank, hit.acronym, hit.name, hit.path) == (0, 0, None, None, ())
    assert (hit.index, hit.hemisphere, hit.outside) == ((0, 0, 3), "right", False)


def test_an_id_that_the_hierarchy_does_not_know_is_named_by_its_number_alone(small_atlas):
    hit = small_atlas.at((5, 5, 170))
    assert (hit.id, hit.acronym, hit.name, hit.path) == (999, None, None, ())


@pytest.mark.parametrize(
    "position",
    [(-1, 30, 40), (40, 30, 40), (15, 100, 40), (15, 30, np.nan), (np.inf, 30, 40), (1e300, 0, 0)],
)
def test_outside_is_an_answer_and_never_another_voxel(small_atlas, position):
    hit = small_atlas.at(position)
    assert hit.outside
    assert (hit.id, hit.acronym, hit.path, hit.hemisphere, hit.index) == (0, None, (), None, None)


@pytest.mark.parametrize(
    ("index", "acronym", "position"),
    [
        ((1, 1, 1), "a1", (15, 30, 45)),
        ((1.5, 1.5, 3.0), "a2", (15, 30, 105)),
        ((3, 2, 2), "A", (35, 50, 75)),
    ],
)
def test_a_voxel_can_be_asked_by_its_index(small_atlas, index, acronym, position):
    hit = small_atlas.at_voxel(index)
    assert hit.acronym == acronym
    assert hit.position == position
    assert small_atlas.at(position).index == hit.index


def test_a_voxel_outside_is_outside(small_atlas):
    assert small_atlas.at_voxel((-1, 0, 0)).outside
    assert small_atlas.at_voxel((4, 0, 0)).outside
    assert small_atlas.at_voxel((np.nan, 0, 0)).outside


@pytest.mark.parametrize("position", [(1, 2), (1, 2, 3, 4), ("a", 2, 3), 5, None])
def test_what_is_no_position_is_refused(small_atlas, position):
    with refused("position", by=ArgumentError):
        small_atlas.at(position)
    with refused(by=ArgumentError):
        small_atlas.at_voxel(position)
    with refused(by=ArgumentError):
        small_atlas.structure_from_coords(position)
    with refused(by=ArgumentError):
        small_atlas.hemisphere_from_coords(position, microns=True)


# ---- BrainGlobe's queries -----------------------------------------------------------------------


def test_one_position_gives_one_value(small_atlas):
    assert small_atlas.structure_from_coords((1, 1, 1)) == 3
    assert type(small_atlas.structure_from_coords((1, 1, 1))) is int
    assert small_atlas.structure_from_coords((10, 20, 30), microns=True) == 3
    assert small_atlas.structure_from_coords((1, 1, 1), as_acronym=True) == "a1"
    assert type(small_atlas.structure_from_coords((1, 1, 1), as_acronym=True)) is str


@pytest.mark.parametrize("leading", [(120,), (4, 30), (4, 5, 6)])
def test_many_positions_give_an_array_of_their_leading_shape(small_atlas, ids, leading):
    every = np.argwhere(np.ones((4, 5, 6), bool)).reshape(*leading, 3)
    found = small_atlas.structure_from_coords(every)
    assert found.shape == leading
    np.testing.assert_array_equal(found, ids.reshape(leading))
    centers = (every + 0.5) * (10, 20, 30)
    np.testing.assert_array_equal(small_atlas.structure_from_coords(centers, microns=True), found)
    acronyms = small_atlas.structure_from_coords(every, as_acronym=True)
    named = {0: "Outside atlas", 2: "A", 3: "a1", 4: "a2", 6: "b1", 999: "999"}
    assert acronyms.ravel().tolist() == [named[i] for i in ids.ravel().tolist()]


@pytest.mark.parametrize("make", [tuple, list, np.array, lambda p: np.array(p, np.float32)])
@pytest.mark.parametrize("microns", [False, True])
def test_one_position_is_answered_as_many_are(small_atlas, make, microns):
    """Whole numbers, fractions, edges of voxels and places outside, in every kind of sequence."""
    rng = np.random.default_rng(11)
    voxels = rng.integers(-2, 8, (300, 3)).astype(float)
    voxels[::2] += rng.random((150, 3))
    if not microns:
        voxels[::3] = np.floor(voxels[::3])
    places = (voxels * (10, 20, 30) if microns else voxels).astype(np.float32)
    for level in (None, 1, -2):
        ids = small_atlas.structure_from_coords(places, microns, hierarchy_lev=level)
        names = small_atlas.structure_from_coords(places, microns, True, level, "none")
        asked = [make(place) for place in places.tolist()]
        one = [small_atlas.structure_from_coords(p, microns, hierarchy_lev=level) for p in asked]
        assert one == ids.tolist()
        assert [
            small_atlas.structure_from_coords(p, microns, True, level, "none") for p in asked
        ] == names.tolist()
    for as_string in (False, True):
        sides = small_atlas.hemisphere_from_coords(places, microns, as_string)
        assert [
            small_atlas.hemisphere_from_coords(p, microns, as_string) for p in asked
        ] == sides.tolist()


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        (0, [1, 1, 1, 0, 999]),
        (1, [2, 70000, 2, 0, 999]),
        (2, [3, 6, 2, 0, 999]),
        (9, [3, 6, 2, 0, 999]),
        (-1, [3, 6, 2, 0, 999]),
        (-2, [2, 70000, 1, 0, 999]),
        (np.int64(-3), [1, 1, 1, 0, 999]),
        (-9, [1, 1, 1, 0, 999]),
    ],
)
def test_hierarchy_lev_is_a_place_in_the_path_from_the_root(small_atlas, level, expected):
    voxels = [(1, 1, 1), (0, 0, 0), (3, 2, 2), (0, 0, 1), (0, 0, 5)]
    assert small_atlas.structure_from_coords(voxels, hierarchy_lev=level).tolist() == expected
    assert small_atlas.structure_from_coords((0, 0, 1), hierarchy_lev=level) == 0


@pytest.mark.parametrize("level", ["1", 1.5, 1.0, [1]])
def test_a_hierarchy_lev_that_is_no_whole_number_is_refused(small_atlas, level):
    with refused(repr(level), "whole number", by=ArgumentError):
        small_atlas.structure_from_coords((1, 1, 1), hierarchy_lev=level)


@pytest.mark.parametrize("bad", [(-1, -1, -1), (4, 0, 0), (0, 0, 6), (np.nan, 1, 1), (-0.5, 1, 1)])
@pytest.mark.parametrize("microns", [False, True])
def test_queries_outside_answer_nothing_and_never_wrap(small_atlas, bad, microns):
    place = np.multiply(bad, (10, 20, 30)) if microns else bad
    assert small_atlas.structure_from_coords(place, microns=microns) == 0
    assert small_atlas.structure_from_coords(place, microns=microns, hierarchy_lev=1) == 0
    named = small_atlas.structure_from_coords([place, (0, 0, 0)], microns=microns, as_acronym=True)
    assert named.tolist() == ["Outside atlas", "b1"]
    assert small_atlas.hemisphere_from_coords(place, microns=microns) == 0
    assert (
        small_atlas.hemisphere_from_coords(place, microns=microns, as_string=True)
        == "Outside atlas"
    )


def test_hemispheres_are_known_by_number_and_name(small_atlas):
    assert small_atlas.hemisphere_from_coords((0, 0, 2)) == 1
    assert type(small_atlas.hemisphere_from_coords((0, 0, 2))) is int
    assert small_atlas.hemisphere_from_coords((0, 0, 89.9), microns=True, as_string=True) == "left"
    assert small_atlas.hemisphere_from_coords((0, 0, 90), microns=True, as_string=True) == "right"
    found = small_atlas.hemisphere_from_coords([[(0, 0, 0), (0, 0, 3)], [(9, 9, 9), (3, 4, 5)]])
    assert found.tolist() == [[1, 2], [0, 2]]
    names = small_atlas.hemisphere_from_coords([(0, 0, 0), (0, 0, -1)], as_string=True)
    assert names.tolist() == ["left", "Outside atlas"]


def test_a_hemisphere_volume_of_zeros_is_neither_left_nor_right(small_map):
    atlas = Atlas.from_arrays(
        np.ones((1, 1, 3), int), small_map, 1.0, hemispheres=np.array([[[0, 1, 2]]], np.uint8)
    )
    assert [atlas.at_voxel((0, 0, k)).hemisphere for k in range(3)] == [None, "left", "right"]
    np.testing.assert_array_equal(atlas.hemispheres.raw, [[[0, 1, 2]]])


def test_without_hemispheres_one_is_refused_and_everything_else_works(small_map):
    atlas = Atlas.from_arrays(np.ones((2, 2, 2), int), small_map, (1, 1, 1))
    assert atlas.hemispheres is None
    assert atlas.at((0, 0, 0)).hemisphere is None
    assert atlas.get_structure_mask(1).raw.all()
    with refused("left", by=AtlasError):
        atlas.hemisphere_from_coords((0, 0, 0))
    with refused("left", by=AtlasError):
        atlas.get_structure_mask(1, hemisphere="left")


# ---- volumes ------------------------------------------------------------------------------------


def test_the_annotation_gives_ids_and_not_ranks(small_atlas, ids):
    annotation = small_atlas.annotation
    np.testing.assert_array_equal(np.asarray(annotation), ids)
    np.testing.assert_array_equal(annotation.raw, ids)
    np.testing.assert_array_equal(annotation[:, 0], ids[:, 0])
    assert annotation[0, 0, 5] == 999
    assert annotation.dtype == np.uint32
    assert "uint32" in repr(annotation)
    assert annotation.lookup((5, 5, 5)) == 6
    assert annotation.lookup([(5, 5, 5), (-1, 0, 0)], outer_value=-1).tolist() == [6, -1]
    assert annotation.count(3) == 12
    assert annotation.count({3, 999, 5}) == 13
    assert annotation.volume([3]) == pytest.approx(12 * 6000)


def test_a_saved_annotation_holds_the_atlas_ids(small_atlas, ids, tmp_path):
    small_atlas.annotation.save_nrrd(tmp_path / "annotation.nrrd")
    np.testing.assert_array_equal(nrrd.read(str(tmp_path / "annotation.nrrd"))[0], ids)


def test_it_describes_itself(small_atlas):
    assert small_atlas.resolution == (10, 20, 30)
    assert small_atlas.shape == (4, 5, 6)
    assert small_atlas.orientation == "asl"
    assert small_atlas.datasets == ["annotation", "hemispheres"]
    assert small_atlas.reference is None
    assert small_atlas.region_map is small_atlas.load_region_map()
    assert "4 × 5 × 6" in repr(small_atlas)
    assert small_atlas.meshfile_from_structure("A") is None


def test_one_resolution_stands_for_all_axes(small_map):
    atlas = Atlas.from_arrays(np.ones((2, 3, 4), int), small_map, 25.0)
    assert atlas.resolution == (25, 25, 25)
    assert atlas.at((49, 74, 99)).index == (1, 2, 3)


def test_a_placed_annotation_keeps_its_place(small_map):
    annotation = VoxelData(np.full((2, 2, 2), 3), (10, 10, -10), (100, 0, 0))
    atlas = Atlas.from_arrays(annotation, small_map, 1.0, reference=np.zeros((2, 2, 2)))
    assert atlas.resolution == (10, 10, 10)
    assert atlas.at((105, 5, -5)).acronym == "a1"
    assert atlas.at((5, 5, -5)).outside
    assert atlas.reference.offset.tolist() == [100, 0, 0]


def test_datasets_are_loaded_by_name_and_class(small_atlas, ids):
    np.testing.assert_array_equal(small_atlas.load_data("annotation").raw, ids)
    mask = small_atlas.load_data("hemispheres", cls=ROIMask)
    assert isinstance(mask, ROIMask)
    assert mask.raw.all()


def test_a_dataset_that_is_not_there_is_refused_with_those_that_are(small_atlas):
    with refused("'nissl'", "annotation, hemispheres", by=ArgumentError):
        small_atlas.load_data("nissl")


@pytest.mark.parametrize("name", ["reference", "hemispheres"])
def test_volumes_of_another_shape_are_refused(small_map, name):
    with refused("(2, 2, 3)", by=ArgumentError):
        Atlas.from_arrays(
            np.ones((2, 2, 2), int), small_map, 1.0, **{name: np.ones((2, 2, 3), np.uint8)}
        )


@pytest.mark.parametrize("orientation", ["xyz", "as", "aas", "api", "asrl", ""])
def test_letters_that_are_no_orientation_are_refused(small_map, orientation):
    with refused(repr(orientation), by=ArgumentError):
        Atlas.from_arrays(np.ones((2, 2, 2), int), small_map, 1.0, orientation=orientation)


def test_orientation_letters_may_be_capitals(small_map):
    atlas = Atlas.from_arrays(np.ones((2, 2, 2), int), small_map, 1.0, orientation="ASR")
    assert atlas.orientation == "asr"


def test_hits_are_frozen_and_can_be_keys(small_atlas):
    hit = small_atlas.at_voxel((1, 1, 1))
    assert {hit: 1}[small_atlas.at_voxel((1, 1, 1))] == 1
    with pytest.raises(AttributeError):
        hit.id = 3


def test_a_volume_is_kept_in_memory_when_that_is_asked_for(tmp_path):
    atlas = open_atlas(made_up.write_voxelbrain(tmp_path / "package"))
    once = atlas.load_data("brain_regions")
    assert atlas.load_data(data_type="brain_regions") is not once
    kept = atlas.load_data("brain_regions", memcache=True)
    assert atlas.load_data("brain_regions") is kept
    assert atlas.load_data("orientation", OrientationField, memcache=True).payload_shape == (4,)
    assert atlas.load_region_map(memcache=True) is atlas.region_map


def test_a_hierarchy_in_the_wrong_place_is_refused(small_atlas):
    ids, regions = np.asarray(small_atlas.annotation), small_atlas.region_map
    for swapped in (regions, ids), (ids, [{"id": 1}]):
        with refused("from_arrays(annotation, RegionMap, resolution)", by=ArgumentError):
            Atlas.from_arrays(*swapped, 25)
    made = Atlas.from_arrays(structure_tree=regions, annotation=ids, resolution=25)
    assert made.region_map is regions


def test_an_atlas_is_not_changed_in_place(small_atlas):
    with refused("atlas = atlas.remove_unassigned()", by=ArgumentError):
        small_atlas.remove_unassigned(update_self=True)
    assert 7 not in small_atlas.remove_unassigned(update_self=False).region_map
