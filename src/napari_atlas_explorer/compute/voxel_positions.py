"""Where voxels are of which something holds, a few planes at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .block_budget import slabs_of

WORK_BYTES = 12
"""For each voxel of a slab: what the test makes of it, on the large side."""


def positions_where(
    test: Callable[..., NDArray[np.bool_]], *volumes: NDArray[Any]
) -> NDArray[np.int64]:
    """C-order positions of the voxels that pass a test, ascending.

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
