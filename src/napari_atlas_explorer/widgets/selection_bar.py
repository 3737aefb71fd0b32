"""What is selected, and what can be made of it."""

from __future__ import annotations

from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QAction
from qtpy.QtWidgets import QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from .elided_label import ElidedLabel


class SelectionBar(QWidget):
    """A line of text, "Make mask", "Clear", and how the selection is drawn."""

    mask_requested = Signal(str)
    """ "union", "each" or "values"."""

    clear_requested = Signal()
    mirror_requested = Signal()
    outline_changed = Signal(bool)
    dim_changed = Signal(bool)
    save_set_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("selection_bar")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        self.text = ElidedLabel("", elide=Qt.TextElideMode.ElideRight)
        self.text.setObjectName("selected")
        layout.addWidget(self.text)
        row = QHBoxLayout()
        row.setSpacing(6)
        self.make = QPushButton("Make mask")
        self.make.setObjectName("make_mask")
        self.make.setToolTip("A Labels layer of the selected voxels (M in the tree)")
        self.make.clicked.connect(lambda: self.mask_requested.emit("union"))
        self.kinds = QPushButton("")
        self.kinds.setFixedWidth(26)
        self.kinds.setAccessibleName("Kinds of masks")
        menu = QMenu(self.kinds)
        for text, kind in (
            ("One layer, 0 and 1", "union"),
            ("One layer, one value per region", "values"),
            ("One layer per region", "each"),
        ):
            menu.addAction(text, lambda k=kind: self.mask_requested.emit(k))
        self.kinds.setMenu(menu)
        self.clear = QPushButton("Clear")
        self.clear.setToolTip("Select nothing (Esc in the tree); Ctrl+Z brings it back")
        self.clear.clicked.connect(self.clear_requested)
        self.more = QPushButton("⋯")
        self.more.setFixedWidth(32)
        self.more.setAccessibleName("More of the selection")
        options = QMenu(self.more)
        self.outline = self._check(options, "Outline", True, self.outline_changed)
        self.dim = self._check(options, "Dim what is not selected", False, self.dim_changed)
        options.addSeparator()
        options.addAction("Mirror left and right", self.mirror_requested.emit)
        options.addAction("Keep as a set of my own…", self.save_set_requested.emit)
        self.more.setMenu(options)
        row.addWidget(self.make)
        row.addWidget(self.kinds)
        row.addWidget(self.clear)
        row.addStretch(1)
        row.addWidget(self.more)
        layout.addLayout(row)
        self.setVisible(False)

    def _check(self, menu: QMenu, text: str, on: bool, signal: Signal) -> QAction:
        action = menu.addAction(text)
        action.setCheckable(True)
        action.setChecked(on)
        action.toggled.connect(signal)
        return action

    def show_text(self, text: str) -> None:
        """Say what is selected; without text the bar goes away."""
        self.text.setText(text)
        self.text.setToolTip(text)
        self.setVisible(bool(text))
