"""Ids to ranks, however the ids collide."""

from __future__ import annotations

import numpy as np
import pytest

from napari_atlas_explorer import RegionMap
from napari_atlas_explorer.core.regions.rank_volume import RankVolume
from napari_atlas_explorer.core.regions.ranks import LEAST_SLOTS, RankTable
from napari_atlas_explorer.core.regions.rows import MADE_UP_ROOT
from napari_atlas_explorer.core.space.grid import VoxelGrid


def naive(ids, values):
    of = {int(v): k for k, v in enumerate(ids) if v}
    unknown = sorted({int(v) for v in values if v and int(v) not in of})
    return unknown, [
        of.get(int(v), len(ids) + unknown.index(v) if v in unknown else 0) for v in values
    ]


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.int32, np.uint32, np.int64])
def test_ids_of_every_width(dtype):
    ids = np.array([0, 997, 7, 3, 614454277, 2**40, -5])
    values = np.array([3, 0, 7, 99, 3, 11, 7], dtype)
    unknown, ranks = RankTable(ids).ranks_of(values)
    assert (unknown.tolist(), ranks.tolist()) == naive(ids, values)


def test_wide_and_negative_ids():
    ids = np.array([0, 997, 7, 3, 614454277, 2**40, -5])
    values = np.array([2**40, -5, 614454277, 2**40 + 997, -7, 0])
    unknown, ranks = RankTable(ids).ranks_of(values)
    assert unknown.tolist() == [-7, 2**40 + 997]
    assert ranks.tolist() == [5, 6, 4, 8, 7, 0]


def test_ids_with_the_same_remainder_by_every_number_tried():
    # Multiples of a number that all moduli below it divide would collide; here a whole line of
    # multiples of each candidate does.
    ids = np.concatenate(
        [[0], np.arange(1, 40) * np.prod(np.arange(LEAST_SLOTS | 1, (LEAST_SLOTS | 1) + 5, 2))]
    )
    values = np.concatenate([ids[::-1], ids + 1])
    unknown, ranks = RankTable(ids).ranks_of(values)
    assert (unknown.tolist(), ranks.tolist()) == naive(ids, values)


def test_a_region_of_id_0_has_no_voxels():
    unknown, ranks = RankTable(np.array([0, 5, 0, 6])).ranks_of(np.array([0, 5, 6, 1]))
    assert unknown.tolist() == [1]
    assert ranks.tolist() == [0, 1, 3, 4]


@pytest.mark.parametrize("dtype", [np.int64, np.float64, np.uint64])
def test_no_voxel_has_the_rank_of_a_root_that_no_file_states(dtype):
    region_map = RegionMap.flat([{"id": 1}, {"id": 2}, {"id": -3}])
    strange = [4, MADE_UP_ROOT, -1] if dtype is not np.uint64 else [4, 2**63 - 1, 2**53 - 1]
    ids = np.array([0, 1, 2, *strange], dtype).reshape(1, 1, 6)
    volume = RankVolume.from_ids(ids, region_map, VoxelGrid.from_steps(ids.shape, (1, 1, 1)))
    assert volume.unknown_ids.tolist() == sorted(strange)
    assert volume.counts[region_map.made_up_root] == 0
    assert (volume.ranks_at((np.zeros(6, int), np.zeros(6, int), np.arange(6))) != 1).all()


def test_a_root_that_no_file_states_makes_ids_no_wider():
    region_map = RegionMap.flat([{"id": 1}, {"id": 2**32 - 1}])
    ids = np.array([[[1, 2**32 - 1, 0]]], np.uint32)
    volume = RankVolume.from_ids(ids, region_map, VoxelGrid.from_steps(ids.shape, (1, 1, 1)))
    assert volume.to_ids().dtype == np.uint32
    assert (volume.to_ids() == ids).all()
