"""Recently opened atlases, and what is shown of them before they are opened again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ..cache.folder import cache_folder
from .settings import read_config, settings_lock, write_config

MAX_RECENT = 8
FILE = "recent.json"
PICTURES = "thumbnails"
"""Folder in the cache: a picture that is lost is made again when its atlas is opened."""
SAMPLE = "sample"
"""In the place of the path of the sample, whose folder in the cache may go and come."""


@dataclass(frozen=True)
class RecentAtlas:
    """An atlas that was opened, and what was known of it then.

    Attributes
    ----------
    path
        Absolute path, or `SAMPLE`.
    name
        Of the atlas.
    opened
        When it was opened last; None where that was not written down.
    species
        As its files state it.
    voxel_size
        Along each axis, µm; empty where not known.
    """

    path: str
    name: str
    opened: datetime | None = None
    species: str = ""
    voxel_size: tuple[float, ...] = ()

    @property
    def picture(self) -> Path:
        """Path of its picture, which may not exist."""
        name = hashlib.sha256(self.path.encode()).hexdigest()[:32]
        return cache_folder(PICTURES) / f"{name}.png"


def recent_atlases() -> list[RecentAtlas]:
    """Return the recent atlases from the settings alone, the newest first; some may be gone."""
    entries = read_config(FILE)
    if not isinstance(entries, list):
        return []
    atlases = (_parse_entry(entry) for entry in entries)
    return [atlas for atlas in atlases if atlas is not None][:MAX_RECENT]


def listed_paths() -> list[Path]:
    """Return the recent paths without looking at the disk; the sample has none."""
    return [Path(atlas.path) for atlas in recent_atlases() if atlas.path != SAMPLE]


def recent_paths() -> list[Path]:
    """Return the recent paths that still exist, the newest first."""
    return [path for path in listed_paths() if path.exists()]


def remember(atlas: RecentAtlas) -> None:
    """Put an atlas on top of the recent ones."""
    with settings_lock():
        others = [other for other in recent_atlases() if other.path != atlas.path]
        _write([atlas, *others])


def forget(path: str) -> None:
    """Remove an atlas from the list; nothing else is touched."""
    with settings_lock():
        _write([atlas for atlas in recent_atlases() if atlas.path != path])


def _write(atlases: list[RecentAtlas]) -> None:
    entries = [
        {
            "path": atlas.path,
            "name": atlas.name,
            "opened": None if atlas.opened is None else atlas.opened.isoformat(),
            "species": atlas.species,
            "voxel_size": list(atlas.voxel_size),
        }
        for atlas in atlases[:MAX_RECENT]
    ]
    write_config(FILE, entries)
    pictures = {atlas.picture for atlas in atlases[:MAX_RECENT]}
    for picture in cache_folder(PICTURES).glob("*.png"):
        if picture not in pictures:
            picture.unlink(missing_ok=True)


def _parse_entry(entry: Any) -> RecentAtlas | None:
    """Parse an entry; invalid parts are left out: settings are files that people edit."""
    if isinstance(entry, str):  # as written before there were pictures
        return RecentAtlas(entry, Path(entry).name)
    if not isinstance(entry, dict) or not isinstance(entry.get("path"), str):
        return None
    path, name, species = entry["path"], entry.get("name"), entry.get("species")
    try:
        opened = datetime.fromisoformat(entry["opened"])
    except (KeyError, TypeError, ValueError):
        opened = None
    sizes = entry.get("voxel_size")
    usable = isinstance(sizes, list) and all(isinstance(s, int | float) for s in sizes)
    return RecentAtlas(
        path,
        name if isinstance(name, str) and name else Path(path).name,
        opened,
        species if isinstance(species, str) else "",
        tuple(float(s) for s in sizes) if usable and isinstance(sizes, list) else (),
    )
