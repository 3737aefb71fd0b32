"""`atlas-explorer lines`: the regions that each line of a file crosses, starts and ends in."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..analysis.lines.crossings import LineRegions, find_line_regions
from ..analysis.lines.totals import line_totals
from ..core.atlas.atlas import Atlas
from ..core.streamlines import Streamlines
from ..core.text import grouped
from ..formats.common.atomic import atomic_write
from ..formats.lines.reader import read_streamlines
from .common import (
    UsageError,
    add_atlas_options,
    add_json_argument,
    note,
    note_assumptions,
    open_from,
    require_resolution,
    write_json,
)
from .stats import as_records
from .terminal import standard_output

if TYPE_CHECKING:
    import pandas as pd

OF_SOURCE = (
    ("id", "experiment"),
    ("name", "experiment_name"),
    ("branch", "branch"),
    ("parent", "parent_branch"),
    ("type-name", "branch_type"),
)
"""Attributes of lines in the table, and the names of their columns."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "file",
        metavar="FILE",
        type=Path,
        help="data.json, streamlines.json, an answer of Allen's target search, or SWC; µm",
    )
    parser.add_argument(
        "--atlas",
        dest="path",
        metavar="PATH",
        required=True,
        help="folder, file or archive of an atlas, its name in a local cache, or 'sample'",
    )
    add_atlas_options(parser)
    parser.add_argument(
        "--reverse", action="store_true", help="each line from its last point to its first"
    )
    parser.add_argument(
        "--totals", action="store_true", help="one row for each region, over all lines"
    )
    parser.add_argument("-o", "--output", metavar="FILE.csv", help="write the table to this file")
    add_json_argument(parser)


def run(args: argparse.Namespace) -> None:
    """Print the table as CSV, or write it to the requested file."""
    if args.json is not None and args.output is not None:
        raise UsageError("both --json and -o are given; expected one of them")
    streamlines = read_streamlines(args.file)
    if args.reverse:
        streamlines = streamlines.reversed()
    atlas = open_from(args)
    require_resolution(atlas)
    regions = find_line_regions(atlas.ranks, atlas.hemisphere_rule, streamlines)
    if args.json is not None:
        answer = _encode_lines(args.file, atlas, streamlines, regions, args.totals)
        write_json(answer, args.json, args.force)
    else:
        _write_table(_make_table(streamlines, regions, args.totals), args)
    note_assumptions(atlas)
    for sentence in streamlines.notes:
        note(f"{args.file}: {sentence}")
    note(
        f"{grouped(len(streamlines))} lines of {grouped(streamlines.n_points)} points "
        f"({streamlines.kind}), taken as µm along axes 0, 1, 2 of {atlas.name}; "
        f"{_describe_outside(regions)}"
    )


def _describe_outside(regions: LineRegions) -> str:
    total = float(regions.length.sum())
    outside = float(regions.length[regions.rank < 0].sum())
    return f"{outside:,.0f} of {total:,.0f} µm are outside the volume".replace(",", "\u202f")


def _make_table(streamlines: Streamlines, regions: LineRegions, totals: bool) -> pd.DataFrame:
    if totals:
        return line_totals(regions).as_dataframe()
    table = regions.as_dataframe()
    place = 1
    for key, column in OF_SOURCE:
        values = [line.attributes.get(key) for line in streamlines]
        if any(value is not None for value in values):
            table.insert(place, column, _make_column(values).take(regions.line))
            place += 1
    return table


def _make_column(values: list[Any]) -> Any:
    import pandas as pd

    are_integers = all(value is None or _is_int64(value) for value in values)
    return pd.array(values, dtype="Int64" if are_integers else "object")


def _is_int64(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 63


def _write_table(table: pd.DataFrame, args: argparse.Namespace) -> None:
    if args.output is None:
        table.to_csv(standard_output(), index=False, lineterminator="\n")
        return
    with atomic_write(args.output, args.force) as temporary:
        table.to_csv(temporary, index=False, lineterminator="\n")


def _encode_lines(
    file: Path, atlas: Atlas, streamlines: Streamlines, regions: LineRegions, totals: bool
) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "file": str(file),
        "kind": streamlines.kind,
        "atlas": atlas.name,
        "hemisphere_convention": atlas.hemisphere_rule.convention
        if atlas.hemisphere_rule
        else None,
        "lines": len(streamlines),
        "points": streamlines.n_points,
        "length_um": float(regions.length.sum()),
    }
    if totals:
        return answer | {"regions": as_records(line_totals(regions).as_dataframe())}
    return answer | {"lines": [_to_dict(streamlines, regions, k) for k in range(len(streamlines))]}


def _to_dict(streamlines: Streamlines, regions: LineRegions, number: int) -> dict[str, Any]:
    attributes = streamlines[number].attributes
    facts = {column: attributes[key] for key, column in OF_SOURCE if key in attributes}
    visits = [
        {
            **_encode_region(regions, visit.rank),
            "hemisphere": regions.side_name(visit.hemisphere) or None,
            "start_um": visit.start,
            "length_um": visit.length,
        }
        for visit in regions.visits(number)
    ]
    return {
        "line": number,
        **facts,
        "length_um": float(regions.line_lengths[number]),
        "start": _encode_region(regions, int(regions.start_ranks[number])),
        "end": _encode_region(regions, int(regions.end_ranks[number])),
        "regions": visits,
    }


def _encode_region(regions: LineRegions, rank: int) -> dict[str, Any]:
    region_id, acronym, _ = regions.region(rank)
    return {"id": region_id, "acronym": acronym or None}
