"""`atlas-explorer stats`."""

import csv
import io
import json

import pytest


def by_id(rows):
    return {int(row["id"]): row for row in rows}


def test_the_table_counts_every_region_and_unknown_id(run, package):
    answer = run("stats", package)
    assert answer.code == 0
    rows = by_id(csv.DictReader(io.StringIO(answer.out)))
    assert list(rows) == [1, 2, 3, 4, 70000, 7, 999]
    assert (rows[2]["direct_voxels"], rows[2]["total_voxels"]) == ("0", "144")
    assert (rows[3]["direct_voxels"], rows[3]["total_voxels"]) == ("72", "72")
    assert float(rows[2]["total_mm3"]) == pytest.approx(0.144)
    assert (rows[3]["left_voxels"], rows[3]["right_voxels"]) == ("36", "36")
    # Voxels 2 to 4 of 100 µm from -100: their middle is at 250.
    assert [float(rows[3][f"centroid_{k}_um"]) for k in range(3)] == [250, 800, 150]
    assert [rows[3][f"box_0_{end}"] for end in ("start", "stop")] == ["2", "5"]
    assert rows[999]["acronym"] == ""


def test_json_says_whose_convention_the_hemispheres_follow(run, package):
    found = json.loads(run("stats", package, "--json").out)
    assert found["hemisphere_convention"] == "hemisphere volume"
    rows = by_id(found["regions"])
    assert rows[3]["total_voxels"] == 72
    assert rows[7]["centroid_0_um"] is None
    assert rows[999]["name"] is None


def test_a_file_is_written_whole_or_not_at_all(run, refuses, package, tmp_path):
    target = tmp_path / "regions.csv"
    assert run("stats", package, "-o", target).out == ""
    kept = target.read_text()
    assert kept.startswith("id,acronym,name,direct_voxels")
    assert "the file exists" in refuses("stats", package, "-o", target)
    assert target.read_text() == kept
    assert run("stats", package, "-o", target, "--force").code == 0


def test_two_outputs_are_one_too_many(refuses, package, tmp_path):
    assert "expected one" in refuses("stats", package, "-o", tmp_path / "a.csv", "--json")
