"""Colour tables ``id name R G B A``: FreeSurfer's LUT and 3D Slicer's .ctbl.

Both part words by blanks and write a name as one word, with underscores; they differ in A
alone, which FreeSurfer counts as transparency and Slicer as opacity, and which is not used.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..core.errors import AtlasFileError

ROW = re.compile(
    r"\s*(\d{1,10})\s+(\"[^\"]*\"|\S+)\s+(\d{1,3})\s+(\d{1,3})\s+(\d{1,3})(?:\s+\d{1,3})?\s*",
    re.ASCII,
)


def is_color_table(line: str) -> bool:
    """Whether a line is a row of a colour table."""
    return ROW.fullmatch(line) is not None


def parse_color_table(lines: Sequence[str], path: Path) -> list[dict[str, Any]]:
    """Rows of a colour table; label 0, the background, is left out."""
    rows: list[dict[str, Any]] = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = ROW.fullmatch(line)
        if match is None:
            raise AtlasFileError(path, f"line {number} is {line[:60]!r}", "id name R G B A")
        label, r, g, b = (int(v) for v in match.group(1, 3, 4, 5))
        if label:
            name = match[2].strip('"')
            rows.append({"id": label, "acronym": name, "name": name, "rgb_triplet": [r, g, b]})
    return rows
