"""NIfTI against nibabel: values, placement, units, and what is refused."""

from __future__ import annotations

import gzip
import struct

import nibabel as nib
import numpy as np
import pytest

from napari_atlas_explorer.core.errors import ArgumentError, AtlasFileError
from napari_atlas_explorer.core.space.grid import VoxelGrid
from napari_atlas_explorer.formats.nifti.header import read_nifti_header
from napari_atlas_explorer.formats.nifti.volumes import read_nifti, write_nifti

from ...refusals import refused

ARRAY = np.arange(60, dtype=np.int16).reshape(3, 4, 5) * 7
OBLIQUE = nib.affines.from_matvec(
    nib.eulerangles.euler2mat(0.3, -0.2, 0.1) @ np.diag([0.5, 1, 2]), [3, -4, 5]
)
OPPOSITE = dict(zip("RLAPSI", "lrpais", strict=True))


def save(path, array=ARRAY, affine=OBLIQUE, cls=nib.Nifti1Image, edit=None, **codes):
    image = cls(array, affine, dtype=array.dtype)
    image.set_sform(affine, codes.get("sform", 2))
    image.set_qform(affine if codes.get("qform") else None, codes.get("qform", 0))
    if edit:
        edit(image.header)
    nib.save(image, path)
    return path


def patched(path, *changes):
    """Write other bytes into an unpacked file: pairs of an offset and bytes."""
    data = bytearray(path.read_bytes())
    for at, new in changes:
        data[at : at + len(new)] = new
    path.write_bytes(data)
    return path


def assert_as_nibabel(path, unit_in_um=1000):
    image = nib.load(path)
    volume = read_nifti(path)
    values = np.asanyarray(image.dataobj)
    squeezed = values.reshape(volume.array.shape)
    assert [n for n in values.shape[3:] if n != 1] == list(volume.header.payload_shape)
    if volume.header.scaling is None:
        assert volume.array.dtype == values.dtype.newbyteorder("=")
        np.testing.assert_array_equal(volume.array, squeezed)
    else:
        np.testing.assert_allclose(volume.array, squeezed, rtol=1e-6, atol=1e-6)
    rng = np.random.default_rng(1)
    indices = np.vstack([rng.integers(0, volume.grid.shape, (50, 3)), [[0, 0, 0]]])
    centers = nib.affines.apply_affine(image.affine, indices) * unit_in_um
    np.testing.assert_allclose(volume.grid.to_world(indices + 0.5), centers, atol=1e-6 * unit_in_um)
    axes = "".join(OPPOSITE[letter] for letter in nib.aff2axcodes(image.affine))
    assert volume.header.orientation == axes
    return volume


@pytest.mark.parametrize("cls", [nib.Nifti1Image, nib.Nifti2Image])
@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
@pytest.mark.parametrize(
    "dtype", ["i1", "u1", "<i2", ">i2", "<u2", "<u4", ">u4", "<i8", "<u8", "<f4", ">f4", "<f8"]
)
def test_values_and_world_are_nibabels(tmp_path, cls, suffix, dtype):
    array = (ARRAY // 7).astype(dtype)
    image = cls(array, OBLIQUE, dtype=array.dtype)
    if dtype[0] == ">":
        image = cls(array, OBLIQUE, image.header.as_byteswapped(">"))
    nib.save(image, tmp_path / f"v{suffix}")
    volume = assert_as_nibabel(tmp_path / f"v{suffix}")
    np.testing.assert_array_equal(volume.array, array)
    assert volume.array.dtype.isnative
    assert not volume.grid.is_axis_aligned


@pytest.mark.parametrize("axes", ["RAS", "LPS", "LAS", "PIR", "ASL", "SRA", "IPL", "ARI", "LIA"])
def test_letters_name_the_side_on_which_each_axis_starts(tmp_path, axes):
    turn = nib.orientations.inv_ornt_aff(nib.orientations.axcodes2ornt(axes), (3, 4, 5))
    affine = np.diag([2.0, 3, 4, 1]) @ np.linalg.inv(turn)
    if nib.aff2axcodes(affine) != tuple(axes):
        affine = np.diag([2.0, 3, 4, 1]) @ turn
    volume = assert_as_nibabel(save(tmp_path / "v.nii", affine=affine))
    assert volume.header.placement == "sform"


def test_an_sform_in_force_wins_over_a_qform_and_the_difference_is_reported(tmp_path):
    def other(header):
        header["qoffset_x"] += 3

    path = save(tmp_path / "v.nii", affine=np.diag([1.0, 2, 3, 1]), qform=1, edit=other)
    header = read_nifti_header(path)
    assert header.placement == "sform"
    assert header.grid.corner.tolist() == [-500, -1000, -1500]
    assert ["sform" in note for note in header.notes] == [True]
    same = read_nifti_header(save(tmp_path / "s.nii", affine=np.diag([1.0, 2, 3, 1]), qform=1))
    assert same.notes == ()


def test_a_qform_places_voxels_where_no_sform_is_in_force(tmp_path):
    path = save(tmp_path / "v.nii", sform=0, qform=1)
    assert nib.load(path).header["sform_code"] == 0
    volume = assert_as_nibabel(path)
    assert volume.header.placement == "qform"


def test_without_either_the_voxel_size_is_known_and_the_orientation_is_not(tmp_path):
    path = save(tmp_path / "v.nii", affine=np.diag([0.025, 0.05, 1.0, 1]), sform=0, qform=0)
    header = read_nifti_header(path)
    assert (header.placement, header.orientation, header.spacing_known) == ("none", None, True)
    np.testing.assert_allclose(header.grid.steps, [25, 50, 1000], rtol=1e-6)
    assert header.grid.corner.tolist() == [0, 0, 0]
    zero = patched(path, (80, struct.pack("<f", 0)))
    assert not read_nifti_header(zero).spacing_known


@pytest.mark.parametrize(
    ("unit", "factor", "said"),
    [
        ("mm", 1e3, "stated"),
        ("micron", 1, "stated"),
        ("meter", 1e6, "stated"),
        ("unknown", 1e3, "assumed mm"),
    ],
)
def test_the_unit_is_the_files_or_millimeters_and_it_says_which(tmp_path, unit, factor, said):
    path = save(tmp_path / "v.nii", edit=lambda h: h.set_xyzt_units(unit, "sec"))
    volume = assert_as_nibabel(path, factor)
    assert volume.header.unit == said


def test_a_pixdim_that_contradicts_the_affine_is_reported(tmp_path):
    path = patched(save(tmp_path / "v.nii"), (80, struct.pack("<f", 9)))
    (note,) = read_nifti_header(path).notes
    assert "9 × 1 × 2" in note
    assert "0.5 × 1 × 2" in note


@pytest.mark.parametrize("dtype", ["u1", "i2", "i4", "f4"])
def test_scaled_values_are_nibabels(tmp_path, dtype):
    def scaled(header):
        header.set_slope_inter(0.25, -3)

    image = nib.Nifti1Image((ARRAY / 7 * 0.25 - 3), OBLIQUE)
    image.set_data_dtype(dtype)
    scaled(image.header)
    nib.save(image, tmp_path / "v.nii")
    # nibabel chooses the scaling again when it writes integers; it is put in by hand.
    path = patched(tmp_path / "v.nii", (112, struct.pack("<2f", 0.25, -3)))
    volume = assert_as_nibabel(path)
    assert volume.header.scaling == (0.25, -3)
    assert volume.array.dtype == ("f4" if dtype in ("u1", "i2") else "f8")


@pytest.mark.parametrize(("slope", "inter"), [(0, 5), (np.nan, 0), (np.inf, 0), (1, 0)])
def test_a_slope_that_is_none_leaves_the_values_alone(tmp_path, slope, inter):
    path = patched(save(tmp_path / "v.nii"), (112, struct.pack("<2f", slope, inter)))
    np.testing.assert_array_equal(read_nifti(path).array, ARRAY)


def test_axes_behind_the_third_are_a_payload(tmp_path):
    array = np.arange(3 * 4 * 5 * 6, dtype=np.float32).reshape(3, 4, 5, 1, 6)
    volume = assert_as_nibabel(save(tmp_path / "v.nii", array))
    assert volume.header.payload_shape == (6,)
    assert volume.array.shape == (3, 4, 5, 6)
    alone = assert_as_nibabel(save(tmp_path / "w.nii", ARRAY[..., np.newaxis]))
    assert alone.array.shape == (3, 4, 5)


def test_the_name_does_not_decide_whether_a_file_is_packed(tmp_path):
    path = save(tmp_path / "v.nii")
    path.with_suffix(".nii.gz").write_bytes(path.read_bytes())
    (tmp_path / "w.nii").write_bytes(gzip.compress(path.read_bytes()))
    for other in ("v.nii.gz", "w.nii"):
        np.testing.assert_array_equal(read_nifti(tmp_path / other).array, ARRAY)


def test_extensions_between_header_and_data_are_passed_over(tmp_path):
    image = nib.Nifti1Image(ARRAY, OBLIQUE)
    image.header.extensions.append(nib.nifti1.Nifti1Extension("comment", b"x" * 5000))
    for suffix in (".nii", ".nii.gz"):
        nib.save(image, tmp_path / f"v{suffix}")
        volume = assert_as_nibabel(tmp_path / f"v{suffix}")
        assert volume.header.data_start > 5000


NAN = struct.pack("<f", np.nan)
SFORM = struct.pack("<12f", 1, 0, 0, 0, 2, 0, 0, 0, 0, 1, 0, 0)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ([(280, NAN)], ["affine"]),
        ([(280, struct.pack("<f", np.inf))], ["affine"]),
        ([(292, NAN)], ["affine"]),
        ([(280, SFORM)], ["affine"]),  # two axes along one direction
        ([(280, bytes(48))], ["affine"]),
        ([(40, struct.pack("<h", 0))], ["0 axes"]),
        ([(40, struct.pack("<h", 2))], ["2 axes", "three"]),
        ([(40, struct.pack("<h", 9))], []),
        ([(42, struct.pack("<h", 0))], ["axes of (0, 4, 5)"]),
        ([(42, struct.pack("<h", -3))], ["axes of (-3, 4, 5)"]),
        ([(42, struct.pack("<3h", 3, 4, 6))], ["truncated"]),
        ([(42, struct.pack("<3h", 32767, 32767, 32767))], ["declares 70.4 TB"]),
        ([(70, struct.pack("<h", 1))], ["binary"]),
        ([(70, struct.pack("<h", 32))], ["complex"]),
        ([(70, struct.pack("<h", 128))], ["RGB"]),
        ([(70, struct.pack("<h", 999))], ["999"]),
        ([(108, struct.pack("<f", 40))], ["byte 40"]),
        ([(108, NAN)], ["byte nan"]),
        ([(108, struct.pack("<f", 1e30))], ["byte 1e+30"]),
        ([(108, struct.pack("<f", 1e9))], ["truncated"]),
        ([(112, struct.pack("<2f", 2, np.nan))], ["scl_inter"]),
        ([(344, b"ni1\0")], ["header without its image"]),
        ([(344, b"abc\0")], ["NIfTI header"]),
        ([(0, b"\0\0\0\0")], ["NIfTI header"]),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_a_damaged_file_is_refused_in_one_line(tmp_path, changes, words, packed):
    path = patched(save(tmp_path / "v.nii"), *changes)
    if packed:
        path.write_bytes(gzip.compress(path.read_bytes()))
        words = [w for w in words if w != "truncated"]
    with refused(path, *words, by=AtlasFileError):
        read_nifti(path)


def test_a_broken_qform_is_refused(tmp_path):
    path = save(tmp_path / "v.nii", sform=0, qform=1)
    with refused(path, by=AtlasFileError):
        read_nifti_header(patched(path, (256, struct.pack("<3f", 5, 5, 5))))


@pytest.mark.parametrize("content", [b"", b"\\x5c", b"text that is none\n", bytes(400)])
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_file_that_is_no_nifti_is_refused(tmp_path, content, pack):
    path = tmp_path / "v.nii.gz"
    path.write_bytes(pack(content))
    with refused(path, by=AtlasFileError):
        read_nifti(path)


def test_a_stream_that_is_cut_off_or_too_long_is_refused(tmp_path):
    packed = save(tmp_path / "v.nii.gz").read_bytes()
    plain = gzip.decompress(packed)
    path = tmp_path / "w.nii.gz"
    for content in (
        packed[:-9],
        packed[:40],
        gzip.compress(plain[:-1]),
        gzip.compress(plain + b"0"),
    ):
        path.write_bytes(content)
        with refused(path, by=AtlasFileError):
            read_nifti(path)


def test_scaling_counts_towards_the_budget(tmp_path, monkeypatch):
    path = patched(save(tmp_path / "v.nii"), (112, struct.pack("<2f", 0.5, 0)))
    monkeypatch.setenv("ATLAS_EXPLORER_MAX_BYTES", str(4 * ARRAY.size - 1))
    with refused(path, "240 bytes", by=AtlasFileError):
        read_nifti(path)


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
@pytest.mark.parametrize("dtype", ["bool", "i1", "u2", "u4", "i8", "u8", "f2", "f4", "f8"])
def test_what_is_written_is_read_by_nibabel_and_by_us(tmp_path, suffix, dtype):
    array = (ARRAY // 7 % 2 if dtype == "bool" else ARRAY // 7).astype(dtype)
    grid = VoxelGrid.from_steps(array.shape, (10, 20, 30), (100, 200, 300))
    path = tmp_path / f"v{suffix}"
    write_nifti(path, array, grid, "asr")
    image = nib.load(path)
    np.testing.assert_array_equal(np.asanyarray(image.dataobj), array)
    assert image.header.get_xyzt_units()[0] == "mm"
    # "asr": away from the front, from above, from the right.
    assert nib.aff2axcodes(image.affine) == ("P", "I", "L")
    # The center of voxel (1, 2, 3) is at (115, 250, 405) µm back, down and left.
    center = nib.affines.apply_affine(image.affine, [1, 2, 3])
    np.testing.assert_allclose(center, [-0.405, -0.115, -0.25])
    np.testing.assert_allclose(image.header.get_qform(), image.header.get_sform(), atol=1e-7)
    volume = assert_as_nibabel(path)
    assert volume.header.orientation == "asr"
    assert volume.header.notes == ()


@pytest.mark.parametrize("steps", [(10, 20, 30), (-10, 20, -30)])
@pytest.mark.parametrize("orientation", ["asr", "lpi", "ras", "sla"])
def test_what_was_read_is_written_back_to_the_same_place(tmp_path, steps, orientation):
    grid = VoxelGrid.from_steps(ARRAY.shape, steps, (-5, 7, 11))
    write_nifti(tmp_path / "a.nii", ARRAY, grid, orientation)
    first = read_nifti(tmp_path / "a.nii")
    assert first.header.orientation == orientation
    write_nifti(tmp_path / "b.nii", first.array, first.grid, first.header.orientation)
    second = read_nifti(tmp_path / "b.nii")
    assert second.grid.matches(first.grid)
    np.testing.assert_array_equal(second.array, ARRAY)


def test_an_oblique_grid_is_written_where_it_is(tmp_path):
    first = read_nifti(save(tmp_path / "a.nii"))
    write_nifti(tmp_path / "b.nii.gz", first.array, first.grid, first.header.orientation)
    assert assert_as_nibabel(tmp_path / "b.nii.gz").grid.matches(first.grid)


def test_without_an_orientation_none_is_claimed(tmp_path):
    grid = VoxelGrid.from_steps(ARRAY.shape, (10, 20, 30), (100, 200, 300))
    write_nifti(tmp_path / "v.nii", ARRAY, grid)
    header = nib.load(tmp_path / "v.nii").header
    assert (int(header["sform_code"]), int(header["qform_code"])) == (0, 0)
    np.testing.assert_allclose(header.get_zooms(), [0.01, 0.02, 0.03], rtol=1e-6)
    assert read_nifti_header(tmp_path / "v.nii").orientation is None
    with refused("oblique", by=ArgumentError):
        write_nifti(tmp_path / "w.nii", ARRAY, read_nifti(save(tmp_path / "o.nii")).grid)


def test_a_payload_and_a_very_long_axis_are_written(tmp_path):
    array = np.zeros((2, 1, 40000, 3), np.uint8)
    array[1, 0, 39999] = (1, 2, 3)
    write_nifti(tmp_path / "v.nii.gz", array, VoxelGrid.from_steps(array.shape[:3], 10.0), "ras")
    np.testing.assert_array_equal(read_nifti(tmp_path / "v.nii.gz").array, array)


@pytest.mark.parametrize("shape", [(3, 4), (3, 4, 6)])
def test_an_array_that_does_not_fit_its_grid_is_not_written(tmp_path, shape):
    with refused(str(shape), by=ArgumentError):
        write_nifti(tmp_path / "v.nii", np.zeros(shape), VoxelGrid.from_steps((3, 4, 5), 1.0))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.data
@pytest.mark.parametrize(
    ("folder", "count"),
    [
        ("nifti_human", 4),
        ("nifti_mouse_aidamri", 3),
        ("nifti_faa_detailed", 1),
        ("nifti_variants_nibabel", 5),
        ("nrrd_variants_pynrrd", 1),
    ],
)
def test_files_of_others_hold_what_nibabel_reads_where_nibabel_puts_it(data_folder, folder, count):
    paths = sorted((data_folder / folder).glob("*.nii")) + sorted(
        (data_folder / folder).glob("*.nii.gz")
    )
    assert len(paths) == count
    for path in paths:
        assert_as_nibabel(path)


def test_data_on_a_surface_are_called_that(tmp_path):
    def mark(header):
        header.set_intent(3006, allow_unknown=True)

    path = save(tmp_path / "v.dscalar.nii", ARRAY, cls=nib.Nifti2Image, edit=mark)
    with refused(path, "CIFTI", "surface", by=AtlasFileError):
        read_nifti_header(path)


@pytest.mark.parametrize("suffix", [".img", ".img.gz"])
@pytest.mark.parametrize("cls", [nib.Nifti1Pair, nib.Nifti2Pair])
def test_a_pair_of_files_is_one_volume(tmp_path, cls, suffix):
    image = cls(ARRAY, OBLIQUE)
    image.set_sform(OBLIQUE, 2)
    nib.save(image, tmp_path / "v.img")
    if suffix == ".img.gz":
        (tmp_path / "v.img.gz").write_bytes(gzip.compress((tmp_path / "v.img").read_bytes()))
        (tmp_path / "v.img").unlink()
    for name in ("v.hdr", f"v{suffix}"):
        volume = read_nifti(tmp_path / name)
        np.testing.assert_array_equal(volume.array, ARRAY)
        center = nib.affines.apply_affine(OBLIQUE, (2, 1, 3)) * 1000
        np.testing.assert_allclose(volume.grid.to_world(np.array([2.5, 1.5, 3.5])), center)
    (tmp_path / f"v{suffix}").unlink()
    with refused(tmp_path / "v.hdr", "without its image", by=AtlasFileError):
        read_nifti_header(tmp_path / "v.hdr")


def test_an_axis_of_one_voxel_in_front_is_left_out_and_said(tmp_path):
    path = save(tmp_path / "v.nii", ARRAY[None], np.diag([9.0, 0.5, 1, 1]))
    header = read_nifti_header(path)
    np.testing.assert_array_equal(header.load(), ARRAY)
    assert header.orientation is None
    assert "first axis of one voxel" in str(header.assumptions)
