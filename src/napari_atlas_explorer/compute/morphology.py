"""Growing, shrinking, shells, holes and components of masks, in micrometres.

Distances are exact Euclidean ones between the centres of voxels, in voxels of any shape. Each
function works in the mask's bounding box and the margin it needs, and gives a new mask. What
lies beyond the volume is not known: nothing grows there, and the volume's edge is no surface
that a mask shrinks from or that closes a hole (a brain cut in two by the edge goes on there).

The distances come from ``edt`` and not from `scipy.ndimage.distance_transform_edt`: the
hypothalamus at 25 µm (973 thousand voxels in a box of 6.6 million) takes 0.2 s against 0.6 s,
the isocortex (7.9 of 33 million) 1.1 s against 7.7 s, and a quarter of the memory. Components
and holes come from ``connected-components-3d`` (9 ms for the hypothalamus's,
scipy 59; 12 ms for those around it, where ``fill_voids`` takes 30 ms and scipy 219 ms to fill).
"""

from __future__ import annotations

import math
from typing import Literal

import cc3d
import edt
import numpy as np
from numpy.typing import NDArray

from ..core.errors import ArgumentError
from ..core.grid import VoxelGrid
from .boxes import Box, faces_of, occupied_box, widened

WITHIN = 1 + 1e-5
"""What a squared distance may exceed its limit by: edt counts in float32."""

RIGHT_ANGLE = 1e-6
"""Largest cosine between two axes that are taken as perpendicular."""

FACES: Literal[6] = 6
CORNERS: Literal[26] = 26
"""Neighbours that share a face; those that share at least a corner."""


def grow(mask: NDArray[np.bool_], grid: VoxelGrid, micrometres: float) -> NDArray[np.bool_]:
    """Add every voxel whose centre is at most so far from the centre of one in the mask.

    Parameters
    ----------
    mask
        Booleans of ``grid.shape``, three axes.
    grid
        Placement, µm; its axes stand at right angles.
    micrometres
        Distance, 0 or more.

    Raises
    ------
    ArgumentError
        If the distance is negative or no number, or the grid is sheared.
    """
    steps = _checked(mask, grid, micrometres)
    result = mask.copy()
    box = occupied_box(mask)
    if box is not None:
        # A distance beyond the volume's far end reaches no further than that.
        margins = [
            math.ceil(min(micrometres / step, size))
            for step, size in zip(steps, mask.shape, strict=True)
        ]
        box = widened(box, margins, mask.shape)
        result[box] |= _near(mask[box], steps, micrometres)
    return result


def shrink(mask: NDArray[np.bool_], grid: VoxelGrid, micrometres: float) -> NDArray[np.bool_]:
    """Take away every voxel whose centre is at most so far from the centre of one outside.

    It is growing what is outside; see `grow` for the arguments.
    """
    return mask & ~shell(mask, grid, micrometres)


def shell(mask: NDArray[np.bool_], grid: VoxelGrid, micrometres: float) -> NDArray[np.bool_]:
    """Keep the voxels that `shrink` takes away: a layer inside the mask, along its surface."""
    steps = _checked(mask, grid, micrometres)
    result = np.zeros_like(mask)
    box = _box_with_rim(mask)
    if box is not None:
        inside = mask[box]
        result[box] = inside & _near(~inside, steps, micrometres)
    return result


def fill(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Add the holes of a mask ``(n0, n1, n2)``.

    A hole is a set of voxels outside the mask from which no path through shared faces leads to
    the volume's edge without crossing the mask.
    """
    _check_mask(mask)
    result = mask.copy()
    box = _box_with_rim(mask)
    if box is not None:
        outside = cc3d.connected_components(~mask[box], connectivity=FACES)
        open_ones = np.zeros(int(outside.max()) + 1, bool)
        open_ones[faces_of(outside)] = True  # the rim belongs to what is around the mask
        open_ones[0] = False  # the mask itself
        result[box] = ~open_ones[outside]
    return result


def largest_component(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Keep the component of most voxels of a mask ``(n0, n1, n2)``.

    Voxels belong together that share a face, an edge or a corner (the counterpart of holes,
    which are told apart by faces). Of several equally large components the one with the first
    voxel in C order stays.
    """
    _check_mask(mask)
    result = np.zeros_like(mask)
    box = occupied_box(mask)
    if box is not None:
        # A rim, since cc3d 4.1 fails on a line of 1 × 1 × n voxels with this connectivity.
        inside = np.pad(mask[box], 1)
        components = cc3d.connected_components(inside, connectivity=CORNERS)
        sizes = np.bincount(components[inside])
        largest = np.flatnonzero(sizes == sizes.max())
        if len(largest) > 1:  # the numbers follow no order that the library promises
            flat = components.ravel()
            largest = flat[np.argmax(np.isin(flat, largest))][None]
        result[box] = components[1:-1, 1:-1, 1:-1] == largest[0]
    return result


def _near(mask: NDArray[np.bool_], steps: tuple[float, ...], limit: float) -> NDArray[np.bool_]:
    """Voxels whose centre is at most ``limit`` from the centre of one in the mask."""
    # edt gives the distance to the nearest False voxel; infinity where there is none.
    squared = edt.edtsq(np.ascontiguousarray(~mask), anisotropy=steps, parallel=0)
    return np.asarray(squared <= limit * limit * WITHIN)


def _box_with_rim(mask: NDArray[np.bool_]) -> Box | None:
    """Bounding box and one voxel around it: the nearest voxel outside is in there."""
    box = occupied_box(mask)
    return None if box is None else widened(box, (1, 1, 1), mask.shape)


def _checked(
    mask: NDArray[np.bool_], grid: VoxelGrid, micrometres: float
) -> tuple[float, float, float]:
    """Lengths of the voxel's edges, µm."""
    _check_mask(mask)
    if mask.shape != grid.shape:
        raise ArgumentError(f"a mask of shape {mask.shape} on a grid of {grid.shape}")
    if not (math.isfinite(micrometres) and micrometres >= 0):
        raise ArgumentError(f"a distance of {micrometres:g} µm; expected 0 or more")
    lengths = np.linalg.norm(grid.affine[:3, :3], axis=0)
    unit = grid.affine[:3, :3] / lengths
    if np.abs(unit.T @ unit - np.eye(3)).max() > RIGHT_ANGLE:
        raise ArgumentError("the volume's axes are not at right angles; distances need such a grid")
    a, b, c = lengths.tolist()
    return a, b, c


def _check_mask(mask: NDArray[np.bool_]) -> None:
    if mask.dtype != bool or mask.ndim != 3:
        raise ArgumentError(f"a mask of {mask.ndim} axes of {mask.dtype}; expected 3 of bool")
