"""Staging folders, and atomic replacement of files and folders with a journal.

Several files, or a folder, cannot be replaced in one step on every system: the old ones are kept
aside, then the new ones take their names. A process that is killed in between leaves a journal in
its staging folder, by which the next one that uses the folder puts the old ones back.
"""

from __future__ import annotations

import errno
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ...core.errors import AtlasFileError

if TYPE_CHECKING:
    from filelock import BaseFileLock

SUFFIX = ".partial"
LOCK, JOURNAL = ".lock", ".journal.json"
NAME = re.compile(rf"\.(.+\.)?[0-9a-f]{{12}}{re.escape(SUFFIX)}", re.DOTALL)
LONGEST_NAME = 40
"""Characters of the target's name in that of its staging folder; a name has at most 255 bytes."""
NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EINVAL}
"""Errors of a file system that has no hard links, such as FAT."""


# ---- Staging folders -----------------------------------------------------------------------------


@contextmanager
def staging_folder(folder: Path, name: str = "") -> Iterator[Path]:
    """Yield a hidden folder within a folder; it is removed at the end.

    It is on the disk of the folder, since renaming is atomic only within one file system, and
    under a name that BrainGlobe's search does not take for an atlas. Those of killed processes
    are cleared first, see `recover_folder`.

    Parameters
    ----------
    folder
        An existing folder.
    name
        What is made there, for people who find the folder.
    """
    recover_folder(folder)
    work, lock = _make_staging(folder, name)
    try:
        yield work
    finally:
        if not (work / JOURNAL).exists():
            _clear(work, lock)
        elif lock is not None:
            # Something could not be put back, and is in there: the next run tries it again.
            lock.release()


def recover_folder(folder: Path) -> list[Path]:
    """Roll back what killed processes left in a folder, and remove their staging folders.

    Those of living processes stay, as do those that this user may not change.

    Returns
    -------
    What was put back into its place.

    Raises
    ------
    OSError
        If something cannot be put back; it stays in the staging folder.
    """
    restored: list[Path] = []
    for work in _list_staging(folder):
        if not (work / LOCK).is_file():
            # Killed before it had a lock, or after it gave it up, or not ours: a folder that
            # holds something stays. A process that lives makes another one, see `_make_staging`.
            if NAME.fullmatch(work.name):
                with suppress(OSError):
                    work.rmdir()
            continue
        try:
            lock = _take_lock(work)
        except TimeoutError:
            continue  # its process runs
        if lock is None:
            continue
        try:
            restored += _roll_back(work)
        except OSError:
            lock.release()
            raise
        _clear(work, lock)
    return restored


def is_staged(path: object, folder: Path) -> bool:
    """Return whether a path is a staging folder of a folder, or something in it."""
    try:
        return bool(NAME.fullmatch(Path(str(path)).relative_to(folder).parts[0]))
    except (ValueError, IndexError):
        return False


def _list_staging(folder: Path) -> list[Path]:
    try:
        names = os.listdir(folder)  # noqa: PTH208 - ten times as fast as a glob
    except OSError:
        return []
    return [folder / n for n in sorted(n for n in names if n[0] == "." and n.endswith(SUFFIX))]


def _make_staging(folder: Path, name: str) -> tuple[Path, BaseFileLock | None]:
    """Make a staging folder and take its lock; None where there are no locks.

    In the moment between, another process may take it for that of a killed one and remove it.
    """
    start = f".{name[:LONGEST_NAME]}." if name else "."
    while True:
        work = folder / f"{start}{secrets.token_hex(6)}{SUFFIX}"
        work.mkdir(0o700)
        try:
            lock = _take_lock(work)
        except TimeoutError:
            continue
        if (work if lock is None else work / LOCK).exists():
            return work, lock


def _clear(work: Path, lock: BaseFileLock | None) -> None:
    """Remove a staging folder, its lock last: without it, it would not be known again."""
    with suppress(OSError):
        for path in work.iterdir():
            if path.name != LOCK:
                _remove_path(path)
    # While the lock is held, so that nobody takes it in between; Windows removes no open file.
    with suppress(OSError):
        (work / LOCK).unlink(missing_ok=True)
    if lock is not None:
        lock.release()
    shutil.rmtree(work, ignore_errors=True)


def _take_lock(work: Path) -> BaseFileLock | None:
    """Take the lock of a staging folder.

    Returns
    -------
    None where it cannot be locked: on another user's, or a disk without locks.

    Raises
    ------
    TimeoutError
        If a process has it.
    """
    # Here, since commands that write nothing import this module too.
    from filelock import FileLock

    try:
        return FileLock(work / LOCK, blocking=False).acquire().lock
    except TimeoutError:
        raise
    except (OSError, NotImplementedError):
        return None


# ---- Replacement ---------------------------------------------------------------------------------


@contextmanager
def replace_paths(
    moves: Mapping[Path, Path], work: Path, remove: Sequence[Path] = ()
) -> Iterator[None]:
    """Rename files and folders to their targets; existing ones are kept aside for a rollback.

    If anything fails or is interrupted, within the block too, the old ones are restored; if the
    process is killed, `recover_folder` restores them. A file that is replaced has its name all
    the time; a folder is moved aside first.

    Parameters
    ----------
    moves
        What is renamed, by target, in this order.
    work
        Staging folder, which is removed afterwards with what went aside.
    remove
        What goes without being replaced.

    Raises
    ------
    AtlasFileError
        If another process makes the target of a new file meanwhile.
    """
    old = list(dict.fromkeys([*remove, *(t for t in moves if t.exists())]))
    aside = [(work / f".old{number}", path) for number, path in enumerate(old)]
    _write_journal(work, aside, moves)
    try:
        for kept, path in aside:
            _keep_aside(path, kept, stays=path in moves)
        for target, source in moves.items():
            target.parent.mkdir(parents=True, exist_ok=True)
            if target in old or source.is_dir():
                source.replace(target)
            else:
                publish_new(source, target)
        for folder in {path.parent for path in [*moves, *old]}:
            sync(folder)
        yield
    except BaseException:
        _roll_back(work)
        raise
    # From here on the new ones stay.
    (work / JOURNAL).unlink()
    sync(work)


def publish_new(temporary: Path, target: Path) -> None:
    """Give a file its name unless another one has it; a rename would replace that one.

    Raises
    ------
    AtlasFileError
        If the name is taken.
    """
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise existing_error(target) from None
    except OSError as exc:
        if exc.errno not in NO_LINKS:
            raise
        if target.exists():
            raise existing_error(target) from None
        temporary.replace(target)
    else:
        temporary.unlink()


def existing_error(path: Path) -> AtlasFileError:
    """Return the error of a file that may not be replaced."""
    return AtlasFileError(path, "the file exists", "a new name", remedy="replace")


def sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk.

    Where the system cannot open a folder (Windows) or sync it (some network disks), nothing is
    done.
    """
    is_folder = path.is_dir()
    try:
        handle = os.open(path, os.O_RDONLY if is_folder else os.O_RDWR)
    except OSError:
        if is_folder:
            return
        raise
    try:
        os.fsync(handle)
    except OSError as exc:
        if not is_folder and exc.errno != errno.EINVAL:
            raise
    finally:
        os.close(handle)


def _keep_aside(path: Path, kept: Path, stays: bool) -> None:
    """Move a path aside; a file that is going to be replaced stays, if it can have two names."""
    if stays and path.is_file() and not path.is_symlink():
        try:
            os.link(path, kept)
        except OSError as exc:
            # Linux also refuses a second name for a file of another user's.
            if exc.errno not in NO_LINKS:
                raise
        else:
            return
    path.replace(kept)


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
    unfinished = work / f"{JOURNAL}.new"
    unfinished.write_text(json.dumps(document), encoding="utf-8")
    sync(unfinished)
    unfinished.replace(work / JOURNAL)
    sync(work)


def _roll_back(work: Path) -> list[Path]:
    """Undo the renames of a journal; return what is in its old place again."""
    try:
        journal = json.loads((work / JOURNAL).read_text(encoding="utf-8"))
        aside = [(work / kept, work / path) for kept, path in journal["aside"]]
        moves = [(work / source, work / target) for source, target in journal["moves"]]
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return []  # nothing had been renamed
    restored = [path for kept, path in aside if kept.exists()]
    for source, target in moves:
        was_new = target not in [path for _, path in aside]
        if _has_moved(source, target) and (target in restored or was_new):
            _remove_path(target)
    for kept, path in aside:
        if path in restored:
            kept.replace(path)
    (work / JOURNAL).unlink()
    return [path.resolve() for path in restored]


def _has_moved(source: Path, target: Path) -> bool:
    """Return whether a target is the new one; killed between two calls, it has two names."""
    return not source.exists() or (target.exists() and source.samefile(target))


def _remove_path(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
