"""Volumes that are worked on, in memory and in a file."""

from __future__ import annotations

import errno
import os
import tempfile

import numpy as np
import pytest

from napari_atlas_explorer.core.errors import AtlasFileError
from napari_atlas_explorer.formats.common.blocks import scratch_volume


@pytest.mark.parametrize("in_memory", [0, 1 << 20])
def test_a_volume_begins_with_zeros_and_keeps_what_is_written(in_memory):
    volume = scratch_volume((3, 4, 5), np.uint16, in_memory)
    assert isinstance(volume, np.memmap) == (in_memory == 0)
    assert not volume.any()
    volume[1] = 7
    assert volume.sum() == 7 * 20


def test_a_large_volume_leaves_no_file(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    volume = scratch_volume((8, 8, 8), np.uint32, 0)
    volume[:] = 1
    del volume
    assert list(tmp_path.iterdir()) == []


def test_a_volume_that_no_disk_holds_is_refused_in_one_line():
    with pytest.raises(AtlasFileError, match=r"GB are free; expected .* GB for a temporary volume"):
        scratch_volume((1 << 20, 1 << 20, 1 << 10), np.uint32)


@pytest.mark.parametrize("code", [errno.EOPNOTSUPP, errno.ENOSPC])
def test_a_disk_that_cannot_take_room_beforehand_is_filled(code, monkeypatch):
    def refuse(*_):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "posix_fallocate", refuse)
    if code == errno.ENOSPC:
        with pytest.raises(AtlasFileError, match="No space left"):
            scratch_volume((5, 7), np.uint16, 0)
    else:
        volume = scratch_volume((5, 7), np.uint16, 0)
        volume[4] = 3
        assert volume.tolist() == [[0] * 7] * 4 + [[3] * 7]
