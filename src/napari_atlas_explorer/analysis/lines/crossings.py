"""Regions crossed by lines, in order, with the length in each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...core.regions.rank_volume import RankVolume
from ...core.space.grid import VoxelGrid, floor_columns
from ...core.space.hemispheres import HEMISPHERE_NAMES, HemisphereRule
from ...core.streamlines import Streamlines
from ...core.text import counted

if TYPE_CHECKING:
    import pandas as pd


# ---- Lines cut at voxel borders ------------------------------------------------------------------
#
# The places where a straight segment meets the planes between voxels are computed, not sampled:
# in index space these planes are whole numbers, and the share of the segment at which one is met
# is the same there as in the world, whatever the voxels' size and slant.

SEGMENTS_PER_BLOCK = 1 << 18
NEGLIGIBLE = 1e-9
"""Share of a voxel: cuts nearer to each other than that are one cut, through an edge or corner."""


@dataclass(frozen=True)
class CutLines:
    """Points and pieces of segments, in the order in which one meets them along the lines.

    A point is a piece of no length: the voxel that a lookup names for it may be one that the
    line only touches.

    Attributes
    ----------
    line
        ``(n,)`` number of the line.
    columns
        For each axis ``(n,)`` index of the voxel; 0 outside.
    inside
        ``(n,)`` whether it lies in the volume.
    lengths
        ``(n,)`` µm.
    """

    line: NDArray[np.int64]
    columns: list[NDArray[np.intp]]
    inside: NDArray[np.bool_]
    lengths: NDArray[np.float64]


def cut_lines(
    positions: NDArray[np.float64], line_of_point: NDArray[np.int64], grid: VoxelGrid
) -> Iterator[CutLines]:
    """Cut lines at the borders of voxels, a block of points at a time.

    Parameters
    ----------
    positions
        ``(n, 3)`` µm, the points of one line after another.
    line_of_point
        ``(n,)`` number of the line of each point, ascending.
    grid
        Whose voxels cut.
    """
    if not len(positions):
        return
    q = grid.to_index_space(positions)
    goes_on = np.append(line_of_point[1:] == line_of_point[:-1], False)
    nexts = np.where(goes_on[:, np.newaxis], np.roll(q, -1, axis=0), q)
    steps = np.where(goes_on[:, np.newaxis], np.roll(positions, -1, axis=0) - positions, 0.0)
    lengths = np.linalg.norm(steps, axis=1)
    first, counts = _count_planes(q, nexts, grid.shape)
    pieces = counts.sum(axis=1) + goes_on
    for start, stop in _split_blocks(pieces):
        block = slice(start, stop)
        yield _cut_block(
            q[block],
            nexts[block],
            lengths[block],
            goes_on[block],
            first[block],
            counts[block],
            line_of_point[block],
            grid,
        )


def _count_planes(
    q: NDArray[np.float64], nexts: NDArray[np.float64], shape: tuple[int, ...]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first plane crossed per axis and their count, both ``(n, 3)``.

    Planes are those of the volume alone: whatever is farther off is one piece.
    """
    sizes = np.array(shape)
    low, high = np.minimum(q, nexts), np.maximum(q, nexts)
    first = np.floor(np.clip(low, -1, sizes)).astype(np.int64) + 1
    last = np.ceil(np.clip(high, 0, sizes + 1)).astype(np.int64) - 1
    return first, np.maximum(last - first + 1, 0)


def _split_blocks(pieces: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Split points into blocks of about `SEGMENTS_PER_BLOCK` segments each."""
    running = np.cumsum(pieces + 1)
    start = 0
    while start < len(pieces):
        before = running[start - 1] if start else 0
        stop = int(np.searchsorted(running, before + SEGMENTS_PER_BLOCK, side="right"))
        stop = max(stop, start + 1)
        yield start, stop
        start = stop


def _cut_block(
    q: NDArray[np.float64],
    nexts: NDArray[np.float64],
    lengths: NDArray[np.float64],
    goes_on: NDArray[np.bool_],
    first: NDArray[np.int64],
    counts: NDArray[np.int64],
    line: NDArray[np.int64],
    grid: VoxelGrid,
) -> CutLines:
    along = nexts - q
    segment, share = _find_cuts(q, along, goes_on, first, counts)
    # A cut at the end of its segment, or on top of the one before, starts no piece.
    reach = np.abs(along).max(axis=1)[segment]
    same = np.append(False, segment[1:] == segment[:-1])
    near = np.append(False, np.diff(share) * reach[1:] < NEGLIGIBLE)[: len(share)]
    at_end = (1 - share) * reach < NEGLIGIBLE
    kept = ~(same & (near | at_end))
    segment, share = segment[kept], share[kept]
    same = np.append(segment[1:] == segment[:-1], False)
    ends = np.where(same, np.append(share[1:], 1.0), 1.0)
    middles = q[segment] + along[segment] * ((share + ends) / 2)[:, np.newaxis]

    # Points and pieces side by side: each point stands before the pieces of its segment.
    per_point = np.bincount(segment, minlength=len(q))
    at_point = np.arange(len(q)) + np.cumsum(per_point) - per_point
    at_piece = np.arange(len(segment)) + segment + 1
    total = len(q) + len(segment)
    places, of_point, size = (
        np.empty((total, grid.ndim)),
        np.empty(total, np.int64),
        np.zeros(total),
    )
    places[at_point], places[at_piece] = q, middles
    of_point[at_point], of_point[at_piece] = np.arange(len(q)), segment
    size[at_piece] = (ends - share) * lengths[segment]
    columns, inside = floor_columns(places, grid.shape, grid.edge_tolerance)
    return CutLines(line[of_point], columns, inside, size)


def _find_cuts(
    q: NDArray[np.float64],
    along: NDArray[np.float64],
    goes_on: NDArray[np.bool_],
    first: NDArray[np.int64],
    counts: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the segment and share of it, 0 to 1, of every cut and of every start; in order."""
    segments = [np.flatnonzero(goes_on)]
    shares = [np.zeros(len(segments[0]))]
    for axis in range(q.shape[1]):
        count = counts[:, axis]
        segment = np.repeat(np.arange(len(q)), count)
        number = np.arange(len(segment)) - np.repeat(np.cumsum(count) - count, count)
        plane = first[segment, axis] + number
        share = (plane - q[segment, axis]) / along[segment, axis]
        segments.append(segment)
        shares.append(np.clip(share, 0.0, 1.0))
    segment, share = np.concatenate(segments), np.concatenate(shares)
    order = np.lexsort((share, segment))
    return segment[order], share[order]


# ---- Regions along lines -------------------------------------------------------------------------

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
    hemisphere
        1 left, 2 right, 0 for neither, outside or unknown.
    start
        µm along the line at which it begins.
    length
        µm; 0 where the line only touches the region with one of its points.
    """

    rank: int
    hemisphere: int
    start: float
    length: float


@dataclass(frozen=True, eq=False)
class LineRegions:
    """What lines run through: one row for each stretch in one region on one side.

    In the examples of its members ``crossed`` has one line through the sample atlas, whose
    hierarchy is ``regions``.

    Attributes
    ----------
    rank_volume
        The annotation.
    hemisphere_rule
        What tells the hemisphere, None where nothing does.
    n_lines
        Number of lines.
    line
        ``(n_visits,)`` number of the line, ascending; along a line in the order of crossing.
    rank, hemisphere, start, length
        ``(n_visits,)`` as in `Visit`.
    """

    rank_volume: RankVolume
    hemisphere_rule: HemisphereRule | None
    n_lines: int
    line: NDArray[np.int64]
    rank: NDArray[np.int64]
    hemisphere: NDArray[np.uint8]
    start: NDArray[np.float64]
    length: NDArray[np.float64]

    def __repr__(self) -> str:
        """Describe the number of stretches and lines."""
        stretches = counted(len(self.line), "stretch", "stretches")
        return f"<LineRegions: {stretches} of {counted(self.n_lines, 'line')}>"

    @cached_property
    def bounds(self) -> NDArray[np.int64]:
        """``(n_lines + 1,)``: visits ``bounds[i]`` to ``bounds[i + 1]`` are those of line i.

        >>> crossed.bounds.tolist()
        [0, 4]
        """
        return np.searchsorted(self.line, np.arange(self.n_lines + 1))

    @property
    def start_ranks(self) -> NDArray[np.int64]:
        """``(n_lines,)`` rank in which each line starts: what a lookup of its point names.

        >>> regions.acronym_of_rank(crossed.start_ranks[0])
        'CA3sr'
        """
        return self.rank[self.bounds[:-1]]

    @property
    def end_ranks(self) -> NDArray[np.int64]:
        """``(n_lines,)`` rank in which each line ends.

        >>> regions.acronym_of_rank(crossed.end_ranks[0])
        'DG-mo'
        """
        return self.rank[self.bounds[1:] - 1]

    @cached_property
    def line_lengths(self) -> NDArray[np.float64]:
        """``(n_lines,)`` µm; the sum of the lengths of each line's visits.

        >>> crossed.line_lengths.round(6).tolist()
        [900.0]
        """
        sums = np.bincount(self.line, weights=self.length, minlength=self.n_lines)
        return sums.astype(np.float64)

    def visits(self, number: int) -> list[Visit]:
        """Return the stretches of one line, in the order of crossing.

        >>> [(regions.acronym_of_rank(one.rank), round(one.length)) for one in crossed.visits(0)]
        [('CA3sr', 510), ('CA3sp', 180), ('CA3so', 120), ('DG-mo', 90)]
        """
        rows = range(int(self.bounds[number]), int(self.bounds[number + 1]))
        return [
            Visit(
                int(self.rank[k]),
                int(self.hemisphere[k]),
                float(self.start[k]),
                float(self.length[k]),
            )
            for k in rows
        ]

    def region(self, rank: int) -> tuple[int | None, str, str]:
        """Return id, acronym and name of a rank for a table.

        An id that the hierarchy does not know has no acronym and no name.

        >>> crossed.region(regions.rank("CA3")), crossed.region(0)
        ((222, 'CA3', 'Field CA3'), (None, 'unannotated', 'in no region'))
        """
        if rank == OUTSIDE:
            return None, OUTSIDE_NAME, "outside the volume"
        if rank == 0:
            return None, UNANNOTATED_NAME, "in no region"
        regions, region_id = self.rank_volume.region_map, int(self.rank_volume.ids[rank])
        if rank >= len(regions.ids):
            return region_id, "", ""
        return region_id, regions.acronym_of_rank(rank), regions.name_of_rank(rank)

    def side_name(self, hemisphere: int) -> str:
        """Name of a side as it stands in a table: "left", "right" or nothing.

        >>> crossed.side_name(2)
        'right'
        """
        return HEMISPHERE_NAMES.get(hemisphere, "")

    def as_dataframe(self) -> pd.DataFrame:
        """Return the table with one row for each visit; see docs/streamlines.md for its columns.

        >>> crossed.as_dataframe().round(3)[["acronym", "length_um"]].values.tolist()
        [['CA3sr', 510.0], ['CA3sp', 180.0], ['CA3so', 120.0], ['DG-mo', 90.0]]
        """
        import pandas as pd

        first, last = self.bounds[:-1][self.line], self.bounds[1:][self.line] - 1
        number = np.arange(len(self.line))
        table: dict[str, Any] = {"line": self.line, "visit": number - first}
        table |= self.region_columns(self.rank)
        table["hemisphere"] = np.array(["", "left", "right"], object)[
            np.minimum(self.hemisphere, 2)
        ]
        table["start_um"] = self.start
        table["length_um"] = self.length
        table["starts_here"] = number == first
        table["ends_here"] = number == last
        return pd.DataFrame(table).astype({"id": "Int64"})

    def region_columns(self, ranks: NDArray[np.int64]) -> dict[str, NDArray[np.object_]]:
        """Return columns id (None for none), acronym and name of some ranks.

        >>> crossed.region_columns(crossed.rank)["acronym"].tolist()
        ['CA3sr', 'CA3sp', 'CA3so', 'DG-mo']
        """
        kinds, kind = np.unique(ranks, return_inverse=True)
        rows = np.empty((len(kinds), 3), object)
        for k, rank in enumerate(kinds.tolist()):
            rows[k] = self.region(rank)
        return {name: rows[kind, k] for k, name in enumerate(("id", "acronym", "name"))}


def find_line_regions(
    rank_volume: RankVolume, hemisphere_rule: HemisphereRule | None, streamlines: Streamlines
) -> LineRegions:
    """Find the regions that lines cross, in the order of crossing.

    Segments are cut at the borders of voxels, so that lengths are exact; those of a line add up
    to its length. Each point of a line belongs to the voxel that a lookup names for it: where
    the line only touches that voxel's region there, the visit has length 0. A reversed line
    has the same visits in reverse.

    Parameters
    ----------
    rank_volume
        The annotation.
    hemisphere_rule
        What tells the hemisphere: a visit ends where the side changes. None for no sides.
    streamlines
        The lines, µm.

    Examples
    --------
    >>> from napari_atlas_explorer.lines import Line, Streamlines
    >>> from napari_atlas_explorer import open_atlas
    >>> atlas = open_atlas("sample")
    >>> lines = Streamlines((Line([(6600, 2500, 3300), (6600, 2600, 3300)]),))
    >>> found = find_line_regions(atlas.ranks, atlas.hemisphere_rule, lines).as_dataframe()
    >>> found["acronym"].iloc[0], float(found["length_um"].sum())
    ('CA3sr', 100.0)
    """
    merged = [
        _merge_visits(*_describe_ranks(rank_volume, hemisphere_rule, pieces))
        for pieces in cut_lines(streamlines.positions, streamlines.line_of_point, rank_volume.grid)
    ]
    if not merged:
        merged = [(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))]
    line, key, length = _merge_visits(
        *(np.concatenate(parts) for parts in zip(*merged, strict=True))
    )
    running = np.cumsum(length) - length
    first = np.searchsorted(line, line)
    return LineRegions(
        rank_volume,
        hemisphere_rule,
        len(streamlines),
        line,
        key // 4 - 1,
        (key % 4).astype(np.uint8),
        running - running[first],
        length,
    )


def _describe_ranks(
    rank_volume: RankVolume, hemisphere_rule: HemisphereRule | None, pieces: CutLines
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return the line, key (rank and side in one number) and length of each piece."""
    ranks = rank_volume.ranks_at(pieces.columns).astype(np.int64)
    hemisphere = np.zeros(len(ranks), np.int64)
    if hemisphere_rule is not None:
        hemisphere[:] = np.minimum(hemisphere_rule.of(np.stack(pieces.columns, axis=-1)), 3)
    key = np.where(pieces.inside, (ranks + 1) * 4 + hemisphere, 0)
    return pieces.line, key, pieces.lengths


def _merge_visits(
    line: NDArray[np.int64], key: NDArray[np.int64], length: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Join neighbors of one line with one key."""
    if not len(line):
        return line, key, length
    new = np.append(True, (line[1:] != line[:-1]) | (key[1:] != key[:-1]))
    starts = np.flatnonzero(new)
    return line[starts], key[starts], np.add.reduceat(length, starts)
