"""Indices of every value of a volume."""

from __future__ import annotations

import numpy as np
import pytest

from napari_atlas_explorer import ValueToIndexVoxels, VoxelData
from napari_atlas_explorer.core.errors import ArgumentError

from ...refusals import refused


@pytest.fixture(params=["C", "F"])
def volume(request) -> np.ndarray:
    values = np.random.default_rng(4).integers(0, 5, (3, 4, 5)) * 1000
    return np.asarray(values, order=request.param)


def test_every_value_is_found_where_it_is(volume):
    index = ValueToIndexVoxels(volume)
    assert index.values.tolist() == [0, 1000, 2000, 3000, 4000]
    assert (index.index_size, index.index_dtype) == (5, volume.dtype)
    for value in index.values:
        found = index.value_to_indices(value)
        assert set(map(tuple, found)) == set(map(tuple, np.argwhere(volume == value)))


def test_flat_indices_belong_to_ravelled_arrays(volume):
    index = ValueToIndexVoxels(volume)
    weights = np.random.default_rng(5).random(volume.shape)
    flat = index.ravel(weights)
    for value in index.values:
        found = flat[index.value_to_1d_indices(value)]
        assert found.sum() == pytest.approx(weights[volume == value].sum())
    np.testing.assert_array_equal(index.unravel(flat), weights)


def test_payloads_are_ravelled_voxel_by_voxel(volume):
    index = ValueToIndexVoxels(volume)
    vectors = np.random.default_rng(6).random((*volume.shape, 2))
    at = index.value_to_1d_indices(2000)
    expected = vectors[volume == 2000]
    assert sorted(map(tuple, index.ravel(vectors)[at])) == sorted(map(tuple, expected))
    np.testing.assert_array_equal(index.unravel(index.ravel(vectors)), vectors)


def test_several_values_and_none(volume):
    index = ValueToIndexVoxels(volume)
    both = index.value_to_indices([1000, 3000])
    assert len(both) == np.isin(volume, [1000, 3000]).sum()
    assert index.value_to_indices(7).shape == (0, 3)
    assert index.value_to_indices([]).shape == (0, 3)
    assert len(index.value_to_1d_indices(99999)) == 0


def test_its_indices_are_those_of_the_volume_class():
    volume = VoxelData(np.array([[11, 12], [21, 22]]), (2, 3), (2, 2))
    index = ValueToIndexVoxels(volume.raw)
    assert volume.indices_to_positions(index.value_to_indices(21)).tolist() == [[4, 2]]


def test_arrays_of_other_shapes_are_refused(volume):
    index = ValueToIndexVoxels(volume)
    with refused("(2, 2)", by=ArgumentError):
        index.ravel(np.zeros((2, 2)))
    with refused("60", by=ArgumentError):
        index.unravel(np.zeros(61))
