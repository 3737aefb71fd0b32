"""Overrides of facts that an atlas's files do not state, kept between sessions.

They are in the settings, never written into the source: the next person who opens the same files
is asked again.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ...core.atlas.atlas import Atlas
from ...core.errors import ArgumentError
from ...core.package import Package
from ...core.space.axes import check_orientation
from ..open import apply_overrides, make_midline, open_atlas
from .settings import read_config, settings_lock, write_config

OVERRIDES_FILE = "settled.json"
MAX_REMEMBERED = 200


@dataclass(frozen=True)
class Overrides:
    """Facts stated by the user; None where left open.

    Attributes
    ----------
    resolution
        Size of a voxel along each axis, µm.
    orientation
        Three letters.
    midline
        Whether the middle of the left-right axis separates the hemispheres.
    region_map
        Path of the table of regions to take.
    """

    resolution: tuple[float, float, float] | None = None
    orientation: str | None = None
    midline: bool = False
    region_map: str | None = None


def apply(package: Package, overrides: Overrides) -> Package:
    """Apply the user's statements where a package states nothing."""
    package = apply_overrides(package, overrides.resolution, overrides.orientation)
    if overrides.midline and package.hemisphere_rule is None:
        package = make_midline(package)
    return package


def open_with_overrides(path: Path, overrides: Overrides) -> Atlas:
    """Open an atlas as the user settled it; a table that is gone is ignored."""
    table = overrides.region_map
    return open_atlas(
        path,
        table if table is not None and Path(table).is_file() else None,
        resolution=overrides.resolution,
        orientation=overrides.orientation,
        midline=overrides.midline,
    )


def remembered_overrides(path: Path) -> Overrides:
    """Return the overrides of the files at a path, empty if there are none."""
    entries = read_config(OVERRIDES_FILE)
    entry = entries.get(str(path.resolve())) if isinstance(entries, dict) else None
    return parse_overrides(entry) if isinstance(entry, dict) else Overrides()


def remember_overrides(path: Path, overrides: Overrides) -> None:
    """Store overrides; empty ones remove the entry."""
    with settings_lock():
        entries = read_config(OVERRIDES_FILE)
        entries = entries if isinstance(entries, dict) else {}
        entries.pop(str(path.resolve()), None)
        if overrides != Overrides():
            entries[str(path.resolve())] = asdict(overrides)
        write_config(OVERRIDES_FILE, dict(list(entries.items())[-MAX_REMEMBERED:]))


def parse_overrides(entry: dict[str, Any]) -> Overrides:
    """Parse the overrides of a file's entry; invalid values are ignored.

    Settings are files that people edit.
    """
    sizes = entry.get("resolution")
    usable = (
        isinstance(sizes, list)
        and len(sizes) == 3
        and all(isinstance(s, int | float) and 0 < s < 1e9 for s in sizes)
    )
    try:
        letters = check_orientation(entry["orientation"]) if entry.get("orientation") else None
    except (ArgumentError, TypeError, AttributeError):
        letters = None
    table = entry.get("region_map")
    return Overrides(
        (float(sizes[0]), float(sizes[1]), float(sizes[2])) if usable and sizes else None,
        letters,
        entry.get("midline") is True and letters is not None,
        table if isinstance(table, str) else None,
    )
