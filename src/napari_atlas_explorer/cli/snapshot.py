"""`atlas-explorer snapshot`: three lettered sections as a figure, without a display."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..core.query.region_search import region_key
from ..formats.common.atomic import atomic_write
from .common import (
    UsageError,
    add_atlas_arguments,
    add_force_argument,
    note,
    note_assumptions,
    open_from,
    parse_coordinates,
    require_resolution,
)
from .options import add_value_arguments, check_value_arguments, values_from


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_atlas_arguments(parser)
    parser.add_argument(
        "--region", metavar="R", help="id, acronym or name: drawn in full, all else dimmed"
    )
    parser.add_argument(
        "--at", metavar=("X", "Y", "Z"), nargs=3, help="where the sections meet, µm"
    )
    parser.add_argument("--voxels", action="store_true", help="--at is in voxels, not µm")
    add_value_arguments(parser)
    parser.add_argument("--dark", action="store_true", help="on a dark page")
    parser.add_argument(
        "-o", "--output", metavar="FILE", type=Path, required=True, help=".png or .svg"
    )
    add_force_argument(parser)


def run(args: argparse.Namespace) -> None:
    """Draw the figure."""
    # Pillow is imported when something is drawn.
    from ..figures.snapshot_file import draw_snapshot

    kind = args.output.suffix.lower()
    if kind not in (".png", ".svg"):
        raise UsageError(f"-o {args.output}: expected a name that ends in .png or .svg")
    check_value_arguments(args)
    position = parse_coordinates(args.at, "--at") if args.at is not None else None
    # The target is refused or reserved before the volumes are read.
    with atomic_write(args.output, args.force) as temporary:
        atlas = open_from(args)
        values = values_from(args, atlas)
        if position is not None and not args.voxels:
            require_resolution(atlas)
        region = None if args.region is None else region_key(atlas, args.region)
        draw_snapshot(
            atlas, temporary, region, position, voxels=args.voxels, dark=args.dark, values=values
        )
    note_assumptions(atlas)
    note(f"wrote {args.output}")
