"""Volumes read block by block, an LRU cache of blocks, and scratch volumes on disk."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import IO, Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ...compute.blocks import slab_bytes
from ...core.errors import AtlasError, AtlasFileError

# ---- Scratch volumes: in memory, or in an anonymous file where large -----------------------------

IN_MEMORY = 1 << 30
"""Bytes up to which a volume is kept in memory, by default."""

NOT_SUPPORTED = (errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS)
"""Errors of file systems that cannot allocate space in advance."""


def scratch_volume(
    shape: Sequence[int], dtype: DTypeLike, in_memory: int = IN_MEMORY
) -> NDArray[Any]:
    """Return a volume of zeros to be filled.

    A volume larger than ``in_memory`` bytes is in an anonymous temporary file that is removed
    with the array; the system caches what fits into memory.

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
            folder,
            f"{free / 1e9:.2g} GB are free",
            f"{needed / 1e9:.2g} GB for a temporary volume (TMPDIR names another folder)",
        )
    with tempfile.TemporaryFile(prefix="atlas-") as file:
        try:
            _allocate_file(file, needed)
            return np.memmap(file, kind, "r+", shape=tuple(int(n) for n in shape))
        except OSError as exc:
            reason = exc.strerror or exc
            raise AtlasFileError(
                folder,
                f"cannot hold {needed / 1e9:.2g} GB ({reason})",
                "a folder that can (TMPDIR names another)",
            ) from exc


def _allocate_file(file: IO[bytes], size: int) -> None:
    """Allocate the space on disk: a mapped file that outgrows it would crash the process."""
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


# ---- LRU cache of blocks, bounded by bytes -------------------------------------------------------

KEPT_BYTES = 1 << 29
"""Half a gigabyte: the blocks that one plane of a 10 µm mouse brain crosses along any axis
(at most 0.4 · 10⁹ bytes as uint16)."""


class BlockCache:
    """LRU cache of blocks, bounded by bytes.

    Parameters
    ----------
    most
        Bytes of all blocks together.
    """

    def __init__(self, most: int = KEPT_BYTES) -> None:
        self._most, self._bytes = most, 0
        self._blocks: OrderedDict[Hashable, NDArray[Any]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, read: Callable[[], NDArray[Any]]) -> NDArray[Any]:
        """Return the block of a key, cached or read; not to be written into. Thread-safe."""
        with self._lock:
            if key in self._blocks:
                self._blocks.move_to_end(key)
                return self._blocks[key]
        block = read()
        block.flags.writeable = False
        with self._lock:
            if key not in self._blocks:  # another thread was quicker
                self._blocks[key] = block
                self._bytes += block.nbytes
            while self._bytes > self._most:
                self._bytes -= self._blocks.popitem(last=False)[1].nbytes
        return block


# ---- Errors while a volume is drawn --------------------------------------------------------------

ErrorCallback = Callable[[AtlasError], None]
"""Called with the first error of a part that cannot be read, in the thread that reads it."""


class FirstErrorReporter:
    """Error callback that reports only the first: a damaged volume has many."""

    def __init__(self, report: ErrorCallback) -> None:
        self._report, self._lock = report, Lock()

    def __call__(self, error: AtlasError) -> None:
        """Report an error if it is the first; thread-safe."""
        if self._lock.acquire(blocking=False):  # never released
            self._report(error)


# ---- Volumes read block by block -----------------------------------------------------------------


@dataclass(frozen=True)
class BlockSource:
    """Volume on disk that is read in slabs.

    Attributes
    ----------
    path
        The file, or folder of a Zarr array.
    shape, dtype
        Of the values.
    axis
        Along which slabs follow each other: the slowest in the file.
    thickness
        Planes of a slab; the last may have fewer.
    read
        Gives the slabs from a given one on, in their order.
    mapped
        Maps the values into memory, where the file stores them uncompressed; None
        where it does not.
    seen
        Opens a lazy array, which reads on indexing (Zarr).
    """

    path: Path
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    axis: int
    thickness: int
    read: Callable[[int], Iterator[NDArray[Any]]]
    mapped: Callable[[], NDArray[Any]] | None = None
    seen: Callable[[], Any] | None = None

    def value_at(self, index: tuple[int, ...]) -> Any:
        """Read one voxel from a mapped file or chunk; None where the whole file would be read."""
        look = self.mapped or self.seen
        return None if look is None else look()[index]

    @property
    def has_fast_lookup(self) -> bool:
        """Whether `value_at` can answer."""
        return self.mapped is not None or self.seen is not None

    @property
    def n_slabs(self) -> int:
        """Number of slabs."""
        return -(-self.shape[self.axis] // self.thickness)

    @property
    def is_mapped_in_order(self) -> bool:
        """Whether the file can be mapped with axis 0 slowest."""
        return self.mapped is not None and self.axis == 0

    def where(self, slab: int) -> tuple[slice, ...]:
        """Return the place of a slab in the volume."""
        first = slab * self.thickness
        planes = slice(first, min(first + self.thickness, self.shape[self.axis]))
        return (
            *[slice(0, n) for n in self.shape[: self.axis]],
            planes,
            *[slice(0, n) for n in self.shape[self.axis + 1 :]],
        )


def thickness_for(shape: Sequence[int], axis: int, itemsize: int, multiple: int = 1) -> int:
    """Return how many planes make about `slab_bytes`, rounded to a multiple where possible."""
    plane = itemsize * int(np.prod([n for k, n in enumerate(shape) if k != axis]))
    planes = max(1, min(slab_bytes() // max(plane, 1), shape[axis]))
    return max(multiple, planes - planes % multiple)


def map_slabs(
    values: Callable[[], NDArray[Any]], axis: int, thickness: int
) -> Callable[[int], Iterator[NDArray[Any]]]:
    """Return the slabs of memory-mapped values, in native byte order."""

    def read(first: int) -> Iterator[NDArray[Any]]:
        array = values()
        for start in range(first * thickness, array.shape[axis], thickness):
            slab = array[(*[slice(None)] * axis, slice(start, start + thickness))]
            # A copy: the file may change before the slab is used.
            yield np.array(slab, slab.dtype.newbyteorder("="))

    return read
