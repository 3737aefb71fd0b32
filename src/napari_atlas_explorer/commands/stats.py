"""`atlas-explorer stats`: size and place of every region."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from ..core.atlas import Atlas
from ..files.atomic import replacing
from .common import (
    UsageError,
    add_atlas_arguments,
    add_json_argument,
    note_assumptions,
    open_from,
    write_json,
)

if TYPE_CHECKING:
    import pandas as pd

SUMMARY = "voxels, mm³, centroid and box of every region, per hemisphere where sides are known"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_atlas_arguments(parser)
    parser.add_argument("-o", "--output", metavar="FILE.csv", help="write the table there")
    add_json_argument(parser)


def run(args: argparse.Namespace) -> None:
    """Print the table as CSV, or write it where the arguments say."""
    if args.json is not None and args.output is not None:
        raise UsageError("both --json and -o are given; expected one of them")
    atlas = open_from(args)
    note_assumptions(atlas)
    table = _table(atlas)
    if args.json is not None:
        write_json(as_json(atlas, table), args.json, args.force)
    elif args.output is not None:
        with replacing(args.output, args.force) as temporary:
            table.to_csv(temporary, index=False, lineterminator="\n")
    else:
        table.to_csv(sys.stdout, index=False, lineterminator="\n")


def _table(atlas: Atlas) -> pd.DataFrame:
    table = atlas.statistics()
    if not atlas.package.resolution_known:
        # Without a voxel size there is no mm³ and no µm; voxels and boxes still hold.
        table = table[[c for c in table.columns if not c.endswith(("_mm3", "_um"))]]
    return table


def as_json(atlas: Atlas, table: pd.DataFrame) -> dict[str, Any]:
    """Atlas, whose word the hemispheres are, and one object per region; null is "none"."""
    rows = table.astype(object).where(table.notna(), None).to_dict(orient="records")
    return {
        "atlas": atlas.name,
        "hemisphere_convention": atlas.sides.convention if atlas.sides else None,
        "regions": rows,
    }
