"""Anatomical orientation codes of array axes, such as "asr".

"asr" means: axis 0 starts anterior, axis 1 superior, axis 2 on the right.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import ArgumentError

SIDES = {
    "a": "anterior",
    "p": "posterior",
    "s": "superior",
    "i": "inferior",
    "l": "left",
    "r": "right",
}
OPPOSITE = {"a": "p", "p": "a", "s": "i", "i": "s", "l": "r", "r": "l"}
FRONT_BACK, UP_DOWN, LEFT_RIGHT = "ap", "si", "lr"


def check_orientation(text: str) -> str:
    """Return three lower-case letters, one of each pair a/p, s/i, l/r, or raise."""
    letters = str(text).strip().lower()
    ok = len(letters) == 3 and all(
        sum(c in pair for c in letters) == 1 for pair in (FRONT_BACK, UP_DOWN, LEFT_RIGHT)
    )
    if not ok:
        raise ArgumentError(
            f"orientation {text!r}; expected three letters such as 'asr', one of each pair "
            f"a/p (anterior, posterior), s/i (superior, inferior), l/r (left, right)"
        )
    return letters


def axis_of(orientation: str, pair: str) -> int:
    """Find the array axis along an anatomical direction, a pair of letters."""
    return next(i for i, letter in enumerate(orientation) if letter in pair)


def ends_of(orientation: str, axis: int) -> tuple[str, str]:
    """Return the letters of both ends of an axis, such as ("A", "P")."""
    return orientation[axis].upper(), OPPOSITE[orientation[axis]].upper()


def world_letters(matrix: NDArray[np.float64], letters: str) -> str | None:
    """Return letters of the sides on which the world's axes x, y and z start.

    They differ from the array's where steps are negative or axes permuted.

    Parameters
    ----------
    matrix
        ``(3, 3)``; columns are the steps along each array axis.
    letters
        Of the sides on which the array axes start.

    Returns
    -------
    letters
        None where two array axes are nearest to the same world axis.
    """
    world = np.abs(matrix / np.linalg.norm(matrix, axis=0)).argmax(axis=0).tolist()
    if sorted(world) != list(range(len(letters))):
        return None
    starts = {
        w: letter if matrix[w, axis] > 0 else OPPOSITE[letter]
        for axis, (w, letter) in enumerate(zip(world, letters, strict=True))
    }
    return "".join(starts[w] for w in range(len(letters)))
