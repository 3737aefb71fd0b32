"""Images and points, region by region, beside SciPy and a plain count."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import ndimage

from napari_atlas_explorer import Atlas, VoxelData
from napari_atlas_explorer.analysis.points.border_distance import border_distances
from napari_atlas_explorer.analysis.points.counts import count_points, place_points
from napari_atlas_explorer.analysis.points.frames import likely_frames, plausibility
from napari_atlas_explorer.analysis.values.images import region_values
from napari_atlas_explorer.core.space.hemispheres import HemisphereRule, brainglobe_symmetric

from .data import RESOLUTION, Data
from .table import Goal, Row
from .timing import alternate, median

MILLION = 1_000_000


def rows(data: Data) -> Iterator[Row]:
    """All rows of this module."""
    sides = brainglobe_symmetric(2, data.atlas.shape[2])
    yield from images(data.atlas, sides)
    yield from points(data.atlas, sides)


def images(atlas: Atlas, sides: HemisphereRule) -> Iterator[Row]:
    """Statistics of an image over every region, of its own voxels and with descendants."""
    labels, rng = atlas.ranks, np.random.default_rng(0)
    raw = rng.integers(0, 60_000, labels.raw.shape).astype(np.uint16)
    single = VoxelData(raw.astype(np.float32), RESOLUTION)
    numbers = np.arange(labels.n_ranks)
    what = "mean, sum, least, greatest, count per region"

    def ours(volume: VoxelData, medians: bool) -> object:
        return region_values(labels, volume, median=medians)

    def peer() -> object:
        functions = (ndimage.mean, ndimage.minimum, ndimage.maximum)
        return [function(raw, labels.raw, numbers) for function in functions]

    whole = VoxelData(raw, RESOLUTION)
    ours_ms, peer_ms = alternate(lambda: ours(whole, False), peer, repeats=1)
    name = "ndimage.mean, minimum, maximum, own voxels alone"
    yield Row(f"{what}, uint16", median(ours_ms), median(peer_ms), name, Goal.ms(1000))
    (ours_ms,) = alternate(lambda: ours(single, False), repeats=3)
    yield Row(f"{what}, float32", median(ours_ms), goal=Goal.ms(1000))
    (ours_ms,) = alternate(lambda: region_values(labels, single, sides, median=False), repeats=3)
    yield Row(f"{what}, float32, per side", median(ours_ms), goal=Goal.ms(1000))
    other = VoxelData(single.raw[::2, ::2, ::2].copy(), [2 * r for r in RESOLUTION])
    (ours_ms,) = alternate(lambda: ours(other, False), repeats=3)
    yield Row(f"{what}, sampled from 50 µm", median(ours_ms), goal=Goal.ms(1000))
    ours_ms, peer_ms = alternate(
        lambda: ours(whole, True),
        lambda: ndimage.median(raw, labels.raw, numbers),
        repeats=1,
        warm_up=0,
    )
    name = "ndimage.median, own voxels alone"
    yield Row("the same with medians, uint16", median(ours_ms), median(peer_ms), name)


def points(atlas: Atlas, sides: HemisphereRule) -> Iterator[Row]:
    """A million points in the brain."""
    labels, rng = atlas.ranks, np.random.default_rng(0)
    voxels = np.argwhere(labels.raw[::4, ::4, ::4]) * 4
    chosen = voxels[rng.integers(0, len(voxels), MILLION)] + rng.uniform(0, 4, (MILLION, 3))
    microns = chosen * RESOLUTION
    ranks = labels.raw

    def floor() -> object:
        i, j, k = (microns / RESOLUTION).astype(np.intp).T
        return np.bincount(ranks[i, j, k], minlength=labels.n_ranks)

    def counted() -> object:
        return count_points(labels, sides, place_points(labels, sides, microns))

    microns = microns[(chosen < ranks.shape).all(axis=1)]
    ours_ms, floor_ms = alternate(counted, floor, repeats=5)
    name = "ranks[i, j, k], bincount"
    yield Row(
        "a million points per region and side",
        median(ours_ms),
        median(floor_ms),
        name,
        Goal.ms(500),
    )
    frames = likely_frames(units=("um", "mm"))
    (ours_ms,) = alternate(lambda: plausibility(microns, labels, frames), repeats=5)
    yield Row(f"share inside the brain of {len(frames)} choices, a million points", median(ours_ms))
    placed = place_points(labels, sides, microns[:: MILLION // 100_000])
    (ours_ms,) = alternate(lambda: border_distances(labels, placed), repeats=1, warm_up=0)
    yield Row("distance to the border of 100,000 points", median(ours_ms))
