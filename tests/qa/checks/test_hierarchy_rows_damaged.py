"""Packages whose hierarchies state a parent wrongly or twice: they open, and QA finds them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from napari_atlas_explorer import open_atlas
from napari_atlas_explorer.qa.run import run_qa

from ... import packages


def brainglobe(folder: Path, paths: dict[str, list[int]]) -> Path:
    """Package in which regions, by acronym, have other paths."""
    packages.brainglobe_v2(folder)
    rows = packages.structures()
    for row in rows:
        row["structure_id_path"] = paths.get(row["acronym"], row["structure_id_path"])
    (folder / "structures.json").write_text(json.dumps(rows))
    return folder


def voxelbrain(folder: Path, hierarchy: dict[str, Any]) -> Path:
    """Folder with a hierarchy."""
    folder.mkdir()
    packages.write_nrrd(folder / "brain_regions.nrrd", packages.label_ids())
    (folder / "hierarchy.json").write_text(json.dumps(hierarchy))
    return folder


def node(region_id: int, acronym: str, *children: dict[str, Any]) -> dict[str, Any]:
    return {"id": region_id, "acronym": acronym, "name": acronym, "children": list(children)}


CORTEX, THALAMUS, SCWM = node(315, "CTX"), node(549, "TH"), node(614454277, "scwm")
TWICE = node(997, "root", node(8, "grey", CORTEX, THALAMUS), node(9, "other", CORTEX), SCWM)
ALIKE = node(997, "root", node(8, "grey", CORTEX, THALAMUS), node(614454277, "TH"))
ROOTS = {"msg": [node(997, "root", CORTEX, THALAMUS), SCWM]}

CASES = {
    "unknown at the end": (brainglobe, {"TH": [997, 8, 35]}, "TH (id 549)", "hierarchy-path-end"),
    "unknown inside": (
        brainglobe,
        {"TH": [997, 8, 35, 549]},
        "TH (id 549)",
        "hierarchy-missing-parent",
    ),
    "wrong at the end": (brainglobe, {"TH": [997, 8, 315]}, "TH (id 549)", "hierarchy-path-end"),
    "two parents": (voxelbrain, TWICE, "CTX (id 315)", "hierarchy-duplicate-id"),
    "one acronym": (voxelbrain, ALIKE, "TH (549, 614454277)", "hierarchy-duplicate-acronym"),
    "two roots in a list": (brainglobe, {"scwm": [614454277]}, "scwm", "hierarchy-several-roots"),
    "two roots": (voxelbrain, ROOTS, "scwm (id 614454277)", "hierarchy-several-roots"),
}


@pytest.mark.parametrize(("make", "change", "words", "code"), CASES.values(), ids=CASES)
def test_it_opens_with_an_assumption_and_qa_finds_it(tmp_path, make, change, words, code):
    folder = make(tmp_path / "atlas", change)
    atlas = open_atlas(folder)
    (assumption,) = [a for a in atlas.assumptions if a.quantity == "table"]
    file, _, statement = assumption.statement.partition(": ")
    assert (folder / file).is_file()
    assert words in statement
    assert code in {f.finding.code for f in run_qa(folder, ["hierarchy"]).listed}


def test_the_parent_is_the_last_known_region_of_the_path(tmp_path):
    regions = open_atlas(brainglobe(tmp_path / "a", {"TH": [997, 8, 35]})).region_map
    assert regions.path("TH") == ["root", "grey", "TH"]
