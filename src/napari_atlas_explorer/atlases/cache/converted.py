"""Cache of large volumes converted to slice order; conversion is resumable.

A converted volume is a ``.npy`` file that is mapped into memory, so that the system keeps what
is looked at and gives back what is not. Its folder is named after what it was made of, and holds
a manifest; the least recently used ones go when the cache is full.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.errors import CacheError
from ...core.progress import Progress, ignore_progress
from ...formats.common.blocks import BlockSource
from .entries import CONVERTED, USED, empty_folder, lock_of, make_room, touch
from .folder import CACHE_VARIABLE, cache_folder, cache_path
from .keys import source_key
from .locks import take_lock
from .manifest import find_doubt, write_manifest
from .notes import note_repair
from .resumable import STATE, ResumableFile, forget_state

PART = CONVERTED
DONE = "done.json"
VALUES, PLANES = "values.npy", "planes.npy"


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


def load_planes(source: BlockSource, at: Sequence[int]) -> NDArray[Any]:
    """Return some planes of a volume that gives none without what comes before it.

    Parameters
    ----------
    source
        The volume.
    at
        Positions along the source's axis, ascending.

    Returns
    -------
    Array of the planes, along axis 0; read from the cache from the second time on.
    """
    folder = folder_for(source, PLANES, *at)
    if not is_sound(folder):
        size = len(at) * int(np.prod(source.shape)) // source.shape[source.axis]
        with lock_conversion(folder, size * source.dtype.itemsize) as is_needed:
            if is_needed:
                with (folder / PLANES).open("wb") as stream:
                    np.save(stream, _read_planes(source, at))
                finish(folder, source.path)
    touch(folder)
    planes: NDArray[Any] = np.load(folder / PLANES)
    return planes


def _read_planes(source: BlockSource, at: Sequence[int]) -> NDArray[Any]:
    planes, first = [], 0
    for values in source.read(0):
        end = first + values.shape[source.axis]
        planes += [values.take(k - first, source.axis) for k in at if first <= k < end]
        first = end
        if len(planes) == len(at):
            break
    return np.stack(planes)


def _convert_slabs(folder: Path, source: BlockSource, report: Progress) -> None:
    file = ResumableFile(folder / VALUES, source, source.dtype)
    for slab, values in iterate_slabs(source, file.first, report):
        file.write(slab, values, {})
    file.array.flush()
    finish(folder, source.path)


def iterate_slabs(
    source: BlockSource, first: int, report: Progress
) -> Iterator[tuple[int, NDArray[Any]]]:
    """Yield slabs from a number on, with their numbers; reports before each."""
    for n, values in enumerate(source.read(first), start=first):
        report(n / source.n_slabs)
        yield n, values


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
