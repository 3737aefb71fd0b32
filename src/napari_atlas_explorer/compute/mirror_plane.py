"""Mirror plane of an annotation."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

STRIDE = 3
"""Every third row along both other axes is enough to find the plane."""


def mirror(volume: NDArray[Any], axis: int, sum_of_indices: int) -> NDArray[Any]:
    """Mirror image of a volume: voxel ``i`` takes the value of voxel ``sum - i``, 0 outside it.

    A sum of ``n - 1`` is the middle of ``n`` voxels; each step of 1 moves the plane by half a
    voxel.
    """
    result = np.zeros_like(volume, order="C")
    n = volume.shape[axis]
    first, last = max(0, sum_of_indices - n + 1), min(n - 1, sum_of_indices)
    if first <= last:
        target, source = [slice(None)] * volume.ndim, [slice(None)] * volume.ndim
        target[axis] = slice(first, last + 1)
        # The same interval read backwards: `first` and `last` are each other's mirror images.
        source[axis] = slice(last, first - 1 if first else None, -1)
        result[tuple(target)] = volume[tuple(source)]
    return result


def mirror_planes(
    volume: NDArray[Any], axis: int, sum_of_indices: int, planes: slice
) -> NDArray[Any]:
    """Return some planes along axis 0 of what `mirrored` gives; no more than them is read."""
    if axis:
        return mirror(volume[planes], axis, sum_of_indices)
    source = sum_of_indices - np.arange(planes.start, planes.stop)
    inside = (source >= 0) & (source < len(volume))
    result = np.zeros((len(source), *volume.shape[1:]), volume.dtype)
    result[inside] = volume[source[inside]]
    return result


def find_mirror_plane(
    ranks: NDArray[Any], axis: int, near: float, reach: int, partners: NDArray[Any] | None = None
) -> tuple[float, float]:
    """Find the plane across an axis that mirrors most labeled voxels onto their own label.

    Parameters
    ----------
    ranks
        The annotation.
    axis
        The left-right axis.
    near
        Where the plane is expected, in voxel edges from the start of the axis.
    reach
        How far from there it is looked for, in voxels; in steps of half a voxel.
    partners
        Rank on the other side for each rank, where sides have labels of their own.

    Returns
    -------
    The plane (voxel edges; 0.5 is the middle of the first voxel), and the share of labeled
    voxels that it mirrors onto their own label.
    """
    coarse = np.moveaxis(ranks, axis, 0)[:, ::STRIDE, ::STRIDE]
    coarse = np.ascontiguousarray(coarse)
    other = coarse if partners is None else partners[coarse]
    labeled = max(1, int(np.count_nonzero(coarse)))
    expected = round(2 * near) - 1
    best, share = expected, -1.0
    # From the expected plane outwards: of equally good ones the nearest is taken.
    for step in sorted(range(-2 * reach, 2 * reach + 1), key=abs):
        total = expected + step
        agreeing = np.count_nonzero((mirror(other, 0, total) == coarse) & (coarse > 0))
        if agreeing / labeled > share:
            best, share = total, agreeing / labeled
    return (best + 1) / 2, share
