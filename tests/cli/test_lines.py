"""`atlas-explorer lines`."""

from __future__ import annotations

import csv
import io
import json

import pytest

SWC = "1 1 150 300 60 1 -1\n2 2 350 300 60 1 1\n3 2 750 300 60 1 2\n4 2 350 300 180 1 2\n"


@pytest.fixture
def neuron(tmp_path):
    """In the package: region 3 from 100 to 400 µm along axis 0, region 4 to 700, then none."""
    path = tmp_path / "neuron.swc"
    path.write_text(SWC)
    return path


def rows_of(answer):
    assert answer.code == 0, answer.err
    return list(csv.DictReader(io.StringIO(answer.out)))


def test_each_branch_has_a_row_for_each_region_it_crosses(run, package, neuron):
    answer = run("lines", neuron, "--atlas", package)
    rows = rows_of(answer)
    told = [
        (r["line"], r["branch"], r["parent_branch"], r["acronym"], float(r["length_um"]))
        for r in rows
    ]
    assert told == [
        ("0", "0", "", "a1", 200),
        ("1", "1", "0", "a1", pytest.approx(50)),
        ("1", "1", "0", "a2", pytest.approx(300)),
        ("1", "1", "0", "unannotated", pytest.approx(50)),
        ("2", "2", "0", "a1", pytest.approx(90)),
        ("2", "2", "0", "a1", pytest.approx(30)),
    ]
    assert [r["hemisphere"] for r in rows[-2:]] == ["right", "left"]
    assert [r["ends_here"] for r in rows] == ["True", "False", "False", "True", "False", "True"]
    assert "3 lines of 6 points (SWC)" in answer.err
    assert "0 of 720 µm are outside" in answer.err


def test_reversed_lines_start_where_they_ended(run, package, neuron):
    rows = rows_of(run("lines", neuron, "--atlas", package, "--reverse"))
    assert [r["acronym"] for r in rows if r["line"] == "1"] == ["unannotated", "a2", "a1"]


def test_totals_have_a_row_for_each_region(run, package, neuron):
    rows = {r["acronym"]: r for r in rows_of(run("lines", neuron, "--atlas", package, "--totals"))}
    assert rows["a1"]["lines"] == "3"
    assert float(rows["a1"]["length_um"]) == pytest.approx(370)
    assert float(rows["A"]["total_length_um"]) == pytest.approx(670)


def test_json_tells_start_and_end_of_each_line(run, package, neuron):
    told = json.loads(run("lines", neuron, "--atlas", package, "--json").out)
    line = told["lines"][1]
    assert (line["start"], line["end"]) == (
        {"id": 3, "acronym": "a1"},
        {"id": None, "acronym": "unannotated"},
    )
    assert line["length_um"] == pytest.approx(400)
    assert [visit["id"] for visit in line["regions"]] == [3, 4, None]
    totals = json.loads(run("lines", neuron, "--atlas", package, "--totals", "--json").out)
    assert totals["regions"][0]["id"] is None
    assert totals["lines"] == 3


def test_experiments_stand_in_the_table(run, package, tmp_path):
    items = [{"id": n, "name": f"mouse {n}", "path": [{"coord": [150, 300, 60]}]} for n in (7, 8)]
    (tmp_path / "data.json").write_text(json.dumps({"lines": items, "injectionCoordinates": []}))
    rows = rows_of(run("lines", tmp_path / "data.json", "--atlas", package))
    assert [(r["experiment"], r["experiment_name"]) for r in rows] == [
        ("7", "mouse 7"),
        ("8", "mouse 8"),
    ]


def test_a_table_is_written_whole_or_not_at_all(run, refuses, package, neuron, tmp_path):
    target = tmp_path / "table.csv"
    assert run("lines", neuron, "--atlas", package, "-o", target).out == ""
    kept = target.read_text()
    assert kept.startswith("line,branch,")
    assert "exists" in refuses("lines", neuron, "--atlas", package, "-o", target)
    assert target.read_text() == kept
    assert "expected one" in refuses("lines", neuron, "--atlas", package, "-o", target, "--json")


def test_a_file_without_lines_is_refused(refuses, package, tmp_path):
    (tmp_path / "points.csv").write_text("x,y,z\n1,2,3\n")
    assert "points.csv" in refuses("lines", tmp_path / "points.csv", "--atlas", package)
    assert "--atlas" in refuses("lines", tmp_path / "points.csv")
