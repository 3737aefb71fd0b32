"""Runs along the last axis against loops."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from napari_atlas_explorer.core.regions.runs import decode_runs, encode_runs, occupied_boxes


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    arrays(np.uint16, array_shapes(min_dims=1, max_dims=4, max_side=9), elements=st.integers(0, 3))
)
def test_runs_are_those_of_a_loop_and_give_the_array_back(array):
    expected = []
    for row, values in enumerate(array.reshape(-1, array.shape[-1]).tolist()):
        for column, value in enumerate(values):
            if column == 0 or value != values[column - 1]:
                expected.append([row * len(values) + column, 0, value])
            expected[-1][1] += 1
    runs = encode_runs(array)
    found = zip(runs.starts.tolist(), runs.lengths.tolist(), runs.values.tolist(), strict=True)
    assert [list(run) for run in found] == expected
    np.testing.assert_array_equal(decode_runs(runs, runs.values), array)


def test_runs_do_not_cross_rows():
    runs = encode_runs(np.ones((2, 3), int))
    assert runs.starts.tolist() == [0, 3]
    assert runs.lengths.tolist() == [3, 3]


def test_more_planes_than_one_block_are_joined_without_a_seam():
    array = np.random.default_rng(9).integers(0, 2, (21, 3, 5))
    runs = encode_runs(array)
    np.testing.assert_array_equal(decode_runs(runs, runs.values), array)
    assert runs.lengths.sum() == array.size


def test_an_empty_array_has_no_runs():
    assert len(encode_runs(np.zeros((0, 3), int)).starts) == 0


@pytest.mark.parametrize("shape", [(7,), (3, 4), (4, 5, 6)])
def test_boxes_hold_each_label_exactly(shape):
    array = np.random.default_rng(10).choice(12, shape, p=[0.9, *[0.1 / 11] * 11])
    runs = encode_runs(array)
    boxes = occupied_boxes(runs, runs.values.astype(np.int64), 12)
    for label in range(12):
        at = np.argwhere(array == label)
        if len(at):
            assert boxes[label].tolist() == np.stack([at.min(0), at.max(0) + 1], axis=1).tolist()
        else:
            assert not boxes[label].any()


@pytest.mark.parametrize("block", [1, 7, 64])
def test_runs_longer_than_a_block_and_across_blocks_are_decoded(monkeypatch, block):
    monkeypatch.setattr("napari_atlas_explorer.core.regions.runs.VOXELS_PER_BLOCK", block)
    rng = np.random.default_rng(5)
    for array in (
        np.repeat(rng.integers(0, 9, 40), rng.integers(20, 60, 40))[:600].reshape(4, 150),
        np.zeros((3, 100), np.uint8),
        rng.integers(0, 2, (2, 3, 50)),
    ):
        runs = encode_runs(np.ascontiguousarray(array))
        np.testing.assert_array_equal(decode_runs(runs, runs.values), array)
