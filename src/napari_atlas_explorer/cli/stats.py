"""`atlas-explorer stats`: size and place of every region; points and images in every region."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..compute.cluster.rank_blocks import statistics_over
from ..compute.cluster.shared_ranks import share_ranks
from ..compute.cluster.workers import Cluster
from ..core.atlas.atlas import Atlas
from ..core.statistics import VOXELS_PER_BLOCK, region_statistics
from ..formats.common.atomic import atomic_write
from .common import (
    UsageError,
    add_atlas_arguments,
    add_json_argument,
    note,
    note_assumptions,
    open_from,
    write_json,
)
from .memory_option import BYTES_PER_VOXEL, add_memory_argument, memory_of
from .options import (
    add_image_arguments,
    add_point_arguments,
    add_scheduler_argument,
    check_image_arguments,
    check_point_arguments,
    cluster_of,
    list_given_options,
)
from .region_counts import report
from .terminal import standard_output

if TYPE_CHECKING:
    import pandas as pd


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_atlas_arguments(parser)
    parser.add_argument(
        "--points",
        metavar="FILE",
        type=Path,
        action="extend",
        nargs="+",
        help="points to count, .csv, .tsv, .npy or .json; each file is a sample",
    )
    add_point_arguments(parser)
    parser.add_argument(
        "--value", metavar="COLUMN", help="column of the points to be summed and averaged"
    )
    parser.add_argument(
        "--per-point",
        metavar="FILE.csv",
        type=Path,
        help="region, side and distance to the nearest border of every point",
    )
    add_image_arguments(parser)
    parser.add_argument(
        "--level", metavar="N", type=int, help="count for ancestors N steps below the root"
    )
    parser.add_argument(
        "--regions",
        metavar="A,B",
        help="count for these regions (id, acronym or name) alone, and the rest for the root",
    )
    parser.add_argument(
        "--both-sides", action="store_true", help="one row per region instead of one per hemisphere"
    )
    parser.add_argument("-o", "--output", metavar="FILE.csv", help="write the table to this file")
    add_scheduler_argument(parser)
    add_memory_argument(parser)
    add_json_argument(parser)


def run(args: argparse.Namespace) -> None:
    """Print the table as CSV, or write it to the requested file."""
    if args.json is not None and args.output is not None:
        raise UsageError("both --json and -o are given; expected one of them")
    counted = args.points is not None or args.image is not None
    _check_arguments(args, counted)
    notes: list[str] = []
    with memory_of(args) as memory, cluster_of(args) as cluster:
        atlas = open_from(args)
        if counted:
            table, provenance, notes = report(atlas, args)
        else:
            table = _make_table(atlas, cluster, memory)
    if not counted:
        convention = atlas.hemisphere_rule.convention if atlas.hemisphere_rule else None
        provenance = {"atlas": atlas.name, "hemisphere_convention": convention}
    write_table(table, provenance, args)
    note_assumptions(atlas)
    for line in notes:
        note(line)


def _check_arguments(args: argparse.Namespace, counted: bool) -> None:
    options = list_given_options(args) if args.points is None else []
    if options:
        raise UsageError(f"{options[0]} without --points; expected both")
    for option, value in (
        ("--level", args.level is not None),
        ("--regions", args.regions is not None),
        ("--both-sides", args.both_sides),
    ):
        if value and not counted:
            raise UsageError(f"{option} goes with --points or --image; expected one of them")
    if args.scheduler is not None and counted:
        raise UsageError(
            "--scheduler with --points or --image, which this machine looks at; expected neither"
        )
    if args.level is not None and args.regions is not None:
        raise UsageError("both --level and --regions are given; expected one of them")
    check_point_arguments(args)
    check_image_arguments(args)


def _make_table(atlas: Atlas, cluster: Cluster | None, memory: int | None) -> pd.DataFrame:
    if cluster is None:
        block = VOXELS_PER_BLOCK
        if memory is not None:
            block = min(block, memory // BYTES_PER_VOXEL)
        table = region_statistics(atlas.ranks, atlas.hemisphere_rule, block).as_dataframe()
    else:
        with share_ranks(cluster, atlas.ranks, atlas.hemisphere_rule) as shared:
            table = statistics_over(cluster, shared).as_dataframe()
    if not atlas.package.resolution_known:
        # Without a voxel size there is no mm³ and no µm; voxels and boxes are still valid.
        table = table[[c for c in table.columns if not c.endswith(("_mm3", "_um"))]]
    return table


def write_table(table: pd.DataFrame, provenance: dict[str, Any], args: argparse.Namespace) -> None:
    """Write rows as CSV, or as JSON after their provenance."""
    if args.json is not None:
        write_json({**provenance, "regions": as_records(table)}, args.json, args.force)
    elif args.output is not None:
        with atomic_write(args.output, args.force) as temporary:
            table.to_csv(temporary, index=False, lineterminator="\n")
    else:
        table.to_csv(standard_output(), index=False, lineterminator="\n")


def as_records(table: pd.DataFrame) -> Sequence[dict[str, Any]]:
    """Return one object per row; missing and infinite values are null."""
    kept = table.replace([np.inf, -np.inf], np.nan).astype(object)
    records = kept.where(kept.notna(), None).to_dict(orient="records")
    return [{str(key): value for key, value in row.items()} for row in records]
