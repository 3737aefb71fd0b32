"""The command line: ``atlas-explorer COMMAND ...``.

The answer goes to standard output, everything else to standard error. Exit codes: 0 done,
1 findings of `qa` at the requested level or damage that `cache` finds, 2 bad input or usage, with
one line that states the problem and what was expected, 3 an unexpected error, with one line and a
log file.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

from ..atlases.cache.notes import collect_notes
from ..core.errors import AtlasError, Remedy, is_out_of_memory, join_lines, short, worded
from ..core.text import is_number, quote_path
from .common import (
    OUTPUTS,
    PROGRAM,
    STANDARD_OUTPUT,
    UsageError,
    list_paths,
    note,
    refuse_inputs_as_outputs,
)
from .terminal import discard_output, flush_output, prepare_streams, report_error, say

COMMANDS = {
    "open": "open",
    "list": "list",
    "download": "download",
    "info": "info",
    "lookup": "lookup",
    "tree": "tree",
    "stats": "stats",
    "mask": "mask",
    "mesh": "mesh",
    "snapshot": "snapshot",
    "plates": "plates",
    "qa": "qa",
    "package": "package",
    "downsample": "downsample",
    "compare": "compare",
    "lines": "lines",
    "spatial-search": "spatial_search",
    "cache": "cache",
}
SUMMARIES = {
    "open": "open atlases in napari (without a command: napari with the panel)",
    "list": "the atlases on this computer, or with --online those that can be downloaded",
    "download": "download an atlas: allen_ccf_25um, a name of BrainGlobe's, or an address",
    "info": "facts about an atlas: shape, orientation, regions, datasets, assumptions",
    "lookup": "the region at a position (X Y Z in µm), or at every point of a file",
    "tree": "the hierarchy of regions with their sizes; --find keeps matches and their ancestors",
    "stats": "size and place of every region; counts and values by region (--points, --image)",
    "mask": "masks of regions as a volume, a segmentation, a surface or a list",
    "mesh": "surfaces of regions as OBJ, STL or PLY",
    "snapshot": "a figure of sections (PNG, SVG, PDF), drawn without a display",
    "plates": "a page for each section (PDF, SVG) with names and index; GeoJSON for QuPath",
    "qa": "check whether packaged atlases can be trusted (exit code 1 where they cannot)",
    "package": "make a BrainGlobe or VoxelBrain package from source files or another package",
    "downsample": "a coarser copy of an atlas",
    "compare": "two atlases of one space: a point in both, where they disagree, region volumes",
    "lines": "the regions that streamlines or a neuron's branches cross, with lengths in µm",
    "spatial-search": "voxels of a density in a range and outside fibre tracts; injection sites",
    "cache": "what the cache holds, with sizes; --check reads every byte, --clear removes it",
}
"""Of each command, for `--help`: 1.2 s earlier than by importing them all."""
DONE, BAD_INPUT, UNEXPECTED, INTERRUPTED = 0, 2, 3, 130
NO_MEMORY = "there is not enough memory for this"
REMEDIES: Mapping[Remedy, str] = {
    "replace": ", or --force to replace it",
    "keep faulty": ", or --keep-faulty",
    "state annotation": " (--kind annotation)",
    "state metadata": " State them in PACKAGE.toml, or as options.",
    "state orientation": ", or --orientation with --midline",
    "state axes": " (--orientation)",
    "state midline": ", or --midline",
    "state voxel size": " (--resolution UM)",
    "download values": f" ({PROGRAM} download NAME fetches them)",
    "fewer processes": " (--jobs)",
    "make mesh": f"; {PROGRAM} mask makes one of its voxels (-o FILE.obj)",
}
"""Ending of the message by remedy."""


class Parser(argparse.ArgumentParser):
    """Parser with one-line errors, like every other error of the program."""

    def error(self, message: str) -> NoReturn:
        """Raise instead of printing the usage and exiting."""
        raise UsageError(f"{message} (see {self.prog} --help)")


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    prepare_streams()
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        with _print_repairs():
            code = _run_command(words)
        flush_output()
    except SystemExit as exc:  # raised by argparse after --help and --version
        return int(exc.code or 0)
    except BrokenPipeError:
        discard_output()
    except KeyboardInterrupt:
        return INTERRUPTED
    except (AtlasError, OSError, MemoryError) as exc:
        report_error(_format_error(exc))
        return BAD_INPUT
    except Exception as exc:  # noqa: BLE001 - the last resort: a line and a log, never a traceback
        if is_out_of_memory(exc):
            report_error(NO_MEMORY)
            return BAD_INPUT
        from ..atlases.local.crash_log import (
            crash_details,
            describe_crash,
            describe_log,
            write_crash_log,
        )

        command = words[0] if words and words[0] in COMMANDS else "open"
        log = write_crash_log(crash_details(exc, f"command {command}"))
        report_error(f"{describe_crash(exc)}; {describe_log(log)}")
        return UNEXPECTED
    else:
        return code
    return DONE


@contextmanager
def _print_repairs() -> Iterator[None]:
    """Print notes on caches that were made again, when the command has ended."""
    with collect_notes() as notes:
        try:
            yield
        finally:
            for text in notes:
                note(text)


def _run_command(argv: list[str]) -> int:
    """Run a command; return its exit code, 0 for None."""
    if not argv:
        _import("open").run(argparse.Namespace(paths=[], finding=None, compare=None, config=None))
        return DONE
    name = argv[0]
    for word in argv:
        _require_encodable(word)
    if name not in COMMANDS:
        _make_top_parser().parse_args(argv)  # --help, --version; else an unknown command
        raise UsageError(f"there is no command {name!r}; expected {', '.join(COMMANDS)}")
    command = _import(name)
    parser = Parser(prog=f"{PROGRAM} {name}", description=SUMMARIES[name], allow_abbrev=False)
    command.add_arguments(parser)
    # Intermixed: options may come before, between and after positional arguments.
    args = parser.parse_intermixed_args(shield_arguments(argv[1:]))
    refuse_inputs_as_outputs(args)
    try:
        return command.run(args) or DONE
    except OSError as exc:
        # A write to a full disk knows no file name.
        if exc.filename is None and exc.strerror and not isinstance(exc, AtlasError):
            exc.filename = ", ".join(map(quote_path, list_paths(args, OUTPUTS))) or None
        raise


def _require_encodable(word: str) -> None:
    """Refuse a word that no command line of the system can hold, before it is taken for a path."""
    try:
        possible = b"\0" not in os.fsencode(word)
    except UnicodeEncodeError:
        possible = False
    if not possible:
        raise UsageError(f"the argument {short(word)} holds what is no character; expected text")


def _import(name: str) -> ModuleType:
    return import_module(f".{COMMANDS[name]}", __package__)


def _make_top_parser() -> Parser:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:{width}}  {SUMMARIES[name]}" for name in COMMANDS]
    parser = Parser(
        prog=PROGRAM,
        usage=f"{PROGRAM} [COMMAND ...]",
        description="Explore brain atlases. Without a command: napari with the atlas panel.",
        epilog="\n".join(["commands:", *lines, "", f"{PROGRAM} COMMAND --help shows details."]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_VersionAction, help="show the version and end")
    parser.add_argument("command", nargs="*", help=argparse.SUPPRESS)
    return parser


class _VersionAction(argparse.Action):
    """Option that prints the version: looking it up takes longer than all other options."""

    def __init__(self, **options: Any) -> None:
        super().__init__(nargs=0, **options)

    def __call__(self, parser: argparse.ArgumentParser, *args: object) -> NoReturn:
        from .. import __version__

        say(f"{PROGRAM} {__version__}")
        parser.exit()


def shield_arguments(argv: Sequence[str]) -> list[str]:
    """Prepare arguments so that argparse accepts negative numbers and bare --json.

    A leading blank keeps "-1e3" or "-.5" from being read as an option; `float` ignores it.
    ``--json`` takes the next word as its file unless that is a number (a position) or an
    existing path that is no JSON file (the atlas).
    """
    words: list[str] = []
    for n, word in enumerate(argv):
        following = argv[n + 1] if n + 1 < len(argv) else ""
        if word == "--json" and (is_number(following) or _is_other_file(following)):
            words.append(f"--json={STANDARD_OUTPUT}")
        else:
            words.append(f" {word}" if word.startswith("-") and is_number(word) else word)
    return words


def _is_other_file(word: str) -> bool:
    return bool(word) and Path(word).exists() and Path(word).suffix.lower() != ".json"


def _format_error(exc: BaseException) -> str:
    if isinstance(exc, MemoryError):
        return NO_MEMORY
    if isinstance(exc, OSError) and not isinstance(exc, AtlasError) and exc.strerror:
        where = f"{quote_path(exc.filename)}: " if exc.filename else ""
        return join_lines(f"{where}{exc.strerror}")
    return worded(exc, REMEDIES)
