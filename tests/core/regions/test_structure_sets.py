"""Structure sets of a hierarchy: its own, and those of a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from napari_atlas_explorer import RegionMap
from napari_atlas_explorer.core.errors import ArgumentError, AtlasFileError

from ...refusals import refused


def ids_of(nodes: list[dict[str, Any]]) -> list[int]:
    return [node["id"] for node in nodes]


def write(path: Path, document: Any) -> Path:
    path.write_text(json.dumps(document))
    return path


def test_structure_sets_as_ids_and_as_records():
    rows = [
        {"id": 1, "structure_sets": [{"id": 10}, {"id": 20}]},
        {"id": 2, "structure_sets": [20]},
        {"id": 3, "structure_set_ids": [30]},
        {"id": 4},
        {"id": 5, "structure_set_ids": None, "structure_sets": []},
    ]
    regions = RegionMap(rows, [None, 1, 1, 1, 1])
    assert regions.get_structure_sets() == [10, 20, 30]
    assert ids_of(regions.get_structures_by_set_id([20, 30])) == [1, 2, 3]
    assert ids_of(regions.get_structures_by_set_id(structure_set_ids=[30])) == [3]
    assert regions.get_structures_by_set_id([9999]) == []
    assert regions.get_structures_by_set_id([]) == []


def test_structure_sets_under_both_keys_are_joined():
    # AllenSDK's clean_structures makes four of these.
    row = {"id": 1, "structure_set_ids": [1, 2, 3], "structure_sets": [{"id": 1}, {"id": 4}]}
    regions = RegionMap([row], [None])
    assert regions.get_structure_sets() == [1, 2, 3, 4]
    for set_id in (1, 2, 3, 4):
        assert ids_of(regions.get_structures_by_set_id([set_id])) == [1]


def test_sets_are_added_to_a_copy(small_map):
    with_sets = small_map.with_structure_sets({12: [2, 70000], 13: [2]})
    assert ids_of(with_sets.get_structures_by_set_id([12])) == [2, 70000]
    assert with_sets.get_structure_sets() == [12, 13]
    assert small_map.get_structure_sets() == []
    assert with_sets.node_ids() == small_map.node_ids()
    assert with_sets.name(2) == small_map.name(2)
    assert [with_sets.path(i) for i in with_sets] == [small_map.path(i) for i in small_map]
    more = with_sets.with_structure_sets({14: [2]})
    assert more.get_structure_sets() == [12, 13, 14]


def test_ids_that_are_no_regions_are_refused_or_ignored_on_request(small_map):
    with refused("set 12", "1 id", "999", by=ArgumentError):
        small_map.with_structure_sets({12: [2, 999]})
    found = small_map.with_structure_sets({12: [2, 999]}, ignore_unknown=True)
    assert ids_of(found.get_structures_by_set_id([12])) == [2]


# As Allen's API answers for ``model::StructureSet,rma::include,structures``, shortened.
SETS = [
    {"id": 167587189, "name": "Summary", "structures": [{"id": 2}, {"id": 70000}]},
    {"id": 3, "name": "Coarse", "structures": [{"id": 7}]},
]


@pytest.mark.parametrize(
    "document",
    [
        {"success": True, "msg": SETS},
        SETS,
        [
            {"id": 2, "structure_set_ids": [167587189]},
            {"id": 70000, "structure_sets": [{"id": 167587189, "name": "Summary"}]},
            {"id": 7, "structure_set_ids": [3]},
        ],
    ],
)
def test_a_file_of_sets(small_map, tmp_path, document):
    found = small_map.load_structure_sets(write(tmp_path / "sets.json", document))
    assert found.get_structure_sets() == [3, 167587189]
    assert ids_of(found.get_structures_by_set_id([167587189])) == [2, 70000]
    assert ids_of(found.get_structures_by_set_id([3])) == [7]


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ([{"id": 2}], "names no structure set"),
        ({"msg": "none"}, "expected"),
        ({"2": [1]}, "expected"),
        ([{"id": 2, "structures": "all"}], "'structures' is 'all'"),
        ([{"id": 2, "structures": [{"id": "x"}]}], "region id"),
        ([{"id": 12, "structures": [{"id": 999}]}], "999"),
    ],
)
def test_files_without_sets_are_refused(small_map, tmp_path, document, words):
    path = write(tmp_path / "sets.json", document)
    with refused("sets.json", words, by=AtlasFileError):
        small_map.load_structure_sets(path)
