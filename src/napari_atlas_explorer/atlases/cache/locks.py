"""File locks released automatically when the holder exits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout

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
    lock = FileLock(path)
    while True:
        try:
            lock.acquire(timeout=WAIT_S)
            return lock
        except Timeout:
            go_on_waiting()


def is_taken(path: Path) -> bool:
    """Return whether a lock is held, or cannot be tested."""
    try:
        with FileLock(path, blocking=False):
            return False
    except (Timeout, OSError, NotImplementedError):
        return True
