"""The widgets of the atlas dock and where they stand."""

from __future__ import annotations

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from .chips import AssumptionChips
from .colors import DockColors
from .elided_label import ElidedLabel
from .hover_card import HoverCard
from .region_tree import RegionTree
from .selection_bar import SelectionBar
from .start_page import StartPage
from .value_legend import ValueLegend
from .view_bar import ViewBar


class DockLayout:
    """Head, busy bar, error line, and two pages: start, and tree with hover card."""

    def __init__(self, dock: QWidget, colors: DockColors) -> None:
        self.title = ElidedLabel("Atlas Explorer")
        font = self.title.font()
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * 1.1)
        self.title.setFont(font)
        self.open_button = QPushButton("Open")
        self.open_button.setObjectName("open")
        self.open_button.setToolTip("Open an atlas: folder, file, sample or a recent one")
        self.more_button = QPushButton("⋯")
        self.more_button.setFixedWidth(32)
        self.more_button.setAccessibleName("More")
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.open_button)
        head.addWidget(self.more_button)
        self.facts = ElidedLabel("", elide=Qt.TextElideMode.ElideRight)
        self.counts = ElidedLabel("", elide=Qt.TextElideMode.ElideRight)
        self.chips = AssumptionChips(colors)

        self.busy = QWidget()
        self.busy_label = ElidedLabel("", elide=Qt.TextElideMode.ElideRight)
        self.busy_bar = QProgressBar()
        self.busy_bar.setRange(0, 0)
        self.busy_bar.setTextVisible(False)
        self.busy_bar.setFixedHeight(6)
        self.cancel = QPushButton("Cancel")
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.busy_label, 1)
        row.addWidget(self.cancel)
        busy = QVBoxLayout(self.busy)
        busy.setContentsMargins(0, 0, 0, 0)
        busy.addLayout(row)
        busy.addWidget(self.busy_bar)
        self.busy.setVisible(False)

        self.error = QLabel("")
        self.error.setObjectName("error")
        self.error.setWordWrap(True)
        self.error.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.error.setVisible(False)

        self.bar = ViewBar()
        self.restore_colors = QPushButton("Restore the atlas's colours")
        self.restore_colors.setVisible(False)
        self.value_legend = ValueLegend(colors)
        self.tree = RegionTree(colors)
        self.card = HoverCard(colors)
        page = QWidget()
        browse = QVBoxLayout(page)
        browse.setContentsMargins(0, 0, 0, 0)
        browse.setSpacing(6)
        browse.addWidget(self.bar)
        browse.addWidget(self.restore_colors)
        browse.addWidget(self.value_legend)
        browse.addWidget(self.tree, 1)
        self.selection_bar = SelectionBar()
        browse.addWidget(self.selection_bar)
        browse.addWidget(self.card)
        self.start = StartPage()
        self.pages = QStackedWidget()
        self.pages.addWidget(self.start)
        self.pages.addWidget(page)
        layout = QVBoxLayout(dock)
        layout.setContentsMargins(8, 6, 8, 6)
        layout.setSpacing(6)
        layout.addLayout(head)
        layout.addWidget(self.facts)
        layout.addWidget(self.counts)
        layout.addWidget(self.chips)
        layout.addWidget(self.busy)
        layout.addWidget(self.error)
        layout.addWidget(self.pages, 1)
