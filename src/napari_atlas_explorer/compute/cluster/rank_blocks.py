"""Statistics and masks of an annotation, computed on a cluster block by block."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.errors import AtlasError
from ...core.selection import ALL_SIDES, Selection, chosen_voxels
from ...core.space.hemispheres import HemisphereRule
from ...core.statistics import (
    RegionStatistics,
    RegionSums,
    blocks_of_planes,
    statistics_of,
    sums_of_block,
)
from .shared_ranks import SharedRanks
from .workers import Cluster

VOXELS_PER_TASK = 1 << 26
"""Voxels of a task: 67 million, which take about a second."""


@dataclass(frozen=True, eq=False)
class _SelectedBlocks:
    """State that the blocks of a mask share."""

    labels: SharedRanks
    bits: NDArray[np.uint8]


def statistics_over(cluster: Cluster, shared: SharedRanks) -> RegionStatistics:
    """Measure every region of an annotation; the same as `core.statistics.region_statistics`."""
    rank_volume, hemisphere_rule = shared.opened()
    shape = rank_volume.raw.shape
    sums = RegionSums.nothing(rank_volume.n_ranks, len(shape))
    for _, part in cluster.map(_sum_block, blocks_of_planes(shape, VOXELS_PER_TASK), shared):
        sums += part
    return statistics_of(rank_volume, hemisphere_rule, sums)


def mask_over(cluster: Cluster, shared: SharedRanks, selection: Selection) -> NDArray[np.bool_]:
    """Return the mask of a selection; the same as `Selection.mask` with the annotation's sides."""
    _, hemisphere_rule = shared.opened()
    if selection.depends_on_hemispheres and hemisphere_rule is None:
        raise AtlasError(
            "hemispheres unknown: not stated which side is left; state orientation and midline"
        )
    shape = selection.rank_volume.raw.shape
    mask = np.empty(shape, bool)
    blocks = blocks_of_planes(shape, VOXELS_PER_TASK)
    for n, packed in cluster.map(_pack_block, blocks, _SelectedBlocks(shared, selection.bits)):
        part = mask[blocks[n]]
        part.reshape(-1)[:] = np.unpackbits(packed, count=part.size)
    return mask


def _sum_block(shared: SharedRanks, planes: slice) -> RegionSums:
    rank_volume, hemisphere_rule = shared.opened()
    shape = rank_volume.raw.shape
    start = (planes.start, *[0] * (len(shape) - 1))
    return sums_of_block(
        rank_volume.raw[planes], start, shape, rank_volume.n_ranks, hemisphere_rule
    )


def _pack_block(shared: _SelectedBlocks, planes: slice) -> NDArray[np.uint8]:
    rank_volume, hemisphere_rule = shared.labels.opened()
    bits = shared.bits
    told = (
        None
        if np.isin(bits, (0, ALL_SIDES)).all()
        else _hemispheres_in(hemisphere_rule, rank_volume.raw, planes)
    )
    return np.packbits(chosen_voxels(bits, rank_volume.raw[planes], told))


def _hemispheres_in(
    hemisphere_rule: HemisphereRule | None, ranks: NDArray[Any], planes: slice
) -> NDArray[np.uint8] | None:
    return None if hemisphere_rule is None else hemisphere_rule.seen(ranks.shape)[planes]
