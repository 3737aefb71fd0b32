"""NRRD headers: units, origins, spaces, and what cannot be placed."""

from __future__ import annotations

import numpy as np
import pytest

from napari_atlas_explorer import VoxelData
from napari_atlas_explorer.core.errors import ArgumentError, AtlasFileError
from napari_atlas_explorer.formats.nrrd.header import read_nrrd_header

from ... import nrrd_text
from ...refusals import refused

ARRAY = np.zeros((2, 3, 4), np.uint8)
PLACED = {"spacings": None, "space_dimension": 3, "space_origin": "(1,2,3)"}
DIRECTIONS = "(0.01,0,0) (0,0.02,0) (0,0,0.03)"


@pytest.mark.parametrize(
    ("units", "factor"),
    [
        ('"mm" "mm" "mm"', 1000),
        ('"um" "um" "um"', 1),
        ('"microns" "microns" "microns"', 1),
        ('"µm" "µm" "µm"', 1),
        ('"μm" "μm" "μm"', 1),  # the Greek letter, not the micro sign
        ('"nm" "nm" "nm"', 0.001),
        ('"m" "m" "m"', 1e6),
    ],
)
def test_the_units_of_a_header_are_turned_into_micrometers(tmp_path, units, factor):
    path = nrrd_text.write(
        tmp_path / "v.nrrd", ARRAY, space_units=units, space_directions=DIRECTIONS, **PLACED
    )
    volume = VoxelData.load_nrrd(path)
    np.testing.assert_allclose(volume.voxel_dimensions, np.array([0.01, 0.02, 0.03]) * factor)
    np.testing.assert_allclose(volume.offset, np.array([1, 2, 3]) * factor)
    assert read_nrrd_header(path).unit == "stated"


def test_a_micro_sign_in_latin_1_does_not_become_metres(tmp_path):
    path = nrrd_text.write(
        tmp_path / "v.nrrd",
        ARRAY,
        encode="latin-1",
        space_units='"µm" "µm" "µm"',
        space_directions=DIRECTIONS,
        **PLACED,
    )
    assert VoxelData.load_nrrd(path).voxel_dimensions.tolist() == [0.01, 0.02, 0.03]


def test_the_unit_of_a_payload_is_its_own(tmp_path):
    path = nrrd_text.write(
        tmp_path / "v.nrrd",
        np.zeros((3, 2, 3, 4), np.uint8),
        space="LPS",
        units='"degree" "mm" "mm" "mm"',
        spacings="1 1 2 3",
    )
    assert VoxelData.load_nrrd(path).voxel_dimensions.tolist() == [1000, 2000, 3000]


@pytest.mark.parametrize("units", ['"pixel" "pixel" "pixel"', '"um" "mm" "um"'])
def test_units_that_are_no_one_length_are_refused(tmp_path, units):
    path = nrrd_text.write(
        tmp_path / "v.nrrd", ARRAY, space_units=units, space_directions=DIRECTIONS, **PLACED
    )
    with refused(path, "units", by=AtlasFileError):
        read_nrrd_header(path)


@pytest.mark.parametrize(
    ("step", "judged", "factor"),
    [("25", "assumed µm", 1), ("1", "assumed µm", 1), ("0.025", "assumed mm", 1000)],
)
def test_without_units_the_size_of_a_voxel_decides_where_asked(tmp_path, step, judged, factor):
    path = nrrd_text.write(tmp_path / "v.nrrd", ARRAY, spacings=f"{step} {step} {step}")
    header = read_nrrd_header(path, default_unit=None)
    assert header.unit == judged
    np.testing.assert_allclose(header.grid.steps, float(step) * factor)
    assert read_nrrd_header(path).grid.steps.tolist() == [float(step)] * 3


@pytest.mark.parametrize(
    ("asked", "key", "corner"),
    [
        ("corner", None, [100, 200, 300]),
        ("centre", None, [95, 190, 315]),
        ("corner", "centre", [95, 190, 315]),
        ("centre", "corner", [100, 200, 300]),
        ("corner", "nonsense", [100, 200, 300]),
    ],
)
def test_the_origin_is_a_corner_or_a_center_and_the_files_own_word_wins(
    tmp_path, asked, key, corner
):
    lines = {} if key is None else {"=atlas_explorer_origin": key}
    path = nrrd_text.write(
        tmp_path / "v.nrrd",
        ARRAY,
        spacings=None,
        space_dimension=3,
        space_origin="(100,200,300)",
        space_directions="(10,0,0) (0,20,0) (0,0,-30)",
        **lines,
    )
    assert VoxelData.load_nrrd(path, origin=asked).offset.tolist() == corner


def test_an_origin_that_is_neither_corner_nor_center_is_refused(tmp_path):
    path = nrrd_text.write(tmp_path / "v.nrrd", ARRAY)
    with refused("'middle'", by=ArgumentError):
        VoxelData.load_nrrd(path, origin="middle")


def test_oblique_directions_are_kept(tmp_path):
    path = nrrd_text.write(
        tmp_path / "v.nrrd",
        ARRAY,
        spacings=None,
        space="LPS",
        space_origin="(1,2,3)",
        space_directions="(6,8,0) (-8,6,0) (0,0,2)",
    )
    volume = VoxelData.load_nrrd(path)
    assert volume.indices_to_positions([1, 0, 0]).tolist() == [7, 10, 3]
    assert volume.indices_to_positions([0, 1, 0]).tolist() == [-7, 8, 3]
    assert volume.voxel_dimensions.tolist() == [10, 10, 2]


def test_a_header_without_a_voxel_size_counts_voxels_and_says_so(tmp_path):
    header = read_nrrd_header(nrrd_text.write(tmp_path / "v.nrrd", ARRAY, spacings=None))
    assert not header.spacing_known
    assert header.grid.steps.tolist() == [1, 1, 1]


def test_a_header_alone_is_enough(tmp_path):
    path = nrrd_text.write(tmp_path / "v.nrrd", ARRAY, b"")
    assert read_nrrd_header(path).sizes == (2, 3, 4)


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_lines_may_end_as_on_windows_and_comments_are_passed_over(tmp_path, ending):
    path = nrrd_text.write(tmp_path / "v.nrrd", ARRAY)
    text = path.read_bytes().partition(b"\n\n")[0].decode() + "\n# a comment\n\n"
    path.write_bytes(text.replace("\n", ending).encode() + bytes(range(24)))
    volume = VoxelData.load_nrrd(path)
    assert volume.raw.ravel(order="F").tolist() == list(range(24))


@pytest.mark.parametrize(
    "fields",
    [
        {"sizes": "2 3"},
        {"sizes": "2 3 x"},
        {"sizes": None},
        {"sizes": "2 3 nan"},
        {"sizes": "2 0 4"},
        {"sizes": "2 -3 4"},
        {"type": "block"},
        {"type": "complex"},
        {"type": None},
        {"encoding": None},
        {"dimension": None},
        {"dimension": "two"},
        {"dimension": 99},
        {"space_dimension": 5},
        {"space_dimension": 0},
        {"spacings": "0 1 1"},
        {**PLACED, "space_directions": "(1,0,0) (1,0,0) (0,0,1)"},
        {**PLACED, "space_directions": "(0,0,0) (0,1,0) (0,0,1)"},
        {**PLACED, "space_directions": "(1,0,0) (0,1,0)"},
        {**PLACED, "space_directions": "(1,0) (0,1) (0,0)"},
        {**PLACED, "space_directions": "none none none"},
        {**PLACED, "space_directions": "(1e999,0,0) (0,1,0) (0,0,1)"},
        {**PLACED, "space_directions": DIRECTIONS, "space_origin": "(1,2)"},
        {**PLACED, "space_directions": DIRECTIONS, "space_origin": "(nan,2,3)"},
    ],
)
def test_a_damaged_header_is_refused(tmp_path, fields):
    path = nrrd_text.write(tmp_path / "v.nrrd", ARRAY, bytes(24), **fields)
    with refused(path, by=AtlasFileError):
        VoxelData.load_nrrd(path)


def test_a_header_without_an_end_is_refused(tmp_path):
    path = tmp_path / "v.nrrd"
    path.write_bytes(b"NRRD0005\n" + b"# more\n" * 1_300_000)
    with refused(path, "header", "8 MiB", by=AtlasFileError):
        read_nrrd_header(path)
