"""Atomic file writes."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ...core.errors import AtlasFileError

NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EINVAL}
"""Errors of a file system that has no hard links, such as FAT."""


@contextmanager
def atomic_write(path: str | Path, force: bool = True, *, durable: bool = True) -> Iterator[Path]:
    """Yield a temporary path that replaces the target when the block succeeds.

    The target is the old file or the whole new one, whenever the process stops; where it is
    durable also the machine, since the new one is on the disk before it takes the name. It keeps
    the permissions of a file that it replaces. Errors of the system name the target.

    Parameters
    ----------
    path
        The target.
    force
        Whether an existing target may be replaced; else it is refused before anything is done, and
        also if another process makes it meanwhile.
    durable
        Whether to wait for the disk; for settings and previews, a power cut may cost the new file.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     with atomic_write(Path(folder) / "new.txt") as temporary:
    ...         _ = temporary.write_text("whole")
    ...     (Path(folder) / "new.txt").read_text()
    'whole'
    """
    target = Path(path)
    refuse_existing([target], force)
    if target.is_dir():
        raise AtlasFileError(target, "it is a folder", "the name of a file")
    temporary = _create_temporary(target)
    try:
        yield temporary
        with suppress(FileNotFoundError):
            temporary.chmod(target.stat().st_mode & 0o7777)
        if durable:
            sync(temporary)
        if force:
            temporary.replace(target)
        else:
            _publish_new(temporary, target)
        if durable:
            sync(target.parent)
    except OSError as exc:
        if exc.errno is None or exc.filename not in (None, str(temporary)):
            raise
        # A full disk has no name of a file, and that of the temporary one tells nobody anything.
        raise OSError(exc.errno, exc.strerror, str(target)) from exc
    finally:
        temporary.unlink(missing_ok=True)


def refuse_existing(files: Iterable[Path], force: bool) -> None:
    """Refuse, before any work, to overwrite files or to write into a missing folder."""
    for path in files:
        if path.exists() and not force:
            raise _existing(path)
        if not path.parent.is_dir():
            raise AtlasFileError(path, f"there is no folder {path.parent}", "an existing folder")


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


def _existing(path: Path) -> AtlasFileError:
    return AtlasFileError(path, "the file exists", "a new name", remedy="replace")


def _create_temporary(target: Path) -> Path:
    """Create an empty file next to the target, with the permissions of any new file.

    Its suffix is the target's, since writers choose a format by it.
    """
    while True:
        temporary = target.with_name(f".{secrets.token_hex(6)}{target.suffix}")
        try:
            # The system applies the umask: reading it would change it for other threads.
            os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666))
        except FileExistsError:
            continue
        return temporary


def _publish_new(temporary: Path, target: Path) -> None:
    """Give a file its name unless another one has it; a rename would replace that one."""
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise _existing(target) from None
    except OSError as exc:
        if exc.errno not in NO_LINKS:
            raise
        if target.exists():
            raise _existing(target) from None
        temporary.replace(target)
