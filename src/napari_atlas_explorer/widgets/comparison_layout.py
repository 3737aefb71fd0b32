"""The widgets of the comparison's dock and where they stand."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import Qt
from qtpy.QtGui import QStandardItemModel
from qtpy.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)
from superqt import QFlowLayout

from ..plugin.comparison_choice import Candidate
from .busy_row import BusyRow
from .colors import DockColors
from .comparison_legend import ComparisonLegend
from .comparison_points import ComparisonPoints
from .region_table_view import RegionTableModel, RegionTableView

NONE_FOUND = "none of this space found"
LETTERS = 10
"""Width of the box of atlases at least; longer names are cut, their tooltips are not."""


class ComparisonLayout:
    """What to add; the point in each atlas; the map; the table."""

    def __init__(self, dock: QWidget, colors: DockColors) -> None:
        self.choice = QComboBox()
        self.choice.setAccessibleName("Atlas to compare with")
        self.choice.setToolTip("Atlases on this computer; those of another space stand below")
        self.choice.setMinimumContentsLength(LETTERS)
        self.choice.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.add = QPushButton("Add")
        self.add.setToolTip("Open this atlas and compare it with the one that is shown")
        self.other = QPushButton("Other")
        self.other.setToolTip("Choose the folder or the file of an atlas")
        self.menu = QMenu(dock)
        self.folder = self.menu.addAction("Folder…")
        self.file = self.menu.addAction("File…")
        self.other.setMenu(self.menu)
        adding = _row(self.add, self.other)
        adding.insertWidget(0, self.choice, 1)
        self.error = QLabel("")
        self.error.setObjectName("comparison_error")
        self.error.setTextFormat(Qt.TextFormat.PlainText)
        self.error.setWordWrap(True)
        self.error.setVisible(False)
        self.take = QPushButton("Take the axes as they are")
        self.take.setToolTip("Compare the arrays as they lie, whatever is said of their axes")
        self.take.setVisible(False)
        self.busy = BusyRow()
        self.points = ComparisonPoints(colors)
        self.by = QComboBox()
        self.by.setAccessibleName("What tells that regions are the same")
        self.by.setToolTip("Regions of two atlases are the same if these are")
        self.by.addItem("by id", "id")
        self.by.addItem("by acronym", "acronym")
        self.show_map = QPushButton("Show where they disagree")
        self.show_map.setToolTip("Add a layer that colours the voxels on which the two differ")
        self.remove = QPushButton("Remove")
        self.remove.setToolTip("Take the selected atlas out of the list (Delete)")
        actions = QFlowLayout()
        actions.setContentsMargins(0, 0, 0, 0)
        actions.setHorizontalSpacing(6)
        actions.setVerticalSpacing(4)
        for widget in (self.show_map, self.by, self.remove, self.take):
            actions.addWidget(widget)
        self.note = QLabel("")
        self.note.setWordWrap(True)
        self.note.setVisible(False)
        self.legend = ComparisonLegend(colors)
        self.filter = QLineEdit()
        self.filter.setPlaceholderText("Filter: acronym, name or id")
        self.filter.setAccessibleName("Filter the compared regions")
        self.filter.setClearButtonEnabled(True)
        self.found = QLabel("")
        self.save = QPushButton("Save CSV…")
        self.save.setToolTip("Save the rows that are shown, with every digit")
        filtering = _row(self.found, self.save)
        filtering.insertWidget(0, self.filter, 1)
        self.model = RegionTableModel(colors, dock)
        self.view = RegionTableView(self.model)
        self.view.setObjectName("comparison_table")
        self.view.setAccessibleName("Regions in both atlases")
        self.empty = QLabel("")
        self.empty.setWordWrap(True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout = QVBoxLayout(dock)
        layout.setContentsMargins(8, 6, 8, 6)
        layout.setSpacing(5)
        layout.addLayout(adding)
        for widget in (self.error, self.busy, self.points):
            layout.addWidget(widget)
        layout.addLayout(actions)
        layout.addWidget(self.note)
        layout.addWidget(self.legend)
        layout.addLayout(filtering)
        layout.addWidget(self.view, 1)
        layout.addWidget(self.empty, 1)

    def offer(self, candidates: Sequence[Candidate]) -> None:
        """Fill the box: what can be compared, a rule, and greyed, with why, what cannot."""
        self.choice.clear()
        usable = [c for c in candidates if not c.reason]
        for candidate in usable:
            self._offer(candidate, str(candidate.path))
        if not usable:
            self.choice.addItem(NONE_FOUND, None)
            self._disable(0)
        others = [c for c in candidates if c.reason]
        if others:
            self.choice.insertSeparator(self.choice.count())
        for candidate in others:
            self._offer(candidate, candidate.reason)
            self._disable(self.choice.count() - 1)
        self.choice.setCurrentIndex(0)

    def _offer(self, candidate: Candidate, tip: str) -> None:
        self.choice.addItem(candidate.title, candidate.path)
        self.choice.setItemData(self.choice.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)

    def _disable(self, row: int) -> None:
        model = self.choice.model()
        item = model.item(row) if isinstance(model, QStandardItemModel) else None
        if item is not None:
            item.setEnabled(False)


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(6)
    for widget in widgets:
        row.addWidget(widget)
    return row
