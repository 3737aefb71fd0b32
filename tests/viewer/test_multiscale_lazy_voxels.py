"""Large volumes in napari: levels that are seen, and values that are worked out when looked at."""

from __future__ import annotations

import os

import numpy as np
import pytest

from napari_atlas_explorer.core.arrays import FileMap
from napari_atlas_explorer.core.space.hemispheres import (
    LEFT,
    RIGHT,
    HemispherePlane,
    HemisphereVolume,
)
from napari_atlas_explorer.formats.common.blocks import FirstErrorReporter
from napari_atlas_explorer.viewer import multiscale
from napari_atlas_explorer.viewer.color_table import split_by_hemisphere
from napari_atlas_explorer.viewer.multiscale import FileVoxels, LazyVoxels


@pytest.fixture
def values() -> np.ndarray:
    return np.random.default_rng(2).integers(0, 9, (20, 16, 12)).astype(np.uint16)


@pytest.fixture
def small(monkeypatch):
    """What counts as large is small enough for a test."""
    monkeypatch.setattr(multiscale, "DRAWN_WHOLE", 100)
    monkeypatch.setattr(multiscale, "COARSEST", 6)
    monkeypatch.setattr(multiscale, "EAGER_VOXELS", 50)


def test_small_volumes_are_drawn_whole(values):
    assert multiscale.strided_levels(values)[0] is values
    assert len(multiscale.strided_levels(values)) == 1
    assert multiscale.as_layer_data([values]) == (values, {})


def test_levels_pick_every_second_fourth_and_eighth_voxel(values, small):
    levels = multiscale.strided_levels(values)
    assert [level.shape for level in levels] == [(20, 16, 12), (10, 8, 6), (5, 4, 3)]
    assert np.array_equal(levels[1], values[1::2, 1::2, 1::2])
    assert np.array_equal(levels[2], values[2::4, 2::4, 2::4])
    assert np.shares_memory(levels[1], values)
    assert not np.shares_memory(levels[2], values)  # what 3-D draws is in memory
    assert multiscale.as_layer_data(levels)[1] == {"multiscale": True}


def test_a_part_is_what_it_is_of_the_whole(values, small):
    sides = (values % 3).astype(np.uint8)
    lazy = LazyVoxels(lambda a, b: a + b, values, sides, dtype=np.uint16)
    whole = values + sides
    assert np.array_equal(np.asarray(lazy), whole)
    assert np.array_equal(lazy[3], whole[3])
    assert np.array_equal(lazy[2:4, 5, ::2], whole[2:4, 5, ::2])
    assert np.array_equal(lazy.transpose(2, 0, 1)[4], whole.transpose(2, 0, 1)[4])
    assert np.array_equal(lazy.flipped(1)[:, 2], whole[:, ::-1][:, 2])
    assert (lazy.shape, lazy.ndim, lazy.size, len(lazy)) == (whole.shape, 3, whole.size, 20)


def test_a_large_block_stays_lazy_until_a_plane_of_it_is_taken(values, small):
    asked = []

    def work_out(part):
        asked.append(part.shape)
        return part * 2

    lazy = LazyVoxels(work_out, values, dtype=np.uint16)
    block = lazy[:, 2:14, 1:]
    assert isinstance(block, LazyVoxels)
    assert asked == []
    assert np.array_equal(block[7], values[7, 2:14, 1:] * 2)
    assert asked == [(12, 11)]


def test_a_plane_of_hemispheres_fills_no_memory():
    plane = HemispherePlane(2, 5, LEFT, "a rule")
    seen = plane.seen((4, 6, 12))
    assert np.array_equal(seen, plane.volume((4, 6, 12)))
    assert seen.strides[:2] == (0, 0)
    volume = np.full((2, 2, 2), RIGHT, np.uint8)
    assert np.array_equal(HemisphereVolume(lambda: volume).seen((2, 2, 2)), volume)


def test_rank_and_hemisphere_of_a_slice_are_those_of_the_volume(values):
    sides = HemispherePlane(2, 5, LEFT, "a rule").seen(values.shape)
    lazy = LazyVoxels(lambda a, b: split_by_hemisphere(a, b, 9), values, sides, dtype=np.uint16)
    assert np.array_equal(lazy[:, 3], split_by_hemisphere(values, sides, 9)[:, 3])


def test_the_outline_of_a_plane_is_what_is_near_its_border():
    from napari_atlas_explorer.viewer.selection_overlay import outline_of

    rng = np.random.default_rng(6)
    mask = np.kron(rng.random((6, 7)) > 0.4, np.ones((5, 5))).astype(bool)
    other = np.argwhere(~mask)
    for width in (1, 2):
        found = outline_of(mask, width)
        for index in np.ndindex(mask.shape):
            near = (np.abs(other - index).sum(axis=1) <= width).any()
            assert found[index] == (mask[index] and near)


def test_a_mask_that_fills_the_plane_has_no_outline():
    from napari_atlas_explorer.viewer.selection_overlay import outline_of

    assert not outline_of(np.ones((6, 6), bool), 2).any()


# ---- Files that change ---------------------------------------------------------------------------


def test_slices_of_a_file_that_was_changed_are_zeros_and_one_error(tmp_path):
    values = np.arange(2400, dtype=np.uint16).reshape(20, 12, 10)
    path = tmp_path / "a.raw"
    path.write_bytes(values.tobytes())
    errors = []
    volume = FileVoxels(
        FileMap.open(path, values.dtype, 0, values.shape), FirstErrorReporter(errors.append)
    ).transpose(1, 2, 0)
    np.testing.assert_array_equal(volume[4], values.transpose(1, 2, 0)[4])
    os.truncate(path, 100)
    for key in (4, (slice(None), 3), (slice(0, 2), slice(None), 5)):
        shape = values.transpose(1, 2, 0)[key].shape
        np.testing.assert_array_equal(volume[key], np.zeros(shape, np.uint16))
    assert len(errors) == 1
    assert "changed while it was open" in str(errors[0])
