"""Log files of unexpected errors: the last resort of command line and window."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

from ...core.errors import MAX_MESSAGE
from ...core.text import quote_path

LOGS = "logs"
"""Folder within the cache."""
MOST_LOGS = 20
"""Log files that are kept; older ones are deleted."""
MOST_CHARACTERS = 1_000_000
PREFIX, SUFFIX = "error-", ".log"


def crash_details(exc: BaseException, where: str) -> str:
    """Return version, platform and traceback of an unexpected error, as text of many lines.

    Parameters
    ----------
    exc
        The exception, with its traceback.
    where
        "window", or "command" with its name; the arguments may be private and are left out.
    """
    from ... import __version__  # read from the metadata of the installation when first asked for

    try:
        trace = "".join(traceback.format_exception(exc))
    except Exception:  # noqa: BLE001 - an exception whose message cannot be made
        trace = f"{type(exc).__name__}\n" + "".join(traceback.format_tb(exc.__traceback__))
    if len(trace) > MOST_CHARACTERS:
        trace = f"{trace[: MOST_CHARACTERS // 2]}\n…\n{trace[-MOST_CHARACTERS // 2 :]}"
    facts = [
        f"napari-atlas-explorer {__version__}",
        f"Python {sys.version.split()[0]}",
        platform.platform(),
        where,
        time.strftime("%Y-%m-%d %H:%M:%S %z"),
    ]
    return "\n".join([*facts, "", trace])


def write_crash_log(details: str) -> Path | None:
    """Write the details of an unexpected error to a log file of the user.

    Parameters
    ----------
    details
        As `crash_details` returns them.

    Returns
    -------
    path
        In the cache, else in the folder for temporary files; None where neither can be written.
    """
    for folder in _folders():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            stamp = time.strftime("%Y%m%d-%H%M%S")
            handle, name = tempfile.mkstemp(SUFFIX, f"{PREFIX}{stamp}-", folder)
            # A lone surrogate in a message cannot be written as UTF-8.
            with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as stream:
                stream.write(details)
            _delete_old(folder)
        except (OSError, ValueError):
            continue
        return Path(name)
    return None


def describe_crash(exc: BaseException) -> str:
    """Return what happened, in one line: type and message."""
    try:
        text = str(exc)
    except Exception:  # noqa: BLE001 - an exception that cannot be printed has its type
        text = ""
    what = f"{type(exc).__name__}: {text}" if text else type(exc).__name__
    if len(what) > MAX_MESSAGE // 2:
        what = f"{what[: MAX_MESSAGE // 2]}…"
    return f"unexpected error ({what})"


def describe_log(log: Path | None) -> str:
    """Return where the log file is, in a clause that ends the line."""
    return f"report it with the log {quote_path(log)}" if log else "no log could be written"


def _folders() -> Iterator[Path]:
    try:
        from ..cache.folder import cache_path

        yield cache_path(LOGS)
    except Exception:  # noqa: BLE001 - what failed may fail again here: memory, imports
        pass
    try:
        yield Path(tempfile.gettempdir())
    except OSError:  # no folder for temporary files can be written
        return


def _delete_old(folder: Path) -> None:
    logs = sorted(folder.glob(f"{PREFIX}*{SUFFIX}"), key=lambda path: path.name)
    for path in logs[:-MOST_LOGS]:
        path.unlink(missing_ok=True)
