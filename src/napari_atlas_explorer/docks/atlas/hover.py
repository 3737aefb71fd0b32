"""Strip below the canvas: the region, path and position under the cursor."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QSize, Qt, Signal
from qtpy.QtGui import QFontDatabase
from qtpy.QtWidgets import (
    QApplication,
    QDockWidget,
    QFrame,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QWidget,
)

from ...viewer.hover import NOTHING, HoverText
from ..common.page import PanelPart, weak_callback
from ..common.theme import PanelColors, swatch
from ..common.widgets import ElidedLabel, make_button

if TYPE_CHECKING:
    import napari

    from .panel import AtlasPanel


class RegionStrip(QFrame):
    """One line below the canvas: region, path and position under the cursor, copy and go to."""

    region_clicked = Signal(int)
    """Rank of the step of the path that was clicked."""

    def __init__(self, colors: PanelColors, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("hover")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Region under the cursor")
        self._colors = colors
        self._swatch = QLabel()
        self._swatch.setFixedSize(14, 14)
        self.title = ElidedLabel(elide=Qt.TextElideMode.ElideRight)
        font = self.title.font()
        font.setBold(True)
        self.title.setFont(font)
        self.name = ElidedLabel(elide=Qt.TextElideMode.ElideRight)
        self.hemisphere = QLabel()
        self.path = QLabel()
        self.path.setTextFormat(Qt.TextFormat.RichText)
        self.path.linkActivated.connect(lambda link: self.region_clicked.emit(int(link)))
        # A long path is cut off at its end rather than widen the window.
        self.path.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.place = ElidedLabel(elide=Qt.TextElideMode.ElideRight)
        fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        fixed.setPointSizeF(self.place.font().pointSizeF() * 0.95)
        self.place.setFont(fixed)
        self.frame = ElidedLabel(elide=Qt.TextElideMode.ElideRight)
        self.frame.setVisible(False)
        self.frame_button = make_button("", "")
        self.frame_button.setObjectName("coordinate_frame")
        self.frame_button.setAccessibleName("Coordinate frame of positions")
        self.copy = make_button("Copy", "Copy region and position (on the canvas Ctrl+Shift+C)")
        self.copy.setObjectName("copy_position")
        self.copy_as = make_button("", "Copy as Python or as a command")
        self.copy_as.setAccessibleName("Copy as")
        self.copy_as.setFixedWidth(20)
        self.go_to = make_button("Go to…", "Type a region or a position to go there (Ctrl+F)")
        line = QHBoxLayout(self)
        line.setContentsMargins(8, 2, 8, 2)
        line.setSpacing(8)
        line.addWidget(self._swatch)
        line.addWidget(self.title, 3)
        line.addWidget(self.name, 8)
        line.addWidget(self.hemisphere)
        line.addWidget(self.path, 6)
        line.addWidget(self.frame, 6)
        line.addWidget(self.frame_button)
        line.addWidget(self.place, 1)
        line.addWidget(self.copy)
        line.addWidget(self.copy_as)
        line.addWidget(self.go_to)
        self.copy.clicked.connect(self.copy_text)
        self._shown: HoverText | None = None
        self._rgb: tuple[int, int, int] | None = None
        self._last = ""
        self.clear()

    def clear(self) -> None:
        """Show the hint that explains the strip; what was shown last can still be copied."""
        self.show_text(HoverText("", NOTHING, "", (), "", 0), None)

    def show_text(self, text: HoverText, rgb: tuple[int, int, int] | None) -> None:
        """Show the hover text; leave unchanged labels untouched."""
        if text == self._shown and rgb == self._rgb:
            return
        self._rgb = rgb
        old, self._shown = self._shown, text
        self.title.setText(text.title)
        self.name.setText(text.name)
        self.hemisphere.setText(text.hemisphere)
        if old is None or old.path != text.path:
            self.path.setText(self._link_path(text))
        # The button beside it names the frame.
        place = text.place.removeprefix(f"{self.frame_button.text()} ")
        self.place.setText(place)
        # It grows with the longest position that was shown, and never shrinks: no jumping.
        width = self.place.fontMetrics().horizontalAdvance(place) + 2
        self.place.setMinimumWidth(max(width, self.place.minimumWidth()))
        self.frame.setText(text.frame)
        if text.frame:
            # Once it has text it stays visible: what is beside it must not jump.
            self.frame.setVisible(True)
        if text.place:
            words = text.title, text.name, text.hemisphere, text.place
            self._last = "\t".join(word for word in words if word)
        if rgb is None:
            self._swatch.clear()
        else:
            self._swatch.setPixmap(swatch(rgb, self._colors.muted).pixmap(QSize(12, 12)))

    def copy_text(self) -> None:
        """Copy the region and position that were shown last."""
        QApplication.clipboard().setText(self._last)

    def set_colors(self, colors: PanelColors) -> None:
        """Use the colors of another theme."""
        self._colors = colors
        if self._shown is not None:
            self.path.setText(self._link_path(self._shown))

    def _link_path(self, text: HoverText) -> str:
        style = f"color:{self._colors.link.name()};text-decoration:none"
        steps = [f'<a href="{k}" style="{style}">{escape(a)}</a>' for k, a in text.path]
        return f'<span style="color:{self._colors.muted.name()}">{" › ".join(steps)}</span>'


def dock_strip(viewer: napari.Viewer, strip: RegionStrip) -> None:
    """Put the strip below the canvas, in a dock without a title that cannot be moved."""
    frame = viewer.window.add_dock_widget(strip, name="Region under the cursor", area="bottom")
    frame.setTitleBarWidget(QWidget())
    frame.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
    frame.setMinimumHeight(strip.minimumSizeHint().height())
    strip.setVisible(True)


class HoverReader(PanelPart):
    """Reader of the region under the cursor, for mouse and slider, whichever layer is active."""

    pointed = Signal(object)
    """Index-space point of the atlas that the strip describes; None without one."""

    region_changed = Signal(int)
    """Rank of what is drawn under the cursor; 0 for nothing."""

    def __init__(self, panel: AtlasPanel) -> None:
        super().__init__(panel)
        self._point: tuple[float, ...] | None = None
        self._last: tuple[float, ...] | None = None
        viewer = panel.viewer
        viewer.dims.events.current_step.connect(self._on_slice)
        viewer.events.mouse_over_canvas.connect(self._on_leave)
        viewer.mouse_move_callbacks.append(
            weak_callback(self.on_mouse_move, viewer.mouse_move_callbacks)
        )

    @property
    def last_position(self) -> tuple[float, ...] | None:
        """Position (µm) that the strip showed last, the middle of the view without one."""
        display = self._panel.display
        if display is None:
            return None
        hit = display.hit_at(self._last)
        if hit is None:
            hit = display.hit_at(display.point_at(self._panel.viewer.dims.point))
        return hit.position if hit is not None else None

    def forget(self) -> None:
        """Reset the strip for another atlas."""
        self._point = None
        self.pointed.emit(None)
        self.region_changed.emit(0)

    def refresh(self) -> None:
        """Describe the same point again: it may be drawn otherwise, or hidden, now."""
        display = self._panel.display
        if self._point is not None and display is not None:
            self.describe(display.describe_point(self._point), self._point)

    def on_mouse_move(self, viewer: Any, event: Any) -> None:
        """Describe the point under the cursor, whichever layer is active."""
        if self._panel.display is not None and self._panel.is_open:
            self.describe(*self._panel.display.hover(event))

    def _on_leave(self, event: Any = None) -> None:
        """Clear the strip when the mouse has left the canvas."""
        if not self._panel.viewer.mouse_over_canvas:
            self.forget()
            self._panel.strip.clear()

    def _on_slice(self, event: Any = None) -> None:
        """Follow the slider: the slice under a resting mouse has changed."""
        display, dims = self._panel.display, self._panel.viewer.dims
        if display is None or self._point is None or dims.ndisplay != 2:
            return
        position = list(self._panel.viewer.cursor.position)
        for axis in dims.not_displayed:
            position[axis] = dims.point[axis]
        point = display.point_at(position)
        self.describe(display.describe_point(point), point)

    def describe(self, text: HoverText, point: tuple[float, ...] | None) -> None:
        """Put a text on the strip, and outline its region."""
        self._point = point
        if text.place:
            self._last = point
        display = self._panel.display
        rgb = display.color_of(text.rank) if display is not None and text.rank else None
        self._panel.strip.show_text(text, rgb)
        self.region_changed.emit(text.rank)
        self.pointed.emit(point)
