"""Surfaces: where they run, that they are closed and face outward, what they hold."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra import numpy as hnp

from napari_atlas_explorer.compute.meshes.marching import extract_surface
from napari_atlas_explorer.core.errors import ArgumentError
from napari_atlas_explorer.core.mesh import Mesh
from napari_atlas_explorer.core.space.grid import VoxelGrid

from ...refusals import refused

UNIT = (1.0, 1.0, 1.0)


def volume_of(surface: Mesh) -> float:
    """Volume that a closed surface holds, positive where its faces look outward."""
    a, b, c = np.moveaxis(surface.points[surface.faces], 1, 0)
    return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6)


def assert_closed(surface: Mesh) -> None:
    """Assert that every edge is met once in each direction."""
    f = surface.faces
    edges = Counter(map(tuple, np.concatenate([f[:, [0, 1]], f[:, [1, 2]], f[:, [2, 0]]]).tolist()))
    assert set(edges.values()) == {1}
    assert {(b, a) for a, b in edges} == set(edges)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_a_cube_reaches_as_far_as_its_voxels(n):
    mask = np.zeros((n + 3, n + 4, n + 5), bool)
    mask[1 : n + 1, 2 : n + 2, 3 : n + 3] = True
    grid = VoxelGrid.from_steps(mask.shape, (10.0, 20.0, 30.0), (100.0, -200.0, 7.5))
    surface = extract_surface(mask, grid)
    np.testing.assert_array_equal(surface.points.min(axis=0), [110.0, -160.0, 97.5])
    far = [100 + 10 * (n + 1), -200 + 20 * (n + 2), 7.5 + 30 * (n + 3)]
    np.testing.assert_array_equal(surface.points.max(axis=0), far)
    # The cells between voxel centers: all of the inner ones, half of those at a face, an eighth
    # at an edge, a forty-eighth (the corner of a cube) at a corner.
    cells = (n - 1) ** 3 + 6 * (n - 1) ** 2 / 2 + 12 * (n - 1) / 8 + 8 / 48
    assert volume_of(surface) == pytest.approx(cells * 6000, rel=1e-12)
    assert_closed(surface)


def test_one_voxel_is_an_octahedron_around_its_center():
    mask = np.zeros((3, 3, 3), bool)
    mask[1, 1, 1] = True
    points, faces = extract_surface(mask, VoxelGrid.from_steps((3, 3, 3), (2, 4, 6)))
    found = sorted(map(tuple, points.tolist()))
    assert found == [(2, 6, 9), (3, 4, 9), (3, 6, 6), (3, 6, 12), (3, 8, 9), (4, 6, 9)]
    assert faces.shape == (8, 3)


@settings(max_examples=100, deadline=None)
@given(mask=hnp.arrays(bool, hnp.array_shapes(min_dims=3, max_dims=3, max_side=5)))
def test_any_surface_is_closed_and_faces_outward(mask):
    if not mask.any():
        return
    surface = extract_surface(mask, VoxelGrid.from_steps(mask.shape, UNIT))
    assert_closed(surface)
    assert volume_of(surface) > 0


@pytest.mark.parametrize("steps", [(-10, 20, 30), (10, -20, -30), (-10, -20, -30)])
def test_mirrored_axes_keep_the_faces_outward(steps):
    mask = np.random.default_rng(1).random((6, 6, 6)) < 0.5
    mirrored = extract_surface(mask, VoxelGrid.from_steps(mask.shape, steps, (5, 5, 5)))
    plain = extract_surface(mask, VoxelGrid.from_steps(mask.shape, np.abs(steps)))
    assert volume_of(mirrored) == pytest.approx(volume_of(plain))


def test_a_ball_holds_as_much_as_its_voxels():
    indices = np.indices((27, 27, 27)) - 13
    mask = (indices**2).sum(axis=0) <= 12**2
    held = volume_of(extract_surface(mask, VoxelGrid.from_steps(mask.shape, UNIT)))
    assert held == pytest.approx(mask.sum(), rel=0.01)


def test_a_mask_that_fills_the_volume_is_closed_at_its_edge():
    surface = extract_surface(np.ones((4, 5, 6), bool), VoxelGrid.from_steps((4, 5, 6), UNIT))
    assert_closed(surface)
    np.testing.assert_array_equal(surface.points.max(axis=0), [4, 5, 6])


def test_far_from_the_origin_points_stay_exact():
    mask = np.zeros((3, 3, 3), bool)
    mask[1, 1, 1] = True
    grid = VoxelGrid.from_steps((3, 3, 3), (0.25, 0.25, 0.25), (1e7, 1e7, 1e7))
    assert extract_surface(mask, grid).points.min() == 1e7 + 0.25


def test_a_mask_without_voxels_has_no_surface():
    with refused("no voxel", by=ArgumentError):
        extract_surface(np.zeros((2, 2, 2), bool), VoxelGrid.from_steps((2, 2, 2), UNIT))
    with refused("(2, 2, 2)", "(3, 2, 2)", by=ArgumentError):
        extract_surface(np.ones((2, 2, 2), bool), VoxelGrid.from_steps((3, 2, 2), UNIT))
