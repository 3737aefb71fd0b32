"""Lines of one file in an atlas, and their tables."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.atlas.atlas import Atlas
from ...core.progress import Progress
from ...core.streamlines import Streamlines
from ...core.text import grouped, micrometers
from ...formats.common.atomic import atomic_write
from ...formats.lines.reader import read_streamlines
from ..requirements import require_voxel_size
from ..values.region_table import Column
from .crossings import LineRegions, find_line_regions
from .segments import LineSegments, find_segments
from .totals import LineTotals, line_totals

POINTS_AT_ONCE = 20_000
"""Points of lines that are cut between two reports of how far it is."""

OF_SOURCE = (
    ("id", "id"),
    ("name", "name"),
    ("branch", "branch"),
    ("parent", "parent branch"),
    ("type-name", "type"),
)
"""Attributes of lines that stand in the table, and what is written above them."""


@dataclass(frozen=True, eq=False)
class LineSet:
    """Lines of one file, placed in an atlas.

    Attributes
    ----------
    path
        The file.
    atlas
        The atlas.
    streamlines
        The lines.
    regions
        What each runs through.
    totals
        Sums by region.
    pieces
        The lines cut at the borders of regions.
    """

    path: Path
    atlas: Atlas
    streamlines: Streamlines
    regions: LineRegions
    totals: LineTotals
    segments: LineSegments

    @property
    def name(self) -> str:
        """Name of the file without its suffix."""
        return self.path.stem

    @cached_property
    def experiments(self) -> tuple[str, ...]:
        """Ids of the experiments that the lines come from, where some share one and not all."""
        found = tuple(dict.fromkeys(self._ids))
        return found if 1 < len(found) < len(self._ids) else ()

    @cached_property
    def experiment_of(self) -> NDArray[np.int64]:
        """``(n_lines,)`` number of the experiment that each line comes from."""
        number = {name: k for k, name in enumerate(dict.fromkeys(self._ids))}
        return np.array([number[i] for i in self._ids], np.int64)

    @cached_property
    def _ids(self) -> list[str]:
        return [str(line.attributes.get("id", "")) for line in self.streamlines]

    @cached_property
    def dots(self) -> NDArray[np.int64]:
        """Numbers of the lines that have no length: single points."""
        return np.setdiff1d(np.arange(len(self.streamlines)), self.segments.line)

    def lines_in(self, rank: int) -> NDArray[np.int64]:
        """Return the numbers of the lines that meet a region or one below it."""
        rank_volume = self.regions.rank_volume
        end = int(rank_volume.ends[rank]) if rank > 0 else rank + 1
        met = (self.regions.rank >= rank) & (self.regions.rank < end)
        return np.unique(self.regions.line[met])

    def said(self) -> str:
        """Summarize how many lines there are and how many are outside."""
        lines, all_lengths = self.streamlines, float(self.regions.length.sum())
        outside = float(self.regions.length[self.regions.rank < 0].sum())
        told = [f"{grouped(len(lines))} lines of {grouped(lines.n_points)} points"]
        if lines.kind:
            told[0] += f" ({lines.kind})"
        for n, what in (
            (len(lines.injection_sites), "injection sites"),
            (len(lines.targets), "targets"),
        ):
            if n:
                told.append(f"{grouped(n)} {what}")
        if outside > 0:
            told.append(
                f"{micrometers(outside)} of {micrometers(all_lengths)} µm outside the volume"
            )
        return "; ".join([*told, *lines.notes])

    # ---- tables ----------------------------------------------------------------------------

    @cached_property
    def line_columns(self) -> list[Column]:
        """One row for each line."""
        found, n = self.regions, len(self.streamlines)
        columns = [
            Column("line", "line", "whole", np.arange(n), "number of the line in the file, from 0")
        ]
        for key, title in OF_SOURCE:
            given = [line.attributes.get(key) for line in self.streamlines]
            if any(value is not None for value in given):
                columns.append(_make_column(title.replace(" ", "_"), title, given))
        starts, ends = found.start_ranks, found.end_ranks
        crossed = [self._crossed(k) for k in range(n)]
        return [
            *columns,
            Column("starts_in", "starts in", "text", self._acronyms(starts), "region of its start"),
            Column("ends_in", "ends in", "text", self._acronyms(ends), "region of its end"),
            Column("length_um", "length, µm", "um", found.line_lengths, "length of the line, µm"),
            Column(
                "regions",
                "regions",
                "whole",
                np.array([len(set(c)) for c in crossed], int),
                "number of different regions that it crosses",
            ),
            Column(
                "crossed",
                "regions crossed",
                "text",
                _object_array([" › ".join(c) for c in crossed]),
                "regions that it crosses, one after another",
            ),
        ]

    @cached_property
    def region_columns(self) -> list[Column]:
        """One row for each region that any line meets, and for its ancestors."""
        totals = self.totals
        named = self.regions.region_columns(totals.rank)
        ids = np.array([np.nan if i is None else float(i) for i in named["id"]])
        own, below = "in the region's own voxels", "with all regions below it"
        return [
            Column("acronym", "region", "text", named["acronym"]),
            Column("name", "name", "text", named["name"]),
            Column("lines", "lines", "whole", totals.lines, f"lines that run {own}"),
            Column("length_um", "length, µm", "um", totals.length, f"length of all lines {own}"),
            Column("total_lines", "lines, all", "whole", totals.total_lines, f"lines {below}"),
            Column(
                "total_length_um",
                "length, all, µm",
                "um",
                totals.total_length,
                f"length of all lines {below}",
            ),
            Column("starts", "start here", "whole", totals.starts, f"lines that start {own}"),
            Column("ends", "end here", "whole", totals.ends, f"lines that end {own}"),
            Column("visits", "visits", "whole", totals.visits, f"how often lines are {own}"),
            Column("id", "id", "whole", ids),
        ]

    def features(self) -> dict[str, NDArray[Any]]:
        """Return layer features of each line ``(n_lines,)``, by name."""
        lines = self.streamlines
        ids = [line.attributes.get("id", k) for k, line in enumerate(lines)]
        names = [line.attributes.get("name", "") for line in lines]
        return {
            "line": np.arange(len(lines)),
            "id": _object_array([str(i) for i in ids]),
            "name": _object_array([str(name) for name in names]),
            "starts_in": self._acronyms(self.regions.start_ranks),
            "ends_in": self._acronyms(self.regions.end_ranks),
            "length_um": self.regions.line_lengths,
        }

    def acronym(self, rank: int) -> str:
        """Return the acronym of a rank; the id, where the hierarchy does not know it."""
        region_id, acronym, _ = self.regions.region(rank)
        return acronym or str(region_id)

    def _acronyms(self, ranks: NDArray[np.int64]) -> NDArray[np.object_]:
        return _object_array([self.acronym(rank) for rank in ranks.tolist()])

    def _crossed(self, number: int) -> list[str]:
        """List a line's regions in order; a change of hemisphere adds none."""
        first, last = self.regions.bounds[number : number + 2]
        ranks = self.regions.rank[first:last].tolist()
        changed = [k for i, k in enumerate(ranks) if i == 0 or k != ranks[i - 1]]
        return [self.acronym(k) for k in changed if k > 0]


def read_line_set(path: Path, atlas: Atlas, progress: Progress) -> LineSet:
    """Read a file of lines and place it in an atlas.

    Raises
    ------
    AtlasFileError
        If the file holds no lines, or is damaged.
    ArgumentError
        If the atlas's voxel size is not known: lines are in µm.
    """
    require_voxel_size(atlas, ", and lines are in µm")
    streamlines = read_streamlines(path)
    progress(0.1)
    return place_line_set(path, streamlines, atlas, lambda share: progress(0.1 + 0.9 * share))


def place_line_set(
    path: Path, streamlines: Streamlines, atlas: Atlas, progress: Progress
) -> LineSet:
    """Place lines that were read before in an atlas; see `read_line_set`."""
    require_voxel_size(atlas, ", and lines are in µm")
    parts, done = [], 0
    for chunk in _split_lines(streamlines):
        parts.append(find_line_regions(atlas.ranks, atlas.hemisphere_rule, chunk))
        done += len(chunk)
        progress(done / max(1, len(streamlines)))
    regions = _join_parts(parts)
    pieces = find_segments(streamlines, regions, atlas.grid)
    return LineSet(path, atlas, streamlines, regions, line_totals(regions), pieces)


def save_columns(columns: Sequence[Column], rows: Sequence[int], path: Path, force: bool) -> None:
    """Write rows of a table as CSV, with every digit."""
    with atomic_write(path, force) as temporary, temporary.open("w", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([column.name for column in columns])
        writer.writerows([column.written(row) for column in columns] for row in rows)


def _split_lines(streamlines: Streamlines) -> list[Streamlines]:
    """Return the lines in portions of about `POINTS_AT_ONCE` points; one portion at the least."""
    starts, cuts = streamlines.starts, [0]
    while cuts[-1] < len(streamlines):
        until = int(np.searchsorted(starts, starts[cuts[-1]] + POINTS_AT_ONCE))
        cuts.append(min(max(until, cuts[-1] + 1), len(streamlines)))
    if len(cuts) == 1:
        return [streamlines]
    return [Streamlines(streamlines.lines[a:b]) for a, b in pairwise(cuts)]


def _join_parts(parts: Sequence[LineRegions]) -> LineRegions:
    first = np.cumsum([0, *(part.n_lines for part in parts)])

    def of(name: str) -> NDArray[Any]:
        return np.concatenate([getattr(part, name) for part in parts])

    line = np.concatenate([part.line + n for part, n in zip(parts, first[:-1], strict=True)])
    return LineRegions(
        parts[0].rank_volume,
        parts[0].hemisphere_rule,
        int(first[-1]),
        line,
        of("rank"),
        of("hemisphere"),
        of("start"),
        of("length"),
    )


def _make_column(name: str, title: str, given: Sequence[Any]) -> Column:
    whole = all(v is None or (isinstance(v, int) and not isinstance(v, bool)) for v in given)
    if whole and all(v is None or abs(v) < 2**53 for v in given):
        return Column(name, title, "whole", np.array([np.nan if v is None else v for v in given]))
    return Column(name, title, "text", _object_array(["" if v is None else str(v) for v in given]))


def _object_array(texts: Sequence[str]) -> NDArray[np.object_]:
    found = np.empty(len(texts), object)
    found[:] = texts
    return found
