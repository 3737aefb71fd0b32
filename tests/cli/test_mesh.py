"""`atlas-explorer mesh`."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import trimesh

# conftest: 10 × 8 × 6 voxels of 100 × 200 × 50 µm from (-100, 0, 0). Region 3 fills
# [2:5, 1:7, 1:5], region 4 [5:8, 1:7, 1:5]; both are in A (2); axis 2 from 3 on is left.
BOX_A1 = [[100, 200, 50], [400, 1400, 250]]


def read(path: Path) -> trimesh.Trimesh:
    mesh = trimesh.load_mesh(path, process=False)
    if path.suffix == ".stl":
        mesh.merge_vertices()
    return mesh


@pytest.mark.parametrize("suffix", ["obj", "stl", "ply"])
def test_one_region_goes_to_one_file_where_its_voxels_are(run, package, tmp_path, suffix):
    target = tmp_path / f"a.{suffix}"
    answer = run("mesh", package, "a1", "--raw", "-o", target)
    assert (answer.code, answer.out) == (0, "")
    assert f"wrote {target}" in answer.err
    mesh = read(target)
    np.testing.assert_allclose(mesh.bounds, BOX_A1, atol=1e-3)
    assert mesh.is_watertight
    assert mesh.volume > 0


def test_the_default_keeps_the_volume(run, package, tmp_path):
    target = tmp_path / "a.obj"
    answer = run("mesh", package, "A", "--json", tmp_path / "a.json", "-o", target)
    assert answer.code == 0
    voxels = 6 * 6 * 4
    mesh = read(target)
    assert mesh.is_watertight
    row = json.loads((tmp_path / "a.json").read_text())["meshes"][0]
    assert (row["id"], row["acronym"], row["voxels"]) == (2, "A", voxels)
    assert row["voxel_volume_mm3"] == pytest.approx(voxels * 1e6 / 1e9)
    assert row["volume_mm3"] == pytest.approx(mesh.volume / 1e9, rel=1e-5)
    assert row["faces"] == len(mesh.faces)
    assert abs(row["volume_error_percent"]) < 8  # of so few voxels: all edges
    assert "Taubin" in row["method"]


def test_every_region_with_voxels_goes_into_a_folder(run, package, tmp_path):
    folder = tmp_path / "meshes"
    answer = run("mesh", package, "--all", "-o", folder, "--jobs", "2", "--json")
    assert answer.code == 0
    assert sorted(p.name for p in folder.iterdir()) == ["1.obj", "2.obj", "3.obj", "4.obj"]
    rows = json.loads(answer.out)["meshes"]
    assert [row["id"] for row in rows] == [1, 2, 3, 4]
    assert {row["status"] for row in rows} == {"written"}
    assert "wrote 4 meshes" in answer.err


def test_files_that_exist_are_left_unless_forced(run, refuses, package, tmp_path):
    folder = tmp_path / "meshes"
    folder.mkdir()
    (folder / "3.obj").write_text("mine")
    answer = run("mesh", package, "a1", "a2", "-o", folder)
    assert answer.code == 0
    assert "kept 1 existing files" in answer.err
    assert (folder / "3.obj").read_text() == "mine"
    assert (folder / "4.obj").is_file()
    assert run("mesh", package, "a1", "-o", folder, "--force").code == 0
    assert read(folder / "3.obj").is_watertight
    assert "exists" in refuses("mesh", package, "a1", "-o", folder / "3.obj")


def test_hemisphere_format_and_names(run, package, tmp_path):
    words = ["--hemisphere", "left", "--format", "ply", "--names", "acronym", "--raw"]
    assert run("mesh", package, "a1", *words, "-o", tmp_path / "out").code == 0
    mesh = read(tmp_path / "out" / "3_a1_left.ply")
    np.testing.assert_allclose(mesh.bounds, [[100, 200, 150], [400, 1400, 250]], atol=1e-3)


def test_few_faces(run, package, tmp_path):
    target = tmp_path / "a.stl"
    assert run("mesh", package, "A", "--faces", "60", "--smooth", "0", "-o", target).code == 0
    assert len(read(target).faces) <= 60


def test_a_region_without_voxels(run, refuses, package, tmp_path):
    assert "no voxel" in refuses("mesh", package, "B", "-o", tmp_path / "b.obj")
    answer = run("mesh", package, "B", "a1", "-o", tmp_path / "out")
    assert answer.code == 0
    assert "1 have no surface" in answer.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "neither REGION nor --all"),
        (["A", "--all"], "both REGION and --all"),
        (["a1", "a2", "-o", "x.obj"], "folder"),
        (["A", "--raw", "--faces", "10"], "--faces with --raw"),
        (["A", "--faces", "2"], "4 or more"),
        (["A", "--jobs", "0"], "--jobs 0"),
        (["Axx"], "Axx"),
    ],
)
def test_what_cannot_be_meant_is_refused(refuses, package, tmp_path, words, told):
    if "-o" not in words:
        words = [*words, "-o", tmp_path / "out"]
    assert told in refuses("mesh", package, *words)


@pytest.mark.data
def test_the_packages_own_meshes_are_moved_to_their_labels(run, data_folder, tmp_path):
    archive = data_folder / "brainglobe_packaged_allen_100um_v1" / "allen_mouse_100um_v1.2.tar.xz"
    words = ["TH", "--from", "package", "--json", "-o", tmp_path / "th.obj"]
    answer = run("mesh", archive, *words)
    assert answer.code == 0
    row = json.loads(answer.out)["meshes"][0]
    assert row["source"] == "package"
    np.testing.assert_allclose(row["moved_um"], [50, 50, 50], atol=10)
