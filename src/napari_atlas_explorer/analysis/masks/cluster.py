"""Masks made on a cluster."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...compute.cluster.rank_blocks import mask_over
from ...compute.cluster.shared_ranks import SharedRanks, share_ranks
from ...compute.cluster.workers import Cluster
from ...core.mask_recipe import MaskRecipe
from ...core.selection import Selection
from ...formats.common.atomic import atomic_write
from ...formats.masks import NamedMask, write_mask
from .edit import apply_operations
from .request import MaskRequest, MaskRequests


@dataclass(frozen=True, eq=False)
class _Task:
    """One mask to be written by a worker."""

    path: Path
    name: str
    bits: NDArray[np.uint8]
    recipe: MaskRecipe


def write_over(
    cluster: Cluster, wanted: MaskRequests, targets: Mapping[int, Path]
) -> Iterator[tuple[int, int]]:
    """Write one NRRD for each rank and give rank and voxels as they are done.

    Workers write into the cache; what is done is put in its place here, so that a lost worker
    leaves nothing there. Where there is no voxel no file is written.
    """
    atlas, ranks = wanted.atlas, list(targets)
    # The largest first: at the end all workers are done at the same time.
    ranks.sort(key=lambda rank: -int(atlas.ranks.total_counts[rank]))
    with (
        cluster.workplace() as folder,
        share_ranks(cluster, atlas.ranks, atlas.hemisphere_rule) as shared,
    ):
        tasks = [_make_task(wanted.each[rank], folder / targets[rank].name) for rank in ranks]
        for number, voxels in cluster.map(_write_on_worker, tasks, shared):
            rank = ranks[number]
            if voxels:
                with atomic_write(targets[rank]) as temporary:
                    shutil.move(tasks[number].path, temporary)
            yield rank, voxels


def selected_over(
    cluster: Cluster, wanted: MaskRequests, selection: Selection
) -> NDArray[np.bool_]:
    """Return the mask of a selection, by blocks."""
    with share_ranks(cluster, wanted.atlas.ranks, wanted.atlas.hemisphere_rule) as shared:
        return mask_over(cluster, shared, selection)


def _make_task(piece: MaskRequest, path: Path) -> _Task:
    return _Task(path, piece.name, piece.selection.bits, piece.recipe)


def _write_on_worker(shared: SharedRanks, task: _Task) -> int:
    rank_volume, hemisphere_rule = shared.opened()
    mask = Selection(rank_volume, task.bits).mask(hemisphere_rule)
    mask = apply_operations(mask, rank_volume.grid, task.recipe.operations, in_place=True)
    voxels = int(np.count_nonzero(mask))
    if voxels:
        write_mask(task.path, NamedMask(task.name, mask, task.recipe), rank_volume.grid)
    return voxels
