"""VoxelBrain folders."""

from __future__ import annotations

import json

import numpy as np
import pytest

from napari_atlas_explorer import OrientationField, ROIMask, open_atlas
from napari_atlas_explorer.core.errors import AtlasFileError

from ... import nrrd_text, packages
from ...refusals import refused


@pytest.fixture
def folder(tmp_path):
    return packages.voxelbrain(tmp_path / "brain")


def test_a_folder_opens_with_its_regions_and_name(folder):
    atlas = open_atlas(folder)
    assert atlas.name == "brain"
    assert atlas.datasets == ["brain_regions"]
    assert atlas.resolution == (25, 25, 25)
    np.testing.assert_array_equal(atlas.annotation, packages.label_ids())
    assert atlas.at((25 * 3, 25, 25)).acronym == "Isocortex"
    assert atlas.orientation is None
    assert atlas.hemispheres is None
    assert atlas.reference is None


def test_metadata_state_name_and_orientation(tmp_path):
    atlas = open_atlas(
        packages.voxelbrain(tmp_path / "b", name="My brain", orientation="ASR", layers={})
    )
    assert (atlas.name, atlas.orientation, atlas.assumptions) == ("My brain", "asr", ())


@pytest.mark.parametrize(
    ("space", "orientation"),
    [
        ("left-posterior-superior", "rai"),
        ("RAS", "lpi"),
        ("posterior-inferior-right", "asl"),
        ("scanner-xyz", None),
    ],
)
def test_a_space_in_the_header_gives_an_orientation_that_is_marked_as_assumed(
    tmp_path, space, orientation
):
    atlas = open_atlas(packages.voxelbrain(tmp_path / "b", space=space))
    assert atlas.orientation == orientation
    assert [a.quantity for a in atlas.assumptions] == (["orientation"] if orientation else [])


def test_a_negative_step_turns_the_letter_of_its_axis_round(tmp_path):
    atlas = open_atlas(packages.voxelbrain(tmp_path / "b", (25, 25, -25), space="LPS"))
    assert atlas.orientation == "ras"
    assert atlas.resolution == (25, 25, 25)
    assert atlas.at((25 * 3, 25, -26)).index == (3, 1, 1)


def test_orientations_come_with_the_components_first_in_the_file(folder):
    quaternions = np.zeros((4, *packages.SHAPE), np.int8)
    quaternions[0] = 127
    quaternions[:, 5, 5, 5] = (90, 90, 0, 0)
    quaternions[:, 0, 0, 0] = 0
    packages.write_nrrd(folder / "orientation.nrrd", quaternions)
    field = open_atlas(folder).load_data("orientation", cls=OrientationField)
    assert isinstance(field, OrientationField)
    found = field.lookup([(130, 130, 130), (0, 0, 0), (30, 30, 30)])
    np.testing.assert_allclose(found[0] @ [0, 1, 0], [0, 0, 1], atol=1e-12)
    assert np.isnan(found[1]).all()
    np.testing.assert_array_equal(found[2], np.eye(3))


@pytest.mark.parametrize("name", ["hemisphere.nrrd", "hemispheres.nrrd"])
def test_a_hemisphere_volume_tells_the_sides(folder, name):
    sides = np.zeros(packages.SHAPE, np.uint8)
    sides[:, :, 1:4], sides[:, :, 4:] = 1, 2
    packages.write_nrrd(folder / name, sides)
    atlas = open_atlas(folder)
    np.testing.assert_array_equal(atlas.hemispheres.raw, sides)
    assert [atlas.at_voxel((4, 4, k)).hemisphere for k in (0, 3, 4)] == [None, "left", "right"]


def test_the_users_orientation_does_not_silence_the_hemisphere_volume(tmp_path):
    folder = packages.voxelbrain(tmp_path / "b", space="LPS")
    packages.write_nrrd(folder / "hemisphere.nrrd", np.full(packages.SHAPE, 2, np.uint8))
    atlas = open_atlas(folder, orientation="asr")
    assert atlas.orientation == "asr"
    assert atlas.at_voxel((4, 4, 4)).hemisphere == "right"


def test_a_hemisphere_volume_of_another_shape_is_refused_when_sides_are_asked(folder):
    packages.write_nrrd(folder / "hemisphere.nrrd", np.ones((12, 8, 5), np.uint8))
    atlas = open_atlas(folder)
    assert atlas.annotation[4, 4, 4] == 315
    with refused(folder / "hemisphere.nrrd", "12 × 8 × 5", by=AtlasFileError):
        atlas.at_voxel((4, 4, 4))


def test_other_datasets_are_loaded_by_name_as_what_they_are(folder):
    inside = (packages.label_ids() > 0).astype(np.uint8)
    packages.write_nrrd(folder / "[mask]brain.nrrd", inside)
    packages.write_nrrd(folder / "[PH]1.nrrd", np.ones((2, *packages.SHAPE), np.float32))
    packages.write_nrrd(folder / "nissl.nrrd", packages.image())
    atlas = open_atlas(folder)
    assert sorted(atlas.datasets) == ["[PH]1", "[mask]brain", "brain_regions", "nissl"]
    np.testing.assert_array_equal(atlas.load_data("[mask]brain", cls=ROIMask).raw, inside > 0)
    assert atlas.load_data("[PH]1").payload_shape == (2,)
    np.testing.assert_array_equal(atlas.reference.raw, packages.image())


def test_opening_does_not_read_the_voxels(folder):
    packages.cut(folder / "brain_regions.nrrd", 0.9)
    atlas = open_atlas(folder)
    assert atlas.shape == packages.SHAPE
    with refused(folder / "brain_regions.nrrd", by=AtlasFileError):
        _ = atlas.ranks


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("hierarchy.json", "{", ["JSON"]),
        ("hierarchy.json", "{}", ["hierarchy"]),
        ("hierarchy.json", '{"id": 1, "children": [{"id": 2}, {"id": 2}]}', ["2", "twice"]),
        ("metadata.json", "{", ["JSON"]),
        ("metadata.json", "[1]", ["list"]),
        ("metadata.json", '{"orientation": "abc"}', ["'abc'"]),
        ("brain_regions.nrrd", "just a text", ["NRRD"]),
    ],
)
def test_damaged_files_are_refused(folder, name, text, words):
    (folder / name).write_text(text)
    with refused(folder / name, *words, by=AtlasFileError):
        open_atlas(folder)


def test_an_annotation_without_a_voxel_size_is_refused(folder):
    nrrd_text.write(folder / "brain_regions.nrrd", packages.label_ids(), spacings=None)
    with refused(folder / "brain_regions.nrrd", "voxel size", by=AtlasFileError):
        open_atlas(folder)


def test_an_allen_answer_may_stand_in_the_hierarchy_file(folder):
    (folder / "hierarchy.json").write_text(json.dumps({"msg": [packages.TREE]}))
    assert list(open_atlas(folder).region_map) == list(packages.PATHS)
