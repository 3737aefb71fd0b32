"""Hierarchies in JSON files."""

from __future__ import annotations

import json

import pytest

from napari_atlas_explorer import RegionMap
from napari_atlas_explorer.core.errors import AtlasFileError

from ...refusals import refused

NESTED = {
    "id": 1,
    "acronym": "root",
    "children": [{"id": 2, "acronym": "A", "children": [{"id": 3}]}, {"id": 4}],
}
FLAT = [
    {"id": 3, "acronym": "x", "structure_id_path": [1, 2, 3]},
    {"id": 1, "acronym": "root", "structure_id_path": [1]},
    {"id": 2, "acronym": "A", "structure_id_path": [1, 2]},
    {"id": 4, "acronym": "y", "structure_id_path": [1, 4]},
]


@pytest.mark.parametrize("as_path", [str, lambda p: p], ids=["str", "Path"])
@pytest.mark.parametrize(
    "content",
    [
        NESTED,
        {"success": True, "id": 0, "start_row": 0, "num_rows": 1, "total_rows": 1, "msg": [NESTED]},
        [NESTED],
        FLAT,
        [{"id": i, "parent_structure_id": up} for i, up in {1: None, 2: 1, 3: 2, 4: 1}.items()],
    ],
    ids=["nested", "Allen answer", "list of trees", "BrainGlobe list", "parents"],
)
def test_every_dialect_gives_the_same_tree(tmp_path, content, as_path):
    (tmp_path / "h.json").write_text(json.dumps(content))
    region_map = RegionMap.load_json(as_path(tmp_path / "h.json"))
    assert list(region_map) == [1, 2, 3, 4]
    assert region_map.parent_ranks.tolist() == [0, 0, 1, 2, 1]


def test_a_byte_order_mark_and_other_letters_are_read(tmp_path):
    text = json.dumps({"id": 1, "acronym": "é", "name": "皮質"}, ensure_ascii=False)
    (tmp_path / "h.json").write_bytes(b"\xef\xbb\xbf" + text.encode())
    region_map = RegionMap.load_json(tmp_path / "h.json")
    assert (region_map.acronym_of_rank(1), region_map.name_of_rank(1)) == ("é", "皮質")


def test_other_keys_are_kept(tmp_path):
    (tmp_path / "h.json").write_text('{"id": 1, "st_level": null, "color_hex_triplet": "19399"}')
    region_map = RegionMap.load_json(tmp_path / "h.json")
    assert region_map.get(1, "st_level") is None
    assert region_map.color_of_rank(1) == (1, 147, 153)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["the file is empty"]),
        ('{"id": 1,', ["JSON"]),
        ("not\njson", ["JSON"]),
        ("\xff\xfe", ["JSON"]),
        ('{"id": 1, "children": [' * 100_000, ["nested too deeply"]),
        ("[" * 100_000, ["nested too deeply"]),
        ("{}", ["no hierarchy"]),
        ("[]", ["no hierarchy"]),
        ("3", ["no hierarchy"]),
        ('{"name": "some metadata"}', ["no hierarchy"]),
        ('[{"acronym": "x"}]', ["'id'"]),
        ('{"msg": []}', ["no hierarchy"]),
        ('{"id": 1, "children": [{"id": 77}, {"id": 77}]}', ["77", "twice"]),
        ('[{"id": 5, "parent_structure_id": 6}, {"id": 6, "parent_structure_id": 5}]', ["cycle"]),
        ('[{"id": 5, "parent_structure_id": 66}]', ["66"]),
        ('[{"id": 1}, {"id": 5, "structure_id_path": "/1/x/5/"}]', ["'x'"]),
        ('{"id": NaN}', ["nan"]),
        ('{"id": Infinity}', ["inf"]),
        ('{"id": 1e400}', ["inf"]),
        ('{"id": 99999999999999999999}', ["99999999999999999999"]),
        ('{"id": "a\\nb"}', ["'a b'"]),
    ],
)
def test_what_is_no_hierarchy_is_refused_with_the_files_name(tmp_path, text, words):
    path = tmp_path / "h.json"
    path.write_text(text, encoding="latin-1")
    with refused(path, *words, by=AtlasFileError):
        RegionMap.load_json(path)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with refused(tmp_path / "none.json", by=AtlasFileError):
        RegionMap.load_json(tmp_path / "none.json")


LABELS = {
    "NiiVue, ids counted": {
        "R": [0, 193, 181], "G": [0, 1, 2], "B": [0, 3, 4], "labels": ["Air", "FI", "left TI"],
    },
    "NiiVue, ids stated": {
        "R": [0, 193, 181], "G": [0, 1, 2], "B": [0, 3, 4], "A": [0, 255, 255], "I": [0, 1, 2],
        "labels": ["Air", "FI", "left TI"],
    },
    "objects": {
        "labels": [
            {"label": 1, "name": "FI", "abbreviation": "FI", "color": "rgb(193, 1, 3)"},
            {"label": 2, "name": "left TI", "color": "#b50204"},
        ]
    },
    "names by id": {
        "1": {"name": "FI", "rgb_triplet": [193, 1, 3]},
        "2": {"name": "left TI", "rgb_triplet": [181, 2, 4]},
    },
}  # fmt: skip


@pytest.mark.parametrize("content", LABELS.values(), ids=LABELS)
def test_labels_without_a_tree_become_a_flat_list(tmp_path, content):
    (tmp_path / "l.json").write_text(json.dumps(content))
    regions = RegionMap.load_json(tmp_path / "l.json")
    assert regions.made_up_root == 1
    assert list(regions)[1:] == [1, 2]
    assert [(regions.acronym_of_rank(k), regions.name_of_rank(k)) for k in (2, 3)] == [
        ("FI", "FI"),
        ("2", "left TI"),
    ]
    assert [regions.color_of_rank(k) for k in (2, 3)] == [(193, 1, 3), (181, 2, 4)]


def test_plain_names_by_id_are_read(tmp_path):
    (tmp_path / "l.json").write_text('{"0": "background", "1": "A", "20": "B b"}')
    regions = RegionMap.load_json(tmp_path / "l.json")
    assert [regions.name_of_rank(k) for k in (2, 3)] == ["A", "B b"]


def test_abbas_ontology_is_a_tree_with_names_under_data(tmp_path):
    def node(region_id, name, short, color, *children):
        data = {"id": str(region_id), "name": name, "abbreviation": short, "color": "#010203"}
        return {"id": region_id, "color": color, "data": data, "children": children}

    inner = node(67, "corpus callosum", "cc", [255, 110, 0, 255])
    root = node(
        997, "root", "root", [50, 168, 82, 255], node(1001, "White matter", "wmt", [], inner)
    )
    content = {"name": "rat", "namingProperty": "abbreviation", "root": root}
    (tmp_path / "o.json").write_text(json.dumps(content))
    regions = RegionMap.load_json(tmp_path / "o.json")
    assert list(regions) == [997, 1001, 67]
    assert regions.parent_ranks.tolist() == [0, 0, 1, 2]
    assert (regions.acronym_of_rank(3), regions.name_of_rank(3)) == ("cc", "corpus callosum")
    assert regions.color_of_rank(3) == (255, 110, 0)
    assert not regions.has_own_color(1001)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"labels": ["a", "b"], "I": [1]}, ["2 labels", "1 ids"]),
        ({"labels": ["a"], "I": ["x"]}, ["'x'"]),
        ({"root": {"id": 1, "children": "x"}}, ["children", "1"]),
        ({"root": {"id": 1, "children": [{"data": {}}]}}, ["None"]),
        ({"1": 5}, ["no hierarchy"]),
    ],
)
def test_damaged_labels_are_refused(tmp_path, content, words):
    (tmp_path / "l.json").write_text(json.dumps(content))
    with refused("l.json", *words, by=AtlasFileError):
        RegionMap.load_json(tmp_path / "l.json")


def test_the_table_that_allensdk_caches_has_its_structure_sets(tmp_path):
    # Rows as AllenSDK cleans and writes them, shortened.
    sets = [2, 167587189]
    rows = [
        {"id": 997, "acronym": "root", "structure_id_path": [997], "structure_set_ids": []},
        {"id": 385, "acronym": "VISp", "structure_id_path": [997, 385], "structure_set_ids": sets},
    ]
    path = tmp_path / "structures.json"
    path.write_text(json.dumps(rows))
    regions = RegionMap.load_json(path)
    assert regions.get_structure_sets() == [2, 167587189]
    found = regions.get_structures_by_set_id([167587189])
    assert [node["acronym"] for node in found] == ["VISp"]
