"""User's folders of atlases, searched besides the caches."""

from __future__ import annotations

import json
import os
from pathlib import Path

from ...core.errors import AtlasFileError
from ...formats.common.atomic import atomic_write

CONFIG_VARIABLE = "ATLAS_EXPLORER_CONFIG"
"""Moves the folder of the user's settings, including the plugin's."""
FOLDERS_VARIABLE = "ATLAS_EXPLORER_ATLASES"
"""Names further folders, separated as in PATH, for machines that are set up by a script."""
FILE = "atlas-folders.json"


def settings_file() -> Path:
    """Return the settings file that lists the folders."""
    stated = os.environ.get(CONFIG_VARIABLE)
    if stated:
        return Path(stated) / FILE
    import platformdirs

    return Path(platformdirs.user_config_dir("napari-atlas-explorer", appauthor=False)) / FILE


def remembered_folders() -> list[Path]:
    """Return the user's folders, oldest first; none where the file cannot be read."""
    try:
        paths = json.loads(settings_file().read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return []
    return [Path(f) for f in paths if isinstance(f, str)] if isinstance(paths, list) else []


def named_folders() -> list[Path]:
    """Return the user's folders and those of the environment; some may not exist."""
    stated = os.environ.get(FOLDERS_VARIABLE, "")
    folders = [*remembered_folders(), *(Path(f) for f in stated.split(os.pathsep) if f)]
    return list(dict.fromkeys(folders))


def name_folder(folder: str | Path) -> None:
    """Add a folder of atlases.

    Raises
    ------
    AtlasFileError
        If it is no folder, or the settings cannot be written.
    """
    absolute = Path(folder).resolve()
    if not absolute.is_dir():
        raise AtlasFileError(folder, "it is missing or no folder", "a folder of atlases")
    _write_folders([*(f for f in remembered_folders() if f != absolute), absolute])


def forget_folder(folder: str | Path) -> None:
    """Remove a folder from the list; nothing in it is touched.

    Raises
    ------
    AtlasFileError
        If it was not named.
    """
    known, absolute = remembered_folders(), Path(folder).resolve()
    if absolute not in known:
        listed = ", ".join(map(str, known)) or "none is remembered"
        raise AtlasFileError(folder, "this folder was not named", f"one of the named ({listed})")
    _write_folders([f for f in known if f != absolute])


def _write_folders(folders: list[Path]) -> None:
    target = settings_file()
    target.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(target) as temporary:
        temporary.write_text(json.dumps([str(f) for f in folders], indent=1), encoding="utf-8")
