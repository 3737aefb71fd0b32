"""Large volumes in the cache, in the order in which slices are read: made once, gone on with.

A converted volume is a ``.npy`` file that is mapped into memory, so that the system keeps what
is looked at and gives back what is not. Its folder is named after what it was made of; the
least recently used ones go when the cache is full.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import AtlasError
from ..files.block_source import BlockSource
from .cache import cache_folder

PART = "converted"
SIZE_VARIABLE = "ATLAS_EXPLORER_CACHE_BYTES"
CACHE_BYTES = 40_000_000_000
DONE, STATE, USED = "done.json", "state.npz", "used"
VALUES = "values.npy"
SLABS_BETWEEN_STATES = 4
LOCK = "lock"
SILENCE_S = 300.0
"""After which a conversion on another machine is taken for dead; a slab takes some seconds."""

Report = Callable[[float], None]
"""Called with the share that is done; may raise to stop. What is done by then is kept."""


def no_report(share: float) -> None:
    """Say nothing."""


def folder_for(source: BlockSource, *words: object) -> Path:
    """Folder of a conversion, by the file that it is made of (its place, size and time)."""
    path = source.path.resolve()
    facts = [str(path), source.shape, str(source.dtype), *words]
    for file in [path] if path.is_file() else sorted(path.rglob("zarr.json"))[:100]:
        stat = file.stat()
        facts += [file.name, stat.st_size, stat.st_mtime_ns]
    digest = hashlib.sha256(json.dumps(facts, default=str).encode()).hexdigest()
    return cache_folder(PART) / digest[:32]


def is_done(folder: Path) -> bool:
    """Whether a conversion is whole."""
    return (folder / DONE).is_file()


def converted(source: BlockSource, report: Report = no_report) -> NDArray[Any]:
    """Values of a volume in C order, mapped from the cache; converted if they are not there."""
    folder = folder_for(source, "values")
    if not is_done(folder):
        with converting(folder, int(np.prod(source.shape)) * source.dtype.itemsize):
            first, _ = begun(folder)
            out = mapped_file(folder / VALUES, source.shape, source.dtype)
            for slab, values in slabs_from(source, first, report):
                out[source.where(slab)] = values
                note_state(folder, slab + 1, {})
            out.flush()
            finish(folder)
    touch(folder)
    mapped: NDArray[Any] = np.load(folder / VALUES, mmap_mode="r")
    return mapped


def slabs_from(
    source: BlockSource, first: int, report: Report
) -> Iterator[tuple[int, NDArray[Any]]]:
    """Slabs from a number on, with their numbers; reports before each."""
    for n, values in enumerate(source.read(first), start=first):
        report(n / source.n_slabs)
        yield n, values


def mapped_file(path: Path, shape: tuple[int, ...], dtype: Any) -> Any:
    """A ``.npy`` file to be filled; one of this shape that is there is gone on with."""
    if path.exists():
        there = np.load(path, mmap_mode="r+")
        if there.shape == shape and there.dtype == dtype:
            return there
    return np.lib.format.open_memmap(path, "w+", dtype, shape)


# ---- state on disk -----------------------------------------------------------------------------


def begun(folder: Path) -> tuple[int, dict[str, NDArray[Any]]]:
    """Number of the first slab that is not done, and what was found so far."""
    try:
        with np.load(folder / STATE) as stored:
            state = dict(stored)
        return int(state.pop("slabs")), state
    except (OSError, ValueError, KeyError):
        return 0, {}


def note_state(folder: Path, slabs: int, state: dict[str, NDArray[Any]]) -> None:
    """Keep how far it is, every few slabs: an interrupted conversion goes on from there.

    Others are told with each slab that this one goes on.
    """
    (folder / LOCK).touch()
    if slabs % SLABS_BETWEEN_STATES:
        return
    temporary = folder / f".{STATE}"
    with temporary.open("wb") as stream:
        arrays: dict[str, Any] = {"slabs": np.int64(slabs), **state}
        np.savez(stream, **arrays)
    temporary.replace(folder / STATE)


def finish(folder: Path, **facts: Any) -> None:
    """Say that it is whole."""
    (folder / STATE).unlink(missing_ok=True)
    (folder / DONE).write_text(json.dumps(facts))


def touch(folder: Path) -> None:
    """Note that it was used now."""
    (folder / USED).touch()


@contextmanager
def converting(folder: Path, needed: int) -> Iterator[None]:
    """Make the folder and room for it, and keep other processes out of it."""
    make_room(needed, folder)
    folder.mkdir(parents=True, exist_ok=True)
    lock = folder / LOCK
    try:
        handle = os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    except FileExistsError as exc:
        if is_held(lock):
            raise AtlasError(
                f"{folder.name}: another process is converting this volume; expected to be "
                f"opened when that is done"
            ) from exc
        handle = os.open(lock, os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
    try:
        os.write(handle, f"{os.getpid()} {socket.gethostname()}".encode())
        os.close(handle)
        yield
    finally:
        lock.unlink(missing_ok=True)


def is_held(lock: Path) -> bool:
    """Whether a process converts the volume of a lock; this one's own lock counts as held.

    Of a process on another machine, which shares the cache, one knows only when it last wrote
    that it goes on: it does so with every slab.
    """
    import psutil

    try:
        process, _, host = lock.read_text().partition(" ")
        if host and host != socket.gethostname():
            return time.time() - lock.stat().st_mtime < SILENCE_S
        return bool(psutil.pid_exists(int(process)))
    except (OSError, ValueError):
        return False


def make_room(needed: int, keep: Path) -> None:
    """Remove the least recently used conversions until a new one fits into the cache.

    Raises
    ------
    AtlasError
        Where the disk has no room for it, or it is larger than the cache may be.
    """
    stated = os.environ.get(SIZE_VARIABLE, "")
    limit = int(stated) if stated.isdigit() else CACHE_BYTES
    root = cache_folder(PART)
    if needed > limit:
        raise AtlasError(
            f"{root}: {needed / 1e9:.3g} GB for a converted volume; expected at most "
            f"{limit / 1e9:.3g} GB (set {SIZE_VARIABLE} to change this)"
        )
    folders = sorted((f for f in root.iterdir() if f.is_dir() and f != keep), key=_last_used)
    sizes = {f: sum(p.stat().st_size for p in f.iterdir() if p.is_file()) for f in folders}
    total = sum(sizes.values())
    for folder in folders:
        if total + needed <= limit and shutil.disk_usage(root).free > needed:
            break
        if not is_held(folder / LOCK):
            shutil.rmtree(folder, ignore_errors=True)
            total -= sizes[folder]
    there = sum(p.stat().st_size for p in keep.iterdir()) if keep.is_dir() else 0
    free = shutil.disk_usage(root).free
    if free + there < needed:
        raise AtlasError(
            f"{root}: {free / 1e9:.2g} GB are free; a converted volume needs {needed / 1e9:.2g} GB"
        )


def _last_used(folder: Path) -> float:
    used = folder / USED
    return used.stat().st_mtime if used.exists() else 0.0
