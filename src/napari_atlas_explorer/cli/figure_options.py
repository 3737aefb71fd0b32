"""Options of the commands that draw: regions, size in print, names, palette."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ..core.errors import ArgumentError
from ..core.space.hemispheres import HEMISPHERE_NAMES
from .common import UsageError

if TYPE_CHECKING:
    from ..figures.style import Style


def add_drawing_arguments(
    parser: argparse.ArgumentParser, width_mm: float, font_size: float
) -> None:
    """Declare which regions are drawn, and how; sizes are those without an option."""
    parser.add_argument(
        "--depth",
        metavar="N",
        type=int,
        help="draw regions below this depth as their ancestors at it; 0 is the root",
    )
    parser.add_argument(
        "--hemisphere", choices=tuple(HEMISPHERE_NAMES.values()), help="draw this one alone"
    )
    parser.add_argument(
        "--palette",
        choices=("atlas", "colorblind"),
        default="atlas",
        help="colors of the atlas, or ones in which neighbors differ for color-blind readers too",
    )
    parser.add_argument(
        "--width", metavar="MM", default=f"{width_mm:g}", help=f"in print, mm ({width_mm:g})"
    )
    parser.add_argument(
        "--font-size", metavar="PT", default=f"{font_size:g}", help=f"points ({font_size:g})"
    )
    parser.add_argument("--dark", action="store_true", help="on a dark page")


def style_from(args: argparse.Namespace, names: bool, title: str = "") -> Style:
    """Return the style of the arguments.

    Raises
    ------
    UsageError
        If a size is no number, or out of range.
    """
    from ..figures.style import Style

    sizes = []
    for option, unit, text in (
        ("width", "mm", args.width),
        ("font-size", "points", args.font_size),
    ):
        try:
            sizes.append(float(text))
        except ValueError:
            raise UsageError(f"--{option} {text}; expected a number of {unit}") from None
    if args.depth is not None and args.depth < 0:
        raise UsageError(f"--depth {args.depth}; expected 0 (the root) or more")
    try:
        return Style(sizes[0], sizes[1], args.dark, names, args.palette, title)
    except ArgumentError as exc:
        raise UsageError(str(exc)) from exc
