"""Points in text tables: with or without column names, comma, tab or semicolon separated."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...core.errors import AtlasFileError
from ..common.safety import memory_budget
from ..common.text import sanitize_text

if TYPE_CHECKING:
    import pandas as pd

HEAD_BYTES = 1 << 16
NUMBERS_SHARE = 3
"""Bytes of memory that a byte of text takes while its numbers are read, at most."""
TEXT_SHARE = 12
"""The same where the text of the cells is kept."""
MISSING = ("", "nan")
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
    """

    names: tuple[str, ...] | None
    n_columns: int
    skipped: int
    delimiter: str
    encoding: str


def text_header(path: Path) -> TextHeader:
    """Read the first line that is not empty; UTF-8, UTF-16 with a BOM, else Latin-1."""
    try:
        with path.open("rb") as stream:
            raw = stream.read(HEAD_BYTES)
    except OSError as exc:
        raise AtlasFileError(path, f"cannot be read ({exc.strerror or exc})") from exc
    encoding = "utf-16" if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        # The end of what was read may cut a character in two: that is no fault of the file.
        text = raw.decode(encoding, "strict" if len(raw) < HEAD_BYTES else "ignore")
    except UnicodeDecodeError:
        encoding = "latin-1"
        text = raw.decode(encoding)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    filled = next((n for n, line in enumerate(lines) if line.strip()), len(lines))
    first = lines[filled] if filled < len(lines) else ""
    delimiter = max(",\t;", key=first.count)
    if first.count(delimiter) < 2:
        raise AtlasFileError(
            path, f"a first line {first[:60]!r}", "three columns, divided by commas"
        )
    try:
        cells = next(csv.reader(io.StringIO(first), delimiter=delimiter, skipinitialspace=True))
    except csv.Error as exc:
        raise AtlasFileError(path, f"not a table ({exc})", "three columns") from exc
    cells = [sanitize_text(cell).strip() for cell in cells]
    if all(_is_number(cell) for cell in cells):
        return TextHeader(None, len(cells), filled, delimiter, encoding)
    return TextHeader(tuple(cells), len(cells), filled + 1, delimiter, encoding)


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
        with pd.read_csv(
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
        ) as chunks:
            tables = [chunk[positions] for chunk in chunks]
    except pd.errors.EmptyDataError:
        tables = []
    except pd.errors.ParserError as exc:
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

    values = pd.to_numeric(cells, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    strange = np.flatnonzero(np.isnan(values) & ~cells.str.casefold().isin(MISSING).to_numpy())
    if len(strange):
        row = int(strange[0])
        raise AtlasFileError(
            path, f"column {name} holds {cells.iloc[row][:40]!r} in row {row + 1}", "numbers"
        )
    return values


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return not text  # an empty cell is a missing number, not a heading
    return True
