"""Every line of "Coming from …" runs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "coming-from.md"
ROW = re.compile(r"^\|[^|]*\| `(?P<line>[^|]+)` \|[^|]*\|$", re.MULTILINE)

TEXT = PAGE.read_text(encoding="utf-8")
LINES = [match["line"] for match in ROW.finditer(TEXT)]


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    """What the page's first block defines."""
    found: dict[str, Any] = {}
    block = re.search(r"```python\n(.*?)```", TEXT, re.DOTALL)
    assert block is not None
    exec(block[1], found)  # noqa: S102 - the page is ours
    return found


def test_every_row_has_a_line_that_runs():
    tables = [line for line in TEXT.splitlines() if line.startswith("|")]
    headings = [line for line in tables if "| here |" in line]
    assert len(LINES) == len(tables) - 2 * len(headings)  # a heading and a rule for each
    assert len(headings) == 7


@pytest.mark.parametrize("line", LINES)
def test_the_line_runs(names, line):
    eval(line, dict(names))  # noqa: S307 - the page is ours
