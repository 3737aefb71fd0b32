"""Home-made atlases: a volume by itself, or with a table of names beside it."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile

from napari_atlas_explorer import RegionMap, open_atlas
from napari_atlas_explorer.core.errors import AtlasFileError
from napari_atlas_explorer.core.regions.rows import MADE_UP_ROOT

from ... import nrrd_text, packages
from ...refusals import refused


def quantities(atlas) -> set[str]:
    return {assumption.quantity for assumption in atlas.assumptions}


@pytest.mark.parametrize("table", ["labels.txt", "labels.label", "names.csv"])
def test_a_folder_of_tiffs_opens_with_its_table_of_names(tmp_path, table):
    folder = packages.home_made(tmp_path / "my atlas", table)
    atlas = open_atlas(folder)
    assert atlas.name == "my atlas"
    assert atlas.package.annotation == "my_labels"
    assert atlas.package.reference == "brain"
    assert atlas.metadata["hierarchy"] == table
    assert list(atlas.region_map) == [MADE_UP_ROOT, 315, 549]
    assert atlas.region_map.name_of_rank(3) == "Thalamus"
    labels = tifffile.imread(folder / "my_labels.tif")
    np.testing.assert_array_equal(atlas.annotation, labels)
    np.testing.assert_array_equal(atlas.reference.raw, tifffile.imread(folder / "brain.tif"))
    assert atlas.get_structure_mask("Isocortex").raw.sum() == (labels == 315).sum()


def test_what_the_files_do_not_state_is_listed(tmp_path):
    atlas = open_atlas(packages.home_made(tmp_path))
    assert not atlas.package.resolution_known
    assert atlas.resolution == (1, 1, 1)
    assert quantities(atlas) == {"resolution", "kind"}
    assert atlas.orientation is None
    assert atlas.hemispheres is None


def test_of_several_label_volumes_the_one_that_the_table_knows_is_the_annotation(tmp_path):
    packages.home_made(tmp_path)
    packages.write_tiff(tmp_path / "a_labels.tif", (packages.label_ids() > 0).astype(np.uint8) * 7)
    atlas = open_atlas(tmp_path)
    assert atlas.package.annotation == "my_labels"
    assert "a_labels" in atlas.datasets


def test_a_volume_of_another_shape_is_left_aside(tmp_path):
    packages.home_made(tmp_path)
    packages.write_tiff(tmp_path / "small.tif", packages.image((3, 4, 5)))
    assert sorted(open_atlas(tmp_path).datasets) == ["brain", "my_labels"]


def test_a_hemisphere_volume_of_the_same_shape_tells_the_sides(tmp_path):
    packages.home_made(tmp_path)
    sides = np.ones(packages.SHAPE, np.uint8)
    sides[:, :, 5:] = 2
    packages.write_tiff(tmp_path / "hemispheres.tif", sides)
    atlas = open_atlas(tmp_path)
    np.testing.assert_array_equal(atlas.hemispheres.raw, sides)
    assert [atlas.at_voxel((3, 3, k)).hemisphere for k in (4, 5)] == ["left", "right"]
    assert atlas.package.annotation == "my_labels"


def test_the_origin_of_a_file_of_pynrrd_is_its_corner_and_said_so(tmp_path):
    ids = packages.label_ids()
    packages.write_nrrd(
        tmp_path / "annotation.nrrd", ids, 25.0, **{"space origin": [100.0, 0.0, 0.0]}
    )
    packages.ontology_json(tmp_path / "ontology.json")
    atlas = open_atlas(tmp_path)
    assert atlas.grid.corner.tolist() == [100, 0, 0]
    assert atlas.at((100 + 25 * 3, 25, 25)).acronym == "Isocortex"
    (statement,) = (a.statement for a in atlas.assumptions if a.quantity == "placement")
    assert "corner of its first voxel" in statement


def test_a_volume_by_itself_lists_its_ids_flat(tmp_path):
    path = packages.write_nrrd(
        tmp_path / "lone.nrrd", packages.label_ids(), 25.0, **{"space units": ["um"] * 3}
    )
    atlas = open_atlas(path)
    assert list(atlas.region_map) == [MADE_UP_ROOT, 315, 549, 614454277]
    assert atlas.region_map.parent_ranks.tolist() == [0, 0, 1, 1, 1]
    np.testing.assert_array_equal(atlas.annotation, packages.label_ids())
    assert atlas.at_voxel((3, 3, 3)).path == ("root", "315")
    assert {"hierarchy", "kind", "placement"} == quantities(atlas)


def test_a_table_does_not_move_a_volume(tmp_path):
    path = packages.write_nrrd(
        tmp_path / "annotation.nrrd", packages.label_ids(), 25.0, space="left-posterior-superior"
    )
    alone = open_atlas(path)
    assert alone.grid.corner.tolist() == [-12.5, -12.5, -12.5]
    packages.ontology_json(tmp_path / "ontology.json")
    named = open_atlas(path)
    assert named.region_map.get(549, "acronym") == "TH"
    assert named.grid.corner.tolist() == [-12.5, -12.5, -12.5]
    for atlas in (alone, named):
        assert "placement" in quantities(atlas)


def test_with_a_given_hierarchy_the_origin_is_the_corner_and_nothing_is_flat(tmp_path):
    path = packages.write_nrrd(tmp_path / "lone.nrrd", packages.label_ids(), 25.0)
    region_map = RegionMap.from_dict(packages.TREE)
    atlas = open_atlas(path, region_map=region_map)
    assert atlas.grid.corner.tolist() == [0, 0, 0]
    assert atlas.region_map is region_map
    assert "hierarchy" not in quantities(atlas)


def test_an_isotropic_size_below_one_without_a_unit_is_taken_as_millimeters_and_said_so(tmp_path):
    path = nrrd_text.write(
        tmp_path / "lone.nrrd", packages.label_ids(), spacings="0.025 0.025 0.025"
    )
    atlas = open_atlas(path)
    assert atlas.resolution == pytest.approx((25, 25, 25))
    assert "unit" in quantities(atlas)


def test_an_image_is_refused_and_an_annotation_that_looks_like_one_can_be_named(tmp_path):
    path = packages.write_nrrd(tmp_path / "noise.nrrd", packages.image() % 50)
    with refused(path, "image", "kind='annotation'", by=AtlasFileError):
        open_atlas(path)
    atlas = open_atlas(path, kind="annotation")
    np.testing.assert_array_equal(atlas.annotation, packages.image() % 50)
    assert "kind" not in quantities(atlas)


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.zeros((4, 5, 6), np.uint16), ["zeros"]),
        (np.full((4, 5, 6), 0.5, np.float32), ["fractions"]),
    ],
)
def test_a_volume_without_region_ids_is_refused_even_when_it_is_named_an_annotation(
    tmp_path, array, words
):
    path = packages.write_nrrd(tmp_path / "v.nrrd", array)
    with refused(path, by=AtlasFileError):
        open_atlas(path)
    with refused(path, *words, by=AtlasFileError):
        open_atlas(path, kind="annotation")


def test_labels_stored_as_whole_floats_are_ids(tmp_path):
    ids = packages.label_ids() % 1000
    path = packages.write_nrrd(tmp_path / "v.nrrd", ids.astype(np.float32))
    np.testing.assert_array_equal(open_atlas(path).annotation, ids)


def test_a_vector_volume_is_no_annotation(tmp_path):
    path = packages.write_nrrd(tmp_path / "v.nrrd", np.ones((3, *packages.SHAPE), np.uint8))
    with refused(path, "3 values per voxel", "most probable region", by=AtlasFileError):
        open_atlas(path)


def test_a_file_of_a_home_made_folder_opens_with_the_table_beside_it(tmp_path):
    packages.home_made(tmp_path)
    atlas = open_atlas(tmp_path / "my_labels.tif")
    assert list(atlas.region_map) == [MADE_UP_ROOT, 315, 549]
    with refused(tmp_path / "brain.tif", "image", by=AtlasFileError):
        open_atlas(tmp_path / "brain.tif")


def test_a_table_that_knows_none_of_the_ids_is_not_forced_upon_a_volume(tmp_path):
    packages.home_made(tmp_path)
    (tmp_path / "labels.txt").unlink()
    (tmp_path / "names.csv").write_text("id,name\n1,a\n2,b\n")
    with refused(
        tmp_path, "2 volumes", "names.csv knows 0 of the 2 ids of my_labels.tif", by=AtlasFileError
    ):
        open_atlas(tmp_path)
