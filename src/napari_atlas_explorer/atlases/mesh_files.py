"""Meshes of a package that are called after the ids of their regions."""

from __future__ import annotations

from pathlib import Path


def obj_files(folder: Path) -> dict[int, Path]:
    """File of each region id: ``ID.obj``; none where the folder is missing."""
    if not folder.is_dir():
        return {}
    return {int(p.stem): p for p in sorted(folder.glob("*.obj")) if p.stem.isdecimal()}
