"""Three orthogonal sections through a point in anatomical orientation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import ArgumentError
from ..core.space.axes import FRONT_BACK, LEFT_RIGHT, SIDES, UP_DOWN, axis_of, ends_of
from ..core.space.frames import Frame
from ..core.space.grid import VoxelGrid
from ..core.text import grouped, micrometers

Box = tuple[slice, ...]

PARALLEL = 1e-9
"""Share of an axis's length by which it may lean and count as parallel."""

NAMES = {FRONT_BACK: "coronal", LEFT_RIGHT: "sagittal", UP_DOWN: "horizontal"}

# Plane by its normal: the axes down and across the picture, and the letters at the top and left.
# Left and right stay as stored: which one is on the viewer's left is a convention, shown by the
# letters.
VIEWS: tuple[tuple[str, str, str | None, str, str | None], ...] = (
    (FRONT_BACK, UP_DOWN, "S", LEFT_RIGHT, None),
    (LEFT_RIGHT, UP_DOWN, "S", FRONT_BACK, "A"),
    (UP_DOWN, FRONT_BACK, "A", LEFT_RIGHT, None),
)


@dataclass(frozen=True)
class EdgeLetters:
    """Letters at the edges of a picture, such as S, I, R, L."""

    top: str
    bottom: str
    left: str
    right: str


@dataclass(frozen=True)
class Section:
    """A plane of voxels and its orientation in its picture.

    Attributes
    ----------
    axis, index
        Array axis across which it cuts, and the plane's voxel along it.
    down, across
        Array axes that run down the picture and across it.
    flip_down, flip_across
        Whether they run against the array's order.
    name
        "coronal", "sagittal", "horizontal", or "axis 0" and so on.
    letters
        At the edges; None where the orientation is not known.
    """

    axis: int
    index: int
    down: int
    across: int
    flip_down: bool
    flip_across: bool
    name: str
    letters: EdgeLetters | None

    def cut(self, volume: NDArray[Any], box: Box) -> NDArray[Any]:
        """Return pixels ``(rows, cols, ...)`` of the plane within a box of voxels."""
        key: list[slice | int] = list(box)
        key[self.axis] = self.index
        plane = volume[tuple(key)]
        if self.down > self.across:
            plane = plane.swapaxes(0, 1)
        rows = slice(None, None, -1 if self.flip_down else 1)
        cols = slice(None, None, -1 if self.flip_across else 1)
        return plane[rows, cols]

    def size(self, box: Box) -> tuple[int, int]:
        """Return rows and columns of the picture."""
        down, across = box[self.down], box[self.across]
        return down.stop - down.start, across.stop - across.start

    def place(self, q: Sequence[float], box: Box) -> tuple[float, float]:
        """Return the row and column (fractions; edges are integers) of index-space coordinates."""
        row = q[self.down] - box[self.down].start
        col = q[self.across] - box[self.across].start
        rows, cols = self.size(box)
        return (rows - row if self.flip_down else row), (cols - col if self.flip_across else col)


def three_sections(orientation: str | None, index: Sequence[int]) -> list[Section]:
    """Return sections through a voxel.

    Parameters
    ----------
    orientation
        Three letters naming the side on which each axis starts, or None.
    index
        The voxel.

    Returns
    -------
    Coronal, sagittal and horizontal, with superior up, and anterior left or up. Without an
    orientation the planes across axes 0, 1 and 2, as stored.
    """
    if orientation is None:
        return [_make_stored_section(axis, index[axis]) for axis in range(3)]
    sections = []
    for normal, vertical, top, horizontal, left in VIEWS:
        axis, down, across = (axis_of(orientation, p) for p in (normal, vertical, horizontal))
        rows, cols = ends_of(orientation, down), ends_of(orientation, across)
        flip_down = top is not None and rows[0] != top
        flip_across = left is not None and cols[0] != left
        above, below = rows[::-1] if flip_down else rows
        before, after = cols[::-1] if flip_across else cols
        letters = EdgeLetters(above, below, before, after)
        sections.append(
            Section(axis, index[axis], down, across, flip_down, flip_across, NAMES[normal], letters)
        )
    return sections


def choose_sections(
    orientation: str | None, index: Sequence[int], planes: Sequence[str] | None
) -> list[Section]:
    """Return sections of some planes through a voxel, in the order of their names.

    Parameters
    ----------
    orientation, index
        As of `three_sections`.
    planes
        "coronal", "sagittal", "horizontal"; without an orientation "axis 0" and so on. None for
        all three.

    Raises
    ------
    ArgumentError
        If there is no such plane.
    """
    sections = three_sections(orientation, index)
    if planes is None:
        return sections
    by_name = {section.name: section for section in sections}
    for plane in planes:
        if plane not in by_name:
            why = " (its orientation is not known)" if orientation is None else ""
            raise ArgumentError(
                f"plane {plane!r}; expected of this atlas{why} one of {', '.join(by_name)}"
            )
    return [by_name[plane] for plane in planes]


def _make_stored_section(axis: int, index: int) -> Section:
    down, across = (a for a in range(3) if a != axis)
    return Section(axis, index, down, across, False, False, f"axis {axis}", None)


def section_title(
    section: Section,
    orientation: str | None,
    q: Sequence[float],
    position: NDArray[np.float64],
    grid: VoxelGrid,
    in_micrometers: bool,
    frame: Frame | None = None,
) -> str:
    """Return the title of a section, such as "coronal, 6 600 µm from anterior".

    Parameters
    ----------
    section
        The section.
    orientation
        Of the atlas, or None.
    q
        The point in index space; distances count from the side on which the axis starts.
    position
        The point, µm, for titles where the sides are not known.
    grid
        Of the atlas.
    in_micrometers
        Whether the size of a voxel is known.
    frame
        Frame in which the section is to be placed, None for the distance from the side. A section
        that is oblique in it has the three coordinates of the point.
    """
    axis = section.axis
    if frame is not None:
        numbers = frame.from_world(position).tolist()
        k = find_frame_axis(frame, grid, axis)
        where = frame.write(numbers)
        if k is not None:
            where = f"{frame.axes[k].name} {frame.round(numbers[k])} {frame.unit_word}"
        return f"{section.name}, {where} ({frame.name})"
    if not in_micrometers:
        where = f"voxel {grouped(section.index)}"
    elif orientation is None:
        return f"{section.name}, at {micrometers(float(position[axis]))} µm"
    else:
        size = float(np.linalg.norm(grid.affine[:-1, axis]))
        where = f"{micrometers(q[axis] * size)} µm"
    side = f" from {SIDES[orientation[axis]]}" if orientation is not None else ""
    return f"{section.name}, {where}{side}"


def find_frame_axis(frame: Frame, grid: VoxelGrid, axis: int) -> int | None:
    """Return the axis of a frame whose coordinate an axis of the array, and no other, changes."""
    shares = np.abs(index_to_frame(frame, grid)[:3, :3])
    k = int(shares[:, axis].argmax())
    others = np.delete(shares[k], axis)
    return k if (others <= PARALLEL * shares[k, axis]).all() else None


def index_to_frame(frame: Frame, grid: VoxelGrid) -> NDArray[np.float64]:
    """Return the ``(4, 4)`` matrix from index space to a frame."""
    return np.asarray(np.linalg.solve(frame.affine, grid.affine))
