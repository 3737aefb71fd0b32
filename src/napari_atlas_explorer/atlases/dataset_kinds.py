"""What a volume of a package holds, as far as its name tells."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from ..core.grid import VoxelGrid
from ..core.package import Dataset, DatasetKind
from .volume_formats import NRRD_SUFFIXES, volume_stem
from .volumes import dataset, volumes_in

HEMISPHERES = ("hemisphere", "hemispheres")
ANNOTATION = "brain_regions"


def kind_of_name(name: str) -> DatasetKind:
    """Kind by the names that VoxelBrain uses."""
    if ANNOTATION in name or name.startswith("annotation"):
        return "annotation"
    if name in HEMISPHERES:
        return "hemispheres"
    if name == "orientation":
        return "orientation"
    return "mask" if name.startswith("[mask]") else "image"


def nrrd_beside(folder: Path, grid: VoxelGrid, known: Collection[str]) -> dict[str, Dataset]:
    """NRRD volumes in a folder of a BrainGlobe package: what its own layout has no place for.

    They lie on the package's grid, whatever their headers say; names that are taken stay so.
    """
    found = {}
    for path in volumes_in(folder):
        name = volume_stem(path)
        if path.suffix.lower() in NRRD_SUFFIXES and name not in known:
            found[name] = dataset(path, kind_of_name(name), name, grid)
    return found
