"""Coarser images, against a mean that is worked out voxel by voxel."""

from __future__ import annotations

import math

import numpy as np
import pytest

from napari_atlas_explorer.core.space import resampling
from napari_atlas_explorer.core.space.grid import VoxelGrid
from napari_atlas_explorer.core.space.resampling import Coarsening
from napari_atlas_explorer.core.space.volume import VoxelData

SHAPE = (9, 7, 11)


def naive(values: np.ndarray, factor: float, shape: tuple[int, ...]) -> np.ndarray:
    out = np.zeros(shape)
    for index in np.ndindex(*shape):
        shares = []
        for axis, i in enumerate(index):
            start, stop = i * factor, min((i + 1) * factor, values.shape[axis])
            share = np.zeros(values.shape[axis])
            for j in range(values.shape[axis]):
                share[j] = max(0.0, min(stop, j + 1) - max(start, j))
            shares.append(share / share.sum())
        out[index] = np.einsum("abc,a,b,c", values, *shares)
    return out


@pytest.mark.parametrize("slab_voxels", [1, 200, 1 << 24])
@pytest.mark.parametrize("micrometers", [20.0, 25.0, 33.0])
@pytest.mark.parametrize("turned", [False, True])
def test_an_image_is_averaged_alike_in_slabs_of_any_size(
    slab_voxels, micrometers, turned, monkeypatch
):
    monkeypatch.setattr(resampling, "SLAB_VOXELS", slab_voxels)
    values = np.random.default_rng(3).random(SHAPE)
    if turned:
        values = np.random.default_rng(3).random(SHAPE[::-1]).transpose(2, 1, 0)[::-1]
    grid = VoxelGrid.from_steps(SHAPE, (10.0, 10.0, 10.0))
    step = Coarsening.to(grid, micrometers)
    found = step.averaged(VoxelData.from_grid(values, grid))
    assert found.shape == tuple(math.ceil(n / (micrometers / 10) - 0.5) for n in SHAPE)
    assert np.allclose(found.raw, naive(values, micrometers / 10, found.shape))


def test_whole_numbers_are_rounded_to_whole_numbers():
    grid = VoxelGrid.from_steps((2, 1, 2), (10.0, 10.0, 10.0))
    step = Coarsening.to(grid, (20.0, 10.0, 10.0))
    found = step.averaged(VoxelData.from_grid(np.array([[[1, 7]], [[2, 8]]], np.uint8), grid))
    assert found.raw.dtype == np.uint8
    assert found.raw.tolist() == [[[2, 8]]]  # 1.5 and 7.5: halves go to the even number
