"""Volumes that no BrainGlobe layout has a place for: NRRD files beside the others.

BrainGlobe's tools pass over them; this package's readers list them among the datasets.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..files.nrrd_writer import write_nrrd
from .blueprint import Blueprint
from .layout_names import file_name

QUICK = 3
"""gzip's level."""


def write_others(blueprint: Blueprint, folders: Sequence[Path]) -> None:
    """Write orientation fields, vectors, masks and images of other types, at each resolution."""
    for data in blueprint.others:
        for folder, level in zip(folders, blueprint.levels(data), strict=True):
            path = folder / f"{file_name(data.name)}.nrrd"
            write_nrrd(path, level.raw, level.grid, QUICK)
