"""Facts of atlases that can be downloaded, known before a server is asked."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from ..local.installed import RESOLUTION, voxel_size_in

FILE = "atlases.csv"
SIZE = r"\d+(?:\.\d+)?(?:nm|um|mm)"
SPECIES = {"mouse": "Mouse", "rat": "Rat", "human": "Human", "zfish": "Zebrafish"}
"""Species by a word of BrainGlobe's names, for atlases that the table does not know."""


@dataclass(frozen=True)
class DownloadFacts:
    """What is known of an atlas before its download; "" or None where nothing is.

    Attributes
    ----------
    name
        By which it is downloaded.
    title
        For people; made of the name where nothing else is known.
    species
        Such as "Mouse".
    voxel_size
        µm, as the name states it.
    size
        Bytes of the download.
    citation
        Address of what to cite.
    license
        Whose terms hold, and their address.
    """

    name: str
    title: str
    species: str
    voxel_size: float | None
    size: int | None
    citation: str
    license: str


def facts_of(name: str) -> DownloadFacts:
    """Return the facts of an atlas by its name.

    Examples
    --------
    >>> facts_of("allen_ccf_25um_2017").title
    'Allen mouse CCFv3 (2017)'
    """
    matches = [(match, row) for pattern, row in _read_table() if (match := pattern.fullmatch(name))]

    def find(column: str) -> str:
        return next((row[column] for _, row in matches if row[column]), "")

    different = next((d for match, _ in matches if (d := match.groupdict().get("different"))), "")
    title = " · ".join(filter(None, (find("title"), different.replace("_", " "))))
    return DownloadFacts(
        name,
        title or _make_title(name),
        find("species") or next((SPECIES[w] for w in name.split("_") if w in SPECIES), ""),
        voxel_size_in(name),
        int(find("bytes")) if find("bytes") else None,
        find("citation"),
        find("license"),
    )


@cache
def _read_table() -> tuple[tuple[re.Pattern[str], Mapping[str, str]], ...]:
    """Read the table; the pattern of a row matches the names that it is for."""
    text = (files(__package__ or "") / FILE).read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return tuple((_make_pattern(row["name"]), row) for row in rows)


def _make_pattern(name: str) -> re.Pattern[str]:
    literal = re.escape(name)
    return re.compile(
        literal.replace(re.escape("{}"), SIZE).replace(re.escape("*"), "(?P<different>.+)")
    )


def _make_title(name: str) -> str:
    words = RESOLUTION.sub("", name).replace("_", " ").strip() or name
    return words[0].upper() + words[1:]
