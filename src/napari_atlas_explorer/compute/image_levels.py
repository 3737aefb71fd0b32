"""Gray-level statistics of images: levels, foreground, gradient at region borders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .contacts import Faces

# ---- Gradient across region borders --------------------------------------------------------------

MOST_FACES = 300_000
"""Faces of each axis that are asked; more tell nothing new."""

PLANES_PER_BLOCK = 8


@dataclass(frozen=True, eq=False)
class BorderGradient:
    """Mean change of the image between neighboring voxels.

    Attributes
    ----------
    at_borders
        Across the faces between two regions.
    elsewhere
        Across the other faces inside the annotation.
    shifted
        Across the faces of the annotation moved by some voxels: ``{(axis, voxels): mean}``.
    """

    at_borders: float
    elsewhere: float
    shifted: dict[tuple[int, int], float]


def border_gradient(
    image: NDArray[Any], ranks: NDArray[Any], faces: tuple[Faces, ...], reach: int
) -> BorderGradient:
    """Ask an image for edges where the annotation has borders.

    Parameters
    ----------
    image, ranks
        C-contiguous, of one shape.
    faces
        The annotation's faces; only those between two regions count, since the surface of a
        brain is so strong an edge that it would hide all others.
    reach
        The annotation is moved by 1 to ``reach`` voxels along each axis, both ways.
    """
    shape, flat = image.shape, image.reshape(-1)
    inner = [_sample_faces(one) for one in faces]
    total, number = 0.0, 0
    for one in faces:
        change, n = _measure_inside(image, ranks, one.axis)
        total, number = total + change, number + n
    borders = [
        _measure_across(flat, lower, one.stride) for lower, one in zip(inner, faces, strict=True)
    ]
    weights = [int(((f.before > 0) & (f.behind > 0)).sum()) for f in faces]
    n_borders = sum(weights)
    at_borders = _mean(borders, weights)
    rest = max(1, number - n_borders)
    shifted = {}
    for axis in range(len(shape)):
        for step in (s for k in range(1, reach + 1) for s in (-k, k)):
            moved = []
            for lower, one in zip(inner, faces, strict=True):
                at = lower // faces[axis].stride % shape[axis]
                stop = shape[axis] - (1 if axis == one.axis else 0)
                kept = lower[(at + step >= 0) & (at + step < stop)]
                moved.append(_measure_across(flat, kept + step * faces[axis].stride, one.stride))
            shifted[axis, step] = _mean(moved, weights)
    return BorderGradient(at_borders, (total - at_borders * n_borders) / rest, shifted)


def _sample_faces(faces: Faces) -> NDArray[np.int64]:
    lower = faces.lower[(faces.before > 0) & (faces.behind > 0)]
    return lower[:: max(1, len(lower) // MOST_FACES)]


def _measure_across(
    flat: NDArray[Any], lower: NDArray[np.int64], stride: int
) -> NDArray[np.float64]:
    return np.asarray(np.abs(flat[lower + stride].astype(np.float64) - flat[lower]))


def _mean(changes: list[NDArray[np.float64]], weights: list[int]) -> float:
    """Mean over the axes, each with the number of its faces."""
    means = [c.mean() if len(c) else 0.0 for c in changes]
    return float(np.dot(means, weights) / max(1, sum(weights)))


def _measure_inside(image: NDArray[Any], ranks: NDArray[Any], axis: int) -> tuple[float, int]:
    """Sum of the changes along an axis between labeled voxels, and their number."""
    total, number = 0.0, 0
    for first in range(0, len(image), PLANES_PER_BLOCK):
        # Across axis 0 a block begins with the last plane of the one before.
        start = max(0, first - 1) if axis == 0 else first
        block = image[start : first + PLANES_PER_BLOCK].astype(np.float32)
        within = np.moveaxis(ranks[start : first + PLANES_PER_BLOCK] > 0, axis, 0)
        both = within[1:] & within[:-1]
        change = np.abs(np.diff(np.moveaxis(block, axis, 0), axis=0))
        total += float(change.sum(where=both, dtype=np.float64))
        number += int(np.count_nonzero(both))
    return total, number


# ---- Gray levels and foreground ------------------------------------------------------------------

VOXELS_PER_BLOCK = 1 << 22

MOST_LEVELS = 1 << 16

BINS = 256
BRIGHTEST = 0.998
"""Share of the voxels below the top of the range in which the foreground is looked for."""

SURE = 20
"""Voxels that a level's neighbors have on average where its absence cannot be chance: an
expectation of 20 leaves a level empty once in 500 million."""

TAIL = 0.01
"""Share of the voxels at either end of the range whose levels are not asked."""

WINDOW = 4
"""Levels on either side that are asked for this average."""


@dataclass(frozen=True, eq=False)
class GrayLevels:
    """Number of voxels of each value.

    Attributes
    ----------
    levels
        ``(n,)`` values that occur, ascending; of a sample where the image is not of whole
        numbers in a range of `MOST_LEVELS`.
    counts, inside
        ``(n,)`` voxels of each in the image, and within the annotation.
    whole
        Whether every voxel was counted.
    """

    levels: NDArray[np.float64]
    counts: NDArray[np.int64]
    inside: NDArray[np.int64]
    whole: bool


def gray_levels(image: NDArray[Any], ranks: NDArray[Any]) -> GrayLevels:
    """Count the values of an image ``(n0, n1, n2)`` in the volume and where ``ranks`` is not 0."""
    flat, labels = image.reshape(-1), ranks.reshape(-1)
    if np.issubdtype(flat.dtype, np.integer) and flat.size:
        low, high = int(flat.min()), int(flat.max())
        if high - low < MOST_LEVELS:
            return _count_levels(flat, labels, low, high - low + 1)
    step = max(1, flat.size // VOXELS_PER_BLOCK)
    sample, labeled = flat[::step], labels[::step] > 0
    finite = np.isfinite(sample)
    sample, labeled = sample[finite].astype(np.float64), labeled[finite]
    levels, which = np.unique(sample, return_inverse=True)
    counts = np.bincount(which, minlength=len(levels))
    inside = np.bincount(which[labeled], minlength=len(levels))
    return GrayLevels(levels, counts, inside, step == 1)


def _count_levels(flat: NDArray[Any], labels: NDArray[Any], low: int, n: int) -> GrayLevels:
    counts, inside = np.zeros(n, np.int64), np.zeros(n, np.int64)
    for start in range(0, flat.size, VOXELS_PER_BLOCK):
        part = flat[start : start + VOXELS_PER_BLOCK]
        # Half of a volume is background; what is inside is counted apart from the rest.
        labeled = labels[start : start + VOXELS_PER_BLOCK] > 0
        within = np.bincount(part[labeled].astype(np.int64) - low, minlength=n)
        inside += within
        counts += within + np.bincount(part[~labeled].astype(np.int64) - low, minlength=n)
    used = np.flatnonzero(counts)
    return GrayLevels((used + low).astype(np.float64), counts[used], inside[used], True)


def foreground_threshold(levels: GrayLevels) -> float:
    """Return the value above which a voxel is foreground.

    A quarter of the way from the mean of what Otsu's cut calls dark to that of what it calls
    bright: Otsu's own, about half the way, cuts off the rim of a brain, which fades.
    """
    cut = otsu_threshold(levels)
    dark = levels.levels <= cut
    if not dark.any() or dark.all():
        return float("nan")
    low = np.average(levels.levels[dark], weights=levels.counts[dark])
    high = np.average(levels.levels[~dark], weights=levels.counts[~dark])
    return float(low + (high - low) / 4)


def otsu_threshold(levels: GrayLevels) -> float:
    """Cut that leaves the least variance within the two parts, up to the 99.8th percent.

    Otsu (1979, IEEE Transactions on Systems, Man, and Cybernetics 9, 62-66). NaN for an image
    of one value.
    """
    running = np.cumsum(levels.counts)
    if len(levels.levels) < 2:
        return float("nan")
    top = levels.levels[np.searchsorted(running, BRIGHTEST * running[-1])]
    low = levels.levels[0]
    if top <= low:
        top = levels.levels[-1]
    values = np.minimum(levels.levels, top)
    counts, edges = np.histogram(values, BINS, (low, top), weights=levels.counts)
    centers = (edges[1:] + edges[:-1]) / 2
    below, total = np.cumsum(counts), counts.sum()
    sums = np.cumsum(counts * centers)
    with np.errstate(invalid="ignore", divide="ignore"):
        between = (sums[-1] * below - total * sums) ** 2 / (below * (total - below))
    between = np.where(np.isfinite(between), between, -1)
    # Where empty bins part two populations, many cuts are equally good: their middle.
    best = np.flatnonzero(between >= between.max() * (1 - 1e-12))
    return float((edges[best[0] + 1] + edges[best[-1] + 1]) / 2)


def common_step(levels: GrayLevels) -> int:
    """Return the greatest common step of integer levels; 0 if not integers.

    1 is what an image has that was not multiplied.
    """
    if len(levels.levels) < 2 or not np.array_equal(np.rint(levels.levels), levels.levels):
        return 0
    return int(np.gcd.reduce(np.diff(levels.levels).astype(np.int64)))


def missing_levels(levels: GrayLevels, step: int) -> NDArray[np.float64]:
    """Return the levels that no voxel has although their neighbors are common: the gaps of a comb.

    Parameters
    ----------
    levels
        What occurs.
    step
        Distance of neighboring levels, see `common_step`.
    """
    if step < 1:
        return np.zeros(0)
    first = levels.levels[0]
    at = ((levels.levels - first) / step).astype(np.int64)
    counts = np.zeros(int(at[-1]) + 1)
    counts[at] = levels.counts
    # Both sides must be common: an image may well end, or have a black of its own.
    sums = np.concatenate([np.zeros(1), np.cumsum(counts)])
    k = np.arange(len(counts))
    before = (sums[k] - sums[np.maximum(k - WINDOW, 0)]) / WINDOW
    stop = np.minimum(k + 1 + WINDOW, len(counts))
    behind = (sums[stop] - sums[k + 1]) / WINDOW
    # The tails thin out, all the sooner where an image was enlarged by repeating its voxels.
    central = (sums[1:] > TAIL * sums[-1]) & (sums[:-1] < (1 - TAIL) * sums[-1])
    gaps = (counts == 0) & (before >= SURE) & (behind >= SURE) & central
    return np.asarray(first + step * np.flatnonzero(gaps), dtype=np.float64)
