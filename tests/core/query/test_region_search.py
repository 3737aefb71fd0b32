"""Finding regions as one types."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_atlas_explorer import RegionMap
from napari_atlas_explorer.core.query.region_search import RegionSearch
from napari_atlas_explorer.core.query.synonyms import Synonym


@pytest.fixture
def search(small_map: RegionMap) -> RegionSearch:
    return RegionSearch(small_map)


def names(region_map: RegionMap, mask: np.ndarray) -> list[str]:
    return [region_map.acronym_of_rank(int(k)) for k in np.flatnonzero(mask)]


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
    assert region_map.acronym_of_rank(search.find("VIS").best) == "VIS"
    assert region_map.acronym_of_rank(search.find("VISp").best) == "VISp1"
    assert search.find("zzz").best == 0


# ---- Errors forgiven -------------------------------------------------------------------------


def make_brain() -> RegionMap:
    def region(number: int, acronym: str, name: str, *children: dict) -> dict:
        return {"id": number, "acronym": acronym, "name": name, "children": list(children)}

    visual = region(4, "VISp", "Primary visual area", region(5, "VISp4", "Primary visual, layer 4"))
    cortex = region(2, "CTX", "Cerebral cortex", region(3, "VIS", "Visual areas", visual))
    formation = region(6, "HPF", "Hippocampal formation", region(7, "CA1", "Field CA1"))
    gray = region(9, "PAG", "Periaqueductal gray")
    return RegionMap.from_dict(region(1, "root", "root", cortex, formation, gray))


SYNONYMS = (
    Synonym("V1", "VISp", "Primary visual area"),
    Synonym("hippocampus", "HPF", "Hippocampal formation"),
    Synonym("nowhere", "XYZ", "Not in this hierarchy"),
    # Other atlases have other regions of this acronym.
    Synonym("gray matter", "PAG", "Something else"),
)


SEARCH = RegionSearch(make_brain(), SYNONYMS)


@pytest.fixture
def brain() -> RegionMap:
    return make_brain()


@pytest.mark.parametrize(
    ("text", "best", "corrected"),
    [
        ("v1", "VISp", ""),
        ("area visual primary", "VISp", ""),
        ("visual cortex", "VIS", ""),
        ("V1 layer 4", "VISp4", ""),
        ("the formation of the hippocampus", "HPF", ""),
        ("hippocampus ca1", "CA1", ""),
        ("periaqueductal grey", "PAG", ""),
        ("Périaqueductal", "PAG", ""),
        ("hipocampus", "HPF", "hippocampus"),
        ("hippocmapus", "HPF", "hippocampus"),
        ("visaul aera", "VIS", "visual area"),
        ("periaq", "PAG", ""),
        ("perixq", "PAG", "periaqueductal"),
    ],
)
def test_what_is_typed_in_another_way_is_found(
    brain: RegionMap, text: str, best: str, corrected: str
) -> None:
    result = RegionSearch(brain, SYNONYMS).find(text)
    assert brain.acronym_of_rank(result.best) == best
    assert result.matches[result.best]
    assert result.corrected == corrected


def test_a_synonym_counts_where_its_region_is_in_the_hierarchy(brain: RegionMap) -> None:
    search = RegionSearch(brain, SYNONYMS)
    for text in ("nowhere", "gray matter"):
        assert search.find(text).count == 0
    assert RegionSearch(brain).find("v1").count == 0


def test_where_nothing_matches_the_nearest_names_are_offered(brain: RegionMap) -> None:
    search = RegionSearch(brain, SYNONYMS)
    assert search.find("gyrus of the formation").offers == ()  # "formation" is found
    result = search.find("visual layer 7")
    assert (result.count, result.best) == (0, 0)
    assert result.offers[0] == "Primary visual, layer 4"
    assert search.find("xxxxxxx").offers == ()


def test_letters_within_an_acronym_count_where_nothing_better_matches(brain: RegionMap) -> None:
    search = RegionSearch(brain, SYNONYMS)
    assert names(brain, search.find("sp4").matches) == ["VISp4"]
    assert names(brain, search.find("a1").matches) == ["CA1"]
    assert names(brain, search.find("ag").matches) == ["PAG"]


@given(st.text(max_size=300))
def test_any_text_has_an_answer(text: str) -> None:
    result = SEARCH.find(text)
    assert bool(result.best) == bool(result.count)
    assert not result.count or result.matches[result.best]
    assert (result.keep | ~result.matches).all()
    assert not (result.count and result.suggestions)


def test_words_of_a_hostile_hierarchy_are_searched_in_little_memory() -> None:
    children = [{"id": k, "acronym": f"a{k}", "name": f"name{chr(k + 96)}"} for k in range(2, 20)]
    children.append({"id": 50, "acronym": "long", "name": "x" * 1_000_000})
    regions = RegionMap.from_dict({"id": 1, "acronym": "root", "children": children})
    search = RegionSearch(regions)
    assert regions.acronym_of_rank(search.find("naame").best) == "a2"
    assert search.find("y" * 1_000_000).count == 0
    assert regions.acronym_of_rank(search.find("xxxxx").best) == "long"
