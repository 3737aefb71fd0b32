"""Qt model and view of columns for the tables of lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import (
    QAbstractTableModel,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QSignalBlocker,
    Qt,
    Signal,
)
from qtpy.QtGui import QColor, QIcon, QKeySequence
from qtpy.QtWidgets import QAbstractItemView, QApplication, QHeaderView, QTableView, QWidget

from ...analysis.values.region_table import Column
from .theme import PanelColors, swatch
from .widgets import plain_tip

Rgb = tuple[int, int, int]
WIDEST = 320
"""Maximum width of a column in pixels; the last one takes the rest."""
MEASURED = 60
"""Rows that determine a column's width."""


class ColumnsModel(QAbstractTableModel):
    """Model of columns of equal length, their rows in some order."""

    HINT = "Click to sort"
    """Last line of the tooltip of a title."""

    def __init__(self, colors: PanelColors, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._columns: Sequence[Column] = ()
        self._colors = colors
        self._color_of: Callable[[int], Rgb | None] | None = None
        self._icons: dict[Rgb | None, QIcon] = {}
        self.rows: NDArray[np.intp] = np.zeros(0, np.intp)
        """Rows of the columns in the order in which they are shown."""

    @property
    def shown_columns(self) -> Sequence[Column]:
        """The columns."""
        return self._columns

    def set_columns(
        self, columns: Sequence[Column], color_of: Callable[[int], Rgb | None] | None
    ) -> None:
        """Show columns in their own order, with a swatch before each row."""
        self.beginResetModel()
        self._columns, self._color_of = columns, color_of
        self.rows = np.arange(len(columns[0].cells) if columns else 0)
        self.endResetModel()

    def set_colors(self, colors: PanelColors) -> None:
        """Use the colors of another theme."""
        self._colors = colors
        self.recolor()

    def recolor(self) -> None:
        """Redraw the swatches."""
        self._icons.clear()
        if len(self.rows):
            last = self.index(len(self.rows) - 1, 0)
            self.dataChanged.emit(self.index(0, 0), last, [Qt.ItemDataRole.DecorationRole])

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; -1 is the columns' own order."""
        self.beginResetModel()
        if 0 <= column < len(self._columns):
            self.rows = self._columns[column].order(order == Qt.SortOrder.DescendingOrder)
        else:
            self.rows = np.arange(len(self.rows))
        self.endResetModel()

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: N802, B008
        """Return the rows that are shown."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: N802, B008
        """Return the columns that are shown."""
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the text, alignment and swatch of a cell."""
        if not index.isValid():
            return None
        column, row = self._columns[index.column()], int(self.rows[index.row()])
        if role == Qt.ItemDataRole.DecorationRole and index.column() == 0:
            return self._make_swatch(row)
        if role == Qt.ItemDataRole.DisplayRole:
            return column.shown(row)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _choose_alignment(column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(f"{column.title}: {column.written(row) or 'no value'}")
        return None

    def _make_swatch(self, row: int) -> QIcon | None:
        if self._color_of is None:
            return None
        rgb = self._color_of(row)
        if rgb not in self._icons:
            self._icons[rgb] = swatch(rgb, QColor(self._colors.muted))
        return self._icons[rgb]

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return the titles of the columns, and what they mean."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self._columns):
            return None
        column = self._columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            # Room for the sort mark, which Qt draws over the right end of the text.
            return f"{column.title}    " if column.numeric else column.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(f"{column.about or column.title}\n{self.HINT}")
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _choose_alignment(column)
        return None


class ColumnsView(QTableView):
    """Table view with row selection; several with Shift and Ctrl."""

    rows_chosen = Signal(list)
    """Rows of the columns that are selected now."""

    def __init__(self, model: ColumnsModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("lines_table")
        self.setAccessibleName("Table of lines")
        self.setModel(model)
        self.columns_model = model
        prepare_table(self, 4)
        self._chosen: list[int] = []
        self.selectionModel().selectionChanged.connect(self._on_selection)
        # Keep the same rows selected in another order.
        model.modelReset.connect(self._select_again)

    def show_columns(
        self, columns: Sequence[Column], color_of: Callable[[int], Rgb | None] | None
    ) -> None:
        """Show columns in their own order, each as wide as its content."""
        self._chosen = []
        header = self.horizontalHeader()
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.columns_model.set_columns(columns, color_of)
        fit_columns(self, 0)

    def chosen_rows(self) -> list[int]:
        """Return the selected rows of the columns in display order."""
        at = sorted({index.row() for index in self.selectionModel().selectedRows()})
        return [int(self.columns_model.rows[row]) for row in at]

    def _on_selection(self) -> None:
        self._chosen = self.chosen_rows()
        self.rows_chosen.emit(self._chosen)

    def _select_again(self) -> None:
        if not self._chosen:
            return
        again, model = QItemSelection(), self.columns_model
        for row in np.flatnonzero(np.isin(model.rows, self._chosen)).tolist():
            again.select(model.index(row, 0), model.index(row, model.columnCount() - 1))
        with QSignalBlocker(self.selectionModel()):
            flags = QItemSelectionModel.SelectionFlag.ClearAndSelect
            self.selectionModel().select(again, flags)

    def choose(self, row: int) -> None:
        """Select a row of the columns."""
        (at,) = np.flatnonzero(self.columns_model.rows == row).tolist()
        self.selectRow(at)

    def keyPressEvent(self, event: Any) -> None:  # noqa: N802
        """Copy the selected rows for a spreadsheet; Escape selects none."""
        if event.matches(QKeySequence.StandardKey.Copy):
            QApplication.clipboard().setText(self._format_tsv())
            event.accept()
        elif event.key() == Qt.Key.Key_Escape:
            self.clearSelection()
            event.accept()
        else:
            super().keyPressEvent(event)

    def _format_tsv(self) -> str:
        model = self.columns_model
        columns = model.shown_columns
        rows = self.chosen_rows() or model.rows.tolist()
        lines = [[c.name for c in columns], *([c.written(r) for c in columns] for r in rows)]
        return "".join("\t".join(line) + "\n" for line in lines)


# ---- Shared with the table of regions ------------------------------------------------------------


def prepare_table(view: QTableView, least_rows: int) -> None:
    """Set up a view of whole rows that is sorted by its headers."""
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
    view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    view.setShowGrid(False)
    view.setWordWrap(False)
    view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    view.setTabKeyNavigation(False)
    height = view.fontMetrics().height() + 6
    rows = view.verticalHeader()
    rows.setVisible(False)
    rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    rows.setDefaultSectionSize(height)
    view.setMinimumHeight(least_rows * height)
    header = view.horizontalHeader()
    header.setResizeContentsPrecision(MEASURED)
    header.setHighlightSections(False)
    header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
    view.setSortingEnabled(True)


def fit_columns(view: QTableView, first: int) -> None:
    """Fit the widths of columns, from one on, to their content."""
    for column in range(first, view.model().columnCount()):
        view.resizeColumnToContents(column)
        if view.columnWidth(column) > WIDEST:
            view.setColumnWidth(column, WIDEST)


def _choose_alignment(column: Column) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column.numeric else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
