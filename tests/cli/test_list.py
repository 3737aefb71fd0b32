"""`atlas-explorer list`."""

import json
from pathlib import Path

import pytest

from napari_atlas_explorer.atlases.download import brainglobe

from .. import packages
from ..atlases.download.brainglobe_stand_in import install
from ..packages_v3 import write_v3


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.setenv("ATLAS_EXPLORER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("ATLAS_EXPLORER_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def test_both_generations_are_listed(run, home):
    packages.brainglobe_v2(home / ".brainglobe" / "made_up_50um_v1.2")
    write_v3(home / ".brainglobe" / "brainglobe-atlasapi")
    (home / ".brainglobe" / "not an atlas").mkdir()
    lines = run("list").out.splitlines()
    assert [line.split()[:4] for line in lines] == [
        ["made_up_100um", "3.0", "BrainGlobe", "v3"],
        ["made_up_200um", "3.0", "BrainGlobe", "v3"],
        ["made_up_50um", "1.2", "BrainGlobe", "v2"],
    ]
    rows = json.loads(run("list", "--json").out)
    assert rows[2]["path"].endswith("made_up_50um_v1.2")
    assert [row["resolution"] for row in rows] == [100, 200, 50]
    for row in rows:
        assert run("info", row["path"]).code == 0
    assert run("info", "made_up_200um").out.startswith("name")


def test_an_empty_cache_says_where_it_looked(run, home):
    answer = run("list")
    assert (answer.code, answer.out) == (0, "")
    assert ".brainglobe" in answer.err
    assert str(home / "cache" / "atlases") in answer.err


def test_a_folder_that_is_added_is_listed_until_it_is_removed(run, refuses, home):
    folder = packages.voxelbrain(home / "lab" / "ours")
    answer = run("list", "--add", folder.parent)
    assert answer.out.split() == ["ours", "VoxelBrain", str(folder)]
    assert str(folder.parent) in answer.err
    (row,) = json.loads(run("list", "--json").out)
    assert row == {
        "name": "ours",
        "version": None,
        "layout": "VoxelBrain",
        "resolution": None,
        "path": str(folder),
    }
    assert run("info", "ours").code == 0
    assert run("list", "--remove", folder.parent).out == ""
    assert "was not named" in refuses("list", "--remove", folder.parent)
    assert "nowhere" in refuses("list", "--add", home / "nowhere")


def test_online_names_are_listed_without_the_network_where_they_are_known(run, home, monkeypatch):
    monkeypatch.setattr(brainglobe, "LIBRARY", "no_such_library")
    answer = run("list", "--online")
    assert answer.code == 0
    assert "allen_ccf_25um_2017" in answer.out
    assert answer.err == f"{brainglobe.install_hint()}\n"


def test_brainglobe_s_names_stand_beside_them_where_its_library_is(run, home, monkeypatch):
    install(home / "site", monkeypatch)
    rows = json.loads(run("list", "--online", "--json").out)
    assert rows[-1] == {"name": "made_up_50um", "version": "1.2", "from": "BrainGlobe"}
    assert {row["from"] for row in rows} == {"Allen Institute", "BrainGlobe"}


def test_online_and_the_folders_do_not_go_together(refuses, home):
    assert "--add" in refuses("list", "--online", "--add", home)


def test_a_cache_that_cannot_be_written_prevents_neither_list_nor_a_name(run, home, monkeypatch):
    packages.brainglobe_v2(home / ".brainglobe" / "made_up_50um_v1.2")
    (home / "file").write_text("")
    monkeypatch.setenv("ATLAS_EXPLORER_CACHE", str(home / "file" / "cache"))
    assert run("list").out.split()[:2] == ["made_up_50um", "1.2"]
    assert run("info", "made_up_50um").code == 0
