"""Dialects of region tables whose cells are separated by blanks.

ITK-SNAP (``id R G B A VIS MSH "name"``), color tables of FreeSurfer, 3D Slicer and MRtrix
(``id name R G B A``), of FSLeyes (``id R G B name``), and lists of ids and names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...core.errors import AtlasFileError, short
from .cells import is_fraction, is_number, parse_id, scale_channels
from .columns import find_columns

Lines = Sequence[tuple[int, str]]
"""Lines that hold something, with their numbers in the file, from 1."""

Parsed = list[tuple[int, dict[str, Any]]]


@dataclass(frozen=True)
class Words:
    """Words of a line: those before the name, the name, and those after it.

    Attributes
    ----------
    before, after
        Words on either side of a name in quotes; without quotes, all words are before.
    name
        The quoted name, None without quotes.
    text
        The line without a comment.
    """

    before: list[str]
    name: str | None
    after: list[str]
    text: str


def split_words(line: str) -> Words:
    """Split a line at blanks; quotes hold a name, which may hold quotes, and ``# `` a comment."""
    text = line.strip()
    opening, closing = text.find('"'), text.rfind('"')
    if closing > opening and text[:opening].strip():
        after = text[closing + 1 :].partition("#")[0]
        return Words(
            text[:opening].split(), text[opening + 1 : closing].strip(), after.split(), text
        )
    text = text.partition(" # ")[0].partition("\t# ")[0].rstrip()
    return Words(text.split(), None, [], text)


def parse_lines(lines: Lines, path: Path) -> Parsed | None:
    """Parse lines in the dialect that most of them follow; None where they follow none.

    Raises
    ------
    AtlasFileError
        If a line does not follow the dialect of the others.
    """
    words = [(number, split_words(line)) for number, line in lines]
    if _is_header(words):
        words, lines = words[1:], lines[1:]
    for follows, parse, expected in DIALECTS:
        strays = [k for k, (_, w) in enumerate(words) if not follows(w)]
        if 2 * len(strays) >= len(words):
            continue
        if strays:
            number, line = lines[strays[0]]
            raise AtlasFileError(path, f"row {number}: {short(line.strip())}", expected)
        return list(parse(words))
    return _parse_list(words, lines, path)


Numbered = Sequence[tuple[int, Words]]


def _is_header(words: Numbered) -> bool:
    """Return whether the first line names the columns, the id first."""
    if len(words) < 2 or parse_id(words[0][1].before[0]) is not None:
        return False
    columns = find_columns(words[0][1].before, [w.before for _, w in words[1:]])
    return columns is not None and 0 in columns.ids.values()


# ---- ITK-SNAP ------------------------------------------------------------------------------------

SNAP_NUMBERS = 7


def _is_snap(words: Words) -> bool:
    numbers = words.before[:SNAP_NUMBERS]
    named = len(words.before) == len(numbers) if words.name is not None else True
    return len(numbers) == SNAP_NUMBERS and named and _are_numbers(numbers) and not words.after


def _parse_snap(words: Numbered) -> Iterator[tuple[int, dict[str, Any]]]:
    fraction = _is_fraction([w.before[1:4] for _, w in words])
    for number, w in words:
        name = w.name
        if name is None:
            name = w.text.split(None, SNAP_NUMBERS)[-1] if len(w.before) > SNAP_NUMBERS else ""
        yield number, _make_row(w.before[0], name, w.before[1:4], fraction)


# ---- FSLeyes: the color first --------------------------------------------------------------------


def _is_color_first(words: Words) -> bool:
    ahead = words.before[:4]
    named = len(words.before) == 4 if words.name is not None else len(words.before) > 4
    text = words.name is not None or (named and not is_number(words.before[4]))
    return len(ahead) == 4 and named and text and _are_numbers(ahead) and not words.after


def _parse_color_first(words: Numbered) -> Iterator[tuple[int, dict[str, Any]]]:
    fraction = _is_fraction([w.before[1:4] for _, w in words])
    for number, w in words:
        name = w.name if w.name is not None else w.text.split(None, 4)[-1]
        yield number, _make_row(w.before[0], name, w.before[1:4], fraction)


# ---- Color tables: the name first ----------------------------------------------------------------
#
# FreeSurfer and 3D Slicer write a name as one word, others do not. FreeSurfer counts the last
# number as transparency, Slicer as opacity; it is not used, and some tables leave it out.


def _count_channels(words: Words) -> int:
    """Return how many numbers end a line, beyond its id and one word of its name."""
    if words.name is not None:
        return len(words.after) if all(map(is_number, words.after)) else 0
    count = 0
    for word in words.before[:1:-1]:
        if not is_number(word):
            break
        count += 1
    return count


def _is_color_table(words: Words) -> bool:
    quoted = words.name is not None and (len(words.before) != 1 or len(words.after) > 4)
    return (
        bool(words.before)
        and _are_numbers(words.before[:1])
        and (_count_channels(words) >= 3 and not quoted)
    )


def _parse_color_table(words: Numbered) -> Iterator[tuple[int, dict[str, Any]]]:
    last = _count_color_words(words)
    short_names = _split_short_names(words, last)
    fraction = _is_fraction([_take_color(w, last) for _, w in words])
    for k, (number, w) in enumerate(words):
        name = w.name if w.name is not None else _take_name(w, last)
        row = _make_row(w.before[0], name, _take_color(w, last), fraction)
        if short_names is not None:
            row["acronym"], row["name"] = short_names[k]
        yield number, row


def _count_color_words(words: Numbered) -> int:
    """Return whether three or four numbers end every line.

    "7 Area 1 10 20 30" may end in three numbers after "Area 1", or in four after "Area". They
    are three where names would else be alike; opacity, the fourth, is the same in all rows.
    """
    counts = [_count_channels(w) for _, w in words]
    if min(counts) < 4 or words[0][1].name is not None:
        return min(4, *counts)
    names = {_take_name(w, 4) for _, w in words}
    opacities = {w.before[-1] for _, w in words}
    return 3 if len(names) < len(words) and len(opacities) > 1 else 4


def _take_name(words: Words, last: int) -> str:
    """Return the text between the id and the numbers at the end."""
    return words.text.split(None, 1)[1].rsplit(None, last)[0].strip()


def _take_color(words: Words, last: int) -> list[str]:
    return (words.after if words.name is not None else words.before[-last:])[:3]


def _split_short_names(words: Numbered, last: int) -> list[tuple[str, str]] | None:
    """Split names into MRtrix's short and long names, None where they are one name.

    The columns are padded: two blanks or a tab between them in every row but the background's.
    With one blank they are two where both names differ from row to row, the second is the longer
    one, and words in it are joined, so that a blank cannot be part of a name.
    """
    if any(w.name is not None for _, w in words):
        return None
    names = [_take_name(w, last) for _, w in words]
    parts = [name.split() for name in names]
    regions = [k for k, (_, w) in enumerate(words) if parse_id(w.before[0])]
    if not regions or any(len(parts[k]) != 2 for k in regions):
        return None
    padded = all(len(names[k]) > sum(map(len, parts[k])) + 1 or "\t" in names[k] for k in regions)
    if not padded:
        pairs = [parts[k] for k in regions]
        distinct = all(len({p[n] for p in pairs}) == len(pairs) for n in (0, 1))
        joined = any("-" in p[1] or "_" in p[1] for p in pairs)
        if not (distinct and joined and all(len(p[0]) < len(p[1]) for p in pairs)):
            return None
    return [(p[0], p[-1]) for p in parts]


# ---- Lists of ids and names ----------------------------------------------------------------------


def _parse_list(words: Numbered, lines: Lines, path: Path) -> Parsed | None:
    """Parse lines of an id and a name; None where they are none."""
    listed = sum(_is_listed(w) for _, w in words)
    if not words or 2 * listed < len(words):
        return None
    coded = _have_codes(words)
    rows: Parsed = []
    for k, (number, w) in enumerate(words):
        if not _is_listed(w) and (parse_id(w.text) is None):
            raise AtlasFileError(path, f"row {number}: {short(lines[k][1].strip())}", EXPECTED_LIST)
        name = w.name if w.name is not None else " ".join(w.before[1:])
        name = w.before[1] if coded else name
        row: dict[str, Any] = {"id": parse_id(w.before[0])}
        if name:
            row["name"] = name
            row |= {} if " " in name else {"acronym": name}
        rows.append((number, row))
    return rows


EXPECTED_LIST = "an id and a name"


def _is_listed(words: Words) -> bool:
    named = words.name is not None or len(words.before) > 1
    return named and parse_id(words.before[0]) is not None and not words.after


def _have_codes(words: Numbered) -> bool:
    """Return whether a number follows every name, as AAL's code does.

    It is a code where it repeats the id or has four digits, and the names differ without it.
    """
    parts = [w.before for _, w in words]
    if any(len(p) != 3 or not p[2].isdecimal() or is_number(p[1]) for p in parts):
        return False
    codes = all(len(p[2]) >= 4 for p in parts) or all(p[2] == p[0] for p in parts)
    return codes and len({p[1] for p in parts}) == len(parts)


# ---- Common --------------------------------------------------------------------------------------

Dialect = tuple[
    Callable[[Words], bool], Callable[[Numbered], Iterator[tuple[int, dict[str, Any]]]], str
]
DIALECTS: tuple[Dialect, ...] = (
    (_is_snap, _parse_snap, 'IDX R G B A VIS MSH "LABEL"'),
    (_is_color_first, _parse_color_first, "id R G B name"),
    (_is_color_table, _parse_color_table, "id name R G B A"),
)


def _are_numbers(words: Sequence[str]) -> bool:
    return bool(words) and parse_id(words[0]) is not None and all(map(is_number, words))


def _is_fraction(colors: Sequence[Sequence[str]]) -> bool:
    return is_fraction([c for color in colors for c in color])


def _make_row(region_id: str, name: str, color: Sequence[str], fraction: bool) -> dict[str, Any]:
    row: dict[str, Any] = {"id": parse_id(region_id)}
    if name:
        row |= {"acronym": name, "name": name}
    rgb = scale_channels([float(c) for c in color], fraction)
    if rgb is not None:
        row["rgb_triplet"] = list(rgb)
    return row
