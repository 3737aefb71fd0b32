"""Shared parts of the commands: opening the atlas, JSON answers, notes, progress, SIGTERM."""

from __future__ import annotations

import argparse
import json
import re
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from ..core.errors import ArgumentError, AtlasError, AtlasFileError
from ..core.text import HARMFUL
from .terminal import (
    PROGRAM,
    STANDARD_OUTPUT,
    is_interactive,
    note,
    redraw_line,
    standard_output,
)

if TYPE_CHECKING:
    from ..core.atlas.atlas import Atlas

__all__ = ["PROGRAM", "STANDARD_OUTPUT", "note"]

# ---- Progress bar --------------------------------------------------------------------------------

PATIENCE = 1.0
"""Seconds of work before the bar appears."""
WIDTH = 24
MOST_WORDS = 45


class Progress:
    """Progress bar on a terminal; nothing elsewhere.

    Parameters
    ----------
    what
        Name of the work; multi-stage work passes it with each step.
    """

    def __init__(self, what: str = "") -> None:
        self._what = what
        self._start = time.monotonic()
        self._drawn = ("", -1)

    def __call__(self, share: float, what: str = "") -> None:
        """Draw the bar if it has changed; erase it at the end."""
        if not is_interactive() or time.monotonic() - self._start < PATIENCE:
            return
        now = (self._what or what[:MOST_WORDS], int(100 * share))
        if share >= 1:
            redraw_line("")
        elif now != self._drawn:
            bar = "#" * int(WIDTH * share)
            redraw_line(f"[{bar:{WIDTH}}] {now[1]:3d} % {now[0]}")
        self._drawn = now


# ---- SIGTERM -------------------------------------------------------------------------------------


@contextmanager
def catch_sigterm() -> Iterator[None]:
    """Treat SIGTERM as KeyboardInterrupt so that `finally` blocks run.

    By default Python would end at once and skip `finally` blocks.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # signals belong to the main thread
        return
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


# ---- Arguments and output ------------------------------------------------------------------------

SAMPLE = "sample"


class UsageError(AtlasError):
    """Error of the command line itself."""


def add_atlas_arguments(parser: argparse.ArgumentParser) -> None:
    """Add PATH, and the overrides for facts that its files do not state."""
    parser.add_argument(
        "path",
        metavar="PATH",
        help="folder, file or archive of an atlas, its name in a local cache, or 'sample'",
    )
    add_atlas_options(parser)


def add_atlas_options(parser: argparse.ArgumentParser) -> None:
    """Add the overrides for facts that an atlas's files do not state."""
    parser.add_argument("--region-map", metavar="FILE", help="hierarchy or table of regions")
    parser.add_argument(
        "--resolution",
        metavar="UM[,UM,UM]",
        help="voxel size in µm, where the files do not state it",
    )
    parser.add_argument(
        "--orientation", metavar="asr", help="letters of the sides on which the axes start"
    )
    parser.add_argument(
        "--midline",
        action="store_true",
        help="separate the hemispheres in the middle of the left-right axis, where the files do "
        "not say",
    )
    parser.add_argument(
        "--kind",
        choices=("annotation",),
        help="treat volumes as annotations even if they look like images",
    )


INPUTS = (
    "path",
    "paths",
    "file",
    "files",
    "region_map",
    "points",
    "frames",
    "image",
    "values",
    "recipe",
    "source",
    "spec",
    "update",
    "compare",
    "baseline",
    "config",
    "tract_mask",
    "injection",
    "density",
)
OUTPUTS = ("output", "json", "map", "html", "findings", "per_point")
"""Names of the arguments that are files to be read, and files to be written."""


def refuse_inputs_as_outputs(args: argparse.Namespace) -> None:
    """Refuse, before anything is read, to replace a file that is read.

    That is a file named twice, and any file in the folder of an atlas: which of them the atlas is
    made of is not known yet.
    """
    for path in list_paths(args, OUTPUTS):
        if not path.is_file():
            continue
        for source in list_paths(args, INPUTS):
            if source.is_dir() and source.resolve() in path.resolve().parents:
                problem = f"it is in the folder {source}, which is read"
            elif source.is_file() and source.samefile(path):
                problem = "it is read, and would be replaced by the answer"
            else:
                continue
            raise AtlasFileError(path, problem, "another name for the output")


def list_paths(args: argparse.Namespace, names: Sequence[str]) -> Iterator[Path]:
    """List the paths that arguments of these names state."""
    for name in names:
        value = getattr(args, name, None)
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, str | Path) and str(item) not in ("", SAMPLE, STANDARD_OUTPUT):
                yield Path(item)


def add_json_argument(parser: argparse.ArgumentParser) -> None:
    """Add --json [FILE] and the --force that goes with it."""
    parser.add_argument(
        "--json",
        metavar="FILE",
        nargs="?",
        const=STANDARD_OUTPUT,
        help="answer in JSON, on standard output or in a file",
    )
    add_force_argument(parser)


def add_force_argument(parser: argparse.ArgumentParser) -> None:
    """Add --force."""
    parser.add_argument("--force", action="store_true", help="replace files that exist")


def open_from(args: argparse.Namespace) -> Atlas:
    """Open the atlas of the arguments."""
    from ..atlases.open import open_atlas

    return open_atlas(
        atlas_path(args.path),
        args.region_map,
        kind=args.kind,
        resolution=parse_resolution(args.resolution),
        orientation=args.orientation,
        midline=args.midline,
    )


def atlas_path(text: str) -> Path:
    """Return the path of an atlas; "sample" is the sample atlas where no such file exists."""
    from ..atlases.open import local_path

    if text == SAMPLE and not Path(text).exists():
        from ..atlases.sample import sample_folder

        return sample_folder()
    return local_path(text)


def parse_resolution(
    text: str | None, option: str = "--resolution"
) -> float | tuple[float, float, float] | None:
    """Return a voxel size in µm, one or three numbers; None for an empty text."""
    if text is None:
        return None
    sizes = parse_numbers(text.split(","))
    if len(sizes) == 1:
        return sizes[0]
    if len(sizes) == 3:
        return (sizes[0], sizes[1], sizes[2])
    raise ArgumentError(f"{option} {text}; expected µm as 25 or 25,25,50")


def parse_numbers(words: Sequence[str]) -> list[float]:
    """Return words as numbers; none where one of them is no number."""
    try:
        return [float(word) for word in words]
    except ValueError:
        return []


def parse_coordinates(words: Sequence[str], what: str) -> tuple[float, float, float]:
    """Return three numbers of the command line."""
    values = parse_numbers(words)
    if len(values) != 3:
        raise UsageError(f"{what} is {' '.join(words) or 'missing'}; expected three numbers X Y Z")
    return (values[0], values[1], values[2])


def require_resolution(atlas: Atlas) -> None:
    """Raise for positions in µm where the voxel size is unknown."""
    if not atlas.package.resolution_known:
        raise ArgumentError(
            f"the files of {atlas.name} do not state the voxel size, so that a position in µm "
            f"has no meaning; expected --resolution UM, or voxels with --voxels"
        )


def note_assumptions(atlas: Atlas) -> None:
    """Print the assumptions about an atlas as notes."""
    for assumption in atlas.assumptions:
        note(f"assumed: {assumption.statement}")


def write_json(value: Any, target: str, force: bool) -> None:
    """Write JSON to standard output (for "-") or to a file."""
    text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    # JSON itself escapes only a part of the control characters; as escapes nothing is lost.
    text = HARMFUL.sub(_escape, text)
    if target == STANDARD_OUTPUT:
        standard_output().write(text)
        return
    from ..formats.common.atomic import atomic_write

    with atomic_write(target, force) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _escape(match: re.Match[str]) -> str:
    sign = match[0]
    return sign if sign in "\n\t" else f"\\u{ord(sign):04x}"


def align_rows(rows: Sequence[tuple[str, str]]) -> str:
    """Return the lines of a two-column table."""
    width = max(len(key) for key, _ in rows)
    return "\n".join(f"{key:{width}}  {value}" for key, value in rows)
