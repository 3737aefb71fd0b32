"""Reader of point files: their columns, and the numbers of some of them.

CSV, TSV and other divided text, .npy, JSON, markups of 3D Slicer and cells of cellfinder. What
the numbers mean is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ...core.errors import AtlasFileError, short
from ...core.text import parse_digits
from ..common.decoding import NPY_DAMAGE
from ..common.safety import check_size, memory_budget, reason_of, require_content
from .cells import xml_cells, yaml_cells
from .json import json_columns
from .markups import fcsv_points
from .table import PointColumns
from .text import read_text_columns, text_header

TEXT_SUFFIXES = (".csv", ".tsv", ".txt", ".xls")
"""Fiji calls its tables, divided by tabs, .xls."""
PARSED_SUFFIXES: dict[str, Callable[[Path], PointColumns]] = {
    ".json": json_columns,
    ".fcsv": fcsv_points,
    ".xml": xml_cells,
    ".yml": yaml_cells,
    ".yaml": yaml_cells,
}
POINT_SUFFIXES = (*TEXT_SUFFIXES, ".npy", *PARSED_SUFFIXES)

PARSED_SHARE = 12
"""Bytes of memory that a byte of JSON takes once parsed, at most; the others take less."""


@dataclass(frozen=True)
class Columns:
    """Some columns of a point file.

    Attributes
    ----------
    numbers
        ``(n, k)`` float64; NaN where a cell is empty.
    written
        The k columns as in the file: text, or numbers.
    """

    numbers: NDArray[np.float64]
    written: Sequence[Any]


@dataclass(frozen=True)
class PointsFile:
    """Point file whose columns are known.

    Attributes
    ----------
    path
        The file.
    names
        Of all columns; None where the file gives none.
    n_columns
        Number of columns.
    units
        Words for the units of the columns that the file has apart from the names, or none.
    space
        World of the coordinates, where the file states it.
    note
        What was left out, "" for nothing.
    """

    path: Path
    names: tuple[str, ...] | None
    n_columns: int
    _read: Callable[[Sequence[int], bool], Columns]
    units: tuple[str, ...] = ()
    space: Literal["", "LPS", "RAS"] = ""
    note: str = ""

    def unit_of(self, column: int) -> str:
        """Return the word for the unit of a column that is not in its name, or ""."""
        return self.units[column] if column < len(self.units) else ""

    def position(self, name: str) -> int:
        """Return the position of a column, by its name, or by its number where there are none."""
        if self.names is not None:
            matches = [k for k, own in enumerate(self.names) if own == name]
            if not matches:
                folded = name.casefold()
                matches = [k for k, own in enumerate(self.names) if own.casefold() == folded]
            if len(matches) == 1:
                return matches[0]
            what = "no column" if not matches else f"{len(matches)} columns"
            raise AtlasFileError(
                self.path, f"{what} {short(name)}", f"one of {self.format_columns()}"
            )
        number = parse_digits(name)
        if number is not None and number < self.n_columns:
            return number
        raise AtlasFileError(self.path, f"no column {short(name)}", self.format_columns())

    def format_columns(self) -> str:
        """Format columns for a message."""
        if self.names is None:
            return f"a number from 0 to {self.n_columns - 1} (its columns have no names)"
        text = ", ".join(self.names)
        return text if len(text) <= 200 else f"{text[:199]}…"

    def read(self, columns: Sequence[int], text: bool = False) -> Columns:
        """Read some columns, by position.

        Parameters
        ----------
        columns
            Positions.
        text
            Keep what is written of a text file, too; it takes several times the memory.
        """
        return self._read(columns, text)


def open_points(path: str | Path) -> PointsFile:
    """Read the columns of a point file, not their numbers (JSON is read completely).

    Raises
    ------
    AtlasFileError
        If the file is of no known kind, not what it claims to be, or larger than the budget.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix == ".npy":
        return _open_npy(path)
    if suffix in PARSED_SUFFIXES:
        return _open_parsed(path, PARSED_SUFFIXES[suffix])
    if suffix in TEXT_SUFFIXES:
        return _open_text(path)
    expected = "points as .csv, .tsv, .npy or .json"
    if suffix in (".xlsx", ".xlsm", ".ods"):
        raise AtlasFileError(path, "a workbook", f"{expected}: save its sheet as CSV")
    raise AtlasFileError(path, f"a {suffix or 'nameless'} file", expected)


def _open_text(path: Path) -> PointsFile:
    header = text_header(path)

    def read(columns: Sequence[int], text: bool) -> Columns:
        return Columns(*read_text_columns(path, header, columns, text))

    return PointsFile(path, header.names, header.n_columns, read, header.units)


def _open_npy(path: Path) -> PointsFile:
    try:
        # Mapped, so that a header that promises more than the file holds costs no memory.
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except OSError as exc:
        raise AtlasFileError(path, f"cannot be read ({exc.strerror or exc})") from exc
    except NPY_DAMAGE as exc:
        raise AtlasFileError(
            path, f"not a .npy array ({reason_of(exc)})", "numbers of shape (n, 3)"
        ) from exc
    if isinstance(array, np.ndarray) and array.dtype.names is not None and array.ndim == 1:
        return _open_records(path, array, array.dtype.names)
    if not isinstance(array, np.ndarray) or array.ndim != 2 or array.shape[1] < 3:
        raise AtlasFileError(
            path, f"an array of shape {getattr(array, 'shape', 'unknown')}", "(n, 3)"
        )
    if array.dtype.kind not in "iuf":
        raise AtlasFileError(path, f"an array of dtype {array.dtype}", "integers or floats")
    if array.size:
        check_size(path, array.shape, np.float64)

    def read(columns: Sequence[int], text: bool) -> Columns:
        values = np.array(array[:, list(columns)])
        return Columns(values.astype(np.float64), [values[:, k] for k in range(len(columns))])

    return PointsFile(path, None, int(array.shape[1]), read)


def _open_records(path: Path, array: NDArray[Any], names: tuple[str, ...]) -> PointsFile:
    if array.size:
        check_size(path, (array.size, len(names)), np.float64)

    def read(columns: Sequence[int], text: bool) -> Columns:
        written = []
        for k in columns:
            values = np.array(array[names[k]])
            if values.dtype.kind not in "iuf" or values.ndim != 1:
                raise AtlasFileError(
                    path, f"column {names[k]} of dtype {values.dtype}", "integers or floats"
                )
            written.append(values)
        return Columns(np.stack(written, axis=1).astype(np.float64), written)

    return PointsFile(path, names, len(names), read)


def _open_parsed(path: Path, parse: Callable[[Path], PointColumns]) -> PointsFile:
    require_content(path)
    try:
        size = path.stat().st_size
    except OSError as exc:
        raise AtlasFileError(path, f"cannot be read ({exc.strerror or exc})") from exc
    if size * PARSED_SHARE > memory_budget():
        raise AtlasFileError(
            path,
            f"{size >> 20} MiB of {path.suffix[1:].upper()}, too much for the memory",
            "the points as .npy or .csv",
        )
    parsed = parse(path)

    def read(columns: Sequence[int], text: bool) -> Columns:
        values = parsed.numbers[:, list(columns)]
        return Columns(values, [values[:, k] for k in range(len(columns))])

    n = parsed.numbers.shape[1]
    return PointsFile(path, parsed.names, n, read, parsed.units, parsed.space, parsed.note)
