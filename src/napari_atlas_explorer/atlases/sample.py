"""Sample atlas: a synthetic brain, written once into the cache as a VoxelBrain folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from ..core.atlas.atlas import Atlas
from ..core.progress import Progress, StageProgress, ignore_progress
from ..core.space.grid import VoxelGrid
from ..formats.nrrd.writer import write_nrrd
from .cache.entries import SAMPLE
from .cache.folder import cache_folder
from .cache.staging import make_folder
from .layouts import voxelbrain
from .phantom import Phantom, make_phantom

NAME = "Phantom mouse brain"
VERSION = "1"
"""Raised with every change of the phantom, so that an old cache is not used."""

DRAWING = "Drawing the sample brain, once…"
DRAWN = 0.8
"""Share of the time after which the phantom is there, measured; the rest is writing it."""

QUICK = 1  # gzip's level: the sample is written while the user waits


def sample_atlas(progress: StageProgress = ignore_progress) -> Atlas:
    """Open the sample atlas, made on the first call (about two seconds)."""
    return Atlas(voxelbrain.read(sample_folder(progress)))


def sample_folder(progress: StageProgress = ignore_progress) -> Path:
    """Return the folder of the sample atlas in the cache; made if missing.

    Parameters
    ----------
    progress
        Called while it is made; may raise to stop, and nothing is left then.
    """
    folder = cache_folder(SAMPLE) / f"phantom_mouse_brain_v{VERSION}"

    def draw(empty: Path) -> None:
        phantom = make_phantom(lambda share: progress(DRAWN * share, DRAWING))
        progress(DRAWN, DRAWING)
        write_sample(phantom, empty, lambda s: progress(DRAWN + (1 - DRAWN) * s, DRAWING))

    return make_folder(folder, draw, NAME, go_on_waiting=lambda: progress(0.0, DRAWING))


def is_sample(path: Path | None) -> bool:
    """Return whether a folder is that of the sample atlas in the cache, of any version."""
    return path is not None and path.parent == cache_folder(SAMPLE)


def write_sample(phantom: Phantom, folder: Path, progress: Progress = ignore_progress) -> None:
    """Write a phantom as a VoxelBrain folder."""
    grid = VoxelGrid.from_steps(phantom.annotation.shape, phantom.resolution)
    volumes: dict[str, NDArray[Any]] = {
        "reference": phantom.reference,
        "brain_regions": phantom.annotation,
        "hemisphere": phantom.hemispheres,
        "orientation": phantom.orientation,
    }
    for n, (name, array) in enumerate(volumes.items(), start=1):
        write_nrrd(folder / f"{name}.nrrd", array, grid, level=QUICK)
        progress(n / len(volumes))
    hierarchy = json.dumps(nest_rows(phantom.structures), indent=1)
    (folder / "hierarchy.json").write_text(hierarchy, encoding="utf-8")
    metadata = {
        "name": NAME,
        "version": VERSION,
        "orientation": "asr",
        "species": "none: a synthetic brain, for trying the viewer, not for science",
        "citation": "napari-atlas-explorer, phantom mouse brain",
    }
    (folder / "metadata.json").write_text(json.dumps(metadata, indent=1), encoding="utf-8")


def nest_rows(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the nested hierarchy of flat rows with one root."""
    nodes = {row["id"]: {**row, "children": []} for row in rows}
    root: dict[str, Any] = {}
    for row in sorted(rows, key=lambda r: r["graph_order"]):
        parent = row["parent_structure_id"]
        if parent is None:
            root = nodes[row["id"]]
        else:
            nodes[parent]["children"].append(nodes[row["id"]])
    return root
