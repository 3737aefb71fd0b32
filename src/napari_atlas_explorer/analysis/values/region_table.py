"""Table of regions: columns, sorting, filtering, copying, saving."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ...atlases.synonyms.tables import make_search
from ...core.atlas.atlas import Atlas
from ...core.colors.scales import number_label
from ...core.query.parser import is_expression, select
from ...core.selection import Selection
from ...core.statistics import RegionStatistics, region_statistics
from ...core.text import cubic_millimeters, grouped, is_number, micrometers
from ...formats.common.atomic import atomic_write

Kind = Literal["text", "whole", "um", "mm3", "real"]

UNKNOWN_NAME = "not in the hierarchy"


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes
    ----------
    name
        As it stands in files.
    title
        As it stands above the column.
    kind
        How its cells are written: text, whole numbers, µm, mm³, or other numbers.
    cells
        ``(n,)`` texts, or float64 or int64; NaN is "none".
    about
        What it is and where it comes from, in a sentence.
    additive
        Whether a region's number is the sum of those of its parts and of its own voxels.
    own
        ``(n,)`` numbers of the regions' own voxels, where they are neither the cells nor, as
        for an additive column, what the parts leave of them.
    """

    name: str
    title: str
    kind: Kind
    cells: NDArray[Any]
    about: str = ""
    additive: bool = False
    own: NDArray[np.float64] | None = None

    @property
    def numeric(self) -> bool:
        """Whether it holds numbers."""
        return self.kind != "text"

    def shown(self, row: int) -> str:
        """Return a cell as a reader sees it; "" for none."""
        value = self.cells[row]
        if self.kind == "text":
            return str(value)
        if value != value:
            return ""
        if self.kind == "whole":
            return grouped(int(value))
        if self.kind == "um":
            return micrometers(float(value))
        if self.kind == "mm3":
            return cubic_millimeters(float(value) * 1e9).removesuffix(" mm³")
        return number_label(float(value))

    def written(self, row: int) -> str:
        """Return a cell as it goes into files and other programs: every digit, "" for none."""
        value = self.cells[row]
        if self.kind == "text":
            return str(value)
        if value != value:
            return ""
        return str(int(value)) if self.kind == "whole" else repr(float(value))

    @cached_property
    def _places(self) -> NDArray[Any]:
        """What the rows are sorted by."""
        if self.numeric:
            return self.cells
        folded = np.array([str(text).casefold() for text in self.cells.tolist()], dtype=np.str_)
        _, places = np.unique(folded, return_inverse=True)
        return np.where(folded == "", np.nan, places)

    def order(self, descending: bool) -> NDArray[np.intp]:
        """Return the rows in the order of the cells; empty ones last, equal ones as they stood."""
        places = self._places
        keys = -places if descending else places
        return np.argsort(keys, kind="stable")  # NaN comes last, whichever way


class RegionTable:
    """One row for each rank but the background: row k is rank k + 1.

    Parameters
    ----------
    atlas
        The atlas.
    statistics
        Its regions' sizes and places.
    """

    def __init__(self, atlas: Atlas, statistics: RegionStatistics) -> None:
        self.atlas = atlas
        self.columns = _build_columns(atlas, statistics)
        self.n_base = len(self.columns)
        """Columns that every atlas has; what was added stands behind them."""
        self._search = make_search(atlas.region_map)

    @classmethod
    def of(cls, atlas: Atlas) -> RegionTable:
        """Measure the regions of an atlas: a pass over its volume."""
        return cls(atlas, region_statistics(atlas.ranks, atlas.hemisphere_rule))

    def __len__(self) -> int:
        """Return the number of rows."""
        return self.atlas.ranks.n_ranks - 1

    def add(self, column: Column) -> int:
        """Put a column behind the others, or in the place of one of its name; its position."""
        names = [c.name for c in self.columns]
        if column.name in names[self.n_base :]:
            at = names.index(column.name, self.n_base)
            self.columns[at] = column
            return at
        self.columns.append(column)
        return len(self.columns) - 1

    def remove(self, at: int) -> None:
        """Take an added column away."""
        if at >= self.n_base:
            del self.columns[at]

    def by_rank(self, at: int) -> NDArray[np.float64]:
        """Return the numbers of a column by rank, ``(n_ranks,)``; NaN for background."""
        return np.concatenate([[np.nan], self.columns[at].cells.astype(np.float64)])

    def own_by_rank(self, at: int) -> NDArray[np.float64]:
        """Return the numbers of the regions' own voxels by rank, without their descendants'."""
        column, values = self.columns[at], self.by_rank(at)
        if column.own is not None:
            return np.concatenate([[np.nan], column.own])
        if not column.additive:
            return values
        parents = self.atlas.region_map.parent_ranks  # ids that it does not know have none
        below = np.flatnonzero(parents > 0)
        np.subtract.at(values, parents[below], values[below].copy())
        return values

    # ---- rows ------------------------------------------------------------------------------

    def matching(self, text: str, sets: Mapping[str, Selection] | None = None) -> NDArray[np.bool_]:
        """Return ``(n,)`` rows whose region a text describes: words, or a query.

        Raises
        ------
        QueryError
            Where a query cannot be understood.
        """
        keep = np.ones(len(self), bool)
        text = text.strip()
        if not text:
            return keep
        keep[:] = False
        if is_expression(text) or (sets and text in sets):
            keep[select(text, self.atlas.ranks, sets).ranks - 1] = True
        else:
            found = self._search.find(text).matches[1:]
            keep[: len(found)] = found
        return keep

    # ---- giving it away --------------------------------------------------------------------

    def _lines(self, rows: Sequence[int]) -> Iterator[list[str]]:
        yield [column.name for column in self.columns]
        for row in rows:
            yield [column.written(row) for column in self.columns]

    def as_tsv(self, rows: Sequence[int]) -> str:
        """Return some rows as tab-separated text with a header line, for a spreadsheet.

        A name that a spreadsheet would take for a formula has an apostrophe before it, which
        spreadsheets do not show.
        """
        return "\n".join("\t".join(map(_as_cell, line)) for line in self._lines(rows)) + "\n"

    def as_csv(self, rows: Sequence[int]) -> str:
        """Return the text of some rows with commas."""
        stream = io.StringIO()
        csv.writer(stream, lineterminator="\n").writerows(self._lines(rows))
        return stream.getvalue()

    def save_csv(self, path: Path, rows: Sequence[int], force: bool = False) -> None:
        """Write some rows; an existing file is replaced with ``force`` alone."""
        text = self.as_csv(rows)
        with atomic_write(path, force) as temporary:
            temporary.write_text(text, encoding="utf-8")


FORMULA = ("=", "+", "-", "@")
"""What a formula begins with in Excel, LibreOffice and Google Sheets."""


def _as_cell(text: str) -> str:
    joined = " ".join(text.split())
    return f"'{joined}" if joined.startswith(FORMULA) and not is_number(joined) else joined


def _list_ids(atlas: Atlas) -> NDArray[Any]:
    """Return ids by row, none for a root that the source does not state."""
    ids = atlas.ranks.ids[1:]
    exact = np.abs(ids).max(initial=0) < 2**53
    if not atlas.region_map.made_up_root or not exact:
        return ids
    return atlas.ranks.stated_ids[1:].astype(np.float64)  # None becomes NaN


def _build_columns(atlas: Atlas, found: RegionStatistics) -> list[Column]:
    rank_volume, regions = atlas.ranks, atlas.region_map
    n_known = len(regions)
    ranks = range(1, rank_volume.n_ranks)
    acronyms = [regions.acronym_of_rank(k) if k <= n_known else "" for k in ranks]
    names = [regions.name_of_rank(k) if k <= n_known else UNKNOWN_NAME for k in ranks]
    has_hemispheres = found.left is not None and found.right is not None
    hemispheres = {"left": found.left, "right": found.right} if has_hemispheres else {}
    columns = [
        Column("acronym", "acronym", "text", np.array(acronyms, object)),
        Column("name", "name", "text", np.array(names, object)),
        Column("id", "id", "whole", _list_ids(atlas)),
        Column("voxels", "voxels", "whole", found.total, "voxels with all descendants", True),
    ]
    known = atlas.package.resolution_known
    per_mm3 = atlas.grid.voxel_volume / 1e9
    if known:
        about = "volume with all descendants"
        columns.append(Column("mm3", "mm³", "mm3", found.total * per_mm3, about, True))
    convention = (
        f" ({atlas.hemisphere_rule.convention})" if atlas.hemisphere_rule is not None else ""
    )
    for hemisphere, counts in hemispheres.items():
        if counts is not None:
            about = f"with all descendants, on the {hemisphere}{convention}"
            if known:
                columns.append(
                    Column(
                        f"{hemisphere}_mm3",
                        f"{hemisphere} mm³",
                        "mm3",
                        counts * per_mm3,
                        about,
                        True,
                    )
                )
            else:
                columns.append(
                    Column(
                        f"{hemisphere}_voxels",
                        f"{hemisphere} voxels",
                        "whole",
                        counts,
                        about,
                        True,
                    )
                )
    own = "voxels that carry the region's own id"
    columns.append(Column("own_voxels", "own voxels", "whole", found.direct, own))
    if known:
        for axis in range(found.centroid.shape[1]):
            about = f"mean position along axis {axis}, µm, with all descendants"
            columns.append(
                Column(
                    f"centroid_{axis}_um",
                    f"center {axis}, µm",
                    "um",
                    found.centroid[:, axis],
                    about,
                )
            )
    # The box of a region without voxels is all zeros, which would read as the first voxel.
    empty = found.total == 0
    for axis in range(found.box.shape[1]):
        for end, word in ((0, "start"), (1, "stop")):
            cells = np.where(empty, np.nan, found.box[:, axis, end])
            about = "first voxel of the box" if word == "start" else "one past its last voxel"
            columns.append(
                Column(
                    f"box_{axis}_{word}",
                    f"box {axis} {word}",
                    "whole",
                    cells,
                    f"{about}, along axis {axis}, with all descendants",
                )
            )
    return columns
