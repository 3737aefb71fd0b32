"""How much memory a file may ask for."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import DTypeLike

from ..core.errors import AtlasFileError

BUDGET_VARIABLE = "ATLAS_EXPLORER_MAX_BYTES"
SHARE_OF_MEMORY = 0.6
"""An annotation is held twice for a moment (ids and ranks), the ranks at half the size."""


def memory_budget() -> int:
    """Bytes that one volume may take: the environment's setting, or 60 % of the machine's."""
    stated = os.environ.get(BUDGET_VARIABLE, "")
    if stated.isdigit():
        return int(stated)
    import psutil

    return int(psutil.virtual_memory().total * SHARE_OF_MEMORY)


def checked_size(path: Path, shape: Sequence[int], dtype: DTypeLike) -> int:
    """Bytes that a header declares, refused where they exceed the budget.

    Python's integers cannot overflow here, whatever the header says.
    """
    if not shape or any(n <= 0 for n in shape):
        raise AtlasFileError(path, f"axes of {tuple(shape)} voxels", "at least one voxel each")
    needed = math.prod(int(n) for n in shape) * np.dtype(dtype).itemsize
    budget = memory_budget()
    if needed > budget:
        raise AtlasFileError(
            path,
            f"its header declares {_readable(needed)}",
            f"at most {_readable(budget)} (set {BUDGET_VARIABLE} to change this)",
        )
    return needed


def _readable(n: float) -> str:
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if n < 1000 or unit == "TB":
            return f"{n:.0f} {unit}" if unit == "bytes" else f"{n:.3g} {unit}"
        n /= 1000
    raise AssertionError  # the loop always returns
