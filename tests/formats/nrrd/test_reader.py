"""Reading NRRD: encodings, payloads, detached data, and what is refused."""

from __future__ import annotations

import bz2
import gzip
import random

import nrrd
import numpy as np
import pytest

from napari_atlas_explorer import AtlasError, VoxelData
from napari_atlas_explorer.core.errors import AtlasFileError
from napari_atlas_explorer.formats.nrrd.header import read_nrrd_header
from napari_atlas_explorer.formats.nrrd.reader import read_nrrd, read_nrrd_data

from ... import nrrd_text
from ...refusals import refused

ARRAY = np.arange(24, dtype=np.uint16).reshape(2, 3, 4) * 1000


@pytest.mark.parametrize("encoding", ["raw", "gzip", "bzip2", "ascii"])
@pytest.mark.parametrize("dtype", ["<u2", ">u2", "<f4", ">f8", "<i2", "u1"])
def test_every_encoding_and_byte_order_gives_pynrrds_values(tmp_path, encoding, dtype):
    array = (ARRAY // 1000 if dtype == "u1" else ARRAY).astype(dtype)
    path = nrrd_text.write(tmp_path / "v.nrrd", array, encoding=encoding)
    found = read_nrrd(path).array
    np.testing.assert_array_equal(found, nrrd.read(str(path))[0])
    np.testing.assert_array_equal(found, array)
    assert found.dtype.isnative


@pytest.mark.parametrize("encoding", ["raw", "gzip", "bzip2", "ascii"])
def test_a_detached_header_reads_the_file_beside_it(tmp_path, encoding):
    nrrd.write(
        str(tmp_path / "v.nhdr"),
        ARRAY,
        {"encoding": encoding, "spacings": [1, 2, 3]},
        detached_header=True,
    )
    assert len(list(tmp_path.iterdir())) == 2
    volume = read_nrrd(tmp_path / "v.nhdr")
    np.testing.assert_array_equal(volume.array, ARRAY)
    assert volume.grid.steps.tolist() == [1, 2, 3]


def test_payload_axes_move_from_first_in_the_file_to_last_in_memory(tmp_path):
    vectors = np.random.default_rng(1).normal(size=(3, 4, 5, 6)).astype("<f4")
    path = nrrd_text.write(
        tmp_path / "v.nrrd",
        vectors,
        spacings=None,
        space_dimension=3,
        space_directions="none (10,0,0) (0,20,0) (0,0,-30)",
        space_origin="(1,2,3)",
    )
    volume = VoxelData.load_nrrd(path)
    assert (volume.shape, volume.payload_shape) == ((4, 5, 6), (3,))
    np.testing.assert_array_equal(volume.raw, np.moveaxis(vectors, 0, -1))
    assert volume.voxel_dimensions.tolist() == [10, 20, -30]
    assert volume.lookup((11, 42, -57)).tolist() == vectors[:, 1, 2, 2].tolist()


def test_a_payload_whose_direction_is_left_out_is_read_as_voxelbrain_writes_it(tmp_path):
    quaternions = np.zeros((4, 2, 3, 4), "u1")
    path = nrrd_text.write(
        tmp_path / "v.nrrd",
        quaternions,
        spacings=None,
        space_dimension=3,
        space_directions="(5,0,0) (0,5,0) (0,0,5)",
    )
    volume = VoxelData.load_nrrd(path)
    assert (volume.shape, volume.payload_shape) == ((2, 3, 4), (4,))


@pytest.mark.parametrize(
    ("fields", "steps"),
    [
        ({"spacings": "10 20 30"}, [10, 20, 30]),
        ({"spacings": "10 -20 30"}, [10, -20, 30]),
        (
            {
                "spacings": "1 1 1",
                "space_dimension": 3,
                "space_directions": "(10,0,0) (0,-20,0) (0,0,30)",
            },
            [10, -20, 30],
        ),
    ],
)
def test_space_directions_win_over_spacings_and_may_be_negative(tmp_path, fields, steps):
    path = nrrd_text.write(tmp_path / "v.nrrd", ARRAY, **fields)
    assert VoxelData.load_nrrd(path).voxel_dimensions.tolist() == steps


def test_spacings_of_a_vector_volume_are_those_of_its_spatial_axes(tmp_path):
    path = nrrd_text.write(
        tmp_path / "v.nrrd", np.zeros((3, 2, 3, 4), "u1"), space="LPS", spacings="NaN 10 20 30"
    )
    volume = VoxelData.load_nrrd(path)
    assert (volume.payload_shape, volume.voxel_dimensions.tolist()) == ((3,), [10, 20, 30])


def test_lines_and_bytes_before_the_data_are_skipped(tmp_path):
    raw = ARRAY.tobytes(order="F")
    for n, (fields, data) in enumerate(
        [
            ({"line_skip": 2}, b"one\ntwo\n" + raw),
            ({"byte_skip": 5}, b"12345" + raw),
            ({"line_skip": 1, "byte_skip": 3}, b"one\n123" + raw),
            ({"byte_skip": -1}, b"anything" + raw),
            ({"byte_skip": -1, "encoding": "gzip"}, gzip.compress(b"anything" + raw, mtime=0)),
            ({"byte_skip": -4}, b"anything" + raw + b"end"),
            ({"line_skip": 1, "encoding": "gzip"}, b"one\n" + gzip.compress(raw, mtime=0)),
            # Of packed data, lines are skipped before, bytes after unpacking.
            ({"byte_skip": 8, "encoding": "gzip"}, gzip.compress(b"anything" + raw, mtime=0)),
            (
                {"line_skip": 1, "byte_skip": 3, "encoding": "bzip2"},
                b"one\n" + bz2.compress(b"any" + raw),
            ),
            (
                {"line_skip": 1, "byte_skip": 3, "encoding": "ascii"},
                b"1 2 3\n9 9" + b"".join(b",%d" % v for v in ARRAY.ravel(order="F")),
            ),
        ]
    ):
        path = nrrd_text.write(tmp_path / f"{n}.nrrd", ARRAY, data, **fields)
        np.testing.assert_array_equal(read_nrrd(path).array, ARRAY, err_msg=str(fields))


@pytest.mark.parametrize("kind", ["numbered", "numbered down", "list", "list of slabs"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["raw", "gzip"])
def test_the_data_may_stand_in_many_files_one_for_each_slice(tmp_path, kind, pack):
    slabs = [ARRAY[..., :2], ARRAY[..., 2:]]
    slices = [ARRAY[..., k] for k in range(4)]
    names = [f"slice {n:03d}.raw" for n in (7, 9, 11, 13)]
    stated = {
        "numbered": "slice %03d.raw 7 13 2",
        "numbered down": "slice %03d.raw 13 7 -2 2",
        "list": "LIST\n" + "\n".join(names),
        "list of slabs": "LIST 3\n" + "\n".join(names[:2]),
    }[kind]
    parts = slabs if kind == "list of slabs" else slices
    for name, part in zip(names, parts[::-1] if kind == "numbered down" else parts, strict=False):
        (tmp_path / name).write_bytes(b"a line\n" + pack(part.tobytes(order="F")))
    encoding = "raw" if pack is bytes else "gzip"
    path = nrrd_text.write(
        tmp_path / "v.nhdr", ARRAY, b"", encoding=encoding, line_skip=1, data_file=stated
    )
    np.testing.assert_array_equal(read_nrrd(path).array, ARRAY)


@pytest.mark.parametrize(
    ("stated", "words"),
    [
        ("LIST\na.raw\na.raw\na.raw", ["3 data files", "4, one for each slice"]),
        ("LIST 3\na.raw\na.raw\na.raw", ["3 data files", "divides 4"]),
        ("LIST 9\na.raw", ["9 axes"]),
        ("LIST x\na.raw", ["x axes"]),
        ("LIST\na.raw\na.raw\na.raw\n../a.raw", ["outside its folder"]),
        ("a%d.raw 1 4 0", ["numbers"]),
        ("a%d.raw 1 999999999 1", ["numbers"]),
        ("a%d.raw -2 1 1", ["negative"]),
        ("a%s.raw 1 4 1", ["one number in the name"]),
        ("a%d%d.raw 1 4 1", ["one number in the name"]),
        ("a%d.raw 1 4 1", ["a1.raw", "missing"]),
        ("/dev/zero", ["outside its folder"]),
    ],
)
def test_many_data_files_that_do_not_make_the_volume_are_refused(tmp_path, stated, words):
    (tmp_path / "a.raw").write_bytes(bytes(48))
    path = nrrd_text.write(tmp_path / "v.nhdr", ARRAY, b"", data_file=stated)
    with refused(path, *words, by=AtlasFileError):
        read_nrrd(path)


@pytest.mark.parametrize(
    ("fields", "payload"),
    [
        ({"space_directions": "none (1,0,0) (0,1,0) (0,0,1)"}, 0),
        ({"space_directions": "(1,0,0) (0,1,0) (0,0,1) none"}, 3),
        ({"space_directions": "(1,0,0) none (0,1,0) (0,0,1)"}, 1),
        ({"space_directions": "(1,0,0) (0,1,0) (0,0,1) none", "space": "LPS"}, 3),
        ({"space_directions": "(1,0,0) (0,1,0) (0,0,1)", "space": "LPS"}, 0),
        ({"spacings": "1 1 1 nan"}, 3),
        ({"spacings": "1 1 1 1", "kinds": "domain domain domain list"}, 3),
        ({"spacings": "1 1 1 1", "kinds": "RGB-color domain domain domain"}, 0),
    ],
    ids=str,
)
def test_an_axis_that_is_no_direction_is_a_payload_wherever_it_stands(tmp_path, fields, payload):
    array = np.arange(120, dtype="u1").reshape(2, 3, 4, 5)
    path = nrrd_text.write(tmp_path / "v.nrrd", array, **{"spacings": None} | fields)
    volume = read_nrrd(path)
    np.testing.assert_array_equal(volume.array, np.moveaxis(array, payload, -1))
    assert volume.grid.shape == volume.array.shape[:3]
    assert volume.header.payload_shape == volume.array.shape[3:]


def test_permuted_directions_place_voxels_as_slicer_does(tmp_path):
    path = nrrd_text.write(
        tmp_path / "v.nrrd",
        ARRAY,
        spacings=None,
        space="LPS",
        space_origin="(1,2,3)",
        space_directions="(0,0,-7) (5,0,0) (0,6,0)",
    )
    grid = read_nrrd(path, origin="centre").grid
    # center of voxel (i, j, k) = origin + i·(0,0,-7) + j·(5,0,0) + k·(0,6,0)
    assert grid.to_world([1.5, 0.5, 2.5]).tolist() == [1, 2 + 12, 3 - 7]


@pytest.mark.parametrize("value", [2**63 - 1, 2**53 + 1, -(2**63)])
@pytest.mark.parametrize("encoding", ["raw", "ascii"])
def test_wide_integers_keep_every_digit(tmp_path, value, encoding):
    array = np.full((2, 2, 2), value, np.int64)
    data = array.tobytes() if encoding == "raw" else b" ".join([b"%d" % value] * 8)
    path = nrrd_text.write(
        tmp_path / "v.nrrd", ARRAY, data, type="int64", sizes="2 2 2", encoding=encoding
    )
    assert read_nrrd(path).array.tolist() == array.tolist()


def test_ascii_data_longer_than_one_piece_is_read_whole(tmp_path):
    array = np.random.default_rng(3).integers(0, 2**32, (64, 64, 64), dtype=np.uint32)
    path = tmp_path / "v.nrrd"
    nrrd.write(str(path), array, {"encoding": "ascii", "spacings": [1, 1, 1]})
    assert path.stat().st_size > 2 << 20
    np.testing.assert_array_equal(read_nrrd(path).array, array)


REFUSED_VARIANTS = {
    # pynrrd refuses these two as well.
    "BallBinary30x30x30_byteskip_minus_five.nhdr": "without the last 4",
    "BallBinary30x30x30_nifti.nhdr": "longer than its header declares",
}


@pytest.mark.data
@pytest.mark.parametrize(("folder", "least"), [("nrrd_variants_pynrrd", 14), ("slicer_itksnap", 2)])
def test_files_of_others_hold_what_pynrrd_reads_or_are_refused_for_a_reason(
    data_folder, folder, least
):
    paths = [p for p in sorted((data_folder / folder).iterdir()) if p.suffix in (".nrrd", ".nhdr")]
    assert len(paths) >= least
    for path in paths:
        header = read_nrrd_header(path)
        if path.name in REFUSED_VARIANTS:
            with refused(REFUSED_VARIANTS[path.name], by=AtlasFileError):
                read_nrrd_data(header)
            with pytest.raises(nrrd.NRRDError):
                nrrd.read(str(path))
            continue
        values = nrrd.read(str(path))[0]
        found = read_nrrd_data(header)
        assert found.dtype == values.dtype.newbyteorder("=")
        if not header.payload_axes:  # a further axis of one value is none
            values = values.reshape(found.shape, order="F")
        np.testing.assert_array_equal(
            found, np.moveaxis(values, header.payload_axes, range(-len(header.payload_axes), 0))
        )


RAW = ARRAY.tobytes(order="F")
ZIPPED = gzip.compress(RAW, mtime=0)


@pytest.mark.parametrize(
    ("data", "fields", "words"),
    [
        (RAW[:-1], {}, ["47 bytes", "48"]),
        (b"", {}, ["0 bytes", "truncated"]),
        (ZIPPED[:-12], {"encoding": "gzip"}, ["gzip", "48"]),
        (ZIPPED[:20], {"encoding": "gzip"}, ["gzip"]),
        (b"", {"encoding": "gzip"}, ["gzip"]),
        (b"no gzip at all", {"encoding": "gzip"}, ["gzip", "damaged"]),
        (ZIPPED[:30] + b"\xff\xff" + ZIPPED[32:], {"encoding": "gzip"}, ["gzip", "damaged"]),
        (gzip.compress(RAW[:-2], mtime=0), {"encoding": "gzip"}, ["46", "48", "truncated"]),
        (gzip.compress(RAW + b"\0", mtime=0), {"encoding": "gzip"}, ["longer", "48"]),
        (ZIPPED + gzip.compress(b"more", mtime=0), {"encoding": "gzip"}, ["longer", "48"]),
        (
            gzip.compress(bytes((1 << 20) + 49) + RAW, mtime=0),
            {"encoding": "gzip", "byte_skip": -1},
            ["longer"],
        ),
        (b"no bzip2", {"encoding": "bzip2"}, ["bzip2", "damaged"]),
        (b"", {"encoding": "bzip2"}, ["bzip2"]),
        (b"1 2 3", {"encoding": "ascii"}, ["5 bytes of text", "24 numbers"]),
        (b"1 " * 23, {"encoding": "ascii"}, ["23 numbers", "24"]),
        (b"1 " * 25, {"encoding": "ascii"}, ["25 numbers", "24"]),
        (b"x " * 24, {"encoding": "ascii"}, ["ascii"]),
        (b"70000 " * 24, {"encoding": "ascii"}, ["ascii"]),
        (RAW, {"encoding": "hex"}, ["'hex'"]),
        (RAW, {"line_skip": 9}, ["9 lines"]),
        (RAW, {"byte_skip": 1}, ["47 bytes"]),
        (RAW, {"byte_skip": -2}, ["without the last 1"]),
        (ZIPPED, {"encoding": "gzip", "byte_skip": -2}, ["byte skip -2"]),
        (b"1 " * 24, {"encoding": "ascii", "byte_skip": -1}, ["byte skip -1"]),
        (b"1" * 70 + b" 1" * 23, {"encoding": "ascii"}, ["too long"]),
        (RAW, {"byte_skip": 10**30}, ["byte skip"]),
        (RAW, {"=byte skip": "three"}, ["'three'"]),
        (RAW, {"line_skip": -1}, ["line skip -1"]),
        (RAW, {"line_skip": 10**12}, ["line skip"]),
        (RAW, {"endian": None}, ["endian"]),
        (RAW, {"endian": "middle"}, ["'middle'"]),
        (RAW[:-1], {"byte_skip": -1}, ["47 bytes", "48"]),  # must not take the header for data
        (ZIPPED, {"encoding": "gzip", "byte_skip": 4}, ["ends after 44 bytes"]),
        (ZIPPED, {"encoding": "gzip", "byte_skip": 2**31}, ["skipped"]),
        (RAW, {"space": "RAST"}, ["time"]),
    ],
)
def test_data_that_are_not_what_the_header_declares_are_refused(tmp_path, data, fields, words):
    path = nrrd_text.write(tmp_path / "v.nrrd", ARRAY, data, **fields)
    with refused(path, *words, by=AtlasFileError):
        read_nrrd(path)


@pytest.mark.parametrize("how", ["parent", "absolute", "link"])
def test_a_data_file_outside_the_folder_of_its_header_is_refused(tmp_path, how):
    secret = tmp_path / "secret.raw"
    secret.write_bytes(RAW)
    folder = tmp_path / "inner"
    folder.mkdir()
    name = {"parent": "../secret.raw", "absolute": str(secret), "link": "link.raw"}[how]
    if how == "link":
        (folder / "link.raw").symlink_to(secret)
    path = nrrd_text.write(folder / "v.nhdr", ARRAY, b"", data_file=name)
    with refused(path, "outside its folder", by=AtlasFileError):
        read_nrrd(path)


@pytest.mark.parametrize(
    "name", ["missing.raw", "LIST", "v%03d.raw 0 5 1", ".", "a\0b", "x" * 5000]
)
def test_a_data_file_that_cannot_be_one_is_refused(tmp_path, name):
    path = nrrd_text.write(tmp_path / "v.nhdr", ARRAY, b"", data_file=name)
    with refused(path, by=AtlasFileError):
        read_nrrd(path)


def test_a_header_that_asks_for_more_memory_than_the_budget_is_refused(tmp_path, monkeypatch):
    path = nrrd_text.write(tmp_path / "v.nrrd", ARRAY)
    monkeypatch.setenv("ATLAS_EXPLORER_MAX_BYTES", "48")
    assert read_nrrd(path).array.shape == (2, 3, 4)
    monkeypatch.setenv("ATLAS_EXPLORER_MAX_BYTES", "47")
    with refused(path, "48 bytes", "47 bytes", "ATLAS_EXPLORER_MAX_BYTES", by=AtlasFileError):
        read_nrrd(path)


@pytest.mark.parametrize("sizes", ["1000000 1000000 1000000", "4294967296 4294967296 4294967296"])
def test_sizes_beyond_any_memory_are_refused_before_anything_is_allocated(tmp_path, sizes):
    path = nrrd_text.write(tmp_path / "v.nrrd", ARRAY, sizes=sizes, encoding="gzip")
    with refused(path, "declares", by=AtlasFileError):
        read_nrrd(path)


@pytest.mark.parametrize("name", ["v.nrrd", "v.nhdr"])
@pytest.mark.parametrize(
    "content", [b"", b"just some text\n", b"\x89PNG\r\n\x1a\n", b"NRRD0005", b"NRRD0005\n\n"]
)
def test_a_file_that_is_no_nrrd_is_refused(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with refused(path, by=AtlasFileError):
        read_nrrd(path)


def test_a_volume_without_a_voxel_size_is_refused(tmp_path):
    path = nrrd_text.write(tmp_path / "v.nrrd", ARRAY, spacings=None)
    with refused(path, "voxel size", "space directions", by=AtlasFileError):
        read_nrrd(path)


def test_a_folder_is_refused(tmp_path):
    with refused(tmp_path, by=AtlasFileError):
        read_nrrd(tmp_path)


def test_files_damaged_at_random_are_read_or_refused_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setenv("ATLAS_EXPLORER_MAX_BYTES", "100000")
    nrrd.write(
        str(tmp_path / "good.nrrd"),
        ARRAY,
        {
            "space": "left-posterior-superior",
            "space directions": np.diag([1.0, 2, 3]),
            "space origin": [0, 0, 0],
            "space units": ["mm"] * 3,
            "kinds": ["domain"] * 3,
        },
    )
    good = (tmp_path / "good.nrrd").read_bytes()
    bits = [b"nan ", b"(", b")", b"none ", b"-1 ", b"9" * 25, b"\n", b"\0", b":", b"1e400", b'"']
    rng = random.Random(1)
    messages: list[str] = []
    read = 0
    path = tmp_path / "bad.nrrd"
    for _ in range(400):
        bad = bytearray(good)
        for _ in range(rng.randint(1, 3)):
            at = rng.randrange(len(bad))
            if rng.random() < 0.5:
                bad[at] = rng.randrange(256)
            else:
                bad[at : at + rng.randint(0, 8)] = rng.choice(bits)
        path.write_bytes(bad)
        try:
            read_nrrd(path)
            read += 1
        except AtlasError as error:
            messages.append(str(error))
    assert min(read, len(messages)) > 20
    assert all(str(path) in message and "\n" not in message for message in messages)
