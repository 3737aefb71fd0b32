"""Lookups as text: the command and the Python line that give what the window shows."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from subprocess import list2cmdline

from ...atlases.local.frames import frames_file
from ...core.atlas.atlas import Atlas
from ...core.space.frames import Frame


def lookup_command(source: str, numbers: Sequence[float], options: Sequence[str] = ()) -> str:
    """Return the command that looks up a position, quoted for this system's shell."""
    words = ["atlas-explorer", "lookup", source, *map(_write, numbers), *options]
    return list2cmdline(words) if sys.platform == "win32" else shlex.join(words)


def explain_lookup(atlas: Atlas, voxel: tuple[int, ...], path: Path | None) -> str:
    """Return the command and Python line that look up the region of a voxel."""
    source = source_of(atlas, path)
    command = lookup_command(source, voxel, ["--voxels"])
    return f"{command}\nopen_atlas({source!r}).at_voxel({voxel})"


def command_of_position(
    atlas: Atlas, position: Sequence[float], frame: Frame, path: Path | None
) -> str:
    """Return the command that looks up a position (µm), given in a frame."""
    numbers = frame.from_world(position).tolist()
    options = ["--frame", frame.name] if frame.name != "atlas" else []
    return lookup_command(source_of(atlas, path), numbers, options)


def python_of_position(
    atlas: Atlas, position: Sequence[float], frame: Frame, path: Path | None
) -> str:
    """Return the Python lines that look up a position (µm), given in a frame."""
    numbers = f"({', '.join(map(_write, frame.from_world(position).tolist()))})"
    lines = [f"atlas = open_atlas({source_of(atlas, path)!r})"]
    if frame.name == "atlas":
        lines.append(f"atlas.at({numbers})")
    elif frame.name in atlas.frames:
        lines.append(f"atlas.at(atlas.frames[{frame.name!r}].to_world({numbers}))")
    else:
        lines.append(f"frames = read_frames({str(frames_file())!r}, atlas)")
        lines.append(f"atlas.at(frames[{frame.name!r}].to_world({numbers}))")
    return "\n".join(lines)


def source_of(atlas: Atlas, path: Path | None) -> str:
    """Return what opens an atlas."""
    return str(path or atlas.path or "sample")


def _write(number: float) -> str:
    """Return a number to a millionth, without zeros at its end."""
    return f"{round(number, 6) + 0.0:.12g}"
