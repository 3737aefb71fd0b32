"""File locks released automatically when the holder exits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from filelock import BaseFileLock

WAIT_S = 0.5
"""Seconds between two calls of ``go_on_waiting`` while a lock is held."""


def take_lock(path: Path, go_on_waiting: Callable[[], None]) -> BaseFileLock:
    """Take a file lock, which the system releases when the process ends.

    The lock file is never deleted: deleting it would let two processes hold "the" lock.

    Parameters
    ----------
    path
        The lock's file.
    go_on_waiting
        Called while another process holds it; raises to give up.

    Raises
    ------
    OSError, NotImplementedError
        If the file cannot be made, or its file system knows no locks.
    """
    # Here, since a cache that is only read takes no lock.
    from filelock import FileLock

    lock = FileLock(path)
    while True:
        try:
            lock.acquire(timeout=WAIT_S)
            return lock
        except TimeoutError:
            go_on_waiting()


def is_taken(path: Path) -> bool:
    """Return whether a lock is held, or cannot be tested."""
    from filelock import FileLock

    try:
        with FileLock(path, blocking=False):
            return False
    except (OSError, NotImplementedError):
        return True
