"""docs/qa.md lists every check and limit; ``ATLAS_EXPLORER_WRITE_DOCS=1`` writes them anew."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest

from napari_atlas_explorer.qa.registry import CHECKS, GROUPS, THRESHOLDS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "qa.md"


def checks_table() -> str:
    lines = []
    for group in GROUPS:
        lines += [
            f"### {group}",
            "",
            "| Code | Severity | Fault | Needs |",
            "|---|---|---|---|",
        ]
        lines += [
            f"| `{c.code}` | {c.severity} | {c.title} | {', '.join(c.needs)} |"
            for c in CHECKS
            if c.group == group
        ]
        lines.append("")
    return "\n".join(lines).strip()


def limits_table() -> str:
    rows = [f"| `{t.name}` | {t.default:g} {t.unit} | {t.reason} |" for t in THRESHOLDS]
    return "\n".join(["| Limit | Default | Why |", "|---|---|---|", *rows])


@pytest.mark.parametrize(
    ("name", "make"), [("checks", checks_table), ("limits", limits_table)], ids=lambda v: str(v)[:6]
)
def test_the_page_lists_what_there_is(name, make):
    start, end = f"<!-- {name}: start -->", f"<!-- {name}: end -->"
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(start)
    shown, after = rest.split(end)
    if os.environ.get("ATLAS_EXPLORER_WRITE_DOCS"):
        PAGE.write_text(f"{before}{start}\n{make()}\n{end}{after}", encoding="utf-8")
    else:
        assert shown.strip() == make()


def test_the_example_of_settings_is_one_that_is_read(tmp_path):
    from napari_atlas_explorer.qa.config import read_config

    text = PAGE.read_text(encoding="utf-8").split("```toml\n")[1].split("```")[0]
    assert tomllib.loads(text)["known"]
    path = tmp_path / "qa.toml"
    path.write_text(text, encoding="utf-8")
    assert read_config(path, CHECKS, THRESHOLDS).known[0].region == 699
