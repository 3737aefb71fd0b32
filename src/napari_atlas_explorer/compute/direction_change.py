"""Directions of an orientation field, and their local deviation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.orientation_field import INT8_SCALE
from .blocks import occupied_box

PLANES_PER_BLOCK = 8

LEAST_LENGTH = 1e-6
"""Below it, a sum of unit vectors has cancelled."""

ORDERS = {"w, x, y, z": (0, 1, 2, 3), "x, y, z, w": (3, 0, 1, 2)}
"""Where w, x, y and z stand in a quaternion of either order."""


def field_norms(raw: NDArray[Any]) -> NDArray[np.float32]:
    """Return ``(n0, n1, n2)`` lengths of quaternions or vectors; int8 is divided by 127."""
    result = np.empty(raw.shape[:-1], np.float32)
    unit = np.float32(INT8_SCALE if raw.dtype == np.int8 else 1)
    for k, plane in enumerate(raw):
        values = plane.astype(np.float32)
        result[k] = np.sqrt(np.einsum("...k,...k->...", values, values)) / unit
    return result


def directions(raw: NDArray[Any], order: str = "w, x, y, z") -> NDArray[np.float32]:
    """Return the unit direction of each voxel: its vector, or its local y axis.

    Parameters
    ----------
    raw
        ``(..., 3)`` vectors or ``(..., 4)`` quaternions.
    order
        One of `ORDERS`.

    Returns
    -------
    ``(3, ...)``, the component first: arrays of one component are added and multiplied three
    times as fast. Zeros where there is no direction.
    """
    parts = [raw[..., k].astype(np.float32) for k in range(raw.shape[-1])]
    square = sum(p * p for p in parts)
    usable = np.isfinite(square) & (square > 0)
    result = np.empty((3, *raw.shape[:-1]), np.float32)
    # Lengths are divided out at once, whatever they are: of int8, or not quite 1.
    if len(parts) == 3:
        scale = np.where(usable, 1 / np.sqrt(np.where(usable, square, 1)), 0)
        for k, part in enumerate(parts):
            np.multiply(part, scale, out=result[k])
    else:
        w, x, y, z = (parts[k] for k in ORDERS[order])
        scale = np.where(usable, 2 / np.where(usable, square, 1), 0)
        result[0] = (x * y - w * z) * scale
        result[1] = usable - (x * x + z * z) * scale
        result[2] = (y * z + w * x) * scale
    result[:, ~usable] = 0
    return result


def neighbor_angles(raw: NDArray[Any], ranks: NDArray[Any]) -> NDArray[np.float32]:
    """Return the angle of each direction to the mean of its region's neighbors.

    Parameters
    ----------
    raw
        ``(n0, n1, n2, 3 or 4)``.
    ranks
        The annotation, ``(n0, n1, n2)``.

    Returns
    -------
    Degrees, ``(n0, n1, n2)``; NaN outside regions, where a voxel has no direction, or where
    none of its neighbors has, or they cancel.
    """
    result = np.full(ranks.shape, np.nan, np.float32)
    for first, low, high in _iterate_blocks(len(ranks)):
        box = occupied_box(ranks[low:high] > 0)
        if box is None:
            continue
        planes = (slice(low + box[0].start, low + box[0].stop), *box[1:])
        labels = ranks[planes]
        own = directions(raw[planes])
        around = np.zeros_like(own)
        for axis in range(3):
            before, behind = [slice(None)] * 3, [slice(None)] * 3
            before[axis], behind[axis] = slice(None, -1), slice(1, None)
            b, a = tuple(before), tuple(behind)
            same = labels[a] == labels[b]
            for mine, sums in zip(own, around, strict=True):
                sums[b] += mine[a] * same
                sums[a] += mine[b] * same
        angle = angles(own, around)
        start, stop = max(first, planes[0].start), min(first + PLANES_PER_BLOCK, planes[0].stop)
        if start < stop:
            kept = slice(start - planes[0].start, stop - planes[0].start)
            result[(slice(start, stop), *box[1:])] = np.where(labels[kept] > 0, angle[kept], np.nan)
    return result


def depth_angles(
    raw: NDArray[Any], depth: NDArray[Any], matrix: NDArray[np.float64], order: str, every: int = 1
) -> NDArray[np.float32]:
    """Return the angle of each direction to the gradient of depth.

    Parameters
    ----------
    raw
        ``(n0, n1, n2, 3 or 4)``.
    depth
        ``(n0, n1, n2)`` distance, such as that of placement hints.
    matrix
        ``(3, 3)`` the grid's steps along each axis as columns, µm.
    order
        Of quaternions, one of `ORDERS`.
    every
        Work out one block of planes in so many; the others stay NaN.

    Returns
    -------
    Degrees, NaN without a direction or a gradient.
    """
    result = np.full(depth.shape, np.nan, np.float32)
    inverse = np.linalg.inv(matrix)
    for first, low, high in list(_iterate_blocks(len(depth)))[::every]:
        stop = min(first + PLANES_PER_BLOCK, len(depth))
        own = directions(raw[first:stop], order)
        if not own.any():
            continue
        block = depth[low:high].astype(np.float32)
        inner = slice(first - low, stop - low)
        steps = [
            np.gradient(block, axis=a)[inner] if block.shape[a] > 1 else 0 * block[inner]
            for a in range(3)
        ]
        # From differences per voxel to a slope in the world: by the inverse's transpose.
        slope = [
            sum(steps[a] * np.float32(inverse[a, k]) for a in range(3) if inverse[a, k])
            for k in range(3)
        ]
        result[first:stop] = angles(own, np.stack(slope))
    return result


def angles(a: NDArray[Any], b: NDArray[Any]) -> NDArray[np.float32]:
    """Return the angles between vectors ``(3, ...)``, degrees; NaN for zero."""
    lengths = np.sqrt(_multiply(a, a) * _multiply(b, b))
    usable = np.isfinite(lengths) & (lengths > LEAST_LENGTH)
    cosine = _multiply(a, b) / np.where(usable, lengths, 1)
    with np.errstate(invalid="ignore"):
        found = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
    return np.where(usable, found, np.nan).astype(np.float32)


def _multiply(a: NDArray[Any], b: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(a[0] * b[0] + a[1] * b[1] + a[2] * b[2])


def _iterate_blocks(n: int) -> Iterator[tuple[int, int, int]]:
    """Yield the first plane of each block, and first and last with one neighbor on both sides."""
    for first in range(0, n, PLANES_PER_BLOCK):
        yield first, max(0, first - 1), min(n, first + PLANES_PER_BLOCK + 1)
