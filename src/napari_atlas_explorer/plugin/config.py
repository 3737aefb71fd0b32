"""Small files that remember the user's choices between sessions."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ..core.errors import AtlasError
from ..files.atomic import replacing

CONFIG_VARIABLE = "ATLAS_EXPLORER_CONFIG"


def config_file(name: str) -> Path:
    """Path of a file of settings; the environment can move their folder."""
    stated = os.environ.get(CONFIG_VARIABLE)
    if stated:
        return Path(stated) / name
    import platformdirs

    folder = platformdirs.user_config_dir("napari-atlas-explorer", appauthor=False)
    return Path(folder) / name


def read_config(name: str) -> Any:
    """Content of a file of settings, None where there is none that can be read."""
    try:
        return json.loads(config_file(name).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None


def write_config(name: str, value: Any) -> None:
    """Write a file of settings. One that cannot be written is not worth an error."""
    target = config_file(name)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with replacing(target) as temporary:
            temporary.write_text(json.dumps(value, indent=1), encoding="utf-8")
    except (OSError, AtlasError):
        return
