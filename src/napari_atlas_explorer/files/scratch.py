"""Volumes that are worked on: in memory, or in a file without a name where they are large."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ..core.errors import AtlasFileError

IN_MEMORY = 1 << 30
"""Bytes up to which a volume is kept in memory, where nothing else is said."""


def scratch_volume(
    shape: Sequence[int], dtype: DTypeLike, in_memory: int = IN_MEMORY
) -> NDArray[Any]:
    """Zeros to be filled.

    What is larger than ``in_memory`` bytes lies in a temporary file that no one else sees and
    that goes with the array: the system keeps of it in memory what it has room for.

    Raises
    ------
    AtlasFileError
        If the disk of temporary files has no room for it.
    """
    kind = np.dtype(dtype)
    needed = int(np.prod([int(n) for n in shape])) * kind.itemsize
    if needed <= in_memory:
        return np.zeros(tuple(shape), kind)
    folder = tempfile.gettempdir()
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise AtlasFileError(
            folder, f"{free / 1e9:.2g} GB are free",
            f"{needed / 1e9:.2g} GB for a volume that is worked on (TMPDIR names another folder)",
        )  # fmt: skip
    with tempfile.TemporaryFile(prefix="atlas-") as file:
        try:
            # A mapped file that outgrows the disk would end the process, not the call.
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, needed)
        except OSError as exc:
            raise AtlasFileError(folder, f"has no room for {needed / 1e9:.2g} GB ({exc})") from exc
        return np.memmap(file, kind, "r+" if os.fstat(file.fileno()).st_size else "w+",
                         shape=tuple(int(n) for n in shape))  # fmt: skip
