"""Leftovers of the cache."""

from __future__ import annotations

from pathlib import Path

import pytest

from napari_atlas_explorer.atlases.cache.entries import SURFACES, sweep_leftovers
from napari_atlas_explorer.atlases.cache.folder import CACHE_VARIABLE, cache_folder
from napari_atlas_explorer.formats.common.atomic import atomic_write
from napari_atlas_explorer.formats.common.staging import LOCK


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    return cache_folder(SURFACES)


def test_a_file_that_is_being_written_is_no_leftover(folder):
    with atomic_write(folder / "a.npz") as temporary:
        sweep_leftovers()
        assert temporary.exists()
    assert [path.name for path in folder.iterdir()] == ["a.npz"]


def test_a_file_whose_writer_was_killed_is_a_leftover(folder):
    left = folder / ".a.npz.0123456789ab.partial"
    left.mkdir()
    (left / LOCK).touch()
    (left / "a.npz").write_text("half")
    sweep_leftovers()
    assert list(folder.iterdir()) == []
