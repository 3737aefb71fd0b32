"""What the user said of an atlas whose files do not say it, remembered between sessions.

It is kept in the settings, never written into the source: the next person who opens the same
files is asked again.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..atlases.open import declared_plane, settle
from ..core.axes import check_orientation
from ..core.errors import ArgumentError
from ..core.package import Package
from .config import read_config, write_config

FILE = "settled.json"
MAX_REMEMBERED = 200


@dataclass(frozen=True)
class Settled:
    """What the user stated; None where it was left open.

    Attributes
    ----------
    resolution
        Size of a voxel along each axis, µm.
    orientation
        Three letters.
    midline
        Whether the middle of the left-right axis parts the sides.
    region_map
        Path of the table of regions to take.
    """

    resolution: tuple[float, float, float] | None = None
    orientation: str | None = None
    midline: bool = False
    region_map: str | None = None


def apply(package: Package, settled: Settled) -> Package:
    """Put the user's word in the place of what a package does not state."""
    package = settle(package, settled.resolution, settled.orientation)
    if settled.midline and package.sides is None:
        package = declared_plane(package)
    return package


def remembered(path: Path) -> Settled:
    """What was said of the files at a path, nothing if nothing."""
    entries = read_config(FILE)
    entry = entries.get(str(path.resolve())) if isinstance(entries, dict) else None
    return checked_settled(entry) if isinstance(entry, dict) else Settled()


def remember_settled(path: Path, settled: Settled) -> None:
    """Keep what was said; an empty statement forgets what was kept."""
    entries = read_config(FILE)
    entries = entries if isinstance(entries, dict) else {}
    entries.pop(str(path.resolve()), None)
    if settled != Settled():
        entries[str(path.resolve())] = asdict(settled)
    write_config(FILE, dict(list(entries.items())[-MAX_REMEMBERED:]))


def checked_settled(entry: dict[str, Any]) -> Settled:
    """Statement of a file's entry; what makes no sense is as if it were not there.

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
    return Settled(
        (float(sizes[0]), float(sizes[1]), float(sizes[2])) if usable and sizes else None,
        letters,
        entry.get("midline") is True and letters is not None,
        table if isinstance(table, str) else None,
    )
