"""Dilation of masks by a distance, slab by slab and in place.

Whether a voxel lies within a distance of a mask depends on the voxels within that distance
alone. So a slab is looked at together with as many planes on both sides as the distance has (its
halo): the nearest voxel, if it is near enough, is among them, and how far exactly a farther one
is does not matter. The answer is that of the whole volume for slabs of any thickness.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import edt
import numpy as np
from numpy.typing import NDArray

from .blocks import Box, occupied_box, planes_at_once, require_memory, slabs, widen_box

WITHIN = 1 + 1e-5
"""What a squared distance may exceed its limit by: edt counts in float32."""

BYTES_PER_VOXEL = 8
"""Of a slab and its halo: the mask, what is asked for, squared distances, and the answer."""


def add_near(
    mask: NDArray[np.bool_],
    filled: Box,
    steps: Sequence[float],
    limit: float,
    thickness: int | None = None,
) -> None:
    """Set, in place, the voxels whose center is at most ``limit`` from that of one in the mask.

    Parameters
    ----------
    mask
        Booleans, three axes.
    filled
        Smallest box that holds all of it.
    steps
        Lengths of the voxel's edges, µm.
    limit
        Distance, µm.
    thickness
        Planes of a slab without its halo; None for as many as the budget allows, but twice the
        halo at least, so that no more than half of the work is done twice.
    """
    reach = _find_reach(steps, limit, mask.shape)
    box = widen_box(filled, reach, mask.shape)
    for own, part, within in _iterate_halos(mask, box, reach[0], thickness):
        inner = occupied_box(part)
        if inner is not None:
            across = widen_box(inner, reach, part.shape)[1:]
            own[:, *across] = _mark_near(part[:, *across], steps, limit)[within]


def keep_rim(
    mask: NDArray[np.bool_],
    filled: Box,
    steps: Sequence[float],
    limit: float,
    inverted: bool = False,
    thickness: int | None = None,
) -> None:
    """Keep, in place, the voxels whose center is at most ``limit`` from that of one outside.

    See `add_near` for the other arguments. The volume's edge is nothing outside.

    Parameters
    ----------
    inverted
        Keep the mask's other voxels instead.
    """
    reach = _find_reach(steps, limit, mask.shape)
    # One voxel around it: of any voxel outside, the nearest in there is as near or nearer.
    box = widen_box(filled, (1, 1, 1), mask.shape)
    for own, part, within in _iterate_halos(mask, box, reach[0], thickness):
        inner = occupied_box(part)
        if inner is not None:
            across = widen_box(inner, (1, 1, 1), part.shape)[1:]
            near = _mark_near(~part[:, *across], steps, limit)[within]
            own[:, *across] &= ~near if inverted else near


def _iterate_halos(
    mask: NDArray[np.bool_], box: Box, halo: int, thickness: int | None
) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.bool_], slice]]:
    """Yield slabs to write, each with its unmodified halo and its place in it."""
    whole = mask[box]
    size = len(whole)
    if thickness is None:
        fitting = planes_at_once(whole.shape, BYTES_PER_VOXEL)
        thickness = size if fitting >= size else max(fitting - 2 * halo, 2 * halo, 1)
    before = whole[:0]
    for planes in slabs(0, size, thickness):
        ahead = whole[planes.start : planes.stop + halo]
        part = np.concatenate([before, ahead]) if len(before) else ahead
        within = slice(len(before), len(before) + planes.stop - planes.start)
        # What is written over is kept for the next slab.
        before = part[max(0, within.stop - halo) : within.stop].copy()
        yield whole[planes], part, within


def _find_reach(steps: Sequence[float], limit: float, shape: Sequence[int]) -> list[int]:
    """Return voxels along each axis that a distance has, at most those of the volume."""
    # A distance beyond the volume's far end reaches no further than that.
    return [math.ceil(min(limit / step, size)) for step, size in zip(steps, shape, strict=True)]


def _mark_near(mask: NDArray[np.bool_], steps: Sequence[float], limit: float) -> NDArray[Any]:
    """Return the voxels of a part whose center is at most ``limit`` from one in the mask."""
    # edt ends the process where memory is refused.
    require_memory(mask.size * BYTES_PER_VOXEL)
    # It gives the distance to the nearest False voxel; infinity where there is none.
    squared = edt.edtsq(np.ascontiguousarray(~mask), anisotropy=tuple(steps), parallel=0)
    return np.asarray(squared <= limit * limit * WITHIN)
