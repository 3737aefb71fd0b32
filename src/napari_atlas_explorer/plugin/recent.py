"""Atlases that were opened lately, remembered between sessions."""

from __future__ import annotations

import json
import os
from pathlib import Path

MAX_RECENT = 8
CONFIG_VARIABLE = "ATLAS_EXPLORER_CONFIG"


def recent_file() -> Path:
    """File that holds the list; the environment can move it."""
    stated = os.environ.get(CONFIG_VARIABLE)
    if stated:
        return Path(stated) / "recent.json"
    import platformdirs

    folder = platformdirs.user_config_dir("napari-atlas-explorer", appauthor=False)
    return Path(folder) / "recent.json"


def recent_paths() -> list[Path]:
    """Paths opened lately that still exist, the newest first."""
    try:
        entries = json.loads(recent_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    if not isinstance(entries, list):
        return []
    return [Path(e) for e in entries if isinstance(e, str) and Path(e).exists()][:MAX_RECENT]


def remember(path: Path) -> None:
    """Put a path on top of the list. A list that cannot be written is not worth an error."""
    absolute = path.resolve()
    entries = [absolute, *(p for p in recent_paths() if p != absolute)][:MAX_RECENT]
    target = recent_file()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps([str(p) for p in entries], indent=1), encoding="utf-8")
    except OSError:
        return
