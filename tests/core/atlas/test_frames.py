"""Which frames an atlas has, by what its files state."""

import nibabel
import numpy as np
import pytest

from napari_atlas_explorer import Atlas, RegionMap, VoxelData, open_atlas
from napari_atlas_explorer.core.space.grid import VoxelGrid

ALLEN = ["allen-ccf", "bregma-ibl", "bregma-allen-forum", "bregma-pinpoint"]
REGIONS = RegionMap.from_dict({"id": 997, "acronym": "root", "name": "root", "children": []})
EXTENT = {"a": 132, "p": 132, "s": 80, "i": 80, "l": 114, "r": 114}


def make_ccf(letters, affine=None, shape=None):
    shape = shape or tuple(EXTENT[letter] for letter in letters or "asl")
    grid = VoxelGrid.from_steps(shape, 100) if affine is None else VoxelGrid(shape, affine)
    volume = VoxelData.from_grid(np.broadcast_to(np.uint16(997), shape), grid)
    return Atlas.from_arrays(volume, REGIONS, 100, orientation=letters)


@pytest.mark.parametrize("letters", ["asl", "ras", "pir", "lpi", "sla"])
def test_the_ccf_is_placed_by_the_letters(letters):
    atlas = make_ccf(letters)
    assert list(atlas.frames) == ["array", "atlas", *ALLEN]
    # The voxel at the front, the top and the left of the volume, found by the letters alone.
    first = [
        0 if letter in "asl" else n - 1 for letter, n in zip(letters, atlas.shape, strict=True)
    ]
    center = atlas.at_voxel(first).position
    np.testing.assert_allclose(atlas.frames["allen-ccf"].from_world(center), [50, 50, 50])
    assert atlas.frames["allen-ccf"].note == ""


def test_arrays_stored_as_allen_does_keep_their_numbers_whatever_the_third_letter():
    position = (6600, 2500, 3300)
    for letters in ("asl", "asr"):
        frames = make_ccf(letters).frames
        np.testing.assert_allclose(frames["allen-ccf"].from_world(position), position)
        np.testing.assert_allclose(frames["bregma-ibl"].from_world(position)[0], -2.439)
    assert "this atlas calls that from right to left" in frames["bregma-ibl"].note


def test_corners_and_negative_steps_are_followed():
    affine = np.diag([-100.0, 100.0, 100.0, 1])
    affine[:3, 3] = (13200 + 700, -300, 40)
    atlas = make_ccf("psl", affine)  # x falls along axis 0: the world starts at the front
    assert atlas.package.world_orientation == "asl"
    np.testing.assert_allclose(atlas.frames["allen-ccf"].from_world((700, -300, 40)), [0, 0, 0])


@pytest.mark.parametrize(
    ("atlas", "reason"),
    [
        (make_ccf(None), "the orientation is not stated"),
        (make_ccf("asl", shape=(132, 80, 100)), "13 200 × 8 000 × 10 000 µm long; expected"),
        (open_atlas("sample"), "whose root is region 997"),
    ],
    ids=["no orientation", "a part", "another atlas"],
)
def test_what_is_missing_is_the_reason(atlas, reason):
    assert list(atlas.frames) == ["array", "atlas"]
    for name in ALLEN:
        assert reason in atlas.frames.unavailable[name]


def test_every_frame_has_unit_axes_origin_and_source():
    for frame in make_ccf("asr").frames.values():
        document = frame.as_json()
        assert document["unit"] in ("um", "mm", "voxel")
        assert len(document["axes"]) == 3
        assert document["origin"]
        assert document["source"]


@pytest.mark.parametrize(
    ("code", "size", "names", "reason"),
    [
        (4, 2.0, ["mni"], ""),
        (3, 2.0, ["talairach"], ""),
        (2, 2.0, [], "names no standard space; expected MNI152"),
        (4, 0.1, [], "but the volume is 10 mm long"),
    ],
)
def test_standard_spaces_are_those_that_a_nifti_header_names(tmp_path, code, size, names, reason):
    ids = np.zeros((90, 100, 80), np.int16)
    ids[20:50, 30:60, 20:50] = 3
    affine = np.diag([size, size, size, 1.0])
    affine[:3, 3] = (-90, -120, -70)
    image = nibabel.Nifti1Image(ids, affine)
    image.header.set_xyzt_units("mm")
    image.set_sform(affine, code)
    image.set_qform(affine, 0)
    nibabel.save(image, tmp_path / "atlas.nii.gz")
    frames = open_atlas(tmp_path / "atlas.nii.gz", kind="annotation").frames
    assert [name for name in frames if name in ("mni", "talairach")] == names
    for name in names:
        # RAS in mm, through nibabel's own affine: the center of voxel (40, 50, 60).
        expected = nibabel.affines.apply_affine(affine, (40, 50, 60))
        found = frames[name].from_world(frames["array"].to_world((40.5, 50.5, 60.5)))
        np.testing.assert_allclose(found, expected, atol=1e-4)
    assert (reason or "") in frames.unavailable.get("mni", "")
    assert set(frames.unavailable) & {"mni"} == (
        {"mni"} - {*names} if size == 2 or reason else set()
    )
