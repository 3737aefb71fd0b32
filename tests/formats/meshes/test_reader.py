"""Meshes: what other libraries wrote is read as stored, damage is refused in one line."""

from __future__ import annotations

import io
import struct

import DracoPy
import numpy as np
import pytest
import trimesh

from napari_atlas_explorer.core.errors import AtlasFileError
from napari_atlas_explorer.formats.meshes.reader import read_mesh

from ...refusals import refused

BALL = trimesh.creation.icosphere(subdivisions=1, radius=50.0)
POINTS = np.asarray(BALL.vertices) + np.array([1000, 2000, 3000])
FACES = np.asarray(BALL.faces)
CORNERS = b"v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\n"


def test_an_obj_keeps_points_faces_and_their_order(tmp_path):
    path = tmp_path / "v.obj"
    trimesh.Trimesh(POINTS, FACES, process=False).export(path, digits=12)
    mesh = read_mesh(path)
    np.testing.assert_allclose(mesh.points, POINTS, rtol=1e-11)
    np.testing.assert_array_equal(mesh.faces, FACES)
    assert (mesh.points.dtype, mesh.faces.dtype) == (np.float64, np.int64)


@pytest.mark.parametrize("encoding", ["ascii", "binary", "binary_big_endian"])
def test_a_ply_keeps_points_faces_and_their_order(tmp_path, encoding):
    mesh = trimesh.Trimesh(POINTS, FACES, process=False)
    raw = mesh.export(file_type="ply", encoding=encoding.removesuffix("_big_endian"))
    if encoding == "binary_big_endian":
        head = raw.partition(b"end_header\n")[0].replace(b"little", b"big") + b"end_header\n"
        rows = np.empty(len(FACES), [("n", "u1"), ("face", ">i4", 3)])
        rows["n"], rows["face"] = 3, FACES
        raw = head + POINTS.astype(">f4").tobytes() + rows.tobytes()
    (tmp_path / "v.ply").write_bytes(raw)
    found = read_mesh(tmp_path / "v.ply")
    np.testing.assert_allclose(found.points, POINTS, rtol=1e-6)
    np.testing.assert_array_equal(found.faces, FACES)


@pytest.mark.parametrize("kind", ["stl", "stl_ascii"])
def test_an_stl_has_three_points_for_each_face(tmp_path, kind):
    path = tmp_path / "v.stl"
    trimesh.Trimesh(POINTS, FACES, process=False).export(path, file_type=kind)
    mesh = read_mesh(path)
    np.testing.assert_allclose(mesh.points[mesh.faces], POINTS[FACES], rtol=1e-6)
    assert len(mesh.points) == 3 * len(FACES)


def test_a_binary_stl_may_begin_with_the_word_of_a_text(tmp_path):
    raw = trimesh.Trimesh(POINTS, FACES, process=False).export(file_type="stl")
    (tmp_path / "v.stl").write_bytes(b"solid" + raw[5:])
    assert len(read_mesh(tmp_path / "v.stl").faces) == len(FACES)


@pytest.mark.parametrize("name", ["v.drc", "997"])
def test_draco_is_known_by_its_content(tmp_path, name):
    (tmp_path / name).write_bytes(DracoPy.encode(POINTS, FACES, quantization_bits=16))
    mesh = read_mesh(tmp_path / name)
    # Draco may renumber: the triangles as sets of places are the same.
    found = np.sort(np.round(mesh.points[mesh.faces].mean(axis=1), 1), axis=0)
    wanted = np.sort(np.round(POINTS[FACES].mean(axis=1), 1), axis=0)
    np.testing.assert_allclose(found, wanted, atol=0.11)


@pytest.mark.parametrize(
    ("text", "faces"),
    [
        (b"f 1 2 3", [[0, 1, 2]]),
        (b"f 1/5 2/6 3/7", [[0, 1, 2]]),
        (b"f 1//5 2//6 3//7", [[0, 1, 2]]),
        (b"f 1/2/3 2/2/2 3/1/1", [[0, 1, 2]]),
        (b"f 1 2 3 4", [[0, 1, 2], [0, 2, 3]]),
        (b"f 1 2 3\nf 1 2 3 4", [[0, 1, 2], [0, 1, 2], [0, 2, 3]]),
        (b"f -4 -3 -2", [[0, 1, 2]]),
        (b"f -4 -3 -2\nv 9 9 9\nf -4 -3 -1 -2", [[0, 1, 2], [1, 2, 4], [1, 4, 3]]),
        (b"f 1 \\\n2 3", [[0, 1, 2]]),
        (
            b"mtllib /etc/passwd\no a\nusemtl x\nf 3 2 4\no b\nusemtl y\nf 1 2 3",
            [[2, 1, 3], [0, 1, 2]],
        ),
        (b"vn 0 0 1\nvt 0 0\ns off\ng part\nl 1 2\np 1\nf 1 2 3\n#f 1 2 4", [[0, 1, 2]]),
    ],
)
@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\r"])
def test_every_way_to_write_a_face_in_obj_is_understood(tmp_path, text, faces, ending):
    path = tmp_path / "v.obj"
    path.write_bytes((b"# \xb5 in Latin-1\n" + CORNERS + text + b"\n").replace(b"\n", ending))
    mesh = read_mesh(path)
    assert mesh.faces.tolist() == faces
    assert mesh.points[:4].tolist() == [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]


@pytest.mark.parametrize("tail", [b" 0.5", b" 0.1 0.2 0.3", b" 1 0.1 0.2 0.3"])
def test_weights_and_colors_behind_a_point_are_passed_over(tmp_path, tail):
    path = tmp_path / "v.obj"
    path.write_bytes(CORNERS.replace(b"\n", tail + b"\n") + b"v\t7 8 9\nf 1 2 3\n")
    assert read_mesh(path).points[3:].tolist() == [[0, 0, 1], [7, 8, 9]]


TRIANGLE = DracoPy.encode(np.eye(3), np.array([[0, 1, 2]]))


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("v.obj", CORNERS + b"f 1 2 5\n", ["point 4", "0 to 3"]),
        ("v.obj", CORNERS + b"f 0 1 2\n", ["point 0"]),
        ("v.obj", CORNERS + b"f -5 -1 -2\n", ["point -6"]),
        ("v.obj", CORNERS + b"f 1 2 99999999999999999999\n", ["damaged"]),
        ("v.obj", CORNERS + b"f 1 2 " + b"9" * 5000, ["damaged"]),
        ("v.obj", CORNERS + b"f 1 2\n", ["three corners"]),
        ("v.obj", CORNERS + b"f 1 2 x\n", ["damaged"]),
        ("v.obj", CORNERS + b"f 1 2 3\nv 1 2\n", ["three coordinates"]),
        ("v.obj", CORNERS + b"v 1 2 nan\nf 1 2 3\n", ["finite"]),
        ("v.obj", CORNERS + b"v 1 2 1e999\nf 1 2 3\n", ["finite"]),
        ("v.obj", CORNERS + b"v 1 2 z\nf 1 2 3\n", ["damaged"]),
        ("v.obj", CORNERS, ["4 points and no face"]),
        ("v.obj", b"f 1 2 3\n", ["0 points"]),
        ("v.obj", b"", ["0 points"]),
        ("v.obj", bytes(range(256)) * 4, []),
        ("v.obj", CORNERS + b"v 1 2 " + b"9x" * 5000 + b"\nf 1 2 3\n", ["…"]),
        ("v.stl", b"", ["0 bytes"]),
        (
            "v.stl",
            b"solid x\nfacet\nvertex 1 2 1e999\nvertex 1 2 3\nvertex 3 4 5\nendfacet endsolid",
            ["finite"],
        ),
        ("v.stl", b"solid x\nfacet\nvertex 1 2 x\nendfacet", ["damaged"]),
        ("v.stl", b"solid x\nfacet\nvertex 1 2 3\nendfacet", ["1 corners of 1 triangles"]),
        ("v.stl", b"solid x\nendsolid", ["no face"]),
        ("v.stl", bytes(84), ["no face"]),
        ("v.stl", bytes(34), ["34 bytes"]),
        ("v.stl", bytes(80) + struct.pack("<I", 2**32 - 1) + bytes(50), []),
        ("v.stl", b"solid x\nfacet normal 0 0 1\nouter loop\nvertex 1 2\n", []),
        ("v.ply", b"ply\nformat ascii 1.0\n", []),
        (
            "v.ply",
            b"ply\nformat ascii 1.0\nelement vertex 99999999999\nproperty float x\n"
            b"end_header\n1 2 3\n",
            [],
        ),
        (
            "v.ply",
            b"ply\nformat binary_little_endian 1.0\nelement vertex 99999999999\n"
            b"property double x\nend_header\nabc",
            [],
        ),
        ("v.drc", TRIANGLE[:-3], ["Draco"]),
        ("v.drc", TRIANGLE[:11], ["Draco"]),
        ("v.drc", b"DRACO", ["Draco"]),
        ("v.vtk", b"# vtk DataFile", ["OBJ, STL, PLY or Draco"]),
        ("v.ply", b"no ply", ["OBJ, STL, PLY or Draco"]),
    ],
)
def test_a_damaged_mesh_is_refused_in_one_line(tmp_path, name, content, words):
    path = tmp_path / name
    path.write_bytes(content)
    with refused(path, *words, by=AtlasFileError):
        read_mesh(path)


def test_a_ply_face_that_names_a_point_out_of_range_is_refused(tmp_path):
    raw = trimesh.Trimesh(POINTS, FACES, process=False).export(file_type="ply", encoding="ascii")
    path = tmp_path / "v.ply"
    path.write_bytes(raw.rsplit(b"\n3 ", 1)[0] + b"\n3 0 1 42\n")
    with refused(path, "42", by=AtlasFileError):
        read_mesh(path)


@pytest.mark.parametrize("share", [0.5, 0.9, 0.98])
@pytest.mark.parametrize("kind", ["ply", "ply ascii", "stl", "stl_ascii"])
def test_a_mesh_that_is_cut_off_is_refused(tmp_path, kind, share):
    mesh = trimesh.Trimesh(POINTS, FACES, process=False)
    encoding = {"encoding": "ascii"} if kind.endswith(" ascii") else {}
    raw = mesh.export(file_type=kind.split()[0], **encoding)
    raw = raw.encode() if isinstance(raw, str) else raw
    path = tmp_path / f"v.{kind[:3]}"
    path.write_bytes(raw[: int(share * len(raw))])
    with refused(path, by=AtlasFileError):
        read_mesh(path)


def test_a_draco_point_cloud_is_no_surface(tmp_path):
    path = tmp_path / "v.drc"
    path.write_bytes(DracoPy.encode(POINTS, None))
    with refused(path, "no face", by=AtlasFileError):
        read_mesh(path)


def test_a_mesh_beyond_the_budget_is_refused_unread(tmp_path, monkeypatch):
    path = tmp_path / "v.obj"
    path.write_bytes(CORNERS + b"f 1 2 3\n")
    monkeypatch.setenv("ATLAS_EXPLORER_MAX_BYTES", "100")
    with refused(path, "ATLAS_EXPLORER_MAX_BYTES", by=AtlasFileError):
        read_mesh(path)


def test_a_mesh_that_is_not_there_is_refused(tmp_path):
    with refused(tmp_path / "none.obj", by=AtlasFileError):
        read_mesh(tmp_path / "none.obj")


@pytest.mark.data
def test_allens_and_virtual_fly_brains_meshes_are_read_as_trimesh_reads_them(data_folder):
    paths = sorted(data_folder.glob("*/*.obj"))
    assert len(paths) >= 4
    for path in paths:
        mesh = read_mesh(path)
        other = trimesh.load_mesh(
            io.BytesIO(path.read_bytes()), file_type="obj", process=False, maintain_order=True
        )
        np.testing.assert_array_equal(mesh.points, other.vertices)
        np.testing.assert_array_equal(mesh.faces, other.faces)
