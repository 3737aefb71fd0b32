"""Positions typed where regions are searched."""

from __future__ import annotations

import re

from ..text import THIN_SPACE

NUMBER = r"([-+]?\d{1,9}(?:\.\d{1,9})?)"
SEPARATOR = r"\s*[,;\s]\s*"
POSITION = re.compile(rf"\s*{NUMBER}{SEPARATOR}{NUMBER}{SEPARATOR}{NUMBER}\s*(µm|um|mm)?\s*")


def parse_position(text: str) -> tuple[float, float, float] | None:
    """Return three numbers that are all of a text, None for another text; mm become µm.

    >>> parse_position("6600 2500 3300"), parse_position("6.6, 2.5, 3.3 mm")
    ((6600.0, 2500.0, 3300.0), (6600.0, 2500.0, 3300.0))
    """
    match = POSITION.fullmatch(text.replace(THIN_SPACE, "").replace("μ", "µ"))
    if match is None:
        return None
    factor = 1000 if match[4] == "mm" else 1
    x, y, z = (round(float(match[k]) * factor, 6) for k in (1, 2, 3))
    return x, y, z
