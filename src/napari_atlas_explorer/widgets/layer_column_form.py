"""Add a column from a layer: which one, and what of it."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import QObject, QSignalBlocker, Signal
from qtpy.QtWidgets import QComboBox, QLabel, QPushButton, QWidget

from ..core.atlas import Atlas
from ..plugin.layer_columns import WORDS, LayerRequest, statistics_of
from .color_form import in_row


class LayerColumnForm(QObject):
    """Lists the Image and Points layers of the viewer, and what each can be asked for.

    Attributes
    ----------
    widgets
        What is to be laid out, in this order; lines may break between them.
    """

    requested = Signal(object)
    """A `LayerRequest`."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.layer = QComboBox()
        self.layer.setObjectName("layer")
        self.layer.setAccessibleName("Layer to add a column from")
        self.layer.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.layer.setMinimumContentsLength(11)
        self.layer.currentIndexChanged.connect(self._on_layer)
        self.statistic = QComboBox()
        self.statistic.setObjectName("statistic")
        self.statistic.setAccessibleName("What of the layer")
        self.statistic.setMinimumContentsLength(9)
        self.add = QPushButton("Add column")
        self.add.setObjectName("add_column")
        self.add.clicked.connect(self._on_add)
        self.widgets = [
            in_row(QLabel("From layer"), self.layer),
            in_row(self.statistic, self.add),
        ]
        self._atlas: Atlas | None = None
        self._layers: list[Any] = []

    def set_layers(self, layers: list[Any], atlas: Atlas | None) -> None:
        """Offer layers; the one that was chosen stays chosen."""
        chosen = self._chosen()
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

    def _chosen(self) -> Any:
        at = self.layer.currentIndex()
        return self._layers[at] if 0 <= at < len(self._layers) else None

    def _on_layer(self) -> None:
        layer, kept = self._chosen(), self.statistic.currentData()
        self.statistic.clear()
        if layer is None or self._atlas is None:
            return
        for statistic in statistics_of(layer, self._atlas):
            self.statistic.addItem(WORDS[statistic], statistic)
        self.statistic.setCurrentIndex(max(0, self.statistic.findData(kept)))

    def _on_add(self) -> None:
        layer = self._chosen()
        if layer is not None:
            self.requested.emit(LayerRequest(layer.name, self.statistic.currentData(), layer))
