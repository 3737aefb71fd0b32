"""Guards against hostile files: memory budget, data paths, bounded messages."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import DTypeLike

from ...core.errors import AtlasFileError, short
from ...core.text import parse_bytes


def find_data_file(header: Path, name: str) -> Path:
    """Return the path of a data file that a header names; it must be a file in the header's folder.

    Links are followed first, so that one that leads out of the folder is refused, and so are
    devices and pipes, whose reading may never end.
    """
    folder = header.parent.resolve()
    try:
        target = (folder / name).resolve()
        if "\\" in name and not target.is_file():  # written on Windows: ".\\file.raw"
            target = (folder / name.replace("\\", "/")).resolve()
        missing = not target.is_file()
    except (OSError, ValueError, RuntimeError) as exc:  # too long, a loop of links, a null
        raise AtlasFileError(header, f"data file {short(name)} has no valid name") from exc
    if not target.is_relative_to(folder):
        raise AtlasFileError(
            header, f"data file {short(name)} is outside its folder", "a file next to the header"
        )
    if missing:
        raise AtlasFileError(header, f"data file {short(name)} is missing", "it next to the header")
    return target


# ---- Files that are not what their name says -----------------------------------------------------

LFS_START = b"version https://git-lfs"
ANNEX_PART = b"/annex/objects/"
HTML_STARTS = (b"<!doctype html", b"<html", b'<?xml version="1.0"?><html')
HEAD = 256
"""Bytes that tell what a file is."""


def require_content(path: Path) -> None:
    """Refuse what a download or a version control system leaves in the place of a file.

    Raises
    ------
    AtlasFileError
        For empty files, pointers of Git LFS and git-annex, and HTML pages.
    """
    try:
        if path.is_symlink() and not path.exists():
            raise AtlasFileError(path, "a link to a file that is not here", "the file itself")
        if not path.is_file():
            return
        with path.open("rb") as stream:
            head = stream.read(HEAD)
    except OSError as exc:
        raise AtlasFileError(path, f"cannot be read ({reason_of(exc)})") from exc
    check_head(path, head)


def check_head(path: Path, head: bytes) -> None:
    """Refuse a file by its first bytes; see `require_content`."""
    start = head.lstrip().lower()
    if not head:
        raise AtlasFileError(path, "the file is empty")
    if head.startswith(LFS_START):
        raise AtlasFileError(
            path, "a Git LFS pointer instead of the file", "the file: run 'git lfs pull'"
        )
    if head.startswith(b"/") and ANNEX_PART in head:
        raise AtlasFileError(
            path, "a git-annex pointer instead of the file", "the file: run 'git annex get'"
        )
    if start.startswith(HTML_STARTS):
        raise AtlasFileError(path, "an HTML page, as a failed download leaves", "the file itself")


MAX_REASON = 160


def reason_of(exc: BaseException) -> str:
    """Return an error's message, cut where it quotes the file at length; its type if empty."""
    text = getattr(exc, "strerror", None) or str(exc) or type(exc).__name__
    return text if len(text) <= MAX_REASON else text[: MAX_REASON - 1] + "…"


BUDGET_VARIABLE = "ATLAS_EXPLORER_MAX_BYTES"
SHARE_OF_MEMORY = 0.6
"""An annotation is held twice for a moment (ids and ranks), the ranks at half the size."""


def memory_budget() -> int:
    """Return the bytes one volume may take: the environment's setting, or 60 % of memory."""
    stated = parse_bytes(os.environ.get(BUDGET_VARIABLE, ""))
    if stated is not None:
        return stated
    return int(_find_total_memory() * SHARE_OF_MEMORY)


@cache
def _find_total_memory() -> int:
    try:
        # Not on Windows. Importing psutil takes as long as one lookup.
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        import psutil

        return int(psutil.virtual_memory().total)


def check_size(path: Path, shape: Sequence[int], dtype: DTypeLike) -> int:
    """Return the bytes that a header declares; raise an error where they exceed the budget.

    Python's integers cannot overflow here.
    """
    if not shape or any(n <= 0 for n in shape):
        raise AtlasFileError(path, f"axes of {tuple(shape)} voxels", "at least one voxel each")
    needed = math.prod(int(n) for n in shape) * np.dtype(dtype).itemsize
    budget = memory_budget()
    if needed > budget:
        raise AtlasFileError(
            path,
            f"its header declares {_format_bytes(needed)}",
            f"at most {_format_bytes(budget)} (set {BUDGET_VARIABLE} to change this)",
        )
    return needed


def _format_bytes(n: float) -> str:
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if n < 1000 or unit == "TB":
            return f"{n:.0f} {unit}" if unit == "bytes" else f"{n:.3g} {unit}"
        n /= 1000
    raise AssertionError  # the loop always returns
