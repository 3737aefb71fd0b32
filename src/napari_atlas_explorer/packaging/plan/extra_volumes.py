"""Volumes besides annotation and reference, and their place in each layout."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...core.errors import AtlasError
from ...core.package import Dataset, Package
from ...formats.nrrd.writer import write_nrrd
from ...formats.volume_header import is_volume, read_volume_header
from ..options import PackageOptions
from ..write.common import file_name
from .images import LARGEST
from .package_plan import PackagePlan

#
# BrainGlobe's tools pass over them; this package's readers list them among the datasets.

QUICK = 3
"""gzip's level."""


def write_others(plan: PackagePlan, folders: Sequence[Path]) -> None:
    """Write orientation fields, vectors, masks and images of other types, at each resolution."""
    for data in plan.others:
        for folder, level in zip(folders, plan.read_levels(data), strict=True):
            path = folder / f"{file_name(data.name)}.nrrd"
            write_nrrd(path, level.raw, level.grid, QUICK)


def additional_references(package: Package, options: PackageOptions) -> tuple[list[str], list[str]]:
    """Return the names of the images that become BrainGlobe's additional references, and notes.

    Those that the metadata name; else every image on the annotation's grid that uint16 holds
    exactly. Other volumes are kept next to them as NRRD.
    """
    stated = package.metadata.get("additional_references")
    names = [str(n) for n in stated] if isinstance(stated, list | tuple) else None
    found, notes = [], []
    for name, data in package.datasets.items():
        if data.kind != "image" or name in (package.reference, package.annotation):
            continue
        if names is not None and name not in names:
            continue
        if names is not None or _fits(data, package):
            found.append(name)
        elif options.is_brainglobe:
            notes.append(f"image {name!r} is kept as NRRD: BrainGlobe's images are 16-bit integers")
    return found, notes


def select_datasets(
    package: Package, options: PackageOptions
) -> tuple[dict[str, Dataset], list[str]]:
    """Return the datasets that are included, and a note on each that is not.

    BrainGlobe's volumes have one grid, and hemispheres are written separately in every layout.
    """
    kept, notes = {}, []
    for name, data in package.datasets.items():
        if data.kind == "hemispheres" and name == package.hemispheres:
            continue
        if options.is_brainglobe and name != package.annotation and not _is_on_grid(data, package):
            notes.append(f"{name!r} is on another grid and is left out")
        else:
            kept[name] = data
    return kept, notes


def _is_on_grid(data: Dataset, package: Package) -> bool:
    """Return whether a dataset has the annotation's voxels, by its header where there is one."""
    if data.path is None or data.path.is_dir() or not is_volume(data.path):
        return data.load().shape == package.grid.shape
    try:
        return read_volume_header(data.path).grid.shape == package.grid.shape
    except AtlasError:
        return False


def _fits(data: Dataset, package: Package) -> bool:
    if data.path is not None and is_volume(data.path):
        header = read_volume_header(data.path)
        if header.grid.shape == package.grid.shape and header.dtype in (np.uint8, np.uint16):
            return True  # without being read
    values = data.load().raw
    if values.shape != package.grid.shape or values.dtype.kind not in "bui":
        return False
    return bool(values.min() >= 0 and values.max() <= LARGEST)
