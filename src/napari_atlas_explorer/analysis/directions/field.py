"""Directions per voxel: an axis of an orientation field's local frame, or a field of vectors."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.errors import ArgumentError
from ...core.orientation_field import (
    INT8_SCALE,
    LOCAL_AXES,
    LocalAxis,
    OrientationField,
    local_axis,
)
from ...core.space.grid import VoxelGrid
from ...core.space.volume import VoxelData


class DirectionField:
    """Unit vectors in world coordinates, worked out for the voxels that are asked.

    Parameters
    ----------
    data
        An orientation field, payload ``(4,)`` w, x, y, z; or vectors, payload ``(3,)``.

    Raises
    ------
    ArgumentError
        For any other payload.

    Examples
    --------
    >>> vectors = VoxelData(np.full((2, 2, 2, 3), [0.0, 3.0, 0.0]), (25, 25, 25))
    >>> DirectionField(vectors).at((0, 1, 1)).tolist()
    [0.0, 1.0, 0.0]
    """

    def __init__(self, data: VoxelData) -> None:
        if data.payload_shape == (4,):
            data = (
                data
                if isinstance(data, OrientationField)
                else OrientationField.from_grid(data.raw, data.grid)
            )
        elif data.payload_shape != (3,):
            raise ArgumentError(
                f"directions with payload {data.payload_shape}; expected quaternions (4,) or "
                f"vectors (3,)"
            )
        self._raw = data.raw
        self.grid: VoxelGrid = data.grid
        self.has_frame = data.payload_shape == (4,)

    def __repr__(self) -> str:
        """Describe the kind of directions and the shape."""
        kind = "local frames" if self.has_frame else "vectors"
        return f"<DirectionField: {kind} in {' × '.join(map(str, self.grid.shape))} voxels>"

    @property
    def axes(self) -> tuple[LocalAxis, ...]:
        """Axes of the local frame that can be asked for; none for a field of vectors.

        >>> DirectionField(atlas.load_data("orientation")).axes
        ('x', 'y', 'z')
        """
        return LOCAL_AXES if self.has_frame else ()

    def present(self, key: Any) -> NDArray[np.bool_]:
        """Return whether there is a direction, for voxels picked by indexing the three axes.

        >>> field = DirectionField(VoxelData(np.full((2, 2, 2, 3), [0.0, 3.0, 0.0]), (25, 25, 25)))
        >>> field.present((0, 1, 1)).item()
        True
        """
        values = self._raw[key]
        if values.dtype.kind in "iu":
            return np.asarray(values.any(axis=-1))
        finite = np.isfinite(values).all(axis=-1)
        return np.asarray(finite & (np.nan_to_num(values) != 0).any(axis=-1))

    def at(self, key: Any, axis: LocalAxis = "y") -> NDArray[np.float64]:
        """Return directions ``(..., 3)`` of unit length, NaN where there is none.

        Parameters
        ----------
        key
            Picks voxels by indexing the three axes, as in ``volume[key]``.
        axis
            Axis of the local frame: a column of the rotation matrix of the quaternion
            ``(w, x, y, z)``. A field of vectors has no frame, and gives the vectors.

        Examples
        --------
        >>> field = DirectionField(VoxelData(np.full((2, 2, 2, 3), [0.0, 3.0, 4.0]), (25, 25, 25)))
        >>> field.at((0, 1, 1)).tolist()
        [0.0, 0.6, 0.8]
        """
        values = np.asarray(self._raw[key], np.float64)
        if not self.has_frame:
            norm = np.linalg.norm(values, axis=-1, keepdims=True)
            usable = np.isfinite(norm) & (norm > 0)
            return np.where(usable, values / np.where(usable, norm, 1.0), np.nan)
        scale = INT8_SCALE if self._raw.dtype == np.int8 else 1.0
        return local_axis(values / scale, axis)


def direction_rgb(directions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return colors ``(..., 3)`` 0 to 1 of unit vectors: sizes of x, y and z; black for none.

    The coloring of Pajevic and Pierpaoli (1999), by absolute value since a direction and its
    opposite are one line.

    Examples
    --------
    >>> direction_rgb(np.array([0.0, -1.0, 0.0])).tolist()
    [0.0, 1.0, 0.0]
    """
    return np.clip(np.abs(np.nan_to_num(directions)), 0, 1)


def angle_to(directions: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    """Return the angles, 0 to 90°, between undirected unit vectors and a world axis.

    Examples
    --------
    >>> angle_to(np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0]]), axis=1).tolist()
    [0.0, 90.0]
    """
    return np.asarray(np.degrees(np.arccos(np.clip(np.abs(directions[..., axis]), 0, 1))))
