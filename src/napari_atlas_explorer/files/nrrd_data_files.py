"""Where the data of a NRRD file are: behind the header, in one file beside it, or in many."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import AtlasFileError, short
from .beside import file_beside
from .nrrd_header import NrrdHeader

MAX_DATA_FILES = 100_000

WHOLE = re.compile(r"-?\d{1,9}", re.ASCII)
NUMBER_FORMAT = re.compile(r"%(0?)(\d{0,2})[du]")


@dataclass(frozen=True)
class DataPiece:
    """A file that holds the next part of the data.

    Attributes
    ----------
    path
        The file.
    start
        Offset at which skipping and reading starts.
    count
        Values in it.
    """

    path: Path
    start: int
    count: int


def data_pieces(header: NrrdHeader) -> list[DataPiece]:
    """Files that hold a volume's data, in the order of the data; all stay in the folder.

    Three forms of ``data file`` are understood, as the NRRD definition has them: a name,
    ``LIST [subdim]`` with one name on each line that follows, and a numbered pattern
    ``<format> <min> <max> <step> [subdim]``.
    """
    total = math.prod(header.sizes)
    stated = header.fields.get("data file", header.fields.get("datafile"))
    if stated is None:
        return [DataPiece(header.path, header.data_start, total)]
    text = str(stated).strip()
    words = text.split()
    numbered = _numbered(text)
    if words and words[0] == "LIST":
        names = list(header.data_files)
        subdim = words[1] if len(words) > 1 else None
    elif numbered:
        names = _numbered_names(header, *numbered[:2])
        subdim = numbered[2]
    else:
        return [DataPiece(file_beside(header.path, text), 0, total)]
    count = total // _number_of_files(header, len(names), subdim)
    return [DataPiece(file_beside(header.path, name), 0, count) for name in names]


def _numbered(text: str) -> tuple[str, list[int], str | None] | None:
    """Pattern, three numbers and the dimension of ``<format> <min> <max> <step> [subdim]``."""
    for count in (4, 3):
        pattern, *numbers = text.rsplit(None, count)
        if "%" in pattern and len(numbers) == count and all(map(WHOLE.fullmatch, numbers)):
            return pattern, [int(v) for v in numbers[:3]], numbers[3] if count == 4 else None
    return None


def _numbered_names(header: NrrdHeader, pattern: str, limits: list[int]) -> list[str]:
    """Names of a pattern such as ``slice%03d.raw 1 20 1``; both ends count."""
    first, last, step = limits
    numbers = range(first, last + (1 if step > 0 else -1), step) if step else range(0)
    if not 0 < len(numbers) <= MAX_DATA_FILES or min(first, last) < 0:
        raise AtlasFileError(
            header.path,
            f"data files {short(pattern)} from {first} to {last} by {step}",
            f"1 to {MAX_DATA_FILES} numbers, none negative",
        )
    found = NUMBER_FORMAT.findall(pattern)
    if len(found) != 1 or pattern.count("%") != 1:
        raise AtlasFileError(
            header.path, f"data files {short(pattern)}", "one number in the name, such as %03d"
        )
    zero, width = found[0]
    before, after = NUMBER_FORMAT.split(pattern)[0], NUMBER_FORMAT.split(pattern)[-1]
    fill = "0" if zero else " "
    return [f"{before}{str(n).rjust(int(width or 0), fill)}{after}" for n in numbers]


def _number_of_files(header: NrrdHeader, found: int, subdim: str | None) -> int:
    """Check how many files there are against the axes that each of them holds."""
    sizes, dimension = header.sizes, len(header.sizes)
    axes = dimension - 1 if subdim is None else int(subdim) if subdim.isdigit() else -1
    if not 1 <= axes <= dimension and not (dimension == 1 and axes == 0):
        raise AtlasFileError(
            header.path, f"data files of {subdim} axes", f"a number from 1 to {dimension}"
        )
    # Files of all axes are slabs of the slowest one, as many as divide it.
    fits = (
        sizes[-1] % found == 0 if found and axes == dimension else math.prod(sizes[axes:]) == found
    )
    if not found or found > MAX_DATA_FILES or not fits:
        wanted = (
            f"a number that divides {sizes[-1]}"
            if axes == dimension
            else f"{math.prod(sizes[axes:])}, one for each slice"
        )
        raise AtlasFileError(header.path, f"{found} data files", wanted)
    return found
