"""One header for volumes of every format: what each says, in the terms of this package."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import AtlasFileError
from ..core.package import Assumption
from ..core.space.grid import VoxelGrid
from .common.directions import letters_of
from .nrrd.header import SPACE_STARTS

NRRD_SUFFIXES = (".nrrd", ".nhdr")
TIFF_SUFFIXES = (".tif", ".tiff")
NIFTI_SUFFIXES = (".nii", ".nii.gz")
METAIMAGE_SUFFIXES = (".mha", ".mhd")
ZARR_SUFFIXES = (".zarr",)
FILE_SUFFIXES = NRRD_SUFFIXES + TIFF_SUFFIXES + NIFTI_SUFFIXES + METAIMAGE_SUFFIXES
VOLUME_SUFFIXES = FILE_SUFFIXES + ZARR_SUFFIXES
SEGMENTATION_SUFFIX = ".seg.nrrd"


@dataclass(frozen=True)
class VolumeHeader:
    """What a volume's file says before its voxels are read.

    Attributes
    ----------
    path
        The file, or folder of an OME-Zarr volume.
    grid
        Placement, µm; counts voxels where ``spacing_known`` is False.
    dtype
        Of the values.
    payload_shape
        Shape of one voxel's value.
    spacing_known
        Whether the file states the voxel size.
    load
        Reads the values, ``(*grid.shape, *payload_shape)``.
    space
        Where the orientation is from, "" if there is none.
    orientation
        Letters of the sides on which the array axes start, or None.
    assumptions
        What the file leaves open and how it was taken.
    """

    path: Path
    grid: VoxelGrid
    dtype: np.dtype[Any]
    payload_shape: tuple[int, ...]
    spacing_known: bool
    load: Callable[[], NDArray[Any]]
    space: str = ""
    orientation: str | None = None
    assumptions: tuple[Assumption, ...] = ()


def is_volume(path: Path) -> bool:
    """Whether a file's name, or an OME-Zarr folder's, is that of a volume."""
    return path.name.lower().endswith(VOLUME_SUFFIXES)


def volume_stem(path: Path) -> str:
    """Name without the suffix: "annotation" of annotation.nii.gz."""
    name = path.name
    for suffix in (SEGMENTATION_SUFFIX, ".ome.zarr", ".ome.tif", ".ome.tiff", *VOLUME_SUFFIXES):
        if name.lower().endswith(suffix) and len(name) > len(suffix):
            return name[: -len(suffix)]
    return path.stem


def read_volume_header(
    path: Path, origin: str = "corner", default_unit: str | None = "um"
) -> VolumeHeader:
    """Read the header of a volume of any format.

    Parameters
    ----------
    path
        File, or folder of an OME-Zarr volume.
    origin, default_unit
        Of NRRD files, as in `read_nrrd_header`; other formats have rules of their own.
    """
    name = path.name.lower()
    for suffixes, read in (
        (TIFF_SUFFIXES, _tiff), (NIFTI_SUFFIXES, _nifti), (METAIMAGE_SUFFIXES, _metaimage),
        (ZARR_SUFFIXES, _ome_zarr),
    ):  # fmt: skip
        if name.endswith(suffixes):
            return read(path)
    if name.endswith(NRRD_SUFFIXES):
        return _nrrd(path, origin, default_unit)
    raise AtlasFileError(path, "not a volume this version reads", ", ".join(VOLUME_SUFFIXES))


def _nrrd(path: Path, origin: str, default_unit: str | None) -> VolumeHeader:
    from .nrrd.header import read_nrrd_header
    from .nrrd.reader import read_nrrd_data

    header = read_nrrd_header(path, origin, default_unit)
    space = str(header.fields.get("space", ""))
    said: list[Assumption] = []
    if not header.spacing_known:
        said.append(_no_spacing(path))
    elif header.unit.startswith("assumed") and default_unit is None:
        said.append(_unit(path, header.unit))
    if header.origin == "centre":
        said.append(
            Assumption(
                "placement", f"the origin of {path.name} is taken as the centre of its first voxel"
            )
        )
    return VolumeHeader(
        path,
        header.grid,
        header.dtype,
        header.sizes[: header.n_payload],
        header.spacing_known,
        lambda: read_nrrd_data(header),
        f"the header's space {space!r}" if space else "",
        orientation_of(space, header.grid),
        tuple(said),
    )


def _tiff(path: Path) -> VolumeHeader:
    from .tiff.reader import read_tiff, read_tiff_header

    header = read_tiff_header(path)
    known = header.steps is not None
    grid = VoxelGrid.from_steps(header.shape, header.steps or (1.0, 1.0, 1.0))
    said = () if known else (_no_spacing(path),)
    return VolumeHeader(
        path, grid, header.dtype, (), known, lambda: read_tiff(path), assumptions=said
    )


def _nifti(path: Path) -> VolumeHeader:
    from .nifti.header import read_nifti_header
    from .nifti.volumes import read_nifti_data

    header = read_nifti_header(path)
    said = [] if header.spacing_known else [_no_spacing(path)]
    if header.spacing_known and header.unit != "stated":
        said.append(Assumption("unit", f"{path.name} states no unit: mm taken, as NIfTI means"))
    said += [Assumption("placement", f"{path.name}: {note}") for note in header.notes]
    return VolumeHeader(
        path,
        header.grid,
        header.dtype,
        header.payload_shape,
        header.spacing_known,
        lambda: read_nifti_data(header),
        f"its {header.placement}",
        header.orientation,
        tuple(said),
    )


def _metaimage(path: Path) -> VolumeHeader:
    from .metaimage import read_metaimage_data, read_metaimage_header

    header = read_metaimage_header(path)
    said = [_unit(path, header.unit) if header.spacing_known else _no_spacing(path)]
    if header.origin == "corner":
        said.append(
            Assumption(
                "placement", f"the offset of {path.name} is taken as a corner, as Allen does"
            )
        )
    return VolumeHeader(
        path,
        header.grid,
        header.dtype,
        (header.channels,) if header.channels > 1 else (),
        header.spacing_known,
        lambda: read_metaimage_data(header),
        "its TransformMatrix",
        header.orientation,
        tuple(said),
    )


def _ome_zarr(path: Path) -> VolumeHeader:
    from .ome_zarr.reader import read_ome_zarr, read_ome_zarr_header

    header = read_ome_zarr_header(path)
    finest = header.levels[0]
    # NGFF places the centre of the first voxel.
    corner = [c - s / 2 for c, s in zip(finest.first_centre, finest.steps, strict=True)]
    grid = VoxelGrid.from_steps(finest.shape, finest.steps, corner)
    said = () if header.unit_known else (_no_spacing(path),)
    return VolumeHeader(
        path,
        grid,
        finest.dtype,
        (),
        header.unit_known,
        lambda: read_ome_zarr(finest),
        assumptions=said,
    )


def _no_spacing(path: Path) -> Assumption:
    return Assumption(
        "resolution", f"{path.name} does not state its voxel size: quantities are in voxels"
    )


def _unit(path: Path, unit: str) -> Assumption:
    taken = unit.removeprefix("assumed ")
    size = "1 or more" if taken == "µm" else "below 1"
    return Assumption(
        "unit", f"{path.name} states no unit: {taken} taken, as its voxel size is {size}"
    )


def orientation_of(space: str, grid: VoxelGrid) -> str | None:
    """Three letters that follow from a NRRD space and the directions of the axes, or None."""
    starts = SPACE_STARTS.get(space.lower())
    return letters_of(grid.affine[:3, :3], starts) if starts and grid.ndim == 3 else None


def placed_by(header: VolumeHeader, grid: VoxelGrid) -> VolumeHeader:
    """Header with a placement that the package states in the place of the file's own."""
    if header.grid.shape != grid.shape:
        raise AtlasFileError(
            header.path,
            f"a volume of {by(header.grid.shape)} voxels",
            f"{by(grid.shape)}, as the atlas's annotation",
        )
    return replace(header, grid=grid)


def by(shape: Sequence[int]) -> str:
    """Return "132 × 80 × 114"."""
    return " × ".join(str(n) for n in shape)
