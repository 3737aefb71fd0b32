"""BrainGlobe's atlases, by its own library where that is installed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import psutil
import pytest

from napari_atlas_explorer import open_atlas
from napari_atlas_explorer.atlases.download import brainglobe
from napari_atlas_explorer.atlases.download.atlas import download_atlas
from napari_atlas_explorer.atlases.download.brainglobe import brainglobe_atlases

from ... import packages
from ...packages_v3 import write_v3
from ...refusals import refused
from .brainglobe_stand_in import install


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("ATLAS_EXPLORER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("ATLAS_EXPLORER_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    return tmp_path


@pytest.fixture
def library(home, monkeypatch):
    install(home / "site", monkeypatch)
    monkeypatch.setenv("STAND_IN_SOURCE", str(packages.brainglobe_v2(home / "source")))
    monkeypatch.setenv("STAND_IN_STARTED", str(home / "started"))


def test_without_the_library_one_line_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(brainglobe, "LIBRARY", "no_such_library")
    for ask in (brainglobe_atlases, lambda: download_atlas("allen_mouse_25um")):
        with refused("brainglobe-atlasapi", 'pip install "napari-atlas-explorer[brainglobe]"'):
            ask()


@pytest.mark.usefixtures("library")
def test_the_names_are_those_that_the_library_gives():
    assert brainglobe_atlases() == {"allen_mouse_25um": "1.2", "made_up_50um": "1.2"}


@pytest.mark.usefixtures("library")
def test_an_atlas_arrives_in_its_own_folder_and_opens_by_name(home):
    told = []
    done = download_atlas("made_up_50um", step=lambda share, text: told.append((share, text)))
    assert done.path == home / ".brainglobe" / "made_up_50um_v1.2"
    assert told[-1] == (1.0, "made_up_50um, 1.0 of 1.0 MB")
    assert open_atlas("made_up_50um").path == done.path
    assert download_atlas("made_up_50um").was_there


@pytest.mark.usefixtures("library")
def test_values_that_version_3_leaves_on_the_server_are_fetched(home, monkeypatch):
    write_v3(home / "complete")
    monkeypatch.setenv("STAND_IN_V3", str(home / "complete"))
    told = []
    done = download_atlas("made_up_100um", step=lambda share, text: told.append(text))
    assert done.path.parts[-3:] == ("atlases", "made_up_100um", "3_0")
    assert "made_up_100um, 1 of 3 volumes" in told
    assert np.any(np.asarray(open_atlas("made_up_100um").annotation))


@pytest.mark.usefixtures("library")
def test_an_atlas_without_its_values_is_refused_until_they_are_fetched(home, monkeypatch):
    write_v3(home / "complete")
    monkeypatch.setenv("STAND_IN_V3", str(home / "complete"))
    monkeypatch.setenv("STAND_IN_LAZY", "1")
    with refused("ended without a whole atlas"):
        download_atlas("made_up_100um")
    with refused("the values of the annotation have not been fetched"):
        open_atlas("made_up_100um")
    monkeypatch.delenv("STAND_IN_LAZY")
    assert not download_atlas("made_up_100um").was_there
    assert np.any(np.asarray(open_atlas("made_up_100um").annotation))


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("offline_25um", ["ConnectionError", "No internet connection"]),
        ("nonsense", ["nonsense is not a valid atlas name"]),
    ],
)
def test_what_the_library_says_is_reported_in_a_line(name, words):
    with refused(*words):
        download_atlas(name)


@pytest.mark.usefixtures("library")
def test_its_process_ends_with_the_work(home):
    class EnoughError(Exception):
        pass

    started = home / "started"

    def stop(share, text):
        if started.exists() and started.read_text():
            raise EnoughError

    with pytest.raises(EnoughError):
        download_atlas("endless_25um", step=stop)
    assert not psutil.pid_exists(int(started.read_text()))


def test_another_cache_folder_is_refused_for_its_names(tmp_path):
    with refused("allen_mouse_25um", "its own folder"):
        download_atlas("allen_mouse_25um", tmp_path / "mine")
    assert not Path(tmp_path / "mine").exists()
