"""What a manifest notices, and what it reads for that."""

from __future__ import annotations

import json
import os
import time
import zlib

import pytest

from napari_atlas_explorer.atlases.cache import manifest
from napari_atlas_explorer.atlases.cache.manifest import MISSING, find_doubt, write_manifest


@pytest.fixture
def folder(tmp_path):
    """Two files with their manifest next to the folder."""
    path = tmp_path / "entry"
    (path / "inner").mkdir(parents=True)
    (path / "a.bin").write_bytes(b"abc" * 1000)
    (path / "inner" / ".zarray").write_text("{}")
    write_manifest(path, tmp_path / "entry.json", "a source")
    return path


@pytest.fixture
def file(folder):
    return folder.with_name("entry.json")


def test_it_holds_sizes_and_checksums(folder, file):
    document = json.loads(file.read_text())
    assert document["source"] == manifest.read_source(file) == "a source"
    assert {name: (row["bytes"], row["crc32"]) for name, row in document["files"].items()} == {
        "a.bin": (3000, zlib.crc32(b"abc" * 1000)),
        "inner/.zarray": (2, zlib.crc32(b"{}")),
    }
    assert find_doubt(folder, file) == ""


def test_opening_reads_no_data(folder, file, monkeypatch):
    monkeypatch.setattr(manifest, "_checksum", None)  # called, it would raise
    assert find_doubt(folder, file) == ""


def test_without_a_manifest_it_is_incomplete(folder, file):
    file.unlink()
    assert find_doubt(folder, file) == MISSING


def test_files_that_it_does_not_name_do_not_matter(folder, file):
    (folder / "more").write_text("")
    assert find_doubt(folder, file) == ""


def test_every_byte_is_read_once_a_month(folder, file):
    document = json.loads(file.read_text())
    rows = document["files"]
    # As if the disk had lost a bit: nothing but the contents differ.
    rows["a.bin"]["crc32"] ^= 1
    document["crc32"] = zlib.crc32(json.dumps(rows, sort_keys=True).encode())
    file.write_text(json.dumps(document))
    assert find_doubt(folder, file) == ""
    assert "a.bin has other contents" in find_doubt(folder, file, every_byte=True)
    long_ago = time.time() - (manifest.CHECK_DAYS + 1) * 86400
    os.utime(file, (long_ago, long_ago))
    assert "a.bin has other contents" in find_doubt(folder, file)


def test_sound_contents_are_stamped_anew(folder, file, monkeypatch):
    os.utime(folder / "a.bin", (1, 1))
    assert find_doubt(folder, file) == ""
    monkeypatch.setattr(manifest, "_checksum", None)
    assert find_doubt(folder, file) == ""


def test_many_files_are_written_to_disk_at_once(tmp_path):
    many = tmp_path / "many"
    many.mkdir()
    for n in range(manifest.MOST_SYNCED + 1):
        (many / str(n)).write_text(str(n))
    write_manifest(many, tmp_path / "many.json")
    assert find_doubt(many, tmp_path / "many.json", every_byte=True) == ""


def test_what_a_killed_run_left_of_a_manifest_is_removed(folder, file):
    left = file.with_name(f".{file.name}.123")
    left.write_text("{")
    write_manifest(folder, file)
    assert not left.exists()
