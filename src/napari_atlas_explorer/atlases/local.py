"""Atlases in local caches, by their bare names."""

from __future__ import annotations

import configparser
import os
import re
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import AtlasError, AtlasFileError
from ..files.reasons import reason_of
from .brainglobe_v3 import manifests_in

VERSIONED = re.compile(r"^(?P<name>.+)_v(?P<major>\d+)\.(?P<minor>\d+)$")
VERSION = re.compile(r"^(?P<major>\d+)_(?P<minor>\d+)$")


@dataclass(frozen=True, order=True)
class LocalAtlas:
    """An atlas of a local cache.

    Attributes
    ----------
    name
        Such as "allen_mouse_25um".
    version
        Major and minor.
    layout
        "BrainGlobe v2" or "BrainGlobe v3".
    path
        Its folder.
    """

    name: str
    version: tuple[int, int]
    layout: str
    path: Path


def default_folder() -> Path:
    """BrainGlobe's cache where its settings name no other."""
    return Path.home() / ".brainglobe"


def brainglobe_folder() -> Path:
    """BrainGlobe's cache, as its own settings name it.

    They stand in ``bg_config.conf`` in ``BRAINGLOBE_CONFIG_DIR``, or else in
    ``~/.config/brainglobe`` (brainglobe-atlasapi 2.3 and 3.0, ``config.py``).

    Raises
    ------
    AtlasFileError
        If the settings are there and cannot be read.
    """
    stated = os.environ.get("BRAINGLOBE_CONFIG_DIR")
    folder = Path(stated) if stated else Path.home() / ".config" / "brainglobe"
    path = folder / "bg_config.conf"
    config = configparser.ConfigParser()
    try:
        config.read(path, encoding="utf-8")
        cache = config.get("default_dirs", "brainglobe_dir", fallback="")
    except (configparser.Error, OSError, ValueError) as exc:
        why = " ".join(reason_of(exc).split())
        raise AtlasFileError(path, f"cannot be read ({why})", "BrainGlobe's settings") from exc
    return Path(cache) if cache else default_folder()


def local_roots() -> list[Path]:
    """Folders in which BrainGlobe keeps packages: v1/v2 directly, v3 in a folder of its own."""
    try:
        root = brainglobe_folder()
    except AtlasError:
        root = default_folder()  # settings that cannot be read must not hide what is there
    return [r for r in (root, root / "brainglobe-atlasapi") if r.is_dir()]


def atlases_in(root: Path) -> list[LocalAtlas]:
    """BrainGlobe packages of both generations directly in a cache folder."""
    found = []
    for folder in root.iterdir():
        match = VERSIONED.match(folder.name)
        if match and (folder / "metadata.json").is_file():
            version = (int(match["major"]), int(match["minor"]))
            found.append(LocalAtlas(match["name"], version, "BrainGlobe v2", folder))
    for folder in manifests_in(root):
        match = VERSION.match(folder.name)
        version = (int(match["major"]), int(match["minor"])) if match else (0, 0)
        found.append(LocalAtlas(folder.parent.name, version, "BrainGlobe v3", folder))
    return sorted(found)


def local_atlases() -> list[LocalAtlas]:
    """Packages in the local caches, by name and version."""
    return sorted({atlas for root in local_roots() for atlas in atlases_in(root)})


def find_local(name: str) -> Path | None:
    """Newest local package of a name such as "allen_mouse_25um", or None."""
    if not re.fullmatch(r"[\w.-]+", name):
        return None
    found = [a for a in local_atlases() if name in (a.name, a.path.name)]
    return max(found, key=lambda a: a.version).path if found else None
