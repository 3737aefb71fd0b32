"""Small widgets: a color bar with ticks, a label that elides its text, rows, buttons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from qtpy.QtCore import QRectF, QSize, Qt
from qtpy.QtGui import QColor, QImage, QPainter
from qtpy.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from superqt import QElidingLabel, QFlowLayout

from ...core.colors.scales import MISSING, ColorScale
from .theme import PanelColors

AnyLayout = TypeVar("AnyLayout", bound=QLayout)

# ---- Color bar -----------------------------------------------------------------------------------

BAR, TICK, GAP, SWATCH = 14, 4, 6, 14
STEPS = 256


class ColorBar(QWidget):
    """Bar of a `ColorScale` with ticks, and the gray of regions without a value."""

    def __init__(self, colors: PanelColors, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("color_bar")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._colors = colors
        self._scale: ColorScale | None = None
        self._missing = False

    def set_colors(self, colors: PanelColors) -> None:
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


MAX_TIP = 500
"""Letters of a tooltip; a name of thousands would cover the screen."""


def plain_tip(text: str) -> str:
    """Return a tooltip that shows a text as it is: names come from files, and Qt reads tags."""
    short = text if len(text) <= MAX_TIP else f"{text[: MAX_TIP - 1]}…"
    safe = escape(short, quote=False)
    return short if safe == short else f"<p>{safe.replace(chr(10), '<br>')}</p>"


class ElidedLabel(QElidingLabel):
    """One line of plain text, elided where it does not fit; the tooltip has the full text."""

    def __init__(
        self,
        text: str = "",
        elide: Qt.TextElideMode = Qt.TextElideMode.ElideMiddle,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setElideMode(elide)
        self.setIndent(0)  # else half a letter under napari's style sheet, and its end is cut off
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setText(text)

    def setText(self, text: str) -> None:  # noqa: N802
        """Set the text, and the tooltip to match."""
        super().setText(text)
        self.setToolTip(plain_tip(text))

    def sizeHint(self) -> QSize:  # noqa: N802
        """Return the height of a line, also without text: what is below must not jump."""
        return QSize(20, self.fontMetrics().height() + 2)


# ---- Rows and columns of widgets, buttons, labels ------------------------------------------------


def make_row(*widgets: QWidget) -> QWidget:
    """Put widgets side by side in one widget that a line break cannot separate."""
    row = QWidget()
    layout = without_margins(QHBoxLayout(row), 6)
    for widget in widgets:
        layout.addWidget(widget)
    return row


def without_margins(layout: AnyLayout, spacing: int | None = None) -> AnyLayout:
    """Take the margins of a layout away, and set its spacing; return it."""
    layout.setContentsMargins(0, 0, 0, 0)
    if spacing is not None:
        layout.setSpacing(spacing)
    return layout


def make_flow(*widgets: QWidget, spacing: int = 6) -> QFlowLayout:
    """Lay widgets out in lines that break where the page ends."""
    flow = without_margins(QFlowLayout())
    flow.setHorizontalSpacing(spacing)
    flow.setVerticalSpacing(4)
    for widget in widgets:
        flow.addWidget(widget)
    return flow


def fill_column(
    widget: QWidget, *parts: QWidget | QLayout, stretched: Sequence[QWidget] = ()
) -> QVBoxLayout:
    """Put widgets and layouts below one another; return the column."""
    column = without_margins(QVBoxLayout(widget), 5)
    for part in parts:
        if isinstance(part, QLayout):
            column.addLayout(part)
        else:
            column.addWidget(part, 1 if part in stretched else 0)
    return column


def make_button(text: str, tip: str) -> QPushButton:
    """Make a button with a tooltip."""
    button = QPushButton(text)
    button.setToolTip(tip)
    return button


def make_choice(
    name: str, items: Iterable[tuple[str, Any]] = (), tip: str = "", letters: int = 0
) -> QComboBox:
    """Make a box of texts with their values.

    With a number of ``letters`` it is as narrow as that, and elides longer texts.
    """
    box = QComboBox()
    box.setAccessibleName(name)
    box.setToolTip(tip)
    if letters:
        policy = QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        box.setSizeAdjustPolicy(policy)
        box.setMinimumContentsLength(letters)
    for text, value in items:
        box.addItem(text, value)
    return box


def make_text(text: str = "") -> QLabel:
    """Make a label of plain text that is broken into lines."""
    label = QLabel(text)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label


def make_hint() -> QLabel:
    """Make the label that takes the place of an empty list."""
    label = make_text()
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    return label


# ---- Low widgets ---------------------------------------------------------------------------------


class LowScrollArea(QScrollArea):
    """Scroll area with a small size hint, so that its window does not grow.

    Parameters
    ----------
    inside
        What is scrolled.
    """

    def __init__(self, inside: QWidget) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(inside)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Return a few rows."""
        return QSize(360, 240)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Return a few rows."""
        return QSize(200, 120)


class FoldingSplitter(QSplitter):
    """Splitter of two widgets: side by side where it is wide enough, else one above the other.

    Parameters
    ----------
    width
        Least width in pixels for both side by side.
    """

    def __init__(self, width: int) -> None:
        super().__init__(Qt.Orientation.Vertical)
        self._least = width
        self.setChildrenCollapsible(False)

    def resizeEvent(self, event: Any) -> None:  # noqa: N802
        """Turn where the width asks for it."""
        wide = self.width() >= self._least
        self.setOrientation(Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical)
        super().resizeEvent(event)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Return the width of the wider one: they can be folded."""
        hints = [self.widget(k).minimumSizeHint() for k in range(self.count())]
        return QSize(
            max((hint.width() for hint in hints), default=0), super().minimumSizeHint().height()
        )


class LowStack(QStackedWidget):
    """Stack as low as its widget in front, not as the highest of all."""

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Return the minimum of the widget in front."""
        widget = self.currentWidget()
        return widget.minimumSizeHint() if widget is not None else super().minimumSizeHint()


# ---- Files ---------------------------------------------------------------------------------------


def ask_save_path(parent: QWidget, title: str, name: str, kinds: str) -> tuple[Path, bool] | None:
    """Ask for a file to write; return its path, and whether it may replace a file.

    The dialog has asked before an existing file is chosen, but not for the suffix of ``name``,
    which is added where none was typed.
    """
    chosen, _ = QFileDialog.getSaveFileName(parent, title, name, kinds)
    if not chosen:
        return None
    path = Path(chosen)
    return (path, True) if path.suffix else (path.with_suffix(Path(name).suffix), False)


def dropped_paths(event: Any) -> list[Path]:
    """Return the dropped files of this computer."""
    return [Path(u.toLocalFile()) for u in event.mimeData().urls() if u.isLocalFile()]
