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
    assert region_map.parents.tolist() == [0, 0, 1, 2, 1]


def test_a_byte_order_mark_and_other_letters_are_read(tmp_path):
    text = json.dumps({"id": 1, "acronym": "é", "name": "皮質"}, ensure_ascii=False)
    (tmp_path / "h.json").write_bytes(b"\xef\xbb\xbf" + text.encode())
    region_map = RegionMap.load_json(tmp_path / "h.json")
    assert (region_map.acronym(1), region_map.name(1)) == ("é", "皮質")


def test_other_keys_are_kept(tmp_path):
    (tmp_path / "h.json").write_text('{"id": 1, "st_level": null, "color_hex_triplet": "19399"}')
    region_map = RegionMap.load_json(tmp_path / "h.json")
    assert region_map.get(1, "st_level") is None
    assert region_map.color(1) == (1, 147, 153)


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
