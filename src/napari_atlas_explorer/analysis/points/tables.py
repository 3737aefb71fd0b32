"""Points of a file in an atlas's space."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.atlas.atlas import Atlas
from ...core.errors import ArgumentError, AtlasFileError, short
from ...core.text import listed
from ...formats.points.reader import PointsFile, open_points
from .choice import (
    OTHER_VOXELS,
    OWN_VOXELS,
    PointsChoice,
    agreed_unit,
    describe_doubt,
    first_choice,
)
from .conventions import state_points, state_unit
from .frames import (
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

TRIED_SIZES = (None, *((float(um),) * 3 for um in (10, 20, 25, 50)))
"""Voxel sizes tried for a hint: the atlas's own and usual ones, µm."""

Option = Callable[[str, str], str]
"""Words for "state this parameter so": its name, and the value or a placeholder."""


def word_argument(name: str, value: str) -> str:
    """Return what a caller in Python writes to state a parameter."""
    return f"{name}={value}"


@dataclass(frozen=True)
class PointTable:
    """Points of a file in the atlas's space.

    In the examples of its members ``cells`` is what `read_points` answers for a file with the
    columns x, y and z in mm.

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
        """Names of what the columns run along.

        >>> cells.axes
        ('x', 'y', 'z')
        """
        voxels = self.frame.unit == "voxel"
        return ("axis_0", "axis_1", "axis_2") if voxels else ("x", "y", "z")

    def describe(self) -> str:
        """Return columns and unit for a note.

        >>> cells.describe()
        'columns x, y, z as x, y, z in mm'
        """
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
        """Return the choices that were made.

        >>> cells.as_json()["unit"]
        'mm'
        """
        return {
            "file": str(self.path),
            "columns": list(self.columns),
            "unit": self.frame.unit,
            "voxel_size_um": None if self.frame.voxel_size is None else [*self.frame.voxel_size],
            "integer_is": self.frame.integer_is,
            "signs": [*self.frame.signs],
        }


def read_points(
    path: str | Path,
    atlas: Atlas,
    *,
    columns: Sequence[str | int] | None = None,
    unit: Unit | None = None,
    voxel_size: float | Sequence[float] | None = None,
    integer_is: Whole | None = None,
    value: str | int | None = None,
    text: bool = False,
    word_option: Option = word_argument,
) -> PointTable:
    """Read a file of points into an atlas's space.

    What the file states (its format, names of columns, units) needs no argument; what neither
    states is refused, with the arguments that state it.

    Parameters
    ----------
    path
        CSV, TSV, .npy, JSON, or what else holds points; see the documentation of points.
    atlas
        The atlas.
    columns
        Three columns along x, y and z of the atlas, or along axes 0, 1 and 2 for voxels: their
        names, or numbers from 0 where they have none.
    unit
        "um" or "mm" in the atlas's world, or "voxel".
    voxel_size
        µm, of the voxels that are counted: one number or three; the atlas's own for None.
    integer_is
        Whether a whole number of voxels is a voxel's "centre" or its lower "corner".
    value
        A column of values to be read too.
    text
        Whether the columns are kept as in the file, too.
    word_option
        Words with which messages name an argument.

    Returns
    -------
    A table whose ``positions`` are ``(n, 3)`` µm.

    Raises
    ------
    AtlasFileError
        If the file cannot be read, or if neither it nor the arguments state the columns, their
        axes and unit, and the meaning of a whole number.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from napari_atlas_explorer import open_atlas
    >>> atlas = open_atlas("sample")
    >>> with TemporaryDirectory() as folder:
    ...     np.save(Path(folder) / "cells.npy", [[6.5, 2.5, 3.5]])
    ...     table = read_points(Path(folder) / "cells.npy", atlas, columns=[0, 1, 2], unit="mm")
    >>> table.positions.tolist()
    [[6500.0, 2500.0, 3500.0]]
    """
    stated = _Stated(columns, unit, _three_sizes(voxel_size), integer_is, word_option)
    stated.check()
    file = open_points(path)
    choice = stated.choose(file, atlas)
    if choice.columns is None:
        raise AtlasFileError(
            path,
            f"which columns hold coordinates is not clear; they are {file.format_columns()}",
            f"{word_option('columns', 'A,B,C')}: those along x, y, z of the atlas, or axes 0, 1, "
            f"2 for voxels",
        )
    chosen = [choice.columns[k] for k in choice.order or IN_ORDER]
    values = [] if value is None else [file.position(str(value))]
    read = file.read([*chosen, *values], text)
    coordinates = read.numbers[:, :3]
    names = file.names or tuple(str(k) for k in range(file.n_columns))
    three = tuple(names[k] for k in chosen)
    if choice.order is None or choice.unit is None:
        raise _make_error(file, choice, three, coordinates, atlas, word_option)
    if choice.unit != OWN_VOXELS and not atlas.package.resolution_known:
        raise ArgumentError(
            f"the files of {atlas.name} do not state the voxel size, so that a position in µm "
            f"has no meaning; expected {word_option('resolution', 'UM')}, or "
            f"{word_option('unit', 'voxel')}"
        )
    whole = _choose_integer(file, choice, coordinates, word_option) if choice.of_voxels else None
    frame = replace(choice, order=IN_ORDER, whole=whole).frame()
    return PointTable(
        Path(path),
        three,
        frame,
        coordinates,
        read.written[:3],
        frame.to_um(coordinates, atlas.grid),
        read.numbers[:, 3] if values else None,
        file.note,
        file.names is not None,
    )


@dataclass(frozen=True)
class _Stated:
    """What the caller states of a file of points; None is "nothing"."""

    columns: Sequence[str | int] | None
    unit: Unit | None
    voxel_size: tuple[float, float, float] | None
    integer_is: Whole | None
    word_option: Option

    def check(self) -> None:
        """Raise for arguments that do not go together, before anything is read."""
        for name, value, every in (
            ("unit", self.unit, UNITS),
            ("integer_is", self.integer_is, WHOLES),
        ):
            if value is not None and value not in every:
                raise ArgumentError(f"{name} is {short(value)}; expected one of {listed(every)}")
        if self.unit != "voxel":
            for name in ("voxel_size", "integer_is"):
                if getattr(self, name) is not None:
                    without = self.word_option("unit", "voxel")
                    raise ArgumentError(f"{name} without {without}; expected both")
        if self.columns is not None and (isinstance(self.columns, str) or len(self.columns) != 3):
            raise ArgumentError(f"columns is {short(self.columns)}; expected a list of three")

    def choose(self, file: PointsFile, atlas: Atlas) -> PointsChoice:
        """Return what is stated, and what the file states where nothing is."""
        if self.columns is None:
            choice = first_choice(file, atlas, self.unit)
        else:
            first, second, third = (file.position(str(name)) for name in self.columns)
            columns = (first, second, third)
            unit = agreed_unit(file, state_unit(file, columns), self.unit)
            choice = PointsChoice(columns, IN_ORDER, None if unit == "voxel" else unit)
        if self.unit != "voxel":
            return replace(choice, unit=self.unit) if self.unit is not None else choice
        unit_choice = OWN_VOXELS if self.voxel_size is None else OTHER_VOXELS
        return replace(choice, unit=unit_choice, voxel_size=self.voxel_size, whole=self.integer_is)


def _make_error(
    file: PointsFile,
    choice: PointsChoice,
    names: Sequence[str],
    coordinates: NDArray[np.float64],
    atlas: Atlas,
    word_option: Option,
) -> AtlasFileError:
    """Return one error for all that is not stated, with the arguments that state it."""
    problems, options = [], []
    stated = None if choice.order is not None else state_points(file)
    stereotaxic = stated is not None and stated.space == "stereotaxic"
    unit = state_unit(file, choice.columns or IN_ORDER)
    if choice.order is None:
        problems.append(describe_doubt(stated))
        there = "positions in the atlas's own space, " if stereotaxic else ""
        options.append(
            f"{there}{word_option('columns', 'A,B,C')} with the three in the order of the atlas's "
            f"x, y, z (voxels: axes 0, 1, 2)"
        )
    if choice.unit is None and unit == "voxel":
        problems.append("count voxels of a size that is not stated")
        own, other = word_option("unit", "voxel"), word_option("voxel_size", "UM")
        options.append(f"{own} for the atlas's own, with {other} for others")
    elif choice.unit is None:
        problems.append("do not state their unit")
        um, mm, voxel = (word_option("unit", unit) for unit in UNITS)
        options.append(f"{um}, {mm} or {voxel}")
    hint = _format_hint(choice, unit, names, coordinates, atlas, word_option)
    return AtlasFileError(
        file.path,
        f"columns {', '.join(names)} {', and '.join(problems)}",
        f"{', and '.join(options)}{hint}",
    )


def _format_hint(
    choice: PointsChoice,
    unit: Unit | None,
    names: Sequence[str],
    coordinates: NDArray[np.float64],
    atlas: Atlas,
    word_option: Option,
) -> str:
    """Return which arguments put most points into the brain; "" if none does."""
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
            options.append(word_option("columns", ",".join(names[k] for k in frame.order)))
        if choice.unit is None:
            options.append(word_option("unit", frame.unit))
        if choice.unit is None and frame.voxel_size is not None:
            options.append(word_option("voxel_size", f"{frame.voxel_size[0]:g}"))
        option = " ".join(options)
        best[option] = max(best.get(option, 0.0), trial.in_brain)
    likely = sorted((s for s in best.items() if s[1] > 0), key=lambda s: -s[1])[:2]
    # Where several fit equally well, as with few points, the first would look like the answer.
    if not likely or [share for _, share in likely].count(likely[0][1]) > 1:
        return ""
    text = ", ".join(f"{100 * share:.1f} % with {option}" for option, share in likely)
    return f" (inside the brain: {text})"


def _choose_integer(
    file: PointsFile,
    choice: PointsChoice,
    coordinates: NDArray[np.float64],
    word_option: Option,
) -> Whole:
    if choice.whole is not None:
        return choice.whole
    known = coordinates[np.isfinite(coordinates)]
    if choice.unit == OWN_VOXELS and np.array_equal(known, np.floor(known)):
        return "centre"  # whole voxels of the atlas are those voxels, either way
    raise AtlasFileError(
        file.path,
        "not stated whether a whole number is the center or the lower corner of a voxel",
        " or ".join(word_option("integer_is", whole) for whole in WHOLES),
    )


def _three_sizes(
    size: float | Sequence[float] | None,
) -> tuple[float, float, float] | None:
    if size is None:
        return None
    try:
        sizes = np.broadcast_to(np.asarray(size, np.float64), 3).tolist()
    except (TypeError, ValueError):
        sizes = [0.0]
    if not all(0 < s < float("inf") for s in sizes):
        raise ArgumentError(f"voxel_size is {short(size)}; expected µm, one number or three")
    return sizes[0], sizes[1], sizes[2]
