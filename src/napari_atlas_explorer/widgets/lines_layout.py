"""The widgets of the dock with the lines and where they stand."""

from __future__ import annotations

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QComboBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)
from superqt import QFlowLayout

from .busy_row import BusyRow
from .color_bar import ColorBar
from .color_form import in_row
from .colors import DockColors
from .elided_label import ElidedLabel
from .lines_model import ColumnsModel, ColumnsView

SETS_WIDTH, TABLE_WIDTH = 190, 800
BAR_WIDTH = 220


class LinesLayout:
    """Head line, error line, busy line; below them the list of files and the table."""

    def __init__(self, dock: QWidget, colors: DockColors) -> None:
        self.open = QPushButton("Open lines…")
        self.open.setToolTip(
            "data.json, streamlines.json, an answer of the target search, or SWC; in µm along the "
            "atlas's axes. You can drop files here."
        )
        self.close = QPushButton("Remove")
        self.close.setToolTip("Take the lines of the chosen file away")
        self.color = QComboBox()
        self.color.setObjectName("lines_color")
        self.color.setAccessibleName("Colour the lines by")
        self.color.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.low, self.high = (_limit(word) for word in ("low", "high"))
        self.bar = ColorBar(colors)
        self.bar.setFixedWidth(BAR_WIDTH)
        self.limits = in_row(self.low, QLabel("to"), self.high)
        self.table = QComboBox()
        self.table.setAccessibleName("Which table")
        self.table.addItem("Lines", "lines")
        self.table.addItem("By region", "regions")
        self.table.setToolTip("One row for each line, or one for each region with sums over lines")
        self.save = QPushButton("Save CSV…")
        self.save.setToolTip("Save the table that is shown, with every digit")
        head = QFlowLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.setHorizontalSpacing(8)
        head.setVerticalSpacing(4)
        for widget in (
            in_row(self.open, self.close), in_row(QLabel("Colour by"), self.color), self.limits,
            self.bar, in_row(QLabel("Table"), self.table, self.save),
        ):  # fmt: skip
            head.addWidget(widget)
        self.busy = BusyRow()
        self.busy_label, self.cancel = self.busy.label, self.busy.cancel
        self.error = QLabel("")
        self.error.setObjectName("lines_error")
        self.error.setWordWrap(True)
        self.error.setVisible(False)
        self.empty = QLabel("")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setWordWrap(True)
        self.sets = QListWidget()
        self.sets.setAccessibleName("Files of lines; ticked ones are shown")
        self.sets.setMinimumWidth(110)
        self.sets.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.model = ColumnsModel(colors, dock)
        self.view = ColumnsView(self.model)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.addWidget(self.sets)
        self.splitter.addWidget(self.view)
        self.splitter.setSizes([SETS_WIDTH, TABLE_WIDTH])
        self.splitter.setStretchFactor(1, 1)
        self.splitter.setChildrenCollapsible(False)
        self.said = ElidedLabel("", elide=Qt.TextElideMode.ElideRight)
        layout = QVBoxLayout(dock)
        layout.setContentsMargins(8, 6, 8, 6)
        layout.setSpacing(5)
        layout.addLayout(head)
        layout.addWidget(self.error)
        layout.addWidget(self.busy)
        layout.addWidget(self.splitter, 1)
        layout.addWidget(self.empty, 1)
        layout.addWidget(self.said)


def _limit(word: str) -> QLineEdit:
    edit = QLineEdit()
    edit.setAccessibleName(f"{word} limit of the colours")
    edit.setToolTip(f"The {word} limit; empty for the {word}est value")
    edit.setFixedWidth(80)
    return edit
