"""`atlas-explorer list`."""

import json
from pathlib import Path

import pytest

from .. import packages
from ..packages_v3 import write_v3


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    return tmp_path


def test_both_generations_are_listed(run, home):
    packages.brainglobe_v2(home / ".brainglobe" / "made_up_50um_v1.2")
    write_v3(home / ".brainglobe" / "brainglobe-atlasapi")
    (home / ".brainglobe" / "not an atlas").mkdir()
    lines = run("list").out.splitlines()
    assert [line.split()[:4] for line in lines] == [
        ["made_up_100um", "3.0", "BrainGlobe", "v3"],
        ["made_up_200um", "3.0", "BrainGlobe", "v3"],
        ["made_up_50um", "1.2", "BrainGlobe", "v2"],
    ]
    rows = json.loads(run("list", "--json").out)
    assert rows[2]["path"].endswith("made_up_50um_v1.2")
    for row in rows:
        assert run("info", row["path"]).code == 0
    assert run("info", "made_up_200um").out.startswith("name")


def test_an_empty_cache_says_where_it_looked(run, home):
    answer = run("list")
    assert (answer.code, answer.out) == (0, "")
    assert ".brainglobe" in answer.err
