"""Options for files of points."""

from __future__ import annotations

import argparse
from pathlib import Path
from shlex import quote

from ..analysis.points.frames import UNITS, WHOLES
from ..analysis.points.tables import PointTable, read_points
from ..core.atlas.atlas import Atlas
from .common import UsageError, parse_resolution


def add_point_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options for files of points."""
    parser.add_argument(
        "--columns",
        metavar="A,B,C",
        help="columns along x, y and z of the atlas ('info' says where they run), or along axes "
        "0, 1 and 2 for voxels; by name, or by number from 0 where they have none",
    )
    parser.add_argument(
        "--unit",
        choices=UNITS,
        help="of the coordinates, where the file does not state it: µm or mm in the atlas's world, "
        "or voxels",
    )
    parser.add_argument(
        "--voxel-size",
        metavar="UM[,UM,UM]",
        help="with --unit voxel: size of the voxels that are counted; the atlas's own without it",
    )
    parser.add_argument(
        "--integer-is",
        choices=WHOLES,
        help="with --unit voxel: whether a whole number is a voxel's center or its lower corner",
    )


def list_given_options(args: argparse.Namespace) -> list[str]:
    """Return the given options about points."""
    names = ("columns", "unit", "voxel_size", "integer_is", "value", "per_point")
    return [f"--{n.replace('_', '-')}" for n in names if getattr(args, n, None) is not None]


def check_point_arguments(args: argparse.Namespace) -> None:
    """Raise for options that do not go together, before anything is read."""
    if args.unit != "voxel":
        for name, value in (("voxel-size", args.voxel_size), ("integer-is", args.integer_is)):
            if value is not None:
                raise UsageError(f"--{name} without --unit voxel; expected both")
    if args.columns is not None and len(_split_names(args.columns)) != 3:
        raise UsageError(f"--columns {args.columns}; expected three, divided by commas")
    _parse_voxel_size(args.voxel_size)


def points_from(
    path: Path, args: argparse.Namespace, atlas: Atlas, text: bool = False
) -> PointTable:
    """Read a file of points as the options state; see `read_points`."""
    return read_points(
        path,
        atlas,
        columns=None if args.columns is None else _split_names(args.columns),
        unit=args.unit,
        voxel_size=_parse_voxel_size(args.voxel_size),
        integer_is=args.integer_is,
        value=getattr(args, "value", None),
        text=text,
        word_option=_word_option,
    )


def _word_option(name: str, value: str) -> str:
    return f"--{name.replace('_', '-')} {quote(value)}"


def _split_names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",")]


def _parse_voxel_size(text: str | None) -> tuple[float, float, float] | None:
    size = parse_resolution(text, "--voxel-size")
    if size is None:
        return None
    sizes = size if isinstance(size, tuple) else (size, size, size)
    if not all(0 < s < float("inf") for s in sizes):
        raise UsageError(f"--voxel-size {text}; expected µm as 25 or 25,25,50")
    return sizes
