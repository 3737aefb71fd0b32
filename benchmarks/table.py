"""Rows of figures, and how they are printed."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

START, END = "<!-- benchmarks: start -->", "<!-- benchmarks: end -->"
HEADINGS = ("what", "ours, ms", "floor or peer, ms", "ratio", "goal", "")


@dataclass(frozen=True)
class Goal:
    """What the design asks of a row.

    Attributes
    ----------
    text
        As it is printed.
    most_ms
        Most milliseconds, or None.
    most_ratio
        Most of ours / floor, or None; "6 × faster than a peer" is 1/6.
    """

    text: str
    most_ms: float | None = None
    most_ratio: float | None = None

    @classmethod
    def ms(cls, most: float, text: str = "") -> Goal:
        """Goal of an absolute time."""
        return cls(text or f"≤ {most:g} ms", most_ms=most)

    @classmethod
    def ratio(cls, most: float) -> Goal:
        """Goal relative to the floor."""
        return cls(f"≤ {most:g} ×", most_ratio=most)

    @classmethod
    def faster(cls, times: float) -> Goal:
        """Goal relative to a peer."""
        return cls(f"≥ {times:g} × faster", most_ratio=1 / times)


@dataclass(frozen=True)
class Row:
    """One figure.

    Attributes
    ----------
    what
        What was done.
    ours
        Milliseconds; None if it was not run.
    other
        Milliseconds of the floor or peer, None if there is none.
    name
        Name of the floor or peer, or why the row was not run.
    goal
        What the design asks; None where it asks nothing.
    unit
        Of both figures; named where it is none of time.
    """

    what: str
    ours: float | None
    other: float | None = None
    name: str = ""
    goal: Goal | None = None
    unit: str = "ms"

    @property
    def ratio(self) -> float | None:
        """Ours / floor."""
        return self.ours / self.other if self.ours is not None and self.other else None

    @property
    def verdict(self) -> str:
        """Whether the goal was met; empty without a goal."""
        if self.ours is None:
            return "not run"
        if self.goal is None:
            return ""
        ok = self.goal.most_ms is None or self.ours <= self.goal.most_ms
        if self.goal.most_ratio is not None:
            ok = ok and self.ratio is not None and self.ratio <= self.goal.most_ratio
        return "met" if ok else "**missed**"

    def cells(self) -> tuple[str, ...]:
        """Texts of the columns."""
        unit = "" if self.unit == "ms" else f" {self.unit}"
        other = self.name
        if self.other is not None:
            other = f"{figure(self.other)}{unit} ({self.name})"
        ratio = "" if self.ratio is None else times(self.ratio)
        ours = "–" if self.ours is None else f"{figure(self.ours)}{unit}"
        return (self.what, ours, other, ratio, self.goal.text if self.goal else "–", self.verdict)


def figure(ms: float) -> str:
    """Milliseconds to three digits."""
    return f"{ms:.0f}" if ms >= 100 else f"{ms:.3g}" if ms >= 0.01 else f"{ms:.1g}"


def times(ratio: float) -> str:
    """Ratio; below 1 as how many times faster."""
    digits = ".0f" if max(ratio, 1 / ratio) >= 100 else ".3g"
    return f"{ratio:{digits}} ×" if ratio >= 0.95 else f"1/{1 / ratio:{digits}}"


def text_table(rows: Sequence[Row]) -> str:
    """Columns padded for a terminal."""
    lines = [HEADINGS, *(row.cells() for row in rows)]
    widths = [max(_width(line[k]) for line in lines) for k in range(len(HEADINGS))]
    lines.insert(1, tuple("-" * w for w in widths))
    return "\n".join(_padded(line, widths).replace("*", "") for line in lines)


def markdown_table(rows: Sequence[Row]) -> str:
    """Table as Markdown."""
    lines = [HEADINGS, ("---", "---:", "---", "---:", "---", "---"), *(r.cells() for r in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def write_between_markers(path: Path, text: str) -> None:
    """Put a text between the two marker comments of a file."""
    page = path.read_text(encoding="utf-8")
    head, found_start, rest = page.partition(START)
    _, found_end, tail = rest.partition(END)
    if not found_start or not found_end:
        raise SystemExit(f"{path.name}: no lines {START} and {END}; add them where the table goes")
    path.write_text(f"{head}{START}\n\n{text}\n\n{END}{tail}", encoding="utf-8")


def _width(text: str) -> int:
    return sum(not unicodedata.combining(c) for c in text)


def _padded(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (c + " " * (w - _width(c)) for c, w in zip(cells, widths, strict=True))
    return "  ".join(padded).rstrip()
