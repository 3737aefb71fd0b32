"""`atlas-explorer cache`."""

from __future__ import annotations

import json
import shutil

import pytest
from filelock import FileLock

from napari_atlas_explorer import open_atlas
from napari_atlas_explorer.surfaces import cached_surface

from .. import packages
from ..atlases.cache.damage import conversion, write_atlas


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("ATLAS_EXPLORER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def filled(run, tmp_path, cache, monkeypatch):
    """A conversion, an unpacked archive and a surface."""
    folder = packages.home_made(tmp_path / "mine")
    archive = shutil.make_archive(str(folder), "zip", folder)
    assert run("info", archive).code == 0
    atlas = write_atlas(tmp_path / "atlas")
    cached_surface(open_atlas(atlas), "A")
    monkeypatch.setenv("ATLAS_EXPLORER_LARGE_BYTES", "1")
    assert run("stats", atlas).code == 0
    return {"unpacked": archive, "converted": str(atlas / "annotation.nrrd"), "surfaces": None}


def rows_of(answer):
    return {row["part"]: row for row in json.loads(answer.out)}


def test_an_empty_cache_has_no_rows(run, cache):
    answer = run("cache")
    assert (answer.code, answer.out) == (0, "")
    assert str(cache) in answer.err


def test_entries_are_listed_with_what_they_were_made_of(run, filled):
    rows = rows_of(run("cache", "--json"))
    assert filled == {part: row["source"] for part, row in rows.items()}
    # 40 × 32 × 32 ranks of two bytes, and a little more.
    assert 81_920 < rows["converted"]["bytes"] < 90_000
    assert {row["state"] for row in rows.values()} == {"complete"}
    text = run("cache")
    for source in (filled["unpacked"], filled["converted"], rows["surfaces"]["path"]):
        assert source in text.out
    assert "40.0 GB" in text.err


def test_a_sound_cache_passes_the_check(run, filled):
    answer = run("cache", "--check", "--json")
    assert answer.code == 0
    assert {row["state"] for row in rows_of(answer).values()} == {"sound"}


def test_what_the_check_finds_damaged_is_removed(run, filled, cache):
    with (conversion(cache) / "ranks.npy").open("r+b") as stream:
        stream.seek(5000)
        stream.write(b"\7")
    answer = run("cache", "--check", "--json")
    assert answer.code == 1
    rows = rows_of(answer)
    assert "ranks.npy has other contents" in rows["converted"]["state"]
    assert rows["unpacked"]["state"] == "sound"
    again = run("cache", "--check", "--json")
    assert (again.code, list(rows_of(again))) == (0, ["unpacked", "surfaces"])


def test_clearing_removes_what_can_be_made_again(run, filled, cache):
    (cache / "atlases" / "downloaded").mkdir(parents=True)
    held = conversion(cache)
    with FileLock(held.with_name(f"{held.name}.lock")):
        answer = run("cache", "--clear", "--json")
        assert list(rows_of(answer)) == ["unpacked", "surfaces"]
        assert "being made now" in answer.err
    assert list(rows_of(run("cache", "--clear", "--json"))) == ["converted"]
    assert run("cache").out == ""
    assert (cache / "atlases" / "downloaded").is_dir()


def test_leftovers_of_killed_runs_are_swept(run, cache):
    (cache / "unpacked" / ".a-1.partial").mkdir(parents=True)
    assert "removed what killed runs had left: 1" in run("cache").err
    assert not (cache / "unpacked" / ".a-1.partial").exists()


def test_one_thing_at_a_time(refuses, cache):
    assert "expected one of them" in refuses("cache", "--check", "--clear")
