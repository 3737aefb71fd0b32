"""Ranks, counts, boxes and masks against naive answers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_atlas_explorer import RegionMap
from napari_atlas_explorer.core.errors import ArgumentError
from napari_atlas_explorer.core.regions.rank_volume import RankVolume
from napari_atlas_explorer.core.space.grid import VoxelGrid

from ...refusals import refused

SHAPE = (20, 9, 11)  # more planes than are compared at once
KNOWN = [1, 2, 3, 4, 70000, 6, 7]  # of small_map, in pre-order
UNKNOWN = [5, 999]
DESCENDANTS = {1: KNOWN, 2: [2, 3, 4], 3: [3], 4: [4], 70000: [70000, 6], 6: [6], 7: [7]}


def scattered(seed: int, dtype=np.uint32) -> np.ndarray:
    """Every id but 7, in blocks and single voxels; id 6 in two voxels alone."""
    rng = np.random.default_rng(seed)
    coarse = rng.choice([0, 0, 1, 2, 3, 4, 70000, *UNKNOWN], (5, 3, 4))
    ids = coarse.repeat(4, 0).repeat(3, 1).repeat(3, 2)[:20, :9, :11]
    ids[rng.random(SHAPE) < 0.05] = 4
    ids[2, 3, 4] = ids[17, 8, 0] = 6
    return ids.astype(dtype)


def annotate(ids: np.ndarray, region_map: RegionMap) -> RankVolume:
    return RankVolume.from_ids(ids, region_map, VoxelGrid.from_steps(ids.shape, 10.0))


@pytest.mark.parametrize(
    "dtype", [np.uint32, np.int64, np.uint64, np.int32, np.float32, float, ">u4"]
)
@pytest.mark.parametrize("order", ["C", "F", "strided"])
def test_ranks_are_those_of_a_dictionary(small_map, dtype, order):
    ids = scattered(1, dtype)
    rank_of = {0: 0} | {i: k + 1 for k, i in enumerate(KNOWN)} | {5: 8, 999: 9}
    expected = [rank_of[int(v)] for v in ids.ravel()]
    given_ids = (
        np.repeat(ids, 2, axis=2)[:, :, ::2] if order == "strided" else np.asarray(ids, order=order)
    )
    labels = annotate(given_ids, small_map)
    assert labels.raw.ravel().tolist() == expected
    assert labels.raw.flags.c_contiguous
    assert labels.raw.dtype == np.uint8
    assert labels.unknown_ids.tolist() == UNKNOWN
    assert labels.ids.tolist() == [0, *KNOWN, *UNKNOWN]
    np.testing.assert_array_equal(labels.to_ids(), ids)
    assert labels.to_ids().dtype == np.uint32


@pytest.mark.parametrize("order", ["C", "F"])
def test_counts_and_boxes_are_those_of_a_search(small_map, order):
    ids = np.asarray(scattered(2), order=order)
    labels = annotate(ids, small_map)
    for rank, region in enumerate([0, *KNOWN, *UNKNOWN]):
        own, whole = ids == region, np.isin(ids, DESCENDANTS.get(region, [region]))
        assert labels.counts[rank] == own.sum()
        assert labels.total_counts[rank] == whole.sum()
        for boxes, voxels in ((labels.boxes, own), (labels.total_boxes, whole)):
            at = np.argwhere(voxels)
            limits = np.stack([at.min(0), at.max(0) + 1], axis=1) if len(at) else np.zeros((3, 2))
            assert boxes[rank].tolist() == limits.tolist()


@pytest.mark.parametrize("region", KNOWN)
@pytest.mark.parametrize("order", ["C", "F"])
def test_a_mask_holds_a_region_with_its_descendants(small_map, region, order):
    ids = np.asarray(scattered(3), order=order)
    labels = annotate(ids, small_map)
    rank = small_map.rank(region)
    whole = labels.mask([(rank, int(small_map.ends[rank]))])
    np.testing.assert_array_equal(whole, np.isin(ids, DESCENDANTS[region]))
    np.testing.assert_array_equal(labels.mask([(rank, rank + 1)]), ids == region)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(regions=st.sets(st.sampled_from([*KNOWN, 8])), seed=st.integers(0, 50))
def test_a_mask_of_several_is_their_union(regions, seed):
    region_map = RegionMap.from_structures(
        [
            {"id": i, "parent_structure_id": up}
            for i, up in {1: None, 2: 1, 3: 2, 4: 2, 70000: 1, 6: 70000, 7: 1, 8: None}.items()
        ]
    )
    ids = scattered(seed)
    labels = annotate(ids, region_map)
    mask = labels.mask(region_map.intervals([region_map.rank(i) for i in regions]))
    wanted = [d for i in regions for d in DESCENDANTS.get(i, [i])]
    np.testing.assert_array_equal(mask, np.isin(ids, wanted))
    assert mask.dtype == bool


def test_a_region_that_fills_the_volume_and_one_that_fills_a_corner_are_masked_alike(small_map):
    ids = np.full(SHAPE, 2, np.uint32)
    ids[0, 0, 0] = 6
    labels = annotate(ids, small_map)
    np.testing.assert_array_equal(labels.mask([(2, 5)]), ids == 2)
    np.testing.assert_array_equal(labels.mask([(6, 7)]), ids == 6)
    np.testing.assert_array_equal(labels.mask([(2, 5), (6, 7)]), np.ones(SHAPE, bool))


def test_a_mask_of_nothing_is_empty(small_map):
    labels = annotate(scattered(4), small_map)
    assert not labels.mask([]).any()
    assert not labels.mask([(7, 8)]).any()  # region 7 has no voxel
    assert labels.box(7, 8) is None


def test_an_empty_annotation_has_no_voxel_of_anything(small_map):
    labels = annotate(np.zeros(SHAPE, np.uint8), small_map)
    assert labels.counts.tolist() == [20 * 9 * 11, *[0] * 7]
    assert not labels.total_boxes[1:].any()
    assert not labels.mask([(1, 8)]).any()


def test_ids_beyond_32_bits_are_given_back(small_map):
    ids = scattered(5, np.int64)
    ids[ids == 999] = 2**40 + 3
    labels = annotate(ids, small_map)
    assert labels.unknown_ids.tolist() == [5, 2**40 + 3]
    np.testing.assert_array_equal(labels.to_ids(), ids)
    assert labels.to_ids().dtype == np.int64


def test_a_hierarchy_with_ids_beyond_32_bits_knows_its_voxels():
    region_map = RegionMap.from_structures([{"id": 1}, {"id": 2**40, "parent_structure_id": 1}])
    labels = annotate(np.array([[[1, 2**40, 0]]]), region_map)
    assert labels.raw.tolist() == [[[1, 2, 0]]]
    assert labels.total_counts.tolist() == [1, 2, 1]


@pytest.mark.parametrize(
    ("n", "dtype"), [(255, np.uint8), (256, np.uint16), (65_535, np.uint16), (65_536, np.uint32)]
)
def test_ranks_are_as_narrow_as_their_number_allows(n, dtype):
    rows = [{"id": 10 * i, "parent_structure_id": None if i == 1 else 10} for i in range(1, n + 1)]
    region_map = RegionMap.from_structures(rows)
    ids = np.array([[[10, 10 * n, 0, 10 * (n - 1)]]], np.uint32)
    labels = annotate(ids, region_map)
    assert labels.raw.dtype == dtype
    assert labels.raw.tolist() == [[[1, n, 0, n - 1]]]
    np.testing.assert_array_equal(labels.to_ids(), ids)
    assert labels.mask([(1, n + 1)]).tolist() == [[[True, True, False, True]]]
    assert labels.mask([(n, n + 1)]).tolist() == [[[False, True, False, False]]]


def test_a_node_with_id_zero_gets_no_voxels():
    region_map = RegionMap.from_dict({"id": 0, "acronym": "universe", "children": [{"id": 4}]})
    labels = annotate(np.array([[[0, 4, 4]]]), region_map)
    assert labels.raw.tolist() == [[[0, 2, 2]]]
    assert labels.counts.tolist() == [1, 0, 2]
    assert labels.mask([(1, 3)]).tolist() == [[[False, True, True]]]


def test_a_boolean_volume_has_the_ids_zero_and_one(small_map):
    labels = annotate(np.array([[[True, False]]]), small_map)
    assert labels.raw.tolist() == [[[1, 0]]]


@pytest.mark.parametrize(
    ("ids", "word"),
    [
        (np.array([[[1.5]]]), "1.5"),
        (np.array([[[np.nan]]]), "nan"),
        (np.array([[[np.inf]]]), "inf"),
        (np.array([[[2**63]]], np.uint64), str(2**63)),
        (np.array([[[1j]]]), "complex128"),
        (np.array([[["a"]]]), "<U1"),
    ],
)
def test_what_are_no_ids_is_refused(small_map, ids, word):
    with refused(word, by=ArgumentError):
        annotate(ids, small_map)


def test_an_annotation_of_another_shape_than_the_grid_is_refused(small_map):
    with refused("(1, 2, 3)", "(1, 2, 4)", by=ArgumentError):
        RankVolume.from_ids(np.zeros((1, 2, 3), int), small_map, VoxelGrid.from_steps((1, 2, 4), 1))
