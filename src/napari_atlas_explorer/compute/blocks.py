"""Block-wise access to volumes: slabs, boxes, runs and predicates."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.text import parse_bytes

# ---- Bounding boxes of masks ---------------------------------------------------------------------

Box = tuple[slice, ...]


def occupied_box(mask: NDArray[np.bool_]) -> Box | None:
    """Return the smallest box that holds every True voxel, None where there is none."""
    box: list[slice] = []
    for axis in range(mask.ndim):
        # What the axes before this one left out is empty and need not be read again.
        part = mask[tuple(box)]
        others = tuple(a for a in range(mask.ndim) if a != axis)
        filled = np.flatnonzero(part.any(axis=others))
        if not len(filled):
            return None
        box.append(slice(int(filled[0]), int(filled[-1]) + 1))
    return tuple(box)


def widen_box(box: Box, margins: Sequence[int], shape: tuple[int, ...]) -> Box:
    """Return the box with more voxels on both sides of each axis, as far as the volume goes."""
    return tuple(
        slice(max(0, span.start - margin), min(size, span.stop + margin))
        for span, margin, size in zip(box, margins, shape, strict=True)
    )


def faces_of(values: NDArray[Any], axes: Sequence[int] = (0, 1, 2)) -> NDArray[Any]:
    """Return all values on the faces of a volume across some of its axes, flat."""
    ends = (np.moveaxis(values, axis, 0)[[0, -1]].ravel() for axis in axes)
    return np.concatenate(list(ends))


# ---- Voxels of runs ------------------------------------------------------------------------------

FEW = 8
"""Voxels of a plane that are less than an eighth of it are set one by one."""


def spread(starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the whole numbers of intervals, one after the other."""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    return np.repeat(starts - (ends - lengths), lengths) + np.arange(total)


def set_runs(
    part: NDArray[np.bool_], starts: NDArray[np.int64], lengths: NDArray[np.int64], value: bool
) -> None:
    """Set the voxels of runs along the last axis to a value, plane by plane.

    Parameters
    ----------
    part
        Three axes, changed in place; it may be seen in a larger volume.
    starts
        Positions of the runs' first voxels in the C order of the part, ascending.
    lengths
        Voxels of each; no run crosses a row.
    value
        What they become.
    """
    width = part.shape[2]
    size = part.shape[1] * width
    planes = starts // max(1, size)
    for plane in np.unique(planes).tolist():
        low, high = np.searchsorted(planes, (plane, plane + 1))
        begins, counts = starts[low:high] - plane * size, lengths[low:high]
        if FEW * int(counts.sum()) < size:
            part[plane][np.divmod(spread(begins, counts), width)] = value
            continue
        # +1 where a run begins and -1 behind its end; where runs touch, these cancel out.
        changes = np.zeros(size + 1, np.int8)
        changes[begins] += 1
        changes[begins + counts] -= 1
        inside = np.add.accumulate(changes[:-1], dtype=np.int8).view(bool)
        part[plane][inside.reshape(part.shape[1:])] = value


# ---- Slabs ---------------------------------------------------------------------------------------

SLAB_VARIABLE = "ATLAS_EXPLORER_SLAB_BYTES"
SLAB_BYTES = 1 << 27
"""Bytes of a block, as stored: 128 MB."""

WORK_SHARE = 4
"""What a step makes of a slab may take four times the bytes of one that is read."""


def slab_bytes() -> int:
    """Return the bytes of a slab; ``ATLAS_EXPLORER_SLAB_BYTES`` lowers them."""
    stated = parse_bytes(os.environ.get(SLAB_VARIABLE, ""))
    return SLAB_BYTES if stated is None else min(stated, SLAB_BYTES)


def planes_in_slab(shape: Sequence[int], itemsize: int) -> int:
    """Return planes along axis 0 of values that take `slab_bytes` at most; 1 or more."""
    return max(1, slab_bytes() // max(1, itemsize * math.prod(shape[1:])))


def planes_at_once(shape: Sequence[int], bytes_per_voxel: int) -> int:
    """Return planes along axis 0 for which a step's arrays fit into the budget; 1 or more.

    Parameters
    ----------
    shape
        Of the volume, or of the part of it that is worked on.
    bytes_per_voxel
        All that the step makes for each voxel.
    """
    return max(1, WORK_SHARE * slab_bytes() // max(1, bytes_per_voxel * math.prod(shape[1:])))


def require_memory(size: int) -> None:
    """Fail early if the system cannot provide this many bytes.

    Raises
    ------
    MemoryError
        If they are more than this process may have.
    """
    np.empty(size, np.uint8)


def slabs(start: int, stop: int, thickness: int) -> Iterator[slice]:
    """Yield the intervals of at most so many planes, one after the other."""
    for first in range(start, stop, thickness):
        yield slice(first, min(first + thickness, stop))


def slabs_of(shape: Sequence[int], bytes_per_voxel: int) -> Iterator[slice]:
    """Yield all planes of a volume, as many at once as `planes_at_once` says."""
    yield from slabs(0, shape[0], planes_at_once(shape, bytes_per_voxel))


# ---- Voxels that satisfy a predicate -------------------------------------------------------------

WORK_BYTES = 12
"""For each voxel of a slab: what the test makes of it, on the large side."""


def positions_where(
    test: Callable[..., NDArray[np.bool_]], *volumes: NDArray[Any]
) -> NDArray[np.int64]:
    """Return the c-order positions of the voxels that pass a test, ascending.

    Parameters
    ----------
    test
        Takes the same planes of each volume, and says of every voxel whether it passes.
    *volumes
        Of one shape; mapped, or only seen, they fill no memory.
    """
    shape = volumes[0].shape
    plane = int(np.prod(shape[1:], dtype=np.int64))
    found = [np.zeros(0, np.int64)]
    for planes in slabs_of(shape, WORK_BYTES):
        passed = test(*[volume[planes] for volume in volumes])
        found.append(np.flatnonzero(passed) + planes.start * plane)
    return np.concatenate(found).astype(np.int64, copy=False)
