"""Folders that take the place of others at once: whatever stops it, all is as before."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def swapped(moves: Mapping[Path, Path], work: Path, remove: Sequence[Path] = ()) -> Iterator[None]:
    """Rename files and folders to their targets; what is there, and what is to go, goes aside.

    If anything fails or is interrupted, within the block too, the old ones are put back.

    Parameters
    ----------
    moves
        What is renamed, by target, in this order.
    work
        Folder on the same disk, which is removed afterwards with what went aside.
    remove
        What goes without being replaced.
    """
    aside: list[tuple[Path, Path]] = []
    placed: list[Path] = []
    try:
        for old in dict.fromkeys([*remove, *(t for t in moves if t.exists())]):
            kept = work / f".old{len(aside)}"
            aside.append((kept, old))
            old.replace(kept)
        for target, source in moves.items():
            target.parent.mkdir(parents=True, exist_ok=True)
            placed.append(target)
            source.replace(target)
        yield
    except BaseException:
        for target in placed:
            _remove(target)
        for kept, old in aside:
            if kept.exists():
                kept.replace(old)
        raise


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
