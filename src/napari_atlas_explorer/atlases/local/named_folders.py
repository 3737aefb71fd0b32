"""User's folders of atlases, searched besides the caches."""

from __future__ import annotations

import os
from pathlib import Path

from ...core.errors import AtlasFileError
from .settings import read_config, save_config, settings_lock

FOLDERS_VARIABLE = "ATLAS_EXPLORER_ATLASES"
"""Names further folders, separated as in PATH, for machines that are set up by a script."""
FILE = "atlas-folders.json"


def remembered_folders() -> list[Path]:
    """Return the user's folders, oldest first; none where the file cannot be read."""
    paths = read_config(FILE)
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
    with settings_lock():
        _write_folders([*(f for f in remembered_folders() if f != absolute), absolute])


def forget_folder(folder: str | Path) -> None:
    """Remove a folder from the list; nothing in it is touched.

    Raises
    ------
    AtlasFileError
        If it was not named.
    """
    absolute = Path(folder).resolve()
    with settings_lock():
        known = remembered_folders()
        if absolute not in known:
            listed = ", ".join(map(str, known)) or "none is remembered"
            raise AtlasFileError(
                folder, "this folder was not named", f"one of the named ({listed})"
            )
        _write_folders([f for f in known if f != absolute])


def _write_folders(folders: list[Path]) -> None:
    save_config(FILE, [str(f) for f in folders])
