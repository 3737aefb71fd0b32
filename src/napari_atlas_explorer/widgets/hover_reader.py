"""What is under the cursor, told on the card."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, Signal

from ..plugin.display import AtlasDisplay
from ..plugin.hover_text import HoverText, describe_region
from ..plugin.local_frame import LocalFrames, describe_frame
from .weak_callback import weak_callback

if TYPE_CHECKING:
    from ..plugin.surface_scene import SurfaceScene
    from .atlas_dock import AtlasDock


class HoverReader(QObject):
    """Follows mouse and slider, whichever layer is active.

    Parameters
    ----------
    dock
        The atlas dock.
    """

    pointed = Signal(object)
    """Index-space point of the atlas that the card tells of now; None where it tells of none."""

    def __init__(self, dock: AtlasDock) -> None:
        super().__init__(dock)
        self._dock = dock
        self._point: tuple[float, ...] | None = None
        self.frames: LocalFrames | None = None
        """Local frames and depths of the atlas, once somebody has asked for its directions."""
        self.surfaces: SurfaceScene | None = None
        """Surfaces that are shown, once somebody has asked for some."""
        viewer = dock.viewer
        viewer.dims.events.current_step.connect(self._on_slice)
        viewer.mouse_move_callbacks.append(
            weak_callback(self.on_mouse_move, viewer.mouse_move_callbacks)
        )

    def forget(self) -> None:
        """Another atlas is shown: nothing was under the cursor yet."""
        self._point, self.frames = None, None
        self.pointed.emit(None)

    def again(self) -> None:
        """Say it again: what was under the cursor may be drawn otherwise, or hidden, now."""
        if self._point is not None and self._dock.display is not None:
            self._tell(self._dock.display, self._point)

    def on_mouse_move(self, viewer: Any, event: Any) -> None:
        """Say what is under the cursor, whichever layer is active."""
        display = self._dock.display
        if display is None:
            return
        rank = self.surface_rank(event)
        if rank:
            self._point = None
            self.show(describe_region(display.atlas, rank))
            self.pointed.emit(None)
            return
        point = display.point_at(event.position, event.view_direction, event.dims_displayed)
        self._point = point
        self._tell(display, point)

    def surface_rank(self, event: Any) -> int:
        """Rank of the surface under the mouse in 3-D, 0 for none."""
        if self.surfaces is None or event.view_direction is None or len(event.dims_displayed) != 3:
            return 0
        return self.surfaces.rank_on_line(
            event.position, event.view_direction, event.dims_displayed
        )

    def _on_slice(self, event: Any = None) -> None:
        """Follow the slider: another slice is under the cursor although the mouse stood still."""
        display, dims = self._dock.display, self._dock.viewer.dims
        if display is None or self._point is None or dims.ndisplay != 2:
            return
        position = list(self._dock.viewer.cursor.position)
        for axis in dims.not_displayed:
            position[axis] = dims.point[axis]
        self._point = display.point_at(position)
        self._tell(display, self._point)

    def _tell(self, display: AtlasDisplay, point: tuple[float, ...] | None) -> None:
        """Describe a point, with its local frame where that is known."""
        text = display.describe_point(point)
        if self.frames and point is not None and text.place:
            index = tuple(math.floor(p) for p in point)
            if all(0 <= i < n for i, n in zip(index, display.atlas.shape, strict=True)):
                frame = describe_frame(self.frames, display.atlas, index)
                text = replace(text, frame=frame)
        self.show(text)
        self.pointed.emit(point)

    def show(self, text: HoverText) -> None:
        """Put a hover text on the card."""
        display = self._dock.display
        rgb = display.color_of(text.rank) if display is not None and text.rank else None
        self._dock.card.show_text(text, rgb)
