"""A click on the canvas: which region was meant."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import numpy as np

CLICK_PIXELS = 4.0
"""A button that comes up within this distance was a click, beyond it a drag."""

PAN_MODES = ("pan_zoom",)


def watch_click(
    viewer: Any, event: Any, clicked: Callable[[Any], None]
) -> Generator[None, Any, None]:
    """Follow a press of the mouse button to its end; call back if it was a click.

    Panning and zooming are napari's and go on as they do; a layer that is being painted in
    or transformed keeps its mouse.
    """
    active = viewer.layers.selection.active
    if event.button != 1 or (active is not None and str(active.mode) not in PAN_MODES):
        return
    start = np.asarray(event.pos, dtype=float)
    farthest = 0.0
    yield
    while True:
        distance = np.hypot(*(np.asarray(event.pos, dtype=float) - start))
        farthest = max(farthest, float(distance))
        if event.type != "mouse_move":
            break
        yield
    if farthest <= CLICK_PIXELS:
        clicked(event)


def mirror_voxel(index: tuple[int, ...], axis: int, boundary: float) -> tuple[int, ...]:
    """Voxel on the other side of a plane between two voxels of an axis.

    Parameters
    ----------
    index
        A voxel.
    axis
        The left-right axis.
    boundary
        Index-space coordinate of the plane; a whole number is an edge between voxels.
    """
    mirrored = list(index)
    mirrored[axis] = int(np.floor(2 * boundary - (index[axis] + 0.5)))
    return tuple(mirrored)
