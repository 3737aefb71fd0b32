"""Tables of numbers by region: CSV or TSV with a column that names the region."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...core.errors import ArgumentError, AtlasFileError, UnknownRegionError
from ...core.regions.listed_values import NOBODY, ListedValues, listed_values
from ...core.regions.rank_volume import RankVolume
from ...core.text import parse_digits, sanitize_text
from ..common.decimal_commas import replace_decimal_commas
from ..common.safety import reason_of
from ..common.text import read_text

VALUE_SUFFIXES = (".csv", ".tsv", ".txt")

ID_COLUMNS = ("id", "structure_id", "region_id", "idx")
NAME_COLUMNS = (
    "acronym",
    "abbreviation",
    "abbr",
    "region",
    "name",
    "structure",
    "region_name",
    "structure_name",
    "full_name",
)
"""The first of them that the table has names the region, where it has no id."""

DESCRIBING = frozenset(
    {
        "parent_id",
        "parent_structure_id",
        "structure_id_path",
        "graph_order",
        "st_level",
        "color_hex_triplet",
        "rgb_triplet",
        "atlas_id",
        "ontology_id",
        "hemisphere_id",
        "graph_id",
        "sphinx_id",
        "neuro_name_structure_id",
    }
)
"""Columns of numbers that place the region in its hierarchy and are no measurement."""

COLORS = frozenset({"r", "g", "b"}), frozenset({"red", "green", "blue"})
"""The same, where a table has all three."""

SIDE_COLUMNS = ("side", "hemisphere", "hemi", "classification")
"""The first of them that the table has says which side a row is for; QuPath writes "Left: CA3"."""
SIDES = {"l": "left", "lh": "left", "r": "right", "rh": "right", "both": ""}
MOST_SIDES = 4
LEFT_WORD = re.compile("(?<![a-z])left(?![a-z])", re.IGNORECASE)
"""In the name of a column."""

EMPTY = frozenset({"", "na", "n/a", "nan", "none", "null", "-"})
"""Cells that hold no number, in lower case."""


@dataclass(frozen=True)
class HemisphereColumns:
    """Columns of numbers of the left and the right hemisphere, and their common title."""

    left: str
    right: str
    title: str


@dataclass(frozen=True)
class ValuesFile:
    """Table whose rows name regions.

    Where rows are for one side each, a column of numbers stands for the rows of one side:
    "count left" and "count right".

    Attributes
    ----------
    path
        The file.
    columns
        Names of the columns of numbers.
    ids, names
        ``(n,)`` what names the region of each row: the id, or "", and an acronym or name, or "".
    """

    path: Path
    columns: tuple[str, ...]
    ids: Sequence[str]
    names: Sequence[str]
    _numbers: dict[str, NDArray[np.float64]]
    _rows: dict[str, Sequence[int]]

    def numbers(self, column: str) -> NDArray[np.float64]:
        """Return the numbers of a column, ``(n,)``; NaN where a cell holds none."""
        if column not in self._numbers:
            raise AtlasFileError(
                self.path, f"no column of numbers {column!r}", f"one of {', '.join(self.columns)}"
            )
        return self._numbers[column]

    def find_hemispheres(self, column: str | None) -> HemisphereColumns | None:
        """Find the columns of both hemispheres: "count left" and "count right", "left" and "right".

        Parameters
        ----------
        column
            Their common name ("count"), or None where the table has no other columns.

        Returns
        -------
        None if there is no such pair, or a column of that very name.
        """
        if column in self.columns:
            return None
        by_name = {name.casefold(): name for name in self.columns}
        pairs = {}
        for left in self.columns:
            right = by_name.get(LEFT_WORD.sub("right", left).casefold(), left)
            if right != left:
                title = LEFT_WORD.sub("", left).strip(" _-.:()") or "value"
                pairs[title] = HemisphereColumns(left, right, title)
        if column is None:
            return (
                next(iter(pairs.values())) if len(pairs) == 1 and len(self.columns) == 2 else None
            )
        return pairs.get(column)

    def match_regions(self, column: str, rank_volume: RankVolume) -> ListedValues:
        """Match the numbers of a column to the regions of an atlas.

        Raises
        ------
        AtlasFileError
            If two rows name one region, none names a region of the atlas, or a row has the id of
            one region and the name of another.
        """
        self._check_names(rank_volume)
        numbers, rows = self.numbers(column), self._rows.get(column, range(len(self.ids)))
        try:
            values = listed_values(
                rank_volume,
                [self.ids[k] for k in rows],
                [self.names[k] for k in rows],
                numbers[list(rows)],
            )
        except ArgumentError as exc:
            raise AtlasFileError(self.path, str(exc)) from exc
        if not values.listed.any():
            examples = ", ".join(values.unknown[:3]) or "nothing"
            raise AtlasFileError(
                self.path,
                f"its regions ({examples}) are not in the atlas",
                "ids, acronyms or names",
            )
        return values

    def _check_names(self, rank_volume: RankVolume) -> None:
        """Refuse ids of another atlas, which may be those of other regions in this one."""
        regions = rank_volume.region_map
        for row_id, name in zip(self.ids, self.names, strict=True):
            number = parse_digits(row_id)
            if number is None or name not in regions:
                continue
            try:
                named = regions.rank(name)
                rank = regions.rank_of_id(number)
            except UnknownRegionError:  # several regions of one name
                continue
            if rank and rank != named:
                raise AtlasFileError(
                    self.path,
                    f"id {row_id} is named {name}, and in the atlas {regions.name_of_rank(rank)}",
                    "a table of the same atlas, or one without ids",
                )


def read_values(path: str | Path) -> ValuesFile:
    """Read a table of numbers by region.

    Raises
    ------
    AtlasFileError
        If it cannot be read, no column names regions, or none holds numbers.
    """
    path = Path(path)
    fields, rows = _read_cells(path)
    folded = [field.strip().casefold().replace(" ", "_") for field in fields]
    at_id = next((folded.index(c) for c in ID_COLUMNS if c in folded), None)
    at_name = next((folded.index(c) for c in NAME_COLUMNS if c in folded), None)
    if at_id is None and at_name is None:
        expected = "one that names the region: id, acronym or name"
        if any(_parse_numbers([field]) is not None for field in fields):
            raise AtlasFileError(
                path,
                f"no names of columns, but numbers in its first line {_join(fields)}",
                expected,
            )
        raise AtlasFileError(path, f"columns {_join(fields)}", expected)
    keys = {k for k in (at_id, at_name) if k is not None}
    other = DESCRIBING.union(*(three for three in COLORS if three <= set(folded)))
    numbers = {}
    for k, field in enumerate(fields):
        if k in keys or not field or folded[k] in other or field in numbers:
            continue
        cells = [row[k].strip() if k < len(row) else "" for row in rows]
        column = _parse_numbers(replace_decimal_commas(path, field, cells))
        if column is not None:
            numbers[field] = column
    if not numbers:
        raise AtlasFileError(
            path, f"columns {_join(fields)}", "at least one of numbers, a value for each region"
        )
    ids, names = (_take_column(rows, at) for at in (at_id, at_name))
    at_side = next((folded.index(c) for c in SIDE_COLUMNS if c in folded), None)
    sides = [_parse_side(cell) for cell in _take_column(rows, at_side)]
    named = [(i or name) not in NOBODY for i, name in zip(ids, names, strict=True)]
    numbers, parts = _split_sides(numbers, sides, named)
    return ValuesFile(path, tuple(numbers), ids, names, numbers, parts)


def _parse_side(cell: str) -> str:
    """Return "left", "right", "" for both, or what else a table says of a side."""
    side = cell.casefold()
    if ":" in side:  # QuPath: the side of an atlas's region, then its acronym
        side = side.partition(":")[0]
    return SIDES.get(side, side)


def _split_sides(
    numbers: dict[str, NDArray[np.float64]], sides: list[str], named: list[bool]
) -> tuple[dict[str, NDArray[np.float64]], dict[str, Sequence[int]]]:
    """Return a column of numbers for each side, and its rows; as they are where no row has one.

    "Left" and "right" tell a column of sides from one of other words. Rows that are not
    ``named``, those of points in no region, belong to none.
    """
    kinds = sorted({side for side, use in zip(sides, named, strict=True) if use})
    if not {"left", "right"} & set(kinds) or len(kinds) > MOST_SIDES:
        return numbers, {}
    split: dict[str, NDArray[np.float64]] = {}
    rows: dict[str, Sequence[int]] = {}
    for field, column in numbers.items():
        for side in kinds:
            name = f"{field} {side}".strip()
            chosen = [k for k, own in enumerate(sides) if own == side and named[k]]
            if not np.isnan(column[chosen]).all():
                split[name], rows[name] = column, chosen
    return split, rows


def _read_cells(path: Path) -> tuple[list[str], list[list[str]]]:
    text = read_text(path).lstrip("\n")
    header = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",\t;", key=header.count))
    try:
        fields = [sanitize_text(field).strip() for field in next(reader, [])]
        rows = [row for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as exc:
        raise AtlasFileError(path, f"it is not a table ({reason_of(exc)})") from exc
    return fields, rows


def _take_column(rows: list[list[str]], at: int | None) -> list[str]:
    if at is None:
        return [""] * len(rows)
    return [sanitize_text(row[at]).strip() if at < len(row) else "" for row in rows]


def _parse_numbers(cells: Sequence[str]) -> NDArray[np.float64] | None:
    """Return the numbers of a column; None where a cell holds something else, or all are empty."""
    numbers = np.full(len(cells), np.nan)
    for k, cell in enumerate(cells):
        text = cell.strip()
        if text.casefold() in EMPTY:
            continue
        try:
            numbers[k] = float(text)
        except ValueError:
            return None
    return None if np.isnan(numbers).all() else numbers


def _join(fields: list[str]) -> str:
    text = ", ".join(field for field in fields if field) or "none"
    return text if len(text) <= 200 else f"{text[:199]}…"
