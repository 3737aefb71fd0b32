"""Cache folders that are made whole or not at all, and made again where they are damaged."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from .entries import lock_of, make_room, manifest_of, remove_entry, staging_of, touch
from .folder import cache_error, is_cache_fault
from .locks import take_lock
from .manifest import MISSING, find_doubt, write_manifest
from .notes import note_repair


def make_folder(
    target: Path,
    make: Callable[[Path], None],
    source: str,
    measure: Callable[[], int] = lambda: 0,
    go_on_waiting: Callable[[], None] = lambda: None,
) -> Path:
    """Return a folder of the cache; made where it is missing or damaged.

    Parameters
    ----------
    target
        The folder.
    make
        Fills an empty folder, which then takes the place of the target. What it raises passes
        on, and nothing is left.
    source
        What it is made of, for people.
    measure
        Estimates its bytes, for which room is made.
    go_on_waiting
        Called while another process makes the same; raises to give up.

    Raises
    ------
    CacheError
        If the cache has no room, or may not be written.
    """
    manifest = manifest_of(target)
    if not find_doubt(target, manifest):
        touch(target)
        return target
    with ExitStack() as stack:
        try:
            stack.callback(take_lock(lock_of(target), go_on_waiting).release)
        except OSError as exc:
            raise cache_error(target.parent, exc) from exc
        except NotImplementedError:  # a file system without locks: twice at once is rare
            pass
        doubt = find_doubt(target, manifest)
        if not doubt:  # another process was quicker
            return target
        if doubt != MISSING or target.exists():
            note_repair(f"{source}: its copy in the cache was damaged ({doubt}); it is made again")
        make_room(measure(), target, must_fit=False)
        staging = staging_of(target)
        try:
            shutil.rmtree(staging, ignore_errors=True)  # left behind by a killed run
            staging.mkdir(mode=0o700)
            make(staging)
            remove_entry(target)
            staging.replace(target)
            write_manifest(target, manifest, source)
            make_room(0, target, must_fit=False)  # tar archives do not state their size
        except OSError as exc:
            if is_cache_fault(exc):
                raise cache_error(target.parent, exc) from exc
            raise
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    return target
