"""`atlas-explorer plates`: a page, picture or GeoJSON file for each section of an atlas."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from ..core.text import sanitize_text
from ..figures.style import PAGE_FONT_SIZE, PAGE_WIDTH_MM
from .common import (
    Progress,
    UsageError,
    add_atlas_arguments,
    add_force_argument,
    note,
    note_assumptions,
    open_from,
)
from .options import add_drawing_arguments, in_frame, note_fonts, style_from

DISTANCE = re.compile(r"\s*([0-9]*\.?[0-9]+)\s*(um|µm|μm|mm|voxels?)\s*")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_atlas_arguments(parser)
    parser.add_argument(
        "--every",
        metavar="DISTANCE",
        required=True,
        help="of the sections, with its unit: 100um, 0.5mm, 4voxels",
    )
    parser.add_argument(
        "--plane", metavar="P", default="coronal", help="coronal (default), sagittal or horizontal"
    )
    parser.add_argument("--title", metavar="TEXT", default="", help="heading of the pages")
    add_drawing_arguments(parser, PAGE_WIDTH_MM, PAGE_FONT_SIZE)
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        type=Path,
        required=True,
        help="all plates in one .pdf (with an index) or .geojson (for QuPath); a folder, or a "
        "name with {plate} in it that ends in .svg, .png or .geojson: a file for each",
    )
    add_force_argument(parser)


def run(args: argparse.Namespace) -> None:
    """Draw the plates."""
    from ..figures.plates_file import check_target, save_plates

    check_target(args.output)
    every, in_voxels = parse_distance(args.every)
    style = style_from(args, names=True, title=sanitize_text(args.title))
    atlas = open_from(args)
    style = in_frame(style, args, atlas)
    n = save_plates(
        atlas,
        args.output,
        every,
        args.plane,
        in_voxels=in_voxels,
        depth=args.depth,
        hemisphere=args.hemisphere,
        style=style,
        overwrite=args.force,
        progress=Progress("drawing plates"),
    )
    note_assumptions(atlas)
    note_fonts()
    note(f"wrote {n} {'plate' if n == 1 else 'plates'} to {args.output}")


def parse_distance(text: str) -> tuple[float, bool]:
    """Return a distance in µm or voxels, and whether it is voxels.

    Raises
    ------
    UsageError
        If it has no unit, or is not above 0.

    Examples
    --------
    >>> parse_distance("0.5mm"), parse_distance("2 voxels")
    ((500.0, False), (2.0, True))
    """
    match = DISTANCE.fullmatch(text)
    if match is None or not float(match[1]) > 0:
        raise UsageError(
            f"--every {text}; expected a distance above 0 with its unit, as 100um, 0.5mm or 2voxels"
        )
    number, unit = float(match[1]), match[2]
    if unit.startswith("voxel"):
        return number, True
    return (number * 1000 if unit == "mm" else number), False
