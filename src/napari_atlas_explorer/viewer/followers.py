"""Base classes of what follows an atlas's display, and the placement of its layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .layer_info import LayerInfo

if TYPE_CHECKING:
    from .display import AtlasDisplay


class DisplayFollower:
    """Object that follows an atlas's display until it is closed.

    Parameters
    ----------
    display
        The atlas's display.
    """

    def __init__(self, display: AtlasDisplay) -> None:
        self._display = display
        self._followed: list[tuple[Any, Callable[..., object]]] = []
        self._follow(self._on_removed, display.viewer.layers.events.removed)

    def _follow(self, slot: Callable[..., object], *signals: Any) -> None:
        """Call a function at signals, until this is closed."""
        for signal in signals:
            signal.connect(slot)
            self._followed.append((signal, slot))

    def close(self) -> None:
        """Stop following, and remove the layers."""
        for signal, slot in self._followed:
            signal.disconnect(slot)
        self._followed = []

    def _on_removed(self, event: Any) -> None:
        """Forget a layer that the user removes."""


class LayerFollower(DisplayFollower):
    """Follower with one layer, which is made when it is first needed.

    Parameters
    ----------
    display
        The atlas's display.
    """

    def __init__(self, display: AtlasDisplay) -> None:
        super().__init__(display)
        self._layer: Any = None

    def close(self) -> None:
        """Stop following, and remove the layer."""
        super().close()
        self._remove_layer()

    def _remove_layer(self) -> None:
        layer, self._layer = self._layer, None
        if layer is not None and layer in self._display.viewer.layers:
            self._display.viewer.layers.remove(layer)

    def _on_removed(self, event: Any) -> None:
        if event.value is self._layer:
            self._layer = None


def make_placement(display: AtlasDisplay, role: str) -> dict[str, Any]:
    """Return the keyword arguments that place a layer like the annotation."""
    shown = display.layer
    return {
        "scale": shown.scale,
        "translate": shown.translate,
        "affine": shown.affine,
        "units": shown.units,
        "axis_labels": shown.axis_labels,
        "metadata": LayerInfo(display.atlas, role=role).as_metadata(),
    }


def add_quietly(viewer: Any, layer: Any) -> None:
    """Add a layer without changing the active layer."""
    chosen, active = set(viewer.layers.selection), viewer.layers.selection.active
    viewer.add_layer(layer)
    viewer.layers.selection = chosen
    viewer.layers.selection.active = active
