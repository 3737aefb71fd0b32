"""What the colours of directions mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qtpy.QtCore import QRectF, QSize, Qt
from qtpy.QtGui import QColor, QLinearGradient, QPainter
from qtpy.QtWidgets import QSizePolicy, QWidget

from ..core.color_maps import viridis
from .colors import DockColors

PURE = ("#ff0000", "#00ff00", "#0000ff")
ROW, SQUARE = 18, 12
STOPS = 9


class DirectionLegend(QWidget):
    """Three squares for the axes, or a bar for the angle."""

    def __init__(self, colors: DockColors) -> None:
        super().__init__()
        self._colors = colors
        self._axes: Sequence[str] = ("axis 0", "axis 1", "axis 2")
        self._kind, self._reference = "direction", 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._name()

    def sizeHint(self) -> QSize:  # noqa: N802
        """Three rows."""
        return QSize(240, 3 * ROW + 4)

    def set_colors(self, colors: DockColors) -> None:
        """Take the colours of another theme."""
        self._colors = colors
        self.update()

    def set_axes(self, names: Sequence[str]) -> None:
        """Name the world axes."""
        self._axes = tuple(names)
        self._name()

    def set_kind(self, kind: str, reference: int) -> None:
        """Explain "direction", "angle" (to a world axis) or "region"."""
        self._kind, self._reference = kind, reference
        self._name()

    def lines(self) -> list[str]:
        """What the legend says."""
        if self._kind == "direction":
            return list(self._axes)
        if self._kind == "angle":
            return [f"angle to {self._axes[self._reference]}", "0°", "90°"]
        return ["the atlas's colours"]

    def _name(self) -> None:
        self.setAccessibleName("Colours: " + ", ".join(self.lines()))
        self.update()

    def paintEvent(self, event: Any) -> None:  # noqa: N802
        """Draw."""
        painter = QPainter(self)
        painter.setPen(self._colors.text)
        lines = self.lines()
        if self._kind == "angle":
            painter.drawText(QRectF(0, 0, self.width(), ROW), VERTICAL, lines[0])
            bar = QRectF(0, ROW + 2, min(220, self.width()), SQUARE)
            gradient = QLinearGradient(bar.topLeft(), bar.topRight())
            for k in range(STOPS):
                share = k / (STOPS - 1)
                r, g, b = (round(255 * float(v)) for v in viridis(share))
                gradient.setColorAt(share, QColor(r, g, b))
            painter.fillRect(bar, gradient)
            below = QRectF(0, 2 * ROW, bar.width(), ROW)
            painter.drawText(below, VERTICAL, lines[1])
            painter.drawText(below, VERTICAL | Qt.AlignmentFlag.AlignRight, lines[2])
        else:
            for k, line in enumerate(lines):
                left = 0
                if self._kind == "direction":
                    painter.fillRect(QRectF(0, k * ROW + 3, SQUARE, SQUARE), QColor(PURE[k]))
                    left = SQUARE + 7
                painter.drawText(QRectF(left, k * ROW, self.width(), ROW), VERTICAL, line)
        painter.end()


VERTICAL = Qt.AlignmentFlag.AlignVCenter
