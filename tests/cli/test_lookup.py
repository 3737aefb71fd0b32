"""`atlas-explorer lookup`, one position and many."""

import csv
import io
import json
import re

import nibabel
import numpy as np
import pytest

MICRONS = ("--columns", "0,1,2", "--unit", "um")


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_one_position(run, package):
    answer = run("lookup", package, 150, 300, 120)
    assert answer.code == 0
    found = dict(re.split(r" {2,}", line, maxsplit=1) for line in answer.out.splitlines())
    assert found == {
        "id": "3",
        "acronym": "a1",
        "name": "area A, layer 1",
        "path": "root › A › a1",
        "hemisphere": "right · hemisphere volume",
        "voxel": "2 1 2",
        "x y z": "150  300  120 µm",
    }


@pytest.mark.parametrize(
    "words",
    [("-1", "300", "120"), ("-1e2", "0", "0"), ("-.5", "300.5", "120"), ("-100", "-0", "0.0")],
)
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_negative_positions_are_positions(run, package, words, options):
    answer = run("lookup", *options, package, *words)
    assert answer.code == 0
    if options:
        assert json.loads(answer.out)["position_um"] == [float(w) for w in words]


def test_json_of_one_position(run, package):
    answer = run("lookup", package, 150, 300, 120, "--json")
    assert json.loads(answer.out) == {
        "id": 3,
        "acronym": "a1",
        "name": "area A, layer 1",
        "path": ["root", "A", "a1"],
        "hemisphere": "right",
        "hemisphere_convention": "hemisphere volume",
        "voxel": [2, 1, 2],
        "position_um": [150.0, 300.0, 120.0],
        "outside": False,
    }


def test_voxels(run, package):
    found = json.loads(run("lookup", package, "--voxels", 7, 6, 4, "--json").out)
    assert (found["id"], found["voxel"]) == (4, [7, 6, 4])
    assert found["position_um"] == [650.0, 1300.0, 225.0]
    assert found["hemisphere"] == "left"


@pytest.mark.parametrize("word", ["900.5", "-101", "nan", "inf", "1e300"])
def test_outside_is_an_answer(run, package, word):
    answer = run("lookup", package, word, 300, 120)
    assert answer.code == 0
    assert answer.out.startswith("outside the atlas")
    assert "-100  0  0 to 900  1 600  300 µm" in answer.out
    found = json.loads(run("lookup", package, word, 300, 120, "--json").out)
    assert (found["id"], found["outside"], found["voxel"]) == (0, True, None)


def test_background_and_ids_that_the_hierarchy_does_not_know(run, package):
    assert "background" in run("lookup", package, -50, 10, 10).out
    strange = run("lookup", package, 850, 1500, 299).out
    assert "999" in strange
    assert "not in the hierarchy" in strange


@pytest.mark.parametrize("header", ["x,y,z\n", "A,B,C\n", "ap,dv,ml\n", "", "one,two,three\n"])
def test_points_of_a_table(run, refuses, package, tmp_path, header):
    file = tmp_path / "points.csv"
    file.write_text(header + "150,300,120\n650,1300,225.50\n-200,0,0\n-50,10,10\n,1,1\n")
    line = refuses("lookup", package, "--points", file)
    assert "--columns" in line
    assert "--unit um" in line
    columns = header.strip() or "0,1,2"
    answer = run("lookup", package, "--points", file, "--columns", columns, "--unit", "um")
    assert answer.code == 0
    rows = rows_of(answer.out)
    assert [row["id"] for row in rows] == ["3", "4", "0", "0", "0"]
    assert [row["acronym"] for row in rows] == ["a1", "a2", *["Outside atlas"] * 3]
    assert [row["name"] for row in rows] == ["area A, layer 1", "area A, layer 2", "", "", ""]
    assert [row["hemisphere"] for row in rows] == ["right", "left", "", "right", ""]
    assert [row["voxel_i"] for row in rows] == ["2", "7", "", "0", ""]
    names = columns.split(",") if header else ["x", "y", "z"]
    assert list(rows[0])[:3] == names
    assert [rows[1][name] for name in names] == ["650", "1300", "225.50"]
    assert rows[0]["hemisphere_convention"] == "hemisphere volume"


def test_columns_are_found_by_name_among_others(run, package, tmp_path):
    file = tmp_path / "cells.csv"
    file.write_text('cell;z (µm);y (µm);x (µm)\n"a;b";120;300;150\n')
    words = ("lookup", package, "--points", file)
    columns = ("--columns", "x (µm),y (µm),z (µm)")
    assert rows_of(run(*words, *columns).out)[0]["id"] == "3"
    file.write_text("ccf_ml,ccf_dv,ccf_ap\n120,300,150\n")
    assert rows_of(run(*words, "--unit", "um").out)[0]["id"] == "3"


def test_points_of_an_array_and_the_answer_in_a_file(run, package, tmp_path):
    points = np.random.default_rng(3).uniform(-300, 1800, (500, 3))
    np.save(tmp_path / "points.npy", points)
    target = tmp_path / "answer.csv"
    answer = run("lookup", package, "--points", tmp_path / "points.npy", *MICRONS, "-o", target)
    assert (answer.code, answer.out) == (0, "")
    rows = rows_of(target.read_text())
    assert len(rows) == 500
    for point, row in zip(points[:60].tolist(), rows, strict=False):
        alone = json.loads(run("lookup", package, *map(repr, point), "--json").out)
        assert int(row["id"]) == alone["id"]
        assert (row["voxel_i"] == "") == alone["outside"]
        assert (row["hemisphere"] or None) == alone["hemisphere"]
        assert [float(row[name]) for name in "xyz"] == point


def test_json_of_points_is_a_list_of_the_answers_for_one(run, package, tmp_path):
    points = [[150.0, 300.0, 120.0], [-200.0, 0.0, 0.0], [-50.0, 10.0, 10.0], [850, 1500, 299]]
    np.save(tmp_path / "points.npy", points)
    words = ("lookup", package, "--points", tmp_path / "points.npy", *MICRONS, "--json")
    answers = json.loads(run(*words).out)
    alone = [json.loads(run("lookup", package, *p, "--json").out) for p in points]
    assert answers == alone
    voxels = np.array([[2, 1, 2], [7, 6, 4], [99, 0, 0]])
    np.save(tmp_path / "voxels.npy", voxels)
    words = ("--points", tmp_path / "voxels.npy", "--columns", "0,1,2", "--voxels", "--json")
    answers = json.loads(run("lookup", package, *words).out)
    assert answers == [
        json.loads(run("lookup", package, "--voxels", *v, "--json").out) for v in voxels.tolist()
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("x,y,z\n1,2,three\n", "'three' in row 1"),
        ("x,y\n1,2\n", "three columns"),
        ("p,q,r,s\n1,2,3,4\n", "--columns A,B,C"),
        ("1,2,3,4\n1,2,3,4\n", "--columns"),
        ("x,y,z\n1,2,3\n1,2,3,4,5,6\n", "not a table"),
        ("x,x,y,z\n1,2,3,4\n", "each name once"),
        ("", "three columns"),
    ],
)
def test_tables_that_are_none(refuses, package, tmp_path, content, message):
    (tmp_path / "points.csv").write_text(content)
    target = tmp_path / "answer.csv"
    line = refuses("lookup", package, "--points", tmp_path / "points.csv", "-o", target)
    assert message in line
    assert not target.exists()


def test_arrays_that_are_none(refuses, package, tmp_path):
    file = tmp_path / "points.npy"
    np.save(file, np.zeros((4, 2)))
    assert "(4, 2)" in refuses("lookup", package, "--points", file)
    np.save(file, np.array([[object()] * 3]), allow_pickle=True)
    refuses("lookup", package, "--points", file)
    file.write_bytes(b"\x93NUMPY\x01\x00 nonsense")
    refuses("lookup", package, "--points", file)
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (10000000000, 3), }"
    header += b" " * (118 - len(header) - 1) + b"\n"
    file.write_bytes(b"\x93NUMPY\x01\x00v\x00" + header + b"\0" * 24)
    refuses("lookup", package, "--points", file)
    refuses("lookup", package, "--points", tmp_path / "missing.npy")
    refuses("lookup", package, "--points", tmp_path / "points.xlsx")


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["1", "2"],
        ["1", "2", "3", "4"],
        ["1", "2", "b"],
        ["1", "2", "3", "--points", "p.csv"],
        ["1", "2", "3", "-o", "x.csv"],
        ["1", "2", "3", "--bogus"],
        ["--points", "p.npy", "--json", "a.json", "-o", "b.csv"],
        ["--points", "p.npy", "--voxels", "--unit", "um"],
        ["--points", "p.npy", "--voxel-size", "25"],
        ["1", "2", "3", "--unit", "um"],
    ],
)
def test_usage_that_cannot_be_understood(refuses, package, words):
    refuses("lookup", package, *words)


def test_micrometers_are_refused_where_nobody_said_how_large_a_voxel_is(
    run, refuses, tmp_path, package
):
    import tifffile

    ids = np.zeros((6, 6, 6), np.uint16)
    ids[2:4, 2:4, 2:4] = 3
    tifffile.imwrite(tmp_path / "labels.tif", ids)
    words = ["lookup", tmp_path / "labels.tif", "--kind", "annotation"]
    words += ["--region-map", package / "hierarchy.json"]
    assert "--resolution" in refuses(*words, 2, 2, 2)
    assert json.loads(run(*words, 2, 2, 2, "--voxels", "--json").out)["acronym"] == "a1"
    found = run(*words, 30, 25, 59, "--resolution", "10,10,20", "--json")
    assert json.loads(found.out)["voxel"] == [3, 2, 2]


def test_sides_are_not_guessed(run, package):
    (package / "hemisphere.nrrd").unlink()
    found = json.loads(run("lookup", package, 150, 300, 120, "--json").out)
    assert found["hemisphere"] is None
    assert found["hemisphere_convention"] is None
    assert "unknown" in run("lookup", package, 150, 300, 120).out


@pytest.mark.data
@pytest.mark.parametrize("kind", ["npy", "csv"])
def test_brainglobes_thousand_answers(run, data_folder, tmp_path, kind):
    oracle = data_folder / "lookup_oracle_brainglobe"
    points = oracle / "test_track.npy"
    if kind == "csv":
        coordinates = np.load(points).tolist()
        points = tmp_path / "points.csv"
        points.write_text("ap,dv,ml\n" + "\n".join(",".join(map(repr, c)) for c in coordinates))
    target = tmp_path / "answer.csv"
    annotation = data_folder / "allen_ccfv3_2017" / "annotation_50.nrrd"
    columns = "0,1,2" if kind == "npy" else "ap,dv,ml"
    words = ("--points", points, "--columns", columns, "--unit", "um", "-o", target)
    answer = run("lookup", annotation, *words)
    assert (answer.code, answer.out) == (0, "")
    with target.open(encoding="utf-8") as stream:
        found = [(row["id"], row["acronym"], row["name"]) for row in csv.DictReader(stream)]
    with (oracle / "test_track.csv").open(encoding="utf-8") as stream:
        expected = [
            (row["Region ID"], row["Region acronym"], row["Region name"])
            for row in csv.DictReader(stream)
        ]
    assert len(expected) == 1000
    assert [f[0] for f in found] == [e[0] for e in expected]
    assert found == expected


@pytest.mark.parametrize("command", ["lookup", "stats"])
def test_names_state_the_unit_and_no_option_contradicts_them(
    run, refuses, package, tmp_path, command
):
    file = tmp_path / "points.csv"
    file.write_text("x_mm,y_mm,z_mm\n0.15,0.3,0.12\n")
    words = (command, package, "--points", file, "--columns", "x_mm,y_mm,z_mm")
    answer = run(*words)
    assert answer.code == 0
    assert "as x, y, z in mm" in answer.err
    if command == "lookup":
        assert rows_of(answer.out)[0]["id"] == "3"
    assert "in mm, not µm" in refuses(*words, "--unit", "um")
    assert "in mm, not voxels" in refuses(*words, "--unit", "voxel")


@pytest.mark.parametrize("suffix", ["tsv", "json"])
def test_points_of_other_files(run, package, tmp_path, suffix):
    file = tmp_path / f"points.{suffix}"
    text = "x\ty\tz\n150\t300\t120\n" if suffix == "tsv" else '[{"x": 150, "y": 300, "z": 120}]'
    file.write_text(text)
    words = ("--points", file, "--columns", "x,y,z", "--unit", "um")
    assert rows_of(run("lookup", package, *words).out)[0]["id"] == "3"


# ---- Positions of volumes whose axes are permuted ------------------------------------------------

# Steps of one voxel along each array axis in RAS, mm, written by hand for the letters.
PERMUTED = {
    "lpi": [(1, 0, 0), (0, 2, 0), (0, 0, 3)],
    "lia": [(1, 0, 0), (0, 0, 2), (0, -3, 0)],
    "pir": [(0, 1, 0), (0, 0, 2), (-3, 0, 0)],
    "asr": [(0, -1, 0), (0, 0, -2), (-3, 0, 0)],
}


@pytest.mark.parametrize("letters", PERMUTED)
def test_positions_are_those_of_nibabel_whatever_the_order_of_the_axes(run, tmp_path, letters):
    ids = np.zeros((9, 8, 7), np.int16)
    ids[4:7, 2:5, 1:4] = 3
    ids[1:3, 5:7, 4:6] = 8
    affine = np.eye(4)
    affine[:3, :3] = np.transpose(PERMUTED[letters])
    affine[:3, 3] = (-20, 30, 5)
    image = nibabel.Nifti1Image(ids, affine)
    image.header.set_xyzt_units("mm")
    path = tmp_path / "labels.nii.gz"
    nibabel.save(image, path)
    table = tmp_path / "points.csv"
    voxels = [(5, 3, 2), (1, 6, 5), (0, 0, 0)]
    places = [nibabel.affines.apply_affine(affine, v) * 1000 for v in voxels]
    table.write_text("x,y,z\n" + "".join("{},{},{}\n".format(*p) for p in places))
    words = ("--points", table, "--columns", "x,y,z", "--unit", "um", "--json")
    answer = json.loads(run("lookup", path, *words).out)
    assert [point["id"] for point in answer] == [3, 8, 0]
    for voxel, place in zip(voxels[:2], places, strict=False):
        hit = json.loads(run("lookup", path, *map(str, place), "--json").out)
        assert tuple(hit["voxel"]) == voxel
        by_voxel = json.loads(run("lookup", path, *map(str, voxel), "--voxels", "--json").out)
        assert by_voxel["position_um"] == pytest.approx(place.tolist())
    facts = json.loads(run("info", path, "--json").out)
    assert facts["orientation"] == letters
    assert facts["world_axes"] == [
        "left to right", "posterior to anterior", "inferior to superior",
    ]  # fmt: skip
    assert "oblique" not in run("info", path).out
