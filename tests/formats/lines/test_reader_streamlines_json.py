"""Streamlines in JSON, in every layout they are met in; and data.json written."""

from __future__ import annotations

import json

import numpy as np
import pytest

from napari_atlas_explorer.core.streamlines import Line, Streamlines
from napari_atlas_explorer.formats.common.safety import BUDGET_VARIABLE
from napari_atlas_explorer.formats.lines.reader import read_streamlines
from napari_atlas_explorer.formats.lines.writer import write_streamlines

from ...refusals import refused

POINTS = [[6500, 4000, 4400], [6508.5, 4095, 4433]]
DENSITIES = [0.25, 0.5]
SITES = [[5900, 4100, 7300], [5900, 4200, 7200]]
ITEM = {
    "id": 598604288,
    "name": "Rbp4",
    "structure-abbrev": "MOs",
    "injection-coordinates": [3510, 2210, 7700],
    "path": [{"coord": p, "density": d} for p, d in zip(POINTS, DENSITIES, strict=True)],
}
XYZ = [
    {**dict(zip("xyz", p, strict=True)), "density": d}
    for p, d in zip(POINTS, DENSITIES, strict=True)
]
XYZ_SITES = [dict(zip("xyz", p, strict=True)) for p in SITES]
LAYOUTS = {
    "answer": {"success": True, "id": 0, "total_rows": 1, "msg": [ITEM]},
    "data.json": {"lines": [ITEM], "injectionCoordinates": SITES},
    "xyz": {"lines": [XYZ], "injection_sites": XYZ_SITES},
    "nested": {"lines": [[XYZ]], "injection_sites": [XYZ_SITES]},
    "in a list": [{"lines": [XYZ], "injection_sites": XYZ_SITES}],
    "bare line": {"lines": XYZ, "injection_sites": XYZ_SITES},
    "triples": {"lines": [POINTS], "injectionCoordinates": SITES},
}


def written(folder, document, name="lines.json"):
    path = folder / name
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return path


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_holds_the_same_line(tmp_path, layout):
    # The name says nothing: a saved answer of the service may be called .html.
    found = read_streamlines(written(tmp_path, LAYOUTS[layout], "saved.html"))
    assert [line.positions.tolist() for line in found] == [POINTS]
    if layout != "triples":
        assert found[0].values["density"].tolist() == DENSITIES
    wanted = [ITEM["injection-coordinates"]] if layout == "answer" else SITES
    assert found.injection_sites.tolist() == wanted
    if layout in ("answer", "data.json"):
        assert found[0].attributes["name"] == "Rbp4"
        assert "path" not in found[0].attributes


def test_lines_without_points_are_left_out_and_counted(tmp_path):
    document = {
        "lines": [ITEM, {**ITEM, "path": []}, {"id": 3, "path": None}],
        "injection_sites": [],
    }
    found = read_streamlines(written(tmp_path, document))
    assert len(found) == 1
    assert found.notes == ("2 lines without points are left out",)
    assert found.injection_sites.shape == (0, 3)


def test_a_point_without_a_density_has_none(tmp_path):
    line = [*XYZ, {"x": 1, "y": 2, "z": 3}, {"x": 1, "y": 2, "z": 3, "density": None}]
    values = read_streamlines(written(tmp_path, {"lines": [line]}))[0].values["density"]
    assert np.array_equal(values, [*DENSITIES, np.nan, np.nan], equal_nan=True)


def test_words_at_points_are_no_values(tmp_path):
    line = [{**p, "region": "TH", "seen": True} for p in XYZ]
    assert set(read_streamlines(written(tmp_path, {"lines": [line]}))[0].values) == {"density"}


def deep(n):
    return "[" * n + "]" * n


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"success": False, "msg": "no such experiment"}, ["no such experiment"]),
        ({"success": True, "msg": [{"id": 1, "acronym": "root"}]}, ["without paths"]),
        ({"success": True, "msg": ["line"]}, ["other things"]),
        ({"points": []}, ["points", "lines"]),
        ([1, 2], ["list"]),
        ({"lines": {"a": 1}}, ["dict"]),
        ({"lines": ["a line"]}, ["'a line'"]),
        ({"lines": [[[[[[XYZ]]]]]]}, ["among its lines"]),
        ({"lines": [[{"x": 1, "y": 2}]]}, ["point 1 of line 1", "three numbers"]),
        ({"lines": [XYZ, [XYZ[0], {"x": 1, "y": "2", "z": 3}]]}, ["point 2 of line 2"]),
        ({"lines": [[{"x": 1, "y": True, "z": 3}]]}, ["point 1"]),
        ({"lines": [[{"coord": [1, 2]}]]}, ["point 1"]),
        ('{"lines": [[{"x": NaN, "y": 1, "z": 2}]]}', ["nan"]),
        ('{"lines": [[{"x": 1e999, "y": 1, "z": 2}]]}', ["inf"]),
        ('{"lines": [[{"x": 1%s, "y": 1, "z": 2}]]}' % ("0" * 400), ["point 1"]),
        ({"lines": [XYZ], "injection_sites": [[1, 2]]}, ["injection site 1"]),
        ({"lines": [XYZ], "injection_sites": {"x": 1}}, ["dict"]),
        ('{"lines": ' + deep(100_000) + "}", ["nested too deeply"]),
        ('{"lines": [', ["not valid JSON"]),
        ({"lines": [[XYZ[0] | {f"q{n}": n for n in range(50)}]]}, ["quantities"]),
    ],
)
def test_what_holds_no_lines_is_refused_in_a_line(tmp_path, document, words):
    path = written(tmp_path, document)
    with refused(path, *words):
        read_streamlines(path)


def test_a_file_too_large_for_the_memory_is_not_read(tmp_path, monkeypatch):
    path = written(tmp_path, LAYOUTS["xyz"])
    monkeypatch.setenv(BUDGET_VARIABLE, "100")
    with refused(path, "JSON", "memory"):
        read_streamlines(path)


@pytest.mark.parametrize(
    "content", ["", "<html><body>Busy</body></html>", "a,b,c\n1,2,3\n", "\0\1"]
)
def test_other_files_are_refused_by_what_they_hold(tmp_path, content):
    path = written(tmp_path, content, "data.json")
    with refused(path, "SWC"):
        read_streamlines(path)


def test_a_missing_file_is_named(tmp_path):
    with refused(tmp_path / "none.json", "cannot be read"):
        read_streamlines(tmp_path / "none.json")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_is_written_reads_the_same_and_is_the_same_every_time(tmp_path, layout):
    first = read_streamlines(written(tmp_path, LAYOUTS[layout]))
    lines = Streamlines(first.lines, first.injection_sites, np.array([[50.0, 150.5, 250]]))
    target = tmp_path / "data.json"
    write_streamlines(target, lines, extra={"search": {"low": 0.04}})
    raw = target.read_bytes()
    write_streamlines(target, lines, force=True, extra={"search": {"low": 0.04}})
    assert target.read_bytes() == raw
    again = read_streamlines(target)
    assert [x.positions.tolist() for x in again] == [x.positions.tolist() for x in lines]
    assert [x.attributes for x in again] == [x.attributes for x in lines]
    assert again.value_names == lines.value_names
    assert again.injection_sites.tolist() == lines.injection_sites.tolist()
    assert again.targets.tolist() == [[50, 150.5, 250]]


def test_data_json_has_the_keys_of_the_example(tmp_path):
    target = tmp_path / "data.json"
    write_streamlines(target, read_streamlines(written(tmp_path, LAYOUTS["data.json"])))
    assert json.loads(target.read_text()) == LAYOUTS["data.json"]


def test_a_missing_value_is_written_as_null(tmp_path):
    target = tmp_path / "data.json"
    line = Line(np.array(POINTS), {"density": np.array([np.nan, 1])})
    write_streamlines(target, Streamlines((line,)))
    path = json.loads(target.read_text())["lines"][0]["path"]
    assert [point["density"] for point in path] == [None, 1]


def test_nothing_is_written_over_without_a_note(tmp_path):
    target = tmp_path / "data.json"
    target.write_text("mine")
    with refused(target, "exists"):
        write_streamlines(target, Streamlines(()))
    with refused(target, "JSON cannot hold"):
        write_streamlines(
            target, Streamlines((Line(np.zeros((1, 3)), {}, {"a": {1}}),)), force=True
        )
    assert target.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.data
def test_real_files_hold_what_their_makers_say(data_folder):
    folder = data_folder / "streamlines_points_meshes"
    lines = read_streamlines(folder / "streamlines.json")
    assert (len(lines), lines.n_points, len(lines.injection_sites)) == (923, 28_045, 219)
    assert lines.value_names == ("density", "intensity")
    answer = read_streamlines(folder / "htmlResponseSample_4500_3200_5700.html")
    assert (len(answer), answer.kind) == (111, "target search")
    assert {tuple(line.positions[0]) for line in answer} == {(4500, 3200, 5700)}
    assert np.array_equal(answer.injection_sites, [line.positions[-1] for line in answer])
