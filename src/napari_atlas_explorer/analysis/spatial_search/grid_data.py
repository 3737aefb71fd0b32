"""Grid volumes of the Allen Institute: NRRD, MetaImage, or a ZIP of one.

Their origin is the corner of the first voxel, whatever their format says of origins, and their
unit µm. Where a header does not state the voxel size, or one that cannot be right, the size that
belongs to the shape is taken and said.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from ...atlases.archives import unpack
from ...atlases.layouts.datasets import CCF_SHAPES, doubtful_size
from ...core.errors import AtlasFileError
from ...core.space.grid import VoxelGrid
from ...core.space.volume import VoxelData
from ...formats.volume_header import (
    METAIMAGE_SUFFIXES,
    VolumeHeader,
    format_shape,
    read_volume_header,
)


@dataclass(frozen=True)
class GridVolume:
    """A volume, and what was taken for granted of it.

    Attributes
    ----------
    path
        The file.
    volume
        Its values in their place.
    assumptions
        Sentences.
    """

    path: Path
    volume: VoxelData
    assumptions: tuple[str, ...]


def read_grid_volume(
    path: str | Path, resolution: ArrayLike | None = None, atlas: VoxelGrid | None = None
) -> GridVolume:
    """Read a volume of one value per voxel.

    Parameters
    ----------
    path
        NRRD, MetaImage, NIfTI, TIFF, or a ZIP that holds one MetaImage.
    resolution
        Voxel size (µm, one or three) that settles what the header says.
    atlas
        Grid of the atlas beside it: a volume of its shape whose voxel size is not stated, or
        stated as 1, has its placement.

    Raises
    ------
    AtlasFileError
        If the file cannot be read, holds several values per voxel, or its voxel size is neither
        stated nor given away by its shape.
    """
    path = Path(path)
    file = _read_member(path) if path.suffix.lower() == ".zip" else path
    if file.name.lower().endswith(METAIMAGE_SUFFIXES):
        from ...formats.metaimage import read_metaimage_header

        header: VolumeHeader = read_metaimage_header(file, origin="corner", default_unit="um")
    else:
        header = read_volume_header(file, "corner")
    grid, known = header.grid, header.spacing_known
    if header.payload_shape or grid.ndim != 3:
        raise AtlasFileError(
            path,
            f"a volume of {format_shape(grid.shape)} voxels",
            "one value per voxel of three axes",
        )
    placed, said = _place_volume(path, grid, known, resolution, atlas)
    return GridVolume(path, VoxelData.from_grid(header.load(), placed), said)


def _read_member(path: Path) -> Path:
    """Return the volume in an archive, which is unpacked into the cache."""
    if not path.is_file():
        raise AtlasFileError(path, "there is no such file", "a ZIP archive")
    found = sorted(p for p in unpack(path).rglob("*") if p.suffix.lower() in METAIMAGE_SUFFIXES)
    if len(found) != 1:
        raise AtlasFileError(path, f"{len(found)} MetaImage headers in it", "one")
    return found[0]


def _place_volume(
    path: Path, grid: VoxelGrid, known: bool, resolution: ArrayLike | None, atlas: VoxelGrid | None
) -> tuple[VoxelGrid, tuple[str, ...]]:
    said = []
    if not np.array_equal(grid.corner, np.zeros(3)):
        corner = ", ".join(f"{v:g}" for v in grid.corner)
        said.append(f"{path.name}: its origin, {corner}, is taken as the corner of voxel 0")
    if resolution is not None:
        return grid.rescaled(resolution), tuple(said)
    doubt = "does not state its voxel size" if not known else doubtful_size(grid)
    # 1 µm and 1 mm are what programs write that know of no voxel size.
    sizes = np.linalg.norm(grid.affine[:3, :3], axis=0)
    empty = next((size for size in (1.0, 1000.0) if np.allclose(sizes, size)), None)
    if doubt is None and empty is not None and (atlas is None or atlas.voxel_volume != empty**3):
        doubt = f"states voxels of {empty:g} µm"
    if doubt is None:
        return grid, tuple(said)
    if atlas is not None and atlas.shape == grid.shape:
        said.append(f"{path.name} {doubt}: it has the atlas's shape, and so its placement")
        return atlas, tuple(said)
    size = CCF_SHAPES.get((grid.shape[0], grid.shape[1], grid.shape[2]))
    if size is None:
        raise AtlasFileError(
            path,
            f"it {doubt}, and its shape {format_shape(grid.shape)} is of no known atlas",
            "the voxel size to be stated",
            remedy="state voxel size",
        )
    said.append(f"{path.name} {doubt}: {size:g} µm taken, from corner 0")
    return VoxelGrid.from_steps(grid.shape, size), tuple(said)
