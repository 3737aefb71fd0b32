"""Buttons and keys that turn the canvas to a plane."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtWidgets import QPushButton, QWidget

from ...viewer.display import AtlasDisplay
from ...viewer.planes.plane import PLANES, Plane, plane_of, turn_to
from ..common.page import PanelPart
from ..common.widgets import make_button, make_flow

if TYPE_CHECKING:
    from .panel import AtlasPanel

THREE_D = "3-D"
KEYS = {"coronal": "Ctrl+1", "sagittal": "Ctrl+2", "horizontal": "Ctrl+3", THREE_D: "Ctrl+4"}


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
        for name, button in self.bar.buttons.items():
            button.clicked.connect(lambda _=False, n=name: self.show(n))
        dims = panel.viewer.dims.events
        for event in (dims.order, dims.ndisplay):
            event.connect(self.refresh)
        self.follow(None)

    def follow(self, display: AtlasDisplay | None) -> None:
        """Offer the planes of another atlas."""
        self.bar.setVisible(display is not None)
        known = self._letters is not None
        for plane in PLANES:
            button = self.bar.buttons[plane]
            button.setEnabled(known)
            tip = f"{plane.capitalize()} section ({KEYS[plane]})"
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
        if name == THREE_D:
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
            button.setChecked(name == shown)
