"""Per-region totals over all lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...core.text import counted
from .crossings import LineRegions

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class LineTotals:
    """Sums over lines, one row for each region that any line meets, and for its ancestors.

    Attributes
    ----------
    regions
        What the lines run through.
    rank
        ``(n,)`` ascending: -1 outside, 0 in no region, then regions and unknown ids.
    lines, visits, starts, ends
        ``(n,)`` int64: lines that meet the region's own voxels, how often, and lines that start
        and end in them.
    length
        ``(n,)`` µm in the region's own voxels.
    total_lines, total_length
        ``(n,)`` the same with all descendants.
    """

    regions: LineRegions
    rank: NDArray[np.int64]
    lines: NDArray[np.int64]
    visits: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    length: NDArray[np.float64]
    total_lines: NDArray[np.int64]
    total_length: NDArray[np.float64]

    def __repr__(self) -> str:
        """Describe the number of regions and lines."""
        lines = counted(self.regions.n_lines, "line")
        return f"<LineTotals: {counted(len(self.rank), 'region')} that {lines} meet>"

    def as_dataframe(self) -> pd.DataFrame:
        """Return one row per region; docs/streamlines.md lists the columns.

        >>> totals = line_totals(crossed).as_dataframe().set_index("acronym")
        >>> totals.loc["CA3", ["lines", "total_lines"]].tolist()
        [0, 1]
        """
        import pandas as pd

        table: dict[str, Any] = {
            **self.regions.region_columns(self.rank),
            "lines": self.lines,
            "visits": self.visits,
            "starts": self.starts,
            "ends": self.ends,
            "length_um": self.length,
            "total_lines": self.total_lines,
            "total_length_um": self.total_length,
        }
        return pd.DataFrame(table).astype({"id": "Int64"})


def line_totals(regions: LineRegions) -> LineTotals:
    """Add up what lines do in each region, both sides together.

    Examples
    --------
    >>> from napari_atlas_explorer.lines import Line, Streamlines, find_line_regions
    >>> from napari_atlas_explorer import open_atlas
    >>> atlas = open_atlas("sample")
    >>> lines = Streamlines((Line([(6600, 2500, 3300), (6600, 2600, 3300)]),))
    >>> found = find_line_regions(atlas.ranks, atlas.hemisphere_rule, lines)
    >>> "HPF" in set(line_totals(found).as_dataframe()["acronym"])
    True
    """
    # Places 0 and 1 are outside and no region; a region's place is its rank + 1.
    n = regions.rank_volume.n_ranks + 1
    place, line = regions.rank + 1, regions.line
    length = np.bincount(place, weights=regions.length, minlength=n).astype(np.float64)
    parents = np.zeros(n, np.int64)
    known = regions.rank_volume.region_map.parent_ranks
    parents[: len(known) + 1][1:] = np.where(known > 0, known + 1, 0)
    total_length = length.copy()
    for k in range(len(known), 1, -1):  # children stand after their parents
        if parents[k]:
            total_length[parents[k]] += total_length[k]
    pairs = np.unique(np.stack([place, line]), axis=1)
    total_lines = _lines_with_descendants(pairs, parents, n)
    start, end = regions.start_ranks + 1, regions.end_ranks + 1
    found = np.flatnonzero(total_lines)

    def counted(places: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.bincount(places, minlength=n)[found].astype(np.int64)

    return LineTotals(
        regions,
        found - 1,
        lines=counted(pairs[0]),
        visits=counted(place),
        starts=counted(start),
        ends=counted(end),
        length=length[found],
        total_lines=total_lines[found],
        total_length=total_length[found],
    )


def _lines_with_descendants(
    pairs: NDArray[np.int64], parents: NDArray[np.int64], n: int
) -> NDArray[np.int64]:
    """Return ``(n,)`` number of lines that meet a place or one of its descendants."""
    found, above = [pairs], pairs
    while above.shape[1]:
        above = np.stack([parents[above[0]], above[1]])
        above = np.unique(above[:, above[0] > 0], axis=1)
        found.append(above)
    every = np.unique(np.concatenate(found, axis=1), axis=1)
    return np.bincount(every[0], minlength=n)
