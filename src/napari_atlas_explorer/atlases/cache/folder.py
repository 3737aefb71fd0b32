"""Cache folder of packages that were unpacked, converted or made."""

from __future__ import annotations

import atexit
import errno
import os
import shutil
import tempfile
from pathlib import Path

from ...core.errors import CacheError

CACHE_VARIABLE = "ATLAS_EXPLORER_CACHE"

_replaced: dict[Path, Path] = {}
"""Folders of this process in the place of cache folders that cannot be written."""


def cache_path(part: str) -> Path:
    """Return the path of a folder of the user's cache, which may not exist.

    The environment variable ``ATLAS_EXPLORER_CACHE`` moves it.
    """
    stated = os.environ.get(CACHE_VARIABLE)
    if stated:
        return Path(stated) / part
    import platformdirs

    return Path(platformdirs.user_cache_dir("napari-atlas-explorer", appauthor=False)) / part


def cache_folder(part: str) -> Path:
    """Return a folder of the user's cache, made if missing.

    Where it cannot be written, a folder of this process takes its place: what would be cached is
    worked out again the next time. `cache_note` says so.
    """
    path = cache_path(part)
    try:
        return require_cache_folder(part)
    except CacheError:
        if path not in _replaced:
            _replaced[path] = Path(tempfile.mkdtemp(prefix="atlas-explorer-"))
            atexit.register(shutil.rmtree, _replaced[path], ignore_errors=True)
        folder = _replaced[path] / part
        folder.mkdir(exist_ok=True)
        return folder


def require_cache_folder(part: str) -> Path:
    """Return a folder of the user's cache whose files have to last, made if missing.

    Raises
    ------
    CacheError
        If it cannot be made or written.
    """
    folder = cache_path(part)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK):
            raise PermissionError("permission denied")
    except OSError as exc:
        raise CacheError(
            folder,
            f"cannot be written ({exc.strerror or exc})",
            f"a writable folder (set {CACHE_VARIABLE} to change this)",
        ) from exc
    return folder


FAULTS = tuple(
    getattr(errno, name)
    for name in ("ENOSPC", "EDQUOT", "EFBIG", "EROFS", "EACCES", "EPERM")
    if hasattr(errno, name)
)
"""Errors of a disk, quota or right that no archive or atlas is to blame for."""


def is_cache_fault(exc: OSError) -> bool:
    """Return whether an error says that a folder has no room or may not be written."""
    return exc.errno in FAULTS


def cache_error(folder: Path, exc: OSError) -> CacheError:
    """Return the error for a folder of the cache without room, or that may not be written."""
    return CacheError(
        folder,
        f"cannot be written ({exc.strerror or exc})",
        f"a folder with room (set {CACHE_VARIABLE} to change this)",
    )


def cache_note() -> str:
    """Return a sentence on cache folders that could not be written, "" where all could."""
    replaced = [str(path) for path in _replaced if path == cache_path(path.name)]
    if not replaced:
        return ""
    return (
        f"the cache {', '.join(replaced)} cannot be written: what it would keep is "
        f"worked out again the next time (set {CACHE_VARIABLE} to a writable folder)"
    )
