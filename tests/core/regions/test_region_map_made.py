"""How the hierarchy is built from what sources write, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from napari_atlas_explorer import RegionMap
from napari_atlas_explorer.core.errors import ArgumentError, HierarchyError
from napari_atlas_explorer.core.regions.rows import MADE_UP_ROOT

from ...refusals import refused

NESTED = {
    "id": 997,
    "acronym": "root",
    "name": "root",
    "graph_order": 0,
    "children": [
        {
            "id": 8,
            "acronym": "grey",
            "name": "Basic cell groups",
            "graph_order": 1,
            "children": [
                {"id": 567, "acronym": "CH", "name": "Cerebrum", "graph_order": 2},
                {"id": 343, "acronym": "BS", "name": "Brain stem", "graph_order": 3},
            ],
        },
        {"id": 1009, "acronym": "fiber tracts", "name": "fiber tracts", "graph_order": 4},
    ],
}
ORDER = [997, 8, 567, 343, 1009]

PATHS = {997: [997], 8: [997, 8], 567: [997, 8, 567], 343: [997, 8, 343], 1009: [997, 1009]}
PARENTS = {997: None, 8: 997, 567: 8, 343: 8, 1009: 997}


def flat_rows(**columns) -> list[dict]:
    return [{"id": i, "acronym": str(i), **{k: v[i] for k, v in columns.items()}} for i in PATHS]


@pytest.mark.parametrize(
    "region_map",
    [
        RegionMap.from_dict(NESTED),
        RegionMap.from_dict({"success": True, "msg": [NESTED]}),
        RegionMap.from_structures(flat_rows(structure_id_path=PATHS)),
        RegionMap.from_structures(
            flat_rows(
                structure_id_path={
                    i: "/" + "/".join(map(str, path)) + "/" for i, path in PATHS.items()
                }
            )
        ),
        RegionMap.from_structures(
            flat_rows(structure_id_path={i: str(path) for i, path in PATHS.items()})
        ),
        RegionMap.from_structures(flat_rows(parent_structure_id=PARENTS)),
        RegionMap.from_structures(
            flat_rows(
                parent_structure_id={
                    i: "" if parent is None else f"{parent}.0" for i, parent in PARENTS.items()
                }
            )
        ),
    ],
    ids=["nested", "msg", "paths", "slashed", "bracketed", "parents", "float-written parents"],
)
def test_every_way_of_writing_a_tree_gives_the_same_tree(region_map):
    assert list(region_map) == ORDER
    assert region_map.ids.tolist() == [0, *ORDER]
    assert region_map.parent_ranks.tolist() == [0, 0, 1, 2, 2, 1]
    assert region_map.ends.tolist() == [1, 6, 5, 4, 5, 6]
    assert region_map.depths.tolist() == [-1, 0, 1, 2, 2, 1]


def test_siblings_follow_graph_order_where_all_rows_give_it():
    rows = flat_rows(parent_structure_id=PARENTS)
    orders = {997: 0, 8: 9, 567: "7", 343: 3.0, 1009: 1}
    ordered = [row | {"graph_order": orders[row["id"]]} for row in rows]
    assert list(RegionMap.from_structures(ordered)) == [997, 1009, 8, 343, 567]
    del ordered[2]["graph_order"]
    assert list(RegionMap.from_structures(ordered)) == ORDER


def test_a_path_wins_over_a_parent_column():
    rows = [
        {"id": 1, "structure_id_path": "/1/"},
        {"id": 2, "structure_id_path": "/1/2/"},
        {"id": 3, "structure_id_path": "/1/2/3/", "parent_structure_id": 1},
    ]
    assert RegionMap.from_structures(rows).parent_ranks.tolist() == [0, 0, 1, 2]


def test_missing_names_fall_back_on_acronym_and_id():
    region_map = RegionMap.from_dict({"id": 5, "children": [{"id": 6, "acronym": "x"}]})
    assert (region_map.acronym_of_rank(1), region_map.name_of_rank(1)) == ("5", "5")
    assert (region_map.acronym_of_rank(2), region_map.name_of_rank(2)) == ("x", "x")


def test_several_roots_stand_side_by_side():
    region_map = RegionMap.from_structures(
        [{"id": 1}, {"id": 2, "parent_structure_id": 3}, {"id": 3}]
    )
    assert list(region_map) == [1, 3, 2]
    assert region_map.child_ranks(0) == [1, 2]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([{"id": 41}, {"id": 42, "parent_structure_id": 41}] * 2, ["41", "twice"]),
        ([{"id": 1}, {"id": 2, "parent_structure_id": 666}], ["666", "2"]),
        ([{"id": 1, "structure_id_path": "/1/"}, {"id": 2, "structure_id_path": "/77/2/"}], ["77"]),
        (
            [{"id": 1}, {"id": 5, "parent_structure_id": 6}, {"id": 6, "parent_structure_id": 5}],
            ["cycle"],
        ),
        ([{"id": 1, "structure_id_path": "/1/2/"}], ["1", "/1/2/"]),
        ([{"id": 1, "structure_id_path": 12}], ["12"]),
        ([{"id": "seven"}], ["seven"]),
        ([{"id": 1.5}], ["1.5"]),
        ([{"id": None}], ["None"]),
        ([{"id": True}], ["True"]),
        ([{"id": 2**63}], [str(2**63)]),
        ([{"acronym": "x"}], ["id"]),
        (["x"], ["'x'"]),
        ([], ["no region"]),
    ],
)
def test_flat_rows_that_are_no_tree_are_refused_by_name(rows, words):
    with refused(*words, by=HierarchyError):
        RegionMap.from_structures(rows)


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        ({"id": 1, "children": [{"id": 9}, {"id": 9}]}, ["9"]),
        ({"id": 1, "children": "none"}, ["'none'", "1"]),
        ({"id": "1\n2", "children": "none"}, ["1\\n2"]),
        ({"id": 1, "children": [{"acronym": "nameless"}]}, ["nameless"]),
        ({"id": 1, "children": [[]]}, ["[]"]),
        ({"msg": "error"}, ["msg"]),
        ({"msg": []}, ["no region"]),
    ],
)
def test_nested_dicts_that_are_no_tree_are_refused_by_name(tree, words):
    with refused(*words, by=HierarchyError):
        RegionMap.from_dict(tree)


def test_a_table_and_back_is_the_same_map(small_map):
    table = small_map.as_dataframe()
    assert table.index.name == "id"
    assert table["parent_id"].to_dict() == {1: -1, 2: 1, 3: 2, 4: 2, 70000: 1, 6: 70000, 7: 1}
    assert table["children_count"].to_dict() == {1: 3, 2: 2, 3: 0, 4: 0, 70000: 1, 6: 0, 7: 0}
    for again in (table, table.reset_index()):
        back = RegionMap.from_dataframe(again)
        assert list(back) == list(small_map)
        assert back.parent_ranks.tolist() == small_map.parent_ranks.tolist()
        assert [back.row_of_rank(k) for k in range(1, 8)] == [
            small_map.row_of_rank(k) for k in range(1, 8)
        ]


SPARSE = {
    "id": 1,
    "acronym": "root",
    "name": "whole",
    "parent_structure_id": None,
    "st_level": None,
    "weight": 1.5,
    "graph_order": 0,
    "children": [
        {
            "id": 2**53 + 1,
            "parent_structure_id": 1,
            "structure_set_ids": [4, 5],
            "weight": 2,
            "is_layer": True,
            "graph_order": 1,
            "children": [],
        },
        {"id": 3, "acronym": "", "name": "", "hemisphere": 3, "graph_order": 2, "children": []},
    ],
}
"""Integers beside nothing and beside floats, None, empty and missing names, lists, booleans."""


def typed(tree: dict) -> object:
    """A tree with the type of each value, so that 1, 1.0 and True are told apart."""
    return {
        key: [typed(child) for child in value] if key == "children" else (type(value), value)
        for key, value in tree.items()
    }


def test_what_the_source_states_survives_dicts_and_tables():
    regions = RegionMap.from_dict(SPARSE)
    table = regions.as_dataframe()
    again = {
        "dict": RegionMap.from_dict(regions.as_dict()),
        "table": RegionMap.from_dataframe(table),
        "flat table": RegionMap.from_dataframe(table.reset_index()),
        "some": regions.restricted_to([1, 2**53 + 1, 3]),
    }
    assert typed(regions.as_dict()) == typed(SPARSE)
    for how, back in again.items():
        assert typed(back.as_dict()) == typed(SPARSE), how
        assert back.acronym(3) == back.name(3) == "3"
        assert back.row(3) == regions.row(3)
    assert table["graph_order"].dtype == table["parent_id"].dtype == table.index.dtype == np.int64
    assert table.loc[2**53 + 1, "parent_structure_id"] == 1
    assert table["acronym"].isna().tolist() == [False, True, False]


def test_a_table_from_a_file_makes_a_map(tmp_path):
    (tmp_path / "t.csv").write_text("id,parent_id,acronym,weight\n1,,root,\n2,1.0,,3\n")
    regions = RegionMap.from_dataframe(pd.read_csv(tmp_path / "t.csv"))
    assert regions.as_dict() == {
        "id": 1,
        "acronym": "root",
        "children": [{"id": 2, "weight": 3.0, "children": []}],
    }


@pytest.mark.parametrize("parent", ["elsewhere", 2.5])
def test_a_table_with_a_parent_that_is_no_id_is_refused(small_map, parent):
    table = small_map.as_dataframe().astype({"parent_id": object})
    table.loc[3, "parent_id"] = parent
    with refused(repr(parent), by=HierarchyError):
        RegionMap.from_dataframe(table)


def test_a_table_without_parents_is_refused(small_map):
    with refused("parent_id", by=ArgumentError):
        RegionMap.from_dataframe(small_map.as_dataframe().drop(columns="parent_id"))


def test_a_flat_list_is_below_a_root_that_is_no_region_of_the_source():
    region_map = RegionMap.flat([{"id": 7, "acronym": "root"}, {"id": 3}], "my labels")
    assert list(region_map) == [MADE_UP_ROOT, 7, 3]
    assert (region_map.made_up_root, region_map.n_stated) == (1, 2)
    assert [region_map.stated_id_of_rank(k) for k in (1, 2, 3)] == [None, 7, 3]
    assert (region_map.acronym_of_rank(1), region_map.name_of_rank(1)) == ("all", "my labels")
    assert region_map.parent_ranks.tolist() == [0, 0, 1, 1]
