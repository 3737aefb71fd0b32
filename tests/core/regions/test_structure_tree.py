"""AllenSDK's structure tree: dicts, lists and tables of regions."""

from __future__ import annotations

import pytest

from napari_atlas_explorer import RegionMap
from napari_atlas_explorer.core.errors import ArgumentError, UnknownRegionError

from ...refusals import refused


def ids_of(nodes: list[dict]) -> list[int]:
    return [node["id"] for node in nodes]


# ---- nodes ---------------------------------------------------------------------------------------


def test_nodes_are_dicts_with_path_and_color(small_map):
    assert small_map.nodes([2]) == [
        {
            "id": 2,
            "acronym": "A",
            "name": "area A",
            "color_hex_triplet": "19399",
            "structure_id_path": [1, 2],
            "rgb_triplet": [1, 147, 153],
        }
    ]
    assert ids_of(small_map.nodes()) == small_map.node_ids() == [1, 2, 3, 4, 70000, 6, 7]
    assert ids_of(small_map.nodes(["b1", 3.0])) == [6, 3]
    with refused("'a11'", by=UnknownRegionError):
        small_map.nodes(["a11"])


def test_nodes_are_copies(small_map):
    small_map.nodes([2])[0]["structure_id_path"].append(5)
    assert small_map.nodes([2])[0]["structure_id_path"] == [1, 2]


def test_nodes_are_filtered_by_a_predicate(small_map):
    below = small_map.filter_nodes(lambda node: 2 in node["structure_id_path"])
    assert ids_of(below) == [2, 3, 4]
    assert small_map.filter_nodes(lambda node: False) == []


def test_a_table_of_values_has_unique_keys(small_map):
    names = small_map.value_map(lambda node: node["id"], lambda node: node["name"])
    assert names == small_map.get_name_map()
    with refused("key 3", by=ArgumentError):
        small_map.value_map(lambda node: len(node["structure_id_path"]), lambda node: node["id"])


def test_nodes_are_found_by_an_attribute(small_map):
    found = small_map.nodes_by_property("acronym", ["b1", "A"])
    assert ids_of(found) == [6, 2]
    assert small_map.nodes_by_property("acronym", ["C"], lambda node: node["name"]) == ["area C"]
    assert small_map.nodes_by_property("acronym", ["C"], to_fn=lambda node: node["id"]) == [7]
    with refused("acronym", "'zzz'", by=ArgumentError):
        small_map.nodes_by_property("acronym", ["zzz"])


# ---- relations -----------------------------------------------------------------------------------


def test_parents_and_children_are_nodes(small_map):
    above = small_map.parents([3, "A", 1])
    assert [node and node["acronym"] for node in above] == ["A", "root", None]
    assert [ids_of(below) for below in small_map.children([2, 3])] == [[3, 4], []]


def test_ancestors_and_descendants_begin_with_the_region(small_map):
    assert [ids_of(nodes) for nodes in small_map.ancestors(["a1", 1])] == [[3, 2, 1], [1]]
    assert [ids_of(nodes) for nodes in small_map.descendants([2, 7])] == [[2, 3, 4], [7]]


@pytest.mark.parametrize("call", ["parents", "children", "ancestors", "descendants", "nodes"])
def test_relations_take_the_peers_keyword(small_map, call):
    ask = getattr(small_map, call)
    assert ask(node_ids=[3]) == ask([3]) == ask("a1")


@pytest.mark.parametrize("call", ["parent_ids", "child_ids", "ancestor_ids", "descendant_ids"])
def test_relations_by_id_take_the_peers_keyword(small_map, call):
    ask = getattr(small_map, call)
    assert ask(node_ids=[3]) == ask([3])


def test_single_regions_take_the_peers_keyword(small_map):
    assert small_map.get(_id=3, attr="acronym") == "a1"
    assert small_map.is_leaf_id(_id=3)
    assert small_map.has_overlaps(structure_ids=[2, 3]) == {2}
    assert list(RegionMap.from_dataframe(hierarchy_df=small_map.as_dataframe())) == list(small_map)


# ---- structures ----------------------------------------------------------------------------------


def test_structures_are_listed_in_the_order_given(small_map):
    assert ids_of(small_map.get_structures_by_id([6, 2])) == [6, 2]
    assert ids_of(small_map.get_structures_by_id(structure_ids=[6])) == [6]
    assert ids_of(small_map.get_structures_by_acronym(["C", "root"])) == [7, 1]
    assert ids_of(small_map.get_structures_by_name(["area B", "area A, layer 1"])) == [70000, 3]
    with refused("name", "'A'", by=ArgumentError):
        small_map.get_structures_by_name(["A"])  # an acronym


# ---- tables --------------------------------------------------------------------------------------


def test_tables_of_names_and_colors(small_map):
    assert small_map.get_name_map()[70000] == "area B"
    assert small_map.get_id_acronym_map()["b1"] == 6
    assert small_map.get_colormap()[2] == [1, 147, 153]  # "19399", its zero restored
    assert small_map.get_ancestor_id_map()[6] == [6, 70000, 1]


def test_acronyms_that_differ_in_case_are_two():
    regions = RegionMap([{"id": 1, "acronym": "cm"}, {"id": 2, "acronym": "CM"}], [None, 1])
    assert regions.get_id_acronym_map() == {"cm": 1, "CM": 2}


def test_a_shared_acronym_makes_no_table():
    regions = RegionMap([{"id": 1, "acronym": "x"}, {"id": 2, "acronym": "x"}], [None, 1])
    with refused("'x'", "[1, 2]", by=ArgumentError):
        regions.get_id_acronym_map()


def test_a_label_description_has_the_peers_columns(small_map):
    table = small_map.export_label_description()
    assert list(table.columns) == ["IDX", "-R-", "-G-", "-B-", "-A-", "VIS", "MSH", "LABEL"]
    assert table.iloc[1].tolist() == [2, 1, 147, 153, 1.0, 1, 1, "A"]
    assert table["IDX"].tolist() == small_map.node_ids()


def test_a_label_description_takes_the_peers_options(small_map):
    table = small_map.export_label_description({3: 0.25}, [1], [2, 3], "name").set_index("IDX")
    assert table.loc[[1, 3], "-A-"].tolist() == [1, 0.25]
    assert table.index[table["VIS"] == 0].tolist() == [1]
    assert table.index[table["MSH"] == 0].tolist() == [2, 3]
    assert table.loc[6, "LABEL"] == "area B, part 1"
    with refused("'nothing'", by=ArgumentError):
        small_map.export_label_description(label_key="nothing")
