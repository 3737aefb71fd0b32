"""MetaImage: encodings, placement as ITK's, and what is refused."""

from __future__ import annotations

import os
import zlib

import numpy as np
import pytest

from napari_atlas_explorer.core.errors import ArgumentError, AtlasFileError
from napari_atlas_explorer.formats.metaimage import read_metaimage, read_metaimage_header

from ..refusals import refused

ARRAY = (np.arange(24).reshape(2, 3, 4) * 5).astype(np.uint8)
TYPES = {
    "u1": "UCHAR",
    "i1": "CHAR",
    "u2": "USHORT",
    "i2": "SHORT",
    "u4": "UINT",
    "i4": "INT",
    "u8": "ULONG_LONG",
    "i8": "LONG_LONG",
    "f4": "FLOAT",
    "f8": "DOUBLE",
}


def write(path, array=ARRAY, data=None, **fields):
    """Write a header and its data; None takes a field away."""
    said = {
        "ObjectType": "Image",
        "NDims": 3,
        "DimSize": " ".join(map(str, array.shape)),
        "ElementByteOrderMSB": array.dtype.str[0] == ">",
        "ElementSpacing": "0.01 0.02 0.03",
        "ElementType": f"MET_{TYPES[array.dtype.str[1:]]}",
        "ElementDataFile": "LOCAL",
    } | fields
    said["ElementDataFile"] = said.pop("ElementDataFile")  # it ends the header
    text = "".join(f"{k} = {v}\n" for k, v in said.items() if v is not None)
    raw = array.tobytes(order="F") if data is None else data
    if said["ElementDataFile"] == "LOCAL":
        path.write_bytes(text.encode() + raw)
    else:
        path.write_text(text)
        if data is not None:
            (path.parent / said["ElementDataFile"]).write_bytes(raw)
    return path


@pytest.mark.parametrize(
    "dtype", ["u1", "i1", "<u2", ">u2", "<i2", "<u4", ">i4", "<u8", "<i8", "<f4", ">f4", "<f8"]
)
@pytest.mark.parametrize("packed", [False, True])
def test_values_of_every_type_and_byte_order_are_read(tmp_path, dtype, packed):
    array = ARRAY.astype(dtype)
    raw = array.tobytes(order="F")
    data = zlib.compress(raw) if packed else raw
    path = write(tmp_path / "v.mha", array, data, CompressedData=packed)
    found = read_metaimage(path).array
    np.testing.assert_array_equal(found, array)
    assert found.dtype == array.dtype.newbyteorder("=")


@pytest.mark.parametrize(("name", "packed"), [("v.raw", False), ("v.zraw", True)])
def test_the_data_may_stand_in_a_file_beside_the_header(tmp_path, name, packed):
    raw = ARRAY.tobytes(order="F")
    data = zlib.compress(raw) if packed else raw
    path = write(tmp_path / "v.mhd", data=data, ElementDataFile=name, CompressedData=packed)
    np.testing.assert_array_equal(read_metaimage(path).array, ARRAY)


def test_numbers_as_text_and_bytes_to_be_skipped_are_read(tmp_path):
    raw = ARRAY.tobytes(order="F")
    text = b" ".join(b"%d" % v for v in raw)
    for n, (data, fields) in enumerate(
        [
            (text, {"BinaryData": False}),
            (b"12345" + raw, {"HeaderSize": 5}),
            (b"anything" + raw, {"HeaderSize": -1}),
        ]
    ):
        path = write(tmp_path / f"{n}.mha", data=data, **fields)
        np.testing.assert_array_equal(read_metaimage(path).array, ARRAY)


def test_channels_stand_together_in_the_file_and_last_in_memory(tmp_path):
    vectors = np.random.default_rng(1).normal(size=(3, 2, 3, 4)).astype("<f4")
    path = write(
        tmp_path / "v.mha",
        vectors,
        DimSize="2 3 4",
        ElementNumberOfChannels=3,
        ElementType="MET_FLOAT_ARRAY",
    )
    np.testing.assert_array_equal(read_metaimage(path).array, np.moveaxis(vectors, 0, -1))


def test_an_oblique_volume_lies_where_simpleitk_puts_it(tmp_path):
    # Spacing 1, 2, 3, origin 10, 20, 30 and a turn of 0.3 about z, as SimpleITK 2.5 wrote them;
    # it puts voxel (1, 0, 0) at (10.955…, 20.296…, 30) and (0, 1, 0) at (9.409…, 21.911…, 30).
    path = write(
        tmp_path / "v.mha",
        ElementSpacing="1 2 3",
        Offset="10 20 30",
        TransformMatrix="0.95533648912560598 0.29552020666133955 0 "
        "-0.29552020666133955 0.95533648912560598 0 0 0 1",
    )
    volume = read_metaimage(path, default_unit="mm")
    found = volume.grid.to_world([[0.5, 0.5, 0.5], [1.5, 0.5, 0.5], [0.5, 1.5, 0.5]])
    wanted = [
        [10, 20, 30],
        [10.955336489125607, 20.29552020666134, 30],
        [9.408959586677321, 21.910672978251213, 30],
    ]
    np.testing.assert_allclose(found, np.array(wanted) * 1e3)
    assert volume.header.orientation == "rai"


@pytest.mark.parametrize("name", ["Offset", "Position", "Origin"])
@pytest.mark.parametrize(
    ("origin", "corner"), [("centre", [95, 190, 285]), ("corner", [100, 200, 300])]
)
def test_the_offset_is_the_center_or_where_allen_means_it_the_corner(
    tmp_path, name, origin, corner
):
    path = write(tmp_path / "v.mha", **{name: "0.1 0.2 0.3"})
    grid = read_metaimage(path, origin).grid
    np.testing.assert_allclose(grid.corner, corner)
    np.testing.assert_allclose(grid.steps, [10, 20, 30])


@pytest.mark.parametrize(
    ("spacing", "asked", "said", "factor"),
    [
        ("200 200 200", None, "assumed µm", 1),
        ("0.2 0.2 0.2", None, "assumed mm", 1000),
        ("1 1 1", "mm", "assumed mm", 1000),
        ("0.5 0.5 0.5", "um", "assumed µm", 1),
    ],
)
def test_the_unit_is_assumed_and_it_says_which(tmp_path, spacing, asked, said, factor):
    path = write(tmp_path / "v.mha", ElementSpacing=spacing)
    header = read_metaimage_header(path, default_unit=asked)
    assert header.unit == said
    np.testing.assert_allclose(header.grid.steps, [float(v) * factor for v in spacing.split()])


@pytest.mark.parametrize(
    ("fields", "orientation"),
    [
        ({}, None),
        ({"TransformMatrix": "1 0 0 0 1 0 0 0 1"}, "rai"),
        ({"TransformMatrix": "0 1 0 0 0 -1 -1 0 0"}, "asl"),
        ({"TransformMatrix": "1 0 0 0 1 0 0 0 1", "AnatomicalOrientation": "???"}, None),
        ({"AnatomicalOrientation": "ASL"}, None),
    ],
)
def test_letters_follow_from_a_matrix_alone(tmp_path, fields, orientation):
    assert read_metaimage_header(write(tmp_path / "v.mha", **fields)).orientation == orientation


def test_a_negative_spacing_flips_its_axis_as_in_itk(tmp_path):
    header = read_metaimage_header(
        write(
            tmp_path / "v.mha",
            ElementSpacing="-25 25 25",
            TransformMatrix="1 0 0 0 1 0 0 0 1",
            Offset="0 0 0",
        ),
        "corner",
    )
    assert header.grid.steps.tolist() == [-25, 25, 25]
    assert header.orientation == "lai"


def test_a_file_without_a_spacing_counts_voxels_and_says_so(tmp_path):
    header = read_metaimage_header(write(tmp_path / "v.mha", ElementSpacing=None))
    assert not header.spacing_known
    assert header.grid.steps.tolist() == [1, 1, 1]
    sized = read_metaimage_header(
        write(tmp_path / "w.mha", ElementSpacing=None, ElementSize="15 16 17")
    )
    assert sized.grid.steps.tolist() == [15, 16, 17]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"NDims": 2}, ["2 axes", "three"]),
        ({"NDims": 4}, ["4 axes", "three"]),
        ({"NDims": "x"}, ["NDims 'x'"]),
        ({"NDims": None}, ["NDims"]),
        ({"DimSize": None}, ["DimSize"]),
        ({"DimSize": "2 3"}, ["DimSize '2 3'"]),
        ({"DimSize": "2 3 x"}, ["DimSize"]),
        ({"DimSize": "2 3 nan"}, ["DimSize"]),
        ({"DimSize": "2 3 4.5"}, ["DimSize"]),
        ({"DimSize": "2 0 4"}, ["axes of"]),
        ({"DimSize": "2 -3 4"}, ["axes of"]),
        ({"DimSize": "2 3 5"}, ["truncated"]),
        ({"DimSize": "4000000000 4000000000 4000000000"}, ["declares"]),
        ({"ElementNumberOfChannels": 0}, ["0 channels"]),
        ({"ElementNumberOfChannels": 10**30}, ["declares"]),
        ({"ElementType": "MET_STRING"}, ["MET_STRING"]),
        ({"ElementType": None}, ["ElementType"]),
        ({"ElementSpacing": "0 1 1"}, ["directions"]),
        ({"ElementSpacing": "nan 1 1"}, ["finite"]),
        ({"ElementSpacing": "1 1"}, ["3 finite"]),
        ({"Offset": "inf 0 0"}, ["finite"]),
        ({"TransformMatrix": "1 0 0 1 0 0 0 0 1"}, ["directions"]),
        ({"TransformMatrix": "1 0 0"}, ["9 finite"]),
        ({"HeaderSize": -2}, ["HeaderSize -2"]),
        ({"HeaderSize": 10**30}, ["HeaderSize"]),
        ({"HeaderSize": 5, "CompressedData": True}, ["HeaderSize 5"]),
        ({"CompressedData": True}, ["zlib"]),
        ({"BinaryData": False}, ["ascii"]),
        ({"ElementDataFile": "LIST"}, ["several"]),
        ({"ElementDataFile": "v%03d.raw 1 4 1"}, ["several"]),
        ({"ElementDataFile": "none.raw"}, ["missing"]),
        ({"ElementDataFile": "../v.mha"}, ["outside"]),
        ({"ElementDataFile": "/dev/zero"}, ["outside"]),
        ({"ElementDataFile": None}, ["MetaImage header"]),
    ],
)
def test_a_damaged_file_is_refused_in_one_line(tmp_path, fields, words):
    path = write(tmp_path / "v.mha", **fields)
    with refused(path, *words, by=AtlasFileError):
        read_metaimage(path)


@pytest.mark.parametrize("how", ["link", "pipe"])
def test_a_data_file_that_leads_elsewhere_is_refused(tmp_path, how):
    (tmp_path / "inner").mkdir()
    (tmp_path / "secret.raw").write_bytes(ARRAY.tobytes())
    if how == "link":
        (tmp_path / "inner" / "v.raw").symlink_to(tmp_path / "secret.raw")
    else:
        os.mkfifo(tmp_path / "inner" / "v.raw")
    path = write(tmp_path / "inner" / "v.mhd", ElementDataFile="v.raw")
    with refused(path, by=AtlasFileError):
        read_metaimage(path)


@pytest.mark.parametrize("content", [b"", b"hello\n", b"\0" * 100, b"a = b\n" * 200_000])
def test_a_file_that_is_no_metaimage_is_refused(tmp_path, content):
    path = tmp_path / "v.mhd"
    path.write_bytes(content)
    with refused(path, by=AtlasFileError):
        read_metaimage(path)


def test_arguments_that_mean_nothing_are_refused(tmp_path):
    path = write(tmp_path / "v.mha")
    with refused("'middle'", by=ArgumentError):
        read_metaimage(path, "middle")
    with refused("'inch'", by=ArgumentError):
        read_metaimage(path, default_unit="inch")
