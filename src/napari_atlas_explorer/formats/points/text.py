"""Points in text tables: with or without column names, comma, tab or semicolon separated."""

from __future__ import annotations

import csv
import io
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...core.errors import AtlasFileError
from ...core.text import is_number, sanitize_text
from ..common.decimal_commas import COMMA_NUMBER, replace_decimal_commas
from ..common.safety import memory_budget

if TYPE_CHECKING:
    import pandas as pd

HEAD_BYTES = 1 << 16
NUMBERS_SHARE = 3
"""Bytes of memory that a byte of text takes while its numbers are read, at most."""
TEXT_SHARE = 12
"""The same where the text of the cells is kept."""
MISSING = ("", "nan")
MAX_TITLE_LINES = 20
MAX_UNITS_LINE = 4
"""Lines below the names up to that of the units: TrackMate writes two of other names between."""
STATED_DELIMITER = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
"""First line by which Excel is told the delimiter."""
BRACKETED = re.compile(r"[(\[](.*)[)\]]")
IMARIS_COLUMN, UNIT_COLUMN = "position x", "unit"
"""A column of units counts beside this one: "unit" is a neuron in tables of recordings."""
EXCEL_STARTS = (b"\xd0\xcf\x11\xe0", b"PK\x03\x04")
"""First bytes of workbooks."""
ROWS_PER_CHUNK = 1 << 18
EXACTLY = {"float_precision": "round_trip"}


@dataclass(frozen=True)
class TextHeader:
    """Layout of a text table.

    Attributes
    ----------
    names
        Of the columns, None if the first line holds numbers.
    n_columns
        Columns of the first line.
    skipped
        Lines before the first row of numbers.
    delimiter, encoding
        As pandas takes them.
    units
        Words for the units of the columns below their names or in a column of its own, or none.
    """

    names: tuple[str, ...] | None
    n_columns: int
    skipped: int
    delimiter: str
    encoding: str
    units: tuple[str, ...] = ()


def text_header(path: Path) -> TextHeader:
    """Read the layout of a text table; UTF-8, UTF-16 with a BOM, else Latin-1.

    The names are in the first line of three cells: titles, comments and ``sep=;`` come before it,
    a line of units, as TrackMate writes it, up to four lines after it.
    """
    lines, encoding = _read_head(path)
    first, stated = _find_names(lines)
    line = lines[first] if first < len(lines) else ""
    delimiter = stated or _guess_delimiter(line)
    try:
        cells = _split_cells(line.removeprefix("#"), delimiter)
        below = [_split_cells(text, delimiter) for text in lines[first + 1 :][:MAX_UNITS_LINE]]
    except csv.Error as exc:
        raise AtlasFileError(path, f"not a table ({exc})", "three columns") from exc
    if len(cells) < 3:
        shown = next((text for text in lines if text.strip()), "")
        raise AtlasFileError(
            path, f"a first line {shown[:60]!r}", "three columns, divided by commas"
        )
    if all(_is_number(cell) for cell in cells):
        return TextHeader(None, len(cells), first, delimiter, encoding)
    header = TextHeader(tuple(cells), len(cells), first + 1, delimiter, encoding)
    for n, row in enumerate(below, first + 2):
        units = tuple(found[1] if (found := BRACKETED.fullmatch(cell)) else "" for cell in row)
        if sum(map(bool, units)) >= 3:
            return replace(header, skipped=n, units=units)
    folded = [cell.casefold() for cell in cells]
    if IMARIS_COLUMN in folded and folded.count(UNIT_COLUMN) == 1:
        unit = _read_unit(path, header, folded.index(UNIT_COLUMN))
        return replace(header, units=(unit,) * len(cells))
    return header


def _read_head(path: Path) -> tuple[list[str], str]:
    """Return the first lines and the encoding."""
    try:
        with path.open("rb") as stream:
            raw = stream.read(HEAD_BYTES)
    except OSError as exc:
        raise AtlasFileError(path, f"cannot be read ({exc.strerror or exc})") from exc
    if raw.startswith(EXCEL_STARTS):
        raise AtlasFileError(path, "an Excel workbook", "its sheet saved as CSV")
    encoding = "utf-16" if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        # The end of what was read may cut a character in two: that is no fault of the file.
        text = raw.decode(encoding, "strict" if len(raw) < HEAD_BYTES else "ignore")
    except UnicodeDecodeError:
        encoding = "latin-1"
        text = raw.decode(encoding)
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), encoding


def _find_names(lines: list[str]) -> tuple[int, str]:
    """Return the line that holds the names or the first numbers, and the stated delimiter or ""."""
    stated = ""
    filled = [n for n, line in enumerate(lines) if line.strip()]
    for n, following in zip(filled[:MAX_TITLE_LINES], [*filled[1:], len(lines)], strict=False):
        line = lines[n]
        excel = STATED_DELIMITER.fullmatch(line.strip())
        if excel:
            stated = excel[1]
            continue
        cells = line.split(stated or _guess_delimiter(line))
        # Of several comments the last one may hold the names.
        comment = line.startswith("#") and "".join(lines[following : following + 1])[:1] == "#"
        words = [cell for cell in cells if cell.strip()]
        title = len(words) < 3 and not any(map(_is_number, words))
        if not comment and not title:
            return n, stated
    return len(lines), stated


def _guess_delimiter(line: str) -> str:
    """Return what divides a line; in ``1,5;2,5;3,5`` the commas are more, but divide no cells."""
    for delimiter in "\t;":
        if line.count(delimiter) > 1 and all(map(_is_number, line.split(delimiter))):
            return delimiter
    return max(",\t;", key=line.count)


def _split_cells(line: str, delimiter: str) -> list[str]:
    row = next(csv.reader(io.StringIO(line), delimiter=delimiter, skipinitialspace=True), [])
    return [sanitize_text(cell).strip() for cell in row]


def _read_unit(path: Path, header: TextHeader, column: int) -> str:
    """Return the word that every row has in its column of units."""
    _require_memory(path, TEXT_SHARE)
    words = _read_frame(path, header, [column], str)[column].fillna("").str.strip().unique()
    if len(words) > 1:
        text = ", ".join(map(str, words[:3]))
        raise AtlasFileError(path, f"positions in several units ({text})", "one unit in all rows")
    return str(words[0]) if len(words) else ""


def read_text_columns(
    path: Path, header: TextHeader, columns: Sequence[int], text: bool
) -> tuple[NDArray[np.float64], list[Any]]:
    """Read some columns as numbers ``(n, k)``, and as written (as numbers unless ``text``).

    Raises
    ------
    AtlasFileError
        If a cell is neither a number nor empty nor "nan", a row is longer than the first, or
        the file would take more memory than the budget.
    """
    _require_memory(path, TEXT_SHARE if text else NUMBERS_SHARE)
    if not text:
        try:
            table = _read_frame(path, header, columns, "float64")
            numbers = table.to_numpy(dtype=np.float64)
            return numbers, [numbers[:, k] for k in range(len(columns))]
        except ValueError:
            _require_memory(path, TEXT_SHARE)  # read again, to find the wrong cell
    table = _read_frame(path, header, columns, str)
    names = [header.names[k] if header.names else str(k) for k in columns]
    written = [table.iloc[:, k].fillna("").str.strip() for k in range(len(columns))]
    parsed = [_parse_numbers(path, cells, name) for cells, name in zip(written, names, strict=True)]
    return np.stack(parsed, axis=1), written


def _require_memory(path: Path, share: int) -> None:
    size = path.stat().st_size
    if size * share > memory_budget():
        raise AtlasFileError(
            path, f"{size >> 20} MiB of text, too much for the memory", "the points as .npy"
        )


def _read_frame(path: Path, header: TextHeader, columns: Sequence[int], dtype: Any) -> pd.DataFrame:
    import pandas as pd

    options: dict[str, Any] = {} if _parses_exactly(pd.__version__) else EXACTLY
    positions = list(columns)
    of_wanted: Any = dict.fromkeys(columns, dtype)
    none_in: Any = dict.fromkeys(columns, [] if dtype is str else ["", "nan", "NaN", "NAN"])
    try:
        # All columns, some rows at a time: reading only some columns, pandas silently drops
        # surplus cells of a row, and that may be "1,5" for 1.5.
        with (
            warnings.catch_warnings(),
            pd.read_csv(
                path,
                sep=header.delimiter,
                header=None,
                names=range(header.n_columns),
                index_col=False,
                skiprows=header.skipped,
                dtype=of_wanted,
                encoding=header.encoding,
                encoding_errors="replace",
                keep_default_na=False,
                na_values=none_in,
                skipinitialspace=True,
                low_memory=False,
                chunksize=ROWS_PER_CHUNK,
                **options,
            ) as chunks,
        ):
            # Of rows that are all longer than the names pandas only warns, and drops their ends.
            warnings.simplefilter("error", pd.errors.ParserWarning)
            tables = [chunk[positions] for chunk in chunks]
    except pd.errors.EmptyDataError:
        tables = []
    except (pd.errors.ParserError, pd.errors.ParserWarning) as exc:
        raise AtlasFileError(path, f"not a table ({exc})", "as many cells in every row") from exc
    except OSError as exc:
        raise AtlasFileError(path, f"cannot be read ({exc.strerror or exc})") from exc
    if not tables:
        return pd.DataFrame(columns=positions, dtype=dtype)
    return pd.concat(tables, ignore_index=True)


def _parses_exactly(version: str) -> bool:
    """Return whether pandas parses floats exactly by default (3.1 and later)."""
    major, minor = (int(part) for part in version.split(".")[:2])
    return (major, minor) >= (3, 1)


def _parse_numbers(path: Path, cells: pd.Series[str], name: str) -> NDArray[np.float64]:
    import pandas as pd

    if cells.str.contains(",", regex=False).any():
        cells = pd.Series(replace_decimal_commas(path, name, cells.tolist()), dtype=str)
    values = pd.to_numeric(cells, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    strange = np.flatnonzero(np.isnan(values) & ~cells.str.casefold().isin(MISSING).to_numpy())
    if len(strange):
        row = int(strange[0])
        raise AtlasFileError(
            path, f"column {name} holds {cells.iloc[row][:40]!r} in row {row + 1}", "numbers"
        )
    return values


def _is_number(text: str) -> bool:
    """Return whether a cell is a number, with decimal point or comma, or a missing one."""
    text = text.strip()
    return not text or COMMA_NUMBER.fullmatch(text) is not None or is_number(text)
