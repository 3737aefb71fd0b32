"""The card that says what is under the cursor."""

from __future__ import annotations

from html import escape

from qtpy.QtCore import QSize, Qt, Signal
from qtpy.QtGui import QFontDatabase
from qtpy.QtWidgets import QFrame, QGridLayout, QLabel, QSizePolicy

from ..plugin.hover_text import NOTHING, HoverText
from .colors import DockColors, swatch
from .elided_label import ElidedLabel


class HoverCard(QFrame):
    """Region, path and place under the cursor; its height never changes."""

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
        self.side = QLabel()
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
        layout.addWidget(self.side, 0, 2)
        layout.addWidget(self.name, 1, 0, 1, 3)
        layout.addWidget(self.path, 2, 0, 1, 3)
        layout.addWidget(self.place, 3, 0, 1, 3)
        layout.addWidget(self.frame, 4, 0, 1, 3)
        layout.setColumnStretch(1, 1)
        self._shown: HoverText | None = None
        self._rgb: tuple[int, int, int] | None = None
        self.clear()

    def clear(self) -> None:
        """Say what the card is for."""
        self.show_text(HoverText(NOTHING, "", "", (), "", 0), None)
        self.frame.setVisible(False)

    def show_text(self, text: HoverText, rgb: tuple[int, int, int] | None) -> None:
        """Show what is under the cursor; unchanged parts are not touched."""
        if text == self._shown and rgb == self._rgb:
            return
        self._rgb = rgb
        old, self._shown = self._shown, text
        self.title.setText(text.title)
        self.name.setText(text.name)
        self.side.setText(text.side)
        if old is None or old.path != text.path:
            self.path.setText(self._linked(text))
        self.place.setText(text.place)
        self.frame.setText(text.frame)
        self.frame.setToolTip(text.frame)
        if text.frame:
            # Once there is something to say the line stays: the card must not jump.
            self.frame.setVisible(True)
        if rgb is None:
            self._swatch.clear()
        else:
            self._swatch.setPixmap(swatch(rgb, self._colors.muted).pixmap(QSize(12, 12)))

    def set_colors(self, colors: DockColors) -> None:
        """Take the colours of another theme."""
        self._colors = colors
        if self._shown is not None:
            self.path.setText(self._linked(self._shown))

    def _linked(self, text: HoverText) -> str:
        style = f"color:{self._colors.link.name()};text-decoration:none"
        steps = [f'<a href="{k}" style="{style}">{escape(a)}</a>' for k, a in text.path]
        return f'<span style="color:{self._colors.muted.name()}">{" › ".join(steps)}</span>'
