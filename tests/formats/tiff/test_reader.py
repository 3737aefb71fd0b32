"""Reading TIFF volumes against tifffile."""

from __future__ import annotations

import importlib.util
import lzma
import random
import re
import struct
import zlib

import numpy as np
import pytest
import tifffile

from napari_atlas_explorer import AtlasError
from napari_atlas_explorer.core.errors import ArgumentError, AtlasFileError
from napari_atlas_explorer.core.space.grid import VoxelGrid
from napari_atlas_explorer.formats.tiff.reader import read_tiff, read_tiff_header
from napari_atlas_explorer.formats.tiff.writer import write_tiff

from ...refusals import refused

ARRAY = (np.arange(7 * 8 * 9, dtype=np.uint16) * 11).reshape(7, 8, 9)


def stack(path, array=ARRAY, **options):
    tifffile.imwrite(path, array, photometric="minisblack", **options)
    return path


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"bigtiff": True},
        {"byteorder": ">"},
        {"compression": "zlib"},
        {"metadata": None},
        {"rowsperstrip": 3},
        {"tile": (16, 16)},
        {"compression": "lzma"},
        {"compression": "zlib", "predictor": False},
        {"truncate": True},
        {"bigtiff": True, "byteorder": ">", "tile": (16, 16)},
    ],
    ids=str,
)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.uint32, np.float32])
def test_a_stack_of_pages_is_a_volume(tmp_path, options, dtype):
    path = stack(tmp_path / "v.tif", ARRAY.astype(dtype), **options)
    found = read_tiff(path)
    np.testing.assert_array_equal(found, tifffile.imread(path))
    np.testing.assert_array_equal(found, ARRAY.astype(dtype))
    assert found.dtype == dtype
    assert found.flags.c_contiguous
    header = read_tiff_header(path)
    assert (header.shape, header.dtype) == ((7, 8, 9), np.dtype(dtype))
    assert not header.spacing_known


@pytest.mark.parametrize(
    ("unit", "factor"), [("um", 1), ("micron", 1), ("\\u00B5m", 1), ("mm", 1000), ("nm", 0.001)]
)
def test_imagej_states_the_voxel_size(tmp_path, unit, factor):
    path = stack(
        tmp_path / "v.tif",
        imagej=True,
        resolution=(4.0, 0.5),
        metadata={"spacing": 25.0, "unit": unit, "axes": "ZYX"},
    )
    # 4 pixels per unit along x, one in two units along y.
    assert tuple(read_tiff_header(path).grid.steps) == pytest.approx(
        (25 * factor, 2 * factor, 0.25 * factor)
    )


@pytest.mark.parametrize("metadata", [{"unit": "um"}, {"spacing": 3.0, "unit": "pixel"}])
def test_imagej_metadata_that_lack_a_size_or_unit_state_nothing(tmp_path, metadata):
    path = stack(
        tmp_path / "v.tif", imagej=True, resolution=(4.0, 0.5), metadata={"axes": "ZYX"} | metadata
    )
    assert not read_tiff_header(path).spacing_known


def test_imagej_sizes_without_a_unit_are_judged_by_the_extent(tmp_path):
    path = stack(
        tmp_path / "v.tif",
        imagej=True,
        resolution=(1 / 25, 1 / 25),
        metadata={"axes": "ZYX", "spacing": 25.0},
    )
    header = read_tiff_header(path)
    assert header.grid.steps.tolist() == pytest.approx([25, 25, 25])
    assert [a.quantity for a in header.assumptions] == ["unit"]
    bare = stack(tmp_path / "w.tif", imagej=True, metadata={"axes": "ZYX", "spacing": 1.0})
    assert not read_tiff_header(bare).spacing_known


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
    header = read_tiff_header(path)
    assert header.spacing_known == (steps is not None)
    assert tuple(header.grid.steps) == pytest.approx(steps or (1, 1, 1))
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


def test_imagejs_stack_with_one_page_for_all_is_read(tmp_path):
    # ImageJ writes stacks beyond 4 GB so.
    path = stack(tmp_path / "v.tif", imagej=True, truncate=True, metadata={"axes": "ZYX"})
    with tifffile.TiffFile(path) as tiff:
        assert len(tiff.pages) == 1
    np.testing.assert_array_equal(read_tiff(path), ARRAY)


def test_imagej_may_state_a_unit_for_each_axis(tmp_path):
    path = stack(
        tmp_path / "v.tif",
        imagej=True,
        resolution=(4.0, 0.5),
        metadata={"spacing": 0.025, "unit": "um", "yunit": "nm", "zunit": "mm", "axes": "ZYX"},
    )
    assert tuple(read_tiff_header(path).grid.steps) == pytest.approx((25, 0.002, 0.25))


GRID = VoxelGrid.from_steps(ARRAY.shape, (25, 77.469598, -0.622088), (1, 2, 3))


@pytest.mark.parametrize(
    "dtype", ["bool", "u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f2", "f4", "f8"]
)
@pytest.mark.parametrize("name", ["v.tif", "v.tiff", "v.ome.tif"])
def test_what_is_written_is_read_by_tifffile_and_by_us(tmp_path, dtype, name):
    array = (ARRAY % 2 if dtype == "bool" else ARRAY // 100).astype(dtype)
    path = tmp_path / name
    write_tiff(path, array, GRID)
    np.testing.assert_array_equal(tifffile.imread(path), array)
    np.testing.assert_array_equal(read_tiff(path), array)
    steps = read_tiff_header(path).grid.steps.tolist()
    assert steps == pytest.approx([25, 77.469598, 0.622088], rel=1e-6)
    with tifffile.TiffFile(path) as tiff:
        assert tiff.is_imagej == (dtype in ("bool", "u1", "u2", "f2", "f4"))
        assert tiff.series[0].axes == "ZYX"


@pytest.mark.parametrize("shape", [(1, 8, 9), (7, 1, 9), (7, 8, 1), (1, 1, 1)])
@pytest.mark.parametrize("dtype", ["u2", "u4"])
def test_a_volume_that_is_one_voxel_thin_stays_a_volume(tmp_path, shape, dtype):
    array = np.resize(ARRAY, shape).astype(dtype)
    write_tiff(tmp_path / "v.tif", array, VoxelGrid.from_steps(shape, (1, 2, 3)))
    np.testing.assert_array_equal(read_tiff(tmp_path / "v.tif"), array)


def test_ids_of_any_width_survive(tmp_path):
    ids = np.array([[[0, 65536, 614454277, 2**32 - 1]]], np.uint32)
    write_tiff(tmp_path / "v.tif", ids, VoxelGrid.from_steps(ids.shape, 10.0))
    assert read_tiff(tmp_path / "v.tif").tolist() == ids.tolist()


@pytest.mark.parametrize(
    ("array", "grid", "words"),
    [
        (ARRAY[:3], GRID, ["(3, 8, 9)"]),
        (ARRAY.astype(np.int64) << 40, GRID, ["32 bits"]),
        (ARRAY.astype(complex), GRID, ["complex128"]),
        (ARRAY, VoxelGrid(ARRAY.shape, np.eye(4) + 0.1 * np.eye(4, k=1)), ["oblique"]),
    ],
)
def test_what_tiff_cannot_hold_is_not_written(tmp_path, array, grid, words):
    with refused(*words, by=ArgumentError):
        write_tiff(tmp_path / "v.tif", array, grid)
    assert list(tmp_path.iterdir()) == []


def links_of(path):
    """Offsets at which each page's link to the next one stands, and of the pages."""
    raw = path.read_bytes()
    with tifffile.TiffFile(path) as tiff:
        pages = [page.offset for page in tiff.pages]
    links = [at + 2 + 12 * struct.unpack_from("<H", raw, at)[0] for at in pages]
    return links, pages


@pytest.mark.parametrize("target", [0, 3, 6])
def test_a_chain_of_pages_that_runs_in_a_circle_is_refused(tmp_path, target):
    path = stack(tmp_path / "v.tif", metadata=None)
    links, pages = links_of(path)
    raw = bytearray(path.read_bytes())
    struct.pack_into("<I", raw, links[-1], pages[target])
    path.write_bytes(raw)
    with refused(path, "circle", by=AtlasFileError):
        read_tiff_header(path)


def test_more_pages_than_any_volume_has_are_refused_unread(tmp_path):
    page = struct.pack("<HHHIII", 1, 256, 3, 1, 1, 0)
    parts = [b"II*\0" + struct.pack("<I", 8)]
    for n in range(100_001):
        parts.append(page[:-4] + struct.pack("<I", 8 + len(page) * (n + 1)))
    path = tmp_path / "v.tif"
    path.write_bytes(b"".join(parts))
    with refused(path, "more than 100000 pages", by=AtlasFileError):
        read_tiff_header(path)


@pytest.mark.parametrize("name", ["/etc/hostname", "../v.tif", "other.ome.tif", "/dev/zero"])
def test_an_image_that_goes_on_in_another_file_is_refused(tmp_path, name):
    path = stack(tmp_path / "v.ome.tif", ome=True)
    text = tifffile.tiffcomment(path)
    planes = "".join(
        f'<TiffData IFD="{n}" FirstZ="{n}" PlaneCount="1">'
        f'<UUID FileName="{name if n else "v.ome.tif"}">urn:uuid:{n}</UUID></TiffData>'
        for n in range(7)
    )
    tifffile.tiffcomment(
        path, re.sub(r"<TiffData.*?(/>|</TiffData>)", planes, text, flags=re.S).encode()
    )
    with refused(path, "continues in", by=AtlasFileError):
        read_tiff_header(path)


def test_planes_that_the_metadata_list_and_the_file_lacks_are_refused(tmp_path):
    path = stack(tmp_path / "v.ome.tif", ome=True)
    text = tifffile.tiffcomment(path)
    fewer = re.sub(r'PlaneCount="7"', 'PlaneCount="5"', text)
    assert fewer != text
    tifffile.tiffcomment(path, fewer.encode())
    with refused(path, by=AtlasFileError):
        read_tiff(path)


def test_entities_in_ome_metadata_are_refused(tmp_path):
    path = stack(tmp_path / "v.ome.tif", ome=True)
    text = tifffile.tiffcomment(path)
    bomb = '<!DOCTYPE OME [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
    tifffile.tiffcomment(path, re.sub(r"(<\?xml[^>]*>)?", bomb, text, count=1).encode())
    with refused(path, "document type", by=AtlasFileError):
        read_tiff_header(path)


@pytest.mark.parametrize("kind", ["deflate", "lzma"])
def test_a_strip_that_unpacks_to_far_more_than_its_page_is_refused(tmp_path, kind):
    small = np.zeros((3, 8, 9), np.uint8)
    compression = {"deflate": "zlib", "lzma": "lzma"}[kind]
    path = stack(tmp_path / "v.tif", small, compression=compression, metadata=None)
    zeros = bytes(300 << 20)
    bomb = zlib.compress(zeros) if kind == "deflate" else lzma.compress(zeros, preset=0)
    raw = bytearray(path.read_bytes())
    with tifffile.TiffFile(path) as tiff:
        tags = tiff.pages[1].tags
        offset, count = tags["StripOffsets"].valueoffset, tags["StripByteCounts"].valueoffset
        formats = [
            {3: "<H", 4: "<I"}[int(tags[n].dtype)] for n in ("StripOffsets", "StripByteCounts")
        ]
    assert formats[0] == "<I"
    struct.pack_into("<I", raw, offset, len(raw))
    # The count's type becomes LONG, so that the bomb's size fits.
    struct.pack_into("<H", raw, count - 6, 4)
    struct.pack_into("<I", raw, count, len(bomb))
    path.write_bytes(bytes(raw) + bomb)
    with refused(path, "unpacks to far more", "72 bytes", by=AtlasFileError):
        read_tiff(path)


def test_a_strip_that_is_no_deflate_stream_is_refused(tmp_path):
    path = stack(tmp_path / "v.tif", compression="zlib", metadata=None)
    raw = bytearray(path.read_bytes())
    with tifffile.TiffFile(path) as tiff:
        tags = tiff.pages[0].tags
        start, count = tags["StripOffsets"].value[0], tags["StripByteCounts"].valueoffset
    raw[start : start + 9] = b"no stream"
    struct.pack_into("<H", raw, count - 6, 4)
    struct.pack_into("<I", raw, count, 2**31)  # large enough to be looked at closely
    path.write_bytes(raw)
    with refused(path, "damaged", by=AtlasFileError):
        read_tiff(path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('SizeZ="7"', 'SizeZ="4000000000"'),
        ('PlaneCount="7"', 'PlaneCount="4000000000"'),
        ('IFD="0"', 'IFD="4000000000"'),
    ],
)
def test_metadata_that_count_more_planes_than_any_volume_has_are_refused(tmp_path, old, new):
    path = stack(tmp_path / "v.ome.tif", ome=True, metadata={"axes": "ZYX"})
    text = tifffile.tiffcomment(path)
    assert old in text
    tifffile.tiffcomment(path, text.replace(old, new).encode())
    with refused(path, "4000000000 planes", by=AtlasFileError):
        read_tiff_header(path)


def test_a_compression_not_read_is_named(tmp_path):
    path = stack(tmp_path / "v.tif", metadata=None, compression="zlib")
    raw = bytearray(path.read_bytes())
    with tifffile.TiffFile(path) as tiff:
        places = [page.tags["Compression"].valueoffset for page in tiff.pages]
    for number, words in ((5, ["LZW", "imagecodecs"]), (7, ["JPEG"]), (34712, ["JPEG2000"])):
        if number == 5 and importlib.util.find_spec("imagecodecs"):
            continue
        for at in places:
            struct.pack_into("<H", raw, at, number)
        path.write_bytes(raw)
        with refused(path, *words, by=AtlasFileError):
            read_tiff(path)


@pytest.mark.data
@pytest.mark.parametrize("folder", ["brainreg_output_100um"])
def test_files_of_others_hold_what_tifffile_reads(data_folder, folder):
    paths = sorted((data_folder / folder).glob("*.tif?"))
    assert paths
    for path in paths:
        np.testing.assert_array_equal(read_tiff(path), tifffile.imread(path))
