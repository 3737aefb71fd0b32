"""Reader and writer of NIfTI volumes, and comments in their header extensions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from nibabel.nifti1 import Nifti1Extension, Nifti1Image
from nibabel.nifti2 import Nifti2Image
from nibabel.spatialimages import SpatialImage
from numpy.typing import NDArray
from zlib_ng import gzip_ng

from ...core.errors import ArgumentError, AtlasFileError, short
from ...core.space.grid import VoxelGrid
from ..common.atomic import atomic_write
from ..common.decoding import inflate, read_head, read_raw, to_native
from ..common.directions import RAS, turn_to
from ..common.header import StoredVolume
from ..common.safety import check_size, reason_of
from .header import HEADERS, NiftiHeader, grid_of_image, read_nifti_header

#
# The definition is nifti1.h, "HEADER EXTENSIONS" (https://nifti.nimh.nih.gov).

COMMENT = 6
"""Code of an extension of plain text."""
MAX_EXTENSIONS = 32 << 20


def read_nifti_comments(path: str | Path) -> list[str]:
    """Return the texts of a file's header extensions that are comments."""
    header = read_nifti_header(path)
    if header.data_path != header.path:
        return []
    size = min(header.data_start, MAX_EXTENSIONS)
    try:
        with header.path.open("rb") as stream:
            block = read_head(stream, size, header.path) if header.compressed else stream.read(size)
    except OSError as exc:
        raise AtlasFileError(header.path, f"cannot be read ({reason_of(exc)})") from exc
    order: Literal["little", "big"] = (
        "little" if int.from_bytes(block[:4], "little") in HEADERS else "big"
    )
    at = int.from_bytes(block[:4], order)
    comments = []
    # Four bytes, the first tells whether extensions follow; each has its size and code.
    if block[at : at + 1] == b"\1":
        at += 4
        while at + 8 <= len(block):
            length = int.from_bytes(block[at : at + 4], order)
            if length < 16 or at + length > len(block):
                break
            if int.from_bytes(block[at + 4 : at + 8], order) == COMMENT:
                text = block[at + 8 : at + length].rstrip(b"\0")
                comments.append(text.decode("utf-8", "replace"))
            at += length
    return comments


STORED_AS = {"bool": np.uint8, "float16": np.float32}
MAX_NIFTI1_AXIS = 32767
ALIGNED = 2
"""NIfTI's code for a placement in the space of another image, here the atlas."""


def read_nifti(path: str | Path) -> StoredVolume[NiftiHeader]:
    """Read a volume; its world is RAS+, in µm."""
    return StoredVolume.of(read_nifti_header(path))


def read_nifti_data(header: NiftiHeader) -> NDArray[Any]:
    """Read the values that a header describes; the array is Fortran-ordered in memory.

    Stored values that the header scales come as float32 if they have 16 bits or fewer, else as
    float64; others as stored, in native byte order.
    """
    scaled = _choose_dtype(header)
    check_size(header.path, header.sizes, scaled)
    size = check_size(header.path, header.sizes, header.dtype)
    try:
        with header.data_path.open("rb") as stream:
            if header.compressed:
                flat = inflate(stream, size, "gzip", header.path, skip=header.data_start)
            else:
                stream.seek(header.data_start)
                flat = read_raw(stream, size, header.path)
    except OSError as exc:
        raise AtlasFileError(header.path, f"cannot be read ({reason_of(exc)})") from exc
    values = to_native(flat.view(header.dtype))
    if header.scaling is not None:
        values = _apply_scaling(values, *header.scaling, scaled)
    return values.reshape(header.grid.shape + header.payload_shape, order="F")


def _choose_dtype(header: NiftiHeader) -> np.dtype[Any]:
    if header.scaling is None:
        return header.dtype
    return np.dtype(np.float32 if header.dtype.itemsize <= 2 else np.float64)


def _apply_scaling(
    values: NDArray[Any], slope: float, inter: float, dtype: np.dtype[Any]
) -> NDArray[Any]:
    """Scale in double precision, slab by slab, so that no second copy is held."""
    out = np.empty(values.shape, dtype)
    part = 1 << 20
    with np.errstate(over="ignore", invalid="ignore"):
        for start in range(0, len(values), part):
            out[start : start + part] = values[start : start + part] * np.float64(slope) + inter
    return out


def write_nifti(
    path: str | Path,
    array: NDArray[Any],
    grid: VoxelGrid,
    orientation: str | None = None,
    comments: Sequence[str] = (),
) -> None:
    """Write a .nii or .nii.gz file in millimeters.

    Parameters
    ----------
    path
        Target; replaced in one step. Gzipped where its name ends in ".gz".
    array
        ``(*grid.shape, *payload)``; bool is stored as uint8, float16 as float32.
    grid
        Placement, µm, of three axes.
    orientation
        Letters of the sides on which the array axes start: they turn the volume's own world
        into NIfTI's RAS+. Without them neither sform nor qform is set in force, since either
        would claim an orientation; then the file states voxel sizes alone.
    comments
        Texts in ASCII for header extensions; see `volumes`.
    """
    image = make_image(array, grid, orientation)
    for comment in comments:
        image.header.extensions.append(Nifti1Extension(COMMENT, comment.encode("ascii")))
    with atomic_write(path) as temporary, temporary.open("wb") as stream:
        if Path(path).suffix.lower() == ".gz":
            # No name and no time in the gzip header: the same bytes each time.
            packing = gzip_ng.GzipNGFile("", "wb", 6, stream, 0)  # type: ignore[no-untyped-call]
            with packing as packed:
                image.to_stream(packed)
        else:
            image.to_stream(stream)


def make_image(array: NDArray[Any], grid: VoxelGrid, orientation: str | None = None) -> Any:
    """Return an image of nibabel; parameters are those of `write_nifti`."""
    if grid.ndim != 3 or array.shape[:3] != grid.shape:
        raise ArgumentError(f"values of shape {array.shape} on a grid of {grid.shape}")
    values = array.astype(STORED_AS.get(array.dtype.name, array.dtype), copy=False)
    if values.dtype.kind not in "iuf" or values.dtype.itemsize > 8:
        raise ArgumentError(f"values of dtype {array.dtype}; NIfTI holds integers and floats")
    cls = Nifti1Image if max(values.shape) <= MAX_NIFTI1_AXIS else Nifti2Image
    image = cls(values, _shift_to_centers(grid, orientation), dtype=values.dtype)
    image.header.set_xyzt_units("mm")
    known = orientation is not None
    image.set_qform(image.affine, ALIGNED if known and _is_orthogonal(image.affine) else 0)
    image.set_sform(image.affine, ALIGNED if known else 0)
    return image


def read_image(image: Any) -> tuple[NDArray[Any], VoxelGrid]:
    """Return the values and the placement (RAS+, µm) of an image of nibabel.

    Raises
    ------
    ArgumentError
        If it is no image of at least three axes, or its affine cannot place voxels.
    """
    if not isinstance(image, SpatialImage) or len(image.shape) < 3:
        raise ArgumentError(f"{short(image)}; expected an image of nibabel with three axes")
    array = np.asanyarray(image.dataobj)
    values = array.reshape(array.shape[:3] + tuple(n for n in array.shape[3:] if n != 1))
    return values, grid_of_image(image)


def _shift_to_centers(grid: VoxelGrid, orientation: str | None) -> NDArray[np.float64]:
    """Return the affine of voxel centers in mm, in RAS+ where the orientation is known."""
    if orientation is None:
        if not grid.is_axis_aligned:
            raise ArgumentError(
                "an oblique grid without an orientation; expected three letters such as 'asr'"
            )
        return np.diag([*(np.abs(grid.steps) / 1e3), 1.0])
    turn = turn_to(grid.affine[:3, :3], orientation, RAS)
    if turn is None:
        raise ArgumentError("an oblique grid whose axes are nearest to one direction")
    affine = np.eye(4)
    affine[:3, :3] = turn @ grid.affine[:3, :3] / 1e3
    affine[:3, 3] = turn @ grid.to_world([0.5, 0.5, 0.5]) / 1e3
    return affine


def _is_orthogonal(affine: NDArray[np.float64]) -> bool:
    """Return whether the axes are orthogonal; a qform can state nothing else."""
    unit = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    return bool(np.allclose(unit.T @ unit, np.eye(3), atol=1e-6))
