"""A small package of BrainGlobe's v3 layout without a fault, and ways to break it.

It is the package of `broken.sound_package` in two resolutions, 100 and 200 µm.
"""

from __future__ import annotations

import functools
import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import zarr

from napari_atlas_explorer.packaging import convert_atlas
from napari_atlas_explorer.packaging.options import PackageOptions

from . import broken

Break = Callable[[Path], None]
ANNOTATION = "annotation-sets/handmade_brain-annotation/1_0"
TEMPLATE = "templates/handmade_brain-template/1_0"
TERMINOLOGY = "terminologies/handmade_brain-terminology/1_0/terminology.csv"
SPACE = "coordinate-spaces/handmade_brain-space/1_0/manifest.json"
MANIFEST = "atlases/handmade_brain_100um/1_0/manifest.json"


@functools.cache
def _made() -> tempfile.TemporaryDirectory[str]:
    folder = tempfile.TemporaryDirectory()
    source = broken.sound_package(Path(folder.name))
    (Path(folder.name) / "v3").mkdir()
    options = PackageOptions("brainglobe-v3", (200.0,), masks=True)
    convert_atlas(source, "brainglobe-v3", Path(folder.name) / "v3", options=options)
    return folder


def sound_v3(folder: Path) -> Path:
    """Copy the package; return the folder that holds all its components."""
    root = Path(_made().name) / "v3" / "brainglobe-atlasapi"
    return Path(shutil.copytree(root, folder / "brainglobe-atlasapi"))


def atlas_of(root: Path) -> Path:
    """Return the folder of the atlas of 100 µm."""
    return (root / MANIFEST).parent


def delete(*names: str) -> Break:
    """Delete files or folders."""

    def do(root: Path) -> None:
        for name in names:
            path = root / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()

    return do


def edit_json(name: str, change: Callable[[Any], None]) -> Break:
    """Change the content of a JSON file."""

    def do(root: Path) -> None:
        content = json.loads((root / name).read_text())
        change(content)
        (root / name).write_text(json.dumps(content))

    return do


def manifest(key: str, **changes: Any) -> Break:
    """Change keys of a component's entry in the manifest, or drop those that are None."""

    def do(content: Any) -> None:
        entry = content[key] | changes
        content[key] = {k: v for k, v in entry.items() if v is not None}

    return edit_json(MANIFEST, do)


def terminology(old: str, new: str) -> Break:
    """Change a text of the terminology."""

    def do(root: Path) -> None:
        text = (root / TERMINOLOGY).read_text()
        assert old in text, text
        (root / TERMINOLOGY).write_text(text.replace(old, new))

    return do


def values(name: str, change: Callable[[np.ndarray], np.ndarray]) -> Break:
    """Change the values of an array of a volume."""

    def do(root: Path) -> None:
        array = zarr.open_array(store=str(root / name), mode="r+")
        array[...] = change(np.asarray(array[...]))

    return do
