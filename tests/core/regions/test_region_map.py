"""The hierarchy: how it is asked."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_atlas_explorer import RegionMap
from napari_atlas_explorer.core.colors.region_colors import distinct_color
from napari_atlas_explorer.core.errors import ArgumentError, UnknownRegionError

from ...refusals import refused


def test_a_tree_of_five_thousand_levels_is_read_and_asked():
    tree: dict = {"id": 5000, "acronym": "r5000"}
    for i in range(4999, 0, -1):
        tree = {"id": i, "acronym": f"r{i}", "children": [tree]}
    region_map = RegionMap.from_dict(tree)
    assert len(region_map) == 5000
    assert region_map.path(5000)[:2] == ["r1", "r2"]
    assert region_map.find("r1", "acronym", with_descendants=True) == set(range(1, 5001))
    assert region_map.at_depth(10).tolist() == [*range(12), *[11] * 4989]


def test_ids_beyond_32_bits_stay_exact():
    big = 2**53 + 1
    rows = [{"id": 1}, {"id": str(big), "parent_structure_id": "1"}]
    region_map = RegionMap.from_structures([*rows, {"id": 2**40, "parent_structure_id": big}])
    assert list(region_map) == [1, big, 2**40]
    assert region_map.get(big, "id") == big
    assert region_map.rank(2**40) == 3


def test_a_node_with_id_zero_stays_in_the_tree_beside_background():
    region_map = RegionMap.from_dict({"id": 0, "acronym": "universe", "children": [{"id": 4}]})
    assert list(region_map) == [0, 4]
    assert region_map.rank("universe") == 1
    assert region_map.get(0, "acronym") == "universe"


def test_acronyms_that_differ_in_case_alone_are_different():
    region_map = RegionMap.from_dict(
        {"id": 1, "children": [{"id": 2, "acronym": "cm"}, {"id": 3, "acronym": "CM"}]}
    )
    assert (region_map.rank("cm"), region_map.rank("CM")) == (2, 3)
    assert region_map.find("CM", "acronym") == {3}
    assert region_map.find("Cm", "acronym", ignore_case=True) == {2, 3}


@pytest.mark.parametrize(
    ("value", "attr", "options", "found"),
    [
        ("A", "acronym", {}, {2}),
        ("a", "acronym", {}, set()),
        ("a", "acronym", {"ignore_case": True}, {2}),
        ("A", "acronym", {"with_descendants": True}, {2, 3, 4}),
        ("@^a", "acronym", {}, {3, 4}),
        ("@^A", "acronym", {}, {2}),
        ("@^A", "acronym", {"ignore_case": True}, {2, 3, 4}),
        ("@layer [12]$", "name", {}, {3, 4}),
        ("@area B", "name", {"with_descendants": True}, {70000, 6}),
        ("@^7", "id", {}, {70000, 7}),
        (70000, "id", {}, {70000}),
        ("nothing", "acronym", {}, set()),
        ("19399", "color_hex_triplet", {}, {2}),
    ],
)
def test_find_answers_a_set_of_ids(small_map, value, attr, options, found):
    assert small_map.find(value, attr, **options) == found


@pytest.mark.parametrize("value", ["A", "@A", None])
def test_find_refuses_an_attribute_that_no_region_has(small_map, value):
    with refused("'acronim'", "acronym", by=ArgumentError):
        small_map.find(value, "acronim")
    with refused("'zzz'", "acronym", "color_hex_triplet", "id", "name", by=ArgumentError):
        small_map.find(value, "zzz")


def test_a_broken_regular_expression_is_refused(small_map):
    with refused("(", by=ArgumentError):
        small_map.find("@(", "acronym")


def test_get_answers_an_attribute_or_the_line_up_to_the_root(small_map):
    assert small_map.get(4, "acronym") == "a2"
    assert small_map.get(4, "acronym", with_ascendants=True) == ["a2", "A", "root"]
    assert small_map.get(70000, "id", with_ascendants=True) == [70000, 1]
    assert small_map.is_leaf_id(4)
    assert not small_map.is_leaf_id(2)


@pytest.mark.parametrize("unknown", [12345, "area", 2.7, True, None])
@pytest.mark.parametrize("with_ascendants", [False, True])
def test_get_refuses_what_is_no_region_of_the_tree(small_map, unknown, with_ascendants):
    with refused(repr(unknown), by=UnknownRegionError):
        small_map.get(unknown, "name", with_ascendants=with_ascendants)


def test_get_names_an_attribute_that_a_region_lacks(small_map):
    with refused("'safe_name'", "4", "acronym", by=ArgumentError):
        small_map.get(4, "safe_name")


def test_a_region_is_named_by_id_acronym_or_exact_name(small_map):
    assert small_map.rank(3) == small_map.rank("a1") == small_map.rank("area A, layer 1") == 3
    assert 3 in small_map
    assert "area B" in small_map
    assert "area" not in small_map
    assert 12345 not in small_map
    assert None not in small_map


@pytest.mark.parametrize("unknown", ["zzz", 12345, -1, None, 2.5, ""])
def test_an_unknown_region_is_refused_by_name_and_as_a_key_error(small_map, unknown):
    with refused(repr(unknown), by=UnknownRegionError):
        small_map.rank(unknown)
    with pytest.raises(KeyError):
        small_map.rank(unknown)
    with refused(repr(unknown), by=UnknownRegionError):
        small_map.ranks_of(unknown)


BY_REGION = {
    "row": {"id": 70000, "acronym": "B", "name": "area B"},
    "acronym": "B",
    "name": "area B",
    "color": distinct_color(5),
    "has_own_color": False,
    "path": ["root", "B"],
    "is_leaf_id": False,
    "ranks_of": [5],
    "parent_ids": [1],
    "child_ids": [[6]],
    "ancestor_ids": [[70000, 1]],
    "descendant_ids": [[70000, 6]],
    "common_ancestor": 70000,
    "has_overlaps": set(),
}
"""What each method that takes a region answers for area B, whose rank is 5."""


@pytest.mark.parametrize("key", [70000, "B", "area B", 70000.0, np.uint32(70000), np.float32(7e4)])
@pytest.mark.parametrize("method", BY_REGION)
def test_a_method_takes_a_region_by_id_acronym_or_name(small_map, method, key):
    assert getattr(small_map, method)(key) == BY_REGION[method]
    assert small_map.get(key, "acronym") == "B"


@pytest.mark.parametrize("unknown", [5, 0, -1, 70000.5, math.nan, "b", True, None, 1j])
@pytest.mark.parametrize("method", BY_REGION)
def test_a_method_refuses_a_rank_and_what_else_is_no_region(small_map, method, unknown):
    with refused(repr(unknown), by=UnknownRegionError):
        getattr(small_map, method)(unknown)


@pytest.mark.parametrize("method", ["row", "acronym", "name", "color", "path", "is_leaf_id"])
def test_a_method_of_one_region_refuses_several(small_map, method):
    with refused("['B']", by=UnknownRegionError):
        getattr(small_map, method)(["B"])


def test_what_takes_ranks_says_so(small_map):
    assert (small_map.acronym_of_rank(5), small_map.name_of_rank(5)) == ("B", "area B")
    assert small_map.row_of_rank(5)["id"] == small_map.stated_id_of_rank(5) == 70000
    assert small_map.color_of_rank(5) == distinct_color(5)


def test_a_string_is_one_region_and_a_list_several(small_map):
    assert small_map.child_ids(["A", 70000]) == [[3, 4], [6]]
    assert small_map.has_overlaps(["A", "a1", 6.0]) == {2}
    assert list(small_map.restricted_to(["root", "a1"])) == [1, 3]
    assert small_map.values_to_region_attribute([3.0, 4.0]).tolist() == ["a1", "a2"]
    with refused("3.5", by=UnknownRegionError):
        small_map.values_to_region_attribute([3.5, 4.0])


def test_a_misspelt_acronym_gets_suggestions():
    region_map = RegionMap.from_dict(
        {"id": 1, "acronym": "root", "children": [{"id": 2, "acronym": "VISp"}]}
    )
    with refused("'visP2'", "did you mean VISp?", by=UnknownRegionError):
        region_map.rank("visP2")


def test_a_shared_acronym_is_refused_with_the_ids_that_share_it():
    region_map = RegionMap.from_dict(
        {"id": 1, "children": [{"id": 20, "acronym": "L1"}, {"id": 30, "acronym": "L1"}]}
    )
    with refused("'L1'", "20", "30", by=UnknownRegionError):
        region_map.rank("L1")
    assert region_map.rank(30) == 3


@st.composite
def trees(draw: st.DrawFn) -> dict[int, int | None]:
    """Parent of each node of one tree, 1 to n, where a parent has the smaller id."""
    n = draw(st.integers(1, 25))
    return {i: None if i == 1 else draw(st.integers(1, i - 1)) for i in range(1, n + 1)}


def lineage(parents: dict[int, int | None], node: int) -> list[int]:
    up = parents[node]
    return [*(lineage(parents, up) if up is not None else []), node]


@settings(max_examples=100, deadline=None, derandomize=True)
@given(trees(), st.integers(0, 6), st.data())
def test_relations_are_those_of_recursion(parents, depth, data):
    region_map = RegionMap.from_structures(
        [{"id": i, "parent_structure_id": up} for i, up in parents.items()]
    )
    ids = region_map.ids.tolist()
    below = {i: {j for j in parents if i in lineage(parents, j)} for i in parents}
    at_depth = region_map.at_depth(depth).tolist()
    assert at_depth[0] == 0
    for rank in range(1, len(ids)):
        i, line = ids[rank], lineage(parents, ids[rank])
        assert [ids[k] for k in region_map.ancestor_ranks(rank)] == line[:-1]
        assert set(ids[rank : int(region_map.ends[rank])]) == below[i]
        assert {ids[k] for k in region_map.child_ranks(rank)} == {
            j for j in parents if parents[j] == i
        }
        assert ids[at_depth[rank]] == (line[depth] if depth < len(line) else i)
        assert region_map.is_leaf_id(i) == (below[i] == {i})
    some = data.draw(st.lists(st.sampled_from(sorted(parents)), max_size=6))
    intervals = region_map.intervals([region_map.rank(i) for i in some])
    covered = [ids[k] for start, stop in intervals for k in range(start, stop)]
    assert len(covered) == len(set(covered))
    assert set(covered) == set().union(*(below[i] for i in some))
    assert intervals == sorted(intervals)


def test_neighboring_regions_make_one_interval(small_map):
    assert small_map.intervals([4, 3]) == [(3, 5)]
    assert small_map.intervals([3, 5]) == [(3, 4), (5, 7)]


def test_descends_from_counts_a_region_as_its_own_descendant(small_map):
    assert small_map.descends_from("a1", "A")
    assert small_map.descends_from("A", "A")
    assert not small_map.descends_from("A", "a1")
    assert not small_map.descends_from("b1", "A")


def test_rows_handed_out_do_not_change_the_map(small_map):
    small_map.row_of_rank(2)["acronym"] = "changed"
    assert small_map.acronym_of_rank(2) == "A"
