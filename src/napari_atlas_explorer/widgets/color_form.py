"""Colour by: which column, which colours, which limits."""

from __future__ import annotations

from qtpy.QtCore import QObject, QSignalBlocker, Qt, Signal
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QWidget,
)

from ..core.color_maps import COLOR_MAPS, DIVERGING
from ..core.value_colors import ColorScale
from ..plugin.region_table import RegionTable

ATLAS = "the atlas's colours"


class ColorForm(QObject):
    """Some controls; what they say is sent out, never kept.

    Attributes
    ----------
    widgets
        What is to be laid out, in this order; lines may break between them.
    """

    column_chosen = Signal(str)
    """Name of the column to colour by; "" for the atlas's colours."""

    scale_changed = Signal(str, bool, object)
    """Map, log, and limits (or None, to be fitted)."""

    failed = Signal(str)
    """What is wrong with the limits."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.column = QComboBox()
        self.column.setObjectName("color_by")
        self.column.setAccessibleName("Colour the regions by")
        self.column.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.column.setMinimumContentsLength(13)
        self.column.activated.connect(
            lambda _: self.column_chosen.emit(self.column.currentData() or "")
        )
        self.map = QComboBox()
        self.map.setAccessibleName("Colours")
        for name in COLOR_MAPS:
            tip = "from a middle to both sides" if name in DIVERGING else "from low to high"
            self.map.addItem(name, name)
            self.map.setItemData(self.map.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        self.map.activated.connect(lambda _: self._emit(None))
        self.log = QCheckBox("log")
        self.log.setToolTip(
            "Equal factors are equal steps of colour; zero and less have the lowest colour"
        )
        self.log.clicked.connect(lambda _: self._emit(None))
        self.low, self.high = (self._limit(word) for word in ("low", "high"))
        self.fit = QPushButton("Fit")
        self.fit.setToolTip("From the least to the greatest value of what is drawn now")
        self.fit.clicked.connect(lambda: self._emit(None))
        self._shown = ("", "")
        self._only_colored: list[QWidget] = [self.map, self.log, self.low, self.high, self.fit]
        self.widgets = [
            in_row(QLabel("Colour by"), self.column),
            in_row(self.map, self.log),
            in_row(self.low, QLabel("to"), self.high, self.fit),
        ]

    def _limit(self, word: str) -> QLineEdit:
        edit = QLineEdit()
        edit.setObjectName(word)
        edit.setAccessibleName(f"{word} limit of the colours")
        edit.setFixedWidth(edit.fontMetrics().horizontalAdvance("-00000000"))
        edit.editingFinished.connect(self._on_limits)
        return edit

    # ---- from the model --------------------------------------------------------------------

    def set_columns(self, table: RegionTable | None, current: str) -> None:
        """Offer the numeric columns of a table."""
        with QSignalBlocker(self.column):
            self.column.clear()
            self.column.addItem(ATLAS, "")
            if table is not None:
                for column in table.columns:
                    if column.numeric and column.name != "id":
                        self.column.addItem(column.title, column.name)
            self.column.setCurrentIndex(max(0, self.column.findData(current)))
        self.column.setEnabled(table is not None)

    def set_scale(self, current: str, scale: ColorScale | None) -> None:
        """Show what the regions are coloured by."""
        with QSignalBlocker(self.column):
            self.column.setCurrentIndex(max(0, self.column.findData(current)))
        for widget in self._only_colored:
            widget.setEnabled(scale is not None)
        if scale is None:
            self.low.clear()
            self.high.clear()
            return
        self.map.setCurrentIndex(self.map.findData(scale.name))
        self.log.setChecked(scale.log)
        self.low.setText(f"{scale.low:.6g}")
        self.high.setText(f"{scale.high:.6g}")
        self._shown = self.low.text(), self.high.text()

    # ---- to the model ----------------------------------------------------------------------

    def _on_limits(self) -> None:
        texts = self.low.text(), self.high.text()
        if texts == self._shown or not self.low.isEnabled():
            return
        try:
            low, high = (float(text) for text in texts)
        except ValueError:
            self.failed.emit(f"limits {texts[0]!r} and {texts[1]!r}; expected two numbers")
            return
        self._shown = texts
        self._emit((low, high))

    def _emit(self, limits: tuple[float, float] | None) -> None:
        self.scale_changed.emit(self.map.currentData(), self.log.isChecked(), limits)


def in_row(*widgets: QWidget) -> QWidget:
    """Put widgets side by side that no line break is to part."""
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(6)
    for widget in widgets:
        layout.addWidget(widget)
    return row
