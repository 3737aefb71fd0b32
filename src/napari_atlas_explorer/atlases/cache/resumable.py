"""Mapped files filled slab by slab; resumed where they hold what was written."""

from __future__ import annotations

import os
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.arrays import as_c_order
from ...formats.common.blocks import BlockSource
from .folder import cache_error, is_cache_fault
from .manifest import sync_file
from .notes import note_repair

STATE = "state.npz"
SLABS_BETWEEN_STATES = 4
DAMAGE = (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile)


class ResumableFile:
    """A ``.npy`` file of a volume, filled slab by slab, with a state next to it.

    The state holds a checksum of each slab, and its thickness: another amount of memory gives
    other slabs. What does not agree is begun again from the first slab.

    Parameters
    ----------
    path
        The file.
    source
        The volume that it is made of.
    dtype
        Of its values.

    Attributes
    ----------
    array
        The mapped file.
    first
        Number of the first slab to be written.
    state
        What was handed to `write` with the slab before.
    """

    def __init__(self, path: Path, source: BlockSource, dtype: Any) -> None:
        self._state_file = path.with_name(STATE)
        self._source = source
        self.first = 0
        self.state: dict[str, NDArray[Any]] = {}
        self._checksums: list[int] = []
        array = _open_existing(path, source.shape, np.dtype(dtype))
        if array is not None:
            self.array = array
            if self._resume():
                return
        forget_state(path.parent)
        self.array = create_mapped_file(path, source.shape, np.dtype(dtype))

    def write(self, slab: int, values: NDArray[Any], state: dict[str, NDArray[Any]]) -> None:
        """Write a slab, and every few slabs the state, from which the work is resumed."""
        values = as_c_order(values.astype(self.array.dtype, copy=False))
        self.array[self._source.where(slab)] = values
        self._checksums.append(_checksum(values))
        if (slab + 1) % SLABS_BETWEEN_STATES:
            return
        # The slabs are on disk before the state says so: a power cut loses neither or both.
        self.array.flush()
        arrays: dict[str, Any] = {
            "checksums": np.array(self._checksums, np.uint32),
            "thickness": np.int64(self._source.thickness),
            **state,
        }
        temporary = self._state_file.with_name(f".{STATE}")
        with temporary.open("wb") as stream:
            np.savez(stream, **arrays)
        sync_file(temporary)
        temporary.replace(self._state_file)

    def _resume(self) -> bool:
        """Take over what is written; return whether it is what the state says."""
        if not self._state_file.exists():
            return False
        try:
            with self._state_file.open("rb") as stream, np.load(stream) as stored:
                state = dict(stored)
            checksums = state.pop("checksums").tolist()
            if int(state.pop("thickness")) != self._source.thickness:
                return False
        except DAMAGE:
            return self._note_damage()
        for slab, checksum in enumerate(checksums):
            if _checksum(np.ascontiguousarray(self.array[self._source.where(slab)])) != checksum:
                return self._note_damage()
        self.first, self.state, self._checksums = len(checksums), state, checksums
        return True

    def _note_damage(self) -> bool:
        note_repair(
            f"{self._source.path}: its unfinished copy in the cache was damaged; it is made again"
        )
        return False


def forget_state(folder: Path) -> None:
    """Restart an interrupted conversion: the steps that follow cannot be done twice."""
    (folder / STATE).unlink(missing_ok=True)


def create_mapped_file(path: Path, shape: tuple[int, ...], dtype: Any) -> Any:
    """Map a new ``.npy`` file to be filled, its space taken on disk.

    Raises
    ------
    CacheError
        If the disk has no room for it.
    """
    path.unlink(missing_ok=True)  # not truncated: another process may still have it mapped
    array = np.lib.format.open_memmap(path, "w+", np.dtype(dtype), shape)
    if hasattr(os, "posix_fallocate"):
        # Writing to a mapped file on a full disk would end the process.
        with path.open("r+b") as stream:
            try:
                os.posix_fallocate(stream.fileno(), 0, path.stat().st_size)
            except OSError as exc:
                if is_cache_fault(exc):
                    raise cache_error(path.parent, exc) from exc
    return array


def _open_existing(path: Path, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Any:
    """Map a file to be filled further; None where it is missing, incomplete or another's."""
    try:
        array = np.load(path, mmap_mode="r+")
    except DAMAGE:
        return None
    return array if array.shape == shape and array.dtype == dtype else None


def _checksum(values: NDArray[Any]) -> int:
    return zlib.crc32(values.reshape(-1).view(np.uint8).data)
