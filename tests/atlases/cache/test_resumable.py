"""A conversion that was interrupted, and what happened to it before it is resumed."""

from __future__ import annotations

import numpy as np
import pytest

from napari_atlas_explorer import open_atlas
from napari_atlas_explorer.atlases.cache.resumable import STATE

from .damage import SHAPE, VOXELS_OF_A, conversion, write_atlas

PLANE = SHAPE[1] * SHAPE[2] * 4


class StopNowError(Exception):
    """A user's cancel."""


def stop(share):
    if share > 0.5:
        raise StopNowError


def voxels_of_a(folder) -> int:
    labels = open_atlas(folder).ranks
    rank = labels.region_map.rank("A")
    assert np.count_nonzero(labels.raw == rank) == labels.counts[rank]
    return int(labels.counts[rank])


@pytest.fixture
def interrupted(tmp_path, monkeypatch):
    """An atlas of which 20 of 40 planes are converted, one plane to a slab."""
    monkeypatch.setenv("ATLAS_EXPLORER_LARGE_BYTES", "1")
    monkeypatch.setenv("ATLAS_EXPLORER_SLAB_BYTES", str(PLANE))
    monkeypatch.setenv("ATLAS_EXPLORER_CACHE", str(tmp_path / "cache"))
    folder = write_atlas(tmp_path / "atlas")
    atlas = open_atlas(folder)
    atlas.on_progress = stop
    with pytest.raises(StopNowError):
        _ = atlas.ranks
    assert (conversion(tmp_path / "cache") / STATE).is_file()
    return folder


def test_sound_slabs_are_not_made_again(interrupted):
    shares = []
    atlas = open_atlas(interrupted)
    atlas.on_progress = shares.append
    assert atlas.ranks.counts[2] == VOXELS_OF_A
    assert shares[0] == 0.5


def lose(path, size=2000):
    with path.open("r+b") as stream:
        stream.seek(25_000)
        stream.write(bytes(size))


DAMAGES = {
    "blocks are lost": lambda f: lose(f / "ranks.npy"),
    "it is cut off": lambda f: (f / "ranks.npy").write_bytes(b"\x93NUMPY"),
    "it is gone": lambda f: (f / "ranks.npy").unlink(),
    "the state is noise": lambda f: (f / STATE).write_bytes(b"PK\3\4 and so on"),
    "the state is empty": lambda f: (f / STATE).write_bytes(b""),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_part_is_made_again(interrupted, tmp_path, damage):
    damage(conversion(tmp_path / "cache"))
    assert voxels_of_a(interrupted) == VOXELS_OF_A


@pytest.mark.parametrize("planes", [2, 3, 40])
def test_slabs_of_another_size_are_not_counted_twice(interrupted, monkeypatch, planes):
    monkeypatch.setenv("ATLAS_EXPLORER_SLAB_BYTES", str(planes * PLANE))
    assert voxels_of_a(interrupted) == VOXELS_OF_A


def test_slabs_were_larger_before(interrupted, tmp_path, monkeypatch):
    monkeypatch.setenv("ATLAS_EXPLORER_SLAB_BYTES", str(2 * PLANE))
    monkeypatch.setenv("ATLAS_EXPLORER_CACHE", str(tmp_path / "other"))
    atlas = open_atlas(interrupted)
    atlas.on_progress = stop
    with pytest.raises(StopNowError):
        _ = atlas.ranks
    monkeypatch.setenv("ATLAS_EXPLORER_SLAB_BYTES", str(PLANE))
    assert voxels_of_a(interrupted) == VOXELS_OF_A
