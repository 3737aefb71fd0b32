"""The page for lines: files, colors, crossed regions, sums by region."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from qtpy.QtCore import QSignalBlocker, Qt
from qtpy.QtWidgets import (
    QComboBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
)

from ...analysis.lines.line_set import LineSet, save_columns
from ...analysis.values.region_table import Column
from ...core.errors import AtlasError
from ...viewer.display import AtlasDisplay
from ..common.page import Page
from ..common.table import ColumnsModel, ColumnsView
from ..common.widgets import (
    ColorBar,
    ElidedLabel,
    FoldingSplitter,
    ask_save_path,
    fill_column,
    make_button,
    make_choice,
    make_flow,
    make_hint,
    make_row,
    plain_tip,
)
from .coloring import LinesColoring
from .sets import LinesSets, OpenLineFile

if TYPE_CHECKING:
    from ..atlas.panel import AtlasPanel


SETS_WIDTH, TABLE_WIDTH = 190, 400
BAR_WIDTH = 220


def _make_limit_edit(word: str) -> QLineEdit:
    edit = QLineEdit()
    edit.setAccessibleName(f"{word} limit of the colors")
    edit.setToolTip(f"The {word} limit; empty for the {word}est value")
    edit.setFixedWidth(80)
    return edit


# ---- The lines page ------------------------------------------------------------------------------

NO_ATLAS = "Open an atlas in the Atlas Explorer page, then lines in µm along its axes."
NO_LINES = (
    "Open a file of lines, or drop it here: data.json, streamlines.json, an answer of the target "
    "search, or a neuron (SWC)."
)
FILTER = "Lines (*.json *.swc *.html *.txt);;All files (*)"


class LinesPage(Page):
    """Page for streamlines and neurons in the open atlas."""

    def __init__(self, panel: AtlasPanel) -> None:
        super().__init__(panel)
        self.sets = LinesSets(self, self.background)
        self._watched: AtlasDisplay | None = None
        self._shown: OpenLineFile | None = None
        self.setAcceptDrops(True)
        self._build()
        self.coloring = LinesColoring(self)
        self._connect()
        self._apply_colors()
        self.follow_atlas()

    def _build(self) -> None:
        self.open = make_button(
            "Open lines…",
            "data.json, streamlines.json, an answer of the target search, or SWC; in µm along the "
            "atlas's axes. You can drop files here.",
        )
        self.close_set = make_button("Remove", "Remove the lines of the selected file")
        self.color = make_choice("Color the lines by")
        self.color.setObjectName("lines_color")
        self.color.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.low, self.high = (_make_limit_edit(word) for word in ("low", "high"))
        self.bar = ColorBar(self.colors)
        self.bar.setFixedWidth(BAR_WIDTH)
        self.limits = make_row(self.low, QLabel("to"), self.high)
        tables = ("Lines", "lines"), ("By region", "regions")
        tip = "One row for each line, or one for each region with sums over lines"
        self.table = make_choice("Which table", tables, tip)
        self.save = make_button("Save CSV…", "Save the table that is shown, with every digit")
        head = make_flow(
            make_row(self.open, self.close_set),
            make_row(QLabel("Color by"), self.color),
            self.limits,
            self.bar,
            make_row(QLabel("Table"), self.table, self.save),
            spacing=8,
        )
        self.empty = make_hint()
        self.list = QListWidget()
        self.list.setAccessibleName("Files of lines; ticked ones are shown")
        self.list.setMinimumWidth(110)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.model = ColumnsModel(self.colors, self)
        self.view = ColumnsView(self.model)
        self.splitter = FoldingSplitter(SETS_WIDTH + TABLE_WIDTH)
        self.splitter.addWidget(self.list)
        self.splitter.addWidget(self.view)
        self.splitter.setSizes([SETS_WIDTH, TABLE_WIDTH])
        self.splitter.setStretchFactor(1, 1)
        self.summary = ElidedLabel("", elide=Qt.TextElideMode.ElideRight)
        fill_column(
            self,
            head,
            self.splitter,
            self.empty,
            self.summary,
            stretched=(self.splitter, self.empty),
        )

    def _connect(self) -> None:
        self.open.clicked.connect(self.ask_open)
        self.close_set.clicked.connect(self._remove_current)
        self.save.clicked.connect(self.ask_save)
        self.table.currentIndexChanged.connect(lambda _: self._show_table())
        self.list.currentRowChanged.connect(lambda _: self._show_current())
        self.list.itemChanged.connect(self._on_tick)
        self.view.rows_chosen.connect(self._on_rows)
        self.sets.changed.connect(self._refill)
        self.sets.opened.connect(self._on_opened)

    # ---- Following -------------------------------------------------------------------------

    def _take(self, display: AtlasDisplay | None) -> None:
        self._watch(display)
        self.sets.show_in(display)
        self._refill()

    def _watch(self, display: AtlasDisplay | None) -> None:
        if display is self._watched:
            return
        if self._watched is not None:
            self._watched.colors_changed.disconnect(self.model.recolor)
        self._watched = display
        if display is not None:
            display.colors_changed.connect(self.model.recolor)

    # ---- Files -----------------------------------------------------------------------------

    def ask_open(self) -> None:
        """Ask for files of lines."""
        chosen, _ = QFileDialog.getOpenFileNames(self, "Open lines", "", FILTER)
        if chosen:
            self.open_paths([Path(name) for name in chosen])

    def open_paths(self, paths: Sequence[Path]) -> None:
        """Open files of lines, one after another."""
        if self.display is None:
            self.tell(NO_ATLAS)
            return
        self.tell("")
        self.sets.open(paths)

    def _on_opened(self, file: OpenLineFile) -> None:
        self.list.setCurrentRow(self.sets.sets.index(file))

    def _remove_current(self) -> None:
        if self.current is not None:
            self.sets.remove(self.current)

    @property
    def current(self) -> OpenLineFile | None:
        """The file whose lines are in the table."""
        row = self.list.currentRow()
        return self.sets.sets[row] if 0 <= row < len(self.sets.sets) else None

    def _refill(self) -> None:
        """Show the open files."""
        sets = self.sets.sets
        row = next((k for k, one in enumerate(sets) if one is self._shown), len(sets) - 1)
        with QSignalBlocker(self.list):
            self.list.clear()
            for file in sets:
                item = QListWidgetItem(file.lines.path.name)
                item.setToolTip(plain_tip(f"{file.lines.path}\n{file.lines.said()}"))
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
                shown = file.layer is not None and any(la.visible for la in file.layer.layers)
                item.setCheckState(Qt.CheckState.Checked if shown else Qt.CheckState.Unchecked)
                self.list.addItem(item)
            self.list.setCurrentRow(row)
        self.splitter.setVisible(bool(sets))
        self.empty.setVisible(not sets)
        self.empty.setText(NO_ATLAS if self.display is None else NO_LINES)
        self.open.setEnabled(self.display is not None)
        for widget in (self.close_set, self.color, self.table, self.save):
            widget.setEnabled(bool(sets))
        self._show_current()

    def _on_tick(self, item: QListWidgetItem) -> None:
        file = self.sets.sets[self.list.row(item)]
        self.sets.set_shown(file, item.checkState() == Qt.CheckState.Checked)
        if file is self.current:
            self.coloring.fill()

    # ---- Table -----------------------------------------------------------------------------

    def _show_current(self) -> None:
        file = self.current
        if file is self._shown and file is not None:
            return
        self._clear_highlight()
        self._shown = file
        self.summary.setText(file.lines.said() if file is not None else "")
        self.coloring.fill()
        self._show_table()

    def _clear_highlight(self) -> None:
        layer = self._shown.layer if self._shown is not None else None
        if layer is not None and layer.style.chosen is not None:
            layer.set(chosen=None)

    def _show_table(self) -> None:
        self._clear_highlight()
        file = self.current
        if file is None:
            self.view.show_columns([], None)
            return
        self.view.show_columns(self._make_columns(file), self.coloring.color_of_row)

    def _make_columns(self, file: OpenLineFile) -> list[Column]:
        of_lines = self.table.currentData() == "lines"
        return file.lines.line_columns if of_lines else file.lines.region_columns

    def _on_rows(self, rows: list[int]) -> None:
        """Highlight the lines of the selected rows, and go to the start of the first one."""
        file, display = self.current, self.display
        if file is None or display is None or file.layer is None:
            return
        lines = file.lines
        if self.table.currentData() == "lines":
            chosen = np.array(rows, np.int64)
            if rows:
                go_to_start(display, lines, rows[0])
        else:
            ranks = lines.totals.rank[rows].tolist()
            chosen = np.unique(np.concatenate([np.zeros(0, np.int64), *map(lines.lines_in, ranks)]))
            if ranks and ranks[0] > 0:
                display.jump_to(ranks[0])
        file.layer.set(chosen=chosen if rows else None)

    def ask_save(self) -> None:
        """Ask for a name and save the table that is shown."""
        name = f"{'lines' if self.table.currentData() == 'lines' else 'regions'}.csv"
        chosen = ask_save_path(self, "Save the table", name, "CSV (*.csv);;All files (*)")
        if chosen is not None:
            self.save_csv(*chosen)

    def save_csv(self, path: Path, force: bool = False) -> None:
        """Save the rows that are shown, in their order; replace a file with ``force`` alone."""
        if self.current is None:
            return
        try:
            save_columns(self._make_columns(self.current), self.model.rows.tolist(), path, force)
        except (AtlasError, OSError) as exc:
            self.tell(str(exc))

    # ---- Qt --------------------------------------------------------------------------------

    def open_dropped(self, paths: list[Path]) -> None:
        """Open dropped files of lines."""
        self.open_paths(paths)

    def _apply_colors(self) -> None:
        self.model.set_colors(self.colors)
        self.bar.set_colors(self.colors)
        self._mute(self.empty, self.summary)


def go_to_start(display: AtlasDisplay, lines: LineSet, number: int) -> None:
    """Move the slices, and the canvas's middle, to where a line begins."""
    start = lines.streamlines[number].positions[:1]
    index = np.floor(display.atlas.grid.to_index_space(start)[0]).astype(int)
    display.go_to_voxel(index.tolist())
