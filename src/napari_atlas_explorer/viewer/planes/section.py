"""A section beside the canvas: a viewer of its own that follows the atlas's display."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from napari.components import ViewerModel
from napari.layers import Image, Labels, Layer, Points

from ..selection_overlay import NAME as SELECTION
from ..side_letters import SideLetters
from .crosshair import Crosshair
from .plane import Plane, turn_to

if TYPE_CHECKING:
    from ..display import AtlasDisplay

FOLLOWED = ("visible", "opacity", "blending", "colormap", "contrast_limits", "gamma", "data")
"""What a copy takes over from its layer, where that has it."""
REDRAWN = ("paint", "labels_update")
"""Events of a layer after which what it shares with its copy holds other values."""

Link = tuple[Any, Callable[..., object]]


class Section:
    """One plane of an atlas in a viewer model, with the layers of the main viewer.

    Images, labels and points are shared, not copied, and drawn as in the main viewer; lines that
    belong to the main section are left out.

    Parameters
    ----------
    display
        The atlas's display.
    letters
        Sides on which x, y and z of the world start.
    plane
        The plane.
    """

    def __init__(self, display: AtlasDisplay, letters: str, plane: Plane) -> None:
        self.plane = plane
        self.model = ViewerModel(title=plane)
        self._display = display
        self._copies: dict[Layer, Layer] = {}
        self._links: dict[Layer, list[Link]] = {}
        self.model.theme = display.viewer.theme
        for layer in display.viewer.layers:
            self._add(layer)
        layers = display.viewer.layers.events
        self._own: list[Link] = [
            (layers.inserted, self._on_inserted),
            (layers.removed, self._on_removed),
            (display.view.selection_changed, self._on_selection),
            (display.viewer.events.theme, self._on_theme),
        ]
        for signal, slot in self._own:
            signal.connect(slot)
        turn_to(self.model, letters, plane)
        self._letters = SideLetters(self.model, letters)
        self.model.canvas.overlays.scale_bar.visible = True
        self._crosshair = Crosshair(self.model, display)

    @property
    def slider(self) -> int:
        """World axis along which the section moves."""
        return int(self.model.dims.order[0])

    def move_to(self, point: Sequence[float]) -> None:
        """Move the section through a point of the viewer's world, and the crosshair onto it."""
        self.model.dims.set_point(range(3), point[-3:])
        self._crosshair.move_to(point[-3:])

    def close(self) -> None:
        """Stop following, and let go of the layers."""
        for signal, slot in self._own:
            signal.disconnect(slot)
        for layer in list(self._copies):
            self._remove(layer)
        self._letters.remove()
        self._crosshair.close()
        self.model.layers.clear()

    # ---- Layers ----------------------------------------------------------------------------

    def _add(self, layer: Layer) -> None:
        if not isinstance(layer, Image | Labels | Points) or layer.ndim != 3:
            return
        copy = Layer.create(*layer.as_layer_data_tuple())
        copy.editable = False
        self._copies[layer] = copy
        links: list[Link] = []
        for name in FOLLOWED:
            signal = getattr(layer.events, name, None)
            if signal is not None and hasattr(layer, name):
                links.append((signal, self._make_follower(layer, copy, name)))
        for name in REDRAWN:
            signal = getattr(layer.events, name, None)
            if signal is not None:
                links.append((signal, lambda event=None, c=copy: c.refresh()))
        for signal, slot in links:
            signal.connect(slot)
        self._links[layer] = links
        self.model.add_layer(copy)

    @staticmethod
    def _make_follower(layer: Layer, copy: Layer, name: str) -> Callable[..., None]:
        def follow(event: Any = None) -> None:
            setattr(copy, name, getattr(layer, name))

        return follow

    def _remove(self, layer: Layer) -> None:
        copy = self._copies.pop(layer, None)
        for signal, slot in self._links.pop(layer, []):
            signal.disconnect(slot)
        if copy is not None and copy in self.model.layers:
            self.model.layers.remove(copy)

    def _on_inserted(self, event: Any) -> None:
        self._add(event.value)
        self._crosshair.raise_up()

    def _on_theme(self, event: Any = None) -> None:
        self.model.theme = self._display.viewer.theme

    def _on_removed(self, event: Any) -> None:
        self._remove(event.value)

    def _on_selection(self, *_: Any) -> None:
        for layer, copy in self._copies.items():
            if layer.name == SELECTION:
                copy.refresh()
