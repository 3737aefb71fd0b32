"""Which ids only interpolation can have made.

Resampling labels as if they were grey values puts a film of averages between any two regions.
A label of such a film has no inside (no voxel all of whose six neighbours carry it), and along
some axis its voxels lie between a lower and a higher value. A thin layer can look the same by
chance, therefore a label that the hierarchy knows counts only where unknown ids of the kind
show that the volume was interpolated, and where its ids are exact averages of far-apart ones.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..compute.block_budget import planes_at_once, slabs
from ..compute.voxel_positions import positions_where
from ..core.annotation import Annotation

MOST_BETWEEN = 0.9
"""Share of a label's voxels that lie between a lower and a higher id where it was interpolated."""

WORK_BYTES = 6
"""For each voxel of a slab that is compared with its neighbours."""

REACH = 3
"""Voxels that a film is followed along an axis: interpolation to a grid up to 4 times finer."""

WEIGHTS = (1 / 2, 1 / 3, 2 / 3, 1 / 4, 3 / 4)
"""Of the lower id in an average, at the usual factors 2, 3 and 4."""

FAR_APART = 100
"""Ids nearer than this have so few whole numbers between them that a layer may be one of them."""


def interpolated_ranks(labels: Annotation) -> dict[int, float]:
    """Ranks of interpolated ids, with the share of their voxels between a lower and a higher."""
    first = len(labels.region_map) + 1
    if first >= labels.n_ranks or labels.ranks.ndim != 3:
        return {}
    unknown = np.arange(first, labels.n_ranks)
    found = _films(labels, positions_where(lambda r: r >= first, labels.ranks), unknown, False)
    if not found:
        return {}
    known = _without_inside(labels)[1:first] & (labels.counts[1:first] > 0)
    thin = np.flatnonzero(known) + 1
    flags = np.zeros(labels.n_ranks, bool)
    flags[thin] = True
    return found | _films(labels, positions_where(lambda r: flags[r], labels.ranks), thin, True)


def _films(
    labels: Annotation, flat: NDArray[np.intp], ranks: NDArray[np.int64], exact: bool
) -> dict[int, float]:
    own = labels.ranks.reshape(-1)[flat]
    inside = np.ones(len(flat), bool)
    between = np.zeros(len(flat), bool)
    value = labels.ids[own]
    for axis in range(3):
        low, same_low = _ahead(labels, flat, own, axis, -1)
        high, same_high = _ahead(labels, flat, own, axis, 1)
        inside &= same_low & same_high
        small, large = np.minimum(low, high), np.maximum(low, high)
        met = (small < value) & (value < large)
        if exact:
            averages = [np.abs(small * w + large * (1 - w) - value) <= 1 for w in WEIGHTS]
            met &= np.any(averages, axis=0) & (large - small >= FAR_APART)
        between |= met
    n = labels.n_ranks
    count = np.bincount(own, minlength=n)
    thick = np.bincount(own, weights=inside, minlength=n) > 0
    share = np.bincount(own, weights=between, minlength=n) / np.maximum(count, 1)
    wanted = (share >= MOST_BETWEEN) & ~thick & (count > 0)
    return {int(r): float(share[r]) for r in ranks if wanted[r]}


def _ahead(
    labels: Annotation, flat: NDArray[np.intp], own: NDArray[Any], axis: int, step: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Id of the next other label along an axis, and whether the next voxel is of the same."""
    shape, ranks = labels.ranks.shape, labels.ranks.reshape(-1)
    stride = int(np.prod(shape[axis + 1 :], dtype=np.int64))
    at = flat // stride % shape[axis]
    seen, same = own.copy(), np.zeros(len(flat), bool)
    for distance in range(1, REACH + 1):
        within = (at + step * distance >= 0) & (at + step * distance < shape[axis])
        looking = within & (seen == own)
        seen[looking] = ranks[flat[looking] + step * distance * stride]
        if distance == 1:
            same = within & (seen == own)
    return labels.ids[seen], same


def _without_inside(labels: Annotation) -> NDArray[np.bool_]:
    """``(n_ranks,)`` whether no voxel has six neighbours of its own rank."""
    thick = np.zeros(labels.n_ranks, bool)
    for planes in slabs(
        1, labels.ranks.shape[0] - 1, planes_at_once(labels.ranks.shape, WORK_BYTES)
    ):
        ranks = labels.ranks[planes.start - 1 : planes.stop + 1]
        inner = ranks[1:-1, 1:-1, 1:-1]
        same = np.ones(inner.shape, bool)
        for axis in range(3):
            for step in (0, 2):
                window = [slice(1, -1)] * 3
                window[axis] = slice(step, ranks.shape[axis] - 2 + step)
                same &= ranks[tuple(window)] == inner
        thick[inner[same]] = True
    return ~thick
