"""Each defect of a hierarchy, planted by itself, is the finding it should be and no other."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from napari_atlas_explorer import Atlas, RegionMap
from napari_atlas_explorer.qa.config import Config, RegionSet
from napari_atlas_explorer.qa.finding import Finding
from napari_atlas_explorer.qa.registry import CHECKS
from napari_atlas_explorer.qa.run import Report, run_qa

from ... import packages
from .. import broken
from ..broken import both, more_regions, region, table_text, volume

OURS = ("package", "hierarchy", "meshes", "bids")
CODES = {c.code for c in CHECKS if c.group == "hierarchy" and "color" not in c.code}


def found(report: Report) -> list[Finding]:
    """Findings but those of colors, which belong to the same group."""
    ours = [one.finding for one in report.listed]
    return [f for f in ours if f.code in CODES or not f.code.startswith("hierarchy")]


def row(region_id: object, path: object, acronym: str = "NEW") -> dict[str, object]:
    return {
        "id": region_id,
        "acronym": acronym,
        "name": "new",
        "structure_id_path": path,
        "rgb_triplet": [9, 9, 9],
    }


def swapped(a: int, b: int):
    """Give the voxels of a region to another one."""
    return volume("annotation", lambda v: np.where(v == a, b, v).astype(np.uint32))


# What is planted; the codes that follow; ids and key of the first of them.
TABLE = {
    "an id twice": (
        more_regions(row(549, [997, 8, 549])),
        {"hierarchy-duplicate-id"},
        (549,),
        "row 11: id",
    ),
    "an acronym twice": (
        region(1097, acronym="TH"),
        {"hierarchy-duplicate-acronym"},
        (549, 1097),
        "row 5: acronym",
    ),
    "acronyms in other case": (
        region(1097, acronym="th"),
        {"hierarchy-acronym-case"},
        (549, 1097),
        "row 4: acronym",
    ),
    "another acronym in the table": (
        table_text("TH,549,", "THX,549,"),
        {"hierarchy-table"},
        (549,),
        "row 4: acronym",
    ),
    "another name in the table": (
        table_text("Thalamus", "thalamus"),
        {"hierarchy-table"},
        (549,),
        "row 4: name",
    ),
    "another parent in the table": (
        table_text("/997/8/549/,8", "/997/1009/549/,1009"),
        {"hierarchy-table"},
        (549,),
        "row 4: parent",
    ),
    "a region that only the JSON has": (
        table_text("TH,549,Thalamus,/997/8/549/,8.0\n", ""),
        {"hierarchy-table"},
        (549,),
        None,
    ),
    "a parent that is not there": (
        region(549, structure_id_path=[997, 4711, 549]),
        {"hierarchy-missing-parent"},
        (549,),
        "row 4: parent",
    ),
    "a path that ends elsewhere": (
        region(549, structure_id_path=[997, 8, 550]),
        {"hierarchy-path-end"},
        (549,),
        "row 4: structure_id_path",
    ),
    "a path that cannot be read": (
        region(549, structure_id_path="/997/x/549/"),
        {"hierarchy-path-end", "hierarchy-several-roots"},
        (549,),
        "row 4: structure_id_path",
    ),
    "a path against the parent column": (
        region(549, parent_structure_id=997),
        {"hierarchy-path-parent"},
        (549,),
        "row 4: structure_id_path",
    ),
    "a path through other ancestors": (
        region(776, structure_id_path=[997, 8, 1009, 776]),
        {"hierarchy-path-parent"},
        (776,),
        "row 9: structure_id_path",
    ),
    "a second root": (
        region(1009, structure_id_path=[1009]),
        {"hierarchy-several-roots", "hierarchy-path-parent"},
        (776,),
        None,
    ),
    "an id that is no number": (
        more_regions(row("x7", [997, 8], "ODD")),
        {"hierarchy-id-invalid"},
        (),
        "row 11: id",
    ),
    "a name left out": (region(549, name=None), {"hierarchy-name-missing"}, (549,), "row 4: name"),
}


@pytest.mark.parametrize("name", TABLE)
def test_a_defect_of_the_hierarchy_is_found(name: str, tmp_path: Path) -> None:
    damage, expected, ids, key = TABLE[name]
    folder = broken.sound_package(tmp_path)
    damage(folder)
    report = found(run_qa(folder, OURS))
    first = next(f for f in report if f.code == sorted(expected)[0])
    assert {f.code for f in report if not _follows(f)} == expected
    assert first.region_ids == ids
    if key is not None:
        file = "structures.csv" if first.code == "hierarchy-table" else "structures.json"
        assert (first.anchor.file, first.anchor.key) == (file, key)
    assert first.message.endswith(".")


def _follows(finding: Finding) -> bool:
    """What follows of a defect: a region beside the tree is no longer in its parent's mesh."""
    return finding.code in ("mesh-extent", "mesh-volume", "mesh-lost-part")


def test_a_cycle_is_named_whole_and_what_hangs_below_it_is_unreachable(tmp_path: Path) -> None:
    folder = broken.sound_package(tmp_path)
    region(8, structure_id_path=[997, 315, 8])(folder)
    report = found(run_qa(folder, ["hierarchy"]))
    cycle = next(f for f in report if f.code == "hierarchy-cycle")
    assert cycle.region_ids == (8, 315)
    assert "grey → CTX → grey" in cycle.message
    lost = {f.region_ids[0] for f in report if f.code == "hierarchy-unreachable"}
    assert lost == {549, 1097, 507, 512}


def test_descendants_of_a_region_without_its_parent_are_unreachable(tmp_path: Path) -> None:
    folder = broken.sound_package(tmp_path)
    both(
        region(1009, structure_id_path=[997, 4711, 1009]),
        region(776, structure_id_path=[997, 4711, 1009, 776]),
        region(614454277, structure_id_path=[997, 4711, 1009, 614454277]),
    )(folder)
    report = found(run_qa(folder, ["hierarchy"]))
    assert {(f.code, f.region_ids) for f in report} == {
        ("hierarchy-missing-parent", (1009,)),
        ("hierarchy-unreachable", (776,)),
        ("hierarchy-unreachable", (614454277,)),
    }


def test_a_negative_id_is_invalid_and_0_is_a_note(tmp_path: Path) -> None:
    folder = broken.sound_voxelbrain(tmp_path)
    tree = broken.nested(997)
    tree["children"] += [{"id": -5, "acronym": "neg", "name": "n"}, {"id": 0, "name": "zero"}]
    (folder / "hierarchy.json").write_text(json.dumps(tree))
    report = found(run_qa(folder, ["hierarchy"]))
    graded = {(f.code, f.severity, f.region_ids) for f in report}
    assert ("hierarchy-id-invalid", "error", (-5,)) in graded
    assert ("hierarchy-id-zero", "info", (0,)) in graded


def test_a_nested_tree_whose_rows_name_other_parents_contradicts_itself(tmp_path: Path) -> None:
    folder = broken.sound_voxelbrain(tmp_path)
    tree = broken.nested(997)
    tree["children"][0]["children"][0]["parent_structure_id"] = 1009
    (folder / "hierarchy.json").write_text(json.dumps(tree))
    report = found(run_qa(folder, OURS))
    assert [(f.code, f.region_ids) for f in report] == [("hierarchy-path-parent", (315,))]


def test_a_leaf_without_voxels_is_a_warning_where_its_siblings_have_some(tmp_path: Path) -> None:
    folder = broken.sound_package(tmp_path)
    swapped(1097, 549)(folder)
    report = run_qa(folder, ["hierarchy"], config=Config(limits={"absent_share": 20}))
    finding = next(f for f in found(report) if f.code == "hierarchy-no-voxels")
    assert (finding.severity, finding.region_ids) == ("warning", (1097,))
    noted = run_qa(folder, ["hierarchy"], config=Config(limits={"absent_share": 5}))
    assert [f.severity for f in found(noted)] == ["info"]


def test_voxels_of_a_divided_region_are_marked(tmp_path: Path) -> None:
    folder = broken.sound_package(tmp_path)
    spot = (20, 13, 6)
    volume("annotation", lambda v: _with(v, spot, 8))(folder)
    report = run_qa(folder, OURS)
    (finding,) = found(report)
    assert finding.code == "hierarchy-non-leaf-voxels"
    assert (finding.severity, finding.region_ids, finding.count) == ("info", (8,), 1)
    assert finding.anchor.voxel == spot
    assert finding.marked is not None
    flat = finding.marked.positions(report.subject.ranks)
    assert flat.tolist() == [np.ravel_multi_index(spot, broken.SHAPE)]


def _with(array: np.ndarray, at: tuple[int, ...], value: int) -> np.ndarray:
    array[at] = value
    return array


# ---- sets -----------------------------------------------------------------------------------


def in_line(*ids: int) -> Atlas:
    """root 1 > A 2 > (a 3, b 4), B 5; one voxel of each id along axis 2."""
    tree = {
        "id": 1,
        "acronym": "root",
        "children": [
            {
                "id": 2,
                "acronym": "A",
                "children": [{"id": 3, "acronym": "a"}, {"id": 4, "acronym": "b"}],
            },
            {"id": 5, "acronym": "B"},
        ],
    }
    volume = np.array(ids, np.uint32).reshape(1, 1, -1)
    return Atlas.from_arrays(volume, RegionMap.from_dict(tree), (10.0, 10.0, 10.0))


@pytest.mark.parametrize(
    ("regions", "domain", "twice", "outside", "gap"),
    [
        (("A", "B"), "root", None, None, None),
        (("A", "a", "B"), "root", [1], None, None),
        (("a", "B"), "root", None, None, [2]),
        (("A", "B"), "A", None, [3, 4], None),
        ((3, 4), 2, None, None, None),
    ],
)
def test_sets_that_overlap_or_leave_gaps_are_found(
    regions: tuple[int | str, ...],
    domain: int | str,
    twice: list[int] | None,
    outside: list[int] | None,
    gap: list[int] | None,
) -> None:
    atlas = in_line(0, 3, 4, 5, 5)
    config = Config(sets=(RegionSet("s", regions, domain),))
    report = run_qa(atlas, ["hierarchy"], config)
    by_key = {
        f.key: f.marked.positions(atlas.ranks).tolist()
        for f in found(report)
        if f.code.startswith("hierarchy-set") and f.marked is not None
    }
    expected = {"s: twice": twice, "s: outside": outside, "s: gap": gap}
    assert by_key == {key: flat for key, flat in expected.items() if flat is not None}


def test_a_set_that_names_an_unknown_region_says_so() -> None:
    config = Config(sets=(RegionSet("s", ("A", "nowhere"), "root"),))
    report = run_qa(in_line(3, 4, 5), ["hierarchy"], config)
    finding = next(f for f in found(report) if f.code == "hierarchy-set-gap")
    assert finding.severity == "error"
    assert "nowhere" in finding.message


# ---- real atlases ---------------------------------------------------------------------------


@pytest.mark.data
def test_allens_ontology_has_no_damage_but_two_pairs_of_acronyms(data_folder: Path) -> None:
    report = found(run_qa(data_folder / "allen_ccfv3_2017", ["hierarchy"]))
    pairs = {f.region_ids for f in report if f.code == "hierarchy-acronym-case"}
    assert pairs == {(49, 624), (599, 967)}
    assert {f.severity for f in report} == {"info"}


@pytest.mark.data
def test_two_real_regions_whose_siblings_all_have_voxels_are_found(data_folder: Path) -> None:
    report = found(run_qa(data_folder / "nifti_faa_detailed", ["hierarchy"]))
    assert {f.region_ids for f in report if f.severity == "warning"} == {(467,), (548,)}


def test_a_table_with_other_ids_is_found_from_both_sides(tmp_path: Path) -> None:
    folder = broken.sound_package(tmp_path)
    table_text("TH,549,Thalamus,/997/8/549/", "TH,550,Thalamus,/997/8/550/")(folder)
    tables = {f.key: f for f in found(run_qa(folder, OURS)) if f.code == "hierarchy-table"}
    assert {key: f.region_ids for key, f in tables.items()} == {"missing": (549,), "extra": (550,)}
    assert "not in structures.csv: TH (id 549)" in tables["missing"].message


def test_a_table_that_is_none_is_found_and_one_that_is_missing_is_not_compared(
    tmp_path: Path,
) -> None:
    folder = broken.sound_package(tmp_path)
    (folder / "structures.csv").write_bytes(bytes(range(256)))
    report = run_qa(folder, ["hierarchy"])
    assert [f.key for f in found(report) if f.code == "hierarchy-table"] == ["unreadable"]
    (folder / "structures.csv").unlink()
    why = {r.check.code: r.why for r in run_qa(folder, ["hierarchy"]).results}
    assert why["hierarchy-table"] == "no structures.json together with a structures.csv"


def test_a_table_chosen_among_several_is_a_finding(tmp_path: Path) -> None:
    packages.home_made(tmp_path, "my_labels.csv")
    assert "hierarchy-names" not in {f.code for f in found(run_qa(tmp_path, ["hierarchy"]))}
    (tmp_path / "other.csv").write_text("id,name\n315,one\n549,two\n")
    report = found(run_qa(tmp_path, ["hierarchy"]))
    (finding,) = (f for f in report if f.code == "hierarchy-names")
    assert finding.severity == "warning"
    assert finding.anchor.file == "my_labels.csv"
    assert "other.csv (2 of 2 ids" in finding.message
