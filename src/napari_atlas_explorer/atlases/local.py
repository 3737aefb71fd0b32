"""Atlases in local caches, by their bare names."""

from __future__ import annotations

import re
from pathlib import Path

VERSIONED = re.compile(r"^(?P<name>.+)_v(?P<major>\d+)\.(?P<minor>\d+)$")


def local_roots() -> list[Path]:
    """Folders in which BrainGlobe keeps packages of the v1/v2 layout."""
    root = Path.home() / ".brainglobe"
    return [root] if root.is_dir() else []


def find_local(name: str) -> Path | None:
    """Newest local package of a name such as "allen_mouse_25um", or None."""
    if not re.fullmatch(r"[\w.-]+", name):
        return None
    found: list[tuple[tuple[int, int], Path]] = []
    for root in local_roots():
        for folder in root.iterdir():
            match = VERSIONED.match(folder.name)
            if folder.is_dir() and match and name in (match["name"], folder.name):
                found.append(((int(match["major"]), int(match["minor"])), folder))
    return max(found)[1] if found else None
