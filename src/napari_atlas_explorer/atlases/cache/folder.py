"""Cache folder of packages that were unpacked or made."""

from __future__ import annotations

import os
from pathlib import Path

from ...core.errors import CacheError

CACHE_VARIABLE = "ATLAS_EXPLORER_CACHE"


def cache_folder(part: str) -> Path:
    """Return a folder of the user's cache, made if missing.

    The environment variable ``ATLAS_EXPLORER_CACHE`` moves it.

    Raises
    ------
    CacheError
        If it cannot be made.
    """
    stated = os.environ.get(CACHE_VARIABLE)
    if stated:
        root = Path(stated)
    else:
        import platformdirs

        root = Path(platformdirs.user_cache_dir("napari-atlas-explorer", appauthor=False))
    folder = root / part
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise CacheError(
            folder,
            f"cannot be made ({exc.strerror or exc})",
            f"a writable folder (set {CACHE_VARIABLE} to change this)",
        ) from exc
    return folder
