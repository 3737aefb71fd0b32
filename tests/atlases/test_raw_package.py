"""`read_package` opens what can be opened, and keeps the rows that a strict reader refuses."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest

from napari_atlas_explorer.atlases.raw_hierarchy import RawRow, find_cycles, salvage
from napari_atlas_explorer.atlases.raw_package import RawPackage, read_package
from napari_atlas_explorer.qa.run import run_qa

from .. import packages, packages_v3
from ..qa import broken
from ..qa.broken import region


def opened(path: Path) -> RawPackage:
    raw = read_package(path)
    assert raw.package is not None
    return raw


def test_rows_of_a_sound_package_are_those_of_its_file_in_order(tmp_path: Path) -> None:
    raw = opened(broken.sound_package(tmp_path))
    assert [row.id for row in raw.rows] == list(broken.PARENTS)
    assert {row.id: row.parent for row in raw.rows} == broken.PARENTS
    assert raw.hierarchy_file is not None
    assert raw.hierarchy_file.name == "structures.json"
    assert (raw.error, raw.hierarchy_error) == (None, "")


@pytest.mark.parametrize(
    ("layout", "file"),
    [
        ("v2", "structures.json"),
        ("csv", "structures.csv"),
        ("voxelbrain", "hierarchy.json"),
        ("allen json", "1.json"),
        ("allen csv", "ontology.csv"),
    ],
)
def test_every_layout_says_where_its_hierarchy_is_from(
    layout: str, file: str, tmp_path: Path
) -> None:
    if layout in ("v2", "csv"):
        folder = packages.brainglobe_v2(tmp_path / "x_100um_v1.2")
        if layout == "csv":
            (folder / "structures.json").unlink()
            packages.ontology_csv(folder / "structures.csv")
    elif layout == "voxelbrain":
        folder = packages.voxelbrain(tmp_path / "x")
    else:
        folder = packages.allen_ccf(tmp_path / "x", file)
    raw = opened(folder)
    assert raw.hierarchy_file == folder / file
    parents = {i: path[-2] if len(path) > 1 else None for i, path in packages.PATHS.items()}
    assert {row.id: row.parent for row in raw.rows} == parents


def test_the_first_of_two_rows_with_one_id_is_kept(tmp_path: Path) -> None:
    folder = broken.sound_package(tmp_path)
    twin = {"id": 549, "acronym": "TH2", "name": "twin", "structure_id_path": [997, 549]}
    broken.more_regions(twin)(folder)
    raw = opened(folder)
    assert raw.package is not None
    assert raw.package.region_map.acronym_of_rank(raw.package.region_map.rank_of_id(549)) == "TH"
    assert len(raw.rows) == len(broken.PARENTS) + 1
    assert "549" in raw.hierarchy_error


def test_a_region_whose_parent_is_missing_becomes_a_root(tmp_path: Path) -> None:
    folder = broken.sound_package(tmp_path)
    region(549, structure_id_path=[4711, 549])(folder)
    raw = opened(folder)
    assert raw.package is not None
    regions = raw.package.region_map
    assert regions.parent_ranks[regions.rank_of_id(549)] == 0
    assert len(regions) == len(broken.PARENTS)


def test_a_cycle_is_cut_at_its_first_row(tmp_path: Path) -> None:
    folder = broken.sound_package(tmp_path)
    region(8, structure_id_path=[997, 315, 8])(folder)
    raw = opened(folder)
    assert raw.package is not None
    regions = raw.package.region_map
    assert regions.parent_ranks[regions.rank_of_id(8)] == 0
    assert int(regions.ids[regions.parent_ranks[regions.rank_of_id(315)]]) == 8


def test_an_id_that_is_no_number_is_left_out_but_its_row_is_kept(tmp_path: Path) -> None:
    folder = broken.sound_package(tmp_path)
    broken.more_regions({"id": "x7", "acronym": "odd", "name": "odd"})(folder)
    raw = opened(folder)
    assert raw.package is not None
    assert len(raw.package.region_map) == len(broken.PARENTS)
    assert raw.rows[-1].id == "x7"


def test_children_of_a_nested_tree_have_their_parent_by_nesting(tmp_path: Path) -> None:
    folder = packages.voxelbrain(tmp_path / "x")
    tree = json.loads(json.dumps(packages.TREE))
    tree["children"][0]["children"][1]["id"] = 315  # twice
    (folder / "hierarchy.json").write_text(json.dumps({"msg": [tree]}))
    raw = opened(folder)
    assert [(row.id, row.parent) for row in raw.rows] == [
        (997, None),
        (8, 997),
        (315, 8),
        (315, 8),
        (614454277, 997),
    ]
    assert raw.package is not None
    assert len(raw.package.region_map) == 4


def test_a_broken_ontology_beside_an_allen_volume_is_used_as_far_as_it_goes(tmp_path: Path) -> None:
    folder = packages.allen_ccf(tmp_path / "x")
    tree = json.loads(json.dumps(packages.TREE))
    tree["children"][0]["children"][1]["id"] = 315
    (folder / "1.json").write_text(json.dumps({"msg": [tree]}))
    for path in (folder, folder / "annotation_100.nrrd"):
        raw = opened(path)
        assert raw.hierarchy_file == folder / "1.json"
        assert "315" in raw.hierarchy_error
        assert len(raw.rows) == 5


def test_a_refused_table_of_other_ids_is_not_taken_for_a_volumes_hierarchy(tmp_path: Path) -> None:
    packages.write_tiff(tmp_path / "labels.tif", packages.label_ids())
    (tmp_path / "cells.csv").write_text("id,name\n71,a\n71,b\n72,c\n")
    raw = opened(tmp_path / "labels.tif")
    assert (raw.rows, raw.hierarchy_file) == ((), None)
    (tmp_path / "cells.csv").write_text("id,name\n315,a\n315,b\n549,c\n614454277,d\n")
    raw = opened(tmp_path / "labels.tif")
    assert [row.id for row in raw.rows] == [315, 315, 549, 614454277]


def test_a_v3_table_with_an_id_twice_is_opened_with_the_first(tmp_path: Path) -> None:
    (folder,) = packages_v3.write_v3(tmp_path, (100,))
    (path,) = tmp_path.glob("terminologies/*/*/terminology.csv")
    assert {row.id: row.parent for row in opened(folder).rows} == {
        i: line[-2] if len(line) > 1 else None for i, line in packages.PATHS.items()
    }
    with path.open(newline="") as stream:
        rows = list(csv.reader(stream))
    value = rows[0].index("annotation_value")
    rows[-1][value] = rows[-2][value]
    with path.open("w", newline="") as stream:
        csv.writer(stream).writerows(rows)
    raw = opened(folder)
    assert raw.hierarchy_file == path
    assert "occurs twice" in raw.hierarchy_error
    report = run_qa(folder, ["package", "hierarchy"])
    twice = [f.finding for f in report.listed if f.finding.code == "hierarchy-duplicate-id"]
    assert [f.region_ids for f in twice] == [(int(rows[-1][value]),)]


def test_rows_are_kept_where_the_volume_is_missing(tmp_path: Path) -> None:
    folder = broken.sound_package(tmp_path)
    (folder / "annotation.tiff").unlink()
    raw = read_package(folder)
    assert raw.package is None
    assert "annotation.tiff" in str(raw.error)
    assert len(raw.rows) == len(broken.PARENTS)
    assert raw.folder == folder


def test_archives_and_the_sample_are_opened_as_elsewhere(tmp_path: Path) -> None:
    folder = broken.sound_package(tmp_path / "made")
    archive = shutil.make_archive(str(tmp_path / "a"), "zip", folder.parent, folder.name)
    raw = opened(Path(archive))
    assert raw.folder is not None
    assert raw.folder.name == broken.NAME
    assert len(opened(Path("sample")).rows) > 400


@pytest.mark.parametrize("content", [b"", b"\x00\x01", b"{}", b"not an archive"])
def test_nothing_is_raised_for_what_is_no_atlas(content: bytes, tmp_path: Path) -> None:
    for name in ("a.tar.gz", "a.nrrd", "hierarchy.json", "annotation.tiff", "metadata.json"):
        (tmp_path / name).write_bytes(content)
        assert read_package(tmp_path / name).error is not None
    assert read_package(tmp_path).error is not None
    assert read_package(tmp_path / "absent").error is not None


def test_a_flat_list_stays_a_flat_list_when_it_is_salvaged() -> None:
    rows = [RawRow(i, None, {"id": i, "name": f"r{i}"}, n) for n, i in enumerate((3, 5, 3))]
    regions = salvage(rows)
    assert regions is not None
    assert sorted(regions.child_ranks(1)) == [2, 3]


def test_cycles_are_listed_from_child_to_parent() -> None:
    assert find_cycles({1: None, 2: 3, 3: 4, 4: 2, 5: 2, 6: 6}) == [[2, 3, 4], [6]]
