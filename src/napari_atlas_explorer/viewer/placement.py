"""Placement of layers: voxels to the viewer's world and back, and the first view."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..core.atlas.atlas import Atlas
from ..core.space.axes import ends_of
from ..core.space.grid import VoxelGrid
from .planes.plane import turn_to

if TYPE_CHECKING:
    import napari
    from napari.layers import Layer

    from .display import AtlasDisplay


# ---- Positions -----------------------------------------------------------------------------------


def in_view(display: AtlasDisplay, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the viewer's world position of points, on the axes it shows them.

    Parameters
    ----------
    display
        The atlas's display.
    points
        ``(n, 3)`` µm, x, y and z of the atlas's world.
    """
    index = in_layer(display, points)
    origin = np.asarray(display.layer.data_to_world(np.zeros(3)))
    steps = np.stack([np.asarray(display.layer.data_to_world(unit)) - origin for unit in np.eye(3)])
    return np.asarray(origin + index @ steps)


def in_layer(display: AtlasDisplay, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return coordinates ``(n, 3)`` of points in µm in the voxels and axes of the annotation layer.

    Whole numbers are voxel centers, as napari has it.
    """
    index = display.atlas.grid.to_index_space(points)[:, list(display.axes)] - 0.5
    return np.asarray(index)


# ---- First view ----------------------------------------------------------------------------------


def layer_middle(layer: Layer) -> NDArray[np.float64]:
    """Return the world position of the middle of a layer's volume."""
    return np.asarray(layer.data_to_world([(n - 1) / 2 for n in layer.data.shape]))


def show_coronal(viewer: napari.Viewer, atlas: Atlas, layer: Layer) -> None:
    """Turn the viewer to the middle coronal section, upright; as stored if unknown."""
    middle = layer_middle(layer)
    offset = viewer.dims.ndim - 3
    letters = atlas.package.world_orientation
    if letters is not None:
        turn_to(viewer, letters, "coronal")
    viewer.dims.set_point([offset + axis for axis in range(3)], middle.tolist())
    viewer.reset_view()


# ---- Placement -----------------------------------------------------------------------------------


def display_axes(grid: VoxelGrid) -> tuple[int, ...]:
    """Return the array axis that each axis of a layer shows.

    napari slices a layer with permuted axes wrongly or not at all, so a volume whose axes run
    along other world axes is shown transposed, with its axes in world order. Oblique ones are
    shown along their array axes.
    """
    matrix = grid.affine[:-1, :-1]
    if not _is_permuted(matrix):
        return tuple(range(grid.ndim))
    return tuple(int(axis) for axis in np.abs(matrix).argmax(axis=1))


def displayed(array: NDArray[Any], grid: VoxelGrid) -> NDArray[Any]:
    """Return a view of a volume in display order; payload axes stay last."""
    extra = range(grid.ndim, array.ndim)
    return array.transpose(*display_axes(grid), *extra)


def to_array_axes(point: Sequence[float], axes: Sequence[int]) -> tuple[float, ...]:
    """Return coordinates along array axes of a point that is given along display axes."""
    values = [0.0] * len(axes)
    for layer_axis, array_axis in enumerate(axes):
        values[array_axis] = point[layer_axis]
    return tuple(values)


def layer_placement(
    grid: VoxelGrid, orientation: str | None, resolution_known: bool = True
) -> dict[str, Any]:
    """Return keyword arguments that place a layer in display order (see `displayed`).

    napari puts the center of voxel 0 at ``translate``: half a voxel from the grid's corner.
    Negative steps are given as an affine. An oblique grid is shown along its array axes at the
    origin, since napari's 2-D slices of a rotated layer disagree with its own lookup.
    """
    axes = display_axes(grid)
    letters = None if orientation is None else "".join(orientation[axis] for axis in axes)
    placement: dict[str, Any] = {
        "units": ("um" if resolution_known else "pixel",) * grid.ndim,
        "axis_labels": axis_labels(letters, grid.ndim, axes),
    }
    matrix = grid.affine[:-1, :-1][:, axes]
    if not _is_permuted(matrix):
        placement["scale"] = tuple(grid.steps.tolist())
        placement["translate"] = tuple((grid.steps / 2).tolist())
        return placement
    steps = np.diag(matrix)
    if (steps > 0).all():
        placement["scale"] = tuple(steps.tolist())
        placement["translate"] = tuple((grid.corner + steps / 2).tolist())
    else:
        affine = np.eye(grid.ndim + 1)
        affine[:-1, :-1] = np.diag(steps)
        affine[:-1, -1] = grid.corner + steps / 2
        placement["affine"] = affine
    return placement


def _is_permuted(matrix: NDArray[np.float64]) -> bool:
    """Return whether each array axis runs along one world axis of its own, in either direction."""
    used = np.abs(matrix) > 1e-9 * np.abs(matrix).max()
    return bool((used.sum(axis=0) == 1).all() and (used.sum(axis=1) == 1).all())


def axis_labels(
    orientation: str | None, ndim: int = 3, axes: Sequence[int] | None = None
) -> tuple[str, ...]:
    """Return the names of the axes next to napari's sliders, such as "A→P"."""
    if orientation is None or ndim != 3:
        return tuple(f"axis {i}" for i in (range(ndim) if axes is None else axes))
    return tuple("→".join(ends_of(orientation, axis)) for axis in range(3))
