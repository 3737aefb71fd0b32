"""What is being done, and a button to stop it; there only while something is done."""

from __future__ import annotations

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QHBoxLayout, QPushButton, QWidget

from .elided_label import ElidedLabel


class BusyRow(QWidget):
    """A line of a dock; hidden at first."""

    def __init__(self) -> None:
        super().__init__()
        self.label = ElidedLabel("", elide=Qt.TextElideMode.ElideRight)
        self.cancel = QPushButton("Cancel")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.label, 1)
        row.addWidget(self.cancel)
        self.setVisible(False)
