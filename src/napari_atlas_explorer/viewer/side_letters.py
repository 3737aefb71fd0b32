"""Anatomical sides: letters at the edges of the canvas, axes with their names in 3-D."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.space.axes import OPPOSITE

if TYPE_CHECKING:
    import napari

PREFIX = "atlas_side_"
EDGES = {
    "top": "top_center",
    "bottom": "bottom_center",
    # napari has no places half-way up the sides.
    "left": "top_left",
    "right": "top_right",
}
FONT_SIZE = 14.0


def edge_letters(
    world_letters: str, displayed: tuple[int, int], camera_orientation: tuple[str, str]
) -> dict[str, str]:
    """Return the letter at each edge of a 2-D view.

    Parameters
    ----------
    world_letters
        Sides on which the three world axes start.
    displayed
        World axes that run down (or up) and across the canvas.
    camera_orientation
        Their directions: "down" or "up", and "right" or "left".
    """
    vertical, horizontal = (world_letters[axis] for axis in displayed)
    top, bottom = vertical.upper(), OPPOSITE[vertical].upper()
    left, right = horizontal.upper(), OPPOSITE[horizontal].upper()
    if camera_orientation[0] == "up":
        top, bottom = bottom, top
    if camera_orientation[1] == "left":
        left, right = right, left
    return {"top": top, "bottom": bottom, "left": left, "right": right}


class SideLetters:
    """Letters that follow the user's turns of the view; in 3-D, turning axes in the corner.

    Parameters
    ----------
    viewer
        The napari viewer.
    world_letters
        Sides on which the three world axes start.
    """

    def __init__(self, viewer: napari.Viewer, world_letters: str) -> None:
        self.viewer = viewer
        self._letters = world_letters
        self._events = (
            viewer.dims.events.order,
            viewer.dims.events.ndisplay,
            viewer.dims.events.ndim,
            viewer.scene.camera.events.orientation,
        )
        for event in self._events:
            event.connect(self.update)
        self.update()

    def update(self, event: Any = None) -> None:
        """Set the letters for the current view."""
        dims = self.viewer.dims
        offset = dims.ndim - 3
        shown = [axis - offset for axis in dims.displayed]
        letters = dict.fromkeys(EDGES, "")
        if dims.ndisplay == 2 and min(shown) >= 0:
            orientation = tuple(str(o.value) for o in self.viewer.scene.camera.orientation2d)
            letters = edge_letters(
                self._letters, (shown[0], shown[1]), (orientation[0], orientation[1])
            )
        for edge, letter in letters.items():
            self._make_overlay(edge).text = letter
            self._make_overlay(edge).visible = bool(letter)
        axes = self.viewer.canvas.overlays["axes"]
        axes.visible = dims.ndisplay == 3
        axes.box = False  # it would lie over the brain

    def _make_overlay(self, edge: str) -> Any:
        from napari.components.overlays import TextOverlay

        overlays = self.viewer.canvas.overlays
        key = PREFIX + edge
        if key not in overlays:
            overlays[key] = TextOverlay(
                text="", position=EDGES[edge], font_size=FONT_SIZE, box=False, visible=False
            )
        return overlays[key]

    def remove(self) -> None:
        """Remove the letters and stop following the viewer."""
        for event in self._events:
            event.disconnect(self.update)
        for edge in EDGES:
            self.viewer.canvas.overlays.pop(PREFIX + edge, None)
        self.viewer.canvas.overlays["axes"].visible = False
