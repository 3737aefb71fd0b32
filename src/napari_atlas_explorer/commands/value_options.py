"""What the command line says of numbers that regions are coloured by."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..core.atlas import Atlas
from ..core.color_maps import COLOR_MAPS
from ..core.errors import AtlasFileError
from ..core.figures import grouped
from ..core.listed_values import ListedValues
from ..core.value_colors import ColorScale
from .common import UsageError, note

if TYPE_CHECKING:
    from ..report.figure import ColoredValues


def add_value_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare --values and what goes with it."""
    parser.add_argument(
        "--values", metavar="FILE", type=Path,
        help="a table with a column id, acronym or name: colour the regions by its numbers",
    )  # fmt: skip
    parser.add_argument("--column", metavar="C", help="with --values: which column of numbers")
    parser.add_argument(
        "--colors", choices=tuple(COLOR_MAPS), help="with --values: viridis, or one with a middle"
    )
    parser.add_argument(
        "--limits", metavar="LOW,HIGH", help="with --values: numbers at both ends of the colours"
    )
    parser.add_argument(
        "--log", action="store_true", help="with --values: equal factors are equal steps of colour"
    )


def check_value_arguments(args: argparse.Namespace) -> None:
    """Refuse options that do not go together, before anything is read."""
    if args.values is not None:
        return
    for option, given in (
        ("--column", args.column), ("--colors", args.colors), ("--limits", args.limits),
        ("--log", args.log),
    ):  # fmt: skip
        if given:
            raise UsageError(f"{option} without --values; expected both")


def values_from(args: argparse.Namespace, atlas: Atlas) -> ColoredValues | None:
    """Read the numbers that the arguments name, and say what became of them.

    A region that is not listed takes the number of its nearest ancestor that is; an empty cell
    is "no value", for a region and what is below it.
    """
    from ..files.region_values_file import read_values
    from ..report.figure import ColoredValues

    if args.values is None:
        return None
    file = read_values(args.values)
    column = args.column
    if column is None:
        if len(file.columns) > 1:
            raise AtlasFileError(
                file.path, f"columns {', '.join(file.columns)}", "--column with one of them"
            )
        column = file.columns[0]
    listed = file.of_regions(column, atlas.labels)
    values = listed.filled_down()
    drawn = values[1:][atlas.labels.counts[1:] > 0]
    name = args.colors or "viridis"
    if args.limits is not None:
        scale = ColorScale(*_limits(args.limits), name, args.log)
    else:
        scale = ColorScale.fitted(drawn, name, args.log)
    note(f"{file.path}: {_told(listed, column, drawn, scale)}")
    return ColoredValues(values, scale, column)


def _limits(text: str) -> tuple[float, float]:
    try:
        low, high = (float(part) for part in text.split(","))
    except ValueError:
        raise UsageError(f"--limits {text}; expected two numbers LOW,HIGH") from None
    return low, high


def _told(listed: ListedValues, column: str, drawn: np.ndarray, scale: ColorScale) -> str:
    missing = int(np.isnan(drawn).sum())
    parts = [
        f"column {column} for {grouped(int(listed.listed.sum()))} regions",
        f"colours from {scale.low:.4g} to {scale.high:.4g}",
    ]
    if missing:
        parts.append(f"{grouped(missing)} regions that have voxels have no value")
    if listed.unknown:
        some = ", ".join(listed.unknown[:5]) + (", …" if len(listed.unknown) > 5 else "")
        parts.append(f"{grouped(len(listed.unknown))} not in the atlas: {some}")
    return "; ".join(parts)
