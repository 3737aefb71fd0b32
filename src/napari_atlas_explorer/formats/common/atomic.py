"""Atomic file writes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from ...core.errors import AtlasFileError
from ...core.text import quote_path
from .staging import existing_error, is_staged, publish_new, replace_paths, staging_folder, sync


@contextmanager
def atomic_write(path: str | Path, force: bool = True, *, durable: bool = True) -> Iterator[Path]:
    """Yield a temporary path that replaces the target when the block succeeds.

    The target is the old file or the whole new one, whenever the process stops; where it is
    durable also the machine, since the new one is on the disk before it takes the name. It keeps
    the permissions of a file that it replaces. Errors of the system name the target. What a
    killed process left in the target's folder is removed first, see `recover_folder`.

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
    if is_staged(target, target.parent.parent):
        # Within `atomic_writes`: the file takes its place together with the others.
        yield target
        return
    with atomic_writes([target], force, durable=durable) as (temporary,):
        yield temporary


@contextmanager
def atomic_writes(
    paths: Sequence[str | Path], force: bool = True, *, durable: bool = True
) -> Iterator[list[Path]]:
    """Yield temporary paths that replace their targets together when the block succeeds.

    As `atomic_write`, for files that belong together: all are old or all are new. Of a process
    that is killed while it replaces them, the next that writes into the folder, or reads them
    after `recover_folder`, puts the old ones back.

    Parameters
    ----------
    paths
        The targets, in one folder.
    force, durable
        As for `atomic_write`.

    Raises
    ------
    AtlasFileError
        If a target exists and may not be replaced, or is a folder, or its folder is missing.
        An error about a temporary path names the target instead.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     with atomic_writes([f"{folder}/a.obj", f"{folder}/a.obj.recipe.json"]) as temporaries:
    ...         for temporary in temporaries:
    ...             _ = temporary.write_text("whole")
    ...     sorted(path.name for path in Path(folder).iterdir())
    ['a.obj', 'a.obj.recipe.json']
    """
    targets = [Path(path) for path in paths]
    _refuse_targets(targets, force)
    folder, by_temporary = targets[0].parent, dict[str, Path]()
    try:
        with staging_folder(folder, targets[0].name) as work:
            # Their own names: writers choose a format by the suffix.
            temporaries = [work / target.name for target in targets]
            by_temporary.update(zip(map(str, temporaries), targets, strict=True))
            for temporary in temporaries:
                # With the permissions of any new file: the system applies the umask, and reading
                # it would change it for other threads.
                os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666))
            yield temporaries
            for temporary, target in zip(temporaries, targets, strict=True):
                with suppress(FileNotFoundError):
                    temporary.chmod(target.stat().st_mode & 0o7777)
                if durable:
                    sync(temporary)
            if len(targets) > 1:
                _refuse_targets(targets, force)
                with replace_paths(dict(zip(targets, temporaries, strict=True)), work):
                    pass
                return
            if force:
                temporaries[0].replace(targets[0])
            else:
                publish_new(temporaries[0], targets[0])
            if durable:
                sync(folder)
    except AtlasFileError as exc:
        if exc.path not in by_temporary:
            raise
        target = by_temporary[exc.path]
        raise AtlasFileError(target, exc.found, exc.expected, remedy=exc.remedy) from exc
    except OSError as exc:
        ours = exc.filename is None or is_staged(exc.filename, folder)
        if exc.errno is None or not ours:
            raise
        # A full disk has no name of a file, and that of the temporary one tells nobody anything.
        target = by_temporary.get(str(exc.filename), targets[0])
        raise OSError(exc.errno, exc.strerror, str(target)) from exc


def refuse_existing(files: Iterable[Path], force: bool) -> None:
    """Refuse, before any work, to overwrite files or to write into a missing folder."""
    for path in files:
        if path.exists() and not force:
            raise existing_error(path)
        if not path.parent.is_dir():
            folder = quote_path(path.parent)
            raise AtlasFileError(path, f"there is no folder {folder}", "an existing folder")


def _refuse_targets(targets: Iterable[Path], force: bool) -> None:
    refuse_existing(targets, force)
    for target in targets:
        if target.is_dir():
            raise AtlasFileError(target, "it is a folder", "the name of a file")
