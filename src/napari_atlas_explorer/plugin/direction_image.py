"""Directions as colours, worked out slice by slice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..core.direction_field import DirectionField, direction_rgb
from .findings_layer import add_quietly
from .layers import METADATA_KEY

if TYPE_CHECKING:
    from napari.layers import Image

    from .direction_view import DirectionSettings
    from .display import AtlasDisplay

NAME = "direction colours"


class DirectionColors:
    """An RGBA volume ``(n0, n1, n2, 4)`` of |x|, |y|, |z|, worked out where it is looked at.

    What has no direction is transparent. napari slices it as an array; its axes are in display
    order.
    """

    dtype = np.dtype(np.uint8)

    def __init__(self, field: DirectionField, axes: tuple[int, ...]) -> None:
        self._field = field
        self._axes = axes
        self.settings: DirectionSettings | None = None
        self.shape = (*(field.grid.shape[a] for a in axes), 4)
        self.ndim = 4
        self.size = int(np.prod(self.shape))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """Work the whole volume out."""
        return np.asarray(self[...], dtype=dtype)

    def __len__(self) -> int:
        """Length of the first axis."""
        return int(self.shape[0])

    def __getitem__(self, key: Any) -> Any:
        """Colours of a slice; the key stands in display order, the components come last."""
        parts = list(key) if isinstance(key, tuple) else [key]
        if Ellipsis in parts:
            at = parts.index(Ellipsis)
            parts[at : at + 1] = [slice(None)] * (self.ndim - len(parts) + 1)
        parts += [slice(None)] * (self.ndim - len(parts))
        space, components = parts[:3], parts[3]
        array_key: list[Any] = [slice(None)] * 3
        for display_axis, array_axis in enumerate(self._axes):
            array_key[array_axis] = space[display_axis]
        axis = self.settings.axis if self.settings is not None else "y"
        directions = self._field.at(tuple(array_key), axis)
        rgba = np.full((*directions.shape[:-1], 4), 255, np.uint8)
        rgba[..., :3] = np.rint(255 * direction_rgb(directions))
        rgba[..., 3] *= np.isfinite(directions[..., 0])
        # What is left of the axes stands in array order: put them in display order.
        kept = [a for a in self._axes if not isinstance(array_key[a], int | np.integer)]
        order = [sorted(kept).index(a) for a in kept]
        return rgba.transpose(*order, len(order))[..., components]


class DirectionImage:
    """The image layer of `DirectionColors`.

    Parameters
    ----------
    display
        The atlas's display.
    field
        Directions on the annotation's voxels.
    """

    def __init__(self, display: AtlasDisplay, field: DirectionField) -> None:
        self._display = display
        self._colors = DirectionColors(field, display.axes)
        self._layer: Image | None = None
        display.viewer.layers.events.removed.connect(self._on_removed)

    @property
    def on(self) -> bool:
        """Whether the image is shown."""
        return self._layer is not None

    def set(self, on: bool, settings: DirectionSettings) -> None:
        """Show the image with some settings, or take it away."""
        self._colors.settings = settings
        if on and self._layer is None:
            self._layer = self._add()
        elif on and self._layer is not None:
            self._layer.refresh(thumbnail=False, highlight=False, extent=False)
        elif self._layer is not None:
            layer, self._layer = self._layer, None
            self._display.viewer.layers.remove(layer)

    def close(self) -> None:
        """Take the image away."""
        self._display.viewer.layers.events.removed.disconnect(self._on_removed)
        layer, self._layer = self._layer, None
        if layer is not None and layer in self._display.viewer.layers:
            self._display.viewer.layers.remove(layer)

    def _add(self) -> Image:
        from napari.layers import Image

        shown = self._display.layer
        layer = Image(
            self._colors,
            rgb=True,
            name=NAME,
            scale=shown.scale,
            translate=shown.translate,
            affine=shown.affine,
            units=shown.units,
            axis_labels=shown.axis_labels,
            metadata={METADATA_KEY: {"atlas": self._display.atlas, "role": NAME}},
        )
        add_quietly(self._display.viewer, layer)
        return layer

    def _on_removed(self, event: Any) -> None:
        if event.value is self._layer:
            self._layer = None
