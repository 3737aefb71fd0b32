"""Methods of volumes that hand them to other libraries, or write them by a file's suffix."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .placed_volume import PlacedVolume


def save(volume: PlacedVolume, path: str | Path, orientation: str | None = None) -> None:
    """Write the volume in the format of the name's suffix.

    Parameters
    ----------
    path
        Name in .nrrd, .seg.nrrd, .nii, .nii.gz, .tif or .tiff; replaced in one step.
    orientation
        Letters of the sides on which the array axes start, such as `Atlas.orientation`. Without
        them NIfTI states the voxel size alone; TIFF always does.

    Raises
    ------
    AtlasError
        If the format is not written, or cannot hold the values.

    Examples
    --------
    >>> volume.save(folder / "volume.nii.gz", "lpi")
    >>> (folder / "volume.nii.gz").exists()
    True
    """
    from ...formats.volumes import write_volume

    name = str(path).lower()
    if orientation is None and name.endswith(".nrrd") and not name.endswith(".seg.nrrd"):
        volume.save_nrrd(path)  # which keeps the fields of the file that it was read from
    else:
        write_volume(path, volume.raw, volume.grid, orientation)


def to_nibabel(volume: PlacedVolume, orientation: str | None = None) -> Any:
    """Return the volume as a NIfTI image of nibabel: mm, RAS+, origin in a voxel's center.

    What nibabel reads from a file that `save` wrote.

    Parameters
    ----------
    orientation
        Letters of the sides on which the array axes start, such as `Atlas.orientation`. Without
        them the image states voxel sizes alone, and no world.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_atlas_explorer import VoxelData
    >>> image = VoxelData(np.zeros((2, 3, 4), "uint8"), (25, 25, 25)).to_nibabel("lpi")
    >>> image.affine[:3].round(4).tolist()
    [[0.025, 0.0, 0.0, 0.0125], [0.0, 0.025, 0.0, 0.0125], [0.0, 0.0, 0.025, 0.0125]]
    """
    from ...formats.nifti.volumes import make_image

    return make_image(volume.raw, volume.grid, orientation)


def to_xarray(volume: PlacedVolume) -> Any:
    """Return the volume as a ``DataArray``, with the µm of voxel centers as coordinates.

    Dimensions are named after the axes of the world that they run along, "x", "y" and "z"; those
    of an oblique grid are "i", "j" and "k" and have no coordinates. The affine of voxel corners
    is among the attributes.

    Raises
    ------
    AtlasError
        If xarray is not installed.

    Examples
    --------
    >>> volume.to_xarray().x.values.tolist()
    [12.5, 37.5]
    """
    from ...formats.xarray_data import make_data_array

    return make_data_array(volume)
