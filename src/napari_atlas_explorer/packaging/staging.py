"""Staging folders, and atomic replacement of folders with a journal.

A folder cannot be replaced in one step on every system: the old one is moved aside, then the new
one takes its name. A process that is killed in between leaves a journal in its staging folder,
by which the next run puts the old ones back.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout

from ..formats.common.atomic import atomic_write, sync

SUFFIX = ".partial"
LOCK, JOURNAL = ".lock", ".journal.json"


# ---- Staging folders -----------------------------------------------------------------------------


@contextmanager
def staging_folder(folder: Path) -> Iterator[Path]:
    """Yield a hidden folder within a folder; it is removed at the end.

    It is on the disk of the folder, since renaming is atomic only within one file system, and
    under a name that BrainGlobe's search does not take for an atlas. Those of killed runs are
    cleared first, see `recover_folder`.
    """
    recover_folder(folder)
    work = Path(tempfile.mkdtemp(prefix=".", suffix=SUFFIX, dir=folder))
    lock = _take_lock(work)
    try:
        yield work
    finally:
        _clear(work, lock)


def recover_folder(folder: Path) -> list[Path]:
    """Roll back what killed runs left in a folder, and remove their staging folders.

    Returns
    -------
    What was put back into its place.
    """
    restored: list[Path] = []
    for work in sorted(folder.glob(f".*{SUFFIX}")):
        if not (work / LOCK).is_file():
            continue  # not ours, or just being made
        lock = _take_lock(work)
        if lock is None:
            continue  # its process runs
        try:
            restored += _roll_back(work)
        finally:
            _clear(work, lock)
    return restored


def _clear(work: Path, lock: BaseFileLock | None) -> None:
    """Remove a staging folder, its lock last: without it, it would not be known again."""
    with suppress(OSError):
        for path in work.iterdir():
            if path.name != LOCK:
                _remove_path(path)
    if lock is not None:
        lock.release()
    shutil.rmtree(work, ignore_errors=True)


def _take_lock(work: Path) -> BaseFileLock | None:
    """Take the lock of a staging folder; None where it is taken, or where there are no locks."""
    try:
        return FileLock(work / LOCK, blocking=False).acquire().lock
    except (Timeout, OSError, NotImplementedError):
        return None


# ---- Replacement ---------------------------------------------------------------------------------


@contextmanager
def replace_folder(
    moves: Mapping[Path, Path], work: Path, remove: Sequence[Path] = ()
) -> Iterator[None]:
    """Rename files and folders to their targets; existing ones are moved aside for a rollback.

    If anything fails or is interrupted, within the block too, the old ones are restored; if the
    process is killed, `recover_folder` restores them.

    Parameters
    ----------
    moves
        What is renamed, by target, in this order.
    work
        Staging folder, which is removed afterwards with what went aside.
    remove
        What goes without being replaced.
    """
    old = list(dict.fromkeys([*remove, *(t for t in moves if t.exists())]))
    aside = [(work / f".old{number}", path) for number, path in enumerate(old)]
    _write_journal(work, aside, moves)
    try:
        for kept, path in aside:
            path.replace(kept)
        for target, source in moves.items():
            target.parent.mkdir(parents=True, exist_ok=True)
            source.replace(target)
        for folder in {path.parent for path in [*moves, *old]}:
            sync(folder)
        yield
    except BaseException:
        _roll_back(work)
        raise
    # From here on the new ones stay.
    (work / JOURNAL).unlink()
    sync(work)


def _write_journal(
    work: Path, aside: Sequence[tuple[Path, Path]], moves: Mapping[Path, Path]
) -> None:
    """Write what is about to be renamed, with paths relative to the staging folder."""

    def relative(path: Path) -> str:
        return os.path.relpath(path.absolute(), work.absolute())

    document = {
        "aside": [[relative(kept), relative(path)] for kept, path in aside],
        "moves": [[relative(source), relative(target)] for target, source in moves.items()],
    }
    with atomic_write(work / JOURNAL) as temporary:
        temporary.write_text(json.dumps(document), encoding="utf-8")


def _roll_back(work: Path) -> list[Path]:
    """Undo the renames of a journal; return what is in its old place again."""
    try:
        journal = json.loads((work / JOURNAL).read_text(encoding="utf-8"))
        aside = [(work / kept, work / path) for kept, path in journal["aside"]]
        moves = [(work / source, work / target) for source, target in journal["moves"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []  # nothing had been renamed
    kept_ones = [path for kept, path in aside if kept.exists()]
    for source, target in moves:
        # What is still in the staging folder has not taken its place.
        if not source.exists() and (target in kept_ones or target not in [p for _, p in aside]):
            _remove_path(target)
    for kept, path in aside:
        if kept.exists():
            kept.replace(path)
    with suppress(OSError):
        (work / JOURNAL).unlink()
    return [path.resolve() for path in kept_ones]


def _remove_path(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
