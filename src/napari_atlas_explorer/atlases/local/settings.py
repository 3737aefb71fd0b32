"""Settings kept between sessions: small JSON files in the user's folder."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ...core.errors import AtlasError
from ...formats.common.atomic import atomic_write

CONFIG_VARIABLE = "ATLAS_EXPLORER_CONFIG"
"""Moves the folder of the settings."""
LOCK = ".lock"
PATIENCE_S = 10
"""Seconds that a change waits for another process; a change takes milliseconds."""


def config_file(name: str) -> Path:
    """Return the path of a settings file; the environment can move their folder."""
    stated = os.environ.get(CONFIG_VARIABLE)
    if stated:
        return Path(stated) / name
    import platformdirs

    folder = platformdirs.user_config_dir("napari-atlas-explorer", appauthor=False)
    return Path(folder) / name


def read_config(name: str) -> Any:
    """Read a settings file, None where none can be read."""
    try:
        return json.loads(config_file(name).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None


def write_config(name: str, value: Any) -> None:
    """Write a settings file. One that cannot be written is not worth an error."""
    try:
        save_config(name, value)
    except (OSError, AtlasError):
        return


def save_config(name: str, value: Any) -> None:
    """Write a settings file that the user asks for.

    Raises
    ------
    OSError, AtlasFileError
        If it cannot be written.
    """
    target = config_file(name)
    target.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(target, durable=False) as temporary:
        temporary.write_text(json.dumps(value, indent=1), encoding="utf-8")


@contextmanager
def settings_lock() -> Iterator[None]:
    """Keep other processes from changing the settings between reading and writing them.

    Where the folder holds no lock file (read-only, or a disk without locks), nobody is kept out.
    """
    from filelock import FileLock, Timeout

    path = config_file(LOCK)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path, timeout=PATIENCE_S).acquire()
    except (OSError, NotImplementedError, Timeout):
        yield
        return
    with lock:
        yield
