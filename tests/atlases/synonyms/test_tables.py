"""Tables of synonyms: those of the package and the user's."""

from __future__ import annotations

from pathlib import Path

import pytest

from napari_atlas_explorer import RegionMap
from napari_atlas_explorer.atlases.synonyms.tables import make_search, read_own_synonyms
from napari_atlas_explorer.core.query.synonyms import parse_synonyms

BRAIN = {
    "id": 1,
    "acronym": "root",
    "name": "root",
    "children": [
        {"id": 2, "acronym": "VISp", "name": "Primary visual area"},
        {"id": 3, "acronym": "VISl", "name": "Lateral visual area"},
    ],
}


def test_every_synonym_states_its_region_and_source() -> None:
    synonyms = read_own_synonyms()
    assert len(synonyms) > 150
    assert all(s.term and (s.acronym or s.name) and s.source for s in synonyms)
    rows = [(s.term, s.acronym, s.name) for s in synonyms]
    assert len(set(rows)) == len(rows)


def test_the_users_table_is_read_and_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATLAS_EXPLORER_CONFIG", str(tmp_path))
    regions = RegionMap.from_dict(BRAIN)
    assert regions.acronym_of_rank(make_search(regions).find("V1").best) == "VISp"
    rows = "term,acronym,name\nour patch,VISp,\nV1,,Lateral visual area\n,,\n"
    (tmp_path / "synonyms.csv").write_text(rows)
    search = make_search(regions)
    assert regions.acronym_of_rank(search.find("our patch").best) == "VISp"
    assert regions.acronym_of_rank(search.find("V1").best) == "VISl"


def test_a_table_that_is_none_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATLAS_EXPLORER_CONFIG", str(tmp_path))
    (tmp_path / "synonyms.csv").write_bytes(b"\xff\xfe\x00 no table")
    regions = RegionMap.from_dict(BRAIN)
    assert regions.acronym_of_rank(make_search(regions).find("V1").best) == "VISp"


def test_rows_without_a_term_or_region_are_left_out() -> None:
    text = "# comment\nterm,acronym,name,source,more\nA,x,,s\n,y,,\nB,,,s\nC\nD,,z,s,1,2,3\n"
    assert [s.term for s in parse_synonyms(text)] == ["A", "D"]
    assert parse_synonyms("") == []
