"""Cache of large volumes converted to slice order; conversion is resumable.

A converted volume is a ``.npy`` file that is mapped into memory, so that the system keeps what
is looked at and gives back what is not. Its folder is named after what it was made of; the
least recently used ones go when the cache is full.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.errors import CacheError
from ...core.progress import Progress, ignore_progress
from ...formats.common.blocks import BlockSource
from .folder import CACHE_VARIABLE, cache_folder, cache_path
from .locks import is_taken, take_lock

PART = "converted"
SIZE_VARIABLE = "ATLAS_EXPLORER_CACHE_BYTES"
CACHE_BYTES = 40_000_000_000
DONE, STATE, USED = "done.json", "state.npz", "used"
VALUES = "values.npy"
SLABS_BETWEEN_STATES = 4

"""Called with the share that is done; may raise to stop. What is done by then is kept."""


def folder_for(source: BlockSource, *words: object) -> Path:
    """Return the folder of a conversion, named by its source file's path, size and time.

    Every file of a chunked array counts: chunks are rewritten one by one.
    """
    path = source.path.resolve()
    facts = [str(path), source.shape, str(source.dtype), *words]
    for file in [path] if path.is_file() else sorted(path.rglob("*")):
        stat = file.stat()
        facts += [file.relative_to(path).as_posix(), stat.st_size, stat.st_mtime_ns]
    digest = hashlib.sha256(json.dumps(facts, default=str).encode()).hexdigest()
    stored = cache_path(PART) / digest[:32]
    # In a cache that may only be read, what was converted before is used.
    return stored if is_done(stored) else cache_folder(PART) / digest[:32]


def is_done(folder: Path) -> bool:
    """Return whether a conversion is complete."""
    return (folder / DONE).is_file()


def load_converted(source: BlockSource, report: Progress = ignore_progress) -> NDArray[Any]:
    """Return the values of a volume in C order, mapped from the cache; converted if missing."""
    folder = folder_for(source, "values")
    if not is_done(folder):
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
        write_state(folder, slab + 1, {})
    out.flush()
    finish(folder)


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
    return np.lib.format.open_memmap(path, "w+", dtype, shape)


def read_state(folder: Path) -> tuple[int, dict[str, NDArray[Any]]]:
    """Return the first slab that is not done, and the data collected so far."""
    try:
        with np.load(folder / STATE) as stored:
            state = dict(stored)
        return int(state.pop("slabs")), state
    except (OSError, ValueError, KeyError):
        return 0, {}


def write_state(folder: Path, slabs: int, state: dict[str, NDArray[Any]]) -> None:
    """Write the state every few slabs, so that an interrupted conversion resumes from there."""
    if slabs % SLABS_BETWEEN_STATES:
        return
    temporary = folder / f".{STATE}"
    with temporary.open("wb") as stream:
        arrays: dict[str, Any] = {"slabs": np.int64(slabs), **state}
        np.savez(stream, **arrays)
    temporary.replace(folder / STATE)


def forget_state(folder: Path) -> None:
    """Restart an interrupted conversion: the steps that follow cannot be done twice."""
    (folder / STATE).unlink(missing_ok=True)


def finish(folder: Path, **facts: Any) -> None:
    """Mark a conversion as complete."""
    forget_state(folder)
    (folder / DONE).write_text(json.dumps(facts))


def touch(folder: Path) -> None:
    """Record the time of use, where the folder is writable."""
    with suppress(OSError):
        (folder / USED).touch()


@contextmanager
def lock_conversion(
    folder: Path, needed: int, report: Progress = ignore_progress
) -> Iterator[bool]:
    """Make the folder, make room for it, and lock it until the conversion is done.

    Where another process or thread converts the same volume, this one waits for it; ``report``
    is called meanwhile.

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
        is_needed = not is_done(folder)
        if is_needed:
            make_room(needed, folder)
        yield is_needed
    finally:
        lock.release()


def lock_of(folder: Path) -> Path:
    """Return the lock of a folder, next to it."""
    return folder.with_suffix(".lock")


def make_room(needed: int, keep: Path) -> None:
    """Remove the least recently used conversions until a new one fits into the cache.

    Raises
    ------
    CacheError
        Where the disk has no room for it, or it is larger than the cache may be.
    """
    stated = os.environ.get(SIZE_VARIABLE, "")
    limit = int(stated) if stated.isdigit() else CACHE_BYTES
    root = cache_folder(PART)
    if needed > limit:
        raise CacheError(
            root,
            f"{needed / 1e9:.3g} GB for a converted volume",
            f"at most {limit / 1e9:.3g} GB (set {SIZE_VARIABLE} to change this)",
        )
    folders = sorted((f for f in root.iterdir() if f.is_dir() and f != keep), key=_read_last_use)
    sizes = {f: _measure_size(f) for f in folders}
    total = sum(sizes.values())
    for folder in folders:
        if total + needed <= limit and shutil.disk_usage(root).free > needed:
            break
        if not is_taken(lock_of(folder)):
            shutil.rmtree(folder, ignore_errors=True)
            total -= sizes[folder]
    used = _measure_size(keep)
    free = shutil.disk_usage(root).free
    if free + used < needed:
        raise CacheError(
            root, f"{free / 1e9:.2g} GB are free", f"{needed / 1e9:.2g} GB for a converted volume"
        )


def _measure_size(folder: Path) -> int:
    """Return the bytes of a conversion; another process may replace its files meanwhile."""
    size = 0
    for path in folder.glob("*"):
        with suppress(OSError):
            size += path.stat().st_size
    return size


def _read_last_use(folder: Path) -> float:
    used = folder / USED
    return used.stat().st_mtime if used.exists() else 0.0
