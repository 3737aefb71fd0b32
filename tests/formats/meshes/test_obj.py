"""OBJ parsed as a whole gives what going from line to line gives, to the bit, or leaves it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import trimesh

from napari_atlas_explorer.core.errors import AtlasFileError
from napari_atlas_explorer.formats.meshes.obj import parse_obj, parse_plain_obj
from napari_atlas_explorer.formats.meshes.reader import read_mesh
from napari_atlas_explorer.formats.meshes.writer import write_mesh

from ...refusals import refused

SQUARE = b"v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\n"
TRIANGLE = b"f 1 2 3\n"
# A word that a line passes over makes the text one that is not plain.
UNPLAIN = b"\n\ng all of it\n"


def text_of(points: np.ndarray, faces: np.ndarray, number: str) -> bytes:
    rows = ["v " + " ".join(number.format(v) for v in p) for p in points.tolist()]
    return "\n".join([*rows, *(f"f {a} {b} {c}" for a, b, c in (faces + 1).tolist()), ""]).encode()


@pytest.mark.parametrize("number", ["{!r}", "{:.6f}", "{:.17f}", "{:.3f}", "{:.0f}", "{:.22f}"])
@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e4, 1e9])
@pytest.mark.parametrize("top", [b"", b"# in micrometers\n\n# of nobody\n"])
def test_points_are_those_that_each_word_reads_as(number, scale, top):
    rng = np.random.default_rng(1)
    points = rng.normal(size=(4000, 3)) * scale
    points[0] = [-0.0, 0.0, 1.0]
    points[1] = [0.1, -0.3, 2.0**53 + 2]
    faces = rng.integers(0, len(points), (500, 3))
    raw = text_of(points, faces, number)
    plain = parse_plain_obj(top + raw)
    if number == "{!r}" and b"e" in raw:
        assert plain is None
    else:
        assert plain is not None
    found, triangles = parse_obj(top + raw, Path("v.obj"))
    words = [[float(w) for w in line.split()[1:]] for line in raw.splitlines() if line[:1] == b"v"]
    assert found.tobytes() == np.array(words).tobytes()
    assert np.array_equal(triangles, faces)
    assert (found.dtype, triangles.dtype) == (np.float64, np.int64)


HARD = [
    "9007199254740991",
    "9007199254740992",
    "9007199254740993",
    "-9007199254740993",
    "123456789012345678",
    "1234567890123456789",
    "99999999999999999999999",
    "0.1",
    ".5",
    "5.",
    "-.5",
    "-5.",
    "-0",
    "-0.0",
    "-.0",
    "0000.25",
    "007",
    "0.000000000000001",
    "0.00000000000000000000000000001",
    "2697.5881999999997",
    "1.7976931348623157",
    "0.30000000000000004",
    "4503599627370497.5",
    "9007199254740992.5",
    "000000000000000000001.5",
]


@pytest.mark.parametrize("word", HARD)
def test_numbers_at_the_limits_are_rounded_right(word):
    raw = SQUARE + f"v {word} {word} 1\n".encode() + TRIANGLE
    assert parse_plain_obj(raw) is not None
    points, _ = parse_obj(raw, Path("v.obj"))
    assert points[4].tobytes() == np.array([float(word), float(word), 1]).tobytes()


ODD = {
    "exponents": (SQUARE + b"v 1e3 -2E-1 3\n" + TRIANGLE, 5, 1),
    "words for numbers": (SQUARE.replace(b"1", b"1_0") + TRIANGLE, 4, 1),
    "a sign before": (SQUARE + b"v +1 2 3\n" + TRIANGLE, 5, 1),
    "tabs": (SQUARE.replace(b" ", b"\t") + b"f\t1\t2\t3\n", 4, 1),
    "two blanks": (SQUARE.replace(b" ", b"  ") + b"f 1  2 3\n", 4, 1),
    "blanks at the end": (SQUARE.replace(b"\n", b" \n") + b"f 1 2 3 \n", 4, 1),
    "carriage returns": ((SQUARE + TRIANGLE).replace(b"\n", b"\r\n"), 4, 1),
    "negative numbers": (SQUARE + b"f -4 -3 -2\n", 4, 1),
    "textures": (SQUARE + b"f 1/2/3 2/1/1 3/1/1\n", 4, 1),
    "a square": (SQUARE + b"f 1 2 3 4\n", 4, 2),
    "a square and what would be two corners": (SQUARE + b"f 1 2 3 4\nf 2 3 4\nf 2 3 1\n", 4, 4),
    "colors": (SQUARE.replace(b"\n", b" 0.1 0.2 0.3\n") + TRIANGLE, 4, 1),
    "points behind faces": (SQUARE + TRIANGLE + b"v 7 7 7\nf 5 1 2\n", 5, 2),
    "normals": (SQUARE + b"vn 0 0 1\n" + TRIANGLE, 4, 1),
    "a comment that goes on": (b"# made \\\nv 9 9 9\n" + SQUARE + TRIANGLE, 4, 1),
    "a line that goes on": (SQUARE + b"f 1 \\\n2 3\n", 4, 1),
    "a comment between": (SQUARE + b"# faces\n" + TRIANGLE, 4, 1),
    "a comment behind": (SQUARE + TRIANGLE + b"# the end", 4, 1),
    "no newline at the end": (SQUARE + b"f 1 2 3", 4, 1),
    "empty lines at the end": (SQUARE + TRIANGLE + b"\n\n\n", 4, 1),
    "nothing": (b"", 0, 0),
    "a comment alone": (b"# nothing", 0, 0),
    "points alone": (SQUARE, 4, 0),
    "faces alone": (TRIANGLE, 0, 1),
    "faces alone, two": (TRIANGLE + TRIANGLE, 0, 2),
    "numbers of other lines": (b"v 1 2 3\n4 5 6\n" + SQUARE + TRIANGLE, 5, 1),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_texts_are_read_as_from_line_to_line(name):
    raw, n_points, n_faces = ODD[name]
    found = parse_obj(raw, Path("v.obj"))
    assert (len(found[0]), len(found[1])) == (n_points, n_faces)
    slowly = parse_obj(raw + UNPLAIN, Path("v.obj"))
    assert found[0].tobytes() == slowly[0].tobytes()
    assert found[1].tobytes() == slowly[1].tobytes()


DAMAGED = {
    "a coordinate missing": (b"v 1 2\n", TRIANGLE, "three coordinates"),
    "a coordinate missing, and one more on the next line": (
        b"v 1 2\nv 3 4 5 6\n",
        TRIANGLE,
        "three coordinates",
    ),
    "a point alone": (b"v . 1 2\n", TRIANGLE, "damaged"),
    "two points": (b"v 1.2.3 1 2\n", TRIANGLE, "damaged"),
    "a sign alone": (b"v - 1 2\n", TRIANGLE, "damaged"),
    "a sign before a point alone": (b"v 1 2 -.\n", TRIANGLE, "damaged"),
    "two signs": (b"v --1 1 2\n", TRIANGLE, "damaged"),
    "a sign in the middle": (b"v 1-1 1 2\n", TRIANGLE, "damaged"),
    "a letter": (b"v 1 v 2\n", TRIANGLE, "damaged"),
    "a letter in a face": (b"", b"f 1 2 f\n", "damaged"),
    "two corners": (b"", b"f 1 2\nf 1 2 3 4\n", "three corners"),
    "point 0": (b"", b"f 1 2 0\n", "point 0"),
    "a number beyond 64 bits": (b"", b"f 1 2 99999999999999999999\n", "damaged"),
    "a point beyond the last": (b"", b"f 1 2 999999999999999999\n", "999999999999999998"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damage_in_a_plain_text_is_refused(tmp_path, name):
    points, faces, word = DAMAGED[name]
    path = tmp_path / "v.obj"
    path.write_bytes(SQUARE + points + TRIANGLE + faces)
    with refused(path, word, by=AtlasFileError):
        read_mesh(path)


@pytest.mark.parametrize("seed", range(20))
def test_a_text_with_bytes_changed_is_read_or_refused_alike(seed):
    rng = np.random.default_rng(seed)
    whole = text_of(rng.normal(size=(6, 3)), rng.integers(0, 6, (4, 3)), "{:.4f}")
    for _ in range(200):
        raw = bytearray(whole)
        # The last newline stays: a backslash there would join what is put behind.
        for at in rng.integers(0, len(raw) - 1, rng.integers(1, 4)):
            raw[at] = rng.choice(list(b"0123456789.-+e \t\nvf#/\\\x0b\xff"))
        assert outcome(bytes(raw)) == outcome(bytes(raw) + UNPLAIN)


def test_what_is_written_is_plain_and_trimesh_reads_it_alike(tmp_path):
    rng = np.random.default_rng(2)
    points, faces = rng.normal(size=(50, 3)) * 1e4, rng.integers(0, 50, (80, 3)).astype(np.uint32)
    path = tmp_path / "v.obj"
    write_mesh(path, points, faces)
    assert parse_plain_obj(path.read_bytes()) is not None
    mesh = read_mesh(path)
    assert np.array_equal(mesh.points, np.round(points, 6))
    assert np.array_equal(mesh.faces, faces)
    other = trimesh.load_mesh(path, process=False, maintain_order=True)
    assert np.array_equal(mesh.points, other.vertices)
    assert np.array_equal(mesh.faces, other.faces)


def outcome(raw: bytes) -> tuple[bytes, bytes] | str:
    try:
        points, triangles = parse_obj(raw, Path("v.obj"))
    except AtlasFileError as exc:
        return str(exc)
    return points.tobytes(), triangles.tobytes()
