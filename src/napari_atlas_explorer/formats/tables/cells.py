"""Cells of region tables: ids, colors and hemispheres as spreadsheets and tools write them."""

from __future__ import annotations

import re

from ...core.colors.region_colors import Rgb, parse_hex
from ...core.errors import HierarchyError
from ...core.regions.rows import as_id

MISSING = frozenset({"n/a", "N/A", "#N/A", "#NAME?", "#REF!", "#VALUE!", "#NULL!", "#DIV/0!"})
"""Cells that hold nothing: BIDS has "n/a", the others are Excel's errors. "NA" is an acronym."""

NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:[,'’\u00a0\u202f ]\d{3})+", re.ASCII)
RANGE = re.compile(r"(\d+)\s*(?:[~:–-]|\.\.|to)\s*(\d+)", re.ASCII)
ROUNDED = re.compile(r"[+-]?\d(?:\.(\d*))?[eE]\+?(\d+)", re.ASCII)


def clean(cell: str) -> str:
    """Return a cell's text, "" where it says that there is nothing."""
    text = cell.strip()
    return "" if text in MISSING else text


def is_number(text: str) -> bool:
    """Return whether a text is one number."""
    return NUMBER.fullmatch(text) is not None


def parse_id(text: str) -> int | None:
    """Return the whole number in a cell, None where it holds none.

    "1.0", "1.82305689E8" and "1,001" are how spreadsheets show 1, 182305689 and 1001.
    """
    if THOUSANDS.fullmatch(text):
        text = re.sub(r"[^\d-]", "", text)
    if not is_number(text):
        return None
    try:
        return as_id(text)
    except HierarchyError:
        return None


def is_range(text: str) -> bool:
    """Return whether a text names several ids, as in "1~20"."""
    return RANGE.fullmatch(text) is not None


def is_rounded(text: str) -> bool:
    """Return whether a number in scientific notation has fewer digits than the id it stands for."""
    match = ROUNDED.fullmatch(text)
    return match is not None and len(match[1] or "") < int(match[2])


# ---- Colors --------------------------------------------------------------------------------------

CHANNEL = r"(\d{1,3}(?:\.\d{0,12})?|\.\d{1,12})\s*(%?)"
TRIPLET = re.compile(
    rf"(?:rgba?)?\s*[\[(]?\s*{CHANNEL}[\s,;/]+{CHANNEL}[\s,;/]+{CHANNEL}"
    rf"(?:[\s,;/]+{CHANNEL})?\s*[\])]?",
    re.ASCII | re.IGNORECASE,
)
HEX = re.compile(r"(#|0x)?([0-9a-f]{3,8})", re.ASCII | re.IGNORECASE)
LONGEST_COLOR = 80

# The sixteen names of HTML and those that tables use besides.
NAMED = {
    "aqua": "00FFFF", "black": "000000", "blue": "0000FF", "brown": "A52A2A", "cyan": "00FFFF",
    "fuchsia": "FF00FF", "gold": "FFD700", "gray": "808080", "green": "008000", "grey": "808080",
    "lime": "00FF00", "magenta": "FF00FF", "maroon": "800000", "navy": "000080",
    "olive": "808000", "orange": "FFA500", "pink": "FFC0CB", "purple": "800080", "red": "FF0000",
    "silver": "C0C0C0", "teal": "008080", "violet": "EE82EE", "white": "FFFFFF",
    "yellow": "FFFF00",
}  # fmt: skip


def parse_color(text: str) -> Rgb | None:
    """Return the color of one cell, None where it cannot be read.

    Understands "#RRGGBB", "RRGGBB" (with zeros lost in front), "0xRRGGBB", "#RGB", "RGB" with a
    letter in it, "#RRGGBBAA", "rgb(1, 2, 3)", "1 2 3", fractions from 0 to 1, and names.
    """
    if len(text) > LONGEST_COLOR:
        return None
    if text.lower() in NAMED:
        return parse_hex(NAMED[text.lower()])
    match = TRIPLET.fullmatch(text)
    if match:
        percent = "%" in match.group(2, 4, 6)
        channels = [part / 100 if percent else part for part in map(float, match.group(1, 3, 5))]
        return scale_channels(channels, percent or is_fraction(list(match.group(1, 3, 5))))
    match = HEX.fullmatch(text)
    if match is None:
        return parse_hex(text)
    prefix, digits = match.groups()
    if len(digits) in (3, 4) and (prefix == "#" or (len(digits) == 3 and not digits.isdecimal())):
        # A spreadsheet drops zeros in front of what looks like a number only: "FFF" lost none.
        digits = "".join(2 * digit for digit in digits[:3])
    if len(digits) == 8 and prefix == "#":
        digits = digits[:6]
    return parse_hex(digits)


def is_fraction(cells: list[str]) -> bool:
    """Return whether channels are fractions from 0 to 1: none above 1, and one with a point."""
    return all(float(c) <= 1 for c in cells) and any("." in c for c in cells)


def scale_channels(channels: list[float], fraction: bool) -> Rgb | None:
    """Return a color of three channels, None where one is out of range."""
    if not all(0 <= c <= (1 if fraction else 255) for c in channels):
        return None
    r, g, b = (round(c * 255) if fraction else int(c) for c in channels)
    return r, g, b


# ---- Hemispheres ---------------------------------------------------------------------------------

HEMISPHERES = {
    **dict.fromkeys(("left", "l", "lh", "links", "gauche", "izquierda", "sinistra"), "left"),
    **dict.fromkeys(("right", "r", "rh", "rechts", "droite", "derecha", "destra"), "right"),
}


def parse_hemisphere(text: str) -> str | None:
    """Return "left" or "right", None for anything else."""
    return HEMISPHERES.get(text.strip().casefold())
