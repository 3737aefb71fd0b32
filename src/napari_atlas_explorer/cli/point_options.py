"""Options for files of points, and hints from the files."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..analysis.points.columns import Suggestion, Three, suggest_columns, unit_of
from ..analysis.points.frames import (
    ORDERS,
    UNITS,
    WHOLES,
    Plausibility,
    PointFrame,
    Unit,
    Whole,
    likely_frames,
    plausibility,
)
from ..core.atlas.atlas import Atlas
from ..core.errors import ArgumentError, AtlasFileError
from ..formats.points.reader import PointsFile, open_points
from .common import UsageError, parse_resolution

IN_ORDER = (0, 1, 2)
TRIED_SIZES = (None, *((float(um),) * 3 for um in (10, 20, 25, 50)))
"""Voxel sizes tried for a hint: the atlas's own and usual ones, µm."""


@dataclass(frozen=True)
class PointTable:
    """Points of a file in the atlas's space.

    Attributes
    ----------
    path
        The file.
    columns
        Names of the columns along axes 0, 1 and 2.
    frame
        Meaning of the numbers.
    coordinates
        ``(n, 3)`` numbers of the file, in the order of the axes.
    positions
        ``(n, 3)`` µm.
    values
        ``(n,)`` of the column of values, or None.
    """

    path: Path
    columns: tuple[str, ...]
    frame: PointFrame
    coordinates: NDArray[np.float64]
    positions: NDArray[np.float64]
    values: NDArray[np.float64] | None

    def describe(self) -> str:
        """Return columns and unit for a note."""
        return f"columns {', '.join(self.columns)} as axes 0, 1, 2 in {self._describe_unit()}"

    def _describe_unit(self) -> str:
        frame = self.frame
        if frame.unit != "voxel":
            return {"um": "µm", "mm": "mm"}[frame.unit]
        size = frame.voxel_size
        of = (
            " of the atlas" if size is None else " of " + " × ".join(f"{s:g}" for s in size) + " µm"
        )
        return f"voxels{of}, a whole number being a voxel's {frame.integer_is}"

    def as_json(self) -> dict[str, Any]:
        """Return the choices that were made."""
        return {
            "file": str(self.path),
            "columns": list(self.columns),
            "unit": self.frame.unit,
            "voxel_size_um": None if self.frame.voxel_size is None else [*self.frame.voxel_size],
            "integer_is": self.frame.integer_is,
        }


def add_point_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options for files of points."""
    parser.add_argument(
        "--columns",
        metavar="A,B,C",
        help="columns along axes 0, 1 and 2, by name, or by number from 0 where they have none",
    )
    parser.add_argument(
        "--unit", choices=UNITS, help="of the coordinates: µm or mm in the atlas's space, or voxels"
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


def points_from(path: Path, args: argparse.Namespace, atlas: Atlas) -> PointTable:
    """Read a file of points into the atlas's space.

    Raises
    ------
    AtlasFileError
        If the file cannot be read, or if neither it nor the arguments state the columns, their
        axes and unit, and the meaning of a whole number.
    """
    file = open_points(path)
    suggestion = _suggest_columns(file, atlas)
    columns = _choose_columns(file, args, suggestion, atlas)
    stated = None if file.names is None else unit_of(file.names, columns)
    unit: Unit | None = args.unit or stated
    value = [] if args.value is None else [file.position(args.value)]
    numbers = file.read([*columns, *value]).numbers
    coordinates = numbers[:, :3]
    if unit is None:
        raise _make_error(file, coordinates, atlas)
    size = _parse_voxel_size(args.voxel_size)
    if (unit != "voxel" or size is not None) and not atlas.package.resolution_known:
        raise ArgumentError(
            f"the files of {atlas.name} do not state the voxel size, so that a position in µm "
            f"has no meaning; expected --resolution UM, or --unit voxel"
        )
    frame = PointFrame(IN_ORDER, unit, size, _choose_integer(file, args, unit, size, coordinates))
    names = file.names or tuple(str(k) for k in range(file.n_columns))
    return PointTable(
        path,
        tuple(names[k] for k in columns),
        frame,
        coordinates,
        frame.to_um(coordinates, atlas.grid),
        numbers[:, 3] if value else None,
    )


def _suggest_columns(file: PointsFile, atlas: Atlas) -> Suggestion | None:
    if file.names is None:
        return Suggestion((0, 1, 2), ordered=False, unit=None) if file.n_columns == 3 else None
    try:
        return suggest_columns(file.names, atlas.orientation)
    except ArgumentError:
        return None  # duplicate names: --columns may avoid them


def _choose_columns(
    file: PointsFile, args: argparse.Namespace, suggestion: Suggestion | None, atlas: Atlas
) -> Three:
    if args.columns is not None:
        first, second, third = (file.position(name) for name in _split_names(args.columns))
        return first, second, third
    if suggestion is None:
        raise AtlasFileError(
            file.path,
            f"which columns hold coordinates is not clear; they are {file.format_columns()}",
            "--columns A,B,C: those along axes 0, 1 and 2",
        )
    if suggestion.ordered:
        return suggestion.columns
    names = file.names or tuple(map(str, range(file.n_columns)))
    three = [names[k] for k in suggestion.columns]
    unit = args.unit or suggestion.unit
    units = UNITS if unit is None else (unit,)
    best: dict[str, float] = {}
    for trial in _try_units(file.read(suggestion.columns).numbers, atlas, units):
        option = ",".join(three[k] for k in trial.frame.order)
        best[option] = max(best.get(option, 0.0), trial.in_brain)
    raise AtlasFileError(
        file.path,
        f"columns {', '.join(three)} do not state their axes in the atlas",
        f"--columns with the three in the order of axes 0, 1, 2{_format_hint('--columns', best)}",
    )


def _make_error(file: PointsFile, coordinates: NDArray[np.float64], atlas: Atlas) -> AtlasFileError:
    best: dict[str, float] = {}
    for trial in _try_units(coordinates, atlas, UNITS, (IN_ORDER,)):
        size = trial.frame.voxel_size
        option = (
            trial.frame.unit if size is None else f"{trial.frame.unit} --voxel-size {size[0]:g}"
        )
        best[option] = max(best.get(option, 0.0), trial.in_brain)
    return AtlasFileError(
        file.path,
        "the unit of its coordinates is not stated",
        f"--unit um, --unit mm or --unit voxel{_format_hint('--unit', best)}",
    )


def _try_units(
    coordinates: NDArray[np.float64],
    atlas: Atlas,
    units: Sequence[Unit],
    orders: Sequence[Three] = ORDERS,
) -> list[Plausibility]:
    if not atlas.package.resolution_known:
        return []
    frames = likely_frames(orders, units, TRIED_SIZES, ("centre",))
    return plausibility(coordinates, atlas.ranks, frames)


def _format_hint(option: str, shares: dict[str, float]) -> str:
    """Return which choices put most points into the brain; "" if none does."""
    likely = sorted((s for s in shares.items() if s[1] > 0), key=lambda s: -s[1])[:2]
    if not likely:
        return ""
    text = ", ".join(f"{100 * share:.1f} % with {option} {name}" for name, share in likely)
    return f" (inside the brain: {text})"


def _choose_integer(
    file: PointsFile,
    args: argparse.Namespace,
    unit: Unit,
    size: tuple[float, float, float] | None,
    coordinates: NDArray[np.float64],
) -> Whole | None:
    if unit != "voxel":
        return None
    meaning: Whole | None = args.integer_is
    if meaning is not None:
        return meaning
    known = coordinates[np.isfinite(coordinates)]
    if size is None and np.array_equal(known, np.floor(known)):
        return "centre"  # whole voxels of the atlas are those voxels, either way
    raise AtlasFileError(
        file.path,
        "not stated whether a whole number is the center or the lower corner of a voxel",
        "--integer-is centre or --integer-is corner",
    )


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
