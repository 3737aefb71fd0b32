"""Distances from points to the border of their region, against every voxel of the volume."""

from __future__ import annotations

import numpy as np
import pytest

from napari_atlas_explorer import Atlas, RegionMap, VoxelData
from napari_atlas_explorer.analysis.points.border_distance import border_distances
from napari_atlas_explorer.analysis.points.counts import place_points
from napari_atlas_explorer.core.errors import ArgumentError
from napari_atlas_explorer.core.regions.collapse import Collapse
from napari_atlas_explorer.core.space.grid import VoxelGrid


def naive(ids: np.ndarray, steps: tuple[float, float, float], point: np.ndarray) -> float:
    """Distance to the nearest box of another id, or to the side of the volume."""
    own = ids[tuple(np.floor(point / steps).astype(int))]
    low = np.argwhere(ids != own) * np.array(steps)
    gaps = np.maximum(np.maximum(low - point, point - low - steps), 0)
    size = np.array(ids.shape) * steps
    edge = min(point.min(), (size - point).min())
    return min(edge, float(np.sqrt((gaps**2).sum(axis=1)).min())) if len(low) else edge


def blobs(seed: int) -> np.ndarray:
    """Boxes of regions over one another, so that some lie deep."""
    rng = np.random.default_rng(seed)
    ids = np.zeros((24, 17, 21), np.uint32)
    for region_id in (3, 4, 6, 70000, 2, 999):
        low = rng.integers(0, 10, 3)
        high = low + rng.integers(4, 14, 3)
        ids[tuple(slice(a, b) for a, b in zip(low, high, strict=True))] = region_id
    return ids


@pytest.mark.parametrize("steps", [(25.0, 25.0, 25.0), (10.0, 40.0, 7.0), (60.0, 3.0, 20.0)])
@pytest.mark.parametrize("seed", [0, 1])
def test_distances_agree_with_a_search_of_the_whole_volume(small_map, steps, seed):
    ids = blobs(seed)
    atlas = Atlas.from_arrays(ids, small_map, steps)
    points = np.random.default_rng(7).uniform(0, np.array(ids.shape) * steps, (300, 3))
    found = border_distances(atlas.ranks, place_points(atlas.ranks, None, points))
    assert found == pytest.approx([naive(ids, steps, p) for p in points], rel=1e-9, abs=1e-9)
    assert found.max() > 2 * min(steps)  # some lie deeper than their neighbors


def test_by_hand(small_map):
    ids = np.zeros((10, 10, 10), np.uint32)
    ids[2:8, 2:8, 2:8] = 3
    atlas = Atlas.from_arrays(ids, small_map, (10.0, 20.0, 30.0))
    points = [
        (50, 100, 150),  # the middle: axis 0 is nearest
        (21, 100, 150), (50, 158, 150), (50, 100, 237),
        (20, 40, 60),  # on a corner
        (15, 35, 60), (5, 100, 150), (0, 0, 0),
    ]  # fmt: skip
    placed = place_points(atlas.ranks, None, points)
    found = border_distances(atlas.ranks, placed)
    assert found == pytest.approx([30, 1, 2, 3, 0, 50**0.5, 5, 0])


@pytest.mark.parametrize("far", [(27, 33, 40), (60, 33, 35), (33, 4, 33)])
def test_a_border_may_be_far_away(small_map, far):
    ids = np.full((66, 66, 66), 3, np.uint32)
    ids[far] = 4
    atlas = Atlas.from_arrays(ids, small_map, 10.0)
    point = np.array([331.0, 334.0, 337.0])
    found = border_distances(atlas.ranks, place_points(atlas.ranks, None, [point]))
    assert found[0] == pytest.approx(naive(ids, (10.0, 10.0, 10.0), point))
    assert found[0] > 50


def test_what_counts_as_one_region_has_no_border_within(small_map):
    ids = np.zeros((12, 12, 12), np.uint32)
    ids[1:11, 1:11, 1:6] = 3
    ids[1:11, 1:11, 6:11] = 4
    atlas = Atlas.from_arrays(ids, small_map, 10.0)
    placed = place_points(atlas.ranks, None, [(60.0, 60.0, 58.0)])
    assert border_distances(atlas.ranks, placed)[0] == pytest.approx(2)
    whole = Collapse.of(atlas.ranks, level=1)
    assert border_distances(atlas.ranks, placed, whole)[0] == pytest.approx(48)


def test_points_outside_have_none_and_an_empty_list_is_one(small_atlas):
    points = [(-1.0, 1.0, 1.0), (np.nan, 1.0, 1.0), (15.0, 50.0, 45.0)]
    found = border_distances(small_atlas.ranks, place_points(small_atlas.ranks, None, points))
    assert np.isnan(found).tolist() == [True, True, False]
    nobody = place_points(small_atlas.ranks, None, np.zeros((0, 3)))
    assert border_distances(small_atlas.ranks, nobody).shape == (0,)


def test_a_turned_grid_has_the_distances_of_the_straight_one(small_map):
    ids = blobs(3)
    turn = np.deg2rad(20)
    affine = np.eye(4)
    affine[:2, :2] = [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
    affine[:3, :3] *= (10.0, 20.0, 30.0)
    grid = VoxelGrid(ids.shape, affine)
    turned = Atlas.from_arrays(VoxelData.from_grid(ids, grid), small_map, 1.0)
    straight = Atlas.from_arrays(ids, small_map, (10.0, 20.0, 30.0))
    q = np.random.default_rng(9).uniform(0.01, np.array(ids.shape) - 0.01, (200, 3))
    found = [
        border_distances(a.ranks, place_points(a.ranks, None, a.grid.to_world(q)))
        for a in (turned, straight)
    ]
    assert found[0] == pytest.approx(found[1], abs=1e-6)


def test_axes_that_are_not_at_right_angles_are_refused(small_map):
    affine = np.eye(4)
    affine[0, 1] = 0.5
    grid = VoxelGrid((4, 4, 4), affine)
    atlas = Atlas.from_arrays(VoxelData.from_grid(np.full((4, 4, 4), 3), grid), small_map, 1.0)
    placed = place_points(atlas.ranks, None, [(2.0, 2.0, 2.0)])
    with pytest.raises(ArgumentError, match="right angles"):
        border_distances(atlas.ranks, placed)


def test_many_points_are_reported_as_they_are_done(small_map: RegionMap):
    ids = blobs(0)
    atlas = Atlas.from_arrays(ids, small_map, 10.0)
    points = np.random.default_rng(2).uniform(0, 170, (70_000, 3))
    told: list[float] = []
    placed = place_points(atlas.ranks, None, points)
    found = border_distances(atlas.ranks, placed, progress=told.append)
    assert len(told) == 3
    assert told[-1] == 1
    for n in (0, 33_000, 69_999):
        assert found[n] == pytest.approx(naive(ids, (10.0, 10.0, 10.0), points[n]), abs=1e-9)
