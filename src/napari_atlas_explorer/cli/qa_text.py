"""QA report as lines for a terminal or a CI log."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from ..core.text import grouped, sanitize_text
from ..qa.document import Document
from ..qa.finding import SEVERITIES

LINES_PER_CODE = 3
"""Findings of one code that are printed; further ones are counted."""


def as_lines(document: Document, every: bool = False) -> list[str]:
    """Return the lines of a report: findings by code, checks that were not run, summary."""
    facts = document["atlas"]
    lines = [f"{facts['name']}: {facts['path']}"]
    if facts.get("table"):
        lines.append(f"  names from {facts['table']}")
    plugins = sorted({c["plugin"] for c in document["checks"] if c["plugin"]})
    if plugins:
        lines.append(f"  with checks of {', '.join(plugins)}")
    for (severity, code), rows in groupby(
        document["findings"], key=lambda f: (_find_kind(f), f["code"])
    ):
        codes = list(rows)
        shown = codes if every else codes[:LINES_PER_CODE]
        for row in shown:
            lines.append(f"  {severity:8}{code}  {row['message']}")
            if row["open"]:
                lines.append(f"          {row['open']}")
        if len(codes) > len(shown):
            left = grouped(len(codes) - len(shown))
            lines.append(f"  {severity:8}{code}  … and {left} more (--all, --json, --html)")
    for why, checks in groupby(
        sorted(
            (c for c in document["checks"] if c["status"] == "not run"),
            key=lambda c: (c["why"], c["code"]),
        ),
        key=lambda c: c["why"],
    ):
        lines.append(f"  not run {', '.join(c['code'] for c in checks)}: {why}")
    # File names and reasons are untrusted: strip line breaks and escape sequences.
    return [sanitize_text(line) for line in [*lines, f"  {summary_line(document['summary'])}"]]


def summary_line(summary: dict[str, int]) -> str:
    """Return the summary in one line."""
    counts = [
        f"{summary[s]} {s}{'' if s == 'info' or summary[s] == 1 else 's'}" for s in SEVERITIES
    ]
    return (
        f"{', '.join(counts)}; {summary['known']} known; "
        f"{summary['passed']} checks passed, {summary['not_run']} not run"
    )


def summary_table(documents: Sequence[Document]) -> str:
    """Return one line for each package."""
    head = ("atlas", *SEVERITIES, "known", "not run")
    rows = [head] + [
        (
            d["atlas"]["name"],
            *(str(d["summary"][s]) for s in SEVERITIES),
            str(d["summary"]["known"]),
            str(d["summary"]["not_run"]),
        )
        for d in documents
    ]
    widths = [max(len(row[k]) for row in rows) for k in range(len(head))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if k == 0 else cell.rjust(width)
            for k, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )


def _find_kind(row: dict[str, Any]) -> str:
    return "known" if row["known"] else str(row["severity"])
