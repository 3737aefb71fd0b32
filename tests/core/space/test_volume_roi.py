"""Masks."""

from __future__ import annotations

import numpy as np
import pytest

from napari_atlas_explorer import ROIMask, VoxelData
from napari_atlas_explorer.core.errors import ArgumentError
from napari_atlas_explorer.core.space.grid import VoxelGrid

from ...refusals import refused


@pytest.mark.parametrize("dtype", [bool, np.int8, np.uint8])
def test_non_zero_is_true(dtype):
    mask = ROIMask(np.array([[0, 1], [2, 0]]).astype(dtype), (1, 1))
    assert mask.raw.dtype == bool
    assert mask.raw.tolist() == [[False, True], [True, False]]


@pytest.mark.parametrize("dtype", [np.int16, np.uint16, np.uint32, np.float32])
def test_wider_types_are_refused_since_they_may_be_an_annotation(dtype):
    with refused(np.dtype(dtype), by=ArgumentError):
        ROIMask(np.zeros((2, 2), dtype), (1, 1))


def test_a_mask_survives_a_file(tmp_path):
    raw = np.random.default_rng(8).random((3, 4, 5)) < 0.5
    ROIMask(raw, (10, -20, 30), (1, 2, 3)).save_nrrd(tmp_path / "mask.nrrd")
    back = ROIMask.load_nrrd(tmp_path / "mask.nrrd")
    assert isinstance(back, ROIMask)
    np.testing.assert_array_equal(back.raw, raw)
    assert back.offset.tolist() == [1, 2, 3]


def test_an_annotation_file_is_refused_as_a_mask(tmp_path):
    VoxelData(np.full((2, 2, 2), 997, np.uint32), (1, 1, 1)).save_nrrd(tmp_path / "a.nrrd")
    with refused("uint32", by=ArgumentError):
        ROIMask.load_nrrd(tmp_path / "a.nrrd")


def test_a_mask_answers_false_outside():
    mask = ROIMask(np.ones((2, 2), bool), (1, 1))
    found = mask.lookup([[0.5, 0.5], [5, 5]], outer_value=False)
    assert found.dtype == bool
    assert found.tolist() == [True, False]


def test_a_box_is_put_into_its_place():
    grid = VoxelGrid.from_steps((4, 5), 10.0)
    inside = np.array([[True, False], [True, True]])
    mask = ROIMask.from_box(grid, (slice(1, 3), slice(2, 4)), inside)
    assert np.argwhere(mask.raw).tolist() == [[1, 2], [2, 2], [2, 3]]
    assert mask.volume(True) == pytest.approx(300)
