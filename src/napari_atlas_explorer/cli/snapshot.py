"""`atlas-explorer snapshot`: three lettered sections as a figure, without a display."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.atlas.atlas import Atlas
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

if TYPE_CHECKING:
    from ..figures.figure import ColoredValues

SUMMARY = "a figure of three sections (PNG or SVG), drawn without a display"


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
    kind = args.output.suffix.lower()
    if kind not in (".png", ".svg"):
        raise UsageError(f"-o {args.output}: expected a name that ends in .png or .svg")
    check_value_arguments(args)
    position = parse_coordinates(args.at, "--at") if args.at is not None else None
    # The target is refused or reserved before the volumes are read.
    with atomic_write(args.output, args.force) as temporary:
        atlas = open_from(args)
        values = values_from(args, atlas)
        _draw_sheet(atlas, args.region, position, args.voxels, args.dark, kind, temporary, values)
    note_assumptions(atlas)
    note(f"wrote {args.output}")


def _draw_sheet(
    atlas: Atlas,
    region: str | None,
    position: tuple[float, float, float] | None,
    voxels: bool,
    dark: bool,
    kind: str,
    target: Path,
    values: ColoredValues | None = None,
) -> None:
    # Pillow is imported when something is drawn.
    from ..figures.figure import DARK, LIGHT, compose, middle_of_brain, point_at, through_region
    from ..figures.png import save_png
    from ..figures.snapshot import make_sheet
    from ..figures.svg import save_svg

    rank = None if region is None else atlas.region_map.rank(region_key(atlas, region))
    if position is not None and not voxels:
        require_resolution(atlas)
    if rank is not None:
        point = through_region(atlas, rank)  # refuses a region that has no voxels, --at or not
    if position is not None:
        point = point_at(atlas, position, voxels)
    elif rank is None:
        point = middle_of_brain(atlas)
    scene = make_sheet(compose(atlas, point, rank, DARK if dark else LIGHT, values))
    (save_png if kind == ".png" else save_svg)(scene, target)
