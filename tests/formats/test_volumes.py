"""What is written lies, for other programs, where the atlas has it: SimpleITK, nibabel, pynrrd."""

from __future__ import annotations

import nibabel
import nrrd
import numpy as np
import pytest
import SimpleITK

from napari_atlas_explorer.core.space.grid import VoxelGrid
from napari_atlas_explorer.formats.volume_header import read_volume_header
from napari_atlas_explorer.formats.volumes import write_volume

SHAPE = (5, 6, 7)
MARKED = (1, 4, 2)
"""The one voxel that is not 0."""

# Array axes of the letters, in RAS: what moves by one voxel along each, µm. Values by hand.
DIRECTIONS = {
    "lpi": [(100, 0, 0), (0, 200, 0), (0, 0, 300)],
    "rai": [(-100, 0, 0), (0, -200, 0), (0, 0, 300)],
    "lia": [(100, 0, 0), (0, 0, 200), (0, -300, 0)],
    "asr": [(0, -100, 0), (0, 0, -200), (-300, 0, 0)],
    "pir": [(0, 100, 0), (0, 0, 200), (-300, 0, 0)],
}
CORNER = np.array([1000.0, -2000.0, 3000.0])
RAS_TO_LPS = np.array([-1.0, -1.0, 1.0])


def ras_grid(letters):
    """A grid whose world is RAS, as that of a NIfTI file is."""
    affine = np.eye(4)
    affine[:3, :3] = np.transpose(DIRECTIONS[letters])
    affine[:3, 3] = CORNER
    return VoxelGrid(SHAPE, affine)


def marked():
    values = np.zeros(SHAPE, np.uint16)
    values[MARKED] = 7
    return values


def place_in_itk(path):
    """World position (LPS, as ITK has it) of the center of the voxel that is marked."""
    image = SimpleITK.ReadImage(str(path))
    values = SimpleITK.GetArrayFromImage(image)  # axes in reverse order
    (index,) = np.argwhere(values)
    return np.array(image.TransformIndexToPhysicalPoint([int(i) for i in index[::-1]])), values


def expected_ras(letters):
    """Center of the marked voxel in RAS, µm, by hand."""
    return CORNER + (np.array(MARKED) + 0.5) @ np.array(DIRECTIONS[letters], float)


@pytest.mark.parametrize("letters", DIRECTIONS)
@pytest.mark.parametrize(
    ("suffix", "unit"), [(".nrrd", 1.0), (".seg.nrrd", 1e-3), (".nii.gz", 1e-3), (".nii", 1e-3)]
)
def test_itk_finds_a_volume_of_a_known_world_where_the_atlas_has_it(
    tmp_path, letters, suffix, unit
):
    path = tmp_path / f"mask{suffix}"
    write_volume(path, marked(), ras_grid(letters), letters)
    place, values = place_in_itk(path)
    assert values.max() == 7
    np.testing.assert_allclose(place, expected_ras(letters) * RAS_TO_LPS * unit, rtol=1e-5)


@pytest.mark.parametrize("letters", DIRECTIONS)
def test_nibabel_finds_it_too_after_itk_has_converted_it(tmp_path, letters):
    write_volume(tmp_path / "mask.nrrd", marked(), ras_grid(letters), letters)
    image = SimpleITK.ReadImage(str(tmp_path / "mask.nrrd"))
    SimpleITK.WriteImage(image, str(tmp_path / "mask.nii.gz"))
    converted = nibabel.load(tmp_path / "mask.nii.gz")
    (index,) = np.argwhere(np.asanyarray(converted.dataobj))
    place = converted.affine @ [*index, 1]
    np.testing.assert_allclose(place[:3], expected_ras(letters), rtol=1e-5)


@pytest.mark.parametrize("letters", DIRECTIONS)
@pytest.mark.parametrize("suffix", [".nrrd", ".seg.nrrd", ".nii.gz"])
def test_it_opens_here_with_its_letters_and_its_place(tmp_path, letters, suffix):
    grid = ras_grid(letters)
    path = tmp_path / f"mask{suffix}"
    write_volume(path, marked(), grid, letters)
    header = read_volume_header(path, None, None)
    assert header.orientation == letters
    if suffix != ".seg.nrrd":  # whose world is LPS
        np.testing.assert_allclose(header.grid.affine, grid.affine, rtol=1e-5)


@pytest.mark.parametrize("letters", ["asr", "asl", "pir"])
def test_a_world_that_itk_does_not_know_keeps_its_numbers_and_its_letters(tmp_path, letters):
    """Worlds of BrainGlobe and Allen: x runs along axis 0, from its first corner."""
    grid = VoxelGrid.from_steps(SHAPE, (100, 200, 300))
    path = tmp_path / "mask.nrrd"
    write_volume(path, marked(), grid, letters)
    values, fields = nrrd.read(str(path))
    assert "space" not in fields
    assert fields["space units"] == ["um", "um", "um"]
    # voxcell's rule: space origin is the corner of the first voxel.
    place = fields["space origin"] + (np.argwhere(values)[0] + 0.5) @ fields["space directions"]
    np.testing.assert_allclose(place, [150, 900, 750])
    header = read_volume_header(path, None, None)
    assert header.orientation == letters
    np.testing.assert_allclose(header.grid.affine, grid.affine)
    # Of the anatomical formats ITK reads the place in LPS, mm.
    write_volume(tmp_path / "mask.nii", marked(), grid, letters)
    starts = dict(zip(letters, (150, 900, 750), strict=True))
    lps = [starts[a] if a in starts else -starts[b] for a, b in ("rl", "ap", "is")]
    np.testing.assert_allclose(
        place_in_itk(tmp_path / "mask.nii")[0], np.array(lps) / 1e3, rtol=1e-5
    )


def test_itk_reads_the_voxels_of_a_tiff(tmp_path):
    write_volume(tmp_path / "mask.tif", marked(), ras_grid("lpi"), "lpi")
    values = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(tmp_path / "mask.tif")))
    np.testing.assert_array_equal(values, marked())
