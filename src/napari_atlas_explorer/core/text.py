"""Text of users' files made safe, and wording of numbers and lists."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

# ---- Text of others ------------------------------------------------------------------------------

BLANKS = dict.fromkeys(map(ord, "\t\n\v\f\r\x85\u2028\u2029"), " ")
CONTROLS = dict.fromkeys(
    [
        *range(9),
        *range(14, 32),
        *range(127, 133),
        *range(134, 160),
        0x061C,  # marks and overrides of the direction of writing
        *range(0x200E, 0x2010),
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
        0x200B,  # no width at all: names that look alike are not
        0xFEFF,
        *range(0xD800, 0xE000),  # halves of letters, which no file can be written with
    ],
    "\ufffd",
)
HARMLESS = CONTROLS | BLANKS
HARMFUL = re.compile(f"[{''.join(map(chr, HARMLESS))}]")
HARMLESS_LINES = {code: sign for code, sign in HARMLESS.items() if chr(code) not in "\t\n"}


def sanitize_text(text: str) -> str:
    r"""Replace control characters: those that separate words by blanks, others by visible signs.

    Among the others are those that turn the direction of writing or have no width. Markup and
    path separators stay: they do no harm in plain text.

    Examples
    --------
    >>> sanitize_text("area\nA\x1b[31m")
    'area A�[31m'
    """
    return text.translate(HARMLESS) if HARMFUL.search(text) else text


def sanitize_lines(text: str) -> str:
    """Sanitize text of several lines or columns: line feeds and tabs stay."""
    return text.translate(HARMLESS_LINES) if HARMFUL.search(text) else text


def quote_path(path: object) -> str:
    r"""Return a path as it can be shown; quoted, with escapes, where it has control characters.

    Examples
    --------
    >>> quote_path("brain.nrrd"), quote_path("line\nend.nrrd")
    ('brain.nrrd', "'line\\nend.nrrd'")
    """
    text = str(path)
    return repr(text) if HARMFUL.search(text) else text


def is_number(text: str) -> bool:
    """Return whether a text is a number as Python writes them, "nan" and "inf" too.

    Examples
    --------
    >>> is_number("-1.5e3"), is_number("1,5"), is_number("")
    (True, False, False)
    """
    try:
        float(text)
    except ValueError:
        return False
    return True


MOST_DIGITS = 18
"""Digits of a number of bytes: those that a 64-bit integer always holds."""


def parse_bytes(text: str) -> int | None:
    """Return a number of bytes as settings state it, None for anything else.

    Examples
    --------
    >>> parse_bytes("1000000"), parse_bytes("1 MB"), parse_bytes("²")
    (1000000, None, None)
    """
    return int(text) if text.isdecimal() and len(text) <= MOST_DIGITS else None


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

DIGITS = re.compile("[0-9]{1,20}")


def parse_digits(text: str) -> int | None:
    """Return the number of up to 20 digits, as many as an id can have; None for other texts.

    `int` raises for thousands of digits, and takes those of every script.

    >>> parse_digits(" 315"), parse_digits("1.0"), parse_digits("9" * 5000)
    (315, None, None)
    """
    text = text.strip()
    return int(text) if DIGITS.fullmatch(text) else None


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
