"""``custom_atlases.conf``: atlases that BrainGlobe's tools list beside its published ones."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

from ..core.errors import AtlasFileError
from ..files.atomic import replacing
from ..files.reasons import reason_of

CUSTOM_FILE = "custom_atlases.conf"
SECTION = "atlases"
HEADING = re.compile(r"^\[(?P<name>[^\]]+)\]")


def note_atlas(path: Path, name: str, version: str) -> None:
    """Write the version of an atlas into the file; every other line stays as it is.

    Parameters
    ----------
    path
        The file; it is made if it is not there. Its folder is there.
    name
        With the resolution, such as "allen_mouse_25um".
    version
        Such as "1.2".

    Raises
    ------
    AtlasFileError
        If the file is not what BrainGlobe's tools can read: they would not list it either.
    """
    lines = _read(path).splitlines()
    known = _parsed(path, lines)
    if known.get(SECTION, name, fallback=None) == version:
        return
    line = f"{name} = {version}"
    if not known.has_section(SECTION):
        lines += [*([""] if lines else []), f"[{SECTION}]", line]
    elif known.has_option(SECTION, name):
        lines[_line_of(lines, name)] = line
    else:
        lines.insert(_heading(lines) + 1, line)
    if _parsed(path, lines).get(SECTION, name, fallback=None) != version:
        raise AtlasFileError(path, f"an entry of {name} over several lines", "one line for each")
    with replacing(path) as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def _read(path: Path) -> str:
    if not path.exists():
        return ""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as exc:
        raise AtlasFileError(path, f"cannot be read ({reason_of(exc)})") from exc


def _parsed(path: Path, lines: list[str]) -> configparser.ConfigParser:
    config = configparser.ConfigParser(interpolation=None)
    try:
        config.read_string("\n".join(lines))
    except configparser.Error as exc:
        raise AtlasFileError(
            path, f"it cannot be read ({' '.join(reason_of(exc).split())})", "[atlases] name = 1.0"
        ) from exc
    return config


def _heading(lines: list[str]) -> int:
    return next(i for i, line in enumerate(lines) if _section_of(line) == SECTION)


def _line_of(lines: list[str], name: str) -> int:
    """Line of an entry in the section of atlases."""
    section = None
    for number, line in enumerate(lines):
        section = _section_of(line) or section
        key = re.split(r"[=:]", line, maxsplit=1)[0].strip().lower()
        if section == SECTION and key == name.lower():
            return number
    raise AssertionError  # the file's reader has just found it


def _section_of(line: str) -> str | None:
    heading = HEADING.match(line)
    return heading["name"] if heading else None
