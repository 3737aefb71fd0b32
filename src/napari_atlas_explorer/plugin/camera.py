"""Opening upright on a coronal section."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..core.atlas import Atlas
from ..core.axes import FRONT_BACK, LEFT_RIGHT, OPPOSITE, UP_DOWN, axis_of

if TYPE_CHECKING:
    import napari
    from napari.layers import Layer


def world_orientation(atlas: Atlas) -> str | None:
    """Letters of the sides on which the *world* axes start, in the order of the world axes.

    They differ from the array's where steps are negative or axes permuted.
    """
    letters = atlas.orientation
    if letters is None:
        return None
    matrix = atlas.grid.affine[:-1, :-1]
    world = np.abs(matrix).argmax(axis=0)
    result = [""] * 3
    for axis, letter in enumerate(letters):
        w = int(world[axis])
        result[w] = letter if matrix[w, axis] > 0 else OPPOSITE[letter]
    return "".join(result) if all(result) else None


def layer_middle(layer: Layer) -> NDArray[np.float64]:
    """World position of the middle of a layer's volume."""
    return np.asarray(layer.data_to_world([(n - 1) / 2 for n in layer.data.shape]))


def show_coronal(viewer: napari.Viewer, atlas: Atlas, layer: Layer) -> None:
    """Turn the viewer to the middle coronal section, upright; as stored if that is unknown."""
    middle = layer_middle(layer)
    offset = viewer.dims.ndim - 3
    letters = world_orientation(atlas)
    if letters is not None:
        axes = [axis_of(letters, pair) for pair in (FRONT_BACK, UP_DOWN, LEFT_RIGHT)]
        viewer.dims.order = (*range(offset), *(offset + axis for axis in axes))
        vertical = "down" if letters[axes[1]] == "s" else "up"
        viewer.scene.camera.orientation2d = (vertical, "right")
    viewer.dims.set_point([offset + axis for axis in range(3)], middle.tolist())
    viewer.reset_view()
