"""Qt model and view of the table of regions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QObject, Qt, Signal
from qtpy.QtGui import QKeyEvent, QKeySequence
from qtpy.QtWidgets import QTableView, QWidget

from ...analysis.values.region_table import RegionTable
from .table import ColumnsModel, fit_columns, prepare_table
from .theme import PanelColors

Rgb = tuple[int, int, int]

LEAST_ROWS = 4
"""Rows, with header and scroll bar, that fit into the smallest window."""


class RegionTableModel(ColumnsModel):
    """Model of some rows of a `RegionTable` in some order, without an item for each row."""

    HINT = "Click to sort, right-click for more"

    def __init__(self, colors: PanelColors, parent: QObject | None = None) -> None:
        super().__init__(colors, parent)
        self._table: RegionTable | None = None
        self._keep = np.zeros(0, bool)
        self.sorted_by: tuple[str, bool] | None = None
        """Name of the sort column, and whether the order is descending."""

    # ---- Content ---------------------------------------------------------------------------

    @property
    def table(self) -> RegionTable | None:
        """The table that is shown."""
        return self._table

    def set_table(self, table: RegionTable | None, color_of: Callable[[int], Rgb] | None) -> None:
        """Show a table, all rows in the hierarchy's order; colors are asked for by rank."""
        self.beginResetModel()
        self._table = table
        self._color_of = None if color_of is None else lambda row: color_of(row + 1)
        self._keep = np.ones(0 if table is None else len(table), bool)
        self.sorted_by = None
        self._arrange()
        self.endResetModel()

    def update_columns(self) -> None:
        """Show added or removed columns; rows stay as they are."""
        self.beginResetModel()
        self._arrange()
        self.endResetModel()

    def set_filter(self, keep: NDArray[np.bool_]) -> None:
        """Show the rows for which ``keep`` ``(n,)`` holds."""
        self.beginResetModel()
        self._keep = keep
        self._arrange()
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; -1 is the hierarchy's order."""
        descending = order == Qt.SortOrder.DescendingOrder
        self.beginResetModel()
        known = 0 <= column < len(self._columns)
        self.sorted_by = (self._columns[column].name, descending) if known else None
        self._arrange()
        self.endResetModel()

    def _arrange(self) -> None:
        self._columns = () if self._table is None else self._table.columns
        rows = np.arange(len(self._keep))
        if self.sorted_by is not None:
            name, descending = self.sorted_by
            column = next((c for c in self._columns if c.name == name), None)
            if column is not None:
                rows = column.order(descending)
        self.rows = rows[self._keep[rows]]


class RegionTableView(QTableView):
    """Table view with selection by rank."""

    ranks_selected = Signal(list)
    """Ranks that the user selected."""

    copy_requested = Signal()
    jump_requested = Signal(int)
    """Rank that was double-clicked or had Return pressed on it."""

    def __init__(self, model: RegionTableModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("region_table")
        self.setAccessibleName("Table of regions")
        self.setModel(model)
        self.rows_model = model
        self._following = False
        prepare_table(self, LEAST_ROWS)
        self.selectionModel().selectionChanged.connect(self._on_selection)
        self.doubleClicked.connect(lambda index: self.jump_requested.emit(self._find_rank(index)))

    def fit_columns(self, first: int = 0) -> None:
        """Fit the widths of columns, from one on, to their content."""
        fit_columns(self, first)

    def _find_rank(self, index: QModelIndex) -> int:
        return int(self.rows_model.rows[index.row()]) + 1

    # ---- Selection -------------------------------------------------------------------------

    def selected_rows(self) -> NDArray[np.intp]:
        """Return the selected rows of the table in display order."""
        chosen = np.zeros(len(self.rows_model.rows), bool)
        for span in self.selectionModel().selection():
            chosen[span.top() : span.bottom() + 1] = True
        return self.rows_model.rows[chosen]

    def select_ranks(self, ranks: Sequence[int]) -> None:
        """Select the rows of these regions, as far as they are shown, and no others."""
        shown = np.isin(self.rows_model.rows + 1, np.asarray(ranks, dtype=np.intp))
        chosen = QItemSelection()
        last = self.rows_model.columnCount() - 1
        edges = np.flatnonzero(np.diff(shown.astype(np.int8), prepend=0, append=0))
        for start, stop in edges.reshape(-1, 2).tolist():
            chosen.select(self.rows_model.index(start, 0), self.rows_model.index(stop - 1, last))
        self._following = True
        try:
            flags = QItemSelectionModel.SelectionFlag.ClearAndSelect
            self.selectionModel().select(chosen, flags)
        finally:
            self._following = False
        if len(edges):
            self.scrollTo(self.rows_model.index(int(edges[0]), 0))

    def _on_selection(self) -> None:
        if not self._following:
            self.ranks_selected.emit((self.selected_rows() + 1).tolist())

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Copy and jump; leave arrows and the like to the view."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_requested.emit()
            event.accept()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.currentIndex().isValid():
                self.jump_requested.emit(self._find_rank(self.currentIndex()))
            event.accept()
        else:
            super().keyPressEvent(event)
