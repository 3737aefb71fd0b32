"""The widgets of the table's dock and where they stand."""

from __future__ import annotations

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget
from superqt import QFlowLayout

from .busy_row import BusyRow
from .color_form import ColorForm
from .colors import DockColors
from .layer_column_form import LayerColumnForm
from .region_table_view import RegionTableModel, RegionTableView


class RegionTableLayout:
    """Filter line, error line, busy line, rows; below them columns and colours."""

    def __init__(self, dock: QWidget, colors: DockColors) -> None:
        self.filter = QLineEdit()
        self.filter.setObjectName("filter")
        self.filter.setPlaceholderText("Filter: acronym, name, id, or a query such as volume>1")
        self.filter.setAccessibleName("Filter the table of regions")
        self.filter.setClearButtonEnabled(True)
        self.found = QLabel("")
        self.copy = QPushButton("Copy")
        self.copy.setToolTip("Copy the selected rows, or all, for a spreadsheet (Ctrl+C)")
        self.save = QPushButton("Save CSV…")
        self.save.setToolTip("Save the rows that are shown, with every digit")
        self.colors_file = QPushButton("From a file…")
        self.colors_file.setToolTip(
            "A CSV or TSV with a column id, acronym or name and columns of numbers: they are "
            "added to the table, and the regions coloured by the first. You can drop it here."
        )
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(self.filter, 1)
        for widget in (self.found, self.copy, self.save):
            head.addWidget(widget)
        self.model = RegionTableModel(colors, dock)
        self.view = RegionTableView(self.model)
        self.empty = QLabel("")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setWordWrap(True)
        self.layer_form = LayerColumnForm(dock)
        self.color_form = ColorForm(dock)
        forms = QFlowLayout()
        forms.setContentsMargins(0, 0, 0, 0)
        forms.setHorizontalSpacing(10)
        forms.setVerticalSpacing(4)
        for widget in (*self.layer_form.widgets, self.colors_file, *self.color_form.widgets):
            forms.addWidget(widget)
        self.busy = BusyRow()
        self.busy_label, self.cancel = self.busy.label, self.busy.cancel
        self.error = QLabel("")
        self.error.setObjectName("table_error")
        self.error.setWordWrap(True)
        self.error.setVisible(False)
        layout = QVBoxLayout(dock)
        layout.setContentsMargins(8, 6, 8, 6)
        layout.setSpacing(5)
        layout.addLayout(head)
        layout.addWidget(self.error)
        layout.addWidget(self.busy)
        layout.addWidget(self.view, 1)
        layout.addWidget(self.empty, 1)
        layout.addLayout(forms)
