"""Ranks of a large annotation, converted once and then memory-mapped."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from ...core.progress import Progress, ignore_progress
from ...core.regions.rank_volume import RankVolume
from ...core.regions.ranks import RankBuilder, TooManyRanksError
from ...core.regions.region_map import RegionMap
from ...core.space.grid import VoxelGrid
from ...formats.common.blocks import BlockSource
from .converted import (
    finish,
    folder_for,
    is_sound,
    iterate_slabs,
    lock_conversion,
)
from .entries import touch
from .resumable import ResumableFile, create_mapped_file, forget_state

VERSION = 2
"""Goes up when the same file gives other files here."""
RANKS, FACTS = "ranks.npy", "facts.npz"
COARSEST = 256
"""Voxels along the longest axis of the coarsest level, at most."""


def large_annotation(
    source: BlockSource, regions: RegionMap, grid: VoxelGrid, report: Progress = ignore_progress
) -> RankVolume:
    """Return the ranks of an annotation that is too large to be read at once.

    Parameters
    ----------
    source
        Its ids.
    regions, grid
        The hierarchy and the placement.
    report
        Called with the fraction done while they are made; may raise to stop: then the next
        call resumes from there.
    """
    try:
        return _load_ranks(source, regions, grid, np.dtype(np.uint16), report)
    except TooManyRanksError:
        return _load_ranks(source, regions, grid, np.dtype(np.uint32), report)


def coarse_levels(rank_volume: RankVolume) -> list[np.ndarray]:
    """Return coarser copies of cached ranks, the finest first; none for others.

    Each voxel has the rank of the voxel that holds its center; each level is half as fine.
    """
    file = getattr(rank_volume.raw, "filename", None)
    if file is None:
        return []
    folder = Path(file).parent
    return [np.load(p, mmap_mode="r") for p in sorted(folder.glob("level*.npy"))]


def _choose_folder(source: BlockSource, regions: RegionMap, dtype: np.dtype) -> Path:
    hierarchy = hashlib.sha256(regions.ids.tobytes() + regions.parent_ranks.tobytes()).hexdigest()
    return folder_for(source, "ranks", VERSION, dtype.str, hierarchy)


def _load_ranks(
    source: BlockSource, regions: RegionMap, grid: VoxelGrid, dtype: np.dtype, report: Progress
) -> RankVolume:
    folder = _choose_folder(source, regions, dtype)
    if not is_sound(folder):
        voxels = int(np.prod(source.shape))
        with lock_conversion(folder, voxels * dtype.itemsize * 8 // 7, report) as is_needed:
            if is_needed:
                _make_ranks(folder, source, regions, dtype, report)
    touch(folder)
    with np.load(folder / FACTS) as facts:
        unknown, counts, boxes = facts["unknown"], facts["counts"], facts["boxes"]
    ranks = np.load(folder / RANKS, mmap_mode="r")
    return RankVolume(ranks, regions, grid, unknown, counts, boxes)


def _make_ranks(
    folder: Path, source: BlockSource, regions: RegionMap, dtype: np.dtype, report: Progress
) -> None:
    builder = RankBuilder(regions, source.shape, dtype)
    file = ResumableFile(folder / RANKS, source, dtype)
    if file.state:
        builder.restore(file.state)
    ranks = file.array
    for slab, ids in iterate_slabs(source, file.first, report):
        corner = [span.start for span in source.where(slab)]
        file.write(slab, builder.add(corner, ids), builder.state())
    unknown, table = builder.finish()
    planes = max(1, source.thickness if source.axis == 0 else source.shape[0] // 64)
    if table is not None:
        forget_state(folder)  # in place: half of it could not be resumed
        for start in range(0, source.shape[0], planes):
            report(1.0)
            ranks[start : start + planes] = table[ranks[start : start + planes]]
    _write_levels(folder, ranks, planes, report)
    ranks.flush()
    with (folder / FACTS).open("wb") as stream:
        np.savez(stream, unknown=unknown, counts=builder.counts, boxes=builder.boxes)
    finish(folder, source.path)


def _write_levels(folder: Path, ranks: np.ndarray, planes: int, report: Progress) -> None:
    """Write levels of half the size each, until the longest axis is short.

    Each is picked from the finest: picked from each other, levels would drift from the centers
    of their voxels, and from sides and maps that are seen at the same levels.
    """
    level, shape = 0, ranks.shape
    while max(shape) > COARSEST and min(shape) > 1:
        level, shape = level + 1, tuple(n // 2 for n in shape)
        step = 2**level
        out = create_mapped_file(folder / f"level{level}.npy", shape, ranks.dtype)
        picked = ranks[step // 2 :: step, step // 2 :: step, step // 2 :: step]
        picked = picked[tuple(slice(0, n) for n in shape)]
        for start in range(0, shape[0], planes):
            report(1.0)
            out[start : start + planes] = picked[start : start + planes]
        out.flush()
