"""Boxes of voxels: those inside a box in the world, and those around values."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import ArgumentError
from .grid import EDGE_TOLERANCE, VoxelGrid

Box = tuple[slice, ...]


def box_inside(grid: VoxelGrid, bbox: ArrayLike) -> Box:
    """Return the voxels that lie wholly inside a box ``(2, ndim)`` µm of an axis-aligned grid.

    Raises
    ------
    ArgumentError
        If the box has another shape, or no voxel lies wholly inside it.
    """
    corners = np.asarray(bbox, dtype=np.float64)
    if corners.shape != (2, grid.ndim) or np.isnan(corners).any():
        raise ArgumentError(
            f"box of shape {corners.shape}; expected (2, {grid.ndim}): lowest and highest corner"
        )
    if not grid.is_axis_aligned:
        raise ArgumentError(
            "the volume's axes do not run along x, y and z; a box in µm holds for those that do"
        )
    ends = np.sort(grid.to_index_space(corners), axis=0)  # a negative step turns them round
    starts = np.clip(np.ceil(ends[0] - EDGE_TOLERANCE), 0, grid.shape).astype(int)
    stops = np.clip(np.floor(ends[1] + EDGE_TOLERANCE), 0, grid.shape).astype(int)
    if np.any(stops <= starts):
        raise ArgumentError(
            f"no voxel lies wholly inside the box {corners[0].tolist()} to {corners[1].tolist()} µm"
        )
    return tuple(slice(a, b) for a, b in zip(starts.tolist(), stops.tolist(), strict=True))


def box_of(raw: NDArray[Any], ndim: int, na_values: Iterable[Any]) -> Box:
    """Find the smallest box outside of which all values are ``na_values``.

    Raises
    ------
    ArgumentError
        If there is no other value.
    """
    listed = list(na_values)
    filled = ~np.isin(raw, np.asarray(listed))
    if any(isinstance(v, float) and v != v for v in listed):
        filled &= ~np.isnan(raw)
    filled = np.asarray(filled.any(axis=tuple(range(ndim, raw.ndim))))
    box = []
    for axis in range(ndim):
        some = np.flatnonzero(filled.any(axis=tuple(a for a in range(ndim) if a != axis)))
        if not len(some):
            raise ArgumentError(f"every value is one of {listed}: nothing would be left")
        box.append(slice(int(some[0]), int(some[-1]) + 1))
    return tuple(box)
