"""How much of a volume is worked on at once: slabs of whole planes along axis 0."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence

import numpy as np

SLAB_VARIABLE = "ATLAS_EXPLORER_SLAB_BYTES"
SLAB_BYTES = 1 << 27
"""Bytes of a block, as stored: 128 MB."""

WORK_SHARE = 4
"""What a step makes of a slab may take four times the bytes of one that is read."""


def slab_bytes() -> int:
    """At most these; the environment variable ``ATLAS_EXPLORER_SLAB_BYTES`` makes them fewer."""
    stated = os.environ.get(SLAB_VARIABLE, "")
    return min(int(stated), SLAB_BYTES) if stated.isdigit() else SLAB_BYTES


def planes_in_slab(shape: Sequence[int], itemsize: int) -> int:
    """Planes along axis 0 of values that take `slab_bytes` at most; 1 or more."""
    return max(1, slab_bytes() // max(1, itemsize * math.prod(shape[1:])))


def planes_at_once(shape: Sequence[int], bytes_per_voxel: int) -> int:
    """Planes along axis 0 for which a step's arrays fit into the budget; 1 or more.

    Parameters
    ----------
    shape
        Of the volume, or of the part of it that is worked on.
    bytes_per_voxel
        All that the step makes for each voxel.
    """
    return max(1, WORK_SHARE * slab_bytes() // max(1, bytes_per_voxel * math.prod(shape[1:])))


def require_memory(size: int) -> None:
    """Ask the system for so many bytes and give them back, before code that cannot be refused.

    Raises
    ------
    MemoryError
        If they are more than this process may have.
    """
    np.empty(size, np.uint8)


def slabs(start: int, stop: int, thickness: int) -> Iterator[slice]:
    """Intervals of at most so many planes, one after the other."""
    for first in range(start, stop, thickness):
        yield slice(first, min(first + thickness, stop))


def slabs_of(shape: Sequence[int], bytes_per_voxel: int) -> Iterator[slice]:
    """All planes of a volume, as many at once as `planes_at_once` says."""
    yield from slabs(0, shape[0], planes_at_once(shape, bytes_per_voxel))
