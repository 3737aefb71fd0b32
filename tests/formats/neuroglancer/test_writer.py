"""Neuroglancer's labels and meshes, written, read back and held against a real package."""

from __future__ import annotations

import json
import struct
import tarfile

import DracoPy
import numpy as np
import pytest
import trimesh

from napari_atlas_explorer.core.errors import ArgumentError, AtlasFileError
from napari_atlas_explorer.core.mesh import Mesh
from napari_atlas_explorer.formats.neuroglancer.meshes import read_mesh_info, read_precomputed_mesh
from napari_atlas_explorer.formats.neuroglancer.writer import (
    write_mesh_info,
    write_precomputed_mesh,
    write_segment_properties,
    write_segmentation,
)
from napari_atlas_explorer.formats.ome_zarr.reader import read_ome_zarr, read_ome_zarr_header

from ...refusals import refused
from .test_writer_compressed_segmentation import decoded

BALL = trimesh.creation.icosphere(subdivisions=2)
POINTS, FACES = np.asarray(BALL.vertices), np.asarray(BALL.faces, np.int64)


def ball(radii, center):
    return Mesh(POINTS * radii + center, FACES)


def volume(mesh):
    a, b, c = np.moveaxis(mesh.points[mesh.faces], 1, 0)
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6)


def written(folder, mesh):
    write_mesh_info(folder)
    write_precomputed_mesh(folder, 997, mesh)
    return read_precomputed_mesh(folder / "997")


MESHES = {
    "a brain": ball((6000, 3500, 5000), (6600, 4000, 5700)),
    "a nucleus": ball((60, 30, 40), (6600, 4000, 5700)),
    "across 0": ball((100, 200, 300), (0, 0, 0)),
    "far away": ball((100, 200, 300), (90000, -80000, 70000)),
    "a nanometer": ball((0.001, 0.001, 0.001), (1, 1, 1)),
    "a plane": Mesh(POINTS * [100, 0, 50], FACES),
}


@pytest.mark.parametrize("mesh", MESHES.values(), ids=MESHES)
def test_a_mesh_is_read_back_within_half_a_step(tmp_path, mesh):
    found = written(tmp_path, mesh)
    np.testing.assert_array_equal(found.faces, mesh.faces)
    edge = np.ptp(mesh.points, axis=0).max()
    # float32 of the coordinate in nm, going in and coming out
    rounding = 1.5 * np.spacing(np.float32(np.abs(mesh.points).max() * 1000)) / 1000
    assert np.abs(found.points - mesh.points).max() <= edge / 65535 / 2 + rounding


def test_the_outside_stays_outside(tmp_path):
    mesh = MESHES["a brain"]
    assert volume(mesh) > 0
    assert volume(written(tmp_path, mesh)) == pytest.approx(volume(mesh), rel=1e-4)


def test_points_and_faces_that_occur_twice_are_kept(tmp_path):
    points = np.vstack([POINTS, POINTS[:10], [[5.0, 5, 5]]]) * 100
    faces = np.vstack([FACES, FACES[:3], FACES[:2, ::-1], [[4, 4, 5]]])
    found = written(tmp_path, Mesh(points, faces))
    np.testing.assert_array_equal(found.faces, faces)
    np.testing.assert_allclose(found.points, points, atol=0.01)


def test_the_same_mesh_gives_the_same_bytes(tmp_path):
    for name in "ab":
        written(tmp_path / name, MESHES["a brain"])
    for file in ("997", "997.index", "info"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_files_hold_what_brainglobe_reads(tmp_path):
    # z, y, x in µm: 10…210, 20…320, 40…140. BrainGlobe takes Draco's points for nm, x first.
    box = trimesh.creation.box(bounds=[[10, 20, 40], [210, 320, 140]])
    mesh = Mesh(np.asarray(box.vertices, float), np.asarray(box.faces, np.int64))
    written(tmp_path, mesh)
    theirs = DracoPy.decode((tmp_path / "997").read_bytes())
    np.testing.assert_allclose(theirs.points.min(axis=0), [40e3, 20e3, 10e3], atol=3)
    np.testing.assert_allclose(theirs.points.max(axis=0), [140e3, 320e3, 210e3], atol=3)
    np.testing.assert_array_equal(theirs.faces[:, [2, 1, 0]], mesh.faces)
    index = (tmp_path / "997.index").read_bytes()
    size = (tmp_path / "997").stat().st_size
    expected = (*[300e3] * 3, 40e3, 20e3, 10e3, 1, 300e3, 0, 0, 0, 1, 0, 0, 0, size)
    assert struct.unpack("<6fIf3f5I", index) == expected
    assert read_mesh_info(tmp_path).bits == 16


GOOD = MESHES["a brain"]


@pytest.mark.parametrize(
    ("mesh_id", "mesh", "words"),
    [
        (0, GOOD, ["id 0"]),
        (-5, GOOD, ["id -5"]),
        (7, Mesh(GOOD.points, FACES[:0]), ["mesh 7", "0 faces"]),
        (7, Mesh(GOOD.points[:5], FACES), ["mesh 7", "5 points"]),
        (7, Mesh(GOOD.points, FACES - 1), ["mesh 7"]),
        (7, Mesh(np.full((3, 3), np.nan), np.array([[0, 1, 2]])), ["mesh 7", "finite"]),
        (7, Mesh(np.full((3, 3), 7.0), np.array([[0, 1, 2]])), ["mesh 7", "all points"]),
        (7, Mesh(GOOD.points[:, :2], FACES), ["mesh 7", "triangles"]),
    ],
)
def test_what_is_no_surface_is_refused(tmp_path, mesh_id, mesh, words):
    with refused(*words, by=ArgumentError):
        write_precomputed_mesh(tmp_path, mesh_id, mesh)
    assert not list(tmp_path.iterdir())


def test_a_place_where_nothing_can_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with refused("file", "cannot be written", by=AtlasFileError):
        write_mesh_info(tmp_path / "file")


def chunks(folder):
    """Volume of all chunks of a folder, by their names (x, y, z)."""
    named = {}
    for file in folder.iterdir():
        x, y, z = (tuple(map(int, part.split("-"))) for part in file.name.split("_"))
        named[file] = (slice(*z), slice(*y), slice(*x))
    out = np.full([max(at[k].stop for at in named.values()) for k in range(3)], 12345, np.uint32)
    for file, at in named.items():
        out[at] = decoded(file.read_bytes(), out[at].shape)
    return out


def test_a_volume_of_several_chunks_is_written_whole(tmp_path):
    labels = np.zeros((70, 3, 258), np.uint16)
    labels[60:66, 1:, 250:] = np.arange(6 * 2 * 8).reshape(6, 2, 8)
    write_segmentation(tmp_path, labels, (10, 20, 39.0625), meshes=False)
    info = json.loads((tmp_path / "info").read_text())
    assert "mesh" not in info
    (scale,) = info["scales"]
    assert scale["size"] == [258, 3, 70]
    assert scale["resolution"] == [39062.5, 20000.0, 10000.0]
    names = {p.name for p in (tmp_path / scale["key"]).iterdir()}
    assert names == {f"{x}_0-3_{z}" for x in ("0-256", "256-258") for z in ("0-64", "64-70")}
    np.testing.assert_array_equal(chunks(tmp_path / scale["key"]), labels)


@pytest.mark.parametrize(
    ("labels", "resolution", "words"),
    [
        (np.zeros((2, 2)), (1, 1, 1), ["(2, 2)"]),
        (np.zeros((2, 2, 2)), (1, 1, 1), ["float64"]),
        (np.zeros((2, 0, 2), int), (1, 1, 1), ["(2, 0, 2)"]),
        (np.full((2, 2, 2), -1), (1, 1, 1), ["-1"]),
        (np.full((2, 2, 2), 2**32), (1, 1, 1), [str(2**32)]),
        (np.zeros((2, 2, 2), int), (1, 1), ["three"]),
        (np.zeros((2, 2, 2), int), (1, 1, 0), ["three"]),
    ],
)
def test_what_is_no_volume_of_labels_is_refused(tmp_path, labels, resolution, words):
    with refused(*words, by=ArgumentError):
        write_segmentation(tmp_path, labels, resolution)
    assert not list(tmp_path.iterdir())


def test_segments_have_labels(tmp_path):
    write_segment_properties(tmp_path, [(997, "root: (root)"), (614454277, "µ: (ångström)")])
    found = json.loads((tmp_path / "segment_properties" / "info").read_text(encoding="utf-8"))
    (labels,) = found["inline"]["properties"]
    assert found["inline"]["ids"] == ["997", "614454277"]
    assert labels["values"] == ["root: (root)", "µ: (ångström)"]


@pytest.fixture(scope="module")
def real(data_folder, tmp_path_factory):
    """The annotation of a package that BrainGlobe's own packager made, in both its forms."""
    archive = data_folder / "brainglobe_packaged_allen_v3" / "brainglobe-atlasapi_v3_allen.tar.xz"
    folder = tmp_path_factory.mktemp("real")
    with tarfile.open(archive) as tar:
        for member in tar:
            inside, _, name = member.name.rpartition("/")
            wanted = not inside.endswith("/mesh") or name in ("info", "672", "672.index")
            if wanted and ("annotations_compressed" in inside or "precomputed" in inside):
                tar.extract(member, folder, filter="data")
    (found,) = folder.rglob("annotations.precomputed")
    return found


@pytest.mark.data
def test_descriptions_say_what_a_real_packages_say(real, tmp_path):
    header = read_ome_zarr_header(real.parent / "annotations_compressed.ome.zarr")
    labels = read_ome_zarr(header.levels[0])
    write_segmentation(tmp_path, labels, header.levels[0].steps)
    write_mesh_info(tmp_path / "mesh")
    theirs = json.loads((real / "segment_properties" / "info").read_text(encoding="utf-8"))
    rows = zip(
        map(int, theirs["inline"]["ids"]), theirs["inline"]["properties"][0]["values"], strict=True
    )
    write_segment_properties(tmp_path, list(rows))
    for name in ("info", "mesh/info", "segment_properties/info"):
        found, expected = (json.loads((f / name).read_text("utf-8")) for f in (tmp_path, real))
        assert found == expected
    key = "100000_100000_100000"
    assert {p.name for p in (tmp_path / key).iterdir()} == {p.name for p in (real / key).iterdir()}
    # The decoder above understands theirs, so it may judge ours.
    for folder in (real, tmp_path):
        raw = (folder / key / "0-114_0-80_128-132").read_bytes()
        np.testing.assert_array_equal(decoded(raw, (4, 80, 114)), labels[128:])


@pytest.mark.data
def test_a_real_mesh_is_written_as_it_was(real, tmp_path):
    mesh = read_precomputed_mesh(real / "mesh" / "672")
    write_mesh_info(tmp_path)
    write_precomputed_mesh(tmp_path, 672, mesh)
    found = read_precomputed_mesh(tmp_path / "672")
    np.testing.assert_array_equal(found.faces, mesh.faces)
    step = np.ptp(mesh.points, axis=0).max() / 65535
    np.testing.assert_allclose(found.points, mesh.points, rtol=0, atol=step / 2 + 0.002)
