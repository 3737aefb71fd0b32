"""Other libraries on the same annotation, each timing itself in its own environment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from napari_atlas_explorer import Atlas
from tests.conformance.peers import Peer, Remote, answering, interpreter, milliseconds

from .data import RESOLUTION, Data, write_package
from .table import Goal, Row
from .timing import Work, median, once

MILLION = 1_000_000
FEW = 2000
LONG_MS = 5000.0
"""What takes longer is called only twice."""


def rows(data: Data) -> Iterator[Row]:
    """All rows of this module."""
    for name, measure in (
        ("voxcell", voxcell_rows),
        ("allensdk", allensdk_rows),
        ("brainglobe", brainglobe_rows),
    ):
        if interpreter(name).exists():
            with answering(name) as peer:
                yield from measure(peer, data)
        else:
            what = f"lookups and masks beside {name}"
            yield Row(what, None, name="not run: no environment of it, see make conformance")


def voxcell_rows(voxcell: Peer, data: Data) -> Iterator[Row]:
    """Lookups and masks."""
    atlas = data.atlas
    theirs = voxcell.VoxelData(data.ids, RESOLUTION)
    yield from lookups(voxcell, theirs, atlas)
    held = voxcell.Held(theirs, voxcell.RegionMap.from_dict(data.region_map.as_dict()))
    for what, rank, goal in chosen(atlas):
        mask = voxcell.partial(held.get_region_mask, int(data.region_map.ids[rank]), attr="id")
        yield beside(f"mask, {what}", mask_of(atlas, rank), mask, "voxcell", goal)


def lookups(voxcell: Peer, theirs: Remote, atlas: Atlas) -> Iterator[Row]:
    """Region ids at a million positions, and at one."""
    positions = positions_in(atlas, MILLION)
    annotation = atlas.annotation
    call = voxcell.partial(theirs.lookup, positions)
    np.testing.assert_array_equal(annotation.lookup(positions), call())
    what = "a million lookups, µm"
    yield beside(what, lambda: annotation.lookup(positions), call, "voxcell", Goal.faster(2))
    few = list(positions[:FEW])
    call = voxcell.partial(voxcell.each, theirs.lookup, few)
    row = beside("one atlas.at", lambda: [atlas.at(p) for p in few], call, "voxcell lookup")
    yield of_one(row)


def allensdk_rows(allensdk: Peer, data: Data) -> Iterator[Row]:
    """Counts and masks; the peer's masks need its counts, which are made before."""
    atlas, regions = data.atlas, data.region_map
    keys = ("id", "acronym", "name", "structure_id_path", "rgb_triplet")
    structures = [
        {**{key: atlas.structures[i][key] for key in keys}, "structure_set_ids": []}
        for i in regions
    ]
    space = allensdk.ReferenceSpace(allensdk.StructureTree(structures), data.ids, RESOLUTION)
    count = allensdk.partial(allensdk.count_voxels, space)
    for what, ours, goal in (
        ("voxels, places and sides of all regions", atlas.statistics, Goal.faster(20)),
        ("voxels of all regions, from ids", lambda: counted(data), None),
        ("voxels of all regions, atlas open", lambda: atlas.total_voxel_map, None),
    ):
        yield beside(what, ours, count, "AllenSDK total_voxel_map", goal)
    assert atlas.total_voxel_map == {i: int(n) for i, n in space.total_voxel_map.items()}
    for what, rank, goal in chosen(atlas):
        mask = allensdk.partial(space.make_structure_mask, [int(regions.ids[rank])])
        yield beside(f"mask, {what}", mask_of(atlas, rank), mask, "AllenSDK", goal)


def counted(data: Data) -> dict[int, int]:
    """Voxel counts of an atlas that has just been made."""
    return Atlas.from_arrays(data.ids, data.region_map, RESOLUTION).total_voxel_map


def brainglobe_rows(brainglobe: Peer, data: Data) -> Iterator[Row]:
    """One lookup; it has no call for many."""
    atlas = data.atlas
    folder = write_package(data, data.temporary / "peer_25um_v1.0")
    theirs = brainglobe.Atlas(str(folder))
    theirs.structure_from_coords([0, 0, 0])  # which reads the annotation
    few = positions_in(atlas, FEW).tolist()
    bound = brainglobe.partial(theirs.structure_from_coords, microns=True)
    call = brainglobe.partial(brainglobe.each, bound, few)
    name = "BrainGlobe structure_from_coords"
    yield of_one(beside("one atlas.at", lambda: [atlas.at(p) for p in few], call, name))


# ---- how it is measured --------------------------------------------------------------------


def beside(what: str, ours: Work, theirs: Remote, name: str, goal: Goal | None = None) -> Row:
    """Time ours and a peer's call in turns, after one call of each.

    What takes the peer longer than `LONG_MS` is called twice in all, and both count. Ours is
    called several times around each of the peer's calls.
    """
    once(ours)
    first = milliseconds(theirs)
    long = first > LONG_MS
    mine: list[float] = []
    others = [first] if long else []
    for _ in range(1 if long else 3 if first > LONG_MS / 10 else 7):
        mine += [once(ours) for _ in range(3)]
        others.append(milliseconds(theirs))
        mine += [once(ours) for _ in range(3)]
    few = f", {len(others)} calls" if len(others) < 7 else ""
    return Row(what, median(mine), median(others), name + few, goal)


def of_one(row: Row) -> Row:
    """Share of one in `FEW` calls."""
    assert row.ours is not None
    assert row.other is not None
    return Row(row.what, row.ours / FEW, row.other / FEW, row.name, row.goal)


def positions_in(atlas: Atlas, n: int) -> np.ndarray:
    """Positions in the volume, ``(n, 3)`` µm."""
    return np.random.default_rng(0).random((n, 3)) * atlas.shape * RESOLUTION


def mask_of(atlas: Atlas, rank: int) -> Callable[[], Any]:
    """Make the mask of a region with its descendants."""
    region_id = int(atlas.region_map.ids[rank])
    return lambda: atlas.get_structure_mask(region_id)


def chosen(atlas: Atlas) -> list[tuple[str, int, Goal | None]]:
    """Regions of three sizes: a leaf of median size, one of middle size, one near the root."""
    regions, labels = atlas.region_map, atlas.ranks
    totals = labels.total_counts[: len(regions) + 1]
    below = regions.ends - np.arange(len(regions.ends)) - 1
    there = (totals > 0) & (np.arange(len(totals)) > 0)
    leaves = np.flatnonzero(there & (below == 0))
    middle = np.flatnonzero(there & (below >= 31) & (below <= 73))
    near = np.flatnonzero(there & (below > 0) & (totals < totals[1:].max()))
    picked = [
        ("a leaf of median size", int(leaves[np.argsort(totals[leaves])[len(leaves) // 2]]), None),
        ("of middle size", int(middle[np.argmax(totals[middle])]), None),
        ("near the root", int(near[np.argmax(totals[near])]), Goal.faster(100)),
    ]
    return [
        (f"{what} ({regions.acronym_of_rank(rank)}, {below[rank]} below)", rank, goal)
        for what, rank, goal in picked
    ]
