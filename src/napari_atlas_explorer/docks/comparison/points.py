"""List of the compared atlases with the region of each at the cursor."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import QSize, Qt, Signal
from qtpy.QtGui import QBrush, QKeyEvent
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from ...analysis.comparison.others import NOWHERE, PointLine
from ..common.theme import PanelColors
from ..common.widgets import plain_tip

TITLES = ("", "atlas", "acronym", "name", "side")
MARK, ATLAS, ACRONYM, NAME, SIDE = range(len(TITLES))
SAME, DIFFERS = "=", "≠"
LEAST_ROWS = 4
"""Rows that fit into the smallest window; longer lists may scroll."""

WIDTHS = {MARK: 22, ATLAS: 112, ACRONYM: 72, SIDE: 46}


class ComparisonPoints(QTreeWidget):
    """One line for each atlas, the shown one first."""

    chosen = Signal(int)
    """Index, from 0, of the other atlas for map and table."""

    removal = Signal()
    """Delete was pressed."""

    def __init__(self, colors: PanelColors, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colors = colors
        self._shown: list[PointLine] = []
        self.setObjectName("compared_atlases")
        self.setAccessibleName("Atlases that are compared, and the point under the cursor")
        self.setToolTip(
            "Region of each atlas at the cursor; map and table compare the first and the selected"
        )
        self.setHeaderLabels(TITLES)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        # The difference between versions of an atlas is often at the end of the names.
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setAllColumnsShowFocus(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = self.header()
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(min(WIDTHS.values()))
        for column, width in WIDTHS.items():
            header.resizeSection(column, width)
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        self.currentItemChanged.connect(self._on_current)
        self._fit_height()

    def set_atlases(self, first: str, others: Sequence[tuple[str, str]], current: int) -> None:
        """List the atlases and clear the point.

        Parameters
        ----------
        first
            Name of the one that is shown, "" for none.
        others
            Names and tooltips of the others.
        current
            Index of the selected one, from 0.
        """
        self.blockSignals(True)
        self.clear()
        self._shown = []
        for n, (name, about) in enumerate([(first, "the first"), *others] if first else []):
            item = QTreeWidgetItem(["", name, "", "", ""])
            item.setToolTip(ATLAS, plain_tip(f"{name}\n{about}"))
            item.setSizeHint(ATLAS, QSize(0, self._measure_row()))
            self.addTopLevelItem(item)
            self._shown.append(NOWHERE)
            if n == 0:
                item.setFlags(Qt.ItemFlag.ItemIsEnabled)
        if others:
            self.setCurrentItem(self.topLevelItem(current + 1))
        self.blockSignals(False)
        self._fit_height()

    def set_lines(self, lines: Sequence[PointLine]) -> None:
        """Show the regions at a point; leave unchanged lines untouched."""
        for n, (old, line) in enumerate(zip(self._shown, lines, strict=True)):
            item = self.topLevelItem(n)
            if old != line and item is not None:
                self._shown[n] = line
                self._fill_item(item, line)

    def clear_point(self) -> None:
        """Show that there is no point."""
        self.set_lines([NOWHERE] * len(self._shown))

    def set_colors(self, colors: PanelColors) -> None:
        """Use the colors of another theme."""
        self._colors = colors
        for n, line in enumerate(self._shown):
            item = self.topLevelItem(n)
            if item is not None:
                self._fill_item(item, line)

    def _fill_item(self, item: QTreeWidgetItem, line: PointLine) -> None:
        mark = {True: SAME, False: DIFFERS, None: ""}[line.same]
        for column, text in (
            (MARK, mark),
            (ACRONYM, line.acronym),
            (NAME, line.name),
            (SIDE, line.hemisphere),
        ):
            item.setText(column, text)
        differs = line.same is False
        item.setToolTip(NAME, plain_tip(line.name))
        item.setToolTip(MARK, "another region than the first" if differs else "")
        brush = QBrush(self._colors.error) if differs else QBrush()
        for column in (MARK, ACRONYM, NAME):
            item.setForeground(column, brush)

    def _fit_height(self) -> None:
        """Fit the height to the lines, in a low window to `LEAST_ROWS` of them."""
        rows = max(2, self.topLevelItemCount())
        self.setMinimumHeight(self._compute_height(min(rows, LEAST_ROWS)))
        self.setMaximumHeight(self._compute_height(rows))
        self.updateGeometry()

    def _compute_height(self, rows: int) -> int:
        return int(self.header().sizeHint().height()) + rows * self._measure_row() + 6

    def sizeHint(self) -> QSize:  # noqa: N802
        """Return room for all lines."""
        return QSize(300, self.maximumHeight())

    def _measure_row(self) -> int:
        return int(self.fontMetrics().height()) + 4

    def _on_current(self) -> None:
        row = self.indexOfTopLevelItem(self.currentItem())
        if row > 0:
            self.chosen.emit(row - 1)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Remove; leave arrows and the like to the list."""
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removal.emit()
            event.accept()
        else:
            super().keyPressEvent(event)
