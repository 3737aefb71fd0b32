"""Anatomical letters of a volume's axes, from the matrix that places its voxels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...core.space.axes import OPPOSITE, check_orientation

RAS = "lpi"
"""Sides on which the axes of NIfTI's world start: x runs to the right, y to the front, z up."""

LPS = "rai"
"""Sides on which the axes of DICOM's and ITK's world start."""


def letters_of(matrix: NDArray[np.float64], starts: str) -> str | None:
    """Return three letters for where the array axes start; oblique axes take the nearest.

    Parameters
    ----------
    matrix
        ``(3, 3)``; columns are the steps along each array axis.
    starts
        Letters of the sides on which the world's axes start, such as `RAS`.

    Returns
    -------
    letters
        None where two array axes are nearest to the same direction.
    """
    world = np.abs(matrix / np.linalg.norm(matrix, axis=0)).argmax(axis=0)
    if sorted(world.tolist()) != [0, 1, 2]:
        return None
    return "".join(
        starts[w] if matrix[w, axis] > 0 else OPPOSITE[starts[w]]
        for axis, w in enumerate(world.tolist())
    )


def turn_to(
    matrix: NDArray[np.float64], orientation: str, starts: str
) -> NDArray[np.float64] | None:
    """Return the rotation from a volume's own world into an anatomical one, by its axes' letters.

    Parameters
    ----------
    matrix
        ``(3, 3)``; columns are the steps along each array axis in the volume's own world.
    orientation
        Letters of the sides on which the array axes start.
    starts
        Letters of the sides on which the axes of the target world start, such as `RAS`.

    Returns
    -------
    turn
        ``(3, 3)`` with one 1 or -1 in each row and column, or None where two array axes are
        nearest to the same world axis.
    """
    world = np.abs(matrix / np.linalg.norm(matrix, axis=0)).argmax(axis=0)
    if sorted(world.tolist()) != [0, 1, 2]:
        return None
    turn = np.zeros((3, 3))
    pairs = [{letter, OPPOSITE[letter]} for letter in starts]
    for axis, letter in enumerate(check_orientation(orientation)):
        row = next(k for k, pair in enumerate(pairs) if letter in pair)
        away = 1.0 if starts[row] == letter else -1.0
        turn[row, world[axis]] = away * np.sign(matrix[world[axis], axis])
    return turn
