"""Finding regions as one types."""

from __future__ import annotations

import numpy as np
import pytest

from napari_atlas_explorer import RegionMap
from napari_atlas_explorer.core.query.region_search import RegionSearch


@pytest.fixture
def search(small_map: RegionMap) -> RegionSearch:
    return RegionSearch(small_map)


def names(region_map: RegionMap, mask: np.ndarray) -> list[str]:
    return [region_map.acronym(int(k)) for k in np.flatnonzero(mask)]


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ("a1", ["a1"]),
        ("A1", ["a1"]),
        ("layer", ["a1", "a2"]),
        ("layer 2", ["a2"]),
        ("2 LAYER", ["a2"]),
        ("700", ["B"]),  # the beginning of an id
        ("0000", []),  # the middle of an id is no match
        ("nothing", []),
        ("whole brain", ["root"]),
    ],
)
def test_acronym_name_and_id_match(
    search: RegionSearch, small_map: RegionMap, text: str, matches: list[str]
) -> None:
    assert names(small_map, search.find(text).matches) == matches


def test_ancestors_of_a_match_are_kept(search: RegionSearch, small_map: RegionMap) -> None:
    assert names(small_map, search.find("a2").keep) == ["root", "A", "a2"]


def test_an_empty_search_keeps_everything_and_matches_nothing(
    search: RegionSearch, small_map: RegionMap
) -> None:
    result = search.find("  ")
    assert result.count == 0
    assert result.keep[1:].all()


def test_an_exact_acronym_is_best_even_where_others_come_first() -> None:
    region_map = RegionMap.from_dict(
        {
            "id": 1,
            "acronym": "root",
            "name": "root",
            "children": [
                {"id": 2, "acronym": "VISp1", "name": "primary visual, layer 1"},
                {"id": 3, "acronym": "xVIS", "name": "other"},
                {"id": 4, "acronym": "VIS", "name": "visual"},
                {"id": 5, "acronym": "vis", "name": "a namesake in lower case"},
            ],
        }
    )
    search = RegionSearch(region_map)
    assert region_map.acronym(search.find("VIS").best) == "VIS"
    assert region_map.acronym(search.find("VISp").best) == "VISp1"
    assert search.find("zzz").best == 0
