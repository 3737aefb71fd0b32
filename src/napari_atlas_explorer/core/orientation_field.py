"""Orientation fields: one rotation per voxel."""

from __future__ import annotations

from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import ArgumentError
from .space.volume import VoxelData

INT8_SCALE = 127.0
"""VoxelBrain stores a quaternion component c as round(127 c) in int8."""


class OrientationField(VoxelData):
    """A unit quaternion (w, x, y, z) per voxel (voxcell's ``OrientationField``).

    ``raw`` has shape ``(*shape, 4)``, int8 (divided by 127), float32 or float64. Zero and NaN
    quaternions mean that there is no orientation, and answer NaN: never the identity.

    Examples
    --------
    >>> import numpy as np
    >>> field = OrientationField(np.full((2, 2, 2, 4), [1.0, 0, 0, 0]), (25, 25, 25))
    >>> field.lookup((10, 10, 40)).tolist()
    [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """

    @classmethod
    def from_axes(
        cls,
        x: ArrayLike,
        y: ArrayLike,
        z: ArrayLike,
        voxel_dimensions: ArrayLike,
        offset: ArrayLike | None = None,
    ) -> Self:
        """Make a field of the directions of the local axes.

        Parameters
        ----------
        x, y, z
            ``(*shape, 3)`` unit vectors in world coordinates; zeros or NaN in all three where
            there is no orientation.
        voxel_dimensions, offset
            Signed voxel size and corner, µm, as of `VoxelData`.

        Raises
        ------
        ArgumentError
            If the axes of a voxel are not perpendicular, of length 1 and right-handed.

        Examples
        --------
        >>> x, y, z = (np.broadcast_to(axis, (2, 2, 2, 3)) for axis in np.eye(3))
        >>> OrientationField.from_axes(y, z, x, (25, 25, 25)).lookup([10, 10, 10])[:, 0]
        array([0., 1., 0.])
        """
        matrices = np.stack([np.asarray(axis, np.float64) for axis in (x, y, z)], axis=-1)
        return cls(matrices_to_quaternions(matrices), voxel_dimensions, offset)

    def _check(self) -> None:
        if self.payload_shape != (4,):
            raise ArgumentError(
                f"an orientation field with payload {self.payload_shape}; expected (4,): w, x, y, z"
            )
        if self._raw.dtype not in (np.dtype(np.int8), np.dtype(np.float32), np.dtype(np.float64)):
            raise ArgumentError(
                f"an orientation field of dtype {self._raw.dtype}; "
                f"expected int8, float32 or float64"
            )

    def lookup(self, positions: ArrayLike, outer_value: Any = None) -> NDArray[Any]:
        """Return the rotation matrices at world positions.

        Parameters
        ----------
        positions
            ``(..., ndim)`` µm.
        outer_value
            A quaternion ``(4,)`` that stands for positions outside; without it they raise
            `OutsideError`.

        Returns
        -------
        ``(..., 3, 3)`` float64; NaN where there is no orientation. Columns are the local x, y
        and z axes in world coordinates.

        Examples
        --------
        >>> field = OrientationField(np.full((2, 2, 2, 4), [0.0, 0, 0, 1]), (25, 25, 25))
        >>> field.lookup([10, 10, 10])[:, 0].tolist()  # x after half a turn around z
        [-1.0, 0.0, 0.0]
        """
        if outer_value is None:
            return quaternions_to_matrices(self.as_float(super().lookup(positions)))
        outer = np.asarray(outer_value, dtype=np.float64)
        if outer.shape != (4,):
            raise ArgumentError(f"outer_value of shape {outer.shape}; expected a quaternion (4,)")
        indices, inside = self.grid.locate(positions)
        quaternions = np.empty((*inside.shape, 4))
        quaternions[...] = outer
        quaternions[inside] = self.as_float(self._raw[tuple(np.moveaxis(indices[inside], -1, 0))])
        return quaternions_to_matrices(quaternions)

    def as_float(self, quaternions: NDArray[Any]) -> NDArray[np.float64]:
        """Return the stored components as float64 (int8 divided by 127), not yet normalized.

        >>> field = OrientationField(np.full((2, 2, 2, 4), [127, 0, 0, 0], "int8"), (25, 25, 25))
        >>> field.as_float(field.raw[0, 0, 0]).tolist()
        [1.0, 0.0, 0.0, 0.0]
        """
        values = quaternions.astype(np.float64)
        return values / INT8_SCALE if self._raw.dtype == np.int8 else values


def normalize(quaternions: ArrayLike) -> NDArray[np.float64]:
    """Return the unit quaternions ``(..., 4)``; NaN where a quaternion is zero or not finite."""
    q = np.asarray(quaternions, dtype=np.float64)
    norm = np.linalg.norm(q, axis=-1, keepdims=True)
    usable = np.isfinite(norm) & (norm > 0)
    return np.where(usable, q / np.where(usable, norm, 1.0), np.nan)


LocalAxis = Literal["x", "y", "z"]
LOCAL_AXES: tuple[LocalAxis, ...] = ("x", "y", "z")
"""Of the local frame; VoxelBrain's y runs from a region's bottom to its top."""


def quaternions_to_matrices(quaternions: ArrayLike) -> NDArray[np.float64]:
    """Return the rotation matrices ``(..., 3, 3)`` of quaternions ``(..., 4)`` in w, x, y, z order.

    The quaternions are normalized first; missing ones (zero or NaN) give NaN matrices. Those of
    voxcell's function and of SciPy are x, y, z, w: ``np.roll(quaternions, 1, axis=-1)`` is theirs.

    Examples
    --------
    >>> quaternions_to_matrices([0, 0, 0, 1])  # half a turn around z
    array([[-1.,  0.,  0.],
           [ 0., -1.,  0.],
           [ 0.,  0.,  1.]])
    """
    unit = normalize(quaternions)
    return np.stack([_rotate_axis(unit, axis) for axis in LOCAL_AXES], axis=-1)


AXES_TOLERANCE = 1e-4
"""Error of a rotation matrix that is taken for rounding of single precision."""


def matrices_to_quaternions(matrices: ArrayLike) -> NDArray[np.float64]:
    """Return the unit quaternions ``(..., 4)``, in w, x, y, z order, of rotation matrices.

    Parameters
    ----------
    matrices
        ``(..., 3, 3)``; columns are the local x, y and z axes in world coordinates. Those that
        are all zero or hold NaN are missing.

    Returns
    -------
    w is not negative; NaN where a matrix is missing. ``np.roll(quaternions, -1, axis=-1)`` has
    the order x, y, z, w of voxcell's function and of SciPy.

    Raises
    ------
    ArgumentError
        If a matrix is no rotation.

    Examples
    --------
    >>> matrices_to_quaternions([[-1, 0, 0], [0, -1, 0], [0, 0, 1]])  # half a turn around z
    array([0., 0., 0., 1.])
    """
    m = np.asarray(matrices, dtype=np.float64)
    if m.shape[-2:] != (3, 3):
        raise ArgumentError(f"matrices of shape {m.shape}; expected (..., 3, 3)")
    present = np.isfinite(m).all(axis=(-2, -1)) & (m != 0).any(axis=(-2, -1))
    m = np.where(present[..., np.newaxis, np.newaxis], m, np.eye(3))
    error = np.abs(m @ np.swapaxes(m, -2, -1) - np.eye(3)).max(axis=(-2, -1), initial=0)
    wrong = (error > AXES_TOLERANCE) | (np.linalg.det(m) < 0)
    if wrong.any():
        first = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise ArgumentError(
            f"{int(wrong.sum())} matrices are no rotations, the first at {first}; expected "
            f"perpendicular axes of length 1, right-handed"
        )
    (xx, xy, xz), (yx, yy, yz), (zx, zy, zz) = np.moveaxis(m, (-2, -1), (0, 1))
    # Four times the products of the quaternion's components with each other: any row is the
    # quaternion times 4 of one component, and that of the largest one is the most exact.
    products = np.array(
        [
            [1 + xx + yy + zz, zy - yz, xz - zx, yx - xy],
            [zy - yz, 1 + xx - yy - zz, xy + yx, xz + zx],
            [xz - zx, xy + yx, 1 - xx + yy - zz, yz + zy],
            [yx - xy, xz + zx, yz + zy, 1 - xx - yy + zz],
        ]
    )
    largest = np.diagonal(products).argmax(axis=-1)
    rows = np.take_along_axis(np.moveaxis(products, (0, 1), (-2, -1)), largest[..., None, None], -2)
    quaternions = normalize(rows[..., 0, :])
    quaternions[quaternions[..., 0] < 0] *= -1
    return np.where(present[..., np.newaxis], quaternions + 0.0, np.nan)


def local_axis(quaternions: ArrayLike, axis: LocalAxis) -> NDArray[np.float64]:
    """Return one column ``(..., 3)`` of `quaternions_to_matrices`, without making the others."""
    return _rotate_axis(normalize(quaternions), axis)


def _rotate_axis(unit: NDArray[np.float64], axis: LocalAxis) -> NDArray[np.float64]:
    """Rotate an axis by unit quaternions: ``q v q*``."""
    w, x, y, z = np.moveaxis(unit, -1, 0)
    if axis == "x":
        parts = (1 - 2 * (y * y + z * z), 2 * (x * y + w * z), 2 * (x * z - w * y))
    elif axis == "y":
        parts = (2 * (x * y - w * z), 1 - 2 * (x * x + z * z), 2 * (y * z + w * x))
    else:
        parts = (2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y))
    return np.stack(parts, axis=-1)
