"""Positions to voxels: floor, edges, outside."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_atlas_explorer.core.errors import ArgumentError, OutsideError
from napari_atlas_explorer.core.space.grid import VoxelGrid, floor_indices, floor_one

from ...refusals import refused

SHAPE = (4, 5, 6)


def rotated(angle: float, steps: tuple[float, float, float]) -> VoxelGrid:
    """Grid turned about axis 2."""
    c, s = math.cos(angle), math.sin(angle)
    affine = np.eye(4)
    affine[:3, :3] = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) * steps
    affine[:3, 3] = (7, -8, 9)
    return VoxelGrid(SHAPE, affine)


@pytest.mark.parametrize(
    ("position", "voxel"),
    [
        ((0, 0, 0), (0, 0, 0)),
        ((9.99, 19.99, 29.99), (0, 0, 0)),
        ((10, 20, 30), (1, 1, 1)),
        ((39.99, 99.99, 179.99), (3, 4, 5)),
        ((40, 0, 0), None),
        ((0, 100, 0), None),
        ((0, 0, 180), None),
        ((-0.001, 0, 0), None),
    ],
)
def test_a_voxel_covers_its_lower_edge_and_not_its_upper(position, voxel):
    grid = VoxelGrid.from_steps(SHAPE, (10, 20, 30))
    assert grid.locate_one(position) == voxel
    indices, inside = grid.locate(position)
    assert bool(inside) is (voxel is not None)
    assert tuple(indices) == (voxel if voxel is not None else (-1, -1, -1))


@pytest.mark.parametrize(
    ("position", "voxel"),
    [
        ((100, 0, 0), 0),  # the corner of voxel 0
        ((99, 0, 0), 0),
        ((90, 0, 0), 1),
        ((60.5, 0, 0), 3),
        ((60, 0, 0), None),  # the far edge: q is 4
        ((101, 0, 0), None),
        ((-100, 0, 0), None),  # voxcell answers the last voxel here
    ],
)
def test_a_negative_step_counts_down_from_the_corner(position, voxel):
    grid = VoxelGrid.from_steps(SHAPE, (-10, 20, 30), (100, 0, 0))
    found = grid.locate_one(position)
    assert (found and found[0]) == voxel


@pytest.mark.parametrize("step", [0.1, 77.46959827, 25.0, -0.1, -77.46959827, 1 / 3])
@pytest.mark.parametrize("corner", [0.0, -157.5, 0.3, 1234.567])
def test_an_exact_edge_belongs_to_the_voxel_above_it(step, corner):
    n = 1000
    grid = VoxelGrid.from_steps((n,), step, [corner])
    edges = np.arange(n) * step + corner
    indices, inside = grid.locate(edges[:, np.newaxis])
    assert inside.all()
    assert indices[:, 0].tolist() == list(range(n))
    assert [grid.locate_one([edge]) for edge in edges] == [(i,) for i in range(n)]
    assert grid.locate_one([n * step + corner]) is None


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    step=st.floats(0.01, 1000).flatmap(lambda s: st.sampled_from([s, -s])),
    corner=st.floats(-1e4, 1e4),
    index=st.integers(0, 1999),
    fraction=st.floats(0.001, 0.999),
)
def test_edges_and_inner_points_name_their_voxel_for_any_step(step, corner, index, fraction):
    grid = VoxelGrid.from_steps((2000,), step, [corner])
    assert grid.locate_one([corner + index * step]) == (index,)
    assert grid.locate_one([corner + (index + fraction) * step]) == (index,)


def test_a_position_just_below_an_edge_stays_below_where_numbers_are_exact():
    # As BrainGlobe's published lookups have it: no tolerance on a grid float64 holds exactly.
    grid = VoxelGrid.from_steps(SHAPE, 25.0)
    assert grid.locate_one((np.nextafter(25.0, 0), 0, 0)) == (0, 0, 0)
    assert grid.locate_one((25.0, 0, 0)) == (1, 0, 0)


@pytest.mark.parametrize(
    ("step", "corner", "n"),
    [(0.25, -5.0, 27), (0.35, 0.0, 5), (25.0, 0.0, 7), (-0.25, 5.0, 27), (-0.1, 0.3, 3)],
)
def test_rounding_alone_puts_no_position_outside(step, corner, n):
    # What voxcell 3.1 answers, for positive steps; a negative one is its mirror image.
    grid = VoxelGrid.from_steps((n,), step, [corner])
    far = corner + n * step
    towards = -step * np.inf
    for position, voxel in [
        (np.nextafter(far, towards), n - 1),
        (far - 1e-8 * step, n - 1),
        (far, None),
        (corner - 9e-8 * step, 0),
        (corner - 2e-6 * step, None),
    ]:
        expected = None if voxel is None else (voxel,)
        assert grid.locate_one([position]) == expected
        indices, inside = grid.locate([[position]] * 2)
        assert inside.tolist() == [expected is not None] * 2
        assert indices.tolist() == [[-1 if voxel is None else voxel]] * 2


def test_one_axis_beyond_is_not_included_by_another_at_its_edge():
    grid = VoxelGrid.from_steps(SHAPE, 25.0)
    assert grid.locate_one((-1e-9, 10, 10)) == (0, 0, 0)
    assert grid.locate_one((-1e-9, -10, 10)) is None
    assert grid.locate([(-1e-9, 1e9, 10), (-1e-9, 30, 10)])[0].tolist() == [[-1] * 3, [0, 1, 0]]


@pytest.mark.parametrize("step", [25.0, 0.1])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e308, -1e308, -1e-3, 1e19, -1e19])
def test_what_is_no_place_in_the_volume_is_outside(step, bad):
    grid = VoxelGrid.from_steps(SHAPE, step)
    for axis in range(3):
        position = [0.0, 0.0, 0.0]
        position[axis] = bad
        indices, inside = grid.locate([position, [0.0, 0.0, 0.0]])
        assert inside.tolist() == [False, True]
        assert indices.tolist() == [[-1, -1, -1], [0, 0, 0]]
        assert grid.locate_one(position) is None


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e308])
def test_what_is_no_place_is_outside_an_oblique_grid_too(bad):
    grid = rotated(0.3, (1.0, 2.0, 3.0))
    assert grid.locate_one((bad, 0, 0)) is None
    assert grid.locate_one((bad, bad, bad)) is None


@pytest.mark.parametrize("leading", [(), (1,), (7,), (2, 3), (2, 0, 3), (1, 2, 3, 4)])
def test_any_leading_shape_is_kept(leading):
    grid = VoxelGrid.from_steps(SHAPE, 10.0)
    points = np.random.default_rng(1).uniform(-10, 70, (*leading, 3))
    indices, inside = grid.locate(points)
    assert indices.shape == (*leading, 3)
    assert inside.shape == leading
    for at in np.ndindex(*leading):
        expected = tuple(int(v // 10) for v in points[at])
        held = all(0 <= i < n for i, n in zip(expected, SHAPE, strict=True))
        assert bool(inside[at]) is held
        assert tuple(indices[at]) == (expected if held else (-1, -1, -1))


@pytest.mark.parametrize(
    "grid",
    [
        VoxelGrid.from_steps(SHAPE, (10.0, -0.1, 77.46959827), (-3, 4, 5)),
        VoxelGrid(SHAPE, [[0, 0, 2.0, 1], [0, -3, 0, 2], [4, 0, 0, 3], [0, 0, 0, 1]]),
        rotated(0.3, (1.0, 2.0, 3.0)),
    ],
    ids=["signed", "permuted", "oblique"],
)
def test_the_quick_path_agrees_with_the_array_path(grid):
    low, high = grid.bbox
    spread = high - low
    points = np.random.default_rng(2).uniform(low - spread / 4, high + spread / 4, (500, 3))
    indices, inside = grid.locate(points)
    assert 50 < inside.sum() < 450
    for point, index, held in zip(points, indices, inside, strict=True):
        assert grid.locate_one(point) == (tuple(index) if held else None)


def test_permuted_axes_lead_to_the_permuted_voxel():
    # Array axis 0 runs along world axis 2, axis 1 backwards along world axis 1.
    grid = VoxelGrid(SHAPE, [[0, 0, 2.0, 1], [0, -3, 0, 2], [4, 0, 0, 3], [0, 0, 0, 1]])
    # world = (1 + 2 k, 2 - 3 j, 3 + 4 i)
    assert grid.locate_one((1 + 2 * 4.5, 2 - 3 * 1.5, 3 + 4 * 2.5)) == (2, 1, 4)
    assert grid.bbox.tolist() == [[1, -13, 3], [13, 2, 19]]
    assert not grid.is_axis_aligned
    assert grid.steps.tolist() == [4, 3, 2]
    assert grid.voxel_volume == pytest.approx(24)


def test_voxel_centers_of_an_oblique_grid_lead_back_to_their_voxels():
    grid = rotated(0.7, (1.0, 2.0, 3.0))
    every = np.argwhere(np.ones(SHAPE, bool))
    indices, inside = grid.locate(grid.to_world(every + 0.5))
    assert inside.all()
    np.testing.assert_array_equal(indices, every)


def test_bbox_and_volume_are_those_of_the_outer_edges():
    grid = VoxelGrid.from_steps(SHAPE, (10, -20, 30), (1, 2, 3))
    assert grid.bbox.tolist() == [[1, -98, 3], [41, 2, 183]]
    assert grid.voxel_volume == pytest.approx(6000)
    assert grid.corner.tolist() == [1, 2, 3]
    assert grid.steps.tolist() == [10, -20, 30]


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (VoxelGrid.from_steps(SHAPE, 77.46959827, (1e6, 0, 0)), True),
        (VoxelGrid.from_steps(SHAPE, float(np.float32(77.46959827)), (1e6, 0, 0)), True),
        (VoxelGrid.from_steps(SHAPE, 77.46959827, (1e6 + 0.5, 0, 0)), False),
        (VoxelGrid.from_steps(SHAPE, 77.5, (1e6, 0, 0)), False),
        (VoxelGrid.from_steps((4, 5, 7), 77.46959827, (1e6, 0, 0)), False),
        (VoxelGrid.from_steps(SHAPE, (77.46959827, 77.46959827, -77.46959827), (1e6, 0, 0)), False),
    ],
)
def test_grids_match_when_their_voxels_coincide(other, same):
    grid = VoxelGrid.from_steps(SHAPE, 77.46959827, (1e6, 0, 0))
    assert grid.matches(other) is same
    assert other.matches(grid) is same


@pytest.mark.parametrize("step", [0.0, np.nan, np.inf])
def test_a_step_that_cannot_place_voxels_is_refused(step):
    with refused("steps", by=ArgumentError):
        VoxelGrid.from_steps(SHAPE, (step, 1, 1))


@pytest.mark.parametrize("positions", [5.0, [1.0, 2.0], [[1, 2, 3, 4]], "abc", [["a", "b", "c"]]])
def test_positions_that_are_not_triples_are_refused(positions):
    with refused("positions", by=ArgumentError):
        VoxelGrid.from_steps(SHAPE, 1.0).locate(positions)


def test_the_wrong_number_of_steps_is_refused():
    with refused("2 steps", by=ArgumentError):
        VoxelGrid.from_steps(SHAPE, (1.0, 2.0))


@pytest.mark.parametrize("index", [(-1, 0, 0), (4, 0, 0), (0, 0), (0, 0, 6)])
def test_an_index_outside_the_grid_is_refused_and_named(index):
    with refused(index, by=OutsideError):
        VoxelGrid.from_steps(SHAPE, 1.0).require_inside(index)


def test_the_affine_cannot_be_changed_behind_the_grid():
    given_affine = np.eye(4)
    grid = VoxelGrid(SHAPE, given_affine)
    given_affine[0, 0] = 99
    assert grid.steps.tolist() == [1, 1, 1]
    with pytest.raises(ValueError, match="read-only"):
        grid.affine[0, 0] = 99


def test_index_space_flooring_has_no_tolerance_unless_it_is_given():
    below = 2 - 1e-7
    assert floor_indices([below], (4,))[0].tolist() == [1]
    assert floor_indices([below], (4,), 1e-6)[0].tolist() == [2]
    assert floor_one([below], (4,)) == (1,)
    assert floor_one([below], (4,), 1e-6) == (2,)
    assert floor_one([-1e-7], (4,), 1e-6) == (0,)
    assert floor_indices([-1e-7], (4,), 1e-6)[0].tolist() == [0]


def test_rescaling_keeps_directions_and_the_corner_counted_in_voxels() -> None:
    grid = VoxelGrid.from_steps((4, 5, 6), (1.0, 2.0, -4.0), (10.0, 0.0, 40.0))
    scaled = grid.rescaled(25)
    assert scaled.steps.tolist() == [25, 25, -25]
    assert scaled.corner.tolist() == [250, 0, 250]  # 10 / 1, 0 / 2 and 40 / 4 voxels
    assert scaled.shape == grid.shape


@pytest.mark.parametrize("sizes", [0, -1, (1, 2), (1, 2, float("nan"))])
def test_rescaling_refuses_sizes_that_are_none(sizes: object) -> None:
    with pytest.raises(ArgumentError, match="positive µm"):
        VoxelGrid.from_steps((4, 5, 6), 1.0).rescaled(sizes)
