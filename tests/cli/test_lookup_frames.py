"""`atlas-explorer lookup` and `info` in coordinate frames."""

import csv
import io
import json

import numpy as np
import pytest


def test_info_lists_the_frames(run, ccf):
    document = json.loads(run("info", ccf, "--json").out)
    frames = {frame["name"]: frame for frame in document["frames"]}
    assert list(frames) == [
        "array",
        "atlas",
        "allen-ccf",
        "bregma-ibl",
        "bregma-allen-forum",
        "bregma-pinpoint",
    ]
    ibl = frames["bregma-ibl"]
    assert (ibl["unit"], ibl["origin_um"]) == ("mm", [5400, 332, 5739])
    assert [axis["name"] for axis in ibl["axes"]] == ["ML", "AP", "DV"]
    assert [axis["positive"] for axis in ibl["axes"]] == ["right", "anterior", "dorsal"]
    assert "iblatlas" in ibl["source"]
    assert document["frames_unavailable"] == []
    text = run("info", ccf).out
    assert "bregma-pinpoint in mm: AP (anterior +), ML (right +), DV (dorsal +)" in text


def test_info_says_why_a_frame_is_missing(run, package):
    document = json.loads(run("info", package, "--json").out)
    assert [frame["name"] for frame in document["frames"]] == ["array", "atlas"]
    missing = {entry["name"]: entry["reason"] for entry in document["frames_unavailable"]}
    assert "is region 997" in missing["bregma-ibl"]
    assert "no allen-ccf, bregma-ibl" in run("info", package).out


def test_a_position_of_a_frame(run, ccf):
    # iblatlas: ML 1.5, AP -2.1, DV -3.2 mm is ML 7239, AP 7500, DV 3532 µm of the CCF.
    answer = run("lookup", ccf, "--frame", "bregma-ibl", 1.5, -2.1, -3.2, "--json")
    found = json.loads(answer.out)
    assert found["position_um"] == pytest.approx([7500, 3532, 7239])
    assert (found["voxel"], found["acronym"]) == ([75, 35, 72], "grey")
    assert found["frame"]["name"] == "bregma-ibl"
    assert found["frame"]["position"] == pytest.approx([1.5, -2.1, -3.2])
    assert "bregma is an estimate" in answer.err
    assert "github.com/int-brain-lab/iblatlas" in answer.err


def test_the_answer_in_a_frame_and_how_others_differ(run, ccf):
    words = ("lookup", ccf, 7500, 3532, 7239, "--to-frame", "bregma-ibl")
    found = json.loads(run(*words, "--json").out)
    assert found["to_frame"]["unit"] == "mm"
    assert found["to_frame"]["axes"] == ["ML", "AP", "DV"]
    assert found["to_frame"]["position"] == pytest.approx([1.5, -2.1, -3.2])
    lines = run(*words).out.splitlines()
    assert lines[-3].split(maxsplit=1) == ["bregma-ibl", "ML 1.500 AP -2.100 DV -3.200 mm"]
    assert lines[-2].startswith("bregma-allen-forum")
    assert lines[-1].startswith("bregma-pinpoint")
    # Pinpoint: 1.465 to the right, 2.075 behind, 2.999 below; see test_bregma.
    distance = round(1000 * np.linalg.norm(np.subtract((1.465, -2.075, -2.999), (1.5, -2.1, -3.2))))
    assert f"({distance} µm apart)" in lines[-1]


def test_outside_names_the_frame_and_where_it_is(run, ccf):
    answer = run("lookup", ccf, "--frame", "bregma-ibl", 1.5, -2.1, 3.2)
    assert answer.code == 0
    assert "ML 1.500 AP -2.100 DV 3.200 mm of bregma-ibl is 7500 -2868 7239 µm" in answer.out
    assert "DV (dorsal +)" in answer.err


def test_points_of_a_frame(run, ccf, tmp_path):
    file = tmp_path / "tips.csv"
    file.write_text("probe,DV,AP,ML\n1,-3.2,-2.1,1.5\n2,9,0,0\n")
    words = ("lookup", ccf, "--points", file, "--frame", "bregma-ibl", "--to-frame", "array")
    answer = run(*words)
    rows = list(csv.DictReader(io.StringIO(answer.out)))
    assert [row["acronym"] for row in rows] == ["grey", "Outside atlas"]
    assert (rows[0]["ML"], rows[0]["AP"], rows[0]["DV"]) == ("1.5", "-2.1", "-3.2")
    assert float(rows[0]["array_axis 0_voxel"]) == pytest.approx(75)
    assert "columns ML, AP, DV as ML (right +), AP (anterior +), DV (dorsal +) in mm" in answer.err
    alone = json.loads(run(*words[:2], "--frame", "bregma-ibl", 1.5, -2.1, -3.2, "--json").out)
    many = json.loads(run(*words[:6], "--json").out)
    assert many[0] == alone
    file.write_text("a,b,c\n-3.2,-2.1,1.5\n")
    assert "no three columns are called ML, AP, DV" in run(*words).err
    again = run(*words, "--columns", "c,b,a", "--json")
    assert json.loads(again.out)[0]["voxel"] == alone["voxel"]
    file.write_text("ML_um,AP_um,DV_um\n1500,-2100,-3200\n")
    assert "it states that its positions are in µm, not mm" in run(*words).err


def test_frames_of_a_file(run, ccf, tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(
        '[[frame]]\nname = "lab"\natlas = "Allen*"\nunit = "um"\norigin_um = [6600, 0, 5700]\n'
        'axes = ["x right", "y anterior", "z ventral"]\nsource = "lab book"\n'
    )
    words = ("lookup", ccf, "--frames", file, "--frame", "lab", 500, -1000, 250, "--json")
    assert json.loads(run(*words).out)["position_um"] == [7600, 250, 6200]
    frames = json.loads(run("info", ccf, "--frames", file, "--json").out)["frames"]
    assert frames[-1]["name"] == "lab"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--frame", "bregma-ib", 1, 2, 3), "did you mean bregma-ibl"),
        (("--to-frame", "paxinos", 1, 2, 3), "known are array, atlas, allen-ccf, bregma-ibl"),
        (("--frame", "mni", 1, 2, 3), "there is no frame 'mni'"),
        (("--frame", "atlas", "--voxels", 1, 2, 3), "both --frame and --voxels"),
        (("--frame", "atlas", 1, 2), "expected three numbers"),
        (("--frame", "atlas", "--frames", "no.toml", 1, 2, 3), "no.toml"),
        (("--frame", "atlas", "--points", "x.csv", "--unit", "mm"), "both --frame and --unit"),
    ],
)
def test_what_is_refused_is_one_line(refuses, ccf, words, message):
    assert message in refuses("lookup", ccf, *words)


def test_a_frame_that_an_atlas_cannot_have_is_refused_with_the_reason(refuses, package):
    line = refuses("lookup", package, "--frame", "bregma-ibl", 0, 0, 0)
    assert "frame bregma-ibl: not an atlas of the Allen mouse CCF" in line
