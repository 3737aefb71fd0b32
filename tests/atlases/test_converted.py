"""Who may convert a volume, where several machines share the cache."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from napari_atlas_explorer.atlases import converted
from napari_atlas_explorer.core.errors import AtlasError


@pytest.fixture
def folder(monkeypatch, tmp_path) -> Path:
    monkeypatch.setenv("ATLAS_EXPLORER_CACHE", str(tmp_path))
    found = tmp_path / converted.PART / "volume"
    found.mkdir(parents=True)
    return found


def lock_of(folder: Path, text: str, seconds_ago: float = 0.0) -> Path:
    lock = folder / converted.LOCK
    lock.write_text(text)
    then = time.time() - seconds_ago
    os.utime(lock, (then, then))
    return lock


def ended_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_conversion_on_another_machine_that_goes_on_is_left_alone(folder):
    lock = lock_of(folder, f"{ended_process()} another-machine", seconds_ago=60)
    with pytest.raises(AtlasError, match="another process"), converted.converting(folder, 1):
        pass
    assert lock.read_text().endswith("another-machine")


def test_a_conversion_on_another_machine_that_fell_silent_is_gone_on_with(folder):
    lock_of(folder, f"{os.getpid()} another-machine", seconds_ago=3600)
    with converted.converting(folder, 1):
        assert (folder / converted.LOCK).read_text().startswith(f"{os.getpid()} ")
    assert not (folder / converted.LOCK).exists()


def test_a_conversion_of_this_machine_is_held_as_long_as_its_process_lives(folder):
    with converted.converting(folder, 1):
        lock = folder / converted.LOCK
        os.utime(lock, (0, 0))
        with pytest.raises(AtlasError, match="another process"), converted.converting(folder, 1):
            pass
        lock.write_text(lock.read_text().replace(str(os.getpid()), str(ended_process())))
        assert not converted.is_held(lock)


def test_each_slab_says_that_the_conversion_goes_on(folder):
    with converted.converting(folder, 1):
        lock = folder / converted.LOCK
        os.utime(lock, (0, 0))
        converted.note_state(folder, 1, {})
        assert lock.stat().st_mtime > time.time() - 60


def test_what_an_ended_process_left_makes_room(folder, monkeypatch):
    monkeypatch.setenv(converted.SIZE_VARIABLE, "1000")
    (folder / converted.VALUES).write_bytes(bytes(900))
    lock_of(folder, str(ended_process()))
    converted.make_room(500, folder.parent / "other")
    assert not folder.exists()
