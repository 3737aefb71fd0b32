"""Volumes of NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from napari_atlas_explorer import open_atlas
from napari_atlas_explorer.core.errors import AtlasFileError
from napari_atlas_explorer.formats.arrays import read_array_header
from napari_atlas_explorer.formats.volume_header import is_volume

from ..refusals import refused

IDS = np.kron(np.arange(8).reshape(2, 2, 2), np.ones((4, 4, 4), int)).astype(np.uint16)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["<u2", ">u2", "f4"])
def test_an_array_opens_and_its_voxel_size_is_asked(tmp_path, order, dtype):
    path = tmp_path / "labels.npy"
    np.save(path, np.asarray(IDS, dtype, order=order))
    (tmp_path / "labels.csv").write_text("id,name\n" + "".join(f"{i},r{i}\n" for i in range(1, 8)))
    atlas = open_atlas(path, resolution=(10, 20, 30))
    assert atlas.at((45, 25, 35)).name == "r4"
    unsized = open_atlas(path)
    assert not unsized.package.resolution_known
    assert "resolution" in {a.quantity for a in unsized.assumptions}


def test_the_one_volume_of_an_archive_opens(tmp_path):
    np.savez_compressed(tmp_path / "a.npz", annotation=IDS, spacing=np.array([25.0, 25, 25]))
    np.testing.assert_array_equal(read_array_header(tmp_path / "a.npz").load(), IDS)
    np.savez(tmp_path / "b.npz", one=IDS, two=IDS)
    with refused(tmp_path / "b.npz", "one.npy, two.npy", by=AtlasFileError):
        read_array_header(tmp_path / "b.npz")


def test_points_are_no_volume(tmp_path):
    np.save(tmp_path / "points.npy", np.zeros((5, 3)))
    np.savez(tmp_path / "points.npz", np.zeros((5, 3)))
    (tmp_path / "bad.npy").write_bytes(b"\x93NUMPY\x01\x00v\x00" + b"(" * 118)
    for name in ("points.npy", "points.npz", "bad.npy", "missing.npy"):
        assert not is_volume(tmp_path / name)


def test_objects_are_refused(tmp_path):
    np.save(tmp_path / "o.npy", np.full((2, 2, 2), None, object))
    with refused(tmp_path / "o.npy", by=AtlasFileError):
        read_array_header(tmp_path / "o.npy").load()
