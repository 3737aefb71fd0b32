"""Names and counts in a finding's sentence."""

from __future__ import annotations

from collections.abc import Iterable

NAMES_IN_SENTENCE = 5


def listed(words: Iterable[str], most: int = NAMES_IN_SENTENCE) -> str:
    """List words in a sentence: the first few, and how many more there are."""
    every = list(words)
    more = len(every) - most
    return ", ".join(every[:most]) + (f" and {more:,} more" if more > 0 else "")


def counted(n: int, one: str, many: str = "") -> str:
    """Count things in a sentence: "1 voxel", "12,345 voxels"."""
    return f"1 {one}" if n == 1 else f"{n:,} {many or one + 's'}"
