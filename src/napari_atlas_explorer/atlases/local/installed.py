"""Local atlases, described without opening them, and BrainGlobe's cache."""

from __future__ import annotations

import configparser
import os
import re
from dataclasses import dataclass
from pathlib import Path

from ...core.errors import AtlasError, AtlasFileError
from ...formats.common.safety import reason_of
from ..layouts.brainglobe_v3 import manifests_in

VERSIONED = re.compile(r"^(?P<name>.+)_v(?P<major>\d+)\.(?P<minor>\d+)$")
VERSION = re.compile(r"^(?P<major>\d+)_(?P<minor>\d+)$")
RESOLUTION = re.compile(r"_(?P<size>\d+(?:\.\d+)?)(?P<unit>nm|um|mm)(?=_|$)")
MICROMETERS = {"nm": 1e-3, "um": 1.0, "mm": 1e3}


@dataclass(frozen=True, order=True)
class LocalAtlas:
    """Atlas on this computer.

    Attributes
    ----------
    name
        Such as "allen_mouse_25um"; `open_atlas` takes it.
    version
        Major and minor, or nothing where the layout has no versions.
    layout
        One of `layouts.registry`, such as "BrainGlobe v2"; "files" for other downloads.
    path
        Its folder.
    """

    name: str
    version: tuple[int, ...]
    layout: str
    path: Path

    @property
    def version_text(self) -> str:
        """Version such as "1.2"; "" where there is none."""
        return ".".join(map(str, self.version))

    @property
    def resolution(self) -> float | None:
        """Voxel size in the name, µm; None where there is none."""
        return voxel_size_in(self.name)

    @property
    def title(self) -> str:
        """Name, version and layout in one line."""
        details = ", ".join(filter(None, (self.version_text, self.layout)))
        return f"{self.name}  ({details})"


def voxel_size_in(name: str) -> float | None:
    """Return the voxel size that a name states, µm: 25 for "allen_mouse_25um"; None without one."""
    match = RESOLUTION.search(name)
    return float(match["size"]) * MICROMETERS[match["unit"]] if match else None


def default_folder() -> Path:
    """Return BrainGlobe's cache where its settings name no other."""
    return Path.home() / ".brainglobe"


def brainglobe_folder() -> Path:
    """Return BrainGlobe's cache, as its own settings name it.

    They are in ``bg_config.conf`` in ``BRAINGLOBE_CONFIG_DIR``, or else in
    ``~/.config/brainglobe`` (brainglobe-atlasapi 2.3 and 3.0, ``config.py``).

    Raises
    ------
    AtlasFileError
        If the settings exist and cannot be read.
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


def brainglobe_roots() -> list[Path]:
    """Return the folders of BrainGlobe's packages: v1/v2 directly, v3 in a subfolder."""
    try:
        root = brainglobe_folder()
    except AtlasError:
        root = default_folder()  # unreadable settings must not hide existing packages
    return [root, root / "brainglobe-atlasapi"]


def atlases_in(root: Path) -> list[LocalAtlas]:
    """Return the BrainGlobe packages of both generations directly in a cache folder."""
    entries = []
    for folder in root.iterdir():
        match = VERSIONED.match(folder.name)
        if match and (folder / "metadata.json").is_file():
            version = (int(match["major"]), int(match["minor"]))
            entries.append(LocalAtlas(match["name"], version, "BrainGlobe v2", folder))
    for folder in manifests_in(root):
        match = VERSION.match(folder.name)
        version = (int(match["major"]), int(match["minor"])) if match else (0, 0)
        entries.append(LocalAtlas(folder.parent.name, version, "BrainGlobe v3", folder))
    return sorted(entries)


def find_local(name: str) -> Path | None:
    """Find the newest local package of a name such as "allen_mouse_25um", or None.

    Looked for in all folders of the catalogue, now.
    """
    from .catalogue import scan

    return scan().find(name)
