"""The catalogue: where it looks, what it finds, and what it remembers."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from napari_atlas_explorer import open_atlas
from napari_atlas_explorer.atlases.local.catalogue import read_last_scan, rescan, scan
from napari_atlas_explorer.atlases.local.installed import LocalAtlas
from napari_atlas_explorer.atlases.local.named_folders import forget_folder, name_folder

from ... import packages
from ...packages_v3 import write_v3
from ...refusals import refused


def rows(catalogue):
    return [(a.name, a.version_text, a.layout) for a in catalogue.entries]


def test_caches_downloads_and_named_folders_are_looked_into(home):
    packages.brainglobe_v2(home / ".brainglobe" / "made_up_50um_v1.2")
    write_v3(home / ".brainglobe" / "brainglobe-atlasapi")
    downloads = home / "cache" / "atlases"
    packages.brainglobe_v2(downloads / "fetched_25um_v2.0")
    packages.voxelbrain(downloads / "release")
    (downloads / ".half.part").mkdir()
    packages.voxelbrain(home / "lab" / "ours")
    packages.allen_ccf(home / "lab" / "ccf")
    packages.voxelbrain(home / "single")
    (home / "lab" / "notes").mkdir()
    (home / "lab" / "notes.txt").write_text("no atlas")
    name_folder(home / "lab")
    name_folder(home / "single")
    assert rows(scan()) == [
        ("ccf", "", "Allen CCF"),
        ("fetched_25um", "2.0", "BrainGlobe v2"),
        ("made_up_100um", "3.0", "BrainGlobe v3"),
        ("made_up_200um", "3.0", "BrainGlobe v3"),
        ("made_up_50um", "1.2", "BrainGlobe v2"),
        ("ours", "", "VoxelBrain"),
        ("release", "", "VoxelBrain"),
        ("single", "", "VoxelBrain"),
    ]
    for entry in scan().entries:
        assert open_atlas(entry.name).region_map is not None
    assert scan().find("made_up_100um_v3.0") == scan().find("made_up_100um")
    assert scan().find("made_up_100um_v2.0") is None


def test_folders_of_the_environment_are_looked_into(home, monkeypatch):
    packages.voxelbrain(home / "a" / "one")
    packages.voxelbrain(home / "b" / "two")
    both = os.pathsep.join([str(home / "a"), str(home / "b")])
    monkeypatch.setenv("ATLAS_EXPLORER_ATLASES", both)
    assert [a.name for a in scan().entries] == ["one", "two"]


def test_of_several_versions_a_name_opens_the_newest(home):
    for version in ("1.9", "1.10"):
        packages.brainglobe_v2(home / ".brainglobe" / f"made_up_50um_v{version}")
    assert scan().find("made_up_50um").name == "made_up_50um_v1.10"
    assert scan().find("made_up_50um_v1.9").name == "made_up_50um_v1.9"
    assert scan().find("../made_up_50um_v1.9") is None


def test_the_last_scan_is_remembered_and_what_is_gone_goes_with_the_next(home):
    assert read_last_scan().entries == ()
    folder = packages.brainglobe_v2(home / ".brainglobe" / "made_up_50um_v1.2")
    found = rescan()
    assert read_last_scan() == found
    shutil.rmtree(folder)
    assert read_last_scan() == found  # nothing but its own file is looked at
    assert rescan().entries == ()
    assert read_last_scan().entries == ()


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"format": 2}', '{"format": 1, "entries": [[1]], "looked": []}', "7"]
)
def test_a_memory_that_cannot_be_read_is_an_empty_one(home, text):
    rescan()
    (home / "cache" / "catalogue" / "catalogue.json").write_text(text)
    assert read_last_scan().entries == ()


def test_it_says_where_it_looked_and_why_nothing_was_seen(home):
    lab = home / "lab"
    lab.mkdir()
    name_folder(lab)
    lab.rmdir()
    (home / ".brainglobe").write_text("a file")
    told = scan().where()
    assert f"{lab} (missing)" in told
    assert f"{home / '.brainglobe'} (" in told
    assert str(home / "cache" / "atlases") in told


def test_a_scan_can_be_ended(home):
    class EnoughError(Exception):
        pass

    def stop(share):
        raise EnoughError

    with pytest.raises(EnoughError):
        rescan(stop)
    assert not (home / "cache" / "catalogue" / "catalogue.json").exists()


def test_named_folders_are_remembered_once_and_forgotten(home):
    lab = home / "lab"
    packages.voxelbrain(lab / "ours")
    name_folder(lab)
    name_folder(str(lab))
    assert json.loads((home / "config" / "atlas-folders.json").read_text()) == [str(lab)]
    forget_folder(lab)
    assert scan().entries == ()
    assert (lab / "ours").is_dir()
    with refused(lab, "was not named"):
        forget_folder(lab)
    with refused(home / "nowhere", "a folder of atlases"):
        name_folder(home / "nowhere")


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("allen_mouse_25um", 25.0),
        ("allen_ccf_10um_2017", 10.0),
        ("a_0.5um", 0.5),
        ("a_500nm", 0.5),
        ("a_1mm", 1000.0),
        ("lab", None),
        ("a_25umx", None),
    ],
)
def test_a_name_may_tell_the_resolution(name, size):
    assert LocalAtlas(name, (), "VoxelBrain", Path("/x")).resolution == size
