"""Hover card: the region, path and position under the cursor."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, QSize, Qt, Signal
from qtpy.QtGui import QFontDatabase
from qtpy.QtWidgets import QFrame, QGridLayout, QLabel, QSizePolicy

from ...viewer.hover import NOTHING, HoverText
from ..common.dock import weak_callback
from ..common.theme import DockColors, swatch
from ..common.widgets import ElidedLabel

if TYPE_CHECKING:
    from .dock import AtlasDock


class HoverCard(QFrame):
    """Region, path and position under the cursor; its height never changes."""

    region_clicked = Signal(int)
    """Rank of the step of the path that was clicked."""

    def __init__(self, colors: DockColors, parent: object = None) -> None:
        super().__init__(parent)
        self.setObjectName("hover")
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
        self.path.setWordWrap(True)
        self.path.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.path.setTextFormat(Qt.TextFormat.RichText)
        self.path.linkActivated.connect(lambda link: self.region_clicked.emit(int(link)))
        lines = self.path.fontMetrics().lineSpacing()
        self.path.setFixedHeight(2 * lines + 10)
        self.path.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.place = ElidedLabel(elide=Qt.TextElideMode.ElideRight)
        fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        fixed.setPointSizeF(self.place.font().pointSizeF() * 0.95)
        self.place.setFont(fixed)
        self.frame = ElidedLabel(elide=Qt.TextElideMode.ElideRight)
        self.frame.setVisible(False)
        layout = QGridLayout(self)
        layout.setContentsMargins(8, 6, 8, 6)
        layout.setVerticalSpacing(2)
        layout.addWidget(self._swatch, 0, 0)
        layout.addWidget(self.title, 0, 1)
        layout.addWidget(self.hemisphere, 0, 2)
        layout.addWidget(self.name, 1, 0, 1, 3)
        layout.addWidget(self.path, 2, 0, 1, 3)
        layout.addWidget(self.place, 3, 0, 1, 3)
        layout.addWidget(self.frame, 4, 0, 1, 3)
        layout.setColumnStretch(1, 1)
        self._shown: HoverText | None = None
        self._rgb: tuple[int, int, int] | None = None
        self.clear()

    def clear(self) -> None:
        """Show the hint that explains the card."""
        self.show_text(HoverText(NOTHING, "", "", (), "", 0), None)
        self.frame.setVisible(False)

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
        self.place.setText(text.place)
        self.frame.setText(text.frame)
        if text.frame:
            # Once it has text the line stays visible: the card must not jump.
            self.frame.setVisible(True)
        if rgb is None:
            self._swatch.clear()
        else:
            self._swatch.setPixmap(swatch(rgb, self._colors.muted).pixmap(QSize(12, 12)))

    def set_colors(self, colors: DockColors) -> None:
        """Use the colors of another theme."""
        self._colors = colors
        if self._shown is not None:
            self.path.setText(self._link_path(self._shown))

    def _link_path(self, text: HoverText) -> str:
        style = f"color:{self._colors.link.name()};text-decoration:none"
        steps = [f'<a href="{k}" style="{style}">{escape(a)}</a>' for k, a in text.path]
        return f'<span style="color:{self._colors.muted.name()}">{" › ".join(steps)}</span>'


class HoverReader(QObject):
    """Reader of the region under the cursor, for mouse and slider, whichever layer is active.

    Parameters
    ----------
    dock
        The atlas dock.
    """

    pointed = Signal(object)
    """Index-space point of the atlas that the card describes; None without one."""

    def __init__(self, dock: AtlasDock) -> None:
        super().__init__(dock)
        self._dock = dock
        self._point: tuple[float, ...] | None = None
        viewer = dock.viewer
        viewer.dims.events.current_step.connect(self._on_slice)
        viewer.mouse_move_callbacks.append(
            weak_callback(self.on_mouse_move, viewer.mouse_move_callbacks)
        )

    def forget(self) -> None:
        """Reset the card for another atlas."""
        self._point = None
        self.pointed.emit(None)

    def refresh(self) -> None:
        """Describe the same point again: it may be drawn otherwise, or hidden, now."""
        display = self._dock.display
        if self._point is not None and display is not None:
            self._show(display.describe_point(self._point), self._point)

    def on_mouse_move(self, viewer: Any, event: Any) -> None:
        """Describe the point under the cursor, whichever layer is active."""
        if self._dock.display is not None:
            self._show(*self._dock.display.hover(event))

    def _on_slice(self, event: Any = None) -> None:
        """Follow the slider: the slice under a resting mouse has changed."""
        display, dims = self._dock.display, self._dock.viewer.dims
        if display is None or self._point is None or dims.ndisplay != 2:
            return
        position = list(self._dock.viewer.cursor.position)
        for axis in dims.not_displayed:
            position[axis] = dims.point[axis]
        point = display.point_at(position)
        self._show(display.describe_point(point), point)

    def _show(self, text: HoverText, point: tuple[float, ...] | None) -> None:
        """Put a text on the card."""
        self._point = point
        display = self._dock.display
        rgb = display.color_of(text.rank) if display is not None and text.rank else None
        self._dock.card.show_text(text, rgb)
        self.pointed.emit(point)
