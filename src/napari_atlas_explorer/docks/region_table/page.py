"""The page with the table of regions: filter, sort, copy, save, columns, colors."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QSignalBlocker, Qt
from qtpy.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
)

from ...atlases.local.settings import read_config, write_config
from ...core.errors import ArgumentError, AtlasError
from ...core.query.tokens import QueryError
from ...viewer.display import AtlasDisplay
from ...viewer.user_layers import is_own
from ..common.page import Page
from ..common.region_rows import RegionTableModel, RegionTableView
from ..common.widgets import ask_save_path, fill_column, make_button, make_flow, make_hint
from .forms import ColorForm, LayerColumnForm

if TYPE_CHECKING:
    from ..atlas.panel import AtlasPanel


# ---- The table page ------------------------------------------------------------------------------

REMEMBERED = "table.json"
NAMING = 2
"""Columns that name the region; what was added stands behind them."""
HIDDEN = frozenset(f"box_{axis}_{end}" for axis in range(3) for end in ("start", "stop"))
"""Columns that are not shown until they are asked for."""

MEASURING = "Measuring the regions…"
NO_ATLAS = "Open an atlas in the Atlas Explorer page to see its regions here."


class RegionTablePage(Page):
    """Table of every region of the open atlas: size, place and measured columns."""

    def __init__(self, panel: AtlasPanel) -> None:
        super().__init__(panel)
        self._watched: AtlasDisplay | None = None
        self._columns = 0
        self._order, self._hidden = _remembered_columns()
        self._build()
        self._connect()
        self._apply_colors()
        self.follow_atlas()

    # ---- Building --------------------------------------------------------------------------

    def _build(self) -> None:
        self.filter = QLineEdit()
        self.filter.setObjectName("filter")
        self.filter.setPlaceholderText("Filter: acronym, name, id, or a query such as volume>1")
        self.filter.setAccessibleName("Filter the table of regions")
        self.filter.setClearButtonEnabled(True)
        self.match_count = QLabel("")
        self.copy = make_button(
            "Copy", "Copy the selected rows, or all, for a spreadsheet (Ctrl+C)"
        )
        self.save = make_button("Save CSV…", "Save the rows that are shown, with every digit")
        self.colors_file = make_button(
            "From a file…",
            "A CSV or TSV with a column id, acronym or name and columns of numbers: they are "
            "added to the table, and the regions colored by the first. You can drop it here.",
        )
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(self.filter, 1)
        for widget in (self.match_count, self.copy, self.save):
            head.addWidget(widget)
        self.model = RegionTableModel(self.colors, self)
        self.view = RegionTableView(self.model)
        self.empty = make_hint()
        self.layer_form = LayerColumnForm(self)
        self.color_form = ColorForm(self)
        columns, colors = self.layer_form.widgets, self.color_form.widgets
        forms = make_flow(*columns, self.colors_file, *colors, spacing=10)
        stretched = self.view, self.empty
        fill_column(self, head, *stretched, forms, stretched=stretched)

    def _connect(self) -> None:
        self.filter.textChanged.connect(self._on_filter)
        self.copy.clicked.connect(self.copy_rows)
        self.save.clicked.connect(self.ask_save)
        self.colors_file.clicked.connect(self.panel.analysis.files.ask_values)
        self.view.copy_requested.connect(self.copy_rows)
        self.view.ranks_selected.connect(self._on_rows)
        self.view.jump_requested.connect(self.panel.jump_to)
        header = self.view.horizontalHeader()
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self.show_column_menu)
        header.setSectionsMovable(True)
        header.sectionMoved.connect(lambda *_: self._remember_columns())
        # Keep the same regions selected when rows are sorted or filtered.
        self.model.modelReset.connect(self._show_selection)
        self.layer_form.requested.connect(self.panel.analysis.add_layer_column)
        self.color_form.column_chosen.connect(self._color_by)
        self.color_form.scale_changed.connect(self._rescale)
        self.color_form.failed.connect(self.tell)
        analysis = self.panel.analysis
        analysis.table_changed.connect(self._on_table)
        analysis.colored.connect(self._on_colored)
        for event in ("inserted", "removed", "reordered"):
            getattr(self.viewer.layers.events, event).connect(self._on_layers)

    # ---- Following -------------------------------------------------------------------------

    def _take(self, display: AtlasDisplay | None) -> None:
        self._on_table()
        self._on_colored()
        self.panel.analysis.make_table()

    def _watch(self, display: AtlasDisplay | None) -> None:
        """Follow the selection and the colors of a display."""
        if display is self._watched:
            return
        if self._watched is not None:
            self._watched.view.selection_changed.disconnect(self._on_selection)
            self._watched.colors_changed.disconnect(self.model.recolor)
        self._watched = display
        if display is not None:
            display.view.selection_changed.connect(self._on_selection)
            display.colors_changed.connect(self.model.recolor)

    def _on_table(self) -> None:
        analysis, display = self.panel.analysis, self.display
        table = analysis.table
        self._watch(display if table is not None else None)
        same = table is not None and table is self.model.table
        if same:
            self.model.update_columns()
        else:
            self.model.set_table(table, display.color_of if display is not None else None)
            self.view.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
            self._columns = 0
        self.view.fit_columns(self._columns)
        self._arrange_columns()
        self._columns = self.model.columnCount()
        self.view.setVisible(table is not None)
        self.empty.setVisible(table is None)
        self.empty.setText(NO_ATLAS if display is None else MEASURING)
        for widget in (self.copy, self.save, self.filter):
            widget.setEnabled(table is not None)
        self.colors_file.setEnabled(display is not None)
        coloring = analysis.coloring
        self.color_form.set_columns(table, coloring.name if coloring is not None else "")
        self._on_layers()
        self._on_filter()

    def _on_layers(self, event: Any = None) -> None:
        layers = [layer for layer in self.viewer.layers if not is_own(layer)]
        display = self.display
        self.layer_form.set_layers(layers, display.atlas if display is not None else None)

    def _on_colored(self) -> None:
        coloring = self.panel.analysis.coloring
        scale = coloring.scale if coloring is not None else None
        self.color_form.set_scale(coloring.name if coloring is not None else "", scale)

    # ---- Rows ------------------------------------------------------------------------------

    def _on_filter(self) -> None:
        table = self.model.table
        if table is None:
            self.match_count.setText("")
            return
        try:
            keep = table.matching(self.filter.text(), self.panel.selecting.sets)
        except QueryError as exc:
            self.match_count.setText("?")
            self.match_count.setToolTip(str(exc))
            return
        self.match_count.setToolTip("")
        self.model.set_filter(keep)
        n = len(self.model.rows)
        self.match_count.setText(f"{n} of {len(table)}" if n < len(table) else f"{n} regions")

    def _on_rows(self, ranks: list[int]) -> None:
        display = self._watched
        if display is None:
            return
        self.panel.selecting.query = ""
        display.view.select(display.view.expand(ranks), "select in the table", merge=True)

    def _on_selection(self) -> None:
        display = self._watched
        if display is None:
            return
        mine = display.view.expand((self.view.selected_rows() + 1).tolist())
        # Selecting a region with its parts yields the region alone: keep the rows selected.
        if mine != display.view.selection:
            self._show_selection()

    def _show_selection(self) -> None:
        if self._watched is not None:
            parts = self._watched.view.selection.parts()
            self.view.select_ranks([rank for rank, _, _ in parts])

    def chosen_rows(self) -> list[int]:
        """Return the rows to copy: the selected ones, or all that are shown."""
        rows = self.view.selected_rows()
        return [int(row) for row in (rows if len(rows) else self.model.rows)]

    def copy_rows(self) -> None:
        """Copy the selected rows, or all, for a spreadsheet."""
        if self.model.table is not None:
            QApplication.clipboard().setText(self.model.table.as_tsv(self.chosen_rows()))

    def ask_save(self) -> None:
        """Ask for a name and save the rows that are shown."""
        kinds = "CSV (*.csv);;All files (*)"
        chosen = ask_save_path(self, "Save the table of regions", "regions.csv", kinds)
        if chosen is not None:
            self.save_csv(*chosen)

    def save_csv(self, path: Path, force: bool = False) -> None:
        """Save the rows that are shown, in their order; replace a file with ``force`` alone."""
        if self.model.table is None:
            return
        try:
            self.model.table.save_csv(path, self.model.rows.tolist(), force)
        except (AtlasError, OSError) as exc:
            self.tell(str(exc))

    # ---- Columns and colors ---------------------------------------------------------------

    def show_column_menu(self, point: Any) -> None:
        """Show the menu of the column at a point of the header."""
        table, analysis = self.model.table, self.panel.analysis
        at = self.view.horizontalHeader().logicalIndexAt(point)
        if table is None or not 0 <= at < len(table.columns):
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if table.columns[at].numeric:
            menu.addAction("Color by this column", lambda: analysis.color_by(at))
        if at >= table.n_base:
            menu.addAction("Remove this column", lambda: analysis.remove_column(at))
        menu.addAction("In the hierarchy's order", self._unsort)
        shown = menu.addMenu("Columns")
        for column in table.columns:
            action = shown.addAction(column.title)
            action.setCheckable(True)
            action.setChecked(column.name not in self._hidden)
            action.toggled.connect(partial(self._show_column, column.name))
        menu.popup(self.view.horizontalHeader().mapToGlobal(point))

    def _show_column(self, name: str, on: bool) -> None:
        self._hidden = self._hidden - {name} if on else self._hidden | {name}
        self._arrange_columns()
        self._remember_columns()

    def _arrange_columns(self) -> None:
        """Hide columns, and put them in the user's order; what was added stands behind the name."""
        table, header = self.model.table, self.view.horizontalHeader()
        if table is None:
            return
        names = [column.name for column in table.columns]
        added = [name for name in names[table.n_base :] if name not in self._order]
        order = [name for name in self._order if name in names]
        order += [name for name in names[: table.n_base] if name not in order]
        order[NAMING:NAMING] = added
        with QSignalBlocker(header):
            for at, name in enumerate(order):
                header.moveSection(header.visualIndex(names.index(name)), at)
            for at, name in enumerate(names):
                header.setSectionHidden(at, name in self._hidden)
        self.view.viewport().update()

    def _remember_columns(self) -> None:
        table, header = self.model.table, self.view.horizontalHeader()
        if table is None:
            return
        at = sorted(range(len(table.columns)), key=header.visualIndex)
        self._order = [table.columns[k].name for k in at]
        write_config(REMEMBERED, {"order": self._order, "hidden": sorted(self._hidden)})

    def _unsort(self) -> None:
        self.view.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)

    def _color_by(self, name: str) -> None:
        table, analysis = self.model.table, self.panel.analysis
        if table is None:
            return
        self.tell("")
        names = [column.name for column in table.columns]
        if name in names:
            analysis.color_by(names.index(name))
            self._on_colored()  # on failure, reset the box
        else:
            analysis.use_atlas_colors()

    def _rescale(self, name: str, log: bool, limits: tuple[float, float] | None) -> None:
        self.tell("")
        try:
            self.panel.analysis.rescale(name, log, limits)
        except ArgumentError as exc:
            self.tell(str(exc))
            self._on_colored()

    # ---- Qt --------------------------------------------------------------------------------

    def showEvent(self, event: Any) -> None:  # noqa: N802
        """Measure the regions if that was stopped."""
        super().showEvent(event)
        self.panel.analysis.make_table()

    def _apply_colors(self) -> None:
        self.model.set_colors(self.colors)
        self._mute(self.match_count, self.empty)


def _remembered_columns() -> tuple[list[str], frozenset[str]]:
    """Return the user's order of columns, and the hidden ones."""
    kept = read_config(REMEMBERED)
    if not isinstance(kept, dict):
        return [], HIDDEN
    order, hidden = kept.get("order"), kept.get("hidden")
    return (
        [name for name in order if isinstance(name, str)] if isinstance(order, list) else [],
        frozenset(n for n in hidden if isinstance(n, str)) if isinstance(hidden, list) else HIDDEN,
    )
