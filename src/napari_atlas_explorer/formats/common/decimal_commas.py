"""Decimal commas of spreadsheets in many languages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from ...core.errors import AtlasFileError

COMMA_NUMBER = re.compile(r"[+-]?(\d+(,\d*)?|,\d+)(e[+-]?\d+)?", re.IGNORECASE)
POINT_NUMBER = re.compile(r"[+-]?(\d+\.\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
GROUPED_NUMBER = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
"""Numbers that are another one if the comma groups digits."""


def replace_decimal_commas(path: Path, name: str, cells: Sequence[str]) -> Sequence[str]:
    """Return the cells of a column with decimal points; as they are where commas divide words.

    Raises
    ------
    AtlasFileError
        If the commas may as well group digits: all cells with one are like ``1,234``, or others
        of the column have a decimal point.
    """
    with_comma = [cell for cell in cells if "," in cell]
    if not with_comma or not all(map(COMMA_NUMBER.fullmatch, with_comma)):
        return cells
    if any(map(POINT_NUMBER.fullmatch, cells)) or all(map(GROUPED_NUMBER.fullmatch, with_comma)):
        raise AtlasFileError(
            path,
            f"column {name} holds {with_comma[0][:40]!r}, whose comma may be a decimal comma or "
            f"group the digits",
            "decimal points",
        )
    return [cell.replace(",", ".") for cell in cells]
