"""Volumes and meshes of a package as datasets: kinds by name, voxel sizes by known shapes."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ...core.errors import AtlasError, AtlasFileError
from ...core.package import Dataset, DatasetKind
from ...core.space.grid import VoxelGrid
from ...core.space.volume import VoxelData
from ...formats.common.header import doubtful_extent
from ...formats.common.text import load_json
from ...formats.tiff.sequence import sequence_of
from ...formats.volume_header import (
    NRRD_SUFFIXES,
    TIFF_SUFFIXES,
    is_volume,
    override_placement,
    read_volume_header,
    volume_stem,
)


def load_metadata(path: Path, required: Collection[str] = ()) -> Mapping[str, Any]:
    """Load the object of metadata in a JSON file, which must have some keys."""
    metadata = load_json(path)
    if not isinstance(metadata, dict):
        raise AtlasFileError(path, f"a {type(metadata).__name__}", "an object of metadata")
    missing = [key for key in required if key not in metadata]
    if missing:
        raise AtlasFileError(path, f"no {', '.join(missing)}", "the keys of a BrainGlobe package")
    return metadata


def obj_files(folder: Path) -> dict[int, Path]:
    """Return the file of each region id: ``ID.obj``; none where the folder is missing."""
    if not folder.is_dir():
        return {}
    return {int(p.stem): p for p in sorted(folder.glob("*.obj")) if p.stem.isdecimal()}


# ---- Doubtful voxel sizes: headers often state 1 mm for volumes of 25 µm -------------------------

CCF_SHAPES = {
    (132, 80, 114): 100.0, (133, 81, 115): 100.0, (264, 160, 228): 50.0, (528, 320, 456): 25.0,
    (1320, 800, 1140): 10.0,
}  # fmt: skip
"""Shapes of Allen's mouse CCF by voxel size, µm; they are met in any order of the axes."""

TOLERANCE = 0.1


def doubtful_size(grid: VoxelGrid) -> str | None:
    """Return why a stated voxel size is implausible for any species, or None."""
    by_shape = {tuple(sorted(shape)): size for shape, size in CCF_SHAPES.items()}
    size = by_shape.get(tuple(sorted(grid.shape)))
    stated = np.abs(np.linalg.norm(grid.affine[:-1, :-1], axis=0))
    sizes = " × ".join(f"{s:g}" for s in stated)
    if size is None or np.allclose(stated, size, rtol=TOLERANCE):
        doubt = doubtful_extent(grid)
        return f"states voxels of {sizes} µm, which {doubt}" if doubt else None
    return (
        f"states voxels of {sizes} µm, but its shape is that of the Allen mouse CCF of {size:g} µm"
    )


def volumes_in(folder: Path) -> list[Path]:
    """Return volumes directly in a folder, by name: files, and folders of OME-Zarr."""
    try:
        paths = sorted(p for p in folder.iterdir() if is_volume(p) and not p.name.startswith("."))
    except OSError as exc:
        raise AtlasFileError(folder, f"cannot be listed ({exc.strerror or exc})") from exc
    paths = [p for p in paths if p.is_dir() == p.name.lower().endswith(".zarr")]
    return _without_later_planes(paths)


def _without_later_planes(paths: list[Path]) -> list[Path]:
    """Drop the numbered files that the first of them reads as planes of its volume."""
    later: set[Path] = set()
    for path in paths:
        if path in later or not path.name.lower().endswith(TIFF_SUFFIXES):
            continue
        files = sequence_of(path)
        if files and path == files[0]:
            with contextlib.suppress(AtlasError):
                if len(getattr(read_volume_header(path), "planes", ())) > 1:
                    later.update(files[1:])
    return [path for path in paths if path not in later]


def load_volume(path: Path, grid: VoxelGrid | None = None, origin: str = "corner") -> VoxelData:
    """Read a volume; a grid given by the package replaces the file's own placement."""
    header = read_volume_header(path, origin)
    if grid is not None:
        header = override_placement(header, grid)
    return VoxelData.from_grid(header.load(), header.grid)


def make_dataset(
    path: Path,
    kind: DatasetKind,
    name: str | None = None,
    grid: VoxelGrid | None = None,
    origin: str = "corner",
) -> Dataset:
    """Describe a file as a dataset that is read on demand."""
    name = name or volume_stem(path)
    return Dataset(name, kind, lambda: load_volume(path, grid, origin), path)


HEMISPHERES = ("hemisphere", "hemispheres")
ANNOTATION = "brain_regions"


def kind_of_name(name: str) -> DatasetKind:
    """Return the kind by the names that VoxelBrain uses."""
    if ANNOTATION in name or name.startswith("annotation"):
        return "annotation"
    if name in HEMISPHERES:
        return "hemispheres"
    if name == "orientation":
        return "orientation"
    return "mask" if name.startswith("[mask]") else "image"


def find_nrrd(folder: Path, grid: VoxelGrid, known: Collection[str]) -> dict[str, Dataset]:
    """Return other NRRD volumes of a BrainGlobe package, which its own layout does not cover.

    They get the package's grid instead of their headers'; names in use are kept.
    """
    datasets = {}
    for path in volumes_in(folder):
        name = volume_stem(path)
        if path.suffix.lower() in NRRD_SUFFIXES and name not in known:
            datasets[name] = make_dataset(path, kind_of_name(name), name, grid)
    return datasets
