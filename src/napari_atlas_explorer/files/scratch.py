"""Volumes that are worked on: in memory, or in a file without a name where they are large."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Sequence
from typing import IO, Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ..core.errors import AtlasFileError

IN_MEMORY = 1 << 30
"""Bytes up to which a volume is kept in memory, where nothing else is said."""

NOT_SUPPORTED = (errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS)
"""What file systems say that cannot take room beforehand."""


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
            _fill(file, needed)
            return np.memmap(file, kind, "r+", shape=tuple(int(n) for n in shape))
        except OSError as exc:
            reason = exc.strerror or exc
            raise AtlasFileError(
                folder, f"cannot hold {needed / 1e9:.2g} GB ({reason})",
                "a folder that can (TMPDIR names another)",
            ) from exc  # fmt: skip


def _fill(file: IO[bytes], size: int) -> None:
    """Take the room on the disk: a mapped file that outgrows it would end the process."""
    if hasattr(os, "posix_fallocate"):
        try:
            os.posix_fallocate(file.fileno(), 0, size)
            return
        except OSError as exc:
            if exc.errno not in NOT_SUPPORTED:
                raise
    zeros = bytes(1 << 24)
    for start in range(0, size, len(zeros)):
        file.write(zeros[: size - start])
    file.flush()
