"""`atlas-explorer snapshot`: lettered sections as a figure, without a display."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..core.query.region_search import region_key
from ..core.text import sanitize_text
from ..figures.style import FONT_SIZE, WIDTH_MM
from ..formats.common.atomic import atomic_write
from .common import (
    UsageError,
    add_atlas_arguments,
    add_force_argument,
    note,
    note_assumptions,
    open_from,
    parse_coordinates,
    parse_numbers,
    require_resolution,
)
from .options import (
    add_drawing_arguments,
    add_point_arguments,
    add_value_arguments,
    check_point_arguments,
    check_value_arguments,
    in_frame,
    list_given_options,
    note_fonts,
    points_from,
    style_from,
    values_from,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_atlas_arguments(parser)
    parser.add_argument(
        "--region", metavar="R", help="id, acronym or name: drawn in full, all else dimmed"
    )
    parser.add_argument(
        "--at",
        metavar=("X", "Y", "Z"),
        nargs=3,
        action="append",
        help="where the sections meet, µm; of several points each has its sections",
    )
    parser.add_argument("--voxels", action="store_true", help="--at is in voxels, not µm")
    parser.add_argument(
        "--plane",
        metavar="P",
        action="append",
        help="coronal, sagittal or horizontal, once or several times; all three without",
    )
    parser.add_argument(
        "--names", action="store_true", help="acronyms in the regions, or beside them with a line"
    )
    parser.add_argument("--title", metavar="TEXT", default="", help="heading of the figure")
    add_drawing_arguments(parser, WIDTH_MM, FONT_SIZE)
    add_value_arguments(parser)
    parser.add_argument(
        "--points",
        metavar="FILE",
        type=Path,
        action="append",
        help="points as dots, .csv, .tsv, .npy or .json; again for more files",
    )
    add_point_arguments(parser)
    parser.add_argument(
        "--within",
        metavar="UM",
        help="draw points up to this distance from a section; without, those in its voxels",
    )
    parser.add_argument(
        "-o", "--output", metavar="FILE", type=Path, required=True, help=".png, .svg or .pdf"
    )
    add_force_argument(parser)


def run(args: argparse.Namespace) -> None:
    """Draw the figure."""
    # Pillow is imported when something is drawn.
    from ..figures.figure import DrawnRegions, Marks
    from ..figures.snapshot_file import (
        WRITERS,
        check_name,
        draw_snapshot,
        parse_hemisphere,
        targets_at_depth,
    )

    if args.output.suffix.lower() not in WRITERS:
        raise UsageError(f"-o {args.output}: expected a name that ends in .png, .svg or .pdf")
    check_name(args.output)
    check_value_arguments(args)
    within = _check_points(args)
    style = style_from(args, args.names, sanitize_text(args.title))
    positions = None if args.at is None else [parse_coordinates(at, "--at") for at in args.at]
    # The target is refused or reserved before the volumes are read.
    with atomic_write(args.output, args.force) as temporary:
        atlas = open_from(args)
        style = in_frame(style, args, atlas)
        values = values_from(args, atlas)
        if positions is not None and not args.voxels:
            require_resolution(atlas)
        region = None if args.region is None else region_key(atlas, args.region)
        tables = [points_from(path, args, atlas) for path in args.points or []]
        draw_snapshot(
            atlas,
            temporary,
            region,
            positions,
            voxels=args.voxels,
            planes=args.plane,
            style=style,
            values=values,
            drawn=DrawnRegions(
                targets_at_depth(atlas, args.depth), parse_hemisphere(args.hemisphere)
            ),
            marks=[Marks(t.positions, t.path.name, within=within) for t in tables],
        )
    note_assumptions(atlas)
    note_fonts()
    note(f"wrote {args.output}")


def _check_points(args: argparse.Namespace) -> float | None:
    """Check the options about points; return the distance of --within."""
    if args.points is None:
        given = [*list_given_options(args), *(["--within"] if args.within is not None else [])]
        if given:
            raise UsageError(f"{given[0]} without --points; expected both")
        return None
    check_point_arguments(args)
    if args.within is None:
        return None
    numbers = parse_numbers([args.within])
    if not numbers or not 0 <= numbers[0] < float("inf"):
        raise UsageError(f"--within {args.within}; expected a distance in µm")
    return numbers[0]
