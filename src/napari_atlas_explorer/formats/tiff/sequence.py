"""Numbered files of one plane each, as the planes of one volume."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from pathlib import Path

NUMBERED = re.compile(r"(.*?)(\d{1,9})(\.tiff?)", re.IGNORECASE)
FEWEST = 3
"""Files that make a volume; two numbered images are more likely two images."""


def sequence_of(path: Path) -> list[Path]:
    """Return the files of a folder that are numbered like this one, by their numbers.

    Their content is not looked at. Empty where there are fewer than `FEWEST`.
    """
    match = NUMBERED.fullmatch(path.name)
    if match is None:
        return []
    files = []
    for other in path.parent.iterdir():
        found = NUMBERED.fullmatch(other.name)
        if found is not None and (found[1], found[3]) == (match[1], match[3]):
            files.append(other)
    return sorted(files, key=_number_of) if len(files) >= FEWEST else []


def describe_sequence(files: Sequence[Path]) -> str:
    """Describe the files of a volume, and the numbers that are left out between them."""
    numbers = [_number_of(path) for path in files]
    step = min(b - a for a, b in itertools.pairwise(numbers))
    missing = sorted({*range(numbers[0], numbers[-1], max(1, step))} - {*numbers})
    text = f"{len(files)} files, {files[0].name} to {files[-1].name}, are the planes of one volume"
    if missing:
        some = ", ".join(map(str, missing[:5])) + (", …" if len(missing) > 5 else "")
        text += f"; there is no plane of number {some}"
    return text


def _number_of(path: Path) -> int:
    match = NUMBERED.fullmatch(path.name)
    return int(match[2]) if match else -1
