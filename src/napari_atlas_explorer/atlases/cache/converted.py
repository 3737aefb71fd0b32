"""Cache of large volumes converted to slice order; conversion is resumable.

A converted volume is a ``.npy`` file that is mapped into memory, so that the system keeps what
is looked at and gives back what is not. Its folder is named after what it was made of, and holds
a manifest; the least recently used ones go when the cache is full.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.errors import CacheError
from ...core.progress import Progress, ignore_progress
from ...formats.common.blocks import BlockSource
from .entries import CONVERTED, USED, empty_folder, lock_of, make_room, touch
from .folder import CACHE_VARIABLE, cache_error, cache_folder, cache_path, is_cache_fault
from .keys import source_key
from .locks import take_lock
from .manifest import find_doubt, sync_file, write_manifest
from .notes import note_repair

PART = CONVERTED
DONE, STATE = "done.json", "state.npz"
VALUES = "values.npy"
SLABS_BETWEEN_STATES = 4

"""Called with the share that is done; may raise to stop. What is done by then is kept."""


def folder_for(source: BlockSource, *words: object) -> Path:
    """Return the folder of a conversion, named by the key of its source file.

    One that is damaged is noted here, and made again where it is locked.
    """
    name = source_key(source.path, source.shape, str(source.dtype), *words)[:32]
    stored = cache_path(PART) / name
    if is_done(stored):
        doubt = find_doubt(stored, stored / DONE)
        if not doubt:
            # In a cache that may only be read, what was converted before is used.
            return stored
        note_repair(f"{source.path}: its copy in the cache was damaged ({doubt}); it is made again")
    return cache_folder(PART) / name


def is_done(folder: Path) -> bool:
    """Return whether a conversion was completed."""
    return (folder / DONE).is_file()


def is_sound(folder: Path) -> bool:
    """Return whether a conversion is complete and undamaged, as far as its stamps tell."""
    return not find_doubt(folder, folder / DONE)


def load_converted(source: BlockSource, report: Progress = ignore_progress) -> NDArray[Any]:
    """Return the values of a volume in C order, mapped from the cache; converted if missing."""
    folder = folder_for(source, "values")
    if not is_sound(folder):
        size = int(np.prod(source.shape)) * source.dtype.itemsize
        with lock_conversion(folder, size, report) as is_needed:
            if is_needed:
                _convert_slabs(folder, source, report)
    touch(folder)
    mapped: NDArray[Any] = np.load(folder / VALUES, mmap_mode="r")
    return mapped


def _convert_slabs(folder: Path, source: BlockSource, report: Progress) -> None:
    first, _ = read_state(folder)
    out = open_mapped_file(folder / VALUES, source.shape, source.dtype)
    for slab, values in iterate_slabs(source, first, report):
        out[source.where(slab)] = values
        write_state(folder, slab + 1, {}, out)
    out.flush()
    finish(folder, source.path)


def iterate_slabs(
    source: BlockSource, first: int, report: Progress
) -> Iterator[tuple[int, NDArray[Any]]]:
    """Yield slabs from a number on, with their numbers; reports before each."""
    for n, values in enumerate(source.read(first), start=first):
        report(n / source.n_slabs)
        yield n, values


def open_mapped_file(path: Path, shape: tuple[int, ...], dtype: Any) -> Any:
    """Map a ``.npy`` file to be filled; an existing one of this shape is resumed."""
    try:
        array = np.load(path, mmap_mode="r+")
        if array.shape == shape and array.dtype == dtype:
            return array
    except (OSError, ValueError):  # missing, or incomplete
        pass
    array = np.lib.format.open_memmap(path, "w+", dtype, shape)
    _allocate_file(path)
    return array


def _allocate_file(path: Path) -> None:
    """Take the space of a mapped file: writing to it on a full disk would end the process."""
    if not hasattr(os, "posix_fallocate"):
        return
    with path.open("r+b") as stream:
        try:
            os.posix_fallocate(stream.fileno(), 0, path.stat().st_size)
        except OSError as exc:
            if is_cache_fault(exc):
                raise cache_error(path.parent, exc) from exc


def read_state(folder: Path) -> tuple[int, dict[str, NDArray[Any]]]:
    """Return the first slab that is not done, and the data collected so far."""
    try:
        with np.load(folder / STATE) as stored:
            state = dict(stored)
        return int(state.pop("slabs")), state
    except (OSError, ValueError, KeyError):
        return 0, {}


def write_state(
    folder: Path, slabs: int, state: dict[str, NDArray[Any]], converted: NDArray[Any]
) -> None:
    """Write the state every few slabs, so that an interrupted conversion resumes from there.

    The slabs are on disk before the state says so: a power cut loses neither or both.
    """
    if slabs % SLABS_BETWEEN_STATES:
        return
    if isinstance(converted, np.memmap):
        converted.flush()
    temporary = folder / f".{STATE}"
    with temporary.open("wb") as stream:
        arrays: dict[str, Any] = {"slabs": np.int64(slabs), **state}
        np.savez(stream, **arrays)
    sync_file(temporary)
    temporary.replace(folder / STATE)


def forget_state(folder: Path) -> None:
    """Restart an interrupted conversion: the steps that follow cannot be done twice."""
    (folder / STATE).unlink(missing_ok=True)


def finish(folder: Path, source: Path | str = "") -> None:
    """Mark a conversion as complete: its files are on disk, then their manifest."""
    forget_state(folder)
    write_manifest(folder, folder / DONE, str(source), skip=(USED, f".{STATE}"))


@contextmanager
def lock_conversion(
    folder: Path, needed: int, report: Progress = ignore_progress
) -> Iterator[bool]:
    """Make the folder, make room for it, and lock it until the conversion is done.

    Where another process or thread converts the same volume, this one waits for it; ``report``
    is called meanwhile. What is damaged in the folder is removed.

    Yields
    ------
    Whether it is to be made: not where another did it.

    Raises
    ------
    CacheError
        If the cache cannot be written or locked, or has no room.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = take_lock(lock_of(folder), lambda: report(0.0))
    except (OSError, NotImplementedError) as exc:
        raise CacheError(
            folder,
            f"cannot be written or locked ({exc})",
            f"a cache that can be (set {CACHE_VARIABLE} to change this)",
        ) from exc
    try:
        is_needed = not is_sound(folder)
        if is_needed:
            if is_done(folder):
                empty_folder(folder)
            make_room(needed, folder)
        yield is_needed
    finally:
        lock.release()
