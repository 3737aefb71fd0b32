"""Reader of FreeSurfer volumes: .mgh, and .mgz, which is the same in gzip.

nibabel parses the fields. The world is RAS, mm; the affine places the centers of voxels
(https://surfer.nmr.mgh.harvard.edu/fswiki/FsTutorial/MghFormat).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from nibabel.freesurfer.mghformat import MGHError, MGHHeader
from nibabel.spatialimages import HeaderDataError
from numpy.typing import NDArray

from ..core.errors import ArgumentError, AtlasFileError
from ..core.space.grid import VoxelGrid
from .common.decoding import GZIP_MAGIC, inflate, read_head, read_raw, to_native
from .common.directions import RAS, letters_of
from .common.header import VolumeHeader, spacing_assumptions
from .common.safety import check_size, reason_of

DATA_START = 284


@dataclass(frozen=True, kw_only=True)
class MghFileHeader(VolumeHeader):
    """Header of a FreeSurfer volume.

    Attributes
    ----------
    compressed
        Whether the file is gzipped.
    """

    compressed: bool

    def load(self) -> NDArray[Any]:
        """Read the values."""
        size = check_size(self.path, self.grid.shape + self.payload_shape, self.dtype)
        try:
            with self.path.open("rb") as stream:
                if self.compressed:
                    # Tags follow the data.
                    flat = inflate(stream, size, "gzip", self.path, skip=DATA_START, has_more=True)
                else:
                    stream.seek(DATA_START)
                    flat = read_raw(stream, size, self.path)
        except OSError as exc:
            raise AtlasFileError(self.path, f"cannot be read ({reason_of(exc)})") from exc
        values = to_native(flat.view(self.dtype))
        return values.reshape(self.grid.shape + self.payload_shape, order="F")


def read_mgh_header(path: str | Path) -> MghFileHeader:
    """Read the header of a .mgh or .mgz file."""
    path = Path(path)
    try:
        with path.open("rb") as stream:
            start = stream.read(DATA_START)
            compressed = start.startswith(GZIP_MAGIC)
            if compressed:
                stream.seek(0)
                start = read_head(stream, DATA_START, path)
    except OSError as exc:
        raise AtlasFileError(path, f"cannot be read ({reason_of(exc)})") from exc
    if len(start) < DATA_START or start[:4] != b"\0\0\0\1":
        raise AtlasFileError(path, f"it starts with {start[:8]!r}", "a FreeSurfer volume")
    try:
        header = MGHHeader(start, check=False)
        dtype = header.get_data_dtype()
        sizes = tuple(int(n) for n in header["dims"])
        affine = np.asarray(header.get_affine(), np.float64)
    except (HeaderDataError, MGHError, ValueError, KeyError, IndexError) as exc:
        raise AtlasFileError(path, f"its header is damaged ({reason_of(exc)})") from exc
    if min(sizes) < 1:
        raise AtlasFileError(path, f"axes of {sizes} voxels", "at least one voxel each")
    known = bool(header["goodRASFlag"])
    affine[:3] *= 1e3
    affine[:3, 3] -= affine[:3, :3].sum(axis=1) / 2
    try:
        grid = VoxelGrid(sizes[:3], affine if known else np.eye(4))
    except ArgumentError as exc:
        raise AtlasFileError(path, f"its directions cannot place voxels: {exc}") from exc
    return MghFileHeader(
        path=path,
        grid=grid,
        dtype=dtype,
        payload_shape=tuple(n for n in sizes[3:] if n != 1),
        spacing_known=known,
        space="its directions",
        orientation=letters_of(affine[:3, :3], RAS) if known else None,
        assumptions=spacing_assumptions(path, known),
        compressed=compressed,
    )
