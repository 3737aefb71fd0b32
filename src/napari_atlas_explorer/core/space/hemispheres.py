"""Hemisphere of a voxel, and the convention it follows.

0 is outside, 1 left, 2 right. Conventions disagree (BrainGlobe's "asr" runs from right to left,
Allen's own documents run from left to right on the same arrays), so every answer carries the
name of the convention that gave it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..arrays import read_only
from ..errors import ArgumentError
from .axes import LEFT_RIGHT, SIDES, axis_of

LEFT, RIGHT = 1, 2
HEMISPHERE_NAMES = {LEFT: "left", RIGHT: "right"}


class HemisphereRule(Protocol):
    """Rule that assigns voxels to hemispheres."""

    @property
    def convention(self) -> str:
        """Whose rule this is, for instance "BrainGlobe" or "hemisphere volume"."""

    def of(self, indices: NDArray[np.intp]) -> NDArray[np.uint8]:
        """Return the sides of voxels inside the volume, ``(..., 3)`` indices to ``(...)``."""

    def of_one(self, index: tuple[int, ...]) -> int:
        """Return the side of one voxel inside the volume; the quick path of `of`."""

    def volume(self, shape: tuple[int, ...]) -> NDArray[np.uint8]:
        """Return the sides of all voxels of a volume."""

    def seen(self, shape: tuple[int, ...]) -> NDArray[np.uint8]:
        """Return a read-only volume, a broadcast view where possible."""

    def keep(self, mask: NDArray[np.bool_], hemisphere: int) -> None:
        """Clear a mask, in place, wherever the voxel is not on a side."""

    def drop(self, mask: NDArray[np.bool_], hemisphere: int) -> None:
        """Clear a mask, in place, wherever the voxel is on a side; 0 for no side."""


@dataclass(frozen=True)
class HemispherePlane:
    """Hemispheres divided by a plane across one axis.

    Attributes
    ----------
    axis
        The left-right axis.
    boundary
        Index of the first voxel of the upper side.
    low
        Side of the voxels below the boundary: `LEFT` or `RIGHT`.
    convention
        Whose rule this is.
    """

    axis: int
    boundary: int
    low: int
    convention: str

    def of(self, indices: NDArray[np.intp]) -> NDArray[np.uint8]:
        """Return the sides of voxels, ``(..., 3)`` indices to ``(...)``."""
        below = indices[..., self.axis] < self.boundary
        return np.where(below, np.uint8(self.low), np.uint8(3 - self.low))

    def of_one(self, index: tuple[int, ...]) -> int:
        """Return the side of one voxel."""
        return self.low if index[self.axis] < self.boundary else 3 - self.low

    def volume(self, shape: tuple[int, ...]) -> NDArray[np.uint8]:
        """Return the sides of all voxels of a volume of this shape."""
        hemispheres = np.full(shape, 3 - self.low, np.uint8)
        hemispheres[self._below] = self.low
        return hemispheres

    def seen(self, shape: tuple[int, ...]) -> NDArray[np.uint8]:
        """Return the sides of all voxels: one line across the plane, seen as a volume."""
        line = np.full(shape[self.axis], 3 - self.low, np.uint8)
        line[: self.boundary] = self.low
        around = [1] * len(shape)
        around[self.axis] = -1
        return np.broadcast_to(line.reshape(around), shape)

    def keep(self, mask: NDArray[np.bool_], hemisphere: int) -> None:
        """Clear a mask, in place, on the other side."""
        axis_first = np.moveaxis(mask, self.axis, 0)
        if hemisphere == self.low:
            axis_first[self.boundary :] = False
        else:
            axis_first[: self.boundary] = False

    def drop(self, mask: NDArray[np.bool_], hemisphere: int) -> None:
        """Clear a mask, in place, on one side; no voxel is on none."""
        if hemisphere:
            self.keep(mask, 3 - hemisphere)

    @property
    def _below(self) -> tuple[slice, ...]:
        return (*[slice(None)] * self.axis, slice(0, self.boundary))


class HemisphereVolume:
    """Hemispheres stored as a volume of 0, 1 and 2.

    Parameters
    ----------
    load
        Gives the volume (uint8, the annotation's shape); called once, when first asked.
    convention
        Whose rule this is.
    """

    def __init__(
        self, load: Callable[[], NDArray[Any]], convention: str = "hemisphere volume"
    ) -> None:
        self._load = load
        self._strange: list[Any] = []
        self.convention = convention

    def __repr__(self) -> str:
        """Describe whose rule it is."""
        return f"<HemisphereVolume: {self.convention}>"

    @cached_property
    def _values(self) -> NDArray[np.uint8]:
        stored = self._load()
        if stored.dtype == np.uint8 and (not stored.size or stored.max() <= RIGHT):
            return stored
        # Other volumes mark their sides in other ways; what is neither 1 nor 2 tells nothing.
        self._strange = np.setdiff1d(np.unique(stored), (0, LEFT, RIGHT)).tolist()
        hemispheres = np.zeros(stored.shape, np.uint8)
        hemispheres[stored == LEFT] = LEFT
        hemispheres[stored == RIGHT] = RIGHT
        return hemispheres

    def find_doubts(self, orientation: str | None) -> list[str]:
        """Return what is wrong with the volume, one sentence each; it is read for that.

        Parameters
        ----------
        orientation
            Letters of the sides on which the array axes start, or None.
        """
        values, doubts = self._values, []
        if self._strange:
            others = ", ".join(f"{value:g}" for value in self._strange[:3])
            doubts.append(
                f"the hemisphere volume holds {others}{'…' * (len(self._strange) > 3)}; only 1 "
                f"(left) and 2 (right) tell a hemisphere"
            )
        axis = 0 if orientation is None else axis_of(orientation, LEFT_RIGHT)
        across = tuple(k for k in range(values.ndim) if k != axis)
        left, right = (np.count_nonzero(values == n, axis=across) for n in (LEFT, RIGHT))
        for name, counts in (("left", left), ("right", right)):
            if not counts.any():
                doubts.append(f"no voxel of the hemisphere volume is {name}")
        if orientation is not None and left.any() and right.any():
            places = np.arange(len(left))
            left_first = np.average(places, weights=left) < np.average(places, weights=right)
            if left_first != (orientation[axis] == "l"):
                doubts.append(
                    f"by {orientation} axis {axis} starts {SIDES[orientation[axis]]}, but the "
                    f"hemisphere volume has {'left' if left_first else 'right'} there"
                )
        return doubts

    def of(self, indices: NDArray[np.intp]) -> NDArray[np.uint8]:
        """Return the sides of voxels, ``(..., 3)`` indices to ``(...)``."""
        return np.asarray(self._values[tuple(np.moveaxis(indices, -1, 0))])

    def of_one(self, index: tuple[int, ...]) -> int:
        """Return the side of one voxel."""
        return int(self._values[index])

    def volume(self, shape: tuple[int, ...]) -> NDArray[np.uint8]:
        """Return the volume itself, read-only."""
        if self._values.shape != shape:
            raise ArgumentError(
                f"hemisphere volume of shape {self._values.shape}; expected {shape}"
            )
        return read_only(self._values)

    def seen(self, shape: tuple[int, ...]) -> NDArray[np.uint8]:
        """Return the volume itself."""
        return self.volume(shape)

    def keep(self, mask: NDArray[np.bool_], hemisphere: int) -> None:
        """Clear a mask, in place, wherever the voxel is not on a side."""
        mask &= self.volume(mask.shape) == hemisphere

    def drop(self, mask: NDArray[np.bool_], hemisphere: int) -> None:
        """Clear a mask, in place, wherever the voxel is on a side; 0 for no side."""
        mask &= self.volume(mask.shape) != hemisphere


def brainglobe_symmetric(axis: int, size: int, starts_right: bool = True) -> HemispherePlane:
    """Return the BrainGlobe's rule for symmetric packages (formats.md §2).

    All voxels are right, then those from ``round(size / 2)`` on along the right-to-left axis
    are left; Python's rounding of halves to even is part of the rule.
    """
    return HemispherePlane(axis, round(size / 2), RIGHT if starts_right else LEFT, "BrainGlobe")


def allen_ccf(size: int) -> HemispherePlane:
    """Return the Allen's rule: the middle of axis 2, low index left."""
    return HemispherePlane(2, size // 2, LEFT, "Allen CCF")


def hemisphere_number(hemisphere: str | int | None) -> int | None:
    """Return 1 for "left" or 1, 2 for "right" or 2, None for None or "both"."""
    table: dict[str | int | None, int | None] = {
        None: None,
        "both": None,
        "left": LEFT,
        "right": RIGHT,
        LEFT: LEFT,
        RIGHT: RIGHT,
    }
    if isinstance(hemisphere, bool) or hemisphere not in table:
        raise ArgumentError(f"hemisphere {hemisphere!r}; expected 'left', 'right' or None")
    return table[hemisphere]


def values_to_hemisphere(values: ArrayLike) -> NDArray[np.str_]:
    """Return "undefined", "left" or "right" for 0, 1 or 2, in an array of the same shape (voxcell).

    Raises
    ------
    ArgumentError
        If there is another value.

    Examples
    --------
    >>> values_to_hemisphere([[0, 1], [2, 1]]).tolist()
    [['undefined', 'left'], ['right', 'left']]
    """
    numbers = np.asarray(values)
    strange = np.setdiff1d(numbers, (0, LEFT, RIGHT))
    if strange.size:
        raise ArgumentError(f"hemisphere {strange[0]}; expected 0, 1 (left) or 2 (right)")
    return np.asarray(np.array(["undefined", "left", "right"])[numbers.astype(int)])
