"""Volume formats by file suffix, and the header of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path

from ..core.errors import AtlasFileError
from ..core.space.grid import VoxelGrid
from .common.header import VolumeHeader
from .common.safety import require_content

__all__ = [
    "VolumeHeader",
    "format_shape",
    "is_volume",
    "override_placement",
    "read_volume_header",
    "volume_stem",
]

NRRD_SUFFIXES = (".nrrd", ".nhdr")
TIFF_SUFFIXES = (".tif", ".tiff")
NIFTI_SUFFIXES = (".nii", ".nii.gz", ".hdr", ".img", ".img.gz")
"""With the two files of a pair."""
MGH_SUFFIXES = (".mgz", ".mgh")
ARRAY_SUFFIXES = (".npy", ".npz")
MINC_SUFFIXES = (".mnc",)
METAIMAGE_SUFFIXES = (".mha", ".mhd")
ZARR_SUFFIXES = (".zarr",)
FILE_SUFFIXES = (
    *NRRD_SUFFIXES, *TIFF_SUFFIXES, *NIFTI_SUFFIXES, *METAIMAGE_SUFFIXES, *MGH_SUFFIXES,
    *MINC_SUFFIXES,
)  # fmt: skip
VOLUME_SUFFIXES = (*FILE_SUFFIXES, *ZARR_SUFFIXES)
SEGMENTATION_SUFFIX = ".seg.nrrd"
STEM_SUFFIXES = (
    SEGMENTATION_SUFFIX, ".ome.zarr", ".ome.tif", ".ome.tiff", *VOLUME_SUFFIXES, *ARRAY_SUFFIXES,
)  # fmt: skip
"""Cut from names; the longer ones first."""
READERS = (
    (TIFF_SUFFIXES, ".tiff.reader", "read_tiff_header"),
    (NIFTI_SUFFIXES, ".nifti.header", "read_nifti_header"),
    (METAIMAGE_SUFFIXES, ".metaimage", "read_metaimage_header"),
    (MGH_SUFFIXES, ".mgh", "read_mgh_header"),
    (MINC_SUFFIXES, ".minc", "read_minc_header"),
    (ARRAY_SUFFIXES, ".arrays", "read_array_header"),
    (ZARR_SUFFIXES, ".ome_zarr.reader", "read_ome_zarr_header"),
)
"""Reader of the header of each format but NRRD; imported when it is needed."""


def is_volume(path: Path) -> bool:
    """Return whether a file's name, or an OME-Zarr folder's, is that of a volume.

    Arrays of NumPy may be points, too: the number of their axes decides.
    """
    name = path.name.lower()
    if name.endswith(ARRAY_SUFFIXES):
        from .arrays import holds_volume

        return holds_volume(path)
    if name.endswith((".img", ".img.gz")):  # the other half of a pair, whose header is listed
        return False
    return name.endswith(VOLUME_SUFFIXES)


def header_of_pair(path: Path) -> Path:
    """Return the header (.hdr) of the image of a pair (.img, .img.gz), other paths unchanged."""
    name = path.name
    for suffix in (".img.gz", ".img"):
        if name.lower().endswith(suffix):
            return path.with_name(name[: -len(suffix)] + ".hdr")
    return path


def volume_stem(path: Path) -> str:
    """Return the name without the suffix: "annotation" of annotation.nii.gz."""
    name = path.name
    for suffix in STEM_SUFFIXES:
        if name.lower().endswith(suffix) and len(name) > len(suffix):
            return name[: -len(suffix)]
    return path.stem


def read_volume_header(
    path: Path, origin: str | None = "corner", default_unit: str | None = "um"
) -> VolumeHeader:
    """Read the header of a volume of any format.

    Parameters
    ----------
    path
        File, or folder of an OME-Zarr volume.
    origin, default_unit
        Of NRRD files, as in `read_nrrd_header`; other formats have their own rules.
    """
    require_content(path)
    name = path.name.lower()
    if name.endswith(NRRD_SUFFIXES):
        from .nrrd.header import read_nrrd_header

        return read_nrrd_header(path, origin, default_unit)
    for suffixes, module, function in READERS:
        if name.endswith(suffixes):
            read: Callable[[Path], VolumeHeader] = getattr(
                import_module(module, __package__), function
            )
            return read(path)
    raise AtlasFileError(
        path, OTHERS.get(path.suffix.lower(), "not a volume"), ", ".join(VOLUME_SUFFIXES)
    )


OTHERS = {
    ".gii": "a surface (GIFTI), not a volume",
    ".gz": "a packed file; unpack it first",
    ".ima": "a DICOM slice; convert the series to NIfTI first",
    ".dcm": "a DICOM slice; convert the series to NIfTI first",
    ".nc": "a netCDF file",
    ".h5": "an HDF5 file without a layout of its own; convert it to NRRD or NIfTI",
    ".ims": "an Imaris file; export it as OME-TIFF",
    ".czi": "a microscope's file; export it as OME-TIFF",
    ".xls": "an Excel sheet; save it as CSV",
    ".xlsx": "an Excel sheet; save it as CSV",
}
"""What files that are not read are, by their suffix."""


def override_placement(header: VolumeHeader, grid: VoxelGrid) -> VolumeHeader:
    """Return the header with the package's placement instead of the file's own."""
    if header.grid.shape != grid.shape:
        raise AtlasFileError(
            header.path,
            f"a volume of {format_shape(header.grid.shape)} voxels",
            f"{format_shape(grid.shape)}, as the atlas's annotation",
        )
    return replace(header, grid=grid)


def format_shape(shape: Sequence[int]) -> str:
    """Format a shape: "132 × 80 × 114"."""
    return " × ".join(str(n) for n in shape)
