"""Comparison table of the page: filtering, selecting, jumping, saving."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, QRectF, QSize, Qt
from qtpy.QtGui import QColor, QPainter
from qtpy.QtWidgets import QApplication, QSizePolicy, QWidget

from ...analysis.comparison.comparison import AGREE, MEANINGS
from ...analysis.comparison.table import ComparisonTable
from ...core.errors import AtlasError
from ...core.text import grouped
from ...viewer.comparison import COLORS
from ...viewer.display import AtlasDisplay
from ..common.region_rows import Rgb
from ..common.theme import PanelColors
from ..common.widgets import ask_save_path

if TYPE_CHECKING:
    from .page import ComparisonLayout, ComparisonPage


# ---- Legend of the map ---------------------------------------------------------------------------

SQUARE, GAP = 12, 7
VERTICAL = Qt.AlignmentFlag.AlignVCenter
TO_THE_RIGHT = VERTICAL | Qt.AlignmentFlag.AlignRight


class ComparisonLegend(QWidget):
    """One line per meaning that occurs: color, name, voxels, share."""

    def __init__(self, colors: PanelColors) -> None:
        super().__init__()
        self._colors = colors
        self._counts: Sequence[int] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip("Voxels of the first atlas, including background; agreement is not colored")
        self.setVisible(False)

    def set_counts(self, counts: Sequence[int]) -> None:
        """Show these counts, one for each of `MEANINGS`; none hides the legend."""
        self._counts = counts
        self.setAccessibleName(
            "Colors: " + ", ".join(" ".join(line[1:]) for line in self.list_entries())
        )
        self.setVisible(bool(counts))
        self.updateGeometry()
        self.update()

    def set_colors(self, colors: PanelColors) -> None:
        """Use the colors of another theme."""
        self._colors = colors
        self.update()

    def list_entries(self) -> list[tuple[int, str, str, str]]:
        """Return value, meaning, voxels and share of the meanings that occur."""
        total = max(1, sum(self._counts))
        return [
            (value, MEANINGS[value], grouped(n), f"{100 * n / total:.3g} %")
            for value, n in enumerate(self._counts)
            if n
        ]

    def _measure_row(self) -> int:
        return int(self.fontMetrics().height()) + 4

    def sizeHint(self) -> QSize:  # noqa: N802
        """Return a row for each line."""
        return QSize(240, self._measure_row() * len(self.list_entries()))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Return no width."""
        return QSize(120, self._measure_row() * len(self.list_entries()))

    def paintEvent(self, event: Any) -> None:  # noqa: N802
        """Draw."""
        painter = QPainter(self)
        metrics, row = self.fontMetrics(), self._measure_row()
        lines = self.list_entries()
        shares = max((metrics.horizontalAdvance(line[3]) for line in lines), default=0)
        numbers = max((metrics.horizontalAdvance(line[2]) for line in lines), default=0)
        right = self.width() - shares - 2 * GAP - numbers
        for k, (value, meaning, voxels, share) in enumerate(lines):
            top = k * row
            square = QRectF(0.5, top + (row - SQUARE) / 2, SQUARE - 1, SQUARE - 1)
            painter.setPen(self._colors.muted)
            painter.setBrush(Qt.BrushStyle.NoBrush if value == AGREE else QColor(*COLORS[value]))
            painter.drawRect(square)
            painter.setPen(self._colors.text)
            left = SQUARE + GAP
            words = metrics.elidedText(meaning, Qt.TextElideMode.ElideRight, right - left - GAP)
            painter.drawText(QRectF(left, top, right - left, row), VERTICAL, words)
            painter.drawText(QRectF(right, top, numbers, row), TO_THE_RIGHT, voxels)
            painter.drawText(QRectF(0, top, self.width(), row), TO_THE_RIGHT, share)
        painter.end()


# ---- Table of the comparison ---------------------------------------------------------------------

MARGIN = 10
"""Pixels around the title of a column."""


class ComparisonRows(QObject):
    """Link between the table and the shown atlas.

    The view's ranks are row numbers of a `ComparisonTable`, counted from 1: its regions may be
    missing in one of the atlases.
    """

    def __init__(self, page: ComparisonPage, parts: ComparisonLayout) -> None:
        super().__init__(page)
        self._page, self._parts = page, parts
        self._display: AtlasDisplay | None = None
        parts.filter.textChanged.connect(self._on_filter)
        parts.save.clicked.connect(self.ask_save)
        parts.view.ranks_selected.connect(self._on_rows)
        parts.view.jump_requested.connect(self._on_jump)
        parts.view.copy_requested.connect(self.copy)
        # Keep the same regions selected when rows are sorted or filtered.
        parts.model.modelReset.connect(self._show_selection)

    @property
    def table(self) -> ComparisonTable | None:
        """The table that is shown."""
        table = self._parts.model.table
        return table if isinstance(table, ComparisonTable) else None

    def watch(self, display: AtlasDisplay | None) -> None:
        """Follow the selection of a display."""
        if self._display is not None:
            self._display.view.selection_changed.disconnect(self._on_selection)
        self._display = display
        if display is not None:
            display.view.selection_changed.connect(self._on_selection)

    def show(self, table: ComparisonTable | None) -> None:
        """Show a table in the hierarchy's order, filtered by the line edit."""
        parts = self._parts
        if table is not self.table:
            parts.model.set_table(table, _make_row_colors(table))
            parts.view.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
            self._fit_columns()
            self._on_filter()
        parts.view.setVisible(table is not None)
        for widget in (parts.filter, parts.save):
            widget.setEnabled(table is not None)

    def _fit_columns(self) -> None:
        """Fit the number columns tightly: a narrow page must show them all."""
        view, model = self._parts.view, self._parts.model
        view.fit_columns()
        for column in range(model.columnCount()):
            if model.table is not None and model.table.columns[column].numeric:
                title = model.headerData(column, Qt.Orientation.Horizontal)
                needed = view.fontMetrics().horizontalAdvance(title) + MARGIN
                view.setColumnWidth(column, max(needed, view.sizeHintForColumn(column)))

    def _on_filter(self) -> None:
        table, parts = self.table, self._parts
        if table is None:
            parts.match_count.setText("")
            return
        parts.model.set_filter(table.matching(parts.filter.text()))
        n = len(parts.model.rows)
        parts.match_count.setText(f"{n} of {len(table)}" if n < len(table) else f"{n} regions")

    # ---- Selection -------------------------------------------------------------------------

    def _on_rows(self, numbers: list[int]) -> None:
        """Select the regions of the first atlas in these rows."""
        table, display, page = self.table, self._display, self._page.panel
        if table is None or display is None or page is None:
            return
        ranks = [int(table.ranks[n - 1]) for n in numbers if table.ranks[n - 1]]
        page.selecting.query = ""
        display.view.select(display.view.expand(ranks), "select in the comparison", merge=True)

    def _on_jump(self, number: int) -> None:
        table, page = self.table, self._page.panel
        if table is None or page is None:
            return
        rank = int(table.ranks[number - 1])
        self._page.tell("")
        if rank:
            page.jump_to(rank)
        else:
            acronym = table.frame["acronym"].iloc[number - 1]
            self._page.tell(f"{acronym} is a region of {table.pair.second.name} alone")

    def _on_selection(self) -> None:
        table, display = self.table, self._display
        if table is None or display is None:
            return
        mine = [int(table.ranks[row]) for row in self._parts.view.selected_rows()]
        # Selecting a region with its parts yields the region alone: keep the rows selected.
        if display.view.expand([rank for rank in mine if rank]) != display.view.selection:
            self._show_selection()

    def _show_selection(self) -> None:
        table, display = self.table, self._display
        if table is not None and display is not None:
            ranks = [rank for rank, _, _ in display.view.selection.parts()]
            self._parts.view.select_ranks((table.rows_of(ranks) + 1).tolist())

    # ---- Output ----------------------------------------------------------------------------

    def copy(self) -> None:
        """Copy the selected rows, or all, for a spreadsheet."""
        if self.table is not None:
            rows = self._parts.view.selected_rows()
            chosen = rows if len(rows) else self._parts.model.rows
            QApplication.clipboard().setText(self.table.as_tsv(chosen.tolist()))

    def ask_save(self) -> None:
        """Ask for a name and save the rows that are shown."""
        kinds = "CSV (*.csv);;All files (*)"
        chosen = ask_save_path(self._page, "Save the comparison", "comparison.csv", kinds)
        if chosen is not None:
            self.save_csv(*chosen)

    def save_csv(self, path: Path, force: bool = False) -> None:
        """Save the rows that are shown, in their order; replace a file with ``force`` alone."""
        if self.table is None:
            return
        try:
            self.table.save_csv(path, self._parts.model.rows.tolist(), force)
        except (AtlasError, OSError) as exc:
            self._page.tell(str(exc))


def _make_row_colors(table: ComparisonTable | None) -> Callable[[int], Rgb] | None:
    """Return the color of a row, counted from 1."""
    return (lambda number: table.color_of(number - 1)) if table is not None else None
