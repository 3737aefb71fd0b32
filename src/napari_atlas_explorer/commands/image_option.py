"""An image beside an atlas: where it lies, and what was taken for granted."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..core.atlas import Atlas
from ..core.errors import AtlasFileError
from ..core.grid import MATCH_TOLERANCE, VoxelGrid
from ..core.voxels import VoxelData
from .common import UsageError

ORIGINS = ("corner", "centre")


@dataclass(frozen=True)
class PlacedImage:
    """An image in the atlas's space.

    Attributes
    ----------
    path
        The file.
    volume
        Its values.
    placement
        Whose placement it has, in words.
    """

    path: Path
    volume: VoxelData
    placement: str

    def described(self) -> str:
        """What a note says of it."""
        size = " × ".join(f"{abs(s):g}" for s in self.volume.voxel_dimensions)
        shape = " × ".join(map(str, self.volume.shape))
        return f"{self.path}: {shape} voxels of {size} µm, {self.placement}"

    def as_json(self) -> dict[str, Any]:
        """What was taken, and how the regions saw it."""
        return {
            "file": str(self.path),
            "shape": list(self.volume.shape),
            "voxel_size_um": np.abs(self.volume.voxel_dimensions).tolist(),
            "corner_um": self.volume.offset.tolist(),
            "placement": self.placement,
            "sampling": "value of the image's voxel at the centre of each voxel of the atlas",
        }


def add_image_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare --image and --image-origin."""
    parser.add_argument(
        "--image", metavar="FILE", type=Path, help="a volume: its values in every region"
    )
    parser.add_argument(
        "--image-origin", choices=ORIGINS,
        help="what the origin in the image's header is: the first voxel's corner or its centre",
    )  # fmt: skip


def check_image_arguments(args: argparse.Namespace) -> None:
    """Refuse options that do not go together."""
    if args.image_origin is not None and args.image is None:
        raise UsageError("--image-origin without --image; expected both")


def image_from(args: argparse.Namespace, atlas: Atlas) -> PlacedImage:
    """Read the image that the arguments name.

    One with the atlas's shape and voxel size has its placement. Any other has that of its
    header, its axes being the atlas's.

    Raises
    ------
    AtlasFileError
        If the file cannot be read, holds more than one value per voxel, or does not say how
        large its voxels are or what its origin means.
    """
    from ..atlases.volume_formats import read_volume_header

    path: Path = args.image
    header = read_volume_header(path, args.image_origin or "corner")
    if header.payload_shape or header.grid.ndim != atlas.grid.ndim:
        raise AtlasFileError(
            path,
            f"a volume of shape {(*header.grid.shape, *header.payload_shape)}",
            "one value per voxel of three axes",
        )
    grid, placement = header.grid, "placed by its header"
    if _alike(header.grid, atlas.grid, header.spacing_known):
        grid, placement = atlas.grid, "with the atlas's shape and so its placement"
    elif not header.spacing_known:
        raise AtlasFileError(
            path,
            f"a volume of {header.grid.shape} voxels whose size is not stated",
            f"the atlas's {atlas.shape}, or a file that states it",
        )
    elif args.image_origin is None:
        other = read_volume_header(path, "centre").grid
        if not np.allclose(other.corner, grid.corner):
            raise AtlasFileError(
                path,
                "its origin may be the corner or the centre of its first voxel",
                "--image-origin corner (VoxelBrain, Allen) or --image-origin centre (ITK, Slicer)",
            )
    else:
        placement += f", its origin being the first voxel's {args.image_origin}"
    return PlacedImage(path, VoxelData.from_grid(header.load(), grid), placement)


def _alike(image: VoxelGrid, atlas: VoxelGrid, spacing_known: bool) -> bool:
    if image.shape != atlas.shape:
        return False
    sizes, own = np.abs(image.steps), np.abs(atlas.steps)
    return not spacing_known or bool(np.allclose(sizes, own, rtol=MATCH_TOLERANCE))
