"""How much an image changes across the borders of an annotation, also of a shifted one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .label_contacts import Faces

MOST_FACES = 300_000
"""Faces of each axis that are asked; more tell nothing new."""

PLANES_PER_BLOCK = 8


@dataclass(frozen=True, eq=False)
class BorderGradient:
    """Mean change of the image between neighbouring voxels.

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
    inner = [_sample(one) for one in faces]
    total, number = 0.0, 0
    for one in faces:
        change, n = _inside(image, ranks, one.axis)
        total, number = total + change, number + n
    borders = [_across(flat, lower, one.stride) for lower, one in zip(inner, faces, strict=True)]
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
                moved.append(_across(flat, kept + step * faces[axis].stride, one.stride))
            shifted[axis, step] = _mean(moved, weights)
    return BorderGradient(at_borders, (total - at_borders * n_borders) / rest, shifted)


def _sample(faces: Faces) -> NDArray[np.int64]:
    lower = faces.lower[(faces.before > 0) & (faces.behind > 0)]
    return lower[:: max(1, len(lower) // MOST_FACES)]


def _across(flat: NDArray[Any], lower: NDArray[np.int64], stride: int) -> NDArray[np.float64]:
    return np.asarray(np.abs(flat[lower + stride].astype(np.float64) - flat[lower]))


def _mean(changes: list[NDArray[np.float64]], weights: list[int]) -> float:
    """Mean over the axes, each with the number of its faces."""
    means = [c.mean() if len(c) else 0.0 for c in changes]
    return float(np.dot(means, weights) / max(1, sum(weights)))


def _inside(image: NDArray[Any], ranks: NDArray[Any], axis: int) -> tuple[float, int]:
    """Sum of the changes along an axis between labelled voxels, and their number."""
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
