"""The sample atlas: drawn once, and again where the cache was damaged."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from napari_atlas_explorer import open_atlas
from napari_atlas_explorer.atlases.sample import sample_folder


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A copy of the sample in a cache of its own, which saves drawing it."""
    drawn = sample_folder()
    monkeypatch.setenv("ATLAS_EXPLORER_CACHE", str(tmp_path / "cache"))
    shutil.copytree(drawn.parent, tmp_path / "cache" / "sample")
    return tmp_path / "cache" / "sample" / drawn.name


def test_a_sound_copy_is_used(folder, caplog):
    assert sample_folder() == folder
    assert not caplog.messages


DAMAGES = {
    "empty": lambda f: (f / "brain_regions.nrrd").write_bytes(b""),
    "gone": lambda f: (f / "brain_regions.nrrd").unlink(),
    "zeros": lambda f: (f / "hierarchy.json").write_bytes(
        bytes((f / "hierarchy.json").stat().st_size)
    ),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_sample_is_drawn_again(folder, damage, caplog):
    before = np.asarray(open_atlas("sample").annotation)
    damage(folder)
    np.testing.assert_array_equal(open_atlas("sample").annotation, before)
    (note,) = caplog.messages
    assert "made again" in note
    assert sample_folder() == folder
    assert len(caplog.messages) == 1
