"""NIfTI headers: shape, dtype and placement, before any data is read.

nibabel parses the fields; the definition is nifti1.h (https://nifti.nimh.nih.gov). The world
is RAS+: x runs to the right, y to the front, z up; affines place the centers of voxels.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from nibabel.nifti1 import Nifti1Header
from nibabel.nifti2 import Nifti2Header
from nibabel.spatialimages import HeaderDataError
from numpy.typing import NDArray

from ...core.errors import ArgumentError, AtlasFileError
from ...core.package import Assumption
from ...core.space.grid import VoxelGrid
from ..common.decoding import GZIP_MAGIC, read_head
from ..common.directions import RAS, letters_of
from ..common.header import VolumeHeader, spacing_assumptions
from ..common.safety import reason_of
from ..volume_header import header_of_pair

HEADERS: dict[int, type[Nifti1Header]] = {348: Nifti1Header, 540: Nifti2Header}
MAGICS = {348: b"n+1\0", 540: b"n+2\0\r\n\x1a\n"}
PAIR_MAGICS = {348: b"ni1\0", 540: b"ni2\0\r\n\x1a\n"}
CIFTI_FIRST, CIFTI_LAST = 3000, 3099
"""Intent codes of CIFTI-2 (https://www.nitrc.org/projects/cifti)."""

UNIT_CODES = {1: 1e6, 2: 1e3, 3: 1.0}
"""Metre, millimeter and micrometer, in µm; the lowest three bits of ``xyzt_units``."""

SPACE_CODES = {3: "Talairach", 4: "MNI152"}
"""Standard spaces by the code of the transform; others are the scanner's or a subject's."""

SAME_AFFINE = 1e-3
"""Voxels by which sform and qform may differ and still agree."""


@dataclass(frozen=True, kw_only=True)
class NiftiHeader(VolumeHeader):
    """Header of a NIfTI file; its payload is the axes longer than 1 after the third.

    Attributes
    ----------
    sizes
        All axes of the file, the fastest first.
    scaling
        Slope and intercept that turn stored values into true ones, or None.
    unit
        "stated", or "assumed mm" where the file states none.
    placement
        "sform", "qform", or "none" where neither is in force: then the grid starts at 0 along
        the array axes.
    notes
        Contradictions within the header, one sentence each.
    data_start
        Offset of the first value, in the unpacked file.
    compressed
        Whether the data are gzipped.
    data_path
        File of the values: that of the header but for pairs.
    """

    sizes: tuple[int, ...]
    scaling: tuple[float, float] | None
    unit: str
    placement: str
    notes: tuple[str, ...]
    data_start: int
    compressed: bool
    data_path: Path

    def load(self) -> NDArray[Any]:
        """Read the values, scaled as the header states."""
        from .volumes import read_nifti_data

        return read_nifti_data(self)


def read_nifti_header(path: str | Path) -> NiftiHeader:
    """Read the header of a .nii or .nii.gz file, or of a pair .hdr and .img."""
    path = header_of_pair(Path(path))
    try:
        with path.open("rb") as stream:
            block, compressed = _read_block(stream, path)
    except OSError as exc:
        raise AtlasFileError(path, f"cannot be read ({reason_of(exc)})") from exc
    size = next(
        (
            n
            for n in HEADERS
            if n in struct.unpack("<i", block[:4]) + struct.unpack(">i", block[:4])
        ),
        0,
    )
    magic = block[344:348] if size == 348 else block[4:12]
    pair = bool(size) and magic == PAIR_MAGICS[size]
    if size == 348 and len(block) >= size and path.name.lower().endswith(".hdr") and not pair:
        raise AtlasFileError(
            path, "a header of Analyze 7.5, which states no orientation", "NIfTI: convert it"
        )
    if not size or len(block) < size or (magic != MAGICS[size] and not pair):
        raise AtlasFileError(path, f"it starts with {block[:12]!r}", "a NIfTI header")
    data_path = _find_image(path) if pair else path
    try:
        with np.errstate(all="ignore"):  # what is no number is refused further down
            header = HEADERS[size](block[:size], check=False)
            if pair:
                compressed = data_path.name.lower().endswith(".gz")
            return _parse_header(path, header, compressed, data_path)
    except (HeaderDataError, ValueError, KeyError, OverflowError, IndexError) as exc:
        if isinstance(exc, ArgumentError):
            raise AtlasFileError(path, f"its affine cannot place voxels: {exc}") from exc
        raise AtlasFileError(path, f"its NIfTI header is damaged ({reason_of(exc)})") from exc


def _find_image(header: Path) -> Path:
    for suffix in (".img", ".img.gz"):
        path = header.with_name(header.name[: -len(".hdr")] + suffix)
        if path.is_file():
            return path
    raise AtlasFileError(header, "a header without its image (.img)", "both files of the pair")


def _read_block(stream: BinaryIO, path: Path) -> tuple[bytes, bool]:
    """Return the first bytes of the file, decompressed if its content is gzip."""
    start = stream.read(540)
    if not start.startswith(GZIP_MAGIC):
        return start.ljust(4, b"\0"), False
    stream.seek(0)
    return read_head(stream, 540, path).ljust(4, b"\0"), True


def _parse_header(
    path: Path, header: Nifti1Header, compressed: bool, data_path: Path
) -> NiftiHeader:
    count = int(header["dim"][0])
    if not 1 <= count <= 7:
        raise AtlasFileError(path, f"{count} axes", "1 to 7")
    sizes = tuple(int(n) for n in header["dim"][1 : count + 1])
    if count < 3:
        raise AtlasFileError(path, f"an image of {count} axes", "a volume of three")
    leading = count == 4 and sizes[0] == 1 and min(sizes[1:]) > 1
    if leading:
        # A volume with an axis too many in front: no transform is for the axes that remain.
        header, sizes = _drop_leading_axis(header), sizes[1:]
    if CIFTI_FIRST <= int(header["intent_code"]) <= CIFTI_LAST:
        raise AtlasFileError(path, "CIFTI data, which lie on a surface", "a volume")
    dtype = header.get_data_dtype()
    if dtype.kind not in "iuf" or dtype.itemsize > 8:
        raise AtlasFileError(
            path, f"values of type {header.get_value_label('datatype')}", "integers or floats"
        )
    factor, unit = _parse_unit(int(header["xyzt_units"]))
    grid, known, placement, notes = _read_placement(header, sizes[:3], factor)
    assumptions = [*spacing_assumptions(path, known)]
    if known and unit != "stated":
        statement = f"{path.name} states no unit: mm taken, as NIfTI means"
        assumptions.append(Assumption("unit", statement))
    assumptions += [Assumption("placement", f"{path.name}: {note}") for note in notes]
    if leading:
        statement = "its first axis of one voxel is left out, and its placement with it"
        assumptions.append(Assumption("placement", f"{path.name}: {statement}"))
    return NiftiHeader(
        path=path,
        sizes=sizes,
        payload_shape=tuple(n for n in sizes[3:] if n != 1),
        dtype=dtype,
        scaling=_read_scaling(header),
        grid=grid,
        spacing_known=known,
        unit=unit,
        placement=placement,
        space=f"its {placement}",
        assumptions=tuple(assumptions),
        orientation=letters_of(grid.affine[:3, :3], RAS) if placement != "none" else None,
        standard_space=_name_space(header, placement),
        notes=tuple(notes),
        data_start=_find_data_start(path, header, 0 if data_path != path else None),
        compressed=compressed,
        data_path=data_path,
    )


def _name_space(header: Nifti1Header, placement: str) -> str:
    """Return the standard space of the transform in force, "" where it is none."""
    if placement == "none":
        return ""
    return SPACE_CODES.get(int(header[f"{placement}_code"]), "")


def _drop_leading_axis(header: Nifti1Header) -> Nifti1Header:
    """Return a header of the axes after the first, with their voxel sizes and no transform."""
    fewer = header.copy()
    dim, pixdim = header["dim"].copy(), header["pixdim"].copy()
    dim[:] = [3, *header["dim"][2:5], 1, 1, 1, 1]
    pixdim[1:4] = header["pixdim"][2:5]
    fewer["dim"], fewer["pixdim"] = dim, pixdim
    fewer["sform_code"] = fewer["qform_code"] = 0
    return fewer


def _parse_unit(code: int) -> tuple[float, str]:
    factor = UNIT_CODES.get(code & 7)
    return (factor, "stated") if factor is not None else (1e3, "assumed mm")


def _read_scaling(header: Nifti1Header) -> tuple[float, float] | None:
    """Return slope and intercept in force; none where the slope is zero or not a number."""
    slope, inter = float(header["scl_slope"]), float(header["scl_inter"])
    if slope == 0 or not math.isfinite(slope) or (slope, inter) == (1.0, 0.0):
        return None
    if not math.isfinite(inter):
        raise ValueError(f"scl_slope {slope:g} with scl_inter {inter:g}")
    return slope, inter


def _find_data_start(path: Path, header: Nifti1Header, least: int | None) -> int:
    least = header.single_vox_offset if least is None else least
    stated = float(header["vox_offset"])
    if stated == 0:
        return int(least)
    if not math.isfinite(stated) or not least <= stated < 2**62:
        raise AtlasFileError(path, f"data that start at byte {stated:g}", f"byte {least} or later")
    return int(stated)


def _read_placement(
    header: Nifti1Header, shape: tuple[int, ...], factor: float
) -> tuple[VoxelGrid, bool, str, list[str]]:
    """Return the grid, whether its steps are known, and the transform used."""
    sform = header.get_sform() if int(header["sform_code"]) > 0 else None
    qform = header.get_qform() if int(header["qform_code"]) > 0 else None
    pixdim = np.abs(np.asarray(header["pixdim"][1:4], dtype=np.float64))
    sizes_stated = bool((np.isfinite(pixdim) & (pixdim > 0)).all())
    chosen = sform if sform is not None else qform
    if chosen is None:
        steps = pixdim * factor if sizes_stated else np.ones(3)
        return VoxelGrid.from_steps(shape, steps), sizes_stated, "none", []
    grid = VoxelGrid(shape, _shift_to_corners(chosen, factor))
    notes = []
    if sform is not None and qform is not None and not _agree(sform, qform, shape):
        notes.append("its sform and its qform place voxels differently; the sform is taken")
    lengths = np.linalg.norm(chosen[:3, :3], axis=0)
    if sizes_stated and not np.allclose(lengths, pixdim, rtol=1e-3):
        stated = " × ".join(f"{v:g}" for v in pixdim)
        taken = " × ".join(f"{v:.6g}" for v in lengths)
        notes.append(f"its pixdim states {stated}, its affine {taken}; the affine is used")
    return grid, True, "qform" if sform is None else "sform", notes


def grid_of_image(image: Any) -> VoxelGrid:
    """Return the placement (RAS+, µm) of an image of nibabel, by the rules for files."""
    shape = tuple(image.shape[:3])
    if isinstance(image.header, Nifti1Header):
        factor, _ = _parse_unit(int(image.header["xyzt_units"]))
        return _read_placement(image.header, shape, factor)[0]
    return VoxelGrid(shape, _shift_to_corners(image.affine, 1e3))  # nibabel's other formats: mm


def _shift_to_corners(affine: NDArray[np.float64], factor: float) -> NDArray[np.float64]:
    """Convert an affine of voxel centers in the file's unit to one of corners in µm."""
    moved = np.array(affine, dtype=np.float64)
    moved[:3] *= factor
    moved[:3, 3] -= moved[:3, :3].sum(axis=1) / 2
    return moved


def _agree(one: NDArray[np.float64], other: NDArray[np.float64], shape: tuple[int, ...]) -> bool:
    """Return whether two affines place the first and the last voxel alike."""
    ends = np.array([[0, 0, 0, 1], [*(n - 1 for n in shape), 1]], dtype=np.float64).T
    distance = np.abs((one - other) @ ends).max()
    return bool(distance <= SAME_AFFINE * np.linalg.norm(one[:3, :3], axis=0).max())
