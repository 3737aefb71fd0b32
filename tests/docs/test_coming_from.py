"""Every line of "Coming from …", and of the list of the peers' members, runs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
ROW = re.compile(r"^\|[^|]*\| `(?P<line>[^|]+)` \|[^|]*\|$", re.MULTILINE)
WITHOUT_LINE = re.compile(r"^\|[^|]*\| – \| deliberate: [^|]+\|$", re.MULTILINE)

COMING_FROM = (DOCS / "coming-from.md").read_text(encoding="utf-8")
MEMBERS = (DOCS / "peer-members.md").read_text(encoding="utf-8")
LINES = [match["line"] for text in (COMING_FROM, MEMBERS) for match in ROW.finditer(text)]


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    """What the first block of "Coming from …" defines."""
    found: dict[str, Any] = {}
    block = re.search(r"```python\n(.*?)```", COMING_FROM, re.DOTALL)
    assert block is not None
    exec(block[1], found)  # noqa: S102 - the page is ours
    return found


@pytest.mark.parametrize(("text", "n_tables"), [(COMING_FROM, 7), (MEMBERS, 4)])
def test_every_row_has_a_line_that_runs_or_says_that_there_is_none(text, n_tables):
    tables = [line for line in text.splitlines() if line.startswith("|")]
    headings = [line for line in tables if "| here |" in line]
    rows = ROW.findall(text) + WITHOUT_LINE.findall(text)
    assert len(rows) == len(tables) - 2 * len(headings)  # a heading and a rule for each
    assert len(headings) == n_tables


@pytest.mark.parametrize("line", LINES)
def test_the_line_runs(names, line):
    eval(line, dict(names))  # noqa: S307 - the page is ours
