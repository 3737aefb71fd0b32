"""Reader of MINC volumes (.mnc) through nibabel; MINC 2 needs h5py (``[minc]``).

The world is RAS, mm, as nibabel's; values are those that the file's ranges scale.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import ArgumentError, AtlasFileError
from ..core.space.grid import VoxelGrid
from .common.directions import RAS, letters_of
from .common.header import VolumeHeader
from .common.safety import check_size, reason_of

HDF5 = b"\x89HDF"
WHOLE = 1e-4
"""Rounding of the ranges' scaling in units of the values: labels come as 2.9999999."""


@dataclass(frozen=True, kw_only=True)
class MincHeader(VolumeHeader):
    """Header of a MINC volume."""

    def load(self) -> NDArray[Any]:
        """Read the values; labels, which the scaling has made fractions, are rounded."""
        check_size(self.path, self.grid.shape, np.float64)
        values: NDArray[Any] = np.asarray(_open(self.path).dataobj)
        rounded = np.rint(values)
        if values.dtype.kind == "f" and np.abs(values - rounded).max(initial=0) < WHOLE:
            narrow = np.abs(rounded).max(initial=0) < 2**31
            return np.asarray(rounded, np.int32 if narrow else np.int64)
        return np.asarray(values)


def read_minc_header(path: str | Path) -> MincHeader:
    """Read the header of a .mnc file."""
    path = Path(path)
    image = _open(path)
    if len(image.shape) != 3:
        raise AtlasFileError(path, f"an image of {len(image.shape)} axes", "a volume of three")
    affine = np.array(image.affine, np.float64)
    affine[:3] *= 1e3
    affine[:3, 3] -= affine[:3, :3].sum(axis=1) / 2
    try:
        grid = VoxelGrid(image.shape, affine)
    except ArgumentError as exc:
        raise AtlasFileError(path, f"its directions cannot place voxels: {exc}") from exc
    return MincHeader(
        path=path,
        grid=grid,
        dtype=np.dtype(np.float64),
        spacing_known=True,
        space="its directions",
        orientation=letters_of(affine[:3, :3], RAS),
    )


def _open(path: Path) -> Any:
    import nibabel

    try:
        with path.open("rb") as stream:
            is_minc2 = stream.read(4) == HDF5
    except OSError as exc:
        raise AtlasFileError(path, f"cannot be read ({reason_of(exc)})") from exc
    if is_minc2 and importlib.util.find_spec("h5py") is None:
        raise AtlasFileError(
            path, "a MINC 2 volume, which needs h5py", "pip install 'napari-atlas-explorer[minc]'"
        )
    try:
        return nibabel.load(path)
    except Exception as exc:
        raise AtlasFileError(path, f"its MINC header is damaged ({reason_of(exc)})") from exc
