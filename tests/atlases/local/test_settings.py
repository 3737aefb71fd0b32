"""Settings files: nothing lost between processes, nothing fatal."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from napari_atlas_explorer.atlases.local.named_folders import name_folder, remembered_folders
from napari_atlas_explorer.atlases.local.remembered import (
    Overrides,
    remember_overrides,
    remembered_overrides,
)
from napari_atlas_explorer.atlases.local.settings import config_file, read_config, write_config


def test_folders_named_at_the_same_time_are_all_listed(home, tmp_path):
    folders = [tmp_path / f"lab {k}" for k in range(12)]
    for folder in folders:
        folder.mkdir()
    together = threading.Barrier(len(folders))

    def add(folder: Path) -> None:
        together.wait()
        name_folder(folder)

    threads = [threading.Thread(target=add, args=(folder,)) for folder in folders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(remembered_folders()) == {folder.resolve() for folder in folders}


def test_commands_at_the_same_time_lose_nothing(home, tmp_path):
    folders = [tmp_path / f"lab {k}" for k in range(3)]
    for folder in folders:
        folder.mkdir()
    command = [sys.executable, "-m", "napari_atlas_explorer", "list", "--add"]
    running = [subprocess.Popen([*command, folder], env=os.environ) for folder in folders]
    assert [process.wait() for process in running] == [0, 0, 0]
    assert set(remembered_folders()) == {folder.resolve() for folder in folders}


def test_overrides_of_several_atlases_set_at_the_same_time_are_all_kept(home, tmp_path):
    paths = [tmp_path / f"atlas {k}" for k in range(12)]
    together = threading.Barrier(len(paths))

    def settle(path: Path) -> None:
        together.wait()
        remember_overrides(path, Overrides(orientation="asr"))

    threads = [threading.Thread(target=settle, args=(path,)) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(remembered_overrides(path).orientation == "asr" for path in paths)


@pytest.mark.parametrize("content", ["", "[", "\x00", "[" * 100_000], ids=repr)
def test_damaged_settings_are_as_if_not_there(home, content):
    config_file("x.json").parent.mkdir(parents=True, exist_ok=True)
    config_file("x.json").write_text(content)
    assert read_config("x.json") is None


def test_settings_that_cannot_be_written_are_no_error(home, monkeypatch):
    (home / "file").write_text("")
    monkeypatch.setenv("ATLAS_EXPLORER_CONFIG", str(home / "file" / "config"))
    write_config("x.json", 1)
    remember_overrides(home / "atlas", Overrides(orientation="asr"))
    assert read_config("x.json") is None
