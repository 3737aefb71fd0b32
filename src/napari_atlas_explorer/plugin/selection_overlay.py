"""What is selected, outlined over the annotation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..core.selection import NO_SIDE, Selection
from ..core.sides import LEFT, RIGHT, SidePlane
from .layers import METADATA_KEY
from .palette import exact_colormap
from .placement import display_axes, displayed

if TYPE_CHECKING:
    from napari.layers import Labels

    from .display import AtlasDisplay

NAME = "selection"
COLORS = np.array([(0, 0, 0, 0), (1.0, 0.85, 0.1, 1.0)], np.float32)
"""Yellow: few atlases use it, and it stands out on grey in light and dark themes."""

BIT_OF_SIDE = np.array([NO_SIDE, LEFT, RIGHT], np.uint8)
FILLED_OPACITY, OUTLINE_OPACITY = 0.5, 1.0
LINE = 2


class SelectedVoxels:
    """A volume of 0 and 1 that is worked out where it is looked at.

    napari slices it as an array; a slice costs what a slice measures, and a change of the
    selection costs nothing until the next one. Its axes are in display order.
    """

    dtype = np.dtype(np.uint8)

    def __init__(self, display: AtlasDisplay) -> None:
        grid = display.atlas.grid
        self._ranks = displayed(display.atlas.labels.ranks, grid)
        self._axes = display_axes(grid)
        self._sides = display.atlas.sides
        self._array_shape = display.atlas.shape
        self.selection = Selection.nothing(display.atlas.labels)
        self.shape = self._ranks.shape
        self.ndim = self._ranks.ndim
        self.size = self._ranks.size

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """Work the whole volume out."""
        return np.asarray(self[...], dtype=dtype)

    def __len__(self) -> int:
        """Length of the first axis."""
        return int(self.shape[0])

    def __getitem__(self, key: Any) -> Any:
        """Selected voxels of a slice."""
        bits = self.selection.bits[self._ranks[key]]
        if not self.selection.sided or self._sides is None:
            return (bits != 0).astype(np.uint8)
        return ((bits & BIT_OF_SIDE[self._sides_at(key)]) != 0).astype(np.uint8)

    def _sides_at(self, key: Any) -> NDArray[np.uint8]:
        """Side of each voxel of a slice."""
        if isinstance(self._sides, SidePlane):
            # One axis tells the side: a line of it, seen as a volume, is sliced like one.
            axis = self._axes.index(self._sides.axis)
            line = np.full(self.shape[axis], 3 - self._sides.low, np.uint8)
            line[: self._sides.boundary] = self._sides.low
            around = [1] * self.ndim
            around[axis] = -1
            return np.asarray(np.broadcast_to(line.reshape(around), self.shape)[key])
        if self._sides is None:
            return np.zeros_like(self._ranks[key], np.uint8)
        volume = self._sides.volume(self._array_shape)
        return np.asarray(volume.transpose(self._axes)[key])


class SelectionOverlay:
    """A Labels layer of `SelectedVoxels` above the annotation.

    Parameters
    ----------
    display
        The atlas's display, whose view is followed.
    """

    def __init__(self, display: AtlasDisplay) -> None:
        self._display = display
        self._voxels = SelectedVoxels(display)
        self._layer: Labels | None = None
        self._outline = True
        display.view.selection_changed.connect(self.update)
        display.viewer.layers.events.removed.connect(self._on_removed)

    @property
    def layer(self) -> Labels | None:
        """The layer, None before anything is selected."""
        return self._layer

    @property
    def outline(self) -> bool:
        """Whether lines are drawn and not filled regions."""
        return self._outline

    def close(self) -> None:
        """Stop following, and take the layer away."""
        self._display.view.selection_changed.disconnect(self.update)
        self._display.viewer.layers.events.removed.disconnect(self._on_removed)
        layer, self._layer = self._layer, None
        if layer is not None and layer in self._display.viewer.layers:
            self._display.viewer.layers.remove(layer)

    def set_outline(self, on: bool) -> None:
        """Draw lines around what is selected, or fill it."""
        self._outline = on
        if self._layer is not None:
            self._layer.contour = LINE if on else 0
            self._layer.opacity = OUTLINE_OPACITY if on else FILLED_OPACITY

    def update(self) -> None:
        """Draw what is selected now."""
        selection = self._display.view.selection
        self._voxels.selection = selection
        if self._layer is None:
            if selection:
                self._layer = self._add()
            return
        if self._layer.visible != bool(selection):
            self._layer.visible = bool(selection)
        if selection:
            self._layer.refresh(thumbnail=False, highlight=False, extent=False)

    def _add(self) -> Labels:
        from napari.layers import Labels

        shown, viewer = self._display.layer, self._display.viewer
        layer = Labels(
            self._voxels,
            name=NAME,
            scale=shown.scale,
            translate=shown.translate,
            affine=shown.affine,
            units=shown.units,
            axis_labels=shown.axis_labels,
            colormap=exact_colormap(COLORS),
            metadata={METADATA_KEY: {"atlas": self._display.atlas, "role": NAME}},
        )
        layer.editable = False
        chosen = set(viewer.layers.selection)
        active = viewer.layers.selection.active
        viewer.add_layer(layer)
        layer.contour = LINE if self._outline else 0
        layer.opacity = OUTLINE_OPACITY if self._outline else FILLED_OPACITY
        viewer.layers.selection = chosen  # the user's active layer stays active
        viewer.layers.selection.active = active
        return layer

    def _on_removed(self, event: Any) -> None:
        if event.value is self._layer:
            self._layer = None
