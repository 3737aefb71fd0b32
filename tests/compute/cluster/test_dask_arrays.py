"""Statistics and masks of dask arrays of ids."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pandas as pd
import pytest

from napari_atlas_explorer import Atlas
from napari_atlas_explorer.compute.cluster.dask_arrays import (
    dask_counts,
    dask_mask,
    dask_statistics,
)
from napari_atlas_explorer.core.space.hemispheres import HemispherePlane
from napari_atlas_explorer.core.statistics import region_statistics

from ...refusals import refused

SHAPE = (11, 7, 13)
STRANGE = (999, 5, 123_456_789)


@pytest.fixture(params=[0, 1, 2])
def chance(request):
    return np.random.default_rng(request.param)


@pytest.fixture
def ids(chance, small_map):
    """Blobs and single voxels; ids that the hierarchy does not know are in some of them."""
    known = [0, *small_map.ids.tolist()[1:-1], *STRANGE]
    coarse = chance.choice(known, (4, 3, 5))
    volume = np.kron(coarse, np.ones((3, 3, 3), np.int64))[:11, :7, :13]
    at = chance.random(SHAPE) < 0.1
    volume[at] = chance.choice(known, at.sum())
    return volume.astype(np.uint32)


@pytest.fixture
def chunks(chance):
    """Random cuts along every axis, blocks of one voxel included."""
    cuts = []
    for size in SHAPE:
        inner = np.sort(chance.choice(np.arange(1, size), chance.integers(0, 4), replace=False))
        cuts.append(tuple(np.diff([0, *inner, size]).tolist()))
    return tuple(cuts)


def sides_of(kind, chance):
    if kind == "volume":
        marks = chance.integers(0, 3, SHAPE).astype(np.uint8)
        return {"hemispheres": marks}
    return {}


@pytest.mark.parametrize("kind", ["none", "plane 0", "plane 2", "volume"])
def test_any_chunks_give_the_statistics_of_the_array_in_memory(
    ids, chunks, small_map, kind, chance
):
    atlas = Atlas.from_arrays(ids, small_map, (10, 20, 30), **sides_of(kind, chance))
    sides = atlas.hemisphere_rule
    if kind.startswith("plane"):
        sides = HemispherePlane(int(kind[-1]), 4, 2, "a plane")
    expected = region_statistics(atlas.ranks, sides)
    found = dask_statistics(da.from_array(ids, chunks), small_map, atlas.grid, sides)
    pd.testing.assert_frame_equal(
        found.as_dataframe(), expected.as_dataframe(), check_exact=True, check_dtype=True
    )
    np.testing.assert_array_equal(found.rank_volume.raw.compute(), atlas.ranks.raw)
    np.testing.assert_array_equal(found.rank_volume.boxes, atlas.ranks.boxes)
    assert found.rank_volume.raw.dtype == atlas.ranks.raw.dtype


def test_counts_are_those_of_each_region_with_all_below(ids, chunks, small_map):
    grid = Atlas.from_arrays(ids, small_map, 10).grid
    counts = dask_counts(da.from_array(ids, chunks), small_map, grid)
    below_root = [i for i in small_map.ids.tolist() if i]
    assert counts[1] == np.isin(ids, below_root).sum()
    assert counts[2] == np.isin(ids, (2, 3, 4)).sum()
    assert counts[7] == 0
    assert counts[999] == (ids == 999).sum()


@pytest.mark.parametrize("regions", ["A", ["a1", "B"], 7])
@pytest.mark.parametrize("direct_only", [False, True])
@pytest.mark.parametrize("hemisphere", [None, "left"])
def test_a_mask_stays_lazy_and_is_that_of_the_atlas(
    ids, chunks, small_map, regions, direct_only, hemisphere, chance
):
    atlas = Atlas.from_arrays(ids, small_map, 10, **sides_of("volume", chance))
    mask = dask_mask(
        da.from_array(ids, chunks),
        small_map,
        regions,
        direct_only=direct_only,
        hemisphere=hemisphere,
        hemisphere_rule=atlas.hemisphere_rule,
    )
    assert (mask.dtype, mask.chunks) == (np.dtype(bool), chunks)
    expected = atlas.get_structure_mask(regions, hemisphere, direct_only).raw
    np.testing.assert_array_equal(mask.compute(), expected)


def test_floats_that_are_whole_are_ids_and_others_are_refused(ids, chunks, small_map):
    grid = Atlas.from_arrays(ids, small_map, 10).grid
    floats = da.from_array(ids.astype(float), chunks)
    assert dask_counts(floats, small_map, grid)[999] == (ids == 999).sum()
    with refused("whole"):
        dask_counts(floats + 0.5, small_map, grid)


def test_another_shape_than_the_grids_is_refused(ids, small_map):
    grid = Atlas.from_arrays(ids, small_map, 10).grid
    with refused("(10, 7, 13)", "(11, 7, 13)"):
        dask_statistics(da.from_array(ids[1:], 4), small_map, grid)
    with refused("sides"):
        dask_mask(da.from_array(ids, 4), small_map, "A", hemisphere="left")
