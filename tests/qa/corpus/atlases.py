"""Ways to give a small sound atlas a property that was reported of a real one."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ...packages import write_nrrd
from .. import broken
from ..broken_v3 import ANNOTATION, MANIFEST, TERMINOLOGY, atlas_of, edit_json, sound_v3, values

Make = Callable[[Path], Path]
"""Writes an atlas into an empty folder and returns its path."""

Points = np.ndarray
LABELS = f"{ANNOTATION}/annotations_compressed.ome.zarr"


def v2(*breaks: broken.Break) -> Make:
    """A BrainGlobe v2 package with defects."""

    def make(folder: Path) -> Path:
        package = broken.sound_package(folder)
        for damage in breaks:
            damage(package)
        return package

    return make


def v3(*breaks: broken.Break) -> Make:
    """A BrainGlobe v3 package with defects."""

    def make(folder: Path) -> Path:
        root = sound_v3(folder)
        for damage in breaks:
            damage(root)
        return atlas_of(root)

    return make


def renamed(name: str) -> Make:
    """A v2 package in a folder of another name."""
    return lambda folder: broken.sound_package(folder).rename(folder / name)


def voxelbrain(*breaks: broken.Break) -> Make:
    """A VoxelBrain folder with defects."""

    def make(folder: Path) -> Path:
        package = broken.sound_voxelbrain(folder)
        for damage in breaks:
            damage(package)
        return package

    return make


def bids(*breaks: broken.Break) -> Make:
    """A BIDS atlas with defects; they get the folder of the image."""

    def make(folder: Path) -> Path:
        image = broken.sound_bids(folder)
        for damage in breaks:
            damage(image.parent)
        return image

    return make


def volume_and_table(change: Callable[[np.ndarray], np.ndarray], rows: list[str]) -> Make:
    """A NRRD volume and a table in CSV next to it."""

    def make(folder: Path) -> Path:
        package = folder / "atlas"
        package.mkdir()
        write_nrrd(package / "annotation.nrrd", change(broken.annotation().copy()), 100.0)
        (package / "regions.csv").write_text("\n".join(["id,acronym,name", *rows, ""]))
        return package

    return make


def numbered(change: Callable[[np.ndarray], np.ndarray]) -> Make:
    """A volume whose regions are 1, 2, … and a table of them; the volume is changed."""
    ids = [i for i in broken.NAMES if i in broken.annotation()]

    def number(volume: np.ndarray) -> np.ndarray:
        out = np.zeros_like(volume)
        for n, value in enumerate(ids, 1):
            out[volume == value] = n
        return change(out)

    rows = [f"{n},{broken.NAMES[i][0]},{broken.NAMES[i][1]}" for n, i in enumerate(ids, 1)]
    return volume_and_table(number, rows)


ROWS = [f"{i},{a},{n}" for i, (a, n) in broken.NAMES.items() if i in broken.annotation()]


# ---- Labels --------------------------------------------------------------------------------------


def replaced(old: int, new: int) -> Callable[[np.ndarray], np.ndarray]:
    """Give the voxels of a region another id."""
    return lambda ids: np.where(ids == old, np.asarray(new).astype(ids.dtype), ids)


def averaged(ids: np.ndarray) -> np.ndarray:
    """Interpolate ids linearly onto voxels half as large and back, as gray values are."""
    from scipy.ndimage import zoom

    return np.rint(zoom(zoom(ids.astype(float), 0.5, order=1), 2, order=1)).astype(ids.dtype)


def with_specks(ids: np.ndarray) -> np.ndarray:
    """Set single voxels outside the brain."""
    ids[1, 1, 1] = ids[-2, 1, -2] = 315
    return ids


# ---- Meshes --------------------------------------------------------------------------------------


def scaled(factor: float) -> Callable[[Points, Points], tuple[Points, Points]]:
    """Scale the points of a mesh about the origin."""
    return lambda points, faces: (points * factor, faces)


def turned(points: Points, faces: Points) -> tuple[Points, Points]:
    """Exchange two axes of a mesh."""
    return points[:, [1, 0, 2]], faces[:, ::-1]


def flipped(points: Points, faces: Points) -> tuple[Points, Points]:
    """Mirror a mesh from top to bottom, and scale it to tenths."""
    return (points * [1, -1, 1] + np.array([0, 3200, 0])) / 20, faces[:, ::-1]


def moved(points: Points, faces: Points) -> tuple[Points, Points]:
    """Move a mesh by a millimeter."""
    return points + np.array([1000, 0, 0]), faces


def flattened(points: Points, faces: Points) -> tuple[Points, Points]:
    """Press a mesh into a plane."""
    return points * [1, 1, 0] + np.array([0, 0, 1800]), faces


def inverted(points: Points, faces: Points) -> tuple[Points, Points]:
    """Turn faces inwards."""
    return points, faces[:, ::-1]


# ---- v3 ------------------------------------------------------------------------------------------


def terminology_rows(change: Callable[[dict[int, dict[str, str]]], Any]) -> broken.Break:
    """Change rows of the terminology, by id."""

    def do(root: Path) -> None:
        path = root / TERMINOLOGY
        with path.open(newline="") as stream:
            rows = {int(row["identifier"]): row for row in csv.DictReader(stream)}
        names = list(next(iter(rows.values())))
        change(rows)
        with path.open("w", newline="") as stream:
            writer = csv.DictWriter(stream, names)
            writer.writeheader()
            writer.writerows(rows.values())

    return do


def manifest_keys(**changes: Any) -> broken.Break:
    """Change keys of the manifest."""
    return edit_json(MANIFEST, lambda content: content.update(changes))


def level_transformation(name: str, n: int, **changes: Any) -> broken.Break:
    """Change the transformations of a level of a volume."""

    def change(content: Any) -> None:
        datasets = content["attributes"]["ome"]["multiscales"][0]["datasets"]
        for step in datasets[n]["coordinateTransformations"]:
            if step["type"] in changes:
                step[step["type"]] = changes[step["type"]]

    return edit_json(f"{name}/zarr.json", change)


def labels(change: Callable[[np.ndarray], np.ndarray]) -> broken.Break:
    """Change the labels of both levels of a v3 package."""

    def do(root: Path) -> None:
        for level in ("s0", "s1"):
            values(f"{LABELS}/{level}", change)(root)

    return do


def load(path: Path) -> Any:
    """Load JSON."""
    return json.loads(path.read_text())
