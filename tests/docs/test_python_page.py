"""The code of "In Python and in notebooks" runs, and its table names every command."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from napari_atlas_explorer.cli.main import COMMANDS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "python.md"
TEXT = PAGE.read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_the_code_runs(block, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    # Not as the main module: what is below its guard starts processes.
    exec(block, {"__name__": "page"})  # noqa: S102 - the page is ours


def test_every_command_has_its_call():
    table = TEXT.split("## Which call is which command")[1].split("## Modules")[0]
    named = re.findall(r"^\| `([a-z-]+)` \|", table, re.MULTILINE)
    assert sorted(named) == sorted(COMMANDS)
