"""Lines through a point, along the axes of the atlas, in one viewer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Vectors

from ..followers import add_quietly, make_placement

if TYPE_CHECKING:
    from napari.components import ViewerModel

    from ..display import AtlasDisplay

CROSSHAIR, COLOR, PIXELS = "crosshair", "yellow", 1.0


class Crosshair:
    """A line along each axis through a point, from one end of the volume to the other.

    Parameters
    ----------
    viewer
        Where it is drawn; the main viewer, or the model of a section.
    display
        The atlas's display.
    """

    def __init__(self, viewer: ViewerModel, display: AtlasDisplay) -> None:
        self._viewer, self._display = viewer, display
        shown = display.layer
        self._shape = (shown.data[0] if shown.multiscale else shown.data).shape
        self.layer = Vectors(
            self._make_lines((0.0, 0.0, 0.0)),
            name=CROSSHAIR,
            edge_color=COLOR,
            vector_style="line",
            opacity=0.8,
            **make_placement(display, CROSSHAIR),
        )
        add_quietly(viewer, self.layer)
        viewer.scene.camera.events.zoom.connect(self._fit_width)
        self._fit_width()

    def move_to(self, point: Sequence[float]) -> None:
        """Draw the lines through a point of the viewer's world."""
        center = self._display.layer.world_to_data(np.asarray(point))
        self.layer.data = self._make_lines(center)

    def raise_up(self) -> None:
        """Draw it above every layer."""
        layers = self._viewer.layers
        if self.layer in layers and layers[-1] is not self.layer:
            layers.move(layers.index(self.layer), len(layers))

    def close(self) -> None:
        """Remove it."""
        self._viewer.scene.camera.events.zoom.disconnect(self._fit_width)
        if self.layer in self._viewer.layers:
            self._viewer.layers.remove(self.layer)

    def _make_lines(self, center: Sequence[float]) -> np.ndarray:
        lines = np.zeros((3, 2, 3), np.float32)
        lines[:, 0] = center
        for axis, n in enumerate(self._shape):
            # Between the centers of the outer voxels: longer, it would lengthen the sliders.
            lines[axis, 0, axis] = 0
            lines[axis, 1, axis] = n - 1
        return lines

    def _fit_width(self, event: Any = None) -> None:
        """Keep the lines as wide on the screen at any zoom."""
        step = float(np.abs(self._display.layer.scale).min())
        self.layer.edge_width = PIXELS / max(self._viewer.scene.camera.zoom * step, 1e-9)
