"""Positions of the atlas where the viewer shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from .display import AtlasDisplay


def in_view(display: AtlasDisplay, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Viewer's world position of points, on whatever axes it shows them.

    Parameters
    ----------
    display
        The atlas's display.
    points
        ``(n, 3)`` µm of the atlas, its axes in array order.
    """
    index = in_layer(display, points)
    origin = np.asarray(display.layer.data_to_world(np.zeros(3)))
    steps = np.stack([np.asarray(display.layer.data_to_world(unit)) - origin for unit in np.eye(3)])
    return np.asarray(origin + index @ steps)


def in_layer(display: AtlasDisplay, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Coordinates ``(n, 3)`` of points in µm in the voxels and axes of the annotation layer.

    Whole numbers are voxel centres, as napari has it.
    """
    index = display.atlas.grid.to_index_space(points)[:, list(display.axes)] - 0.5
    return np.asarray(index)
