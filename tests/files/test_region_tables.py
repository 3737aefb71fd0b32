"""Regions in CSV, TSV and ITK-SNAP files."""

from __future__ import annotations

import csv

import pytest

from napari_atlas_explorer.core.errors import AtlasFileError
from napari_atlas_explorer.files.region_tables import load_region_table

from ..refusals import refused


def table(path, rows, delimiter=","):
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream, delimiter=delimiter).writerows(rows)
    return path


def test_brainglobes_csv_has_parents_written_as_floats(tmp_path):
    path = table(
        tmp_path / "structures.csv",
        [
            ["acronym", "id", "name", "structure_id_path", "parent_structure_id"],
            ["root", "997", "root", "/997/", ""],
            ["NA", "8", "Grey, matter", "/997/8/", "997.0"],
            ["big", "614454277", "with a wide id", "/997/8/614454277/", "8.0"],
        ],
    )
    region_map = load_region_table(path)
    assert list(region_map) == [997, 8, 614454277]
    assert region_map.parents.tolist() == [0, 0, 1, 2]
    assert (region_map.acronym(2), region_map.name(2)) == ("NA", "Grey, matter")


@pytest.mark.parametrize("parent", ["997.0", "997"])
def test_a_parent_column_alone_makes_the_tree(tmp_path, parent):
    path = table(
        tmp_path / "t.csv",
        [["id", "name", "parent_structure_id"], [997, "root", ""], [8, "grey", parent]],
    )
    assert load_region_table(path).parents.tolist() == [0, 0, 1]


def test_allens_table_has_a_void_row_that_is_no_region(tmp_path):
    path = table(
        tmp_path / "allen_structure_tree.csv",
        [
            ["id", "atlas_id", "name", "acronym", "parent_structure_id", "depth", "graph_order",
             "structure_id_path", "color_hex_triplet", "safe_name"],
            [0, "", "void", "void", "", "", "", "", "", "void"],
            [997, -1, "root", "root", "", 0, 0, "/997/", "FFFFFF", "root"],
            [8, 0, "Basic cell groups", "grey", 997, 1, 2, "/997/8/", "BFDAE3", "Basic"],
            [315, 1, "Isocortex", "ISO", 997, 1, 1, "/997/315/", "19399", "Iso"],
        ],
    )  # fmt: skip
    region_map = load_region_table(path)
    assert list(region_map) == [997, 315, 8]  # by graph_order
    assert region_map.name(3) == "Basic cell groups"
    assert region_map.color(2) == (1, 147, 153)
    assert region_map.get(8, "safe_name") == "Basic"


@pytest.mark.parametrize(
    ("header", "delimiter"),
    [
        (["id", "name"], ","),
        (["Index", "Label"], "\t"),
        (["label", "name"], ";"),
        (["IDX", "Region Name"], ","),
        (["Structure ID", "Structure Name"], ","),
        (["value", "acronym"], "\t"),
    ],
)
def test_a_plain_table_of_names_becomes_a_flat_list(tmp_path, header, delimiter):
    path = table(
        tmp_path / "my labels.csv", [header, [0, "Clear"], [5, "left one"], [2, "other"]], delimiter
    )
    region_map = load_region_table(path)
    assert list(region_map) == [6, 5, 2]
    assert [region_map.name(k) for k in (1, 2, 3)] == ["my labels", "left one", "other"]
    assert region_map.parents.tolist() == [0, 0, 1, 1]


def test_colours_may_stand_in_three_columns(tmp_path):
    path = table(
        tmp_path / "t.csv",
        [["id", "name", "R", "G", "B"], [1, "a", 10, 20, 30], [2, "b", "", "", ""]],
    )
    region_map = load_region_table(path)
    assert region_map.color(2) == (10, 20, 30)
    assert not region_map.has_own_color(3)


def test_rows_without_an_id_are_passed_over(tmp_path):
    path = table(tmp_path / "t.csv", [["id", "name"], [1, "a"], ["", "a remark"], [], [2, "b"]])
    assert list(load_region_table(path)) == [3, 1, 2]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_tables_in_usual_encodings_are_read(tmp_path, encoding):
    (tmp_path / "t.csv").write_text("id,name\n1,noyau éloigné\n", encoding=encoding)
    assert load_region_table(tmp_path / "t.csv").name(2) == "noyau éloigné"


ITKSNAP = """################################################
# ITK-SnAP Label Description File
################################################
    0     0    0    0        0  0  0    "Clear Label"
    1   255    0    0        1  1  1    "Cortex, left"
  300     0  128  255     0.75  1  0    "Thalamus"
"""


@pytest.mark.parametrize("name", ["atlas.label", "atlas.txt"])
def test_itk_snap_labels_become_a_flat_list_with_their_colours(tmp_path, name):
    (tmp_path / name).write_text(ITKSNAP)
    region_map = load_region_table(tmp_path / name)
    assert list(region_map) == [301, 1, 300]
    assert [region_map.name(k) for k in (1, 2, 3)] == ["atlas", "Cortex, left", "Thalamus"]
    assert region_map.color(3) == (0, 128, 255)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("t.csv", "", ["none", "id"]),
        ("t.csv", "id,name\n", ["no region"]),
        ("t.csv", "a,b\n1,2\n", ["a, b", "ids"]),
        ("t.csv", "id,volume\n1,2\n", ["id, volume", "names"]),
        ("t.csv", "id,name\nseven,x\n", ["'seven'"]),
        ("t.csv", "id,name\n1.5,x\n", ["'1.5'"]),
        ("t.csv", "id,name\n4,x\n4,y\n", ["4", "twice"]),
        ("t.csv", "id,name,parent_id\n4,x,55\n", ["55"]),
        ("t.csv", "id,name,parent_id\n4,x,5\n5,y,4\n", ["cycle"]),
        ("t.csv", "id,name\n1," + "x" * 200_000 + "\n", ["table"]),
        ("t.csv", "\x89PNG\r\n\x1a\n\0\0", []),
        ("t.label", ITKSNAP + "   7  1 2\n", ["line 7"]),
        ("t.label", ITKSNAP + '  300 1 1 1 1 1 1 "again"\n', ["300", "twice"]),
        ("t.label", '0 0 0 0 0 0 0 "Clear Label"\n', ["no label"]),
        ("t.txt", "A text that has nothing to do with regions.\n", []),
    ],
)
def test_what_is_no_table_of_regions_is_refused_with_the_files_name(tmp_path, name, text, words):
    path = tmp_path / name
    path.write_text(text, encoding="latin-1")
    with refused(path, *words, by=AtlasFileError):
        load_region_table(path)


@pytest.mark.parametrize("name", ["none.csv", "none.json", "none.label"])
def test_a_file_that_is_not_there_is_refused(tmp_path, name):
    with refused(tmp_path / name, by=AtlasFileError):
        load_region_table(tmp_path / name)
