"""Allen's grid volumes: where they lie, and what is taken for granted."""

from __future__ import annotations

import zipfile

import numpy as np
import pytest

from napari_atlas_explorer import VoxelData
from napari_atlas_explorer.analysis.spatial_search.grid_data import read_grid_volume
from napari_atlas_explorer.core.space.grid import VoxelGrid

from ...refusals import refused

VALUES = np.random.default_rng(0).random((4, 5, 6)).astype(np.float32)


def nrrd(folder, values=VALUES, size=100.0, corner=(0.0, 0, 0), name="density.nrrd"):
    VoxelData(values, (size,) * 3, corner).save_nrrd(folder / name)
    return folder / name


def test_a_stated_size_is_taken_without_a_word(tmp_path):
    found = read_grid_volume(nrrd(tmp_path))
    assert found.volume.bbox.tolist() == [[0, 0, 0], [400, 500, 600]]
    assert np.array_equal(found.volume.raw, VALUES)
    assert found.assumptions == ()


def test_an_origin_is_a_corner_and_said(tmp_path):
    found = read_grid_volume(nrrd(tmp_path, corner=(50.0, 0, 0)))
    assert found.volume.offset.tolist() == [50, 0, 0]
    assert "corner of voxel 0" in found.assumptions[0]


def test_a_size_of_one_is_not_believed(tmp_path):
    path = nrrd(tmp_path, size=1.0)
    with refused(path, "states voxels of 1 µm", remedy="state voxel size"):
        read_grid_volume(path)
    assert read_grid_volume(path, 100).volume.bbox[1].tolist() == [400, 500, 600]
    atlas = VoxelGrid.from_steps(VALUES.shape, 50.0, (10, 0, 0))
    found = read_grid_volume(path, atlas=atlas)
    assert found.volume.grid.matches(atlas)
    assert "the atlas's shape" in found.assumptions[0]


@pytest.mark.parametrize("shape", [(132, 80, 114), (133, 81, 115)])
def test_the_shape_of_the_ccf_tells_its_size(tmp_path, shape):
    path = nrrd(tmp_path, np.zeros(shape, np.uint8), size=1.0)
    found = read_grid_volume(path)
    assert found.volume.voxel_dimensions.tolist() == [100, 100, 100]
    assert "100 µm taken" in found.assumptions[0]


def test_an_archive_of_metaimage_has_its_corner_at_the_origin(tmp_path):
    header = (
        "NDims = 3\nDimSize = 4 5 6\nElementType = MET_FLOAT\nElementSpacing = 25 25 25\n"
        "Offset = 0 0 0\nElementDataFile = density.raw\n"
    )
    with zipfile.ZipFile(tmp_path / "density.zip", "w") as archive:
        archive.writestr("density.mhd", header)
        archive.writestr("density.raw", VALUES.tobytes(order="F"))
    found = read_grid_volume(tmp_path / "density.zip")
    assert found.volume.bbox.tolist() == [[0, 0, 0], [100, 125, 150]]
    assert np.array_equal(found.volume.raw, VALUES)


def test_what_is_no_volume_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "none.zip", "w") as archive:
        archive.writestr("readme.txt", "nothing")
    with refused("none.zip", "0 MetaImage headers"):
        read_grid_volume(tmp_path / "none.zip")
    with refused("gone.zip", "no such file"):
        read_grid_volume(tmp_path / "gone.zip")
    path = nrrd(tmp_path, np.zeros((4, 5, 6, 3)), name="vectors.nrrd")
    with refused(path, "one value per voxel"):
        read_grid_volume(path)
