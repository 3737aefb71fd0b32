"""BrainGlobe packages of the v3 layout."""

from __future__ import annotations

import tarfile
from pathlib import Path

import numpy as np
import pytest

from napari_atlas_explorer import open_atlas
from napari_atlas_explorer.atlases.local.installed import atlases_in, find_local
from napari_atlas_explorer.core.errors import AtlasFileError, SeveralAtlasesError

from ... import packages
from ...packages_v3 import write_v3
from ...refusals import refused


@pytest.fixture
def folders(tmp_path) -> list[Path]:
    return write_v3(tmp_path / "cache")


def test_an_atlas_opens_with_all_that_its_manifest_names(folders):
    atlas = open_atlas(folders[0])
    assert atlas.name == "made_up_100um v3.0"
    assert atlas.package.layout == "BrainGlobe v3"
    assert atlas.resolution == (100, 100, 100)
    assert atlas.orientation == "asr"
    assert atlas.datasets == ["reference", "annotation", "hemispheres"]
    np.testing.assert_array_equal(atlas.annotation, packages.label_ids())
    np.testing.assert_array_equal(atlas.reference.raw, packages.image())
    assert atlas.hemisphere_from_coords((3, 3, 2), as_string=True) == "right"
    assert atlas.hemisphere_from_coords((3, 3, 6), as_string=True) == "left"
    assert atlas.assumptions == ()


def test_the_corner_of_the_volume_is_0(folders):
    # NGFF's translation of 0 states a center in general; BrainGlobe means the corner.
    atlas = open_atlas(folders[0])
    assert atlas.grid.corner.tolist() == [0, 0, 0]
    assert atlas.at((350, 350, 350)).index == (3, 3, 3)


def test_ids_are_wide_and_na_is_an_acronym(folders):
    regions = open_atlas(folders[0]).region_map
    assert regions.get(614454277, "name") == "name of 614454277"
    assert regions.get(549, "acronym") == "NA"
    assert regions.ancestor_ids([549]) == [[549, 8, 997]]
    assert regions.color_of_rank(1) == (0x11, 0x22, 0x33)


def test_the_level_of_the_manifests_resolution_is_taken(folders):
    atlas = open_atlas(folders[1])
    np.testing.assert_array_equal(atlas.annotation, packages.label_ids()[1::2, 1::2, 1::2])
    assert atlas.resolution == (200, 200, 200)


@pytest.mark.parametrize("inside", ["made_up_100um", "made_up_100um/3_0/manifest.json"])
def test_the_folder_above_and_the_manifest_open_it(folders, tmp_path, inside):
    assert open_atlas(tmp_path / "cache" / "atlases" / inside).name == "made_up_100um v3.0"


def test_a_cache_lists_its_atlases(folders, tmp_path):
    with pytest.raises(SeveralAtlasesError) as caught:
        open_atlas(tmp_path / "cache")
    assert caught.value.choices == folders
    assert "made_up_200um" in str(caught.value)


def test_both_generations_are_listed_side_by_side(folders, tmp_path, monkeypatch):
    root = tmp_path / "home" / ".brainglobe"
    write_v3(root / "brainglobe-atlasapi", (100,))
    old = root / "made_up_100um_v1.2"
    old.mkdir()
    (old / "metadata.json").write_text("{}")
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    found = [(a.name, a.version, a.layout) for a in atlases_in(root)]
    assert found == [("made_up_100um", (1, 2), "BrainGlobe v2")]
    assert find_local("made_up_100um").parts[-3:] == ("atlases", "made_up_100um", "3_0")
    assert find_local("made_up_100um_v1.2") == old
    assert find_local("made_up_50um") is None


def test_one_of_several_in_an_archive_is_named_by_its_path(folders, tmp_path):
    archive = tmp_path / "packages.tar.gz"
    with tarfile.open(archive, "w:gz") as out:
        out.add(tmp_path / "cache", "cache")
    with pytest.raises(SeveralAtlasesError) as caught:
        open_atlas(archive)
    assert caught.value.path == str(archive)
    for choice in caught.value.choices:
        assert open_atlas(choice).package.layout == "BrainGlobe v3"
    with refused("no such file"):
        open_atlas(archive / ".." / "x")


def test_meshes_are_found(folders):
    assert open_atlas(folders[0]).meshfile_from_structure("Isocortex").name == "315"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"annotation_set": None}, ["annotation_set"]),
        ({"annotation_set": {"location": "/../../elsewhere"}}, ["annotation_set", "elsewhere"]),
        ({"terminology": {"location": "/terminologies/none/3_0"}}, ["terminology", "none"]),
        ({"resolution": [50, 50, 50]}, ["100 × 100 × 100", "50 × 50 × 50"]),
        ({"shape": [12, 8, 11]}, ["(12, 8, 10)", "(12, 8, 11)"]),
        ({"orientation": "xyz"}, ["xyz"]),
        ({"template": {"location": 7}}, ["template"]),
    ],
)
def test_a_manifest_that_is_wrong_is_refused(tmp_path, changes, words):
    (tmp_path / "elsewhere").mkdir()
    folder = write_v3(tmp_path / "a" / "cache", (100,), **changes)[0]
    with refused(*words, by=AtlasFileError):
        open_atlas(folder)


@pytest.mark.data
def test_the_real_package_answers_as_the_v2_one(data_folder):
    new = data_folder / "brainglobe_packaged_allen_v3" / "brainglobe-atlasapi_v3_allen.tar.xz"
    old = data_folder / "brainglobe_packaged_allen_100um_v1" / "allen_mouse_100um_v1.2.tar.xz"
    v3, v2 = open_atlas(new / "atlases" / "allen_mouse_100um" / "3_0"), open_atlas(old)
    np.testing.assert_array_equal(v3.annotation, v2.annotation)
    np.testing.assert_array_equal(v3.hemispheres.raw, v2.hemispheres.raw)
    assert v3.region_map.get_ancestor_id_map() == v2.region_map.get_ancestor_id_map()
    assert v3.region_map.get_id_acronym_map() == v2.region_map.get_id_acronym_map()
