"""Entries of the cache: sizes, last use, one size limit, leftovers of interrupted runs."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ...core.errors import CacheError
from ...core.text import parse_bytes
from ...formats.common.staging import is_staged, recover_folder
from .folder import cache_folder, cache_path
from .locks import is_taken
from .manifest import find_doubt, read_source

CONVERTED, UNPACKED, SAMPLE, SURFACES = "converted", "unpacked", "sample", "surfaces"
PARTS = (CONVERTED, UNPACKED, SAMPLE, SURFACES)
"""Folders of the cache whose contents can be made again."""
SIZE_VARIABLE = "ATLAS_EXPLORER_CACHE_BYTES"
CACHE_BYTES = 40_000_000_000
USED = "used"
"""File whose time is that of the last use of a conversion."""
DONE = "done.json"
LEFTOVER = ".partial"
IN_USE_S = 86_400
"""Seconds after its last use in which an unpacked archive is kept: files are read when needed."""


@dataclass(frozen=True)
class CacheEntry:
    """A conversion, unpacked archive, sample or surface in the cache.

    Attributes
    ----------
    part
        Its folder of the cache, one of `PARTS`.
    path
        Its folder or file.
    size
        Its bytes on disk.
    used
        When it was last used, seconds since 1970.
    """

    part: str
    path: Path
    size: int
    used: float

    @property
    def source(self) -> str:
        """What it was made of; "" where it is not known."""
        return read_source(manifest_of(self.path)) if self.path.is_dir() else ""

    @property
    def is_locked(self) -> bool:
        """Whether a process is making it now."""
        return self.path.is_dir() and _is_being_made(self.path)

    @property
    def can_go(self) -> bool:
        """Whether it may make room for others now."""
        in_use = self.part == UNPACKED and time.time() - self.used < IN_USE_S
        return self.part != SAMPLE and not in_use and not self.is_locked

    @property
    def state(self) -> str:
        """Whether it is "complete", "unfinished" or "being made"; no data are read."""
        if self.is_locked:
            return "being made"
        if self.path.is_dir() and not manifest_of(self.path).is_file():
            return "unfinished"
        return "complete"

    def find_doubt(self) -> str:
        """Read it whole; return why it cannot be trusted, "" if it can."""
        if self.part == SURFACES:
            from .meshes import is_sound_surface

            return "" if is_sound_surface(self.path) else "it is no surface"
        return find_doubt(self.path, manifest_of(self.path), every_byte=True)

    def remove(self) -> None:
        """Remove it from the cache."""
        remove_entry(self.path)


def list_entries() -> list[CacheEntry]:
    """Return all entries of the cache; what a killed run left behind is none."""
    return [
        CacheEntry(part, path, _measure_size(path), _read_last_use(path))
        for part in PARTS
        for path in sorted(cache_path(part).glob("*"))
        if not path.name.startswith(".") and (path.suffix == ".npz" or path.is_dir())
    ]


def manifest_of(folder: Path) -> Path:
    """Return the manifest of an entry: inside a conversion, next to an atlas's folder."""
    is_conversion = folder.parent.name == CONVERTED
    return folder / DONE if is_conversion else folder.with_name(f"{folder.name}.json")


def lock_of(folder: Path) -> Path:
    """Return the lock of an entry, next to it."""
    return folder.with_name(f"{folder.name}.lock")


def staging_of(folder: Path) -> Path:
    """Return the folder in which an entry is made before it is complete."""
    return folder.with_name(f".{folder.name}{LEFTOVER}")


def _is_being_made(folder: Path) -> bool:
    lock = lock_of(folder)
    return lock.exists() and is_taken(lock)


def touch(folder: Path) -> None:
    """Record the time of use, where the folder is writable."""
    with suppress(OSError):
        if folder.parent.name == CONVERTED:
            (folder / USED).touch()
        else:
            os.utime(folder)


def empty_folder(folder: Path) -> None:
    """Remove all files of a folder."""
    for path in folder.iterdir():
        _remove(path)


def remove_entry(path: Path) -> None:
    """Remove an entry, its manifest first: what is left of it is never taken for whole."""
    if path.is_dir():
        manifest_of(path).unlink(missing_ok=True)
    _remove(path)


def size_limit() -> int:
    """Return the most bytes of the whole cache (ATLAS_EXPLORER_CACHE_BYTES)."""
    stated = parse_bytes(os.environ.get(SIZE_VARIABLE, ""))
    return CACHE_BYTES if stated is None else stated


def make_room(needed: int, keep: Path, must_fit: bool = True) -> None:
    """Remove leftovers, then the least recently used entries until a new one fits.

    Parameters
    ----------
    needed
        Bytes of the new entry.
    keep
        Its folder, which stays.
    must_fit
        Whether an entry larger than the limit or the disk is refused.

    Raises
    ------
    CacheError
        Where the disk has no room for it, or it is larger than the cache may be.
    """
    sweep_leftovers(keep)
    limit, root = size_limit(), cache_folder(keep.parent.name)
    if must_fit and needed > limit:
        raise CacheError(
            root,
            f"{needed / 1e9:.3g} GB for a converted volume",
            f"at most {limit / 1e9:.3g} GB (set {SIZE_VARIABLE} to change this)",
        )
    entries = sorted((e for e in list_entries() if e.path != keep), key=lambda e: e.used)
    total = sum(entry.size for entry in entries)
    for entry in entries:
        if total + needed <= limit and shutil.disk_usage(root).free > needed:
            break
        if entry.can_go:
            entry.remove()
            total -= entry.size
    free = shutil.disk_usage(root).free
    if must_fit and free + _measure_size(keep) < needed:
        raise CacheError(
            root, f"{free / 1e9:.2g} GB are free", f"{needed / 1e9:.2g} GB for a converted volume"
        )


def sweep_leftovers(keep: Path | None = None) -> list[Path]:
    """Remove what killed runs left behind; return what was removed.

    A staging folder goes when the lock of its entry is free, what else is hidden a day after its
    last change, the temporary files of killed writes at once. Unfinished conversions stay: they
    are resumed.

    Parameters
    ----------
    keep
        An entry that this process is making.
    """
    removed = []
    for path in _iterate_leftovers():
        named = path.name.endswith(LEFTOVER)
        entry = path.with_name(path.name[1:].removesuffix(LEFTOVER))
        if named and (entry == keep or _is_being_made(entry)):
            continue
        if not named and time.time() - _read_last_use(path) < IN_USE_S:
            continue
        _remove(path)
        removed.append(path)
    return removed


def _iterate_leftovers() -> Iterator[Path]:
    for part in PARTS:
        folder = cache_path(part)
        recover_folder(folder)
        # Those that are left are in use.
        yield from sorted(p for p in folder.glob(".*") if not is_staged(p, folder))


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
        return
    with suppress(OSError):
        path.unlink(missing_ok=True)


def _measure_size(path: Path) -> int:
    """Return the bytes of an entry; another process may replace its files meanwhile."""
    size = 0
    for file in path.rglob("*") if path.is_dir() else [path]:
        with suppress(OSError):
            size += file.stat().st_size
    return size


def _read_last_use(path: Path) -> float:
    if path.parent.name == CONVERTED:
        used = path / USED
        return used.stat().st_mtime if used.exists() else 0.0
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
