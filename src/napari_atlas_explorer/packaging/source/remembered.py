"""Remembered defaults of the packaging form."""

from __future__ import annotations

from dataclasses import dataclass

from ...atlases.local.settings import read_config, write_config
from ..options import TARGETS, Target

FILE = "package.json"
MAX_TEXT = 4096


@dataclass(frozen=True)
class PackageMemory:
    """Folder, layout and packager of the last package; "" where not known."""

    folder: str = ""
    target: Target = "brainglobe-v2"
    packager: str = ""


def remembered_package() -> PackageMemory:
    """Return the last choices; invalid entries of the file are ignored."""
    entry = read_config(FILE)
    entry = entry if isinstance(entry, dict) else {}
    target = entry.get("target")
    return PackageMemory(
        _check_text(entry.get("folder")),
        next((t for t in TARGETS if t == target), "brainglobe-v2"),
        _check_text(entry.get("packager")),
    )


def remember_package(memory: PackageMemory) -> None:
    """Store the choices."""
    write_config(
        FILE, {"folder": memory.folder, "target": memory.target, "packager": memory.packager}
    )


def _check_text(value: object) -> str:
    usable = isinstance(value, str) and len(value) <= MAX_TEXT and value.isprintable()
    return str(value) if usable else ""
