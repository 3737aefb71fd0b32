"""Questions on several regions at once, and tables of names."""

from __future__ import annotations

import numpy as np
import pytest

from napari_atlas_explorer import RegionMap
from napari_atlas_explorer.core.errors import ArgumentError, AtlasError, UnknownRegionError

from ...refusals import refused

# conftest: root(1) > A(2) > a1(3), a2(4); root > B(70000) > b1(6); C(7)


def test_parents_and_children(small_map):
    assert small_map.parent_ids([3, 1, 6]) == [2, None, 70000]
    assert small_map.child_ids([1, 3]) == [[2, 70000, 7], []]


def test_ancestors_and_descendants_begin_with_the_region(small_map):
    assert small_map.ancestor_ids([4, 1]) == [[4, 2, 1], [1]]
    assert small_map.descendant_ids([2, 6]) == [[2, 3, 4], [6]]
    assert small_map.get_ancestor_id_map()[6] == [6, 70000, 1]


@pytest.mark.parametrize(
    ("regions", "common"),
    [(["a1", "a2"], 2), (["a1"], 3), (["a1", "A"], 2), ([3, 6], 1), (["C", "a2"], 1)],
)
def test_the_common_ancestor_is_the_lowest(small_map, regions, common):
    assert small_map.common_ancestor(regions) == common


def test_two_roots_have_no_common_ancestor():
    two = RegionMap([{"id": 1}, {"id": 2}, {"id": 3}], [None, None, 2])
    assert two.common_ancestor([1, 3]) is None
    assert two.common_ancestor([3, 2]) == 2
    assert two.as_dict() == {
        "msg": [
            {"id": 1, "children": []},
            {"id": 2, "children": [{"id": 3, "children": []}]},
        ]
    }
    assert list(RegionMap.from_dict(two.as_dict())) == [1, 2, 3]


def test_levels_are_steps_from_the_root(small_map):
    assert [small_map.at_level(k) for k in range(4)] == [[1], [2, 70000, 7], [3, 4, 6], []]
    for level in (-1, "1", 1.5, None):
        with refused(repr(level), by=ArgumentError):
            small_map.at_level(level)


def test_overlaps_are_the_ancestors_of_others(small_map):
    assert small_map.has_overlaps([2, 3, 6]) == {2}
    assert small_map.has_overlaps([1, 2, 3]) == {1, 2}
    assert small_map.has_overlaps([3, 4, 6, 7]) == set()
    assert small_map.has_overlaps([]) == set()


def test_attributes_of_looked_up_values(small_map):
    found = small_map.values_to_region_attribute([[3, 6], [3, 1]])
    assert found.tolist() == [["a1", "b1"], ["a1", "root"]]
    assert small_map.values_to_region_attribute([7], "name").tolist() == ["area C"]
    with refused("5", by=UnknownRegionError):
        small_map.values_to_region_attribute([3, 5])


@pytest.mark.parametrize("sets", ["1, 2", ["one"], [1.5], 7])
@pytest.mark.parametrize("key", ["structure_sets", "structure_set_ids"])
def test_structure_sets_that_are_no_ids_are_refused(key, sets):
    with refused(repr(sets[0] if isinstance(sets, list) else sets), by=AtlasError):
        RegionMap([{"id": 1, key: sets}], [None]).get_structure_sets()


def test_a_map_is_collapsed_to_the_nearest_listed_region(small_map):
    mapping = small_map.mapping_to(["A", "a2", 6])
    ids, unknown = mapping.remap(np.array([[0, 1, 2, 3], [4, 70000, 6, 7]]))
    # B and C stand under none of the listed: they become the root.
    assert ids.tolist() == [[0, 1, 2, 2], [4, 1, 6, 1]]
    assert unknown == []


def test_ids_that_the_map_does_not_know_are_kept_and_named(small_map):
    ids, unknown = small_map.mapping_to(["A"]).remap([3, 999, -4, 999])
    assert ids.tolist() == [2, 999, -4, 999]
    assert unknown == [-4, 999]
    with refused("float64", by=ArgumentError):
        small_map.mapping_to(["A"]).remap([1.5])


def test_background_stays_background_beside_a_region_of_id_0():
    regions = RegionMap([{"id": 5}, {"id": 0}, {"id": 6}], [None, 5, 0])
    assert regions.mapping_to([0]).remap([0, 5, 6]).ids.tolist() == [0, 5, 0]


def test_some_regions_hang_below_their_nearest_ancestor(small_map):
    fewer = small_map.restricted_to([1, 3, 6])
    assert list(fewer) == [1, 3, 6]
    assert fewer.parent_ids([3, 6]) == [1, 1]
    assert fewer.get(3, "name") == "area A, layer 1"


def test_nested_dicts_round_trip(small_map):
    again = RegionMap.from_dict(small_map.as_dict())
    assert list(again) == list(small_map)
    assert again.as_dict() == small_map.as_dict()


def test_descent_has_allensdks_name_and_keywords_too(small_map):
    assert small_map.structure_descends_from(child_id=3, parent_id=2)
    assert not small_map.structure_descends_from(2, 3)
