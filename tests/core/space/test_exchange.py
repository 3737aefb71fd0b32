"""Volumes handed to nibabel and xarray, and saved by suffix."""

from __future__ import annotations

import sys

import nibabel
import numpy as np
import pytest

from napari_atlas_explorer import AtlasError, OrientationField, VoxelData, open_atlas
from napari_atlas_explorer.core.errors import ArgumentError, AtlasFileError
from napari_atlas_explorer.core.space.grid import VoxelGrid
from napari_atlas_explorer.formats.nifti.volumes import read_nifti
from napari_atlas_explorer.formats.volume_header import read_volume_header

from ... import packages

ORIENTATIONS = ["asr", "lpi", "ras", "sla"]


@pytest.fixture
def volume():
    raw = np.arange(24, dtype=np.uint16).reshape(2, 3, 4)
    return VoxelData(raw, (10, 20, -30), (100, -200, 300))


@pytest.mark.parametrize("orientation", [*ORIENTATIONS, None])
def test_the_image_is_what_nibabel_reads_from_our_file(volume, tmp_path, orientation):
    volume.save(tmp_path / "a.nii.gz", orientation)
    stored = nibabel.load(tmp_path / "a.nii.gz")
    image = volume.to_nibabel(orientation)
    for one in (image, stored):
        assert one.header.get_xyzt_units()[0] == "mm"
    assert np.array_equal(image.dataobj, stored.dataobj)
    assert image.header["sform_code"] == stored.header["sform_code"]
    if orientation is not None:
        assert np.allclose(image.affine, stored.affine)
        codes = nibabel.aff2axcodes(image.affine)
        opposite = dict(zip("LRPAIS", "RLAPSI", strict=True))
        assert "".join(opposite[c] for c in codes).lower() == orientation


def test_the_origin_is_the_center_of_the_first_voxel_in_millimeters():
    image = VoxelData(np.zeros((2, 2, 2)), (10, 20, 30)).to_nibabel("lpi")
    assert np.allclose(image.affine[:3, 3], [0.005, 0.01, 0.015])
    assert np.allclose(np.diag(image.affine)[:3], [0.01, 0.02, 0.03])


@pytest.mark.parametrize("orientation", [*ORIENTATIONS, None])
def test_a_volume_of_an_image_is_that_of_its_file(volume, tmp_path, orientation):
    volume.save(tmp_path / "a.nii", orientation)
    stored = read_nifti(tmp_path / "a.nii")
    for image in (volume.to_nibabel(orientation), nibabel.load(tmp_path / "a.nii")):
        back = VoxelData.from_nibabel(image)
        assert np.array_equal(back, volume)
        assert back.grid.matches(stored.grid)


def test_masks_fields_and_ids_become_images(tmp_path):
    atlas = open_atlas(packages.brainglobe_v2(tmp_path / "a"))
    mask = atlas.get_structure_mask("TH").to_nibabel(atlas.orientation)
    assert mask.get_data_dtype() == np.uint8
    assert np.array_equal(atlas.annotation.to_nibabel("asr").dataobj, atlas.annotation)
    field = OrientationField(np.ones((2, 3, 4, 4), np.float32), (1, 1, 1))
    back = OrientationField.from_nibabel(field.to_nibabel())
    assert back.payload_shape == (4,)


def test_other_units_and_formats_of_nibabel_are_read(volume):
    image = volume.to_nibabel("lpi")
    image.header.set_xyzt_units("micron")
    assert np.allclose(VoxelData.from_nibabel(image).voxel_dimensions, [0.01, 0.02, 0.03])
    affine = np.diag([0.1, 0.1, 0.1, 1])
    mgh = nibabel.MGHImage(np.zeros((2, 2, 2), np.float32), affine)
    assert np.allclose(VoxelData.from_nibabel(mgh).offset, -50)
    single = nibabel.Nifti1Image(np.zeros((2, 2, 2, 1), np.float32), affine)
    assert VoxelData.from_nibabel(single).raw.shape == (2, 2, 2)


@pytest.mark.parametrize("image", [None, np.zeros((2, 2, 2))])
def test_what_is_no_image_is_refused(image):
    with pytest.raises(ArgumentError, match="expected an image of nibabel"):
        VoxelData.from_nibabel(image)


@pytest.mark.parametrize("suffix", ["nrrd", "nii", "nii.gz", "tif", "tiff"])
def test_the_suffix_chooses_the_format(volume, tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    volume.save(path)
    header = read_volume_header(path)
    assert np.array_equal(header.load(), volume)
    assert np.allclose(np.abs(header.grid.steps), [10, 20, 30])


def test_nrrd_keeps_where_the_volume_is(volume, tmp_path):
    volume.save(tmp_path / "a.nrrd")
    assert VoxelData.load_nrrd(tmp_path / "a.nrrd").grid.matches(volume.grid)


def test_other_formats_are_refused_by_name(volume, tmp_path):
    with pytest.raises(AtlasFileError, match=r"expected \.seg\.nrrd, \.nrrd"):
        volume.save(tmp_path / "a.mp4")


def test_an_array_of_xarray_has_the_centers_as_coordinates(volume):
    pytest.importorskip("xarray")
    array = volume.to_xarray()
    assert array.dims == ("x", "y", "z")
    assert array.x.values.tolist() == [105, 115]
    assert array.z.values.tolist() == [285, 255, 225, 195]
    assert array.z.attrs["units"] == "µm"
    assert np.array_equal(array.values, volume)
    at = volume.indices_to_positions(np.array([1, 2, 3]) + 0.5)
    assert array.sel(x=at[0], y=at[1], z=at[2], method="nearest") == volume[1, 2, 3]


def test_dimensions_follow_the_world_and_payloads_have_their_own():
    pytest.importorskip("xarray")
    affine = np.eye(4)[[2, 0, 1, 3]] * 10.0
    affine[3, 3] = 1
    turned = VoxelData.from_grid(np.zeros((2, 3, 4)), VoxelGrid((2, 3, 4), affine))
    assert turned.to_xarray().dims == ("y", "z", "x")
    field = OrientationField(np.ones((2, 3, 4, 4), np.float32), (1, 1, 1))
    assert field.to_xarray().dims == ("x", "y", "z", "component_0")
    slant = np.eye(4)
    slant[0, 1] = 0.3
    oblique = VoxelData.from_grid(np.zeros((2, 3, 4)), VoxelGrid((2, 3, 4), slant)).to_xarray()
    assert oblique.dims == ("i", "j", "k")
    assert not oblique.coords
    assert np.allclose(oblique.attrs["affine"], slant)


def test_without_xarray_the_error_says_what_to_install(volume, monkeypatch):
    monkeypatch.setitem(sys.modules, "xarray", None)
    with pytest.raises(AtlasError, match="pip install xarray"):
        volume.to_xarray()
