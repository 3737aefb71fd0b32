"""Who may convert a volume, and what the cache has to be."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from napari_atlas_explorer import open_atlas
from napari_atlas_explorer.atlases.cache import converted, entries
from napari_atlas_explorer.atlases.cache import folder as cache
from napari_atlas_explorer.atlases.cache.folder import cache_folder
from napari_atlas_explorer.core.errors import CacheError

from ... import packages

HOLD = """
import sys
from pathlib import Path
from napari_atlas_explorer.atlases.cache.converted import lock_conversion
with lock_conversion(Path(sys.argv[1]), 1):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def folder(monkeypatch, tmp_path) -> Path:
    monkeypatch.setenv("ATLAS_EXPLORER_CACHE", str(tmp_path))
    return cache_folder(converted.PART) / "volume"


@pytest.fixture
def holder(folder):
    """Another process that converts into the folder until it is told to end."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()


def ended(process):
    """Let it end as it means to."""
    process.stdin.close()
    process.wait()


class EnoughError(Exception):
    """Raised by who does not want to wait any more."""


def stop(share):
    raise EnoughError


def test_what_another_process_converts_is_waited_for_until_one_has_enough(folder, holder):
    with pytest.raises(EnoughError), converted.lock_conversion(folder, 1, stop):
        pass


def test_what_another_process_has_made_is_not_made_again(folder, holder):
    def go_on(share):
        converted.finish(folder)
        ended(holder)

    with converted.lock_conversion(folder, 1, go_on) as wanted:
        assert not wanted


def test_a_process_that_died_holds_nothing(folder, holder):
    holder.kill()
    holder.wait()
    with converted.lock_conversion(folder, 1, stop) as wanted:
        assert wanted


def test_the_cache_makes_no_room_by_what_is_being_converted(folder, holder, monkeypatch):
    monkeypatch.setenv(entries.SIZE_VARIABLE, "1000")
    (folder / converted.VALUES).write_bytes(bytes(900))
    entries.make_room(500, folder.parent / "other")
    assert folder.exists()
    ended(holder)
    entries.make_room(500, folder.parent / "other")
    assert not folder.exists()


def test_a_conversion_that_may_only_be_read_is_used(folder):
    folder.mkdir()
    (folder / entries.USED).symlink_to("/nowhere/to/be/written")
    entries.touch(folder)


@pytest.fixture
def no_cache(tmp_path, monkeypatch):
    """A cache that cannot be made: a file is in its way."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ATLAS_EXPLORER_CACHE", str(tmp_path / "file" / "cache"))
    monkeypatch.setattr(cache, "_replaced", {})


@pytest.mark.usefixtures("no_cache")
def test_files_that_have_to_last_need_a_cache():
    with pytest.raises(CacheError, match=r"file/cache.*ATLAS_EXPLORER_CACHE"):
        cache.require_cache_folder("atlases")


@pytest.mark.usefixtures("no_cache")
def test_what_can_be_made_again_needs_none(tmp_path):
    assert cache.cache_note() == ""
    folder = cache.cache_folder("converted")
    assert folder.is_dir()
    assert cache.cache_folder("converted") == folder
    assert "file/cache" in cache.cache_note()
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as archive:
        archive.add(packages.voxelbrain(tmp_path / "a"), "a")
    atlas = open_atlas(tmp_path / "a.tar.gz")
    assert atlas.ranks.n_ranks > 1
    assert "ATLAS_EXPLORER_CACHE" in str(atlas.assumptions)
