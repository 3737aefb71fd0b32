"""Mirror image of the brain next to it, for comparing hemispheres slice by slice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.errors import AtlasError
from ..core.space.axes import LEFT_RIGHT, axis_of
from .followers import LayerFollower, add_quietly
from .layer_info import LayerInfo, info_of
from .multiscale import LazyVoxels

if TYPE_CHECKING:
    from napari.layers import Labels

    from .display import AtlasDisplay

NAME = "mirror image"
GAP = 0.04
"""Gap between the two, as a share of the brain's width."""


class MirrorImage(LayerFollower):
    """A mirrored copy of the annotation layer next to it, with the same colors and filter.

    The copy is a view of the same voxels: it takes no memory.

    Parameters
    ----------
    display
        The atlas's display.
    """

    def __init__(self, display: AtlasDisplay) -> None:
        super().__init__(display)
        self._made_of: Any = None
        self._follow(self._on_colors, display.layer.events.colormap, display.layer.events.contour)

    @property
    def on(self) -> bool:
        """Whether the mirror image is shown."""
        return self._layer is not None

    def set(self, on: bool) -> None:
        """Show or remove the mirror image.

        Raises
        ------
        AtlasError
            If the left-right axis is unknown.
        """
        if on and self._layer is None:
            self._layer = self._add_layer()
            self._display.viewer.reset_view()
        elif not on and self._layer is not None:
            self._remove_layer()
            self._display.viewer.reset_view()

    def _add_layer(self) -> Labels:
        from napari.layers import Labels

        display = self._display
        letters = display.atlas.orientation
        if letters is None:
            raise AtlasError(
                f"the left-right axis of {display.atlas.name} is unknown; "
                f"state it under “Orientation and voxel size…”"
            )
        shown = display.layer
        axis = display.axes.index(axis_of(letters, LEFT_RIGHT))
        step = np.zeros(shown.ndim)
        step[axis] = (1 + GAP) * shown.data.shape[axis]
        offset = np.asarray(shown.data_to_world(step)) - np.asarray(
            shown.data_to_world(np.zeros(shown.ndim))
        )
        self._made_of = shown.data
        layer = Labels(
            self._mirror_levels(axis),
            multiscale=shown.multiscale,
            name=NAME,
            scale=shown.scale,
            translate=np.asarray(shown.translate) + offset,
            affine=shown.affine,
            units=shown.units,
            axis_labels=shown.axis_labels,
            colormap=shown.colormap,
            opacity=min(1.0, 2 * shown.opacity),
            metadata=LayerInfo(display.atlas, role=NAME, axis=axis).as_metadata(),
        )
        layer.editable = False
        layer.contour = shown.contour
        add_quietly(display.viewer, layer)
        return layer

    def _mirror_levels(self, axis: int) -> Any:
        shown = self._display.layer
        if shown.multiscale:
            return [
                level.flipped(axis) if isinstance(level, LazyVoxels) else np.flip(level, axis)
                for level in shown.data
            ]
        return np.flip(shown.data, axis)

    def _on_colors(self) -> None:
        info = info_of(self._layer) if self._layer is not None else None
        if self._layer is not None and info is not None:
            if self._made_of is not self._display.layer.data:
                # The annotation has hemisphere values now: another array, and a longer table.
                self._made_of = self._display.layer.data
                self._layer.data = self._mirror_levels(info.axis)
                self._layer.editable = False
            self._layer.colormap = self._display.layer.colormap
            self._layer.contour = self._display.layer.contour
