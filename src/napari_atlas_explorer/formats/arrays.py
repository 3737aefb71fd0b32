"""Volumes in files of NumPy: .npy, and .npz with one array of three axes.

They state no voxel size: quantities are in voxels until the user gives one.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from ..core.errors import AtlasFileError
from ..core.space.grid import VoxelGrid
from .common.decoding import NPY_DAMAGE
from .common.header import VolumeHeader, spacing_assumptions
from .common.safety import check_size, reason_of

MAX_HEADER = 10_000
DAMAGE = (*NPY_DAMAGE, OSError, zipfile.BadZipFile, KeyError)


@dataclass(frozen=True, kw_only=True)
class ArrayHeader(VolumeHeader):
    """Header of an array.

    Attributes
    ----------
    member
        Name of the array in a .npz file, "" for .npy.
    """

    member: str

    def load(self) -> NDArray[Any]:
        """Read the values in native byte order."""
        check_size(self.path, self.grid.shape, self.dtype)
        try:
            with _open_member(self.path, self.member) as stream:
                values = npy.read_array(stream, allow_pickle=False, max_header_size=MAX_HEADER)
        except DAMAGE as exc:
            raise AtlasFileError(self.path, f"it is damaged ({reason_of(exc)})") from exc
        return np.asarray(values, values.dtype.newbyteorder("="))


def holds_volume(path: Path) -> bool:
    """Return whether a file holds an array of three axes, each longer than a point's numbers."""
    try:
        return path.is_file() and bool(_find_volumes(path))
    except DAMAGE:
        return False


def read_array_header(path: str | Path) -> ArrayHeader:
    """Read the header of a .npy or .npz file."""
    path = Path(path)
    try:
        volumes = _find_volumes(path)
    except DAMAGE as exc:
        raise AtlasFileError(path, f"it is damaged ({reason_of(exc)})") from exc
    if len(volumes) != 1:
        names = ", ".join(volumes) or "none"
        raise AtlasFileError(path, f"arrays of three axes: {names}", "one")
    ((member, (shape, dtype)),) = volumes.items()
    if dtype.kind not in "buif":
        raise AtlasFileError(path, f"values of type {dtype}", "integers or floats")
    return ArrayHeader(
        path=path,
        grid=VoxelGrid.from_steps(shape, 1.0),
        dtype=dtype,
        spacing_known=False,
        assumptions=spacing_assumptions(path, False),
        member=member,
    )


def _find_volumes(path: Path) -> dict[str, tuple[tuple[int, ...], np.dtype[Any]]]:
    """Return shape and dtype of the arrays of three axes, by their name in the archive."""
    names = [""]
    if path.suffix.lower() == ".npz":
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if name.endswith(".npy")]
    volumes: dict[str, tuple[tuple[int, ...], np.dtype[Any]]] = {}
    for name in names:
        with _open_member(path, name) as stream:
            version = npy.read_magic(stream)
            read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
            shape, _, dtype = read(stream, max_header_size=MAX_HEADER)
        if len(shape) == 3 and min(shape) > 0:
            volumes[name] = shape, dtype
    return volumes


def _open_member(path: Path, name: str) -> BinaryIO:
    if not name:
        return path.open("rb")
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo(name)
        check_size(path, (max(info.file_size, 1),), np.uint8)
        return io.BytesIO(archive.read(name))
