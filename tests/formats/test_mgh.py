"""FreeSurfer volumes against nibabel."""

from __future__ import annotations

import nibabel
import numpy as np
import pytest

from napari_atlas_explorer import open_atlas
from napari_atlas_explorer.core.errors import AtlasFileError
from napari_atlas_explorer.formats.mgh import read_mgh_header

from ..refusals import refused

AFFINE = np.array([[-1, 0, 0, 10], [0, 0, 2, -20], [0, -3, 0, 30], [0, 0, 0, 1]], float)
"""LIA by the sides on which the axes end, as FreeSurfer conforms its volumes."""


def labels():
    ids = np.zeros((8, 9, 7), np.int32)
    ids[1:4, 2:7, 1:6], ids[4:7, 2:7, 1:6] = 2, 41
    return ids


@pytest.mark.parametrize("suffix", [".mgz", ".mgh"])
@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int32, np.float32])
def test_values_and_places_are_those_of_nibabel(tmp_path, suffix, dtype):
    path = tmp_path / f"aseg{suffix}"
    nibabel.save(nibabel.MGHImage(labels().astype(dtype), AFFINE), path)
    header = read_mgh_header(path)
    np.testing.assert_array_equal(header.load(), labels())
    assert header.load().dtype == dtype
    assert header.orientation == "rsp"
    for index in [(0, 0, 0), (3, 5, 2), (7, 8, 6)]:
        place = nibabel.affines.apply_affine(AFFINE, index) * 1000
        np.testing.assert_allclose(header.grid.to_world(np.add(index, 0.5)), place, rtol=1e-6)


def test_a_parcellation_opens_with_its_color_table(tmp_path):
    nibabel.save(nibabel.MGHImage(labels(), AFFINE), tmp_path / "aseg.mgz")
    (tmp_path / "aseg.txt").write_text(
        "#No. Label Name: R G B A\n0 Unknown 0 0 0 0\n"
        "2 Left-Cerebral-White-Matter 245 245 245 0\n"
        "41 Right-Cerebral-White-Matter 245 245 245 0\n"
    )
    atlas = open_atlas(tmp_path / "aseg.mgz")
    assert atlas.at_voxel((2, 3, 3)).name == "Left-Cerebral-White-Matter"
    assert atlas.at_voxel((5, 3, 3)).hemisphere == "right"


@pytest.mark.parametrize("share", [0, 0.2, 0.6, 0.9])
@pytest.mark.parametrize("suffix", [".mgz", ".mgh"])
def test_a_cut_file_is_refused_in_one_line(tmp_path, suffix, share):
    path = tmp_path / f"v{suffix}"
    nibabel.save(nibabel.MGHImage(labels(), AFFINE), path)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with refused(path, by=AtlasFileError):
        read_mgh_header(path).load()
