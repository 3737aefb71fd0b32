"""Rules of a package's metadata: one function per field, each returning a sentence.

They are BrainGlobe's, as its packaging tools apply them (brainglobe-atlasapi 2.3,
``atlas_generation``: a name of at least two words, a version of two numbers, a citation with
"doi" unless unpublished), and where those ask for nothing, what its published atlases do.
"""

from __future__ import annotations

import math
import re
from typing import Any
from urllib.parse import urlsplit

from ...core.errors import ArgumentError, short
from ...core.space.axes import check_orientation
from ...qa.checks.package_metadata import NAME

VERSION = re.compile(r"(?:0|[1-9][0-9]*)\.(?:0|[1-9][0-9]*)")
DOI = re.compile(r"\b10\.[0-9]{4,9}/\S")
GENUS_SPECIES = r"[A-Z][a-z]+(?:-[a-z]+)? (?:× )?[a-z]+(?:-[a-z]+)?\.?(?: [a-z]+(?:-[a-z]+)?)?"
SPECIES = re.compile(rf"(?:[^()]*[^()\s] \({GENUS_SPECIES}\)|{GENUS_SPECIES})")
UNIT = re.compile(r"\s*[µμu]m\s*$", re.IGNORECASE)


def check_name(value: Any) -> str:
    """Require lower-case letters and digits in at least two words, joined by "_"."""
    expected = "who made it and the species in lower case, such as 'allen_mouse'"
    text = _strip_text(value)
    if text is None or not NAME.fullmatch(text):
        return _explain("name", value, f"{expected} (letters, digits and '-', joined by '_')")
    last = text.rsplit("_", 1)[-1]
    if re.fullmatch(r"[0-9]+(?:nm|um|mm)", last) or re.fullmatch(r"v[0-9]+", last):
        return _explain("name", value, f"{expected}, without resolution and version")
    return ""


def check_version(value: Any) -> str:
    """Require two whole numbers with a dot between them, as a text: 1.10 is not 1.1."""
    text = _strip_text(value)
    right = text is not None and VERSION.fullmatch(text)
    return "" if right else _explain("version", value, "a text of two whole numbers such as '1.0'")


def check_species(value: Any) -> str:
    """Require the Latin name, alone or in brackets after the common one."""
    text = _strip_text(value)
    right = text is not None and SPECIES.fullmatch(text)
    expected = "'House mouse (Mus musculus)', or the Latin name alone: 'Mus musculus'"
    return "" if right else _explain("species", value, expected)


def check_citation(value: Any) -> str:
    """Require the word "unpublished", or a text with a DOI marked as one."""
    text = _strip_text(value)
    if text == "unpublished" or (text and DOI.search(text) and "doi" in text):
        return ""
    if text and DOI.search(text):
        return _explain("citation", value, "the DOI as a link, 'https://doi.org/10…'")
    return _explain(
        "citation", value, "a text with a DOI ('https://doi.org/10…'), or 'unpublished'"
    )


def check_link(value: Any) -> str:
    """Require a web address; it is not contacted."""
    text = _strip_text(value)
    expected = "an address that begins with https:// or http://"
    try:
        parts = urlsplit(text or "")
        right = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:  # brackets that do not close
        right = False
    if not right or re.search(r"\s", text or ""):
        return _explain("atlas_link", value, expected)
    return ""


def check_packager(value: Any) -> str:
    """Require any text, or nothing."""
    right = value is None or isinstance(value, str)
    return "" if right else _explain("atlas_packager", value, "a text")


def check_orientation_letters(value: Any) -> str:
    """Require three letters, one of each pair."""
    try:
        check_orientation(_strip_text(value) or "")
    except ArgumentError:
        expected = "three letters such as 'asr', one each of a/p, s/i and l/r"
        return _explain("orientation", value, expected)
    return ""


def check_resolution(value: Any) -> str:
    """Require one or three positive sizes, µm."""
    try:
        parse_resolution(value)
    except ValueError:
        return _explain("resolution", value, "one or three numbers above 0, µm, such as 25")
    return ""


def check_root_id(value: Any) -> str:
    """Require a whole number above 0, or nothing."""
    if value is None or value == "":
        return ""
    try:
        right = parse_root_id(value) > 0
    except ValueError:
        right = False
    return "" if right else _explain("root_id", value, "a whole number above 0, such as 997")


def check_symmetric(value: Any) -> str:
    """Require true or false, or nothing."""
    if value is None or value == "":
        return ""
    try:
        parse_symmetric(value)
    except ValueError:
        return _explain("symmetric", value, "true or false")
    return ""


def parse_resolution(value: Any) -> tuple[float, float, float]:
    """Return the sizes of "25", "25, 25, 50 µm", 25 or [25, 25, 50]; ValueError for others."""
    if isinstance(value, str):
        value = re.split(r"\s*[,;×x]\s*|\s+", UNIT.sub("", value.strip()))
    parts = list(value) if isinstance(value, list | tuple) else [value]
    if any(isinstance(part, bool) or not isinstance(part, int | float | str) for part in parts):
        raise ValueError
    try:
        sizes = [float(part) for part in parts]
    except OverflowError as exc:
        raise ValueError from exc
    if len(sizes) not in (1, 3) or not all(math.isfinite(s) and s > 0 for s in sizes):
        raise ValueError
    a, b, c = sizes * 3 if len(sizes) == 1 else sizes
    return a, b, c


def parse_root_id(value: Any) -> int:
    """Return the whole number of 997 or "997"; ValueError for anything else."""
    if isinstance(value, str) and re.fullmatch(r"\s*[0-9]{1,18}\s*", value):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ValueError


def parse_symmetric(value: Any) -> bool:
    """Return the truth of True, "true" or "yes" and their opposites; ValueError for others."""
    if isinstance(value, bool):
        return value
    truth = {"true": True, "yes": True, "false": False, "no": False}
    if isinstance(value, str) and value.strip().lower() in truth:
        return truth[value.strip().lower()]
    raise ValueError


def _strip_text(value: Any) -> str | None:
    return value.strip() if isinstance(value, str) else None


def _explain(key: str, value: Any, expected: str) -> str:
    empty = value is None or (isinstance(value, str) and not value.strip())
    return f"{key} is {'empty' if empty else short(value)}; expected {expected}."
