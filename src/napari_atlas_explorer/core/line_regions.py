"""The regions that lines run through, one after another, and how long they are in each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .annotation import Annotation
from .line_cutting import Pieces, cut_lines
from .sides import SIDE_NAMES, Sides
from .streamlines import Streamlines

if TYPE_CHECKING:
    import pandas as pd

OUTSIDE = -1
"""Rank of what is outside the volume; 0 is inside, but in no region."""
UNANNOTATED_NAME, OUTSIDE_NAME = "unannotated", "outside"


@dataclass(frozen=True)
class Visit:
    """A stretch of a line in one region on one side.

    Attributes
    ----------
    rank
        Of the region; 0 for no region, `OUTSIDE` for outside the volume.
    side
        1 left, 2 right, 0 for neither, outside or unknown.
    start
        µm along the line at which it begins.
    length
        µm; 0 where the line only touches the region with one of its points.
    """

    rank: int
    side: int
    start: float
    length: float


@dataclass(frozen=True, eq=False)
class LineRegions:
    """What lines run through: one row for each stretch in one region on one side.

    Attributes
    ----------
    labels
        The annotation.
    sides
        What tells the hemisphere, None where nothing does.
    n_lines
        Number of lines.
    line
        ``(n_visits,)`` number of the line, ascending; along a line in the order of crossing.
    rank, side, start, length
        ``(n_visits,)`` as in `Visit`.
    """

    labels: Annotation
    sides: Sides | None
    n_lines: int
    line: NDArray[np.int64]
    rank: NDArray[np.int64]
    side: NDArray[np.uint8]
    start: NDArray[np.float64]
    length: NDArray[np.float64]

    @cached_property
    def bounds(self) -> NDArray[np.int64]:
        """``(n_lines + 1,)``: visits ``bounds[i]`` to ``bounds[i + 1]`` are those of line i."""
        return np.searchsorted(self.line, np.arange(self.n_lines + 1))

    @property
    def start_ranks(self) -> NDArray[np.int64]:
        """``(n_lines,)`` rank in which each line starts: what a lookup of its point names."""
        return self.rank[self.bounds[:-1]]

    @property
    def end_ranks(self) -> NDArray[np.int64]:
        """``(n_lines,)`` rank in which each line ends."""
        return self.rank[self.bounds[1:] - 1]

    @cached_property
    def line_lengths(self) -> NDArray[np.float64]:
        """``(n_lines,)`` µm; the sum of the lengths of each line's visits."""
        sums = np.bincount(self.line, weights=self.length, minlength=self.n_lines)
        return sums.astype(np.float64)

    def visits(self, number: int) -> list[Visit]:
        """Stretches of one line, in the order of crossing."""
        rows = range(int(self.bounds[number]), int(self.bounds[number + 1]))
        return [
            Visit(int(self.rank[k]), int(self.side[k]), float(self.start[k]), float(self.length[k]))
            for k in rows
        ]

    def region(self, rank: int) -> tuple[int | None, str, str]:
        """Id, acronym and name of a rank as they stand in a table; no id where there is none.

        An id that the hierarchy does not know has no acronym and no name.
        """
        if rank == OUTSIDE:
            return None, OUTSIDE_NAME, "outside the volume"
        if rank == 0:
            return None, UNANNOTATED_NAME, "in no region"
        regions, region_id = self.labels.region_map, int(self.labels.ids[rank])
        if rank >= len(regions.ids):
            return region_id, "", ""
        return region_id, regions.acronym(rank), regions.name(rank)

    def side_name(self, side: int) -> str:
        """Name of a side as it stands in a table: "left", "right" or nothing."""
        return SIDE_NAMES.get(side, "")

    def as_dataframe(self) -> pd.DataFrame:
        """Table with one row for each visit; see docs/streamlines.md for its columns."""
        import pandas as pd

        first, last = self.bounds[:-1][self.line], self.bounds[1:][self.line] - 1
        number = np.arange(len(self.line))
        table: dict[str, Any] = {"line": self.line, "visit": number - first}
        table |= self.region_columns(self.rank)
        table["hemisphere"] = np.array(["", "left", "right"], object)[np.minimum(self.side, 2)]
        table["start_um"] = self.start
        table["length_um"] = self.length
        table["starts_here"] = number == first
        table["ends_here"] = number == last
        return pd.DataFrame(table).astype({"id": "Int64"})

    def region_columns(self, ranks: NDArray[np.int64]) -> dict[str, NDArray[np.object_]]:
        """Columns id (None for none), acronym and name of some ranks."""
        kinds, kind = np.unique(ranks, return_inverse=True)
        rows = np.empty((len(kinds), 3), object)
        for k, rank in enumerate(kinds.tolist()):
            rows[k] = self.region(rank)
        return {name: rows[kind, k] for k, name in enumerate(("id", "acronym", "name"))}


def line_regions(labels: Annotation, sides: Sides | None, streamlines: Streamlines) -> LineRegions:
    """Find the regions that lines cross, in the order of crossing.

    Segments are cut at the borders of voxels, so that lengths are exact; those of a line add up
    to its length. Each point of a line belongs to the voxel that a lookup names for it: where
    the line only touches that voxel's region there, the visit has length 0. A reversed line
    has the same visits in reverse.

    Parameters
    ----------
    labels
        The annotation.
    sides
        What tells the hemisphere: a visit ends where the side changes. None for no sides.
    streamlines
        The lines, µm.
    """
    merged = [
        _merged(*_described(labels, sides, pieces))
        for pieces in cut_lines(streamlines.positions, streamlines.line_of_point, labels.grid)
    ]
    if not merged:
        merged = [(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))]
    line, key, length = _merged(*(np.concatenate(parts) for parts in zip(*merged, strict=True)))
    running = np.cumsum(length) - length
    first = np.searchsorted(line, line)
    return LineRegions(
        labels,
        sides,
        len(streamlines),
        line,
        key // 4 - 1,
        (key % 4).astype(np.uint8),
        running - running[first],
        length,
    )


def _described(
    labels: Annotation, sides: Sides | None, pieces: Pieces
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Line, key (rank and side in one number) and length of each piece."""
    ranks = labels.ranks_at(pieces.columns).astype(np.int64)
    side = np.zeros(len(ranks), np.int64)
    if sides is not None:
        side[:] = np.minimum(sides.of(np.stack(pieces.columns, axis=-1)), 3)
    key = np.where(pieces.inside, (ranks + 1) * 4 + side, 0)
    return pieces.line, key, pieces.lengths


def _merged(
    line: NDArray[np.int64], key: NDArray[np.int64], length: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Join neighbours of one line with one key."""
    if not len(line):
        return line, key, length
    new = np.append(True, (line[1:] != line[:-1]) | (key[1:] != key[:-1]))
    starts = np.flatnonzero(new)
    return line[starts], key[starts], np.add.reduceat(length, starts)
