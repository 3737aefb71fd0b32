"""Ranks from blocks are the ranks of the whole, whatever the blocks."""

from __future__ import annotations

import numpy as np
import pytest

from napari_atlas_explorer import RegionMap
from napari_atlas_explorer.core.regions.rank_volume import RankVolume
from napari_atlas_explorer.core.regions.ranks import RankBuilder, TooManyRanksError
from napari_atlas_explorer.core.space.grid import VoxelGrid

from ...refusals import refused

SHAPE = (13, 9, 11)


@pytest.fixture
def regions() -> RegionMap:
    rows = [
        {"id": i, "parent_structure_id": p}
        for i, p in ((997, None), (8, 997), (315, 8), (614454277, 8), (5, 997))
    ]
    return RegionMap.from_structures(rows)


def blocky(seed: int) -> np.ndarray:
    """Ids of the hierarchy, background, and three that it does not know."""
    rng = np.random.default_rng(seed)
    coarse = rng.choice([0, 8, 315, 614454277, 5, 4242, 77, 900000], (5, 3, 4))
    return np.kron(coarse, np.ones((3, 3, 3), np.int64))[: SHAPE[0], : SHAPE[1], : SHAPE[2]]


def blocks(rng: np.random.Generator):
    """Blocks that tile the volume, in random order."""
    cuts = []
    for n in SHAPE:
        inner = rng.choice(np.arange(1, n), rng.integers(0, 4), replace=False)
        cuts.append([0, *sorted(inner.tolist()), n])
    found = [
        (slice(a, b), slice(c, d), slice(e, f))
        for a, b in zip(cuts[0], cuts[0][1:], strict=False)
        for c, d in zip(cuts[1], cuts[1][1:], strict=False)
        for e, f in zip(cuts[2], cuts[2][1:], strict=False)
    ]
    rng.shuffle(found)
    return found


def built(ids, regions, order, keep_state=False):
    builder = RankBuilder(regions, SHAPE)
    ranks = np.empty(SHAPE, np.uint16)
    for where in order:
        if keep_state:  # as after an interruption
            state = {k: v.copy() for k, v in builder.state().items()}
            builder = RankBuilder(regions, SHAPE)
            builder.restore(state)
        ranks[where] = builder.add([s.start for s in where], ids[where])
    unknown, table = builder.finish()
    if table is not None:
        ranks = table[ranks]
    return ranks, unknown, builder.counts, builder.boxes


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("interrupted", [False, True])
def test_any_blocks_in_any_order_give_the_whole(regions, seed, interrupted):
    ids = blocky(seed)
    whole = RankVolume.from_ids(ids, regions, VoxelGrid.from_steps(SHAPE, 10.0))
    order = blocks(np.random.default_rng(100 + seed))
    ranks, unknown, counts, boxes = built(ids, regions, order, interrupted)
    assert np.array_equal(ranks, whole.raw)
    assert np.array_equal(unknown, whole.unknown_ids)
    assert np.array_equal(counts, whole.counts)
    assert np.array_equal(boxes, whole.boxes)


def test_blocks_of_floats_and_of_fortran_order_are_taken(regions):
    ids = blocky(3)
    whole = RankVolume.from_ids(ids, regions, VoxelGrid.from_steps(SHAPE, 10.0))
    order = blocks(np.random.default_rng(1))
    for stored in (ids.astype(np.float64), np.asfortranarray(ids), ids.astype(np.uint32)):
        assert np.array_equal(built(stored, regions, order)[0], whole.raw)


def test_fractions_are_refused(regions):
    with refused("0.5", "whole"):
        RankBuilder(regions, SHAPE).add((0, 0, 0), np.full((2, 2, 2), 0.5))


def test_more_ids_than_the_ranks_can_distinguish_are_refused(regions):
    builder = RankBuilder(regions, (300, 1, 1), np.uint8)
    with pytest.raises(TooManyRanksError, match="uint8"):
        builder.add((0, 0, 0), np.arange(1000, 1300).reshape(300, 1, 1))
