"""Small widgets: a color bar with ticks, and a label that elides its text."""

from __future__ import annotations

from typing import Any

import numpy as np
from qtpy.QtCore import QRectF, QSize, Qt
from qtpy.QtGui import QColor, QImage, QPainter, QPaintEvent
from qtpy.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from ...core.colors.scales import MISSING, ColorScale
from .theme import DockColors

# ---- Color bar -----------------------------------------------------------------------------------

BAR, TICK, GAP, SWATCH = 14, 4, 6, 14
STEPS = 256


class ColorBar(QWidget):
    """Bar of a `ColorScale` with ticks, and the gray of regions without a value."""

    def __init__(self, colors: DockColors, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("color_bar")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._colors = colors
        self._scale: ColorScale | None = None
        self._missing = False

    def set_colors(self, colors: DockColors) -> None:
        """Use the colors of another theme."""
        self._colors = colors
        self.update()

    def set_scale(self, scale: ColorScale | None, missing: bool) -> None:
        """Show a scale, and whether some regions have no value."""
        self._scale, self._missing = scale, missing
        words = ""
        if scale is not None:
            ticks = ", ".join(tick.label for tick in scale.ticks())
            words = f"Colors from {scale.low:.4g} to {scale.high:.4g}; marks at {ticks}"
        self.setAccessibleName(words)
        self.setToolTip(
            "Values beyond the ends have the color of the end. A region without a value is "
            "gray; zero is a value."
        )
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        """Return the height of bar, ticks and labels."""
        return QSize(220, BAR + TICK + self.fontMetrics().height() + 4)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Return a width for three labels."""
        return QSize(140, self.sizeHint().height())

    def paintEvent(self, event: Any) -> None:  # noqa: N802
        """Paint bar, ticks and labels; labels that would touch are left out."""
        scale = self._scale
        if scale is None:
            return
        painter = QPainter(self)
        metrics = self.fontMetrics()
        side = metrics.horizontalAdvance("0000") // 2
        none = "no value"
        right = SWATCH + GAP + metrics.horizontalAdvance(none) + 2 * GAP if self._missing else side
        bar = QRectF(side, 1, max(20, self.width() - side - right), BAR)
        painter.drawImage(bar, _make_image(scale))
        painter.setPen(self._colors.muted)
        painter.drawRect(bar)
        painter.setPen(self._colors.text)
        base = int(bar.bottom()) + TICK + metrics.ascent() + 1
        end = -1.0
        for tick in scale.ticks():
            x = bar.left() + tick.position * bar.width()
            painter.drawLine(int(x), int(bar.bottom()), int(x), int(bar.bottom()) + TICK)
            width = metrics.horizontalAdvance(tick.label)
            left = min(max(0.0, x - width / 2), self.width() - width)
            if left > end:
                painter.drawText(int(left), base, tick.label)
                end = left + width + GAP
        if self._missing:
            x = int(bar.right()) + 2 * GAP
            r, g, b, alpha = MISSING
            painter.fillRect(x, 1, SWATCH, BAR, QColor.fromRgbF(r, g, b, alpha))
            painter.setPen(self._colors.muted)
            painter.drawRect(x, 1, SWATCH, BAR)
            painter.setPen(self._colors.text)
            painter.drawText(
                QRectF(x + SWATCH + GAP, 0, self.width(), BAR + 2),
                Qt.AlignmentFlag.AlignVCenter,
                none,
            )
        painter.end()


def _make_image(scale: ColorScale) -> QImage:
    pixels = np.ascontiguousarray(np.rint(scale.gradient(STEPS) * 255).astype(np.uint8))
    return QImage(pixels.data, STEPS, 1, 3 * STEPS, QImage.Format.Format_RGB888).copy()


# ---- Eliding label -------------------------------------------------------------------------------


class ElidedLabel(QLabel):
    """One line of text, elided where it does not fit; the tooltip has the full text."""

    def __init__(
        self,
        text: str = "",
        elide: Qt.TextElideMode = Qt.TextElideMode.ElideMiddle,
        parent: object = None,
    ) -> None:
        super().__init__(text, parent)
        self._elide = elide
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def setText(self, text: str) -> None:  # noqa: N802
        """Set the text, and the tooltip to match."""
        super().setText(text)
        self.setToolTip(text)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Return no width, and the height of a line."""
        return QSize(20, self.fontMetrics().height() + 2)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Return the size of one line."""
        return self.minimumSizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw as much of the text as fits."""
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        text = self.fontMetrics().elidedText(self.text(), self._elide, self.width())
        painter.drawText(self.rect(), int(self.alignment() | Qt.AlignmentFlag.AlignVCenter), text)


# ---- Rows of widgets -----------------------------------------------------------------------------


def make_row(*widgets: QWidget) -> QWidget:
    """Put widgets side by side in one widget that a line break cannot separate."""
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(6)
    for widget in widgets:
        layout.addWidget(widget)
    return row
