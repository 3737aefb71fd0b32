"""The array of one mask for each region that BrainGlobe 3 answers masks from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..core.annotation import Annotation
from ..core.grid import VoxelGrid
from ..core.regions import RegionMap
from ..files.ome_zarr_writer import Sliceable, write_ome_zarr
from .stages import Progress

VALUES = "annotation_values"
"""Array beside the levels: the region's id at each index of the first axis."""


class RegionMasks:
    """Masks ``(n_regions, n0, n1, n2)`` uint8 that are made when they are asked for.

    Regions stand in post-order, leaves before what they are part of, and each has the voxels of
    its descendants.
    """

    dtype = np.dtype(np.uint8)
    ndim = 4

    def __init__(self, ids: Sliceable, regions: RegionMap, progress: Progress) -> None:
        labels = Annotation.from_ids(np.asarray(ids), regions, VoxelGrid.from_steps(ids.shape, 1.0))
        self._labels, self._progress = labels, progress
        self.order = post_order(regions)
        self.shape = (len(self.order), *ids.shape)

    @property
    def ids(self) -> NDArray[np.uint32]:
        """Id of each mask."""
        return self._labels.ids[self.order].astype(np.uint32)

    def __getitem__(self, key: tuple[slice, ...]) -> NDArray[np.uint8]:
        """Masks of some regions in a part of the volume."""
        chosen = self.order[key[0]]
        part = self._labels.ranks[tuple(key[1:])]
        out = np.zeros((len(chosen), *part.shape), np.uint8)
        for mask, rank in zip(out, chosen.tolist(), strict=True):
            mask[:] = (part >= rank) & (part < int(self._labels.ends[rank]))
        first = key[0].start or 0
        self._progress(first / len(self.order), f"mask {first + 1} of {len(self.order)}")
        return out


def post_order(regions: RegionMap) -> NDArray[np.int64]:
    """Ranks such that every region follows its children."""
    done: list[int] = []
    stack = [(rank, False) for rank in reversed(regions.child_ranks(0))]
    while stack:
        rank, seen = stack.pop()
        if seen:
            done.append(rank)
        else:
            stack.append((rank, True))
            stack += [(child, False) for child in reversed(regions.child_ranks(rank))]
    return np.array(done, np.int64)


def write_region_masks(
    path: Path,
    levels: Sequence[Sliceable],
    scales: Sequence[tuple[float, ...]],
    regions: RegionMap,
    progress: Progress,
) -> None:
    """Write the masks of every level, chunk by chunk: never more than one in memory."""
    import zarr

    masks = [RegionMasks(ids, regions, progress) for ids in levels]
    write_ome_zarr(path, masks, scales, channels=True)
    group = zarr.open_group(str(path), mode="r+")
    group.create_array(VALUES, data=masks[0].ids)


def cost_of_masks(grids: Sequence[VoxelGrid], n_regions: int) -> str:
    """What the masks will cost, said beforehand."""
    voxels = sum(int(np.prod(grid.shape)) for grid in grids)
    return (
        f"masks of {n_regions} regions are {n_regions * voxels / 1e9:.3g} GB before compression; "
        f"brainglobe-atlasapi needs them for its get_structure_mask, other readers do not"
    )
