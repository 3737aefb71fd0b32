"""`atlas-explorer stats` between two runs of which something happened to the cache."""

from __future__ import annotations

import csv
import io
import json

import pytest

from ..atlases.cache.damage import DAMAGES, VOXELS_OF_A, conversion, write_atlas


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("ATLAS_EXPLORER_LARGE_BYTES", "1")
    monkeypatch.setenv("ATLAS_EXPLORER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def atlas(tmp_path):
    return write_atlas(tmp_path / "atlas")


def voxels_of_a(answer) -> int:
    assert answer.code == 0, answer.err
    (row,) = (r for r in csv.DictReader(io.StringIO(answer.out)) if r["acronym"] == "A")
    return int(row["total_voxels"])


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_cache_gives_the_right_numbers_and_one_note(run, atlas, cache, damage):
    first = run("stats", atlas)
    assert voxels_of_a(first) == VOXELS_OF_A
    assert "damaged" not in first.err
    damage(conversion(cache))
    again = run("stats", atlas)
    assert voxels_of_a(again) == VOXELS_OF_A
    notes = [line for line in again.err.splitlines() if "damaged" in line]
    assert len(notes) == 1, again.err
    assert str(atlas / "annotation.nrrd") in notes[0]
    assert "made again" in notes[0]
    third = run("stats", atlas)
    assert (third.out, "damaged" in third.err) == (first.out, False)


def test_a_conversion_that_was_copied_is_read_whole_and_used(run, atlas, cache, monkeypatch):
    first = run("stats", atlas)
    manifest = conversion(cache) / "done.json"
    before = json.loads(manifest.read_text())
    copy = manifest.with_name("copy")
    for path in (manifest.parent / "ranks.npy", manifest.parent / "facts.npz"):
        copy.write_bytes(path.read_bytes())
        copy.replace(path)
    again = run("stats", atlas)
    assert (again.out, again.err) == (first.out, first.err)
    after = json.loads(manifest.read_text())
    assert after != before  # the stamps of the copies
    checksums = [{n: row["crc32"] for n, row in d["files"].items()} for d in (before, after)]
    assert checksums[0] == checksums[1]
