"""What the colours of the map of disagreement mean, and how many voxels have each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qtpy.QtCore import QRectF, QSize, Qt
from qtpy.QtGui import QColor, QPainter
from qtpy.QtWidgets import QSizePolicy, QWidget

from ..core.comparison import AGREE, MEANINGS
from ..core.figures import grouped
from ..plugin.comparison_layer import COLORS
from .colors import DockColors

SQUARE, GAP = 12, 7
VERTICAL = Qt.AlignmentFlag.AlignVCenter
TO_THE_RIGHT = VERTICAL | Qt.AlignmentFlag.AlignRight


class ComparisonLegend(QWidget):
    """A line for each meaning that occurs: square, words, voxels, share."""

    def __init__(self, colors: DockColors) -> None:
        super().__init__()
        self._colors = colors
        self._counts: Sequence[int] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip(
            "Voxels of the first atlas, its background among them; what both call the same is "
            "not coloured"
        )
        self.setVisible(False)

    def set_counts(self, counts: Sequence[int]) -> None:
        """Tell these counts, one for each of `MEANINGS`; nothing for none."""
        self._counts = counts
        self.setAccessibleName("Colours: " + ", ".join(" ".join(line[1:]) for line in self.lines()))
        self.setVisible(bool(counts))
        self.updateGeometry()
        self.update()

    def set_colors(self, colors: DockColors) -> None:
        """Take the colours of another theme."""
        self._colors = colors
        self.update()

    def lines(self) -> list[tuple[int, str, str, str]]:
        """Value, meaning, voxels and share of what occurs."""
        total = max(1, sum(self._counts))
        return [
            (value, MEANINGS[value], grouped(n), f"{100 * n / total:.3g} %")
            for value, n in enumerate(self._counts)
            if n
        ]

    def _row(self) -> int:
        return int(self.fontMetrics().height()) + 4

    def sizeHint(self) -> QSize:  # noqa: N802
        """Ask for a row for each line."""
        return QSize(240, self._row() * len(self.lines()))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Any width will do."""
        return QSize(120, self._row() * len(self.lines()))

    def paintEvent(self, event: Any) -> None:  # noqa: N802
        """Draw."""
        painter = QPainter(self)
        metrics, row = self.fontMetrics(), self._row()
        lines = self.lines()
        shares = max((metrics.horizontalAdvance(line[3]) for line in lines), default=0)
        numbers = max((metrics.horizontalAdvance(line[2]) for line in lines), default=0)
        right = self.width() - shares - 2 * GAP - numbers
        for k, (value, meaning, voxels, share) in enumerate(lines):
            top = k * row
            square = QRectF(0.5, top + (row - SQUARE) / 2, SQUARE - 1, SQUARE - 1)
            painter.setPen(self._colors.muted)
            painter.setBrush(Qt.BrushStyle.NoBrush if value == AGREE else QColor(*COLORS[value]))
            painter.drawRect(square)
            painter.setPen(self._colors.text)
            left = SQUARE + GAP
            words = metrics.elidedText(meaning, Qt.TextElideMode.ElideRight, right - left - GAP)
            painter.drawText(QRectF(left, top, right - left, row), VERTICAL, words)
            painter.drawText(QRectF(right, top, numbers, row), TO_THE_RIGHT, voxels)
            painter.drawText(QRectF(0, top, self.width(), row), TO_THE_RIGHT, share)
        painter.end()
