"""Forms of the table of regions: color by a column, add a column from a layer."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import QObject, QSignalBlocker, Qt, Signal
from qtpy.QtWidgets import QCheckBox, QLabel, QLineEdit, QPushButton, QWidget

from ...analysis.values.region_table import RegionTable
from ...core.atlas.atlas import Atlas
from ...core.colors.scales import COLOR_MAPS, DIVERGING, ColorScale
from ...viewer.user_layers import WORDS, LayerRequest, statistics_of
from ..common.widgets import make_button, make_choice, make_row

ATLAS = "the atlas's colors"


class ColorForm(QObject):
    """Stateless color controls that emit the user's choices.

    Attributes
    ----------
    widgets
        Widgets for the layout, in this order; lines may break between them.
    """

    column_chosen = Signal(str)
    """Name of the column to color by; "" for the atlas's colors."""

    scale_changed = Signal(str, bool, object)
    """Map, log, and limits (or None, to be fitted)."""

    failed = Signal(str)
    """Problem of the limits."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.column = make_choice("Color the regions by", letters=13)
        self.column.setObjectName("color_by")
        self.column.activated.connect(
            lambda _: self.column_chosen.emit(self.column.currentData() or "")
        )
        self.map = make_choice("Colors")
        for name in COLOR_MAPS:
            tip = "from a middle to both sides" if name in DIVERGING else "from low to high"
            self.map.addItem(name, name)
            self.map.setItemData(self.map.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        self.map.activated.connect(lambda _: self._emit(None))
        self.log = QCheckBox("log")
        self.log.setToolTip(
            "Equal factors are equal steps of color; zero and less have the lowest color"
        )
        self.log.clicked.connect(lambda _: self._emit(None))
        self.low, self.high = (self._make_limit_edit(word) for word in ("low", "high"))
        self.fit = make_button("Fit", "From the least to the greatest value of what is drawn now")
        self.fit.clicked.connect(lambda: self._emit(None))
        self._shown = ("", "")
        self._only_colored: list[QWidget] = [self.map, self.log, self.low, self.high, self.fit]
        self.widgets = [
            make_row(QLabel("Color by"), self.column),
            make_row(self.map, self.log),
            make_row(self.low, QLabel("to"), self.high, self.fit),
        ]

    def _make_limit_edit(self, word: str) -> QLineEdit:
        edit = QLineEdit()
        edit.setObjectName(word)
        edit.setAccessibleName(f"{word} limit of the colors")
        edit.setFixedWidth(edit.fontMetrics().horizontalAdvance("-00000000"))
        edit.editingFinished.connect(self._on_limits)
        return edit

    # ---- From the model --------------------------------------------------------------------

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
        """Show the column and scale of the colors."""
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

    # ---- To the model ----------------------------------------------------------------------

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


# ---- Columns from layers -------------------------------------------------------------------------


class LayerColumnForm(QObject):
    """Choice of an Image or Points layer, and of a statistic.

    Attributes
    ----------
    widgets
        Widgets for the layout, in this order; lines may break between them.
    """

    requested = Signal(object)
    """A `LayerRequest`."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.layer = make_choice("Layer to add a column from", letters=11)
        self.layer.setObjectName("layer")
        self.layer.currentIndexChanged.connect(self._on_layer)
        self.statistic = make_choice("Statistic of the layer")
        self.statistic.setObjectName("statistic")
        self.statistic.setMinimumContentsLength(9)
        self.add = QPushButton("Add column")
        self.add.setObjectName("add_column")
        self.add.clicked.connect(self._on_add)
        self.widgets = [
            make_row(QLabel("From layer"), self.layer),
            make_row(self.statistic, self.add),
        ]
        self._atlas: Atlas | None = None
        self._layers: list[Any] = []

    def set_layers(self, layers: list[Any], atlas: Atlas | None) -> None:
        """Offer layers; the selected one stays selected."""
        chosen = self._find_layer()
        self._atlas = atlas
        self._layers = (
            [] if atlas is None else [layer for layer in layers if statistics_of(layer, atlas)]
        )
        with QSignalBlocker(self.layer):
            self.layer.clear()
            for layer in self._layers:
                self.layer.addItem(layer.name)
            if chosen in self._layers:
                self.layer.setCurrentIndex(self._layers.index(chosen))
        none = not self._layers
        self.layer.setPlaceholderText("no Image or Points layer" if none else "")
        for widget in (self.layer, self.statistic, self.add):
            widget.setEnabled(not none)
        self._on_layer()

    def _find_layer(self) -> Any:
        at = self.layer.currentIndex()
        return self._layers[at] if 0 <= at < len(self._layers) else None

    def _on_layer(self) -> None:
        layer, kept = self._find_layer(), self.statistic.currentData()
        self.statistic.clear()
        if layer is None or self._atlas is None:
            return
        for statistic in statistics_of(layer, self._atlas):
            self.statistic.addItem(WORDS[statistic], statistic)
        self.statistic.setCurrentIndex(max(0, self.statistic.findData(kept)))

    def _on_add(self) -> None:
        layer = self._find_layer()
        if layer is not None:
            self.requested.emit(LayerRequest(layer.name, self.statistic.currentData(), layer))
