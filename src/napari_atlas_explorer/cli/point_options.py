"""Options for files of points, and hints from the files."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from shlex import quote
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..analysis.points.choice import (
    OTHER_VOXELS,
    OWN_VOXELS,
    PointsChoice,
    agreed_unit,
    describe_doubt,
    first_choice,
)
from ..analysis.points.conventions import state_points, state_unit
from ..analysis.points.frames import (
    IN_ORDER,
    ORDERS,
    UNITS,
    WHOLES,
    PointFrame,
    Three,
    Unit,
    Whole,
    likely_frames,
    plausibility,
)
from ..core.atlas.atlas import Atlas
from ..core.errors import ArgumentError, AtlasFileError
from ..formats.points.reader import PointsFile, open_points
from .common import UsageError, parse_resolution

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
        Names of the columns along x, y, z of the atlas, or along axes 0, 1, 2 for voxels.
    frame
        Meaning of the numbers.
    coordinates
        ``(n, 3)`` numbers of the file, in the order of the axes.
    written
        The three columns as in the file, text or numbers.
    positions
        ``(n, 3)`` µm.
    values
        ``(n,)`` of the column of values, or None.
    note
        What was left out, "" for nothing.
    named
        Whether the file gives the columns names, instead of numbers from 0.
    """

    path: Path
    columns: tuple[str, ...]
    frame: PointFrame
    coordinates: NDArray[np.float64]
    written: Sequence[Any]
    positions: NDArray[np.float64]
    values: NDArray[np.float64] | None
    note: str
    named: bool

    @property
    def axes(self) -> tuple[str, str, str]:
        """Names of what the columns run along."""
        voxels = self.frame.unit == "voxel"
        return ("axis_0", "axis_1", "axis_2") if voxels else ("x", "y", "z")

    def describe(self) -> str:
        """Return columns and unit for a note."""
        axes = "axes 0, 1, 2" if self.frame.unit == "voxel" else "x, y, z"
        against = [axis for axis, sign in zip("xyz", self.frame.signs, strict=True) if sign < 0]
        turned = f" ({', '.join(against)} turned around)" if against else ""
        note = f"; {self.note}" if self.note else ""
        return (
            f"columns {', '.join(self.columns)} as {axes}{turned} in {self._describe_unit()}{note}"
        )

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
            "signs": [*self.frame.signs],
        }


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
    """Read a file of points into the atlas's space.

    With ``text`` the columns are kept as in the file, too.

    Raises
    ------
    AtlasFileError
        If the file cannot be read, or if neither it nor the arguments state the columns, their
        axes and unit, and the meaning of a whole number.
    """
    file = open_points(path)
    choice = _choose(file, args, atlas)
    if choice.columns is None:
        raise AtlasFileError(
            path,
            f"which columns hold coordinates is not clear; they are {file.format_columns()}",
            "--columns A,B,C: those along x, y, z of the atlas, or axes 0, 1, 2 for voxels",
        )
    columns = [choice.columns[k] for k in choice.order or IN_ORDER]
    value = getattr(args, "value", None)
    values = [] if value is None else [file.position(value)]
    read = file.read([*columns, *values], text)
    coordinates = read.numbers[:, :3]
    names = file.names or tuple(str(k) for k in range(file.n_columns))
    three = tuple(names[k] for k in columns)
    if choice.order is None or choice.unit is None:
        raise _make_error(file, choice, three, coordinates, atlas)
    if choice.unit != OWN_VOXELS and not atlas.package.resolution_known:
        raise ArgumentError(
            f"the files of {atlas.name} do not state the voxel size, so that a position in µm "
            f"has no meaning; expected --resolution UM, or --unit voxel"
        )
    whole = _choose_integer(file, choice, coordinates) if choice.of_voxels else None
    frame = replace(choice, order=IN_ORDER, whole=whole).frame()
    return PointTable(
        path,
        three,
        frame,
        coordinates,
        read.written[:3],
        frame.to_um(coordinates, atlas.grid),
        read.numbers[:, 3] if values else None,
        file.note,
        file.names is not None,
    )


def _choose(file: PointsFile, args: argparse.Namespace, atlas: Atlas) -> PointsChoice:
    """Return what the options state, and the file where they do not."""
    if args.columns is None:
        choice = first_choice(file, atlas, args.unit)
    else:
        first, second, third = (file.position(name) for name in _split_names(args.columns))
        columns = (first, second, third)
        unit = agreed_unit(file, state_unit(file, columns), args.unit)
        choice = PointsChoice(columns, IN_ORDER, None if unit == "voxel" else unit)
    if args.unit != "voxel":
        return replace(choice, unit=args.unit) if args.unit is not None else choice
    size = _parse_voxel_size(args.voxel_size)
    unit_choice = OWN_VOXELS if size is None else OTHER_VOXELS
    return replace(choice, unit=unit_choice, voxel_size=size, whole=args.integer_is)


def _make_error(
    file: PointsFile,
    choice: PointsChoice,
    names: Sequence[str],
    coordinates: NDArray[np.float64],
    atlas: Atlas,
) -> AtlasFileError:
    """Return one error for all that is not stated, with the options that state it."""
    problems, options = [], []
    stated = None if choice.order is not None else state_points(file)
    stereotaxic = stated is not None and stated.space == "stereotaxic"
    unit = state_unit(file, choice.columns or IN_ORDER)
    if choice.order is None:
        problems.append(describe_doubt(stated))
        there = "positions in the atlas's own space, " if stereotaxic else ""
        options.append(
            f"{there}--columns with the three in the order of the atlas's x, y, z (voxels: axes "
            f"0, 1, 2)"
        )
    if choice.unit is None and unit == "voxel":
        problems.append("count voxels of a size that is not stated")
        options.append("--unit voxel for the atlas's own, with --voxel-size UM for others")
    elif choice.unit is None:
        problems.append("do not state their unit")
        options.append("--unit um, --unit mm or --unit voxel")
    return AtlasFileError(
        file.path,
        f"columns {', '.join(names)} {', and '.join(problems)}",
        f"{', and '.join(options)}{_format_hint(choice, unit, names, coordinates, atlas)}",
    )


def _format_hint(
    choice: PointsChoice,
    unit: Unit | None,
    names: Sequence[str],
    coordinates: NDArray[np.float64],
    atlas: Atlas,
) -> str:
    """Return which options put most points into the brain; "" if none does."""
    if not atlas.package.resolution_known:
        return ""
    orders: Sequence[Three] = ORDERS if choice.order is None else (IN_ORDER,)
    known = choice.frame_unit or unit
    sizes = TRIED_SIZES if choice.unit is None else (choice.voxel_size,)
    best: dict[str, float] = {}
    frames = likely_frames(orders, UNITS if known is None else (known,), sizes, ("centre",))
    for trial in plausibility(coordinates, atlas.ranks, frames):
        frame, options = trial.frame, []
        if choice.order is None:
            options.append(f"--columns {quote(','.join(names[k] for k in frame.order))}")
        if choice.unit is None:
            options.append(f"--unit {frame.unit}")
        if choice.unit is None and frame.voxel_size is not None:
            options.append(f"--voxel-size {frame.voxel_size[0]:g}")
        option = " ".join(options)
        best[option] = max(best.get(option, 0.0), trial.in_brain)
    likely = sorted((s for s in best.items() if s[1] > 0), key=lambda s: -s[1])[:2]
    # Where several fit equally well, as with few points, the first would look like the answer.
    if not likely or [share for _, share in likely].count(likely[0][1]) > 1:
        return ""
    text = ", ".join(f"{100 * share:.1f} % with {option}" for option, share in likely)
    return f" (inside the brain: {text})"


def _choose_integer(
    file: PointsFile, choice: PointsChoice, coordinates: NDArray[np.float64]
) -> Whole:
    if choice.whole is not None:
        return choice.whole
    known = coordinates[np.isfinite(coordinates)]
    if choice.unit == OWN_VOXELS and np.array_equal(known, np.floor(known)):
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
