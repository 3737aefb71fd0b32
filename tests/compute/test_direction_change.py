"""Directions of quaternions, and angles between them, against the rotation matrices."""

from __future__ import annotations

import numpy as np
import pytest

from napari_atlas_explorer.compute.direction_change import (
    angles,
    depth_angles,
    directions,
    field_norms,
    neighbor_angles,
)
from napari_atlas_explorer.core.orientation_field import quaternions_to_matrices


def test_a_direction_is_where_the_y_axis_is_turned_to():
    q = np.random.default_rng(0).normal(size=(4, 5, 6, 4))
    expected = np.moveaxis(quaternions_to_matrices(q)[..., :, 1], -1, 0)
    np.testing.assert_allclose(directions(q), expected, atol=1e-6)
    np.testing.assert_allclose(directions(q[..., [1, 2, 3, 0]], "x, y, z, w"), expected, atol=1e-6)


def test_missing_directions_are_zero_and_bytes_are_divided_by_127():
    q = np.zeros((1, 1, 3, 4), np.float32)
    q[0, 0, 1] = np.nan
    q[0, 0, 2] = (2, 0, 0, 0)
    assert directions(q)[:, 0, 0].T.tolist() == [[0, 0, 0], [0, 0, 0], [0, 1, 0]]
    assert field_norms(np.full((1, 1, 1, 3), 127, np.int8)) == pytest.approx(3**0.5)


def test_a_turned_voxel_differs_from_its_neighbors_of_the_same_region():
    field = np.zeros((20, 6, 6, 3), np.float32)
    field[..., 1] = 1
    field[9, 3, 3] = (1, 0, 0)
    ranks = np.ones((20, 6, 6), np.uint16)
    ranks[15:], field[15:] = 2, (0, -1, 0)
    ranks[0] = 0
    found = neighbor_angles(field, ranks)
    assert found[9, 3, 3] == pytest.approx(90)
    assert np.isnan(found[0]).all()
    assert found[14].max() == pytest.approx(0, abs=0.1)  # the other region turns the other way
    assert (found > 60).sum() == 1


def test_the_depth_gradient_is_taken_in_the_world():
    grid = np.array([[0, 10.0, 0], [20, 0, 0], [0, 0, -30]])
    at = np.moveaxis(np.indices((9, 8, 7)), 0, -1)
    depth = (at @ grid.T)[..., 1]  # the world's y
    field = np.zeros((9, 8, 7, 4), np.int8)
    field[..., 0] = 127
    np.testing.assert_allclose(depth_angles(field, depth, grid, "w, x, y, z"), 0, atol=0.1)
    np.testing.assert_allclose(depth_angles(field, -depth, grid, "w, x, y, z"), 180, atol=0.1)


def test_an_angle_with_nothing_is_none():
    assert np.isnan(angles(np.array([0.0, 0, 0]), np.array([1.0, 0, 0])))
    assert angles(np.array([0.0, 2, 0]), np.array([3.0, 0, 0])) == pytest.approx(90)
