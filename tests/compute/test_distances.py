"""Distances found slab by slab are those of a loop over all voxels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage

from napari_atlas_explorer.compute.blocks import occupied_box, require_memory
from napari_atlas_explorer.compute.distances import add_near, keep_rim
from napari_atlas_explorer.compute.morphology import fill, grow, largest_component, shell, shrink
from napari_atlas_explorer.core.space.grid import VoxelGrid

from .test_morphology import DISTANCES, distances

MASKS = hnp.arrays(
    bool,
    hnp.array_shapes(min_dims=3, max_dims=3, max_side=9),
    elements=st.sampled_from([False, False, True]),
)
STEPS = st.tuples(*[st.sampled_from([10.0, 20.0, 25.0, 77.47])] * 3)
THICKNESS = st.integers(1, 10)
LOOSE = 1 + 1e-9


@settings(max_examples=200, deadline=None)
@given(mask=MASKS, steps=STEPS, limit=DISTANCES, thickness=THICKNESS)
def test_slabs_of_any_thickness_grow_like_the_whole(mask, steps, limit, thickness):
    expected = distances(mask.shape, steps, mask) <= limit * LOOSE
    box = occupied_box(mask)
    if box is not None:
        add_near(mask, box, steps, limit, thickness)
    np.testing.assert_array_equal(mask, expected)


@settings(max_examples=200, deadline=None)
@given(mask=MASKS, steps=STEPS, limit=DISTANCES, thickness=THICKNESS, inverted=st.booleans())
def test_slabs_of_any_thickness_have_the_rim_of_the_whole(mask, steps, limit, thickness, inverted):
    mask = ~mask  # more inside than outside
    near = distances(mask.shape, steps, ~mask) <= limit * LOOSE
    expected = mask & ~near if inverted else mask & near
    box = occupied_box(mask)
    if box is not None:
        keep_rim(mask, box, steps, limit, inverted, thickness)
    np.testing.assert_array_equal(mask, expected)


@pytest.mark.parametrize("shape", [(1, 1, 12), (1, 12, 1), (12, 1, 1), (12, 1, 5), (1, 6, 5)])
@pytest.mark.parametrize("thickness", [1, 3, 12])
def test_flat_volumes_grow_and_shrink_by_slabs(shape, thickness):
    steps = (10.0, 20.0, 30.0)
    for seed in range(5):
        mask = np.random.default_rng(seed).random(shape) < 0.4
        mask.flat[0] = True  # at the edge
        near = distances(shape, steps, mask) <= 30
        rim = mask & (distances(shape, steps, ~mask) <= 30)
        grown, shelled = mask.copy(), mask.copy()
        add_near(grown, occupied_box(mask), steps, 30, thickness)
        keep_rim(shelled, occupied_box(mask), steps, 30, thickness=thickness)
        np.testing.assert_array_equal(grown, near)
        np.testing.assert_array_equal(shelled, rim)


def balls(seed: int) -> np.ndarray:
    """Hollow balls and grains in 60 × 30 × 20 voxels, some cut by the edge."""
    rng = np.random.default_rng(seed)
    mask = rng.random((60, 30, 20)) < 0.002
    points = np.indices(mask.shape).transpose(1, 2, 3, 0)
    for _ in range(6):
        center, radius = rng.integers(0, mask.shape), rng.integers(4, 10)
        away = np.sqrt(((points - center) ** 2).sum(axis=-1))
        mask |= (away <= radius) & (away > radius - 2)
    return mask


@pytest.mark.parametrize("budget", ["1", "3000", "30000"])
@pytest.mark.parametrize("seed", range(3))
def test_every_step_gives_the_same_mask_within_any_budget(monkeypatch, budget, seed):
    mask = balls(seed)
    steps = (25.0, 10.0, 40.0)
    grid = VoxelGrid.from_steps(mask.shape, steps)
    inward = ndimage.distance_transform_edt(mask, sampling=steps)
    numbers, n = ndimage.label(mask, np.ones((3, 3, 3)))
    largest = numbers == 1 + np.argmax(np.bincount(numbers.ravel(), minlength=n + 1)[1:])
    expected = {
        grow: ndimage.distance_transform_edt(~mask, sampling=steps) <= 60,
        shrink: inward > 30,
        shell: mask & (inward <= 30),
        fill: ndimage.binary_fill_holes(mask),
        largest_component: largest,
    }
    monkeypatch.setenv("ATLAS_EXPLORER_SLAB_BYTES", budget)
    before = mask.copy()
    for step, wanted in expected.items():
        size = () if step in (fill, largest_component) else (grid, 60 if step is grow else 30)
        np.testing.assert_array_equal(step(mask, *size), wanted, step.__name__)
        np.testing.assert_array_equal(mask, before)
        changed = mask.copy()
        assert step(changed, *size, in_place=True) is changed
        np.testing.assert_array_equal(changed, wanted, step.__name__)


def test_memory_that_is_not_there_is_reported_before():
    require_memory(1000)
    with pytest.raises(MemoryError):
        require_memory(1 << 60)
