"""What makes another key: every way to change a file."""

from __future__ import annotations

import os
import shutil

from napari_atlas_explorer import open_atlas
from napari_atlas_explorer.atlases.cache.keys import SAMPLE_BYTES, _add_samples, source_key

from .damage import SHAPE, VOXELS_OF_A, write_atlas


def restore_times(path, status):
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def test_other_contents_of_the_same_size_and_time_are_another_key(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(bytes(100_000))
    key, status = source_key(path), path.stat()
    assert source_key(path) == key
    with path.open("r+b") as stream:  # in place, as rsync --inplace does it
        stream.seek(30_011)
        stream.write(b"1")
    restore_times(path, status)
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (100_000, status.st_mtime_ns)
    assert source_key(path) != key


def test_another_file_in_its_place_is_another_key(tmp_path):
    path, other = tmp_path / "a", tmp_path / "b"
    path.write_bytes(b"abc")
    key = source_key(path)
    shutil.copy2(path, other)
    other.replace(path)
    assert source_key(path) != key


def test_words_and_place_count(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    keys = {source_key(path), source_key(path, "x"), source_key(path, "x", (1, 2))}
    assert len(keys) == 3


def test_samples_reach_both_ends_of_a_file(tmp_path):
    class Reader:
        def __init__(self):
            self.read = []

        def update(self, block):
            self.read.append(block)

    path = tmp_path / "a"
    path.write_bytes(b"first" + bytes(10 * SAMPLE_BYTES * 16) + b"final")
    reader = Reader()
    _add_samples(reader, path, path.stat().st_size)
    assert reader.read[0].startswith(b"first")
    assert reader.read[-1].endswith(b"final")
    assert sum(map(len, reader.read)) == 16 * SAMPLE_BYTES


def test_a_chunk_that_was_exchanged_is_another_key(tmp_path):
    for name in ("0", "1"):
        (tmp_path / "z" / name).mkdir(parents=True)
        (tmp_path / "z" / name / "0").write_bytes(name.encode())
    key = source_key(tmp_path / "z")
    chunk = tmp_path / "z" / "1" / "0"
    status = chunk.stat()
    chunk.write_bytes(b"9")
    restore_times(chunk, status)
    assert source_key(tmp_path / "z") != key


def test_an_atlas_with_restored_times_is_converted_again(tmp_path, monkeypatch):
    monkeypatch.setenv("ATLAS_EXPLORER_LARGE_BYTES", "1")
    monkeypatch.setenv("ATLAS_EXPLORER_CACHE", str(tmp_path / "cache"))
    path = write_atlas(tmp_path / "atlas") / "annotation.nrrd"
    assert open_atlas(path.parent).ranks.counts.tolist()[2] == VOXELS_OF_A
    status, stored = path.stat(), path.read_bytes()
    header = len(stored) - SHAPE[0] * SHAPE[1] * SHAPE[2] * 4
    with path.open("r+b") as stream:
        stream.seek(header)
        stream.write(b"\3\0\0\0" * (SHAPE[0] * SHAPE[1] * SHAPE[2]))
    restore_times(path, status)
    assert open_atlas(path.parent).ranks.counts.tolist()[2] == 0
