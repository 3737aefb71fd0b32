"""Every format of a volume gives the same atlas: ids, places, sides."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
import pytest
import tifffile

from napari_atlas_explorer import open_atlas
from napari_atlas_explorer.core.errors import AtlasFileError
from napari_atlas_explorer.formats.volume_header import is_volume, read_volume_header, volume_stem

from .. import packages
from ..packages_v3 import write_ome_zarr
from ..refusals import refused

IDS = packages.label_ids((24, 20, 22))
STEP = 50.0
CORNER = (100.0, -200.0, 300.0)
TABLE = "id,name\n315,cortex\n549,thalamus\n614454277,white matter\n"


def nrrd(folder: Path) -> Path:
    return packages.write_nrrd(
        folder / "labels.nrrd",
        IDS,
        STEP,
        **{"space origin": np.array(CORNER), "space units": ["um"] * 3},
    )


def nifti(folder: Path) -> Path:
    affine = np.diag([STEP / 1e3] * 3 + [1])
    affine[:3, 3] = (np.array(CORNER) + STEP / 2) / 1e3  # NIfTI states centers, in mm
    image = nibabel.Nifti1Image(IDS.astype(np.int32), affine)
    image.header.set_xyzt_units("mm")
    image.set_sform(affine, 2)
    nibabel.save(image, folder / "labels.nii.gz")
    return folder / "labels.nii.gz"


def metaimage(folder: Path) -> Path:
    center = " ".join(str(c + STEP / 2) for c in CORNER)
    (folder / "labels.raw").write_bytes(IDS.astype("<u4").tobytes(order="F"))
    (folder / "labels.mhd").write_text(
        "ObjectType = Image\nNDims = 3\nDimSize = 24 20 22\nElementType = MET_UINT\n"
        f"ElementSpacing = {STEP} {STEP} {STEP}\nOffset = {center}\n"
        "TransformMatrix = 1 0 0 0 1 0 0 0 1\nElementByteOrderMSB = False\n"
        "ElementDataFile = labels.raw\n"
    )
    return folder / "labels.mhd"


def zarr(folder: Path) -> Path:
    return write_ome_zarr(folder / "labels.ome.zarr", [IDS], [STEP / 1e3])


def tiff(folder: Path) -> Path:
    path = folder / "labels.tif"
    tifffile.imwrite(
        path,
        IDS.astype(np.float32),
        imagej=True,
        resolution=(1 / STEP, 1 / STEP),
        metadata={"spacing": STEP, "unit": "um", "axes": "ZYX"},
    )
    return path


def nifti_pair(folder: Path) -> Path:
    affine = np.diag([STEP / 1e3] * 3 + [1])
    affine[:3, 3] = (np.array(CORNER) + STEP / 2) / 1e3
    image = nibabel.Nifti1Pair(IDS.astype(np.int32), affine)
    image.header.set_xyzt_units("mm")
    image.set_sform(affine, 2)
    nibabel.save(image, folder / "labels.img")
    return folder / "labels.hdr"


def freesurfer(folder: Path) -> Path:
    affine = np.diag([STEP / 1e3] * 3 + [1])
    affine[:3, 3] = (np.array(CORNER) + STEP / 2) / 1e3
    nibabel.save(nibabel.MGHImage(IDS.astype(np.int32), affine), folder / "labels.mgz")
    return folder / "labels.mgz"


FORMATS = {f.__name__: f for f in (nrrd, nifti, nifti_pair, freesurfer, metaimage, zarr, tiff)}
CORNERS = {"zarr": (-25, -25, -25), "tiff": (0, 0, 0)}


@pytest.mark.parametrize("made", FORMATS)
def test_a_lone_volume_opens_with_its_table_and_lies_where_it_should(tmp_path, made):
    path = FORMATS[made](tmp_path)
    (tmp_path / "names.csv").write_text(TABLE)
    atlas = open_atlas(tmp_path)
    assert atlas.resolution == pytest.approx((STEP,) * 3)
    # FreeSurfer stores float32.
    np.testing.assert_allclose(atlas.grid.corner, CORNERS.get(made, CORNER), atol=1e-4)
    np.testing.assert_array_equal(atlas.annotation, IDS if made != "tiff" else IDS.astype("f4"))
    voxel = (7, 5, 5)
    position = atlas.grid.to_world(np.array(voxel) + 0.5)
    hit = atlas.at(position)
    assert (hit.index, hit.name) == (voxel, "cortex")
    assert is_volume(path)
    assert volume_stem(path) == "labels"


@pytest.mark.parametrize("made", FORMATS)
def test_a_header_says_what_is_there_without_the_values(tmp_path, made):
    path = FORMATS[made](tmp_path)
    header = read_volume_header(path, default_unit=None)
    assert header.grid.shape == IDS.shape
    assert header.payload_shape == ()
    assert header.load().shape == IDS.shape


def test_orientations_are_those_of_the_headers(tmp_path):
    assert read_volume_header(nifti(tmp_path)).orientation == "lpi"  # towards right, front, up
    assert read_volume_header(metaimage(tmp_path)).orientation == "rai"  # ITK's LPS
    assert read_volume_header(tiff(tmp_path)).orientation is None


def test_ids_that_floats_may_have_lost_are_said(tmp_path):
    tiff(tmp_path)  # 614,454,277 needs 30 bits, a float32 has 24
    (tmp_path / "names.csv").write_text(TABLE)
    atlas = open_atlas(tmp_path)
    said = [a.statement for a in atlas.assumptions if a.quantity == "ids"]
    assert len(said) == 1
    assert "16777216" in said[0]
    assert 614454272 in atlas.ranks.unknown_ids  # the nearest float32


def test_a_size_that_the_shape_contradicts_is_asked(tmp_path):
    ids = packages.label_ids(packages.CCF_SHAPE)
    image = nibabel.Nifti1Image(ids.transpose(2, 0, 1).astype(np.int32), np.eye(4))
    image.header.set_xyzt_units("mm")
    image.set_sform(np.eye(4), 2)
    nibabel.save(image, tmp_path / "labels.nii")
    atlas = open_atlas(tmp_path / "labels.nii")
    assert atlas.resolution == (1000, 1000, 1000)  # what the file says, until the user settles it
    said = [a.statement for a in atlas.assumptions if a.quantity == "resolution"]
    assert "100 µm" in said[0]
    assert open_atlas(tmp_path / "labels.nii", resolution=100).resolution == (100, 100, 100)


def test_a_file_of_no_known_format_is_refused(tmp_path):
    path = tmp_path / "a.xyz"
    path.write_bytes(b"text")
    with refused("a.xyz", ".nrrd", by=AtlasFileError):
        read_volume_header(path)
