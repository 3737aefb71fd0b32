"""Statistics and masks of dask arrays of region ids."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.errors import ArgumentError
from ...core.regions.rank_volume import RankVolume
from ...core.regions.ranks import RankBuilder, RankTable, rank_dtype, whole_numbers
from ...core.regions.region_map import RegionKey, RegionMap
from ...core.selection import ALL_SIDES, chosen_voxels
from ...core.space.grid import VoxelGrid
from ...core.space.hemispheres import HemisphereRule, hemisphere_number
from ...core.statistics import RegionStatistics, RegionSums, statistics_of, sums_of_block

MERGED_AT_ONCE = 16
"""Blocks whose facts are put together in one task."""


def dask_statistics(
    ids: Any, region_map: RegionMap, grid: VoxelGrid, hemisphere_rule: HemisphereRule | None = None
) -> RegionStatistics:
    """Measure every region of a dask array of ids; computes it once, block by block.

    Parameters
    ----------
    ids
        ``dask.array.Array`` of the grid's shape, in any chunks: region ids, whole numbers.
    region_map, grid
        The hierarchy and the placement.
    hemisphere_rule
        What tells sides, or None.

    Returns
    -------
    The same as `core.statistics.region_statistics` of the array in memory. The ranks of its
    ``labels`` are a dask array that is not computed; their counts and boxes are known.

    Raises
    ------
    ArgumentError
        If the shape is another than the grid's, or an id is no whole number.

    Examples
    --------
    >>> import dask.array as da
    >>> from napari_atlas_explorer import open_atlas
    >>> atlas = open_atlas("sample")
    >>> ids = da.from_array(atlas.annotation.raw, chunks=64)
    >>> table = dask_statistics(ids, atlas.region_map, atlas.grid).as_dataframe()
    >>> table.total_voxels.equals(atlas.statistics().total_voxels)
    True
    """
    import dask

    _check_shape(ids, grid)
    known, given = dask.delayed(region_map, pure=False), dask.delayed(hemisphere_rule, pure=False)
    look, join = dask.delayed(_sum_blocks, pure=False), dask.delayed(_merge_sums, pure=False)
    blocks = ids.to_delayed()
    starts = [np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(int) for sizes in ids.chunks]
    parts = [
        look(
            blocks[at],
            [int(s[k]) for s, k in zip(starts, at, strict=True)],
            tuple(ids.shape),
            known,
            given,
        )
        for at in np.ndindex(blocks.shape)
    ]
    while len(parts) > 1:
        groups = [parts[k : k + MERGED_AT_ONCE] for k in range(0, len(parts), MERGED_AT_ONCE)]
        parts = [join(group, len(region_map.ids)) for group in groups]
    facts: _BlockSums = dask.compute(parts[0])[0]
    ranks = _lazy_ranks(ids, region_map, facts.unknown)
    rank_volume = RankVolume(ranks, region_map, grid, facts.unknown, facts.counts, facts.boxes)
    return statistics_of(rank_volume, hemisphere_rule, facts.sums)


def dask_counts(ids: Any, region_map: RegionMap, grid: VoxelGrid) -> dict[int, int]:
    """Return the voxels of each region of a dask array of ids with all its descendants, by id.

    Unknown ids stand for themselves; regions without voxels are there with 0.

    Examples
    --------
    >>> import dask.array as da
    >>> ids = da.from_array(np.array([[[315, 0], [315, 997]]]), chunks=1)
    >>> regions = RegionMap.from_dict({"id": 997, "children": [{"id": 315}]})
    >>> dask_counts(ids, regions, VoxelGrid.from_steps((1, 2, 2), 25))
    {997: 3, 315: 2}
    """
    found = dask_statistics(ids, region_map, grid)
    return dict(zip(found.rank_volume.ids[1:].tolist(), found.total.tolist(), strict=True))


def dask_mask(
    ids: Any,
    region_map: RegionMap,
    region: RegionKey | Iterable[RegionKey],
    *,
    direct_only: bool = False,
    hemisphere: str | int | None = None,
    hemisphere_rule: HemisphereRule | None = None,
) -> Any:
    """Return the mask of a region, or of the union of several: a dask array that is not computed.

    Parameters
    ----------
    ids
        ``dask.array.Array`` of region ids.
    region_map
        The hierarchy.
    region
        Id, acronym or exact name, or a collection of them.
    direct_only
        Leave the descendants out.
    hemisphere, hemisphere_rule
        "left" or "right", which goes with what tells sides; None for both.

    Returns
    -------
    ``dask.array.Array`` of booleans with the chunks of ``ids``, true where
    `Atlas.get_structure_mask` is.

    Examples
    --------
    >>> import dask.array as da
    >>> ids = da.from_array(np.array([[[315, 0], [315, 997]]]), chunks=1)
    >>> regions = RegionMap.from_dict({"id": 997, "children": [{"id": 315}]})
    >>> dask_mask(ids, regions, 315).compute().tolist()
    [[[True, False], [True, False]]]
    """
    hemisphere_id = hemisphere_number(hemisphere)
    if hemisphere_id is not None and hemisphere_rule is None:
        raise ArgumentError(f"hemisphere {hemisphere!r} without sides; expected what tells them")
    bits = np.zeros(len(region_map.ids), np.uint8)
    for rank in region_map.ranks_of(region):
        bits[rank : rank + 1 if direct_only else int(region_map.ends[rank])] = (
            hemisphere_id or ALL_SIDES
        )
    bits[0] = 0
    return ids.map_blocks(
        _block_mask,
        region_map.ids,
        bits,
        None if hemisphere_id is None else hemisphere_rule,
        tuple(ids.shape),
        dtype=bool,
        meta=np.empty((0,) * ids.ndim, bool),
    )


@dataclass(frozen=True, eq=False)
class _BlockSums:
    """Sums of some blocks; unknown ids, ascending, have the last rows."""

    unknown: NDArray[np.int64]
    counts: NDArray[np.int64]
    boxes: NDArray[np.int64]
    sums: RegionSums


def _check_shape(ids: Any, grid: VoxelGrid) -> None:
    if tuple(ids.shape) != grid.shape:
        raise ArgumentError(f"annotation of shape {tuple(ids.shape)} on a grid of {grid.shape}")


def _sum_blocks(
    ids: NDArray[Any],
    start: Sequence[int],
    shape: tuple[int, ...],
    region_map: RegionMap,
    hemisphere_rule: HemisphereRule | None,
) -> _BlockSums:
    builder = RankBuilder(region_map, shape, np.uint32)
    ranks = builder.add(start, ids)
    # One block's unknown ids come in ascending order: their ranks are final.
    unknown, _ = builder.finish()
    sums = sums_of_block(ranks, start, shape, len(builder.counts), hemisphere_rule)
    return _BlockSums(unknown, builder.counts, builder.boxes, sums)


def _merge_sums(parts: Sequence[_BlockSums], n_known: int) -> _BlockSums:
    unknown = np.unique(np.concatenate([part.unknown for part in parts]))
    n, ndim = n_known + len(unknown), parts[0].boxes.shape[1]
    counts = np.zeros(n, np.int64)
    lows, highs = np.full((n, ndim), np.iinfo(np.int64).max), np.zeros((n, ndim), np.int64)
    sums = RegionSums.nothing(n, ndim)
    for part in parts:
        strange = n_known + np.searchsorted(unknown, part.unknown)
        rows = np.concatenate([np.arange(n_known), strange])
        counts[rows] += part.counts
        sums.twice[rows] += part.sums.twice
        sums.by_hemisphere[:, rows] += part.sums.by_hemisphere
        there = part.counts > 0
        at, boxes = rows[there], part.boxes[there]
        lows[at] = np.minimum(lows[at], boxes[..., 0])
        highs[at] = np.maximum(highs[at], boxes[..., 1])
    lows[counts == 0] = 0
    return _BlockSums(unknown, counts, np.stack([lows, highs], axis=-1), sums)


def _lazy_ranks(ids: Any, region_map: RegionMap, unknown: NDArray[np.int64]) -> Any:
    every = np.concatenate([region_map.ids, unknown])
    dtype = rank_dtype(len(every))
    return ids.map_blocks(
        _block_ranks, every, dtype, dtype=dtype, meta=np.empty((0,) * ids.ndim, dtype)
    )


def _block_ranks(ids: NDArray[Any], every: NDArray[np.int64], dtype: np.dtype[Any]) -> Any:
    _, ranks = RankTable(every).ranks_of(np.ascontiguousarray(whole_numbers(ids)).reshape(-1))
    return ranks.astype(dtype).reshape(ids.shape)


def _block_mask(
    ids: NDArray[Any],
    known: NDArray[np.int64],
    bits: NDArray[np.uint8],
    hemisphere_rule: HemisphereRule | None,
    shape: tuple[int, ...],
    block_info: Any = None,
) -> NDArray[np.bool_]:
    ranks = _block_ranks(ids, known, np.dtype(np.int64))
    ranks[ranks >= len(known)] = 0  # what the hierarchy does not know is in no region
    told = None
    if hemisphere_rule is not None:
        where = block_info[0]["array-location"]
        told = hemisphere_rule.seen(shape)[tuple(slice(a, b) for a, b in where)]
    return chosen_voxels(bits, ranks, told)
