"""The widgets of the QA dock and where they stand."""

from __future__ import annotations

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QComboBox,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)
from superqt import QFlowLayout

from ..plugin.qa_list import KINDS
from ..qa.finding import SEVERITIES
from ..qa.registry import GROUPS
from .busy_row import BusyRow
from .colors import DockColors
from .qa_details import QaDetails
from .qa_tree import QaTree

NAMES = {"error": "errors", "warning": "warnings", "info": "info", "known": "known"}
LIST_WIDTH, DETAILS_WIDTH = 520, 430
FILTER_WIDTH = 230


class QaLayout:
    """Head line, error line, busy line; below them the list and, beside it, the details."""

    def __init__(self, dock: QWidget, colors: DockColors) -> None:
        self.run = QPushButton("Run checks")
        self.run.setToolTip("Run the checks whose groups are ticked (F5)")
        self.which = QPushButton("Groups")
        self.which.setToolTip("Groups of checks that are run")
        self.groups = QMenu(dock)
        self.groups.setToolTipsVisible(True)
        self.which.setMenu(self.groups)
        self.kinds: dict[str, QPushButton] = {}
        for kind in KINDS:
            button = QPushButton(NAMES[kind])
            button.setCheckable(True)
            button.setChecked(kind in SEVERITIES)
            button.setToolTip(f"Show {NAMES[kind]}")
            button.setObjectName(f"kind_{kind}")
            self.kinds[kind] = button
        self.words = QLineEdit()
        self.words.setPlaceholderText("Filter: region, code or words")
        self.words.setAccessibleName("Filter the findings")
        self.words.setClearButtonEnabled(True)
        self.group = QComboBox()
        self.group.addItem("all groups", "")
        for group in GROUPS:
            self.group.addItem(group, group)
        self.group.setAccessibleName("Group of checks that is shown")
        self.more = QPushButton("More")
        self.more.setToolTip("Views, limits, reports")
        self.menu = QMenu(dock)
        self.more.setMenu(self.menu)
        head = QFlowLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.setHorizontalSpacing(6)
        head.setVerticalSpacing(4)
        self.words.setFixedWidth(FILTER_WIDTH)
        for widget in (
            self.run, self.which, *self.kinds.values(), self.words, self.group, self.more,
        ):  # fmt: skip
            head.addWidget(widget)
        self.busy = BusyRow()
        self.busy_label, self.cancel = self.busy.label, self.busy.cancel
        self.error = QLabel("")
        self.error.setObjectName("qa_error")
        self.error.setWordWrap(True)
        self.error.setVisible(False)
        self.tree = QaTree(colors)
        self.empty = QLabel("")
        for label in (self.error, self.empty):
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.empty.setWordWrap(True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.details = QaDetails(colors)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.tree, 1)
        column.addWidget(self.empty, 1)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.addWidget(left)
        self.splitter.addWidget(self.details)
        self.splitter.setSizes([LIST_WIDTH, DETAILS_WIDTH])
        self.splitter.setChildrenCollapsible(False)
        layout = QVBoxLayout(dock)
        layout.setContentsMargins(8, 6, 8, 6)
        layout.setSpacing(5)
        layout.addLayout(head)
        layout.addWidget(self.error)
        layout.addWidget(self.busy)
        layout.addWidget(self.splitter, 1)
