"""Atomic file writes."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ...core.errors import AtlasFileError


@contextmanager
def atomic_write(path: str | Path, force: bool = True) -> Iterator[Path]:
    """Yield a temporary path that replaces the target when the block succeeds.

    Parameters
    ----------
    path
        The target.
    force
        Whether an existing target may be replaced; else it is refused before anything is done.
    """
    target = Path(path)
    refuse_existing([target], force)
    if target.is_dir():
        raise AtlasFileError(target, "it is a folder", "the name of a file")
    # The suffix stays, since writers choose a format by it.
    handle, name = tempfile.mkstemp(prefix=".", suffix=target.suffix, dir=target.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o666 & ~_read_umask())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def refuse_existing(files: Iterable[Path], force: bool) -> None:
    """Refuse, before any work, to overwrite files or to write into a missing folder."""
    for path in files:
        if path.exists() and not force:
            raise AtlasFileError(path, "the file exists", "a new name", remedy="replace")
        if not path.parent.is_dir():
            raise AtlasFileError(path, f"there is no folder {path.parent}", "an existing folder")


def _read_umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
