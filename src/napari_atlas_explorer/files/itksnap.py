"""ITK-SNAP label descriptions: ``IDX R G B A VIS MSH "LABEL"``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..core.errors import AtlasFileError

ROW = re.compile(
    r"\s*(\d{1,10})\s+(\d{1,3})\s+(\d{1,3})\s+(\d{1,3})\s+([\d.eE+-]+)\s+(\d)\s+(\d)\s+"
    r"\"([^\"]*)\"\s*",
    re.ASCII,
)


def is_itksnap(line: str) -> bool:
    """Whether a line is an ITK-SNAP label row."""
    return ROW.fullmatch(line) is not None


def parse_itksnap(lines: Sequence[str], path: Path) -> list[dict[str, Any]]:
    """Rows of an ITK-SNAP label description file; label 0 ("Clear Label") is left out.

    A name runs to the next quote: the format has no way to write one inside.
    """
    rows: list[dict[str, Any]] = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = ROW.fullmatch(line)
        if match is None:
            raise AtlasFileError(
                path, f"line {number} is {line[:60]!r}", 'IDX R G B A VIS MSH "LABEL"'
            )
        label, r, g, b = (int(v) for v in match.group(1, 2, 3, 4))
        if label:
            name = match.group(8).strip()
            rows.append({"id": label, "acronym": name, "name": name, "rgb_triplet": [r, g, b]})
    return rows
