"""Files made to exhaust memory or time: each is refused by a process that has little of both."""

from __future__ import annotations

import bz2
import gzip
import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
import tifffile

from .. import nrrd_text
from .damage import FORMATS

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX processes")

MEMORY = 3 << 30
"""Address space of the reading process; its libraries alone take 1 to 2 GB of it."""

SECONDS = 60
CHILD = """
import importlib, resource, sys
module, function, memory, *paths = sys.argv[1:]
read = getattr(importlib.import_module("napari_atlas_explorer.formats." + module), function)
from napari_atlas_explorer import AtlasError
if module == "meshes.reader":
    import trimesh, DracoPy
resource.setrlimit(resource.RLIMIT_AS, (int(memory), int(memory)))
for path in paths:
    try:
        read(path)
        print("read")
    except AtlasError as error:
        print("refused", error)
"""


def ending_of(paths: Path | list[Path], module: str, function: str, budget: int = 200_000_000):
    """What a process of little memory says after reading a file, or some."""
    names = [str(path) for path in (paths if isinstance(paths, list) else [paths])]
    env = os.environ | {
        "ATLAS_EXPLORER_MAX_BYTES": str(budget),
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
    }
    done = subprocess.run(
        [sys.executable, "-c", CHILD, module, function, str(MEMORY), *names],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        env=env,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip()


def assert_refused(path: Path, module: str, function: str, *words: str, budget: int = 200_000_000):
    said = ending_of(path, module, function, budget)
    assert said.startswith("refused")
    assert len(said.splitlines()) == 1
    for word in words:
        assert word in said


ZEROS = bytes(64 << 20)
SMALL = np.zeros((10, 10, 10), np.uint8)
VAST = "2000 2000 2000"
"""8 GB of uint8, within a budget of 100 GB."""


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("bzip2", bz2.compress)])
def test_a_nrrd_that_unpacks_to_gigabytes(tmp_path, encoding, pack):
    bomb = pack(ZEROS) * 64
    path = nrrd_text.write(tmp_path / "v.nrrd", SMALL, bomb, encoding=encoding)
    assert_refused(path, "nrrd.reader", "read_nrrd", "longer than its header declares")


@pytest.mark.parametrize("encoding", ["raw", "gzip", "bzip2", "ascii"])
def test_a_nrrd_that_declares_far_more_than_it_holds(tmp_path, encoding):
    data = {"gzip": gzip.compress(b"a"), "bzip2": bz2.compress(b"a")}.get(encoding, b"1 2 3")
    path = nrrd_text.write(tmp_path / "v.nrrd", SMALL, data, encoding=encoding, sizes=VAST)
    assert_refused(path, "nrrd.reader", "read_nrrd", "8000000000", budget=100_000_000_000)
    assert_refused(path, "nrrd.reader", "read_nrrd", "declares 8 GB")


@pytest.mark.parametrize("name", ["/dev/zero", "pipe", "../v.nhdr", "folder"])
def test_a_nrrd_whose_data_are_no_file(tmp_path, name):
    inner = tmp_path / "inner"
    (inner / "folder").mkdir(parents=True)
    os.mkfifo(inner / "pipe")
    path = nrrd_text.write(inner / "v.nhdr", SMALL, b"", data_file=name)
    assert_refused(path, "nrrd.reader", "read_nrrd", "data file")


def test_a_nrrd_with_endless_fields(tmp_path):
    path = tmp_path / "v.nrrd"
    path.write_bytes(b"NRRD0005\nspace units: " + b'"a' * 4_000_000 + b"\n\n")
    assert_refused(path, "nrrd.reader", "read_nrrd", "field of")
    path.write_bytes(b"NRRD0005\ndata file: " + b"% " * 30_000 + b"\n\n")
    assert_refused(path, "nrrd.reader", "read_nrrd")
    path.write_bytes(b"NRRD0005\nspace directions: " + b"(" * 60_000 + b"\n\n")
    assert_refused(path, "nrrd.reader", "read_nrrd")


def nifti(sizes, data=b""):
    raw = bytearray(FORMATS["nifti"].seeds[0][:352])
    struct.pack_into("<3h", raw, 42, *sizes)
    return bytes(raw) + data


def test_a_nifti_that_unpacks_to_gigabytes(tmp_path):
    path = tmp_path / "v.nii.gz"
    path.write_bytes(gzip.compress(nifti((3, 4, 5))) + gzip.compress(ZEROS) * 64)
    assert_refused(path, "nifti.volumes", "read_nifti", "longer than its header declares")


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_nifti_that_declares_far_more_than_it_holds(tmp_path, pack):
    path = tmp_path / "v.nii"
    path.write_bytes(pack(nifti((2000, 2000, 2000), b"abc")))
    assert_refused(path, "nifti.volumes", "read_nifti", "16000000000", budget=100_000_000_000)
    assert_refused(path, "nifti.volumes", "read_nifti", "declares 16 GB")


def test_a_gzip_stream_of_a_million_empty_members(tmp_path):
    path = tmp_path / "v.nii.gz"
    path.write_bytes(gzip.compress(b"", mtime=0) * 1_000_000)
    assert_refused(path, "nifti.volumes", "read_nifti")


def test_a_metaimage_that_unpacks_to_gigabytes(tmp_path):
    head, _, _ = FORMATS["metaimage"].seeds[1].partition(b"LOCAL\n")
    engine = zlib.compressobj(1)
    bomb = b"".join(engine.compress(ZEROS) for _ in range(16)) + engine.flush()
    path = tmp_path / "v.mha"
    path.write_bytes(head + b"LOCAL\n" + bomb)
    assert_refused(path, "metaimage", "read_metaimage", "longer than its header declares")


@pytest.mark.parametrize("kind", ["shaped", "imagej", "ome"])
def test_a_tiff_whose_metadata_declare_far_more_than_it_holds(tmp_path, kind):
    path = tmp_path / "v.tif"
    options = {kind: True} | ({} if kind == "ome" else {"truncate": True})
    tifffile.imwrite(path, SMALL, photometric="minisblack", metadata={"axes": "ZYX"}, **options)
    text = tifffile.tiffcomment(path)
    vast = {
        "shaped": text.replace("[10, 10, 10]", "[80000000, 10, 10]"),
        "imagej": text.replace("=10", "=80000000"),
        "ome": text.replace('SizeZ="10"', 'SizeZ="80000000"'),
    }[kind]
    assert vast != text
    tifffile.tiffcomment(path, vast.encode())
    assert_refused(path, "tiff.reader", "read_tiff", budget=100_000_000_000)


def test_a_tiff_whose_pages_declare_far_more_than_they_hold(tmp_path):
    path = tmp_path / "v.tif"
    tifffile.imwrite(path, SMALL, photometric="minisblack", metadata=None)
    raw = bytearray(path.read_bytes())
    with tifffile.TiffFile(path) as tiff:
        places = [page.tags[code].valueoffset for page in tiff.pages for code in (256, 257)]
    for at in places:
        struct.pack_into("<I", raw, at, 60_000)
    path.write_bytes(raw)
    assert_refused(path, "tiff.reader", "read_tiff")
    assert_refused(path, "tiff.reader", "read_tiff", budget=100_000_000_000)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 200_000,
        '{"children":[' * 200_000,
        '{"id":1,"children":[' * 200_000 + "]}" * 200_000,
        "[" * 200_000 + "]" * 200_000,
    ],
    ids=["open lists", "open objects", "objects", "lists"],
)
def test_json_200_000_deep(tmp_path, text):
    (tmp_path / "t.json").write_text(text)
    assert_refused(tmp_path / "t.json", "tables.regions", "load_region_table")


def test_tables_of_more_than_a_million_regions(tmp_path):
    rows = ",".join(f'{{"id":{n},"children":[]}}' for n in range(1_000_001))
    (tmp_path / "t.json").write_text(f'{{"id":-1,"children":[{rows}]}}')
    assert_refused(tmp_path / "t.json", "tables.regions", "load_region_table", "1000000 regions")
    (tmp_path / "t.csv").write_text("id,name\n" + "1,a\n" * 1_000_001)
    assert_refused(tmp_path / "t.csv", "tables.regions", "load_region_table", "1000002 lines")


def test_tables_wide_and_full_of_blanks(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("id,name," + "c," * 500_000 + "\n" + "\n".join(f"{n},a" for n in range(50_000)))
    assert ending_of(path, "tables.regions", "load_region_table") == "read"
    path.write_text("1 a" + " " * 3_000_000 + "b\n" + " " * 3_000_000 + "\n1 a\n")
    assert_refused(path, "tables.regions", "load_region_table", "twice")


@pytest.mark.parametrize("kind", ["lengths", "powers", "outside"])
def test_xml_with_entities(tmp_path, kind):
    entities = {
        "lengths": '<!ENTITY a "' + "a" * 100_000 + '">',
        "powers": '<!ENTITY a0 "a">'
        + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 15)),
        "outside": '<!ENTITY a SYSTEM "file:///dev/zero">',
    }[kind]
    use = "&a;" * 100_000 if kind == "lengths" else "&a14;" if kind == "powers" else "&a;"
    (tmp_path / "a.xml").write_text(
        f"<!DOCTYPE atlas [{entities}]><atlas><data><label index='1'>{use}</label></data></atlas>"
    )
    assert_refused(tmp_path / "a.xml", "tables.regions", "load_region_table", "document type")


MESHES = {
    "faces.obj": b"v 0 0 0\n" + b"f 1 2 999999999\n" * 200_000,
    "polygon.obj": b"v 0 0 0\nf" + b" 2" * 1_000_000,
    "claim.stl": bytes(80) + struct.pack("<I", 2**32 - 1) + bytes(50),
    "claim.ply": b"ply\nformat binary_little_endian 1.0\nelement vertex 4000000000\n"
    b"property double x\nproperty double y\nproperty double z\nelement face 4000000000\n"
    b"property list uchar int vertex_indices\nend_header\n" + bytes(100),
    "ascii.ply": b"ply\nformat ascii 1.0\nelement vertex 4000000000\nproperty double x\n"
    b"property double y\nproperty double z\nelement face 4000000000\n"
    b"property list uchar int vertex_indices\nend_header\n1 2 3\n",
}


@pytest.mark.parametrize("name", MESHES)
def test_meshes_that_claim_what_they_do_not_hold(tmp_path, name):
    (tmp_path / name).write_bytes(MESHES[name])
    assert_refused(tmp_path / name, "meshes.reader", "read_mesh")


def test_draco_streams_with_a_vast_number_in_them_are_survived(tmp_path):
    paths = []
    for at in range(11, 60):
        raw = bytearray(FORMATS["draco"].seeds[0])
        raw[at : at + 5] = b"\xff\xff\xff\xff\x0f"  # 32 bits of ones, as Draco writes them
        paths.append(tmp_path / f"{at}.drc")
        paths[-1].write_bytes(raw)
    said = ending_of(paths, "meshes.reader", "read_mesh").splitlines()
    assert len(said) == len(paths)
    assert sum(line.startswith("refused") for line in said) > 10
