"""Table of region volumes in two atlases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...core.selection import Selection
from ...formats.common.atomic import atomic_write
from ..values.region_table import Column, RegionTable
from .comparison import Comparison

if TYPE_CHECKING:
    import pandas as pd

Rgb = tuple[int, int, int]

BOTH, FIRST, SECOND = "both", "the first alone", "the second alone"


class ComparisonTable(RegionTable):
    """One row for each region of either atlas: those of the first, then what only the second has.

    Parameters
    ----------
    pair
        The atlases.
    frame
        What `Comparison.as_dataframe` found.
    """

    def __init__(self, pair: Comparison, frame: pd.DataFrame) -> None:
        # Nothing of the other table's is made: its rows are the ranks of one atlas.
        self.atlas, self.pair, self.frame = pair.first, pair, frame
        self.columns = _build_columns(pair, frame)
        self.n_base = len(self.columns)
        regions = pair.regions()
        self.ranks, self.ranks_in_second = regions[:, 0], regions[:, 1]
        """``(n,)`` rank of each row in either atlas, 0 for what it has not."""
        texts = zip(frame["acronym"], frame["name"], strict=True)
        self._texts = [f"{acronym} {name}".casefold() for acronym, name in texts]
        self._ids = [str(i) for i in frame["id"]]

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.frame)

    def rows_of(self, ranks: Sequence[int]) -> NDArray[np.intp]:
        """Return the rows of regions of the first atlas."""
        return np.flatnonzero(np.isin(self.ranks, [k for k in ranks if k]))

    def color_of(self, row: int) -> Rgb:
        """Color of a row's region: the first atlas's, or that of the second for its own."""
        rank = int(self.ranks[row])
        if rank:
            return self.pair.first.region_map.color_of_rank(rank)
        return self.pair.second.region_map.color_of_rank(int(self.ranks_in_second[row]))

    def matching(self, text: str, sets: Mapping[str, Selection] | None = None) -> NDArray[np.bool_]:
        """Return ``(n,)`` rows of which acronym and name hold every word, or whose id begins so."""
        whole, words = text.casefold().strip(), text.casefold().split()
        return np.array(
            [
                all(word in told for word in words) or (bool(whole) and number.startswith(whole))
                for told, number in zip(self._texts, self._ids, strict=True)
            ],
            bool,
        )

    def as_csv(self, rows: Sequence[int]) -> str:
        """Return some rows as CSV, with the columns and digits of `compare`."""
        return str(self.frame.iloc[list(rows)].to_csv(index=False, lineterminator="\n"))

    def save_csv(self, path: Path, rows: Sequence[int], force: bool = False) -> None:
        """Write some rows; an existing file is replaced with ``force`` alone."""
        with atomic_write(path, force) as temporary:
            self.frame.iloc[list(rows)].to_csv(temporary, index=False)


def _build_columns(pair: Comparison, frame: pd.DataFrame) -> list[Column]:
    first, second = pair.first.name, pair.second.name
    in_first, in_second = frame["first_mm3"].notna(), frame["second_mm3"].notna()
    found = np.where(in_first & in_second, BOTH, np.where(in_first, FIRST, SECOND))
    shown: list[tuple[str, str, str]] = [
        ("first_mm3", "1st mm³", f"volume in {first}, with all descendants"),
        ("second_mm3", "2nd mm³", f"volume in {second}, with all descendants"),
        ("difference_percent", "diff. %", "of the first's volume: + is larger in the second"),
        ("dice", "Dice", "twice the common volume by the sum of both: 1 is the same voxels"),
        ("difference_mm3", "difference mm³", "second less first"),
        ("both_mm3", "common mm³", "volume on which both agree, on the first's voxels"),
    ]
    columns = [Column("acronym", "acronym", "text", frame["acronym"].to_numpy(object))]
    for name, title, about in shown:
        cells = frame[name].to_numpy(np.float64)
        columns.append(Column(name, title, "mm3" if name.endswith("mm3") else "real", cells, about))
    about = f"whether the hierarchies of {first} (the first) and {second} (the second) name it"
    # Names are long: before the numbers they would push them out of a narrow dock.
    at = [column.name for column in columns].index("dice") + 1
    columns.insert(at, Column("name", "name", "text", frame["name"].to_numpy(object)))
    columns.append(Column("found_in", "found in", "text", found.astype(object), about))
    columns.append(Column("id", "id", "whole", frame["id"].to_numpy(np.int64)))
    return columns
