"""Permutation and reversal of axes, for volumes and everything in them.

Coordinates are those of the index space: voxel i of an axis covers [i, i + 1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import ArgumentError
from ..orientation_field import INT8_SCALE
from .axes import FRONT_BACK, LEFT_RIGHT, UP_DOWN, axis_of, check_orientation

T = TypeVar("T")
N_AXES = 3
HALF_TURN_X = np.array([0.0, 1.0, 0.0, 0.0])
"""Half a turn about the local x axis, as a quaternion w, x, y, z."""


@dataclass(frozen=True)
class AxisTransform:
    """A permutation and reversal of the three axes of a volume, and of all that lies in it.

    Attributes
    ----------
    order
        Target axis k runs along source axis ``order[k]``.
    flips
        Whether target axis k runs against it.
    shape
        ``(3,)`` voxels of the source.
    """

    order: tuple[int, int, int]
    flips: tuple[bool, bool, bool]
    shape: tuple[int, int, int]

    def __post_init__(self) -> None:
        if sorted(self.order) != [0, 1, 2] or len(self.flips) != N_AXES:
            raise ArgumentError(
                f"axes {self.order} with flips {self.flips}; expected 0, 1, 2 in some order and "
                f"a flip for each"
            )
        if len(self.shape) != N_AXES or min(self.shape) < 1:
            raise ArgumentError(f"a volume of shape {self.shape}; expected three axes with voxels")

    @classmethod
    def between(cls, source: str, target: str, shape: Sequence[int]) -> AxisTransform:
        """Turn from one orientation to another.

        Parameters
        ----------
        source, target
            Three letters, the side on which each axis starts, such as "asr".
        shape
            ``(3,)`` voxels of the source.
        """
        start, end = check_orientation(source), check_orientation(target)
        pairs = (FRONT_BACK, UP_DOWN, LEFT_RIGHT)
        order = [axis_of(start, next(p for p in pairs if letter in p)) for letter in end]
        flips = [start[axis] != letter for axis, letter in zip(order, end, strict=True)]
        return cls(
            _check_triple(order), _check_triple(flips), _check_triple([int(n) for n in shape])
        )

    @property
    def target_shape(self) -> tuple[int, int, int]:
        """Voxels of the target."""
        return _check_triple([self.shape[axis] for axis in self.order])

    @property
    def is_identity(self) -> bool:
        """Whether nothing changes."""
        return self.order == (0, 1, 2) and not any(self.flips)

    @property
    def mirrors(self) -> bool:
        """Whether a right hand becomes a left one: the determinant of `matrix` is −1."""
        return bool(np.linalg.det(self.matrix) < 0)

    @property
    def matrix(self) -> NDArray[np.float64]:
        """``(3, 3)`` signed permutation: a direction in the target is ``matrix @`` its source."""
        matrix = np.zeros((N_AXES, N_AXES))
        matrix[range(N_AXES), self.order] = np.where(self.flips, -1.0, 1.0)
        return matrix

    def inverse(self) -> AxisTransform:
        """Turn back."""
        back = [self.order.index(axis) for axis in range(N_AXES)]
        return AxisTransform(
            _check_triple(back),
            _check_triple([self.flips[axis] for axis in back]),
            self.target_shape,
        )

    def volume(self, array: NDArray[Any]) -> NDArray[Any]:
        """View of an array ``(*shape, *payload)`` as ``(*target_shape, *payload)``; no copy."""
        if array.shape[:N_AXES] != self.shape:
            raise ArgumentError(f"an array of shape {array.shape}; expected {self.shape} first")
        turned = array.transpose(*self.order, *range(N_AXES, array.ndim))
        return turned[tuple(slice(None, None, -1 if flip else None) for flip in self.flips)]

    def points(self, q: ArrayLike) -> NDArray[np.float64]:
        """Map continuous index-space coordinates ``(..., 3)`` to the target."""
        turned = _check_triples(np.asarray(q, np.float64))[..., self.order]
        for axis, flip in enumerate(self.flips):
            if flip:
                turned[..., axis] = self.target_shape[axis] - turned[..., axis]
        return turned

    def boxes(self, boxes: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return boxes ``(n, 3, 2)`` of first voxels and those after the last; zeros stay zeros."""
        turned = boxes[:, self.order].copy()
        for axis, flip in enumerate(self.flips):
            if flip:
                turned[:, axis] = self.target_shape[axis] - turned[:, axis, ::-1]
        turned[~boxes.any(axis=(1, 2))] = 0
        return turned

    def faces(self, faces: NDArray[Any]) -> NDArray[Any]:
        """Return triangles ``(m, 3)``, wound the other way round where the map mirrors.

        So the normals of a surface whose points went through `points` still show outwards.
        """
        return faces[:, ::-1].copy() if self.mirrors else faces

    def steps(self, values: Sequence[T]) -> tuple[T, T, T]:
        """Return values per axis that have no sign, such as voxel sizes, in the target's order."""
        return _check_triple([values[axis] for axis in self.order])

    def vectors(self, field: NDArray[Any]) -> NDArray[Any]:
        """Return components ``(..., 3)`` along the source's axes, along the target's instead.

        Only the values are turned: where they stand, `volume` turns. The dtype stays; an int8
        −128, which has no opposite, becomes 127.
        """
        turned = _check_triples(field)[..., self.order]
        if any(self.flips) and field.dtype.kind not in "if":
            raise ArgumentError(f"vectors of dtype {field.dtype}; expected one with a sign")
        for axis, flip in enumerate(self.flips):
            if flip:
                part = turned[..., axis]
                if field.dtype.kind == "i":
                    np.maximum(part, -np.iinfo(field.dtype).max, out=part)
                np.negative(part, out=part)
        return turned

    def quaternions(self, field: NDArray[Any]) -> NDArray[Any]:
        """Turn rotations to the source's axes into rotations to the target's.

        Parameters
        ----------
        field
            ``(..., 4)`` w, x, y, z: float32, float64, or int8 as VoxelBrain stores it
            (component · 127). Only the values are turned: where they stand, `volume` turns.

        Returns
        -------
        Of the same shape and length per quaternion. Zero and not-finite quaternions, which mean
        that there is no orientation, stay as they are. int8 stays int8 for the identity; else
        it becomes float32 components (divided by 127), since a quarter turn's components are
        not whole 127ths and rounding them again would turn the frames by up to 0.9°.

        Notes
        -----
        With M the `matrix` and R a rotation, M R is a rotation only where M does not mirror.
        Where it does, the answer is M R D with D the mirror of the local x axis: the local y
        (along a cortical column, in VoxelBrain) and z axes are carried exactly, x is reversed.
        Since D is its own inverse, turning back gives R again, if with another sign.
        """
        _check_quaternions(field)
        if self.is_identity:
            return field.copy()
        kind = np.dtype(np.float32) if field.dtype == np.int8 else field.dtype
        turn = self._quaternion_map().astype(kind)
        out = np.empty(field.shape, kind)
        # A slab at a time: the volumes of fields are among the largest.
        slabs = zip(field, out, strict=True) if field.ndim > 1 else [(field, out)]
        for given, made in slabs:
            q = given / kind.type(INT8_SCALE) if field.dtype == np.int8 else given
            missing = np.asarray(~(np.isfinite(q).all(axis=-1) & q.any(axis=-1)))
            made[...] = np.where(missing[..., None], 0, q) @ turn.T
            made[missing] = q[missing]
        return out

    def _quaternion_map(self) -> NDArray[np.float64]:
        """Return ``(4, 4)``, orthogonal: what takes the quaternion of R to that of M R (D)."""
        if not self.mirrors:
            return _left_product(_quaternion_from_matrix(self.matrix))
        # M R D = (−M) R (−D), both of which are rotations: −D is half a turn about x.
        return _left_product(_quaternion_from_matrix(-self.matrix)) @ _right_product(HALF_TURN_X)


def _check_triple(values: Sequence[T]) -> tuple[T, T, T]:
    if len(values) != N_AXES:
        raise ArgumentError(f"{len(values)} values; expected one for each of three axes")
    return values[0], values[1], values[2]


def _check_triples(values: NDArray[Any]) -> NDArray[Any]:
    if values.ndim < 1 or values.shape[-1] != N_AXES:
        raise ArgumentError(f"an array of shape {values.shape}; expected (..., 3)")
    return values


def _check_quaternions(field: NDArray[Any]) -> None:
    if field.ndim < 1 or field.shape[-1] != 4:
        raise ArgumentError(f"an array of shape {field.shape}; expected quaternions (..., 4)")
    if field.dtype not in (np.int8, np.float32, np.float64):
        raise ArgumentError(
            f"quaternions of dtype {field.dtype}; expected int8, float32 or float64"
        )


def _quaternion_from_matrix(rotation: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a rotation matrix as a quaternion: the largest row of 4 q qᵀ."""
    r = rotation
    outer = np.array([
        [1 + r[0, 0] + r[1, 1] + r[2, 2], r[2, 1] - r[1, 2], r[0, 2] - r[2, 0], r[1, 0] - r[0, 1]],
        [r[2, 1] - r[1, 2], 1 + r[0, 0] - r[1, 1] - r[2, 2], r[1, 0] + r[0, 1], r[0, 2] + r[2, 0]],
        [r[0, 2] - r[2, 0], r[1, 0] + r[0, 1], 1 - r[0, 0] + r[1, 1] - r[2, 2], r[2, 1] + r[1, 2]],
        [r[1, 0] - r[0, 1], r[0, 2] + r[2, 0], r[2, 1] + r[1, 2], 1 - r[0, 0] - r[1, 1] + r[2, 2]],
    ])  # fmt: skip
    best = int(np.argmax(np.diag(outer)))
    return np.asarray(outer[best] / (2 * np.sqrt(outer[best, best])))


def _left_product(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the matrix that takes q to the quaternion product p q."""
    w, x, y, z = p
    return np.array([[w, -x, -y, -z], [x, w, -z, y], [y, z, w, -x], [z, -y, x, w]])


def _right_product(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the matrix that takes q to the quaternion product q p."""
    w, x, y, z = p
    return np.array([[w, -x, -y, -z], [x, w, z, -y], [y, -z, w, x], [z, y, -x, w]])
