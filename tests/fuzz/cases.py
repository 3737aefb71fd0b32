"""Cases: a document with changed fields, a command that reads it, and what no command may do."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import re
import tempfile
import traceback
import warnings
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

from napari_atlas_explorer import AtlasError
from napari_atlas_explorer.cli.main import NO_MEMORY, main
from napari_atlas_explorer.cli.terminal import PROGRAM, report_error
from napari_atlas_explorer.viewer.session_file import read_session

from .changes import Change, apply, draw_change, shrink
from .targets import READ_SESSION, TARGETS, shared_folder

HARMFUL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
"""What no terminal may get: all but line feeds and tabs."""
CORPUS = Path(__file__).parent / "corpus"
"""Cases that were at fault once, one in a file."""
LONGEST_LINE = 3000
QUIET = (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning)
"""Warnings that Python itself does not show."""
MOST_BYTES = 50_000_000
"""Memory budget of a volume; the documents describe some kB."""


@dataclass(frozen=True)
class Case:
    """A document, by its number among a target's valid ones, with its changes; and a command."""

    target: str
    base: int
    changes: list[Change] = field(default_factory=list)
    command: list[str] = field(default_factory=list)

    def as_json(self) -> str:
        """Return one line of JSON; NaN and lone surrogates are kept."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Case:
        return cls(**json.loads(text))


@dataclass(frozen=True)
class Outcome:
    """Exit code, and what was wrong; "" if nothing was."""

    code: int
    fault: str = ""


@cache
def valid_documents(target: str) -> list[Any]:
    """Return the valid documents of a target."""
    return TARGETS[target].make()


def draw_case(target: str, seed: int) -> Case:
    """Draw a case; the same one for the same number. One in thirty has no change."""
    random = Random(f"{target} {seed}")
    documents = valid_documents(target)
    base = random.randrange(len(documents))
    changes: list[Change] = []
    document = documents[base]
    for _ in range(random.choices([0, 1, 2, 3, 6], [1, 15, 7, 4, 3])[0]):
        changes.append(draw_change(random, document))
        document = apply(document, changes[-1:])
    # As it will be read from a file.
    return Case.from_json(
        Case(target, base, changes, random.choice(TARGETS[target].commands)).as_json()
    )


def run_case(case: Case) -> Outcome:
    """Run a case in folders of its own."""
    target = TARGETS[case.target]
    documents = valid_documents(case.target)
    document = apply(documents[case.base % len(documents)], case.changes)
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        folder = Path(name)
        places = {
            "IN": folder / "in",
            "OUT": folder / "out",
            "CONFIG": folder / "config",
            "CACHE": folder / "cache",
        }
        for place in places.values():
            place.mkdir()
        places["ATLAS"] = shared_folder() / "atlas"
        command = target.write(document, folder, case.command)
        words = [_fill(str(word), places) for word in command]
        with _environment(folder, target.environment):
            return _judge(words, folder)


def find_smallest(case: Case) -> Case:
    """Leave out changes that a fault does not need."""

    def fails(changes: list[Change]) -> bool:
        return bool(run_case(replace(case, changes=changes)).fault)

    return replace(case, changes=shrink(case.changes, fails))


def _fill(word: str, places: dict[str, Path]) -> str:
    """Put the case's folders in the place of their names."""
    head, slash, rest = word.partition("/")
    return f"{places[head]}{slash}{rest}" if head in places else word


@contextlib.contextmanager
def _environment(folder: Path, more: dict[str, str]) -> Iterator[None]:
    values = {
        "ATLAS_EXPLORER_CACHE": str(folder / "cache"),
        "ATLAS_EXPLORER_CONFIG": str(folder / "config"),
        "ATLAS_EXPLORER_MAX_BYTES": str(MOST_BYTES),
        "HOME": str(folder / "home"),
        "COLUMNS": "80",
    }
    with patch.dict(os.environ, values | more), contextlib.chdir(folder):
        yield


class _Records(logging.Handler):
    """Log records of libraries that would be printed: all without a handler that drops them."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        handlers = []
        logger: logging.Logger | None = logging.getLogger(record.name)
        while logger is not None and logger is not logging.getLogger():
            handlers += logger.handlers
            logger = logger.parent
        is_dropped = handlers and all(isinstance(h, logging.NullHandler) for h in handlers)
        # Our own log is collected, and printed as notes.
        if not is_dropped and not record.name.startswith("napari_atlas_explorer"):
            self.lines.append(f"{record.name}: {record.getMessage()}")


def _state(folder: Path) -> dict[str, tuple[int, int]]:
    """Return sizes and times of all files of a folder."""
    return {
        str(path.relative_to(folder)): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


def _judge(words: list[str], folder: Path) -> Outcome:
    """Run a command, and compare what it did with what is promised."""
    inputs = _state(folder / "in")
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", newline="\n") for _ in range(2))
    records = _Records()
    logging.getLogger().addHandler(records)
    try:
        with (
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            warnings.catch_warnings(record=True) as shown,
        ):
            warnings.simplefilter("always")
            code = _run(words)
    except BaseException as exc:
        if isinstance(exc, KeyboardInterrupt):
            raise
        return Outcome(-1, f"raises: {_where(traceback.format_exc())}")
    finally:
        logging.getLogger().removeHandler(records)
    texts = []
    for stream in (out, err):
        stream.flush()
        texts.append(stream.buffer.getvalue().decode("utf-8", "replace"))
    shown = [w for w in shown if not issubclass(w.category, QUIET)]
    faults = [
        *_find_faults(code, *texts, folder),
        *(f"warning: {w.category.__name__} {w.filename}:{w.lineno} {w.message}" for w in shown[:1]),
        *(f"log: {line}" for line in records.lines[:1]),
        *_find_leftovers(code, words, folder),
        *(["an input was changed"] if _state(folder / "in") != inputs else []),
    ]
    return Outcome(code, faults[0][:2000] if faults else "")


def _run(words: list[str]) -> int:
    """Run a command; a session, whose command opens a window, is read alone."""
    if words[:1] != [READ_SESSION]:
        return main(words)
    try:
        read_session(words[1])
    except AtlasError as exc:
        report_error(str(exc))
        return 2
    return 0


def _find_faults(code: int, out: str, err: str, folder: Path) -> Iterator[str]:
    lines = err.splitlines()
    errors = [line for line in lines if line.startswith(f"{PROGRAM}: ")]
    if code == 3:
        logs = sorted((folder / "cache" / "logs").glob("*.log"))
        yield f"unexpected error: {_where(logs[-1].read_text('utf-8')) if logs else err}"
    if code not in (0, 1, 2, 3):
        yield f"exit code {code}"
    if len(errors) != (code >= 2):
        yield f"{len(errors)} lines of errors with exit code {code}: {err[:500]!r}"
    if "Traceback" in err:
        yield f"traceback: {err[-500:]!r}"
    if any(NO_MEMORY in line for line in errors):
        yield "memory: a small document fills it"
    for text in (out, err):
        if harmful := HARMFUL.search(text):
            yield f"control character {harmful[0]!r} in {text[:500]!r}"
    if any(len(line) > LONGEST_LINE for line in errors):
        yield f"an error of {max(map(len, errors))} characters"


def _find_leftovers(code: int, words: list[str], folder: Path) -> Iterator[str]:
    """Find what stays beside the output of a command that has ended."""
    out = folder / "out"
    hidden = [p for p in out.rglob("*") if p.name.startswith(".") and not _is_zarr(p)]
    if hidden:
        yield f"left behind: {[str(p.relative_to(out)) for p in hidden]}"
    is_one_file = words and words[0] in ("stats", "lookup", "snapshot", "compare", "lines")
    if code >= 2 and is_one_file and any(out.iterdir()):
        yield f"an output in spite of an error: {sorted(p.name for p in out.iterdir())}"


def _is_zarr(path: Path) -> bool:
    return path.name in (".zarray", ".zattrs", ".zgroup", ".zmetadata")


def _where(trace: str) -> str:
    """Return the error and the last lines of ours in a traceback."""
    ours = re.findall(r'napari_atlas_explorer/(\S+\.py)", line (\d+), in (\w+)', trace)
    error = [line for line in trace.strip().splitlines() if line and not line.startswith(" ")][-1:]
    return f"{''.join(error)[:300]} at {' < '.join(':'.join(o) for o in ours[:-4:-1])}"


def signature(fault: str) -> str:
    """Return what two faults have in common that have one cause: all but numbers and texts."""
    head, _, place = fault.partition(" at ")
    place = re.sub(r":\d+", "", place)
    return re.sub(r"'[^']*'|\d+|\[.*", "_", head)[:60] + place
