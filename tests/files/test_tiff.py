"""Reading TIFF volumes against tifffile."""

from __future__ import annotations

import random

import numpy as np
import pytest
import tifffile

from napari_atlas_explorer import AtlasError
from napari_atlas_explorer.core.errors import AtlasFileError
from napari_atlas_explorer.files.tiff import read_tiff, read_tiff_header

from ..refusals import refused

ARRAY = (np.arange(7 * 8 * 9, dtype=np.uint16) * 11).reshape(7, 8, 9)


def stack(path, array=ARRAY, **options):
    tifffile.imwrite(path, array, photometric="minisblack", **options)
    return path


@pytest.mark.parametrize(
    "options",
    [{}, {"bigtiff": True}, {"byteorder": ">"}, {"compression": "zlib"}, {"metadata": None},
     {"rowsperstrip": 3}, {"tile": (16, 16)}],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.uint32, np.float32])
def test_a_stack_of_pages_is_a_volume(tmp_path, options, dtype):
    path = stack(tmp_path / "v.tif", ARRAY.astype(dtype), **options)
    found = read_tiff(path)
    np.testing.assert_array_equal(found, tifffile.imread(path))
    np.testing.assert_array_equal(found, ARRAY.astype(dtype))
    assert found.dtype == dtype
    assert found.flags.c_contiguous
    header = read_tiff_header(path)
    assert (header.shape, header.dtype, header.steps) == ((7, 8, 9), np.dtype(dtype), None)


@pytest.mark.parametrize(
    ("unit", "factor"), [("um", 1), ("micron", 1), ("\\u00B5m", 1), ("mm", 1000), ("nm", 0.001)]
)
def test_imagej_states_the_voxel_size(tmp_path, unit, factor):
    path = stack(
        tmp_path / "v.tif", imagej=True, resolution=(4.0, 0.5),
        metadata={"spacing": 25.0, "unit": unit, "axes": "ZYX"},
    )  # fmt: skip
    # 4 pixels per unit along x, one in two units along y.
    assert read_tiff_header(path).steps == pytest.approx((25 * factor, 2 * factor, 0.25 * factor))


@pytest.mark.parametrize(
    "metadata", [{"unit": "um"}, {"spacing": 3.0}, {"spacing": 3.0, "unit": "pixel"}]
)
def test_imagej_metadata_that_lack_a_size_or_unit_state_nothing(tmp_path, metadata):
    path = stack(
        tmp_path / "v.tif", imagej=True, resolution=(4.0, 0.5), metadata={"axes": "ZYX"} | metadata
    )
    assert read_tiff_header(path).steps is None


@pytest.mark.parametrize(
    ("sizes", "steps"),
    [
        ({"Z": (25, "µm"), "Y": (10, "µm"), "X": (5, "µm")}, (25, 10, 5)),
        ({"Z": (0.025, "mm"), "Y": (10, "µm"), "X": (5000, "nm")}, (25, 10, 5)),
        ({"Y": (10, "µm"), "X": (5, "µm")}, None),
        ({"Z": (25, "pixel"), "Y": (10, "µm"), "X": (5, "µm")}, None),
        ({"Z": (-25, "µm"), "Y": (10, "µm"), "X": (5, "µm")}, None),
        ({"Z": ("INF", "µm"), "Y": (10, "µm"), "X": (5, "µm")}, None),
    ],
)
def test_ome_states_the_voxel_size(tmp_path, sizes, steps):
    metadata = {"axes": "ZYX"}
    for axis, (size, unit) in sizes.items():
        metadata |= {f"PhysicalSize{axis}": size, f"PhysicalSize{axis}Unit": unit}
    path = stack(tmp_path / "v.ome.tif", ome=True, metadata=metadata)
    found = read_tiff_header(path).steps
    assert found == (pytest.approx(steps) if steps else None)
    np.testing.assert_array_equal(read_tiff(path), ARRAY)


@pytest.mark.parametrize(
    ("shape", "photometric"),
    [
        ((8, 9), "minisblack"),
        ((8, 9, 3), "rgb"),
        ((7, 8, 9, 3), "rgb"),
        ((2, 7, 8, 9), "minisblack"),
    ],
)
def test_what_is_no_volume_of_one_channel_is_refused(tmp_path, shape, photometric):
    path = tmp_path / "v.tif"
    tifffile.imwrite(path, np.zeros(shape, np.uint8), photometric=photometric)
    with refused(path, shape, "three axes", by=AtlasFileError):
        read_tiff_header(path)


@pytest.mark.parametrize(
    "content", [b"", b"just some text\n", b"II*\0", b"II*\0\xff\xff\xff\xff", b"MM\0*\0\0\0\0"]
)
def test_a_file_that_is_no_tiff_is_refused(tmp_path, content):
    path = tmp_path / "v.tif"
    path.write_bytes(content)
    with refused(path, by=AtlasFileError):
        read_tiff_header(path)
    with refused(path, by=AtlasFileError):
        read_tiff(path)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with refused(tmp_path / "none.tif", by=AtlasFileError):
        read_tiff_header(tmp_path / "none.tif")


@pytest.mark.parametrize("options", [{}, {"compression": "zlib"}, {"metadata": None}], ids=str)
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_a_truncated_stack_is_refused(tmp_path, options, share):
    noise = np.random.default_rng(1).integers(0, 2**16, (16, 64, 64), dtype=np.uint16)
    path = stack(tmp_path / "v.tif", noise, **options)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with refused(path, by=AtlasFileError):
        read_tiff(path)


def test_the_header_of_a_stack_with_cut_off_pixels_can_be_read(tmp_path):
    path = stack(tmp_path / "v.tif")
    path.write_bytes(path.read_bytes()[:-100])
    assert read_tiff_header(path).shape == (7, 8, 9)


def test_a_stack_beyond_the_budget_is_refused(tmp_path, monkeypatch):
    path = stack(tmp_path / "v.tif")
    monkeypatch.setenv("ATLAS_EXPLORER_MAX_BYTES", str(ARRAY.nbytes))
    assert read_tiff(path).shape == (7, 8, 9)
    monkeypatch.setenv("ATLAS_EXPLORER_MAX_BYTES", str(ARRAY.nbytes - 1))
    with refused(path, "ATLAS_EXPLORER_MAX_BYTES", by=AtlasFileError):
        read_tiff(path)


@pytest.mark.parametrize(
    "options",
    [{}, {"compression": "zlib"}, {"ome": True}, {"imagej": True, "metadata": {"spacing": 2.0}}],
    ids=["plain", "zlib", "ome", "imagej"],
)
def test_stacks_damaged_at_random_are_read_or_refused_in_one_line(tmp_path, monkeypatch, options):
    monkeypatch.setenv("ATLAS_EXPLORER_MAX_BYTES", "100000")
    good = stack(tmp_path / "good.tif", ARRAY[:3, :4, :5], **options).read_bytes()
    rng = random.Random(2)
    messages: list[str] = []
    read = 0
    path = tmp_path / "bad.tif"
    for _ in range(150):
        bad = bytearray(good)
        for _ in range(rng.randint(1, 3)):
            at = rng.randrange(len(bad))
            if rng.random() < 0.6:
                bad[at] = rng.randrange(256)
            else:
                del bad[at : at + rng.randint(1, 10)]
        path.write_bytes(bad)
        try:
            read_tiff(path)
            read += 1
        except AtlasError as error:
            messages.append(str(error))
    assert min(read, len(messages)) > 5
    assert all(str(path) in message and "\n" not in message for message in messages)
