"""Ranks, masks, lookups and the hierarchy: NumPy alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import numpy as np

from napari_atlas_explorer import Atlas, RegionMap, ROIMask
from napari_atlas_explorer.core.regions.rank_volume import RankVolume

from .data import RESOLUTION, Data
from .table import Goal, Row
from .timing import alternate, median, once

MILLION = 1_000_000


def rows(data: Data) -> Iterator[Row]:
    """All rows of this module."""
    yield from ranks(data)
    yield from masks(data.atlas)
    yield from lookups(data.atlas)
    yield from hierarchy(data)


def ranks(data: Data) -> Iterator[Row]:
    """Turning ids into ranks."""
    ids, region_map, grid = data.ids, data.region_map, data.atlas.grid
    known = np.sort(region_map.ids[1:])
    order = (np.argsort(region_map.ids[1:], kind="stable") + 1).astype(np.uint16)
    known = known.astype(ids.dtype)

    def searched() -> np.ndarray:
        return order[np.minimum(np.searchsorted(known, ids.ravel()), len(known) - 1)]

    def ours() -> RankVolume:
        return RankVolume.from_ids(ids, region_map, grid)

    ours_ms, copy_ms = alternate(ours, ids.copy, repeats=7)
    mine, peer_ms = alternate(ours, searched, repeats=3, warm_up=0)
    goal = Goal.ms(200)
    yield Row("ranks from ids", median(ours_ms), median(copy_ms), "copy of the volume", goal)
    yield Row(
        "ranks from ids", median(mine), median(peer_ms), "searchsorted + take", Goal.faster(1)
    )


def masks(atlas: Atlas) -> Iterator[Row]:
    """A region with all its descendants, at four sizes."""
    ranks, regions, labels = atlas.ranks.raw, atlas.region_map, atlas.ranks
    totals = labels.total_counts[: len(regions) + 1]
    below = regions.ends - np.arange(len(regions.ends)) - 1
    parents = np.flatnonzero((below > 0) & (totals > 0))
    near = parents[totals[parents] < totals[1:].max()]  # below what holds everything
    near = near if len(near) else parents
    near_root = int(near[np.argmax(totals[near])])
    middle = parents[(below[parents] >= 31) & (below[parents] <= 73)]
    middle = middle if len(middle) else parents
    mid_size = int(middle[np.argmax(totals[middle])])
    leaves = np.flatnonzero((below == 0) & (totals > 0))
    leaves = leaves[leaves > 0]
    leaf = int(leaves[np.argsort(totals[leaves])[len(leaves) // 2]])

    def mask_of(rank: int) -> Callable[[], ROIMask]:
        return lambda: atlas.get_structure_mask(int(regions.ids[rank]))

    def floor() -> np.ndarray:
        return ranks != 0

    # Every region once, the five slowest again: "any region" is the design's word.
    first = [once(mask_of(rank)) for rank in parents.tolist()]
    suspects = parents[np.argsort(first)[-5:]].tolist()
    again = {r: median(alternate(mask_of(r), floor, repeats=5)[0]) for r in suspects}
    slowest = max(again, key=lambda r: again[r])

    floor_name = "u16 != 0"
    for rank, what, goal in (
        (near_root, "near the root", Goal.ratio(1.5)),
        (mid_size, "of middle size", Goal.ratio(1.5)),
        (slowest, f"the slowest of {len(parents)}", Goal.ratio(1.5)),
        (leaf, "a leaf of median size", Goal.ms(1)),
    ):
        ours_ms, floor_ms = alternate(mask_of(rank), floor, repeats=15)
        label = f"mask, {what} ({regions.acronym_of_rank(rank)}, {below[rank]} below)"
        yield Row(label, median(ours_ms), median(floor_ms), floor_name, goal)

    warm = median(alternate(mask_of(leaf), repeats=31)[0])
    what = f"mask, a leaf of median size ({regions.acronym_of_rank(leaf)}), again and again"
    yield Row(what, warm, goal=Goal.ms(1))

    ids = atlas.annotation.raw
    wanted = regions.ids[mid_size : int(regions.ends[mid_size])].astype(ids.dtype)
    ours_ms, peer_ms = alternate(
        mask_of(mid_size), lambda: np.isin(ids, wanted), repeats=3, warm_up=0
    )
    what = f"mask, of middle size ({regions.acronym_of_rank(mid_size)})"
    yield Row(what, median(ours_ms), median(peer_ms), "np.isin of the ids", None)


def lookups(atlas: Atlas) -> Iterator[Row]:
    """One position and a million."""
    rng = np.random.default_rng(0)
    voxels = rng.integers(0, atlas.shape, (MILLION, 3))
    inner = voxels + rng.random((MILLION, 3))
    microns = inner * RESOLUTION
    ranks = atlas.ranks.raw

    def floor() -> np.ndarray:
        return ranks[voxels[:, 0], voxels[:, 1], voxels[:, 2]]

    for what, ours in (
        ("a million structure_from_coords, voxels", lambda: atlas.structure_from_coords(inner)),
        (
            "a million structure_from_coords, µm",
            lambda: atlas.structure_from_coords(microns, microns=True),
        ),
    ):
        ours_ms, floor_ms = alternate(ours, floor, repeats=7)
        yield Row(what, median(ours_ms), median(floor_ms), "ranks[i, j, k]")

    few, many = microns[:2000].tolist(), [tuple(v) for v in voxels[:2000].tolist()]
    ours_ms, floor_ms = alternate(
        lambda: [atlas.at(p) for p in few], lambda: [ranks[v] for v in many], repeats=9
    )
    n = len(few)
    yield Row("one atlas.at", median(ours_ms) / n, median(floor_ms) / n, "one ranks[i, j, k]")


def hierarchy(data: Data) -> Iterator[Row]:
    """Parsing nested JSON."""
    path = data.ontology
    ours_ms, floor_ms = alternate(
        lambda: RegionMap.load_json(path), lambda: json.loads(path.read_bytes()), repeats=21
    )
    n = len(RegionMap.load_json(path))
    yield Row(
        f"hierarchy of {n:,} regions".replace(",", " "),
        median(ours_ms),
        median(floor_ms),
        "json.loads",
        Goal.ms(20),
    )
