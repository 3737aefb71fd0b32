"""MINC volumes: MINC 2 by h5py as the definition has it, read as nibabel places it."""

from __future__ import annotations

import h5py
import nibabel
import numpy as np

from napari_atlas_explorer.core.errors import AtlasFileError
from napari_atlas_explorer.formats.minc import read_minc_header

from ..refusals import refused

IDS = np.kron(np.arange(8).reshape(2, 2, 2), np.ones((3, 3, 3), int)).astype(np.uint16)


def write(path):
    """The least that MINC 2 needs: dimensions with start and step in mm, values with ranges."""
    with h5py.File(path, "w") as file:
        minc = file.create_group("minc-2.0")
        for k, (name, start, step) in enumerate(
            [("zspace", -3.0, 0.5), ("yspace", 2.0, 0.25), ("xspace", 1.0, 0.1)]
        ):
            dimension = minc.create_dataset(f"dimensions/{name}", data=0)
            dimension.attrs["start"], dimension.attrs["step"] = start, step
            dimension.attrs["length"] = IDS.shape[k]
            dimension.attrs["spacing"] = np.bytes_("regular__")
            dimension.attrs["direction_cosines"] = np.eye(3)[2 - k]
        image = minc.create_dataset("image/0/image", data=IDS)
        image.attrs["dimorder"] = np.bytes_("zspace,yspace,xspace")
        image.attrs["valid_range"] = [0.0, 65535.0]
        minc.create_dataset("image/0/image-min", data=np.zeros(len(IDS)))
        minc.create_dataset("image/0/image-max", data=np.full(len(IDS), 65535.0))
        minc["image/0/image-min"].attrs["dimorder"] = np.bytes_("zspace")
        minc["image/0/image-max"].attrs["dimorder"] = np.bytes_("zspace")


def test_labels_and_places_are_those_of_nibabel(tmp_path):
    path = tmp_path / "labels.mnc"
    write(path)
    header = read_minc_header(path)
    values = header.load()
    assert values.dtype.kind == "i"
    np.testing.assert_array_equal(values, IDS)
    image = nibabel.load(path)
    place = nibabel.affines.apply_affine(image.affine, (1, 2, 4)) * 1000
    np.testing.assert_allclose(header.grid.to_world(np.array([1.5, 2.5, 4.5])), place)
    assert header.orientation == "ipl"


def test_a_damaged_file_is_refused_in_one_line(tmp_path):
    path = tmp_path / "labels.mnc"
    path.write_bytes(b"\x89HDF\r\n\x1a\n" + b"\0" * 100)
    with refused(path, by=AtlasFileError):
        read_minc_header(path)
