"""Volumes of any supported file format, as headers and as datasets of a package."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..core.axes import OPPOSITE
from ..core.errors import AtlasFileError
from ..core.grid import VoxelGrid
from ..core.package import Assumption, Dataset, DatasetKind
from ..core.voxels import VoxelData
from ..files.nrrd import read_nrrd_data
from ..files.nrrd_header import NrrdHeader, read_nrrd_header
from ..files.tiff import read_tiff, read_tiff_header

NRRD_SUFFIXES = (".nrrd", ".nhdr")
TIFF_SUFFIXES = (".tif", ".tiff")
VOLUME_SUFFIXES = NRRD_SUFFIXES + TIFF_SUFFIXES

# Letters of the side on which each world axis starts; a space's name tells where it goes.
SPACE_STARTS = {
    "right-anterior-superior": "lpi", "ras": "lpi",
    "left-anterior-superior": "rpi", "las": "rpi",
    "left-posterior-superior": "rai", "lps": "rai",
    "posterior-inferior-right": "asl", "pir": "asl",
}  # fmt: skip


@dataclass(frozen=True)
class VolumeHeader:
    """What a volume's file says before its voxels are read.

    Attributes
    ----------
    path
        The file.
    grid
        Placement, µm; counts voxels where ``spacing_known`` is False.
    dtype
        Of the values.
    payload_shape
        Shape of one voxel's value.
    spacing_known
        Whether the file states the voxel size.
    space
        Name of the anatomical space in the header, "" if none.
    orientation
        Three letters that follow from the header's space, or None.
    assumptions
        What the file leaves open and how it was taken.
    """

    path: Path
    grid: VoxelGrid
    dtype: np.dtype[Any]
    payload_shape: tuple[int, ...]
    spacing_known: bool
    space: str = ""
    orientation: str | None = None
    assumptions: tuple[Assumption, ...] = ()


def volumes_in(folder: Path) -> list[Path]:
    """Volume files directly in a folder, by name."""
    try:
        names = sorted(p for p in folder.iterdir() if p.suffix.lower() in VOLUME_SUFFIXES)
    except OSError as exc:
        raise AtlasFileError(folder, f"cannot be listed ({exc.strerror or exc})") from exc
    return [p for p in names if p.is_file() and not p.name.startswith(".")]


def read_volume_header(
    path: Path, origin: str = "corner", default_unit: str | None = "um"
) -> VolumeHeader:
    """Read the header of a NRRD or TIFF volume; arguments as in `read_nrrd_header`."""
    if path.suffix.lower() in TIFF_SUFFIXES:
        tiff = read_tiff_header(path)
        known = tiff.steps is not None
        grid = VoxelGrid.from_steps(tiff.shape, tiff.steps or (1.0, 1.0, 1.0))
        missing = () if known else (_no_spacing(path),)
        return VolumeHeader(path, grid, tiff.dtype, (), known, assumptions=missing)
    if path.suffix.lower() not in NRRD_SUFFIXES:
        raise AtlasFileError(path, "not a volume this version reads", "NRRD or TIFF")
    header = read_nrrd_header(path, origin, default_unit)
    space = str(header.fields.get("space", ""))
    return VolumeHeader(
        path,
        header.grid,
        header.dtype,
        header.sizes[: header.n_payload],
        header.spacing_known,
        space,
        orientation_of(space, header.grid),
        tuple(_nrrd_assumptions(header, default_unit)),
    )


def _no_spacing(path: Path) -> Assumption:
    return Assumption(
        "resolution", f"{path.name} does not state its voxel size: quantities are in voxels"
    )


def _nrrd_assumptions(header: NrrdHeader, default_unit: str | None) -> list[Assumption]:
    found = []
    name = header.path.name
    if not header.spacing_known:
        found.append(_no_spacing(header.path))
    elif header.unit.startswith("assumed") and default_unit is None:
        unit = header.unit.removeprefix("assumed ")
        size = "1 or more" if unit == "µm" else "below 1"
        found.append(
            Assumption("unit", f"{name} states no unit: {unit} taken, as its voxel size is {size}")
        )
    if header.origin == "centre":
        found.append(
            Assumption(
                "placement", f"the origin of {name} is taken as the centre of its first voxel"
            )
        )
    return found


def orientation_of(space: str, grid: VoxelGrid) -> str | None:
    """Three letters that follow from a NRRD space and the directions of the axes, or None."""
    starts = SPACE_STARTS.get(space.lower())
    if starts is None or grid.ndim != 3:
        return None
    matrix = grid.affine[:3, :3]
    world = np.abs(matrix).argmax(axis=0)
    if sorted(world.tolist()) != [0, 1, 2]:
        return None
    return "".join(
        starts[w] if matrix[w, axis] > 0 else OPPOSITE[starts[w]]
        for axis, w in enumerate(world.tolist())
    )


def load_volume(path: Path, grid: VoxelGrid | None = None, origin: str = "corner") -> VoxelData:
    """Read a volume; a grid given by the package replaces the file's own placement."""
    if path.suffix.lower() in TIFF_SUFFIXES:
        array = read_tiff(path)
        header_grid = VoxelGrid.from_steps(array.shape, read_tiff_header(path).steps or 1.0)
    else:
        header = read_nrrd_header(path, origin)
        array, header_grid = read_nrrd_data(header), header.grid
    if grid is None:
        return VoxelData.from_grid(array, header_grid)
    if tuple(array.shape[: grid.ndim]) != grid.shape:
        raise AtlasFileError(
            path,
            f"a volume of {_by(array.shape)} voxels",
            f"{_by(grid.shape)}, as the atlas's annotation",
        )
    return VoxelData.from_grid(array, grid)


def dataset(
    path: Path,
    kind: DatasetKind,
    name: str | None = None,
    grid: VoxelGrid | None = None,
    origin: str = "corner",
) -> Dataset:
    """Describe a file as a dataset that is read when asked."""
    return Dataset(name or path.stem, kind, lambda: load_volume(path, grid, origin), path)


def _by(shape: Sequence[int]) -> str:
    return " × ".join(str(n) for n in shape)
