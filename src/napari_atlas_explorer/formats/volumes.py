"""Writer of volumes in the format of the name's suffix."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import AtlasFileError
from ..core.space.axes import world_letters
from ..core.space.grid import VoxelGrid
from .nifti.volumes import write_nifti
from .nrrd.header import ITK_SPACES, ORIENTATION_KEY
from .nrrd.segmentation import Segment, write_seg_nrrd
from .nrrd.writer import write_nrrd
from .tiff.writer import write_tiff

WRITTEN = (".seg.nrrd", ".nrrd", ".nii.gz", ".nii", ".tiff", ".tif")
"""Suffixes of the formats that volumes are written in."""


def write_volume(
    path: str | Path,
    array: NDArray[Any],
    grid: VoxelGrid,
    orientation: str | None = None,
    custom: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Write values ``grid.shape`` as NRRD, NIfTI or TIFF.

    Parameters
    ----------
    path
        Target; its suffix decides on the format.
    array
        Values.
    grid
        Placement, µm.
    orientation
        Letters of the sides on which the array axes start; NIfTI and NRRD need them to state
        the volume's orientation.
    custom
        Texts in ASCII by name, for the header: key/value pairs of a NRRD, comments of a NIfTI
        (without their names). TIFF has no place for them.
    """
    name = str(path).lower()
    if name.endswith(".seg.nrrd"):
        write_segments(path, array, grid, orientation, {}, custom)
    elif name.endswith(".nrrd"):
        write_placed_nrrd(path, array, grid, orientation, custom)
    elif name.endswith((".nii", ".nii.gz")):
        write_nifti(path, array, grid, orientation, tuple(custom.values()))
    elif name.endswith((".tif", ".tiff")):
        write_tiff(path, array, grid)
    else:
        raise AtlasFileError(path, "a format that is not written", ", ".join(WRITTEN))


def write_placed_nrrd(
    path: str | Path,
    array: NDArray[Any],
    grid: VoxelGrid,
    orientation: str | None,
    custom: Mapping[str, str] = MappingProxyType({}),
    level: int = 6,
    origin: str | None = None,
) -> None:
    """Write a NRRD that states where the volume lies, in the atlas's own world.

    A world that ITK knows (RAS, LAS, LPS) is stated, and the origin is a center, as ITK and 3D
    Slicer read it. Any other is left unnamed: its origin is a corner, as voxcell reads it, and a
    key of its own keeps the orientation.

    Parameters
    ----------
    path, array, grid, orientation, custom
        As in `write_volume`.
    level
        gzip's compression level, 1 (quick) to 9.
    origin
        "corner" or "centre", where a program needs one of them.
    """
    world = None
    if orientation is not None and grid.ndim == 3:
        world = world_letters(grid.affine[:3, :3], orientation)
    space = ITK_SPACES.get(world or "")
    keys = {} if space or orientation is None else {ORIENTATION_KEY: orientation}
    write_nrrd(
        path,
        array,
        grid,
        level=level,
        origin=origin or ("centre" if space else "corner"),
        fields={"space": space} if space else {},
        custom={**keys, **custom},
    )


def write_segments(
    path: str | Path,
    labels: NDArray[Any],
    grid: VoxelGrid,
    orientation: str | None,
    known: dict[int, tuple[str, tuple[float, float, float] | None]],
    custom: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Write labels as a segmentation of 3D Slicer, one segment for each value.

    Parameters
    ----------
    path, grid, orientation, custom
        As in `write_volume`.
    labels
        Integers; 0 is outside. Values beyond 32 bits are renumbered in ascending order, and
        their segments' names are the values.
    known
        Name and color (0 to 1) by value; a value without gets its number for a name.
    """
    values = np.unique(labels)
    values = values[values != 0]
    stored = labels.astype(np.uint8) if labels.dtype == bool else labels
    numbers = {int(v): int(v) for v in values}
    if stored.dtype.itemsize > 4:
        wide = np.append(0, values)
        stored = np.searchsorted(wide, stored).astype(np.uint32)
        numbers = {int(v): n for n, v in enumerate(wide.tolist())}
    segments = []
    for value in values.tolist():
        name, color = known.get(int(value), (str(value), None))
        text = name if numbers[int(value)] == value else f"{name} (id {value})"
        segments.append(Segment(text, numbers[int(value)], color=color))
    write_seg_nrrd(path, [stored], segments, grid, orientation, custom)
