"""Growing, shrinking, holes and components against naive loops and scipy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage

from napari_atlas_explorer.compute.blocks import occupied_box
from napari_atlas_explorer.compute.morphology import fill, grow, largest_component, shell, shrink
from napari_atlas_explorer.core.errors import ArgumentError
from napari_atlas_explorer.core.space.grid import VoxelGrid

from ..refusals import refused

CORNERS = np.ones((3, 3, 3))
MASKS = hnp.arrays(bool, hnp.array_shapes(min_dims=3, max_dims=3, max_side=7))
# Signed: a grid may run against the world's axes.
STEPS = st.tuples(*[st.sampled_from([-30.0, 10.0, 20.0, 25.0, 77.47])] * 3)
DISTANCES = st.sampled_from([0.0, 5.0, 10.0, 20.0, 25.0, 50.0, 77.47, 100.0, 1e6])


def distances(shape: tuple[int, ...], steps: tuple[float, ...], targets: np.ndarray) -> np.ndarray:
    """Distance of every voxel's center to the nearest of the targets' centers, by a loop."""
    points = np.indices(shape).reshape(3, -1).T * np.array(steps)
    found = np.full(len(points), np.inf)
    for target in np.argwhere(targets) * np.array(steps):
        found = np.minimum(found, np.sqrt(((points - target) ** 2).sum(axis=1)))
    return found.reshape(shape)


@settings(max_examples=150, deadline=None)
@given(mask=MASKS, steps=STEPS, limit=DISTANCES)
def test_growing_adds_what_is_within_the_distance(mask, steps, limit):
    grid = VoxelGrid.from_steps(mask.shape, steps)
    near = distances(mask.shape, steps, mask) <= limit * (1 + 1e-9)
    np.testing.assert_array_equal(grow(mask, grid, limit), near)


@settings(max_examples=150, deadline=None)
@given(mask=MASKS, steps=STEPS, limit=DISTANCES)
def test_shrinking_takes_what_is_within_the_distance_of_the_outside(mask, steps, limit):
    grid = VoxelGrid.from_steps(mask.shape, steps)
    near = distances(mask.shape, steps, ~mask) <= limit * (1 + 1e-9)
    np.testing.assert_array_equal(shrink(mask, grid, limit), mask & ~near)
    np.testing.assert_array_equal(shell(mask, grid, limit), mask & near)


def test_a_small_mask_in_a_large_volume_grows_to_a_ball():
    mask = np.zeros((40, 50, 60), bool)
    mask[20, 25, 30] = True
    grid = VoxelGrid.from_steps(mask.shape, (25, 25, 25))
    near = distances(mask.shape, (25, 25, 25), mask) <= 100
    assert near.sum() == 257  # points of the lattice within 4 of its origin
    np.testing.assert_array_equal(grow(mask, grid, 100), near)


def test_growing_stops_at_the_edge_of_the_volume():
    mask = np.zeros((3, 3, 3), bool)
    mask[0, 0, 0] = True
    found = grow(mask, VoxelGrid.from_steps(mask.shape, (10, 10, 10)), 10)
    assert sorted(map(tuple, np.argwhere(found).tolist())) == [
        (0, 0, 0), (0, 0, 1), (0, 1, 0), (1, 0, 0)
    ]  # fmt: skip


def test_the_edge_of_the_volume_is_no_surface():
    mask = np.ones((4, 4, 4), bool)
    mask[3] = False
    grid = VoxelGrid.from_steps(mask.shape, (10, 10, 10))
    assert np.argwhere(mask & ~shrink(mask, grid, 10))[:, 0].tolist() == [2] * 16
    assert shrink(np.ones_like(mask), grid, 1e5).all()


def test_a_rotated_grid_measures_along_its_own_axes():
    mask = np.zeros((5, 5, 5), bool)
    mask[2, 2, 2] = True
    turn = np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1.0]]) @ np.diag([10, 20, 30])
    affine = np.eye(4)
    affine[:3, :3] = turn
    found = grow(mask, VoxelGrid(mask.shape, affine), 20)
    assert found.sum(axis=(1, 2)).tolist() == [1, 1, 3, 1, 1]


def test_the_mask_given_stays_as_it_is():
    mask = np.zeros((5, 5, 5), bool)
    mask[1:4, 1:4, 1:4] = True
    mask[2, 2, 2] = False
    before = mask.copy()
    grid = VoxelGrid.from_steps(mask.shape, (10, 10, 10))
    for result in (
        grow(mask, grid, 10),
        shrink(mask, grid, 10),
        fill(mask),
        largest_component(mask),
    ):
        assert not np.shares_memory(result, mask)
    np.testing.assert_array_equal(mask, before)


@settings(max_examples=200, deadline=None)
@given(mask=MASKS)
def test_holes_are_those_of_scipy(mask):
    np.testing.assert_array_equal(fill(mask), ndimage.binary_fill_holes(mask))


def test_a_cavity_open_to_the_edge_of_the_volume_is_no_hole():
    mask = np.zeros((5, 5, 5), bool)
    mask[0:4, 1:4, 1:4] = True
    mask[0:3, 2, 2] = False
    np.testing.assert_array_equal(fill(mask), mask)
    mask[0, 2, 2] = True
    assert fill(mask).sum() == mask.sum() + 2


def test_a_cavity_that_touches_the_outside_at_an_edge_alone_is_a_hole():
    mask = np.zeros((5, 5, 5), bool)
    mask[1:4, 1:4, 1:4] = True
    mask[2, 2, 2] = mask[1, 1, 2] = False
    assert fill(mask)[2, 2, 2]
    assert not fill(mask)[1, 1, 2]


@settings(max_examples=200, deadline=None)
@given(mask=MASKS)
def test_the_largest_component_is_that_of_scipy(mask):
    labels, count = ndimage.label(mask, CORNERS)
    sizes = [int((labels == n).sum()) for n in range(1, count + 1)]
    # scipy numbers components by their first voxel in C order.
    expected = labels == 1 + sizes.index(max(sizes)) if sizes else mask
    np.testing.assert_array_equal(largest_component(mask), expected)


@pytest.mark.parametrize("order", ["C", "F"])
def test_memory_order_changes_nothing(order):
    rng = np.random.default_rng(3)
    mask = rng.random((9, 8, 7)) < 0.2
    grid = VoxelGrid.from_steps(mask.shape, (10, 20, 30))
    turned = np.array(mask, order=order)
    np.testing.assert_array_equal(grow(turned, grid, 25), grow(mask, grid, 25))
    np.testing.assert_array_equal(fill(turned), fill(mask))
    np.testing.assert_array_equal(largest_component(turned), largest_component(mask))


def test_nothing_stays_nothing():
    mask = np.zeros((3, 4, 5), bool)
    grid = VoxelGrid.from_steps(mask.shape, (10, 10, 10))
    assert occupied_box(mask) is None
    for result in (
        grow(mask, grid, 1e3),
        shrink(mask, grid, 1e3),
        shell(mask, grid, 1e3),
        fill(mask),
        largest_component(mask),
    ):
        assert result.shape == mask.shape
        assert not result.any()


@pytest.mark.parametrize("distance", [-1.0, float("nan"), float("inf")])
def test_distances_that_are_none_are_refused(distance):
    mask = np.ones((2, 2, 2), bool)
    with refused("µm", "0 or more", by=ArgumentError):
        grow(mask, VoxelGrid.from_steps(mask.shape, (1, 1, 1)), distance)


def test_sheared_grids_and_other_arrays_are_refused():
    mask = np.ones((2, 2, 2), bool)
    sheared = np.eye(4)
    sheared[0, 1] = 0.5
    with refused("right angles", by=ArgumentError):
        grow(mask, VoxelGrid((2, 2, 2), sheared), 1)
    with refused("(2, 2, 2)", "(3, 3, 3)", by=ArgumentError):
        shrink(mask, VoxelGrid.from_steps((3, 3, 3), (1, 1, 1)), 1)
    with refused("uint8", by=ArgumentError):
        fill(mask.astype(np.uint8))
    with refused("2 axes", by=ArgumentError):
        largest_component(mask[0])
