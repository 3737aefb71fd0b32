"""Points of a file whose numbers are of a named coordinate frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ...core.errors import AtlasFileError
from ...core.space.frames import Frame
from ...formats.points.reader import PointsFile, open_points
from .choice import agreed_unit
from .conventions import ENDING, state_unit
from .frames import Three, Unit
from .tables import Option, word_argument


@dataclass(frozen=True)
class FramedPoints:
    """Points of a file in a named frame.

    Attributes
    ----------
    frame
        Meaning of the numbers.
    columns
        Names of the three columns, in the order of the frame's axes.
    written
        The three columns as in the file.
    positions
        ``(n, 3)`` in the atlas's world, µm.
    note
        What was left out, "" for nothing.
    """

    frame: Frame
    columns: tuple[str, ...]
    written: Sequence[Any]
    positions: NDArray[np.float64]
    note: str

    def describe(self) -> str:
        """Return columns, axes, unit and frame for a note."""
        axes = ", ".join(str(axis) for axis in self.frame.axes)
        note = f"; {self.note}" if self.note else ""
        return (
            f"columns {', '.join(self.columns)} as {axes} in {self.frame.unit_word} of "
            f"{self.frame.name}{note}"
        )


def read_framed_points(
    path: str | Path,
    frame: Frame,
    columns: Sequence[str] | None = None,
    word_option: Option = word_argument,
) -> FramedPoints:
    r"""Read a file of points whose numbers are of a frame.

    Parameters
    ----------
    path
        Any file of points; see `read_points`.
    frame
        Meaning of the numbers.
    columns
        Three columns in the order of the frame's axes; None for those called like the axes.
    word_option
        Words with which messages name an argument.

    Raises
    ------
    AtlasFileError
        If the file cannot be read, no three columns are called like the axes, or it states
        another unit.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from napari_atlas_explorer import open_atlas
    >>> frame = open_atlas("sample").frames["atlas"]
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "cells.csv"
    ...     _ = path.write_text("z,y,x\n3300,2500,6600\n")
    ...     read_framed_points(path, frame).positions.tolist()
    [[6600.0, 2500.0, 3300.0]]
    """
    file = open_points(path)
    chosen = _find_columns(file, frame, columns, word_option)
    own = {"voxel": "voxel", "um": "um", "mm": "mm"}[frame.unit]
    agreed_unit(file, state_unit(file, chosen), cast("Unit", own))
    if file.space:
        raise AtlasFileError(path, f"its positions are in {file.space}", "a file without a space")
    read = file.read(list(chosen), True)
    names = file.names or tuple(str(k) for k in range(file.n_columns))
    positions = frame.to_world(read.numbers)
    return FramedPoints(frame, tuple(names[k] for k in chosen), read.written, positions, file.note)


def _find_columns(
    file: PointsFile, frame: Frame, columns: Sequence[str] | None, word_option: Option
) -> Three:
    if columns is not None:
        a, b, c = (file.position(name) for name in columns)
        return a, b, c
    plain = [ENDING.sub("", name.casefold()).strip(" _") for name in file.names or ()]
    wanted = [axis.name.casefold() for axis in frame.axes]
    if all(plain.count(name) == 1 for name in wanted):
        a, b, c = (plain.index(name) for name in wanted)
        return a, b, c
    axes = ", ".join(axis.name for axis in frame.axes)
    raise AtlasFileError(
        file.path,
        f"no three columns are called {axes}; they are {file.format_columns()}",
        word_option("columns", "A,B,C"),
    )
