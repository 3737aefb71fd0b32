"""The command line: what it says of atlases, how it refuses, what it runs without."""

# The fixtures of tests/commands are imported here, and every use of one is a "redefinition".
# ruff: noqa: F401, F811

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from napari_atlas_explorer import open_atlas
from tests import packages
from tests.cli.conftest import package, refuses, run

BLOCK = """
import importlib.abc, json, sys
blocked = set(json.loads(sys.argv[1]))
class Blocker(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in blocked:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Blocker())
from napari_atlas_explorer.cli.main import main
sys.exit(max(main(words) for words in json.loads(sys.argv[2])))
"""
WINDOWS = ["PyQt6", "PySide6", "PyQt5", "PySide2", "qtpy", "superqt", "vispy", "OpenGL", "napari"]


def run_without(modules, *commands):
    """Run commands in a Python in which some modules cannot be imported."""
    words = [[str(word) for word in command] for command in commands]
    return subprocess.run(
        [sys.executable, "-c", BLOCK, json.dumps(modules), json.dumps(words)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONIOENCODING": "utf-8"},
    )


def test_every_command_but_open_runs_without_qt_and_gl(package, tmp_path):
    points = tmp_path / "points.npy"
    np.save(points, [[150.0, 300.0, 120.0]])
    done = run_without(
        [*WINDOWS, "magicgui"],
        ["info", package],
        ["info", package, "--json"],
        ["lookup", package, 150, 300, 120],
        ["lookup", package, "--points", points, "--columns", "0,1,2", "--unit", "um"],
        ["tree", package, "--find", "layer"],
        ["snapshot", package, "-o", tmp_path / "figure.png"],
        ["snapshot", package, "--region", "A", "-o", tmp_path / "figure.svg"],
        ["--help"],
        ["--version"],
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert (tmp_path / "figure.png").is_file()
    assert (tmp_path / "figure.svg").is_file()


QT = ["PyQt6", "PySide6", "PyQt5", "PySide2", "qtpy"]


@pytest.mark.parametrize("missing", [QT, ["napari"]], ids=["Qt", "napari"])
def test_without_qt_or_napari_open_says_what_to_install(package, missing):
    done = run_without(missing, ["open", package])
    assert done.returncode == 2
    assert 'pip install "napari-atlas-explorer[app]"' in done.stderr
    assert done.stderr.count("\n") == 1


def test_open_refuses_what_is_not_there_before_a_window_opens(refuses, tmp_path):
    assert "no such file" in refuses("open", tmp_path / "missing")


def test_it_runs_as_a_module(package):
    words = [sys.executable, "-m", "napari_atlas_explorer", "info", str(package), "--json"]
    done = subprocess.run(words, capture_output=True, text=True, encoding="utf-8", timeout=120)
    assert done.returncode == 0
    assert json.loads(done.stdout)["name"] == "Made up"
    assert done.stderr == ""


def test_info_for_programs(run, package):
    facts = json.loads(run("info", package, "--json").out)
    assert facts.pop("path") == str(package)
    assert [frame["name"] for frame in facts.pop("frames")] == ["array", "atlas"]
    assert {frame["reason"] for frame in facts.pop("frames_unavailable")} == {
        "not an atlas of the Allen mouse CCF, whose root is region 997"
    }
    assert facts == {
        "name": "Made up",
        "layout": "VoxelBrain",
        "shape": [10, 8, 6],
        "resolution_um": [100.0, 200.0, 50.0],
        "steps_um": [100.0, 200.0, 50.0],
        "corner_um": [-100.0, 0.0, 0.0],
        "axis_aligned": True,
        "orientation": "asr",
        "axes": ["anterior to posterior", "superior to inferior", "right to left"],
        "world_axes": ["anterior to posterior", "superior to inferior", "right to left"],
        "hemispheres": "hemisphere volume",
        "regions": 6,
        "names": {
            "table": str(package / "hierarchy.json"),
            "ids": 3,
            "ids_known": 2,
            "other_tables": [],
        },
        "depth": 2,
        "regions_with_own_voxels": 2,
        "regions_with_voxels": 4,
        "ids_not_in_hierarchy": [999],
        "datasets": ["brain_regions", "hemisphere"],
        "annotation": "brain_regions",
        "reference": None,
        "citation": "Nobody 2024",
        "assumptions": [],
    }


def test_info_for_readers(run, package):
    answer = run("info", package)
    assert answer.code == 0
    assert answer.err == ""
    for words in (
        "Made up",
        "VoxelBrain",
        "10 × 8 × 6 voxels",
        "100 × 200 × 50 µm",
        "asr: axis 0 runs anterior to posterior, axis 1 superior to inferior, axis 2 right to left",
        "left and right · hemisphere volume",
        "999",
        "Nobody 2024",
        "4 have voxels",
    ):
        assert words in answer.out


def test_info_says_what_is_unknown_and_what_was_assumed(run, tmp_path):
    import tifffile

    ids = np.zeros((6, 6, 6), np.uint16)
    ids[2:4, 2:4, 2:4] = 3
    tifffile.imwrite(tmp_path / "labels.tif", ids)
    answer = run("info", tmp_path / "labels.tif", "--kind", "annotation")
    assert "hemispheres  unknown" in answer.out
    assert "orientation  unknown" in answer.out
    assert any(line.startswith("assumed: ") for line in answer.out.splitlines())
    facts = json.loads(run("info", tmp_path / "labels.tif", "--kind", "annotation", "--json").out)
    assert facts["resolution_um"] is None
    stated = ("--resolution", "10,10,20", "--orientation", "ASL", "--kind", "annotation")
    facts = json.loads(run("info", tmp_path / "labels.tif", *stated, "--json").out)
    assert facts["resolution_um"] == [10, 10, 20]
    assert facts["orientation"] == "asl"


def test_json_goes_to_a_file_that_is_named(run, refuses, package, tmp_path):
    target = tmp_path / "answer.json"
    answer = run("info", package, "--json", target)
    assert (answer.code, answer.out) == (0, "")
    first = target.read_bytes()
    assert json.loads(first)["name"] == "Made up"
    assert "--force" in refuses("tree", package, "--json", target)
    assert target.read_bytes() == first
    assert run("tree", package, "--json", target, "--force").code == 0
    assert isinstance(json.loads(target.read_bytes()), list)


def test_tree(run, package):
    lines = run("tree", package).out.splitlines()
    # 3 × 6 × 4 voxels of 0.001 mm³ in each layer.
    assert [line.split()[0] for line in lines] == ["root", "A", "a1", "a2", "B", "C"]
    assert [len(line) - len(line.lstrip()) for line in lines] == [0, 2, 4, 4, 2, 2]
    assert "0.144 mm³  whole brain" in lines[0]
    assert "0.0720 mm³  area A, layer 1" in lines[2]
    assert "none here  area C" in lines[5]


def test_tree_finds_matches_and_keeps_their_ancestors(run, package):
    lines = run("tree", package, "--find", "LAYER 2").out.splitlines()
    assert [line.split()[0] for line in lines] == ["root", "A", "a2"]
    rows = json.loads(run("tree", package, "--find", "layer 2", "--json").out)
    assert [(row["acronym"], row["match"]) for row in rows] == [
        ("root", False),
        ("A", False),
        ("a2", True),
    ]
    assert rows[1]["total_voxels"] == 144
    assert rows[1]["mm3"] == pytest.approx(0.144)
    assert rows[1]["parent_id"] == 1


def test_tree_without_a_match(run, package):
    answer = run("tree", package, "--find", "nowhere")
    assert (answer.code, answer.out, answer.err.count("\n")) == (0, "", 1)
    answer = run("tree", package, "--find", "nowhere", "--json")
    assert (answer.code, json.loads(answer.out)) == (0, [])


def test_tree_says_what_was_meant(run, package):
    answer = run("tree", package, "--find", "aera lyaer 2")
    assert [line.split()[0] for line in answer.out.splitlines()] == ["root", "A", "a2"]
    expected = "no region of Made up matches 'aera lyaer 2' exactly; did you mean 'area layer 2'?\n"
    assert answer.err == expected
    answer = run("tree", package, "--find", "layer 3")
    assert answer.out == ""
    assert answer.err.endswith("did you mean 'area A, layer 1' or 'area A, layer 2'?\n")


def test_tree_counts_voxels_where_their_size_is_unknown(run, package, tmp_path):
    import tifffile

    ids = np.zeros((20, 20, 20), np.uint16)
    ids[5:15, 5:16, 5:16] = 3
    tifffile.imwrite(tmp_path / "labels.tif", ids)
    words = ["--kind", "annotation", "--region-map", package / "hierarchy.json"]
    lines = run("tree", tmp_path / "labels.tif", *words).out.splitlines()
    assert "1 210 voxels  area A, layer 1" in lines[2]


@pytest.mark.parametrize("suffix", ["png", "svg", "PNG"])
def test_snapshot(run, package, tmp_path, suffix):
    target = tmp_path / f"figure.{suffix}"
    answer = run("snapshot", package, "--at", "-50", "300", "120", "-o", target)
    assert (answer.code, answer.out) == (0, "")
    if suffix == "svg":
        assert "-50, 300, 120 µm" in target.read_text(encoding="utf-8")
    else:
        with Image.open(target) as image:
            assert image.width == 1800


def test_snapshot_takes_ids_acronyms_and_names(run, package, tmp_path):
    figures = []
    for region in ("3", "a1", "area A, layer 1"):
        target = tmp_path / "figure.svg"
        assert run("snapshot", package, "--region", region, "-o", target, "--force").code == 0
        figures.append(target.read_bytes())
    assert figures[0] == figures[1] == figures[2]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--region", "a11"], "did you mean a1"),
        (["--region", "C"], "no voxels"),
        (["--region", "-5"], "-5: no region"),
        (["--at", "1", "2", "9999"], "outside"),
        (["--at", "1", "2"], "expected 3 arguments"),
        (["--at", "1", "2", "x"], "three numbers"),
        (["--resolution", "0"], "resolution"),
        (["--resolution", "1,2"], "resolution"),
        (["--orientation", "xyz"], "orientation"),
        (["--region-map", "missing.json"], "missing.json"),
    ],
)
def test_a_refused_snapshot_leaves_nothing(refuses, package, tmp_path, words, message):
    before = sorted(p.name for p in tmp_path.iterdir())
    line = refuses("snapshot", package, *words, "-o", tmp_path / "figure.png")
    assert message in line
    assert sorted(p.name for p in tmp_path.iterdir()) == before


def test_files_are_not_replaced_unasked(run, refuses, package, tmp_path):
    target = tmp_path / "figure.png"
    target.write_bytes(b"mine")
    assert "--force" in refuses("snapshot", package, "-o", target)
    assert target.read_bytes() == b"mine"
    assert run("snapshot", package, "-o", target, "--force").code == 0
    assert target.read_bytes() != b"mine"
    refuses("snapshot", package, "-o", tmp_path / "figure.gif")
    refuses("snapshot", package, "-o", tmp_path / "no folder" / "figure.png")
    refuses("snapshot", package)


@pytest.mark.parametrize("command", ["info", "tree"])
def test_what_is_no_atlas_is_one_line(refuses, tmp_path, command):
    assert "missing" in refuses(command, tmp_path / "missing")
    (tmp_path / "empty").mkdir()
    assert "empty" in refuses(command, tmp_path / "empty")
    (tmp_path / "text.nrrd").write_text("no\nNRRD\n")
    refuses(command, tmp_path / "text.nrrd")
    refuses(command, tmp_path / "text.nrrd", "--kind", "image")
    refuses(command)
    refuses(command, "--json")


def test_unknown_commands_and_options(refuses, run, package):
    assert "snapshot" in refuses("snapshoot")
    refuses("--bogus")
    refuses("info", package, "--jso")
    assert run("--version").out.startswith("atlas-explorer ")
    for command in ("open", "info", "lookup", "tree", "snapshot"):
        answer = run(command, "--help")
        assert answer.code == 0
        assert command in run("--help").out


def test_the_word_sample(run, package, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    facts = json.loads(run("info", "sample", "--json").out)
    assert "phantom" in facts["name"].casefold()
    package.rename(tmp_path / "sample")
    assert json.loads(run("info", "sample", "--json").out)["name"] == "Made up"


def test_a_root_that_no_file_states_is_no_region_and_has_no_id(run, tmp_path):
    ids = np.zeros((12, 12, 12), np.int16)
    for k in (1, 2, 3, 4):
        ids[2 * k : 2 * k + 2, 2:-2, 2:-2] = k
    packages.write_nrrd(tmp_path / "labels.nrrd", ids)
    (tmp_path / "labels.csv").write_text("id,name\n1,One\n2,Two\n3,Three\n")
    facts = json.loads(run("info", tmp_path, "--json").out)
    assert (facts["regions"], facts["ids_not_in_hierarchy"]) == (3, [4])
    assert (facts["regions_with_voxels"], facts["regions_with_own_voxels"]) == (3, 3)
    tree = json.loads(run("tree", tmp_path, "--json").out)
    assert [(r["id"], r["parent_id"]) for r in tree] == [
        (None, None),
        *((k, None) for k in (1, 2, 3)),
    ]
    stats = json.loads(run("stats", tmp_path, "--json").out)["regions"]
    assert [(r["id"], r["name"]) for r in stats][1:] == [
        (1, "One"),
        (2, "Two"),
        (3, "Three"),
        (4, None),
    ]
    assert stats[0]["id"] is None
    lines = run("stats", tmp_path).out.splitlines()
    assert [line.split(",")[0] for line in lines] == ["id", "", "1", "2", "3", "4"]
    hit = json.loads(run("lookup", tmp_path, "--json", *("210", "100", "100")).out)
    assert (hit["id"], hit["name"]) == (4, None)


def test_itk_snap_gets_no_label_for_a_root_that_no_file_states(tmp_path):
    packages.write_nrrd(tmp_path / "labels.nrrd", packages.label_ids())
    (tmp_path / "labels.csv").write_text("id,name\n315,Cortex\n549,Thalamus\n")
    _, table = open_atlas(tmp_path).export_itksnap_labels()
    assert table["id"].tolist() == [315, 549, 614454277]
    assert table["LABEL"].str.startswith("root").sum() == 0
