"""Statistics and masks of an annotation, block by block over the workers of a cluster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.errors import AtlasError
from ...core.selection import ALL_SIDES, Selection, chosen_voxels
from ...core.space.sides import Sides
from ...core.statistics import (
    RegionStatistics,
    RegionSums,
    blocks_of_planes,
    statistics_of,
    sums_of_block,
)
from .shared_labels import SharedLabels
from .workers import Cluster

VOXELS_PER_TASK = 1 << 26
"""Voxels of a task: 67 million, which take about a second."""


@dataclass(frozen=True, eq=False)
class _SelectedBlocks:
    """What the blocks of a mask have in common."""

    labels: SharedLabels
    bits: NDArray[np.uint8]


def statistics_over(cluster: Cluster, shared: SharedLabels) -> RegionStatistics:
    """Measure every region of an annotation; the same as `core.statistics.region_statistics`."""
    labels, sides = shared.opened()
    shape = labels.ranks.shape
    sums = RegionSums.nothing(labels.n_ranks, len(shape))
    for _, part in cluster.map(_sums, blocks_of_planes(shape, VOXELS_PER_TASK), shared):
        sums += part
    return statistics_of(labels, sides, sums)


def mask_over(cluster: Cluster, shared: SharedLabels, selection: Selection) -> NDArray[np.bool_]:
    """Mask of a selection; the same as `Selection.mask` with the annotation's sides."""
    _, sides = shared.opened()
    if selection.sided and sides is None:
        raise AtlasError("nothing says which side is left; state orientation and midline")
    shape = selection.labels.ranks.shape
    mask = np.empty(shape, bool)
    blocks = blocks_of_planes(shape, VOXELS_PER_TASK)
    for n, packed in cluster.map(_packed, blocks, _SelectedBlocks(shared, selection.bits)):
        part = mask[blocks[n]]
        part.reshape(-1)[:] = np.unpackbits(packed, count=part.size)
    return mask


def _sums(shared: SharedLabels, planes: slice) -> RegionSums:
    labels, sides = shared.opened()
    shape = labels.ranks.shape
    start = (planes.start, *[0] * (len(shape) - 1))
    return sums_of_block(labels.ranks[planes], start, shape, labels.n_ranks, sides)


def _packed(shared: _SelectedBlocks, planes: slice) -> NDArray[np.uint8]:
    labels, sides = shared.labels.opened()
    bits = shared.bits
    told = None if np.isin(bits, (0, ALL_SIDES)).all() else _sides_in(sides, labels.ranks, planes)
    return np.packbits(chosen_voxels(bits, labels.ranks[planes], told))


def _sides_in(sides: Sides | None, ranks: NDArray[Any], planes: slice) -> NDArray[np.uint8] | None:
    return None if sides is None else sides.seen(ranks.shape)[planes]
