"""Atlases that were opened lately, remembered between sessions."""

from __future__ import annotations

from pathlib import Path

from .config import read_config, write_config

MAX_RECENT = 8
FILE = "recent.json"


def recent_paths() -> list[Path]:
    """Paths opened lately that still exist, the newest first."""
    entries = read_config(FILE)
    if not isinstance(entries, list):
        return []
    return [Path(e) for e in entries if isinstance(e, str) and Path(e).exists()][:MAX_RECENT]


def remember(path: Path) -> None:
    """Put a path on top of the list."""
    absolute = path.resolve()
    entries = [absolute, *(p for p in recent_paths() if p != absolute)][:MAX_RECENT]
    write_config(FILE, [str(p) for p in entries])
