"""Folders of numbered planes."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile

from napari_atlas_explorer import open_atlas
from napari_atlas_explorer.core.errors import AtlasFileError
from napari_atlas_explorer.formats.tiff.reader import read_tiff_header, tiff_blocks
from napari_atlas_explorer.formats.tiff.sequence import sequence_of

from ...refusals import refused

IDS = np.kron(np.arange(8).reshape(2, 2, 2), np.ones((6, 4, 5), int)).astype(np.uint16)


@pytest.fixture
def folder(tmp_path):
    for k, plane in enumerate(IDS):
        tifffile.imwrite(tmp_path / f"ann_{k}.tif", plane)  # 10 comes after 9, not after 1
    (tmp_path / "labels.csv").write_text("id,name\n" + "".join(f"{i},r{i}\n" for i in range(1, 8)))
    return tmp_path


def test_numbered_planes_are_one_volume_in_the_order_of_their_numbers(folder):
    for path in (folder, folder / "ann_0.tif", folder / "ann_7.tif"):
        atlas = open_atlas(path)
        np.testing.assert_array_equal(np.asarray(atlas.annotation), IDS)
        assert atlas.at_voxel((11, 7, 9)).name == "r7"
        assert "12 files, ann_0.tif to ann_11.tif" in str(atlas.assumptions)
    assert open_atlas(folder).datasets == ["ann_0"]


def test_a_plane_that_is_missing_is_said(folder):
    (folder / "ann_5.tif").unlink()
    assert "there is no plane of number 5" in str(
        read_tiff_header(folder / "ann_0.tif").assumptions
    )


def test_a_plane_of_another_size_is_named(folder):
    tifffile.imwrite(folder / "ann_5.tif", np.zeros((3, 3), np.uint16))
    with refused(folder / "ann_5.tif", "(8, 10)", by=AtlasFileError):
        read_tiff_header(folder / "ann_0.tif").load()


def test_slabs_are_those_of_the_whole(folder):
    source = tiff_blocks(read_tiff_header(folder / "ann_0.tif"))
    np.testing.assert_array_equal(np.concatenate(list(source.read(0))), IDS)


def test_numbered_volumes_are_no_planes(tmp_path):
    for size in (10, 25, 50):
        tifffile.imwrite(tmp_path / f"annotation_{size}.tif", IDS)
    assert len(sequence_of(tmp_path / "annotation_10.tif")) == 3  # by their names
    assert read_tiff_header(tmp_path / "annotation_10.tif").shape == IDS.shape


def test_pages_of_two_types_are_refused_instead_of_half_read(tmp_path):
    path = tmp_path / "mixed.tif"
    with tifffile.TiffWriter(path) as writer:
        for k in range(6):
            writer.write(IDS[k].astype(np.uint8 if k % 2 else np.uint16), contiguous=False)
    with refused(path, "pages of several sizes or types", by=AtlasFileError):
        read_tiff_header(path)
