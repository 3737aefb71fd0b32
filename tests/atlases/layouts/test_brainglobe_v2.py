"""BrainGlobe packages of the v1/v2 layout."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest

from napari_atlas_explorer import open_atlas
from napari_atlas_explorer.core.errors import AtlasFileError

from ... import packages
from ...refusals import refused


@pytest.fixture
def folder(tmp_path):
    return packages.brainglobe_v2(tmp_path / "made_up_100um_v1.2")


def test_a_package_opens_with_its_volumes_regions_and_metadata(folder):
    atlas = open_atlas(folder)
    assert atlas.name == "made_up_100um v1.2"
    assert atlas.shape == packages.SHAPE
    assert atlas.resolution == (100, 100, 100)
    assert atlas.orientation == "asr"
    assert atlas.datasets == ["reference", "annotation"]
    assert atlas.metadata["version"] == "1.2"
    assert list(atlas.region_map) == list(packages.PATHS)
    assert atlas.path == folder
    np.testing.assert_array_equal(atlas.annotation, packages.label_ids())
    np.testing.assert_array_equal(atlas.reference.raw, packages.image())
    np.testing.assert_array_equal(atlas.load_data("reference").raw, packages.image())
    assert atlas.at((350, 250, 250)).path == ("root", "grey", "Isocortex")
    assert atlas.structures["TH"]["rgb_triplet"] == [549 % 256, 1, 2]
    assert atlas.assumptions == ()


@pytest.mark.parametrize(("size", "boundary"), [(9, 4), (10, 5), (11, 6), (12, 6), (13, 6)])
def test_a_symmetric_package_is_right_first_with_halves_rounded_to_even(tmp_path, size, boundary):
    atlas = open_atlas(packages.brainglobe_v2(tmp_path / "a", (12, 8, size)))
    expected = np.full((12, 8, size), 2)
    expected[:, :, boundary:] = 1
    np.testing.assert_array_equal(atlas.hemispheres.raw, expected)
    assert atlas.at_voxel((4, 2, boundary - 1)).hemisphere == "right"
    assert atlas.at_voxel((4, 2, boundary)).hemisphere == "left"
    assert atlas.hemisphere_rule.convention == "BrainGlobe"
    left = atlas.get_structure_mask("grey", hemisphere="left").raw
    np.testing.assert_array_equal(
        left, np.isin(packages.label_ids((12, 8, size)), [8, 315, 549]) & (expected == 1)
    )


def test_the_midline_follows_the_axis_that_the_orientation_names(tmp_path):
    atlas = open_atlas(packages.brainglobe_v2(tmp_path / "a", orientation="ras"))
    expected = np.full(packages.SHAPE, 2)
    expected[6:] = 1
    np.testing.assert_array_equal(atlas.hemispheres.raw, expected)


def test_a_hemisphere_file_is_obeyed(tmp_path):
    sides = np.random.default_rng(2).integers(0, 3, packages.SHAPE).astype(np.uint8)
    atlas = open_atlas(packages.brainglobe_v2(tmp_path / "a", hemispheres=sides))
    assert "hemispheres" in atlas.datasets
    np.testing.assert_array_equal(atlas.hemispheres.raw, sides)
    every = np.argwhere(np.ones(packages.SHAPE, bool))
    assert atlas.hemisphere_from_coords(every).tolist() == sides.ravel().tolist()
    np.testing.assert_array_equal(
        atlas.get_structure_mask("TH", "right").raw, (packages.label_ids() == 549) & (sides == 2)
    )


def test_a_package_that_is_neither_symmetric_nor_brings_sides_has_none(tmp_path):
    atlas = open_atlas(packages.brainglobe_v2(tmp_path / "a", symmetric=False))
    assert atlas.hemispheres is None
    assert atlas.at((350, 250, 250)).hemisphere is None


def test_the_resolution_may_differ_between_axes(tmp_path):
    atlas = open_atlas(packages.brainglobe_v2(tmp_path / "a", resolution=[10, 20.5, 30]))
    assert atlas.resolution == (10, 20.5, 30)
    assert atlas.at((35, 41, 60)).index == (3, 2, 2)


def test_additional_references_are_datasets_but_none_from_outside(folder):
    packages.write_tiff(folder / "nissl.tiff", packages.image(seed=3))
    packages.write_tiff(folder.parent / "outside.tiff", packages.image())
    metadata = json.loads((folder / "metadata.json").read_text())
    metadata["additional_references"] = ["nissl", "../outside", "missing", "a\0b", 5]
    (folder / "metadata.json").write_text(json.dumps(metadata))
    atlas = open_atlas(folder)
    assert atlas.datasets == ["reference", "annotation", "nissl"]
    np.testing.assert_array_equal(atlas.load_data("nissl").raw, packages.image(seed=3))


def test_mesh_files_are_found_by_region(folder):
    for name in ("note.obj", "².obj", "549.txt"):
        (folder / "meshes" / name).write_text("")
    atlas = open_atlas(folder)
    assert atlas.meshfile_from_structure("Isocortex") == folder / "meshes" / "315.obj"
    assert atlas.meshfile_from_structure("TH") is None


def test_the_hierarchy_is_read_from_the_csv_where_there_is_no_json(folder):
    (folder / "structures.json").unlink()
    packages.ontology_csv(folder / "structures.csv")
    assert list(open_atlas(folder).region_map) == list(packages.PATHS)


def test_opening_does_not_read_the_voxels(folder):
    atlas = open_atlas(folder)
    (folder / "annotation.tiff").unlink()
    (folder / "reference.tiff").unlink()
    assert atlas.shape == packages.SHAPE
    with refused(folder / "annotation.tiff", by=AtlasFileError):
        _ = atlas.ranks
    with refused(folder / "reference.tiff", by=AtlasFileError):
        _ = atlas.reference


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"shape": None}, ["shape"]),
        ({"resolution": None, "orientation": None}, ["resolution", "orientation"]),
        ({"shape": [12, 8]}, ["[12, 8]"]),
        ({"shape": "big"}, ["big"]),
        ({"shape": [12, 8, 0]}, ["[12, 8, 0]"]),
        ({"shape": [12, 8, float("inf")]}, ["inf"]),
        ({"resolution": [1, 1, float("nan")]}, ["nan"]),
        ({"resolution": [1, 1, -1]}, ["-1"]),
        ({"resolution": [1, 1, "x"]}, ["x"]),
        ({"orientation": "xyz"}, ["'xyz'"]),
        ({"orientation": ["a", "s", "r"]}, ["orientation"]),
    ],
)
def test_metadata_that_place_no_volume_are_refused(tmp_path, changes, words):
    folder = packages.brainglobe_v2(tmp_path / "a", **changes)
    with refused(folder / "metadata.json", *words, by=AtlasFileError):
        open_atlas(folder)


def test_an_annotation_of_another_shape_than_the_metadata_say_is_refused(folder):
    packages.write_tiff(folder / "annotation.tiff", packages.label_ids((12, 8, 11)))
    with refused(folder / "annotation.tiff", "(12, 8, 11)", "(12, 8, 10)", by=AtlasFileError):
        open_atlas(folder)


def test_a_reference_of_another_shape_is_refused_when_it_is_asked_for(folder):
    packages.write_tiff(folder / "reference.tiff", packages.image((12, 8, 11)))
    atlas = open_atlas(folder)
    with refused(folder / "reference.tiff", "12 × 8 × 11", "12 × 8 × 10", by=AtlasFileError):
        _ = atlas.reference


@pytest.mark.parametrize("missing", ["annotation.tiff", "structures.json"])
def test_a_package_without_one_of_its_files_is_refused(folder, missing):
    (folder / missing).unlink()
    with refused(folder, by=AtlasFileError):
        open_atlas(folder)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("metadata.json", "{"),
        ("metadata.json", "[]"),
        ("structures.json", "not\njson"),
        ("structures.json", '[{"id": 1, "structure_id_path": [2, 1]}]'),
        (
            "structures.json",
            '[{"id": 1, "parent_structure_id": 2}, {"id": 2, "parent_structure_id": 1}]',
        ),
    ],
)
def test_damaged_json_is_refused(folder, name, text):
    (folder / name).write_text(text)
    with refused(folder / name, by=AtlasFileError):
        open_atlas(folder)


def test_a_text_in_the_place_of_the_annotation_is_refused(folder):
    (folder / "annotation.tiff").write_text("just a text")
    with refused(folder / "annotation.tiff", by=AtlasFileError):
        open_atlas(folder)


def test_one_damaged_mesh_leaves_the_others_readable_and_in_place(folder):
    """Meshes half a voxel beside their regions, as BrainGlobe's are; one of them is no mesh."""
    (folder / "meshes").mkdir(exist_ok=True)
    ids = packages.label_ids()
    step = np.array(open_atlas(folder).resolution)
    for region_id in (315, 549, 614454277):
        voxels = np.argwhere(ids == region_id)
        low, high = voxels.min(axis=0), voxels.max(axis=0) + 1
        corners = np.array(list(itertools.product(*zip(low, high, strict=True)))) * step - step / 2
        faces = [(1, 2, 3), (2, 3, 4), (5, 6, 7), (6, 7, 8), (1, 2, 5), (2, 5, 6)]
        lines = [f"v {a} {b} {c}" for a, b, c in corners]
        lines += [f"f {a} {b} {c}" for a, b, c in faces]
        (folder / "meshes" / f"{region_id}.obj").write_text("\n".join(lines) + "\n")
    (folder / "meshes" / "549.obj").write_text("this is no mesh")
    atlas = open_atlas(folder)
    with refused("549.obj", by=AtlasFileError):
        atlas.mesh_from_structure("TH")
    points, _ = atlas.mesh_from_structure("Isocortex")
    low = np.argwhere(ids == 315).min(0) * step
    np.testing.assert_allclose(points.min(axis=0), low, atol=1e-6)
