"""Wording of numbers and lists for windows, command line and figures."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

# ---- Lists and counts ----------------------------------------------------------------------------

NAMES_IN_SENTENCE = 5


def listed(words: Iterable[str], most: int = NAMES_IN_SENTENCE) -> str:
    """List words in a sentence: the first few, and how many more there are."""
    every = list(words)
    more = len(every) - most
    return ", ".join(every[:most]) + (f" and {more:,} more" if more > 0 else "")


def counted(n: int, one: str, many: str = "") -> str:
    """Count things in a sentence: "1 voxel", "12,345 voxels"."""
    return f"1 {one}" if n == 1 else f"{n:,} {many or one + 's'}"


def as_plain(text: str) -> str:
    """Return a text that nothing takes for markup: "<" becomes "‹".

    For layer names and notifications: napari lets Qt guess what they are, so that a region called
    ``<img src="...">`` would be a picture, fetched from wherever it says.

    >>> as_plain("mask <b>TH</b>"), as_plain("VISp2/3 · left")
    ('mask ‹b>TH‹/b>', 'VISp2/3 · left')
    """
    return text.replace("<", "‹")


# ---- Numbers and quantities ----------------------------------------------------------------------

THIN_SPACE = "\u202f"
"""U+202F, the narrow no-break space between groups of three digits."""


def grouped(value: int) -> str:
    """Return the whole number with its thousands spaced."""
    return f"{value:,}".replace(",", THIN_SPACE)


def micrometers(value: float) -> str:
    """Return micrometers without decimals."""
    return grouped(round(value)) if math.isfinite(value) else str(value)


def cubic_millimeters(cubic_micrometers: float) -> str:
    """Return the mm³ with three significant digits, never in powers of ten."""
    return f"{_three_digits(cubic_micrometers / 1e9)} mm³"


def millimeters(micrometers: float) -> str:
    """Return the mm with three significant digits, never in powers of ten.

    Examples
    --------
    >>> millimeters(50), millimeters(1_500)
    ('0.0500 mm', '1.50 mm')
    """
    return f"{_three_digits(micrometers / 1000)} mm"


def _three_digits(value: float) -> str:
    if value == 0:
        return "0"
    decimals = 2 - math.floor(math.log10(abs(value)))
    return f"{round(value, decimals):,.{max(0, decimals)}f}".replace(",", THIN_SPACE)


def amount(n_voxels: int, voxel_volume: float, resolution_known: bool) -> str:
    """Return the size of a region: mm³, or voxels where the size of a voxel is not known."""
    if resolution_known:
        return cubic_millimeters(n_voxels * voxel_volume)
    return f"{grouped(n_voxels)} voxels"


def as_file_name(text: str, longest: int = 80) -> str:
    """Return a text as a name that a file can have on every system; "file" if nothing is left.

    Examples
    --------
    >>> as_file_name("mask CA1/CA3 - left: 2")
    'mask CA1 CA3 - left 2'
    """
    words = re.sub(r"[^\w.+-]+", " ", text).split()
    return " ".join(words)[:longest].strip(" .") or "file"
