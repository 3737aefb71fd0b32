"""Finding the hierarchy or label table that stands beside a volume."""

from __future__ import annotations

from pathlib import Path

from ..core.errors import AtlasError
from ..core.regions import RegionMap
from ..files.region_tables import TABLE_SUFFIXES, load_region_table

MAX_TABLES = 16
"""Tables of a folder that are tried: a folder of results may hold thousands of CSV files."""

# What to try first: trees before flat lists, and names that say what they are.
FIRST = ("hierarchy.json", "1.json", "ontology.json", "structures.json")


def candidate_tables(folder: Path) -> list[Path]:
    """Files in a folder that may hold regions, the most telling first."""
    files = [
        p for p in folder.iterdir()
        if p.is_file() and p.suffix.lower() in TABLE_SUFFIXES and not p.name.startswith(".")
    ]  # fmt: skip

    def key(path: Path) -> tuple[int, int, str]:
        name = path.name.lower()
        first = FIRST.index(name) if name in FIRST else len(FIRST)
        return first, TABLE_SUFFIXES.index(path.suffix.lower()), name

    return sorted(files, key=key)


def find_region_map(folder: Path) -> tuple[RegionMap, Path] | tuple[None, list[str]]:
    """First table of a folder that holds regions, else why each candidate does not."""
    refused = []
    for path in candidate_tables(folder):
        try:
            return load_region_table(path), path
        except AtlasError as exc:
            refused.append(str(exc))
    return None, refused


def region_maps_in(folder: Path) -> list[tuple[RegionMap, Path]]:
    """All tables of a folder that hold regions, the most telling first."""
    found = []
    for path in candidate_tables(folder)[:MAX_TABLES]:
        try:
            found.append((load_region_table(path), path))
        except AtlasError:
            continue
    return found
