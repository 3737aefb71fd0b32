"""The voxels of a finding, lit over the atlas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .layers import METADATA_KEY
from .palette import exact_colormap
from .placement import displayed

if TYPE_CHECKING:
    from napari.layers import Labels

    from .display import AtlasDisplay

NAME = "QA findings"
COLORS = np.array([(0, 0, 0, 0), (1.0, 0.15, 0.35, 1.0)], np.float32)
"""Red: seen on grey and through the colours of most atlases."""

OPACITY = 0.9


class FindingsLayer:
    """A Labels layer of the voxels at fault; made when there are some to be shown.

    Parameters
    ----------
    display
        The atlas's display.
    """

    def __init__(self, display: AtlasDisplay) -> None:
        self._display = display
        self._volume: NDArray[np.uint8] | None = None
        self._lit: NDArray[np.int64] = np.zeros(0, np.int64)
        self._layer: Labels | None = None
        display.viewer.layers.events.removed.connect(self._on_removed)

    @property
    def layer(self) -> Labels | None:
        """The layer, None before anything was lit."""
        return self._layer

    def close(self) -> None:
        """Take the layer away."""
        self._display.viewer.layers.events.removed.disconnect(self._on_removed)
        layer, self._layer = self._layer, None
        if layer is not None and layer in self._display.viewer.layers:
            self._display.viewer.layers.remove(layer)

    def light(self, positions: NDArray[np.int64]) -> None:
        """Light voxels, given as C-order positions of the annotation, and no others."""
        if self._volume is None:
            if not len(positions):
                return
            self._volume = np.zeros(self._display.atlas.shape, np.uint8)
        flat = self._volume.reshape(-1)
        # What was lit is put out voxel by voxel: the volume is not gone through.
        flat[self._lit] = 0
        flat[positions] = 1
        self._lit = positions
        if self._layer is None:
            self._layer = self._add(self._volume)
        self._layer.visible = bool(len(positions))
        self.lift()
        self._layer.refresh(thumbnail=False, highlight=False, extent=False)

    def lift(self) -> None:
        """Put the layer above the outline of what is selected, which would cover its voxels."""
        layers = self._display.viewer.layers
        if self._layer is None or self._layer not in layers:
            return
        at = layers.index(self._layer)
        if at < len(layers) - 1:
            layers.move(at, len(layers))

    def toggle(self) -> None:
        """Hide the voxels, or show them again: what is below them can be seen."""
        if self._layer is not None:
            self._layer.visible = not self._layer.visible

    def _add(self, volume: NDArray[np.uint8]) -> Labels:
        from napari.layers import Labels

        shown, viewer = self._display.layer, self._display.viewer
        layer = Labels(
            displayed(volume, self._display.atlas.grid),
            name=NAME,
            scale=shown.scale,
            translate=shown.translate,
            affine=shown.affine,
            units=shown.units,
            axis_labels=shown.axis_labels,
            colormap=exact_colormap(COLORS),
            opacity=OPACITY,
            metadata={METADATA_KEY: {"atlas": self._display.atlas, "role": NAME}},
        )
        layer.editable = False
        add_quietly(viewer, layer)
        return layer

    def _on_removed(self, event: Any) -> None:
        if event.value is self._layer:
            self._layer = None


def add_quietly(viewer: Any, layer: Any) -> None:
    """Add a layer; the layer that the user works in stays the active one."""
    chosen, active = set(viewer.layers.selection), viewer.layers.selection.active
    viewer.add_layer(layer)
    viewer.layers.selection = chosen
    viewer.layers.selection.active = active
