"""`open_atlas`: what it recognizes, what it takes from the user, how it refuses."""

from __future__ import annotations

import json

import numpy as np
import pytest

from napari_atlas_explorer import RegionMap, open_atlas
from napari_atlas_explorer.atlases.open import make_midline
from napari_atlas_explorer.core.errors import ArgumentError, AtlasFileError

from .. import packages
from ..made_up import write_brainglobe
from ..refusals import refused

LAYOUTS = {
    "BrainGlobe v2": packages.brainglobe_v2,
    "VoxelBrain": packages.voxelbrain,
    "volume and table": packages.home_made,
}


@pytest.mark.parametrize("as_path", [str, lambda p: p], ids=["str", "Path"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_layout_is_recognized(tmp_path, layout, as_path):
    folder = LAYOUTS[layout](tmp_path / "a")
    atlas = open_atlas(as_path(folder))
    assert atlas.package.layout == layout
    assert atlas.at_voxel((3, 3, 3)).id == 315


def test_a_folder_is_opened_by_its_url(tmp_path):
    folder = packages.voxelbrain(tmp_path / "name with blanks, 50 %")
    assert folder.as_uri().startswith("file:///")
    assert open_atlas(folder.as_uri()).path == folder


@pytest.mark.parametrize("layout", ["BrainGlobe v2", "VoxelBrain"])
def test_a_root_that_holds_one_atlas_opens_as_it(tmp_path, layout):
    LAYOUTS[layout](tmp_path / "root" / "a")
    (tmp_path / "root" / "notes").mkdir()
    (tmp_path / "root" / "last_versions.conf").write_text("[atlases]\n")
    assert open_atlas(tmp_path / "root").package.layout == layout


def test_a_root_that_holds_several_atlases_lists_them(tmp_path):
    packages.brainglobe_v2(tmp_path / "first_100um_v1.0")
    packages.voxelbrain(tmp_path / "second")
    with refused(tmp_path, "2 atlases", "first_100um_v1.0", "second", by=AtlasFileError):
        open_atlas(tmp_path)


@pytest.mark.parametrize(
    ("layout", "name"),
    [
        ("BrainGlobe v2", "annotation.tiff"),
        ("BrainGlobe v2", "reference.tiff"),
        ("VoxelBrain", "brain_regions.nrrd"),
        ("volume and table", "my_labels.tif"),
    ],
)
def test_a_file_of_a_package_opens_the_package(tmp_path, layout, name):
    folder = LAYOUTS[layout](tmp_path / "a")
    atlas = open_atlas(folder / name)
    assert atlas.package.layout == layout
    assert list(atlas.region_map) == list(open_atlas(folder).region_map)


def test_a_volume_in_a_package_that_is_no_part_of_it_opens_with_the_table_of_its_ids(tmp_path):
    folder = packages.brainglobe_v2(tmp_path / "a")
    packages.write_tiff(folder / "drawn_by_me.tif", packages.label_ids())
    atlas = open_atlas(folder / "drawn_by_me.tif")
    assert atlas.package.layout == "volume and table"
    assert atlas.package.region_file == folder / "structures.json"
    assert atlas.region_map.get(549, "acronym") == "TH"
    packages.write_tiff(folder / "other_ids.tif", packages.label_ids() + 7)
    other = open_atlas(folder / "other_ids.tif")
    assert other.package.layout == "volume alone"
    assert "TH" not in other.region_map


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("kind", ["object", "json", "csv", "label"])
def test_a_given_hierarchy_takes_the_place_of_the_packages_own(tmp_path, layout, kind):
    folder = LAYOUTS[layout](tmp_path / "a")
    renamed = {
        "id": 1,
        "children": [{"id": 315, "acronym": "mine"}, {"id": 549, "acronym": "yours"}],
    }
    other = tmp_path / f"other.{kind}"
    if kind == "json":
        other.write_text(json.dumps(renamed))
    elif kind == "csv":
        other.write_text("id,acronym\n315,mine\n549,yours\n")
    elif kind == "label":
        other.write_text('315 1 2 3 1 1 1 "mine"\n549 1 2 3 1 1 1 "yours"\n')
    atlas = open_atlas(
        folder, region_map=RegionMap.from_dict(renamed) if kind == "object" else other
    )
    assert atlas.at_voxel((3, 3, 3)).acronym == "mine"
    assert "TH" not in atlas.region_map


def test_a_hierarchy_file_that_is_none_is_refused_by_its_name(tmp_path):
    folder = packages.voxelbrain(tmp_path / "a")
    (tmp_path / "none.json").write_text("{}")
    with refused(tmp_path / "none.json", by=AtlasFileError):
        open_atlas(folder, region_map=str(tmp_path / "none.json"))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("resolution", [40, (40, 50, 60.5)])
def test_a_given_resolution_places_every_volume(tmp_path, layout, resolution):
    atlas = open_atlas(LAYOUTS[layout](tmp_path / "a"), resolution=resolution)
    steps = np.broadcast_to(resolution, 3)
    assert atlas.resolution == tuple(steps)
    assert atlas.package.resolution_known
    assert not {a.quantity for a in atlas.assumptions} & {"resolution", "unit"}
    assert atlas.at((3.5 * steps).tolist()).id == 315
    for name in atlas.datasets:
        assert atlas.load_data(name).voxel_dimensions.tolist() == steps.tolist()


@pytest.mark.parametrize(
    "resolution", [0, -25, (25, 25), (25, 25, np.nan), "fine", (25, 25, np.inf)]
)
def test_a_resolution_that_is_none_is_refused(tmp_path, resolution):
    folder = packages.home_made(tmp_path / "a")
    with refused(repr(resolution), by=ArgumentError):
        open_atlas(folder, resolution=resolution)


def test_a_given_orientation_names_the_axes(tmp_path):
    atlas = open_atlas(packages.home_made(tmp_path / "a"), orientation="ASR")
    assert atlas.orientation == "asr"
    assert atlas.hemispheres is None  # letters alone draw no midline
    with refused("'zyx'", by=ArgumentError):
        open_atlas(tmp_path / "a", orientation="zyx")


def test_another_orientation_silences_the_hemispheres_that_followed_from_the_old_one(tmp_path):
    folder = packages.brainglobe_v2(tmp_path / "a")
    assert open_atlas(folder, orientation="asl").hemisphere_rule is None
    assert open_atlas(folder, orientation="psr").hemisphere_rule.convention == "BrainGlobe"


@pytest.mark.parametrize(("letters", "low"), [("asr", "right"), ("asl", "left")])
def test_a_declared_plane_splits_the_left_right_axis_in_the_middle(tmp_path, letters, low):
    package = open_atlas(packages.home_made(tmp_path / "a"), orientation=letters).package
    declared = make_midline(package)
    high = {"left": "right", "right": "left"}[low]
    names = {1: "left", 2: "right"}
    found = [names[declared.hemisphere_rule.of_one((0, 0, k))] for k in range(10)]
    assert found == [low] * 5 + [high] * 5
    assert declared.hemisphere_rule.convention == "side from plane"


def test_a_plane_cannot_be_declared_before_the_orientation_is_known(tmp_path):
    with refused("orientation", by=ArgumentError):
        make_midline(open_atlas(packages.home_made(tmp_path / "a")).package)


def test_a_bare_name_opens_the_newest_package_of_the_local_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for version in ("1.9", "1.10"):
        packages.brainglobe_v2(
            tmp_path / ".brainglobe" / f"made_up_100um_v{version}", version=version
        )
    assert open_atlas("made_up_100um").metadata["version"] == "1.10"
    assert open_atlas("made_up_100um_v1.9").metadata["version"] == "1.9"
    for missing in ("made_up_25um", "made_up", "no/where", "*"):
        with refused(missing, "no such", by=AtlasFileError):
            open_atlas(missing)


def test_what_is_not_there_is_refused(tmp_path):
    with refused(tmp_path / "nowhere", "no such", by=AtlasFileError):
        open_atlas(tmp_path / "nowhere")


def test_an_empty_folder_is_refused(tmp_path):
    with refused(tmp_path, "empty", "BrainGlobe", by=AtlasFileError):
        open_atlas(tmp_path)


def test_a_folder_of_unrelated_images_is_refused(tmp_path):
    for n in range(3):
        packages.write_tiff(tmp_path / f"image{n}.tif", packages.image(seed=n))
    with refused(tmp_path, "3 volumes", "no table", by=AtlasFileError):
        open_atlas(tmp_path)
    (tmp_path / "names.csv").write_text("id,name\n1,a\n")
    with refused(tmp_path, "3 volumes", "image0.tif is taken as an image", by=AtlasFileError):
        open_atlas(tmp_path)


def test_a_folder_of_texts_is_refused(tmp_path):
    (tmp_path / "readme.txt").write_text("nothing here")
    with refused(tmp_path, "no volume", by=AtlasFileError):
        open_atlas(tmp_path)


@pytest.mark.parametrize("name", ["table.csv", "hierarchy.json", "noname", "mesh.obj"])
def test_a_file_that_is_no_volume_is_refused(tmp_path, name):
    (tmp_path / name).write_text("id,name\n1,a\n")
    with refused(tmp_path / name, by=AtlasFileError):
        open_atlas(tmp_path / name)


@pytest.mark.parametrize("name", ["annotation.nrrd", "labels.tif"])
@pytest.mark.parametrize("content", [b"", b"just a text\n", b"NRRD0005\ntype: uint8\n\n", b"II*\0"])
def test_a_damaged_volume_is_refused_alone_and_beside_a_table(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with refused(path, by=AtlasFileError):
        open_atlas(path)
    packages.ontology_json(tmp_path / "1.json")
    with refused(tmp_path, by=AtlasFileError):
        open_atlas(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "{",
        '[{"id": 1, "parent_structure_id": 2}, {"id": 2, "parent_structure_id": 1}]',
        "[" * 100_000,
    ],
    ids=["malformed", "cyclic", "deep"],
)
def test_a_home_made_folder_says_why_its_hierarchy_was_not_taken(tmp_path, text):
    packages.write_nrrd(tmp_path / "labels.nrrd", packages.label_ids())
    (tmp_path / "tree.json").write_text(text)
    with refused(tmp_path, "1 volume", "tree.json", by=AtlasFileError):
        open_atlas(tmp_path)


def test_a_refused_folder_is_left_as_it_was(tmp_path):
    packages.brainglobe_v2(tmp_path / "a", shape=[1, 2, 3])
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    with refused(by=AtlasFileError):
        open_atlas(tmp_path / "a")
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before


def test_names_that_all_state_a_side_tell_the_hemispheres(tmp_path):
    ids = np.zeros((6, 5, 8), np.uint16)
    ids[1:5, 1:4, :3], ids[1:5, 1:4, 5:] = 11, 12
    packages.write_nrrd(tmp_path / "labels.nrrd", ids)
    (tmp_path / "labels.csv").write_text("id,name\n11,L_V1\n12,R_V1\n")
    atlas = open_atlas(tmp_path)
    assert atlas.hemisphere_rule.convention == "names of regions"
    assert [atlas.at_voxel((2, 2, k)).hemisphere for k in (1, 4, 6)] == ["left", None, "right"]
    assert "hemispheres" in {a.quantity for a in atlas.assumptions}


# ---- names, addresses and the home folder ------------------------------------------------------


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("ATLAS_EXPLORER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("ATLAS_EXPLORER_CONFIG", str(tmp_path / "config"))
    monkeypatch.delenv("ATLAS_EXPLORER_ATLASES", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    packages.brainglobe_v2(tmp_path / ".brainglobe" / "example_mouse_100um_v1.2")
    return tmp_path


def test_a_tilde_is_the_home_folder(home):
    folder = packages.home_made(home / "lab")
    assert open_atlas("~/lab").path == folder
    assert open_atlas("~/lab/my_labels.tif", "~/lab/labels.txt").region_map.path(549)


@pytest.mark.parametrize("name", ["Example_Mouse_100um", "exmaple_mouse_100um", "example_mouse"])
def test_an_unknown_name_is_answered_with_near_ones(home, name):
    with refused(name, "did you mean example_mouse_100um?", f"download_atlas('{name}')"):
        open_atlas(name)


def test_a_name_like_none_is_answered_with_how_to_fetch_it(home):
    message = (
        "zebra: there is no such file, folder or local atlas; "
        "download_atlas('zebra') fetches it if it can be downloaded"
    )
    with pytest.raises(AtlasFileError) as caught:
        open_atlas("zebra")
    assert str(caught.value) == message


def test_a_path_that_is_not_there_is_no_name(home):
    with pytest.raises(AtlasFileError) as caught:
        open_atlas("no/such/folder")
    assert str(caught.value).endswith("there is no such file, folder or local atlas")


def test_the_url_of_a_folder_is_its_path(tmp_path):
    folder = packages.home_made(tmp_path / "with blanks, 50 %")
    assert open_atlas(folder.as_uri()).path == folder


@pytest.mark.parametrize("address", ["http://example.org/a/b.nrrd", "s3://bucket//key"])
def test_an_address_is_named_as_it_was_written(address):
    with refused(f"{address}: an address", f"download_atlas('{address}')"):
        open_atlas(address)


def test_a_package_that_a_killed_process_had_moved_aside_is_put_back_and_opened(tmp_path):
    package = write_brainglobe(tmp_path / "made_up_50um_v1.0")
    work = tmp_path / ".0123456789ab.partial"
    work.mkdir()
    (work / ".lock").touch()
    names = [[".old0", f"../{package.name}"]], [["new", f"../{package.name}"]]
    (work / ".journal.json").write_text(
        json.dumps(dict(zip(("aside", "moves"), names, strict=True)))
    )
    package.rename(work / ".old0")
    (work / "new").mkdir()
    assert open_atlas(package).region_map.rank("TH")
    assert [path.name for path in tmp_path.iterdir()] == [package.name]
