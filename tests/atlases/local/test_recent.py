"""The list of recent atlases."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from napari_atlas_explorer.atlases.local.recent import (
    FILE,
    MAX_RECENT,
    SAMPLE,
    RecentAtlas,
    forget,
    listed_paths,
    recent_atlases,
    recent_paths,
    remember,
)


@pytest.fixture
def config(home: Path) -> Path:
    (home / "config").mkdir()
    return home / "config"


def entry(path: str, day: int = 12) -> RecentAtlas:
    opened = datetime(2026, 11, day, 14, 5)
    return RecentAtlas(path, "an atlas", opened, "Mus musculus", (25.0, 25.0, 50.0))


def test_what_was_remembered_is_there_again_the_newest_first() -> None:
    remember(entry("/a"))
    remember(entry(SAMPLE))
    remember(entry("/a", day=13))
    assert recent_atlases() == [entry("/a", day=13), entry(SAMPLE)]


def test_the_list_has_an_end_and_pictures_of_others_go(tmp_path: Path) -> None:
    for n in range(MAX_RECENT + 2):
        atlas = entry(f"/{n}")
        atlas.picture.write_bytes(b"a picture")
        remember(atlas)
    kept = [f"/{n}" for n in range(MAX_RECENT + 1, 1, -1)]
    assert [atlas.path for atlas in recent_atlases()] == kept
    pictures = {path.name for path in (tmp_path / "cache" / "thumbnails").iterdir()}
    assert pictures == {entry(path).picture.name for path in kept}


def test_the_sample_has_no_path_and_what_is_gone_stays_in_the_list(tmp_path: Path) -> None:
    for path in (str(tmp_path), SAMPLE, "/no/such/folder"):
        remember(entry(path))
    assert listed_paths() == [Path("/no/such/folder"), tmp_path]
    assert recent_paths() == [tmp_path]
    forget("/no/such/folder")
    assert listed_paths() == [tmp_path]
    forget("/never/there")
    assert len(recent_atlases()) == 2


def test_lists_of_before_and_damaged_ones_are_read(config: Path) -> None:
    entries = [
        "/lab/atlas_v1.0",
        {"path": "/b", "name": 7, "opened": "yesterday", "species": None, "voxel_size": ["x"]},
        {"name": "no path"},
        3,
    ]
    (config / FILE).write_text(json.dumps(entries))
    assert recent_atlases() == [
        RecentAtlas("/lab/atlas_v1.0", "atlas_v1.0"),
        RecentAtlas("/b", "b"),
    ]
    for text in ("", "{", '{"a": 1}', "null"):
        (config / FILE).write_text(text)
        assert recent_atlases() == []
