"""Buttons and keys that turn the canvas to a plane."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QEvent, QObject, Qt, QTimer
from qtpy.QtWidgets import QHBoxLayout, QMainWindow, QPushButton, QWidget

from ...viewer.display import AtlasDisplay
from ...viewer.hover import watch_click
from ...viewer.planes.crosshair import Crosshair
from ...viewer.planes.plane import PLANES, Plane, plane_of, turn_to
from ...viewer.planes.section import Section
from ..common.page import PanelPart, weak_callback
from ..common.pages import frame_of
from ..common.widgets import make_button, make_flow, without_margins

if TYPE_CHECKING:
    from .panel import AtlasPanel

THREE_D, EVERY = "3-D", "all"
KEYS = {
    "coronal": "Ctrl+1",
    "sagittal": "Ctrl+2",
    "horizontal": "Ctrl+3",
    THREE_D: "Ctrl+4",
    EVERY: "Ctrl+5",
}
SECTIONS = "Sections"
LEAST_HEIGHT, SHARE = 120, 0.4
"""Height of the sections in pixels, and as a share of the window."""
LEAST_VIEW = (90, 90)


class PlaneBar(QWidget):
    """Row of buttons, one for each plane and one for 3-D."""

    def __init__(self) -> None:
        super().__init__()
        self.buttons: dict[str, QPushButton] = {}
        for name, keys in KEYS.items():
            button = make_button(name[0].upper() + name[1:], f"{name} ({keys})")
            button.setObjectName(f"plane_{name}")
            button.setCheckable(True)
            button.setStyleSheet("QPushButton {padding: 2px 7px;}")
            self.buttons[name] = button
        self.setLayout(make_flow(*self.buttons.values(), spacing=2))


class PlaneChoice(PanelPart):
    """Link between the buttons of the planes and the canvas."""

    def __init__(self, panel: AtlasPanel) -> None:
        super().__init__(panel)
        self.bar = panel.plane_bar
        self.panes: SectionPanes | None = None
        """The sections beside the canvas, while they are shown."""
        for name, button in self.bar.buttons.items():
            button.clicked.connect(lambda _=False, n=name: self.show(n))
        dims = panel.viewer.dims.events
        for event in (dims.order, dims.ndisplay):
            event.connect(self.refresh)
        self.follow(None)

    def follow(self, display: AtlasDisplay | None) -> None:
        """Offer the planes of another atlas."""
        self.close_panes()
        self.bar.setVisible(display is not None)
        known = self._letters is not None
        for name in (*PLANES, EVERY):
            button = self.bar.buttons[name]
            button.setEnabled(known)
            tip = f"{name.capitalize()} section ({KEYS[name]})"
            if name == EVERY:
                tip = f"The other sections above the canvas, linked to it ({KEYS[name]})"
            button.setToolTip(tip if known else "The orientation is not stated (⋯ menu)")
        self.refresh()

    @property
    def _letters(self) -> str | None:
        display = self._panel.display
        return display.atlas.package.world_orientation if display is not None else None

    def show(self, name: str) -> None:
        """Turn the canvas to a plane, or to 3-D."""
        viewer, letters = self._panel.viewer, self._letters
        if self._panel.display is None:
            return
        if name == EVERY:
            self.toggle_panes()
        elif name == THREE_D:
            if viewer.dims.ndisplay != 3:
                viewer.dims.ndisplay = 3
                viewer.reset_view()
        elif letters is not None:
            plane: Plane = next(p for p in PLANES if p == name)
            if plane_of(viewer, letters) != plane:
                turn_to(viewer, letters, plane)
        self.refresh()

    def refresh(self, event: Any = None) -> None:
        """Press the button of what is shown; napari's own buttons turn the view, too."""
        letters, viewer = self._letters, self._panel.viewer
        shown: str | None = None
        if viewer.dims.ndisplay == 3:
            shown = THREE_D
        elif letters is not None:
            shown = plane_of(viewer, letters)
        for name, button in self.bar.buttons.items():
            button.setChecked(name == shown or (name == EVERY and self.panes is not None))

    # ---- Sections above the canvas ---------------------------------------------------------

    def toggle_panes(self) -> None:
        """Show the sections that the canvas does not show, or close them."""
        panel, display, letters = self._panel, self._panel.display, self._letters
        if self.panes is not None:
            self.close_panes()
            QTimer.singleShot(0, panel.viewer.reset_view)
        elif display is not None and letters is not None:
            self.panes = SectionPanes(panel, display, letters)
            panel.viewer.window.add_dock_widget(self.panes, name=SECTIONS, area="top")
            frame = frame_of(self.panes)
            window = frame.parent() if frame is not None else None
            if frame is not None and isinstance(window, QMainWindow):
                # Above the canvas alone: the panel and the layer list keep their height.
                window.setCorner(Qt.Corner.TopLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
                window.setCorner(Qt.Corner.TopRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
                height = max(LEAST_HEIGHT, round(SHARE * window.height()))
                window.resizeDocks([frame], [height], Qt.Orientation.Vertical)
                # The canvas has another height now; its new one is known in the next turn.
                QTimer.singleShot(0, panel.viewer.reset_view)
        self.refresh()

    def watch(self, window: QWidget) -> None:
        """Close the sections when the window is closed: their canvases do not go by themselves."""
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Close the sections before the window."""
        if event.type() == QEvent.Type.Close:
            self.close_panes()
        return False

    def close_panes(self) -> None:
        """Close the sections; the next request makes new ones."""
        panes, self.panes = self.panes, None
        if panes is not None:
            panes.close_views()
            if frame_of(panes) is not None:
                self._panel.viewer.window.remove_dock_widget(panes)
            panes.deleteLater()


class SectionPanes(QWidget):
    """The planes that the canvas does not show, side by side and linked to it.

    Parameters
    ----------
    panel
        The atlas panel.
    display
        The atlas whose sections they are.
    letters
        Sides on which x, y and z of its world start.
    """

    def __init__(self, panel: AtlasPanel, display: AtlasDisplay, letters: str) -> None:
        super().__init__()
        self._panel, self._display, self._letters = panel, display, letters
        self._moving = False
        self.sections: dict[Plane, Section] = {}
        """Those that were shown so far."""
        self.views: dict[Plane, QWidget] = {}
        self._crosshair = Crosshair(panel.viewer, display)
        self._row = without_margins(QHBoxLayout(self), 2)
        self.setMinimumHeight(LEAST_HEIGHT)
        dims = panel.viewer.dims.events
        self._links = [(dims.point, self._on_point), (dims.order, self._on_plane)]
        self._links += [(dims.ndisplay, self._on_plane)]
        for signal, slot in self._links:
            signal.connect(slot)
        self._on_plane()

    def _make(self, plane: Plane) -> None:
        """Make a section and its view, the first time that it is needed."""
        from napari.qt import QtViewer

        section = self.sections[plane] = Section(self._display, self._letters, plane)
        view = self.views[plane] = QtViewer(section.model)
        view.setAccessibleName(f"{plane} section")
        view.setMinimumSize(*LEAST_VIEW)  # napari's own would widen a small window
        section.model.dims.events.point.connect(partial(self._on_pane, section))
        move, drag = section.model.mouse_move_callbacks, section.model.mouse_drag_callbacks
        move.append(weak_callback(self._on_mouse_move, move))
        drag.append(weak_callback(self._on_press, drag))
        self._row.addWidget(view, 1)

    def close_views(self) -> None:
        """Stop following, and close the views."""
        for signal, slot in self._links:
            signal.disconnect(slot)
        self._links = []
        self._moving = True  # what the views do while they close moves nothing
        self._crosshair.close()
        for plane, view in self.views.items():
            self.sections[plane].close()
            view.close()
            view.deleteLater()
        self.sections, self.views = {}, {}

    def resizeEvent(self, event: Any) -> None:  # noqa: N802
        """Fit the sections into their new sizes, once they have them."""
        super().resizeEvent(event)
        QTimer.singleShot(0, self._fit)

    def _fit(self) -> None:
        for section in self.sections.values():
            section.model.reset_view()

    # ---- Following the canvas --------------------------------------------------------------

    def _on_plane(self, event: Any = None) -> None:
        """Show the planes that the canvas does not show."""
        shown = plane_of(self._panel.viewer, self._letters)
        for plane in PLANES:
            if plane != shown and plane not in self.sections:
                self._make(plane)
            if plane in self.views:
                self.views[plane].setVisible(plane != shown)
        QTimer.singleShot(0, self._fit)  # another number of sections shares the width
        self._on_point()

    def _on_point(self, event: Any = None) -> None:
        """Move the sections and their crosshairs to the point of the canvas."""
        if self._moving or self._panel.viewer.dims.ndim < 3:  # the last layers are on their way out
            return
        self._moving = True
        try:
            point = self._panel.viewer.dims.point
            self._crosshair.move_to(point[-3:])
            for plane, section in self.sections.items():
                if not self.views[plane].isHidden():
                    section.move_to(point)
        finally:
            self._moving = False

    # ---- Mouse and sliders of the sections -------------------------------------------------

    def _on_pane(self, section: Section, event: Any = None) -> None:
        """Move everything to the place of a section's slider."""
        if not self._moving:
            axis = section.slider
            dims = self._panel.viewer.dims
            dims.set_point(dims.ndim - 3 + axis, section.model.dims.point[axis])

    def _on_mouse_move(self, model: Any, event: Any) -> None:
        """Let the strip answer for the section."""
        self._panel.hover.describe(*self._display.hover(event, model))

    def _on_press(self, model: Any, event: Any) -> Any:
        return watch_click(model, event, partial(self._on_click, model))

    def _on_click(self, model: Any, event: Any) -> None:
        """Move everything to the point that was clicked, and select the region there."""
        self._panel.selecting.click(event, model)
        self.go_to(event.position)

    def go_to(self, position: Any) -> None:
        """Move the canvas, and with it every section, to a position of the viewer's world."""
        dims = self._panel.viewer.dims
        dims.set_point(range(dims.ndim - 3, dims.ndim), list(position)[-3:])
