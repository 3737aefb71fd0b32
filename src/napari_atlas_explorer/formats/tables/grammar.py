"""Grammar of region tables in text: lines to cells, cells to columns, columns to rows.

All rows decide together which delimiter, header, columns and dialect a table has; a row that
does not follow is refused by its number. What is left out or taken for granted becomes a note.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...core.errors import AtlasFileError, short
from ...core.text import counted, listed
from ..common.safety import reason_of
from ..common.text import sanitize_values
from .cells import (
    clean,
    is_fraction,
    is_number,
    is_range,
    is_rounded,
    parse_color,
    parse_hemisphere,
    parse_id,
    scale_channels,
)
from .columns import Columns, find_columns, infer_columns
from .lines import parse_lines

DELIMITERS = "\t;,|"
HEAD_ROWS = 200
"""Rows in which the header is looked for, and that show whether a delimiter separates columns."""

Cells = tuple[int, list[str]]
"""Number of a row in the file, from 1, and its cells."""

EXPECTED = "a column of ids (id, index, label) and one of names (name, acronym)"


@dataclass
class ParsedTable:
    """Rows of a table, before a hierarchy is made of them.

    Attributes
    ----------
    rows
        Rows under this package's keys; background is among them.
    numbers
        Number of each in the file, from 1.
    notes
        One sentence for each thing that was left out or taken for granted.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, number: int, row: dict[str, Any]) -> None:
        """Add a row."""
        self.numbers.append(number)
        self.rows.append(sanitize_values(row))


def parse_table(text: str, path: Path) -> ParsedTable:
    """Parse a table of regions, with or without a header, of any delimiter.

    Raises
    ------
    AtlasFileError
        If it is no table of regions, with the row that is to blame.
    """
    text, stated = _take_separator(text)
    delimiters = stated or DELIMITERS
    header, problem = _find_header(text, delimiters, path)
    if header is not None:
        return _parse_columns(text, header, path)
    lines = [
        (number, line)
        for number, line in enumerate(text.split("\n"), 1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    blanks = "\n".join(" ".join(line.split()) for line in text.split("\n"))
    header, _ = _find_header(blanks, " ", path)
    if header is not None and _is_aligned(blanks, header, path):
        return _parse_columns(blanks, header, path)
    table = ParsedTable()
    parsed = parse_lines(lines, path)
    if parsed is None:
        delimiter = _find_delimiter(lines, delimiters)
        if delimiter is not None:
            return _parse_bare(text, delimiter, path)
        columns = _name_columns(lines, delimiters)
        raise problem or AtlasFileError(path, f"columns {columns}", EXPECTED)
    for number, row in parsed:
        table.add(number, row)
    return table


def _take_separator(text: str) -> tuple[str, str]:
    """Return the text with Excel's line "sep=;" blanked, and the delimiter that it states."""
    first, end, rest = text.partition("\n")
    if first[:4].lower() == "sep=" and len(first.rstrip()) <= 5:
        return end + rest, first[4:5] or "\t"
    return text, ""


def _name_columns(lines: Sequence[tuple[int, str]], delimiters: str) -> str:
    first = lines[0][1] if lines else ""
    delimiter = max(delimiters, key=first.count)
    heads = [c.strip().lower() for c in first.split(delimiter) if c.strip()]
    return ", ".join(heads)[:200] or "none"


# ---- Cells ---------------------------------------------------------------------------------------


def _read_cells(text: str, delimiter: str, path: Path, most: int | None = None) -> Iterator[Cells]:
    """Yield the rows of a delimited text that hold something, with their numbers."""
    # A blank before a quote would make the quote part of the text.
    spaced = f'{delimiter} "' in text
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=spaced)
    try:
        for cells in reader:
            if any(map(str.strip, cells)):
                yield reader.line_num, cells
                most = None if most is None else most - 1
                if most == 0:
                    return
    except csv.Error as exc:
        raise AtlasFileError(path, f"it is not a table ({reason_of(exc)})") from exc


@dataclass(frozen=True)
class _Header:
    """Header of a delimited table: its columns, the delimiter, and its number among the rows."""

    columns: Columns
    delimiter: str
    at: int


def _find_header(
    text: str, delimiters: str, path: Path
) -> tuple[_Header | None, AtlasFileError | None]:
    """Find the row that names ids and names, below titles; the delimiter with most columns.

    The error is that of a delimiter with which the text is no table.
    """
    best: _Header | None = None
    problem: AtlasFileError | None = None
    for delimiter in delimiters:
        try:
            head = list(_read_cells(text, delimiter, path, HEAD_ROWS))
        except AtlasFileError as exc:
            problem = exc
            continue
        for at, (_, cells) in enumerate(head):
            if parse_id(clean(cells[0])) is not None:
                break  # rows have begun
            below = [c for _, c in head[at + 1 :] if not c[0].lstrip().startswith("#")]
            columns = _try_header(cells, below)
            if columns is not None:
                if best is None or columns.recognized > best.columns.recognized:
                    best = _Header(columns, delimiter, at)
                break
    return best, problem


def _try_header(cells: list[str], below: Sequence[list[str]]) -> Columns | None:
    """Return the columns that a row names, None where it is no header of those below."""
    if 2 * sum(len(c) > 1 for c in below) < len(below):
        return None
    columns = find_columns(cells, below)
    if columns is None and below and all(len(c) == len(cells) + 1 for c in below):
        # R, and Virtual Fly Brain's table of merged sides, have no head for the first column.
        columns = find_columns(cells, [c[1:] for c in below])
    return columns


def _is_aligned(text: str, header: _Header, path: Path) -> bool:
    """Return whether blanks separate cells: as many as heads, and no text without a known head.

    Else they are part of the names.
    """
    columns, head, *rows = header.columns, *list(_read_cells(text, " ", path))[header.at :]
    known = {*columns.ids.values(), *columns.places.values()}
    return not head[1][0].startswith("#") and all(
        len(cells) == len(columns.fields)
        and all(k in known or is_number(clean(c)) for k, c in enumerate(cells))
        for _, cells in rows
        if not cells[0].startswith("#")
    )


def _find_delimiter(lines: Sequence[tuple[int, str]], delimiters: str) -> str | None:
    """Return the delimiter that most lines have after an id."""
    for delimiter in delimiters:
        hits = sum(
            parse_id(head.strip().strip('"')) is not None and bool(end)
            for head, end, _ in (line.partition(delimiter) for _, line in lines)
        )
        if 2 * hits > len(lines):
            return delimiter
    return None


# ---- Rows of a table with a header ---------------------------------------------------------------


def _parse_columns(text: str, header: _Header, path: Path) -> ParsedTable:
    rows = [
        (number, cells)
        for number, cells in list(_read_cells(text, header.delimiter, path))[header.at + 1 :]
        if not cells[0].lstrip().startswith("#")
    ]
    columns = header.columns
    wide = len(columns.fields) + 1
    if (
        rows
        and all(len(cells) == wide for _, cells in rows)
        and all(cells[-1] for _, cells in rows)
    ):
        shifted = columns.shifted()
        at = next(iter(shifted.ids.values()))
        if all(parse_id(clean(cells[at])) is not None for _, cells in rows):
            columns = shifted
    rows = [(n, _fit(cells, columns, header.delimiter, (path, n))) for n, cells in rows]
    table = _build_rows(rows, columns, path)
    if columns.others:
        head = columns.fields[columns.ids[""]].strip()
        table.notes.append(
            f"the ids are those of column {head!r}; {listed(columns.others)} holds numbers too"
        )
    return table


def _parse_bare(text: str, delimiter: str, path: Path) -> ParsedTable:
    """Parse a delimited table without a header."""
    rows = [r for r in _read_cells(text, delimiter, path) if not r[1][0].lstrip().startswith("#")]
    led = [cells[1][:1].isspace() for _, cells in rows if len(cells) > 1]
    if not any(led):
        rows = [(n, _join_led(cells, delimiter)) for n, cells in rows]
    columns = infer_columns([cells for _, cells in rows])
    if columns is None:
        raise AtlasFileError(path, "columns of numbers alone", EXPECTED)
    usual = Counter(len(cells) for _, cells in rows).most_common(1)[0][0]
    for number, cells in rows:
        if len(cells) > usual:
            raise _refuse_width(number, cells, usual, path)
        if parse_id(clean(cells[0])) is None and not is_range(clean(cells[0])):
            raise AtlasFileError(path, f"row {number}: id {short(cells[0])}", "a whole number")
    table = _build_rows(rows, columns, path)
    for row in table.rows:
        if " " not in row.get("name", " "):
            row.setdefault("acronym", row["name"])
    return table


def _fit(cells: list[str], columns: Columns, delimiter: str, row: tuple[Path, int]) -> list[str]:
    """Return the cells of a row, as many as there are columns.

    A comma in a name that is not in quotes makes one cell too many. Written text has a blank
    after it, which tells it from a delimiter; where it does not, the row is refused.
    """
    width = len(columns.fields)
    while len(cells) > width and not cells[-1].strip():
        cells = cells[:-1]
    if len(cells) <= width:
        return cells
    joined = _join_led(cells, delimiter)
    if len(joined) != width:
        raise _refuse_width(row[1], cells, width, row[0])
    return joined


def _join_led(cells: Sequence[str], delimiter: str) -> list[str]:
    """Join cells that begin with a blank to those before."""
    joined: list[str] = []
    for cell in cells:
        if joined and delimiter in ",;" and cell[:1] == " " and cell.strip():
            joined[-1] += f"{delimiter}{cell}"
        else:
            joined.append(cell)
    return joined


def _refuse_width(number: int, cells: Sequence[str], width: int, path: Path) -> AtlasFileError:
    return AtlasFileError(
        path,
        f"row {number}: {len(cells)} cells in {width} columns",
        "names that hold the delimiter in quotation marks",
    )


def _build_rows(rows: Sequence[Cells], columns: Columns, path: Path) -> ParsedTable:
    table = ParsedTable()
    _require_numbers(rows, columns, path)
    fraction = _has_fractions(rows, columns)
    skipped: list[str] = []
    rounded: list[str] = []
    colors: list[str] = []
    for number, cells in rows:
        row = _name_cells(cells, columns)
        if not _read_color(row, cells, columns, fraction):
            colors.append(str(number))
        texts = {s: clean(cells[at]) if at < len(cells) else "" for s, at in columns.ids.items()}
        ids = {side: parse_id(text) for side, text in texts.items()}
        strange = [text for side, text in texts.items() if text and ids[side] is None]
        if strange or not any(texts.values()):
            skipped.append(f"{number} ({short(next(iter([*strange, *row.values()])))})")
        rounded += [str(number) for text in texts.values() if is_rounded(text)]
        for side, region_id in ids.items():
            if region_id is not None:
                hemisphere = {"hemisphere": side} if side else {}
                table.add(number, {**row, "id": region_id, **hemisphere})
    if rows and not table.rows:
        number, cells = rows[0]
        at = next(iter(columns.ids.values()))
        cell = cells[at] if at < len(cells) else ""
        raise AtlasFileError(path, f"row {number}: id {short(cell)}", "a whole number")
    if len(columns.ids) > 1:
        _merge_sides(table)
    table.notes += _make_notes(skipped, rounded, colors)
    return table


def _make_notes(
    skipped: Sequence[str], rounded: Sequence[str], colors: Sequence[str]
) -> Iterator[str]:
    if skipped:
        yield f"{counted(len(skipped), 'row')} without an id left out: row {listed(skipped)}"
    if rounded:
        yield f"ids in scientific notation may have lost digits: row {listed(rounded)}"
    if colors:
        yield f"{counted(len(colors), 'color')} cannot be read and left out: row {listed(colors)}"


def _name_cells(cells: Sequence[str], columns: Columns) -> dict[str, Any]:
    """Return the filled cells of a row under the keys of their roles, else of their heads."""
    role_at = {at: role for role, at in columns.places.items()}
    ids = set(columns.ids.values())
    row: dict[str, Any] = {}
    for k, cell in enumerate(cells):
        text = clean(cell)
        if not text or k in ids or k >= len(columns.fields):
            continue
        key = role_at.get(k, columns.fields[k].strip())
        if key and key not in row:
            row[key] = text
    if "hemisphere" in row and "hemisphere" in columns.places:
        side = parse_hemisphere(row.pop("hemisphere"))
        row |= {"hemisphere": side} if side else {}
    return row


def _has_fractions(rows: Sequence[Cells], columns: Columns) -> bool:
    """Return whether the three columns of colors hold fractions from 0 to 1 in all rows."""
    if columns.rgb is None:
        return False
    texts = (clean(cells[k]) for _, cells in rows for k in columns.rgb if k < len(cells))
    numbers = [text for text in texts if is_number(text)]
    return is_fraction(numbers)


def _read_color(
    row: dict[str, Any], cells: Sequence[str], columns: Columns, fraction: bool
) -> bool:
    """Replace the color of a row by three numbers; False where it is stated and unreadable."""
    text = row.pop("color", "")
    color = parse_color(text) if text else None
    if columns.rgb is not None:
        channels = [clean(cells[k]) if k < len(cells) else "" for k in columns.rgb]
        text = "".join(channels)
        if all(map(is_number, channels)):
            color = scale_channels([float(c) for c in channels], fraction)
    if color is not None:
        row["rgb_triplet"] = list(color)
        if columns.fields[columns.places.get("color", 0)].strip() == "color_hex_triplet":
            row["color_hex_triplet"] = "{:02X}{:02X}{:02X}".format(*color)
    return color is not None or not text


def _require_numbers(rows: Sequence[Cells], columns: Columns, path: Path) -> None:
    """Refuse a row whose text is in a column of numbers because a comma in its name is not quoted.

    Such a row has as many cells as the others where its last cells are missing.
    """
    filled: Counter[int] = Counter()
    numbers: Counter[int] = Counter()
    stray: dict[int, Cells] = {}
    for number, cells in rows:
        for k, cell in enumerate(cells[: len(columns.fields)]):
            text = clean(cell)
            filled[k] += bool(text)
            numbers[k] += is_number(text)
            if text and cell[0] == " " and not is_number(text):
                stray.setdefault(k, (number, [text]))
    for k, (number, cells) in stray.items():
        if 2 * numbers[k] >= filled[k] > 1:
            raise AtlasFileError(
                path,
                f"row {number}: {short(cells[0])} in column {columns.fields[k].strip()!r}",
                "a number (names that hold a comma in quotation marks)",
            )


def _merge_sides(table: ParsedTable) -> None:
    """Make one row of two with an id that the left and the right column share.

    Two rows have the structure's name as stated. Their acronyms differ by the hemisphere, so
    that each can be named.
    """
    seen: dict[tuple[int, int], dict[str, Any]] = {}
    for number, row in zip(table.numbers, table.rows, strict=True):
        other = seen.setdefault((number, row["id"]), row)
        if other is not row:
            other.pop("hemisphere", None)
    for row in seen.values():
        base = row.get("acronym") or row.get("name")
        if base and "hemisphere" in row:
            row["acronym"] = f"{base} {row['hemisphere']}"
    kept = list(seen.items())
    table.numbers, table.rows = [key[0] for key, _ in kept], [row for _, row in kept]
