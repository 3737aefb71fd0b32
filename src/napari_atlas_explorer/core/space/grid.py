"""Voxel grids: the only place where positions become indices.

The world is the atlas's own space in micrometers, with the axes x, y and z. They are those of
the array unless the file permutes them. Voxel ``i`` covers
``[i, i + 1)`` in index space and its center is ``i + 0.5``. A position belongs to the voxel
``floor(q)``, where ``q`` is the position in index space.

On most grids (steps of 25 µm, an origin of -157.5 µm) float64 holds every voxel edge exactly
and the floor is right as it is: BrainGlobe's 1000 published lookups agree with it to the last
one, 49 of which lie one rounding step below an edge. Steps such as 0.1 or 77.47 µm cannot be
held exactly; there about 4 % of exact edges land just below the integer, so a ``q`` within
`EDGE_TOLERANCE` of an integer is that integer.

At the ends of the volume a position that rounding alone puts outside is inside, as in voxcell:
`LOW_EDGE` of a voxel before the first edge, and whatever is below the last one in µm.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..arrays import read_only
from ..errors import ArgumentError, OutsideError, short

EDGE_TOLERANCE = 1e-6
"""Share of a voxel by which an edge may be missed where the grid's numbers are not exact."""

LOW_EDGE = 1e-7
"""Share of a voxel by which a position before the first edge is on it; voxcell's."""

MATCH_TOLERANCE = 1e-3
"""Share of a voxel by which the corners of two grids may differ that count as the same."""

POSITIONS_PER_BLOCK = 1 << 15

EXACT_FRACTION = 2.0**-10
EXACT_LIMIT = 2.0**40
"""Multiples of `EXACT_FRACTION` below `EXACT_LIMIT` stay exact in float64 under ``k·step + o``
for every index ``k`` a volume can have."""


def floor_indices(
    q: ArrayLike, shape: Sequence[int], tolerance: float = 0.0
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Return the voxel indices of index-space coordinates, and which of them lie inside.

    Parameters
    ----------
    q
        Coordinates in index space (voxel edges are integers), any shape ``(..., ndim)``.
    shape
        Voxels along each axis.
    tolerance
        A coordinate this close to an integer is that integer.

    Returns
    -------
    indices
        Integers of the same shape; ``-1`` in every component of an outside position.
    inside
        Booleans of shape ``(...)``. NaN and infinite coordinates are outside.
    """
    columns, inside = floor_columns(np.asarray(q, dtype=np.float64), shape, tolerance)
    indices = np.stack(columns, axis=-1)
    if not inside.all():
        indices[~inside] = -1
    return indices, inside


def floor_columns(
    q: NDArray[np.float64], shape: Sequence[int], tolerance: float = 0.0
) -> tuple[list[NDArray[np.intp]], NDArray[np.bool_]]:
    """Return voxel indices as one array per axis; see `floor_indices`.

    Made for a million positions: arrays of one axis each are read and written in one go, and
    blocks of them stay in the processor's cache (a million positions: 45 ms as one array of
    indices, 20 ms so).

    Returns
    -------
    columns
        For each axis indices of the leading shape of ``q``; 0 for an outside position.
    inside
        Booleans of that shape.
    """
    points = q.reshape(-1, len(shape))
    columns = [np.empty(len(points), np.intp) for _ in shape]
    inside = np.ones(len(points), bool)
    for first in range(0, len(points), POSITIONS_PER_BLOCK):
        block = slice(first, first + POSITIONS_PER_BLOCK)
        within = inside[block]
        lifted = [points[block, axis] + tolerance for axis in range(len(shape))]
        for values, size in zip(lifted, shape, strict=True):
            within &= values >= 0
            within &= values < size
        for values, column in zip(lifted, columns, strict=True):
            if not within.all():
                values[~within] = 0
            column[block] = values
    leading = q.shape[:-1]
    return [column.reshape(leading) for column in columns], inside.reshape(leading)


def floor_one(
    q: Iterable[float], shape: Sequence[int], tolerance: float = 0.0
) -> tuple[int, ...] | None:
    """Return the voxel of one index-space coordinate, or None outside."""
    index = []
    for value, size in zip(q, shape, strict=True):
        lifted = value + tolerance
        if not 0 <= lifted < size:  # NaN too
            return None
        index.append(int(lifted))
    return tuple(index)


LARGEST_POSITION = 1e15
"""Steps and origins beyond a million kilometres are damage; volumes in µm³ would overflow."""


@dataclass(frozen=True, eq=False)
class VoxelGrid:
    """The placement of a volume: its shape and the affine from index corners to micrometers.

    Volumes share it, so that its arrays are read-only. In the examples of its members ``volume``
    is ``VoxelData(np.arange(24).reshape(2, 3, 4), (25, 25, 25))``.

    Parameters
    ----------
    shape
        Voxels along each axis, ``(n0, n1, ...)``.
    affine
        ``(ndim + 1, ndim + 1)`` float64 matrix: index-space coordinates (corner of voxel 0 is
        the origin) to µm. Columns are the steps along each array axis.
    """

    shape: tuple[int, ...]
    affine: NDArray[np.float64]

    def __post_init__(self) -> None:
        """Check the matrix; freeze a copy of it."""
        ndim = len(self.shape)
        affine = np.array(self.affine, dtype=np.float64)
        if affine.shape != (ndim + 1, ndim + 1):
            raise ArgumentError(
                f"affine of shape {affine.shape} for a volume of {ndim} axes; "
                f"expected {(ndim + 1, ndim + 1)}"
            )
        with np.errstate(all="ignore"):
            singular = abs(np.linalg.det(affine[:-1, :-1])) == 0
            longest = float(np.abs(affine).max())
        if not np.isfinite(affine).all() or singular:
            raise ArgumentError("voxel steps are zero, not finite or not independent")
        if longest > LARGEST_POSITION:
            raise ArgumentError(f"positions of {longest:g} µm; at most {LARGEST_POSITION:g} µm")
        affine.setflags(write=False)
        object.__setattr__(self, "affine", affine)
        object.__setattr__(self, "shape", tuple(int(n) for n in self.shape))

    @classmethod
    def from_steps(
        cls, shape: Sequence[int], steps: ArrayLike, corner: ArrayLike | None = None
    ) -> VoxelGrid:
        """Build an axis-aligned grid from signed steps (µm) and the corner of voxel 0 (µm).

        >>> VoxelGrid.from_steps((2, 3, 4), 25, corner=(100, 0, 0)).bbox.tolist()
        [[100.0, 0.0, 0.0], [150.0, 75.0, 100.0]]
        """
        ndim = len(shape)
        step = np.asarray(steps, dtype=np.float64)
        if step.ndim == 0:
            step = np.full(ndim, float(step))
        origin = np.zeros(ndim) if corner is None else np.asarray(corner, dtype=np.float64)
        if step.shape != (ndim,) or origin.shape != (ndim,):
            raise ArgumentError(
                f"{step.size} steps and {origin.size} origin values for {ndim} axes"
            )
        affine = np.eye(ndim + 1)
        affine[:-1, :-1] = np.diag(step)
        affine[:-1, -1] = origin
        return cls(tuple(shape), affine)

    @property
    def ndim(self) -> int:
        """Number of axes.

        >>> volume.grid.ndim
        3
        """
        return len(self.shape)

    @cached_property
    def is_axis_aligned(self) -> bool:
        """Whether each array axis runs along its own world axis (negative steps allowed).

        >>> volume.grid.is_axis_aligned
        True
        """
        matrix = self.affine[:-1, :-1]
        return bool(np.all(matrix[~np.eye(self.ndim, dtype=bool)] == 0))

    @cached_property
    def is_oblique(self) -> bool:
        """Whether an array axis runs along no world axis; a permutation is not oblique.

        >>> volume.grid.is_oblique
        False
        """
        used = self.affine[:-1, :-1] != 0
        return bool((used.sum(axis=0) != 1).any() or (used.sum(axis=1) != 1).any())

    @cached_property
    def world_axes(self) -> NDArray[np.intp]:
        """``(ndim,)`` world axis that each array axis runs along, or nearest to.

        >>> volume.grid.world_axes.tolist()
        [0, 1, 2]
        """
        matrix = self.affine[:-1, :-1]
        return read_only(np.abs(matrix / np.linalg.norm(matrix, axis=0)).argmax(axis=0))

    @cached_property
    def steps(self) -> NDArray[np.float64]:
        """Signed µm per voxel for an axis-aligned grid, lengths of the steps otherwise.

        >>> volume.grid.steps.tolist()
        [25.0, 25.0, 25.0]
        """
        matrix = self.affine[:-1, :-1]
        if self.is_axis_aligned:
            return read_only(np.diag(matrix))
        return read_only(np.linalg.norm(matrix, axis=0))

    @property
    def corner(self) -> NDArray[np.float64]:
        """World position (µm) of the corner of voxel 0.

        >>> volume.grid.corner.tolist()
        [0.0, 0.0, 0.0]
        """
        return np.asarray(self.affine[:-1, -1])

    @cached_property
    def voxel_volume(self) -> float:
        """Volume of one voxel, µm³, positive (µm² for two axes).

        >>> volume.grid.voxel_volume
        15625.0
        """
        if self.is_axis_aligned:  # exact where the steps are: no rounding in a determinant
            return float(np.abs(self.steps).prod())
        return float(abs(np.linalg.det(self.affine[:-1, :-1])))

    @property
    def bbox(self) -> NDArray[np.float64]:
        """Lowest and highest world position of the volume, ``(2, ndim)`` µm.

        >>> volume.grid.bbox.tolist()
        [[0.0, 0.0, 0.0], [50.0, 75.0, 100.0]]
        """
        world = self.to_world(self._ends)
        return np.stack([world.min(axis=0), world.max(axis=0)])

    @property
    def _ends(self) -> NDArray[np.float64]:
        """Corners of the volume in index space, ``(2 ** ndim, ndim)``."""
        ends = np.meshgrid(*[(0.0, float(n)) for n in self.shape])
        return np.array(ends).reshape(self.ndim, -1).T

    @cached_property
    def _inverse(self) -> NDArray[np.float64]:
        return np.asarray(np.linalg.inv(self.affine))

    def to_world(self, q: ArrayLike) -> NDArray[np.float64]:
        """Map index-space coordinates ``(..., ndim)`` (edges are integers) to µm.

        >>> volume.grid.to_world((1.5, 0.5, 0.5)).tolist()  # the center of voxel (1, 0, 0)
        [37.5, 12.5, 12.5]
        """
        points = self._points(q)
        with np.errstate(over="ignore", invalid="ignore"):  # infinite stays infinite, or NaN
            if self.is_axis_aligned:
                return np.asarray(points * self.steps + self.corner)
            return np.asarray(points @ self.affine[:-1, :-1].T + self.corner)

    def to_index_space(self, positions: ArrayLike) -> NDArray[np.float64]:
        """Return the index-space coordinates of world positions (µm); voxel edges are integers.

        >>> volume.grid.to_index_space((37.5, 12.5, 12.5)).tolist()
        [1.5, 0.5, 0.5]
        """
        points = self._points(positions)
        with np.errstate(over="ignore", invalid="ignore"):  # far away and infinite is outside
            if self.is_axis_aligned:
                # A division, not a product with the reciprocal: exact at exact edges more often.
                return np.asarray((points - self.corner) / self.steps)
            return np.asarray(points @ self._inverse[:-1, :-1].T + self._inverse[:-1, -1])

    def locate(self, positions: ArrayLike) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        """Return the voxels of world positions (µm), and which are inside; see `floor_indices`.

        >>> indices, inside = volume.grid.locate([(30, 60, 99), (-1, 0, 0)])
        >>> indices.tolist(), inside.tolist()
        ([[1, 2, 3], [-1, -1, -1]], [True, False])
        """
        columns, inside = self.locate_columns(positions)
        indices = np.stack(columns, axis=-1)
        indices[~inside] = -1
        return indices, inside

    def locate_columns(
        self, positions: ArrayLike
    ) -> tuple[list[NDArray[np.intp]], NDArray[np.bool_]]:
        """Locate positions as one index array per axis; see `floor_columns`.

        >>> columns, inside = volume.grid.locate_columns([(30, 60, 99), (30, 10, 10)])
        >>> [column.tolist() for column in columns]
        [[1, 1], [2, 0], [3, 0]]
        """
        points = self._points(positions)
        q = self.to_index_space(points)
        columns, inside = floor_columns(q, self.shape, self.edge_tolerance)
        if self.is_axis_aligned and not inside.all():
            self._include_edges(points, q, columns, inside)
        return columns, inside

    def _include_edges(
        self,
        points: NDArray[np.float64],
        q: NDArray[np.float64],
        columns: list[NDArray[np.intp]],
        inside: NDArray[np.bool_],
    ) -> None:
        """Include the positions that rounding alone puts outside, in ``columns`` and ``inside``."""
        outside = np.flatnonzero(~inside)
        points, q = (array.reshape(-1, self.ndim)[outside] for array in (points, q))
        far = self.to_world(self.shape)
        before_far = np.where(self.steps > 0, points < far, points > far)
        held = ((q > -LOW_EDGE) & before_far).all(axis=1)
        for axis, column in enumerate(columns):
            lifted = q[held, axis] + self.edge_tolerance
            column.reshape(-1)[outside[held]] = np.clip(lifted, 0, self.shape[axis] - 1)
        inside.reshape(-1)[outside[held]] = True

    @cached_property
    def edge_tolerance(self) -> float:
        """0 where float64 holds every voxel edge exactly, else `EDGE_TOLERANCE`.

        >>> volume.grid.edge_tolerance
        0.0
        """
        scaled = self.affine[:-1] / EXACT_FRACTION
        exact = np.array_equal(scaled, np.rint(scaled)) and np.abs(self.affine).max() < EXACT_LIMIT
        return 0.0 if exact and self.is_axis_aligned else EDGE_TOLERANCE

    def locate_one(self, position: Sequence[float]) -> tuple[int, ...] | None:
        """Return the voxel of one position (µm), or None; fast path of `locate`.

        >>> volume.grid.locate_one((30, 60, 99)), volume.grid.locate_one((-1, 0, 0))
        ((1, 2, 3), None)
        """
        if not self.is_axis_aligned:
            indices, inside = self.locate(np.asarray(position, dtype=np.float64))
            return tuple(int(i) for i in indices) if bool(inside) else None
        tolerance = self.edge_tolerance
        index = []
        for p, (corner, step, size) in zip(position, self._axes, strict=True):
            q = (p - corner) / step + tolerance
            if not 0 <= q < size:  # NaN too
                if -2 * EDGE_TOLERANCE < q < size + 2 * EDGE_TOLERANCE:
                    break  # perhaps rounding alone: the slower path decides
                return None
            index.append(int(q))
        else:
            return tuple(index)
        indices, inside = self.locate(np.asarray(position, dtype=np.float64))
        return tuple(indices.tolist()) if bool(inside) else None

    @cached_property
    def _axes(self) -> list[tuple[float, float, int]]:
        """Corner, step and size along each axis, as plain numbers: `locate_one` is asked often."""
        return list(zip(self.corner.tolist(), self.steps.tolist(), self.shape, strict=True))

    def rescaled(self, sizes: ArrayLike) -> VoxelGrid:
        """Return the same grid with voxels of other sizes (µm, positive, one or one per axis).

        The directions of the axes stay, and the corner stays at the same place when counted in
        voxels: a header that is wrong by a factor is wrong by it in the origin too.

        >>> volume.grid.rescaled(10).bbox.tolist()
        [[0.0, 0.0, 0.0], [20.0, 30.0, 40.0]]
        """
        lengths = np.linalg.norm(self.affine[:-1, :-1], axis=0)
        wanted = np.asarray(sizes, dtype=np.float64)
        if wanted.shape not in ((), (self.ndim,)) or not (np.isfinite(wanted) & (wanted > 0)).all():
            raise ArgumentError(f"voxel sizes {sizes!r}; expected one or {self.ndim} positive µm")
        affine = np.array(self.affine)
        affine[:-1, :-1] = self.affine[:-1, :-1] * (wanted / lengths)
        affine[:-1, -1] = affine[:-1, :-1] @ np.linalg.solve(self.affine[:-1, :-1], self.corner)
        return VoxelGrid(self.shape, affine)

    def matches(self, other: VoxelGrid) -> bool:
        """Return whether two grids have the same voxels at the same places.

        Their corners may differ by `MATCH_TOLERANCE`: headers often hold single precision.

        >>> volume.grid.matches(VoxelGrid.from_steps((2, 3, 4), 25))
        True
        """
        if self.shape != other.shape:
            return False
        distance = self.to_index_space(other.to_world(self._ends)) - self._ends
        return bool(np.abs(distance).max() <= MATCH_TOLERANCE)

    def require_inside(self, index: Sequence[int]) -> tuple[int, ...]:
        """Return a voxel index, or raise `OutsideError` where it is not of this grid.

        >>> volume.grid.require_inside((1, 2, 3))
        (1, 2, 3)
        """
        if len(index) != self.ndim or not all(
            0 <= i < n for i, n in zip(index, self.shape, strict=True)
        ):
            raise OutsideError(f"voxel {tuple(index)} is outside the volume of shape {self.shape}")
        return tuple(int(i) for i in index)

    def _points(self, values: ArrayLike) -> NDArray[np.float64]:
        return as_points(values, self.ndim)


def as_points(values: ArrayLike, ndim: int) -> NDArray[np.float64]:
    """Return coordinates ``(..., ndim)`` as float64, or raise; of one axis, ``(...)`` will do."""
    try:
        points = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as exc:
        raise ArgumentError(f"positions {short(values)}; expected numbers (..., {ndim})") from exc
    if ndim == 1 and points.ndim and points.shape[-1] != 1:
        return points[..., np.newaxis]
    if points.ndim == 0 or points.shape[-1] != ndim:
        raise ArgumentError(
            f"positions of shape {points.shape}; expected (..., {ndim}): "
            f"one coordinate for each axis"
        )
    return points
