"""Neuroglancer's meshes, by its formula and as BrainGlobe's packages hold them."""

from __future__ import annotations

import json
import struct
import tarfile

import DracoPy
import numpy as np
import pytest
import trimesh

from napari_atlas_explorer.core.errors import AtlasFileError
from napari_atlas_explorer.formats.neuroglancer.meshes import read_mesh_info, read_precomputed_mesh

from ...refusals import refused

BALL = trimesh.creation.icosphere(subdivisions=2, radius=0.5)
UNIT = np.asarray(BALL.vertices) + 0.5  # in the unit cube
FACES = np.asarray(BALL.faces)


def write(folder, fragments, chunk, origin=(0, 0, 0), offset=(0, 0, 0), info=None, name="7"):
    """Put a mesh into a folder: fragments are pairs of a position and bytes."""
    said = {"@type": "neuroglancer_multilod_draco", "vertex_quantization_bits": 16}
    (folder / "info").write_text(json.dumps(said | (info or {})))
    positions = np.array([p for p, _ in fragments], "<u4").reshape(-1, 3)
    index = struct.pack("<6fI", *chunk, *origin, 1) + struct.pack(
        "<f3fI", 1, *offset, len(fragments)
    )
    index += positions.T.tobytes() + struct.pack(
        f"<{len(fragments)}I", *[len(b) for _, b in fragments]
    )
    (folder / f"{name}.index").write_bytes(index)
    (folder / name).write_bytes(b"".join(b for _, b in fragments))
    return folder / name


def lattice(points, bits=16):
    """Draco whose decoded values are whole numbers of the chunk's lattice."""
    last = 2**bits - 1
    return DracoPy.encode(
        np.round(points * last),
        FACES,
        quantization_bits=bits,
        quantization_range=last,
        quantization_origin=np.zeros(3),
    )


def centers(mesh):
    """Middle of every triangle, in an order that does not depend on numbering."""
    middle = np.round(mesh.points[mesh.faces].mean(axis=1), 3)
    return middle[np.lexsort(middle.T)]


def volume(mesh):
    a, b, c = np.moveaxis(mesh.points[mesh.faces], 1, 0)
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6)


@pytest.mark.parametrize("bits", [10, 16])
@pytest.mark.parametrize("origin", [(0, 0, 0), (5e5, 6e5, 7e5)])
def test_points_on_the_lattice_are_placed_by_neuroglancers_formula(tmp_path, bits, origin):
    chunk = np.array([4e5, 8e5, 2e5])
    fragments = [((0, 0, 0), lattice(UNIT, bits)), ((1, 0, 2), lattice(UNIT, bits))]
    info = {"vertex_quantization_bits": bits}
    path = write(tmp_path, fragments, chunk, origin, (1e3, 2e3, 3e3), info)
    mesh = read_precomputed_mesh(path)
    low = np.add(origin, [1e3, 2e3, 3e3])
    nm = np.vstack([low + chunk * (UNIT + p) for p in ([0, 0, 0], [1, 0, 2])])
    np.testing.assert_allclose(mesh.points.min(axis=0), nm.min(axis=0)[::-1] / 1e3, atol=0.5)
    np.testing.assert_allclose(mesh.points.max(axis=0), nm.max(axis=0)[::-1] / 1e3, atol=0.5)
    assert len(mesh.faces) == 2 * len(FACES)
    # x, y, z in nm became z, y, x in µm; the faces were turned so that outside stays outside.
    cube = np.prod(chunk / 1e3)
    assert volume(mesh) == pytest.approx(2 * abs(BALL.volume) * cube, rel=0.01)


def test_absolute_points_are_taken_as_they_stand(tmp_path):
    nm = UNIT * 3e6 + [1e6, 2e6, 4e6]
    raw = DracoPy.encode(nm, FACES, quantization_bits=16)
    path = write(tmp_path, [((0, 0, 0), raw)], [3e6] * 3, [1e6, 2e6, 4e6])
    mesh = read_precomputed_mesh(path)
    np.testing.assert_allclose(mesh.points.min(axis=0), [4000, 2000, 1000], atol=0.2)
    np.testing.assert_allclose(mesh.points.max(axis=0), [7000, 5000, 4000], atol=0.2)
    assert volume(mesh) > 0


def test_the_folders_transform_is_applied(tmp_path):
    info = {"transform": [2, 0, 0, 1e6, 0, 1, 0, 0, 0, 0, 1, 0]}
    path = write(tmp_path, [((0, 0, 0), lattice(UNIT))], [1e6] * 3, info=info)
    mesh = read_precomputed_mesh(path)
    np.testing.assert_allclose(mesh.points.max(axis=0), [1000, 1000, 3000], atol=0.1)


GOOD = [((0, 0, 0), lattice(UNIT))]


@pytest.mark.parametrize(
    ("info", "index", "data", "words"),
    [
        ({"@type": "neuroglancer_legacy_mesh"}, None, None, ["info", "legacy"]),
        ({"sharding": {}}, None, None, ["info", "sharded"]),
        ({"vertex_quantization_bits": 99}, None, None, ["info", "99"]),
        ({"transform": [1, 2]}, None, None, ["info", "12 numbers"]),
        ({"transform": "x"}, None, None, ["info", "12 numbers"]),
        ({"transform": [1e999] * 12}, None, None, ["info"]),
        (None, lambda b: b[:20], None, ["7.index", "20 bytes"]),
        (None, lambda b: b[:24] + struct.pack("<I", 2**32 - 1) + b[28:], None, ["resolutions"]),
        (None, lambda b: b[:44] + struct.pack("<I", 2**32 - 1) + b[48:], None, ["at the least"]),
        (None, lambda b: b[:60] + struct.pack("<I", 2**32 - 1), None, ["as its index states"]),
        (None, lambda b: b[:60] + struct.pack("<I", 0), None, ["without content"]),
        (None, lambda b: struct.pack("<f", np.nan) + b[4:], None, ["chunk"]),
        (None, lambda b: struct.pack("<f", -1) + b[4:], None, ["chunk"]),
        (None, None, lambda b: b[:-9], ["as its index states"]),
        (None, None, lambda b: b[:9] + bytes(len(b) - 9), ["Draco"]),
    ],
)
def test_a_damaged_mesh_is_refused_in_one_line(tmp_path, info, index, data, words):
    path = write(tmp_path, GOOD, [1e6] * 3, info=info)
    for edit, file in ((index, tmp_path / "7.index"), (data, path)):
        if edit:
            file.write_bytes(edit(file.read_bytes()))
    with refused(*words, by=AtlasFileError):
        read_precomputed_mesh(path)


def test_points_that_fit_neither_reading_are_refused(tmp_path):
    raw = DracoPy.encode(UNIT * 3e6, FACES, quantization_bits=16)
    path = write(tmp_path, [((0, 0, 0), raw)], [1e6] * 3, [9e6] * 3)
    with refused(path, "lattice", by=AtlasFileError):
        read_precomputed_mesh(path)


@pytest.mark.data
def test_brainglobes_meshes_lie_where_formats_say(data_folder, tmp_path):
    archive = data_folder / "brainglobe_packaged_allen_v3" / "brainglobe-atlasapi_v3_allen.tar.xz"
    wanted = {"info", "997", "997.index", "672", "672.index"}
    with tarfile.open(archive) as tar:
        for member in tar:
            folder, _, name = member.name.rpartition("/")
            if folder.endswith("precomputed/mesh") and name in wanted and member.isfile():
                member.name = name
                tar.extract(member, tmp_path, filter="data")
    info = read_mesh_info(tmp_path)
    brain = read_precomputed_mesh(tmp_path / "997", info)
    # A mouse brain fills some 480 of the 13.2 × 8 × 11.4 mm of the Allen volume.
    assert (brain.points.min(axis=0) > 0).all()
    assert (brain.points.max(axis=0) < [13200, 8000, 11400]).all()
    assert 400e9 < volume(brain) < 550e9
    striatum = read_precomputed_mesh(tmp_path / "672", info)
    assert 20e9 < volume(striatum) < 35e9
