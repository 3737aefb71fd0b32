"""BrainGlobe's atlases, listed and downloaded by its own library where installed."""

from __future__ import annotations

import importlib.util
import json
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from ...core.errors import ArgumentError, AtlasError, short
from ..local.catalogue import scan
from ..open import find_package

if TYPE_CHECKING:
    from .atlas import DownloadResult

LIBRARY = "brainglobe_atlasapi"
HOW_TO_INSTALL = 'pip install "napari-atlas-explorer[brainglobe]"'
PIECE = 0.2
"""Seconds after which it is asked whether the work is to end."""
FEWEST_BYTES = 100
SCRIPT = Path(__file__).with_name("brainglobe_process.py")


def is_installed() -> bool:
    """Return whether brainglobe-atlasapi is installed, without importing it."""
    return importlib.util.find_spec(LIBRARY) is not None


def install_hint() -> str:
    """Return one line on how to install it."""
    return f"BrainGlobe's atlases need brainglobe-atlasapi; expected: {HOW_TO_INSTALL}"


def brainglobe_atlases(tick: Callable[[], object] = lambda: None) -> dict[str, str]:
    """Return names and latest versions of the atlases that BrainGlobe offers.

    Parameters
    ----------
    tick
        Called again and again; what it raises ends the work.

    Raises
    ------
    AtlasError
        If the library is not installed, or cannot get the list.
    """
    for answer in _read_answers(["list"], tick):
        if isinstance(answer.get("atlases"), dict):
            return {str(k): str(v) for k, v in sorted(answer["atlases"].items())}
    raise AtlasError("brainglobe-atlasapi gave no list; expected names and versions")


def download_brainglobe(
    name: str, cache_dir: str | Path | None, step: Callable[[float, str], object]
) -> DownloadResult:
    """Download an atlas of BrainGlobe into its own folder, unless it is already there."""
    from .atlas import DownloadResult

    if cache_dir is not None:
        raise ArgumentError(
            f"{short(name)} is a name of BrainGlobe's, whose library keeps it in its own folder; "
            f"expected no other cache folder"
        )
    existing = _find_package(name)
    if existing is not None and _is_whole(existing):
        return DownloadResult(existing, name, True, ("was there already",))
    progress = [(0.0, f"{name}: asking BrainGlobe")]
    step(*progress[-1])
    for answer in _read_answers(["download", name], lambda: step(*progress[-1])):
        done, total = answer.get("done"), answer.get("total")
        if isinstance(done, int | float) and isinstance(total, int | float) and total > 0:
            progress[:] = [(min(done / total, 1.0), _describe_progress(name, done, total))]
            step(*progress[-1])
    path = _find_package(name)
    if path is None or not _is_whole(path):
        raise AtlasError(f"{name}: brainglobe-atlasapi ended without a whole atlas in its folder")
    return DownloadResult(path, name, False, ("downloaded by brainglobe-atlasapi",))


def _describe_progress(name: str, done: float, total: float) -> str:
    """Describe progress: version 2 of the library counts bytes, version 3 is asked for volumes."""
    if total < FEWEST_BYTES:
        return f"{name}, {int(done)} of {int(total)} volumes"
    return f"{name}, {done / 1e6:.1f} of {total / 1e6:.1f} MB"


def _is_whole(path: Path) -> bool:
    """Return whether a package opens: version 3 of the library keeps some without their values."""
    try:
        find_package(path)
    except AtlasError:
        return False
    return True


def _find_package(name: str) -> Path | None:
    entries = [a for a in scan().entries if a.layout.startswith("BrainGlobe")]
    matches = [a for a in entries if name in (a.name, a.path.name)]
    return max(matches, key=lambda a: a.version).path if matches else None


def _read_answers(words: list[str], tick: Callable[[], object]) -> Iterator[dict[str, Any]]:
    """Yield the answers of the process, which ends when the generator is closed."""
    if not is_installed():
        raise AtlasError(install_hint())
    process = subprocess.Popen(
        [sys.executable, "-P", str(SCRIPT), *words],  # -P: not our modules under their names
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
    )
    lines: queue.Queue[str | None] = queue.Queue()
    stream = process.stdout
    if stream is None:  # for the type checker: stdout is a pipe
        return
    reader = threading.Thread(target=_read_lines, args=(stream, lines), daemon=True)
    reader.start()
    try:
        while True:
            try:
                line = lines.get(timeout=PIECE)
            except queue.Empty:
                tick()
                continue
            if line is None:
                break
            answer = _parse_answer(line)
            if "error" in answer:
                raise AtlasError(f"brainglobe-atlasapi: {answer['error']}")
            yield answer
        if process.wait():
            raise AtlasError(f"brainglobe-atlasapi ended with status {process.returncode}")
    finally:
        process.kill()
        process.wait()
        reader.join()
        stream.close()


def _read_lines(stream: IO[str], lines: queue.Queue[str | None]) -> None:
    for line in stream:
        lines.put(line)
    lines.put(None)


def _parse_answer(line: str) -> dict[str, Any]:
    try:
        answer = json.loads(line)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
