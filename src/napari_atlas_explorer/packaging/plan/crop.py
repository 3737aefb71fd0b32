"""Crop an atlas to a hemisphere or a region."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...atlases.cache.large import large_bytes
from ...compute.blocks import planes_at_once, slabs, slabs_of
from ...core.errors import AtlasError
from ...core.package import Dataset, Package
from ...core.progress import Progress
from ...core.regions.rank_volume import RankVolume
from ...core.regions.ranks import RankBuilder
from ...core.regions.region_map import RegionMap
from ...core.selection import Selection, chosen_voxels
from ...core.space.grid import VoxelGrid
from ...core.space.hemispheres import HemisphereRule
from ...core.space.volume import VoxelData
from ...formats.common.blocks import scratch_volume

WORK_BYTES = 24
"""For each voxel of a slab: ids, ranks, what is chosen, and their runs."""


def crop_atlas(
    package: Package,
    selection: Selection,
    hemisphere_rule: HemisphereRule | None,
    regions: RegionMap,
) -> Package:
    """Return the package whose annotation holds what is selected, and 0 elsewhere.

    Parameters
    ----------
    package
        The atlas.
    selection
        What stays.
    hemisphere_rule
        Hemisphere rule; needed to select a hemisphere.
    regions
        The hierarchy of the cropped atlas.

    Raises
    ------
    AtlasError
        If a hemisphere is selected and there is no rule.
    """
    ids = _select_ids(selection, hemisphere_rule)
    volume = VoxelData.from_grid(ids, package.grid)
    dataset = Dataset(package.annotation, "annotation", lambda: volume)
    kind = selection.rank_volume.raw.dtype
    make = _make_ranks_by_slabs(ids, kind) if isinstance(ids, np.memmap) else None
    return package.with_datasets(
        {**package.datasets, package.annotation: dataset}, region_map=regions, make_ranks=make
    )


def _select_ids(selection: Selection, hemisphere_rule: HemisphereRule | None) -> NDArray[Any]:
    rank_volume, bits = selection.rank_volume, selection.bits
    if selection.depends_on_hemispheres and hemisphere_rule is None:
        raise AtlasError("left and right are unknown; state orientation and midline")
    shape = rank_volume.raw.shape
    hemispheres = (
        hemisphere_rule.seen(shape)
        if selection.depends_on_hemispheres and hemisphere_rule is not None
        else None
    )
    out = scratch_volume(shape, rank_volume.id_table.dtype, large_bytes())
    for planes in slabs_of(shape, WORK_BYTES):
        ranks = rank_volume.raw[planes]
        chosen = chosen_voxels(bits, ranks, None if hemispheres is None else hemispheres[planes])
        out[planes] = np.where(chosen, rank_volume.id_table[ranks], 0)
    return out


def _make_ranks_by_slabs(
    ids: NDArray[Any], kind: np.dtype[Any]
) -> Callable[[RegionMap, VoxelGrid, Progress], RankVolume]:
    def make(regions: RegionMap, grid: VoxelGrid, report: Progress) -> RankVolume:
        builder = RankBuilder(regions, ids.shape, kind)
        ranks = scratch_volume(ids.shape, kind, large_bytes())
        thickness = planes_at_once(ids.shape, WORK_BYTES)
        for planes in slabs(0, len(ids), thickness):
            report(planes.start / len(ids))
            ranks[planes] = builder.add((planes.start, 0, 0), ids[planes])
        unknown, table = builder.finish()
        if table is not None:
            for planes in slabs(0, len(ids), thickness):
                ranks[planes] = table[ranks[planes]]
        return RankVolume(ranks, regions, grid, unknown, builder.counts, builder.boxes)

    return make
