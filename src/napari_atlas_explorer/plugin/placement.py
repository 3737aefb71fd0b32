"""Where layers lie: voxel centres where they are, in micrometres, axes by their names."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.axes import ends_of
from ..core.grid import VoxelGrid


def layer_placement(
    grid: VoxelGrid, orientation: str | None, resolution_known: bool = True
) -> dict[str, Any]:
    """Keyword arguments that place a layer of a volume.

    napari puts the centre of voxel 0 at ``translate``: half a voxel from the grid's corner. A
    grid with permuted or negative axes is given as an affine. An oblique one is shown along its
    array axes, since napari's 2-D slices of a rotated layer disagree with its own lookup.
    """
    placement: dict[str, Any] = {
        "units": ("um" if resolution_known else "pixel",) * grid.ndim,
        "axis_labels": axis_labels(orientation, grid.ndim),
    }
    matrix = grid.affine[:-1, :-1]
    if grid.is_axis_aligned and (grid.steps > 0).all():
        placement["scale"] = tuple(grid.steps.tolist())
        placement["translate"] = tuple((grid.corner + grid.steps / 2).tolist())
    elif is_permuted(matrix):
        affine = np.array(grid.affine)
        affine[:-1, -1] += matrix.sum(axis=1) / 2
        placement["affine"] = affine
    else:
        placement["scale"] = tuple(grid.steps.tolist())
        placement["translate"] = tuple((grid.steps / 2).tolist())
    return placement


def is_permuted(matrix: NDArray[np.float64]) -> bool:
    """Whether each array axis runs along one world axis, in either direction."""
    used = np.abs(matrix) > 1e-9 * np.abs(matrix).max()
    return bool((used.sum(axis=0) == 1).all() and (used.sum(axis=1) == 1).all())


def axis_labels(orientation: str | None, ndim: int = 3) -> tuple[str, ...]:
    """Names of the axes as napari shows them beside its sliders, such as "A→P"."""
    if orientation is None or ndim != 3:
        return tuple(f"axis {i}" for i in range(ndim))
    return tuple("→".join(ends_of(orientation, axis)) for axis in range(3))
