"""The region tree and the painting of its rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from qtpy.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QRect,
    QSignalBlocker,
    QSize,
    Qt,
    Signal,
)
from qtpy.QtGui import QColor, QFont, QFontMetrics, QIcon, QKeyEvent, QKeySequence, QPainter
from qtpy.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
)

from ...core.query.region_search import SearchResult
from ...core.regions.rank_volume import RankVolume
from ...core.text import amount, grouped
from ..common.theme import PanelColors, swatch
from ..common.widgets import plain_tip

# ---- Row painting --------------------------------------------------------------------------------

NAME_ROLE = Qt.ItemDataRole.UserRole + 1
EMPTY_ROLE = Qt.ItemDataRole.UserRole + 2
MATCH_ROLE = Qt.ItemDataRole.UserRole + 3
GAP = 6


class RegionRowPainter(QStyledItemDelegate):
    """Delegate that draws acronym (bold) and name (muted, elided) in one column."""

    def __init__(self, colors: PanelColors, parent: object = None) -> None:
        super().__init__(parent)
        self.colors = colors

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        """Draw box, check mark and swatch by the style; draw the texts here."""
        row = QStyleOptionViewItem(option)
        self.initStyleOption(row, index)
        style = row.widget.style() if row.widget else QApplication.style()
        text_rect = style.subElementRect(QStyle.SubElement.SE_ItemViewItemText, row, row.widget)
        acronym, row.text = row.text, ""
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, row, painter, row.widget)
        area = QRect(text_rect)
        area.setRight(option.rect.right() - 2)
        painter.save()
        bold = QFont(row.font)
        bold.setBold(True)
        metrics = QFontMetrics(bold)
        width = min(metrics.horizontalAdvance(acronym) + 2, area.width())
        rect = QRect(area.left(), area.top(), width, area.height())
        empty, matches = bool(index.data(EMPTY_ROLE)), bool(index.data(MATCH_ROLE))
        font = QFont(row.font)
        font.setItalic(empty)
        rest = QRect(area)
        rest.setLeft(rect.right() + GAP)
        name = str(index.data(NAME_ROLE) or "") if rest.width() > 12 else ""
        name = QFontMetrics(font).elidedText(name, Qt.ElideRight, rest.width())
        if matches:
            mark = rect.adjusted(-2, (rect.height() - metrics.height()) // 2, 1, 0)
            mark.setHeight(metrics.height())
            if name:  # which of the two has matched, the search does not tell
                mark.setRight(rest.left() + QFontMetrics(font).horizontalAdvance(name))
            painter.fillRect(mark, self.colors.highlight)
        painter.setFont(bold)
        painter.setPen(self.colors.muted if empty else self.colors.text)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(rect, flags, metrics.elidedText(acronym, Qt.ElideRight, width))
        painter.setFont(font)
        # Secondary text has too little contrast to the color of a selected row.
        plain = not matches and not row.state & QStyle.StateFlag.State_Selected
        painter.setPen(self.colors.muted if plain else self.colors.text)
        painter.drawText(rest, flags, name)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:  # noqa: N802
        """Return a row height that is easy to click."""
        hint = super().sizeHint(option, index)
        return QSize(hint.width(), max(hint.height(), QFontMetrics(option.font).height() + 6))


# ---- The region tree -----------------------------------------------------------------------------

RANK_ROLE = Qt.ItemDataRole.UserRole
CHECKS = (Qt.CheckState.Unchecked, Qt.CheckState.PartiallyChecked, Qt.CheckState.Checked)


class RegionTreeWidget(QTreeWidget):
    """Tree of an annotation's hierarchy.

    A row is visible if it matches the search or is an ancestor of a match. Rows never rearrange:
    search hides and shows them, so that building costs once and a keystroke a few milliseconds.
    """

    shown_changed = Signal(int, bool)
    """Rank whose check box was clicked, and whether it is checked now."""

    jump_requested = Signal(int)
    """Rank that was double-clicked or had Return pressed on it."""

    typed = Signal(QKeyEvent)
    """A letter, digit or Backspace, which is meant for the search."""

    def __init__(self, colors: PanelColors, parent: object = None) -> None:
        super().__init__(parent)
        self.setObjectName("regions")
        self.setAccessibleName("Regions")
        self.setColumnCount(2)
        self.setHeaderLabels(["Region", "Volume"])
        self.setUniformRowHeights(True)
        self.setIndentation(13)
        self.setExpandsOnDoubleClick(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Fixed)
        header.setMinimumSectionSize(40)
        self.keys: dict[str, Callable[[], None]] = {}
        self._painter = RegionRowPainter(colors, self)
        self.setItemDelegateForColumn(0, self._painter)
        self._colors = colors
        self._items: list[QTreeWidgetItem | None] = [None]
        self._hidden = np.zeros(1, bool)
        self._matched = np.zeros(1, bool)
        self._parents = np.zeros(1, np.int64)
        self._checks = np.zeros(1, np.int8)
        self._expanded_before_search: list[int] | None = None
        self.itemChanged.connect(self._on_item_changed)
        self.itemDoubleClicked.connect(lambda item, _: self.jump_requested.emit(rank_of(item)))
        self.itemActivated.connect(self._on_activated)

    # ---- Filling ---------------------------------------------------------------------------

    def fill(
        self,
        rank_volume: RankVolume,
        color_of: Callable[[int], tuple[int, int, int]],
        resolution_known: bool,
    ) -> None:
        """Show an annotation's hierarchy; the first two levels are open."""
        regions = rank_volume.region_map
        totals, direct = rank_volume.total_counts, rank_volume.counts
        volume = rank_volume.grid.voxel_volume
        items: list[QTreeWidgetItem | None] = [None]
        with QSignalBlocker(self):
            self.clear()
            self.setHeaderLabels(["Region", "Volume" if resolution_known else "Voxels"])
            tops = []
            for rank in range(1, rank_volume.n_ranks):
                known = rank <= len(regions)
                parent = items[int(regions.parent_ranks[rank])] if known else None
                item = QTreeWidgetItem(parent) if parent is not None else QTreeWidgetItem()
                if parent is None:
                    tops.append(item)
                acronym = regions.acronym_of_rank(rank) if known else str(rank_volume.ids[rank])
                name = regions.name_of_rank(rank) if known else "not in the hierarchy"
                n = int(totals[rank])
                size = amount(n, volume, resolution_known) if n else "none here"
                item.setText(0, acronym)
                item.setData(0, NAME_ROLE, name if name != acronym else "")
                item.setData(0, RANK_ROLE, rank)
                item.setData(0, EMPTY_ROLE, n == 0)
                item.setText(1, size.removesuffix(" voxels"))
                item.setTextAlignment(
                    1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                )
                item.setForeground(1, self._colors.muted)
                item.setIcon(0, swatch(color_of(rank) if n else None, self._colors.muted))
                tip = _format_tooltip(rank_volume, rank, acronym, name, size)
                item.setToolTip(0, plain_tip(tip))
                item.setToolTip(
                    1, f"{grouped(n)} voxels with descendants, {grouped(int(direct[rank]))} its own"
                )
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
                item.setCheckState(0, Qt.CheckState.Checked)
                items.append(item)
            self.addTopLevelItems(tops)
            for rank in range(1, len(regions) + 1):
                if regions.depths[rank] < 2:
                    self._get_item(items, rank).setExpanded(True)
        self._items = items
        self._parents = regions.parent_ranks
        self._checks = np.full(len(items), 2, np.int8)
        self._hidden = np.zeros(len(items), bool)
        self._matched = np.zeros(len(items), bool)
        self._expanded_before_search = None
        sizes = {item.text(1) for item in items if item is not None}
        longest = max((*sizes, self.headerItem().text(1)), key=len)
        width = self.fontMetrics().horizontalAdvance(longest) + 16
        self.header().resizeSection(1, width)

    @staticmethod
    def _get_item(items: list[QTreeWidgetItem | None], rank: int) -> QTreeWidgetItem:
        item = items[rank]
        if item is None:
            raise IndexError(f"no row for rank {rank}")
        return item

    def item_of(self, rank: int) -> QTreeWidgetItem:
        """Return the row of a region."""
        return self._get_item(self._items, rank)

    def set_colors(self, colors: PanelColors) -> None:
        """Use the colors of another theme."""
        self._colors = self._painter.colors = colors
        for item in self._items[1:]:
            if item is not None:
                item.setForeground(1, QColor(colors.muted))
        self.viewport().update()

    def set_swatches(self, color_of: Callable[[int], tuple[int, int, int]]) -> None:
        """Draw the swatches in other colors; regions without voxels have none."""
        icons: dict[tuple[int, int, int], QIcon] = {}
        with QSignalBlocker(self):
            for rank, item in enumerate(self._items):
                if item is None or item.data(0, EMPTY_ROLE):
                    continue
                rgb = color_of(rank)
                if rgb not in icons:
                    icons[rgb] = swatch(rgb, self._colors.muted)
                item.setIcon(0, icons[rgb])
        self.viewport().update()

    # ---- Search ----------------------------------------------------------------------------

    def apply_search(self, result: SearchResult, active: bool) -> None:
        """Show only matches and their ancestors; restore all rows when not active."""
        n = len(self._items)
        keep = np.ones(n, bool)
        if active:
            # Ids that are not in the hierarchy are listed below it and not searched.
            keep[: len(result.keep)] = result.keep
            keep[len(result.keep) :] = False
        hidden = ~keep
        self.setUpdatesEnabled(False)
        try:
            # With signals blocked: marking a row must not look like a click on its box.
            with QSignalBlocker(self):
                self._mark(result, hidden, active)
        finally:
            self.setUpdatesEnabled(True)
        if active and result.best:
            self.scrollToItem(self.item_of(result.best))

    def _mark(self, result: SearchResult, hidden: np.ndarray, active: bool) -> None:
        """Hide, highlight and expand rows, as far as they change."""
        if active and self._expanded_before_search is None:
            self._expanded_before_search = self._list_expanded()
        for rank in np.flatnonzero(hidden != self._hidden).tolist():
            if rank:
                self.item_of(rank).setHidden(bool(hidden[rank]))
        matched = np.zeros(len(hidden), bool)
        matched[: len(result.matches)] = result.matches
        for rank in np.flatnonzero(matched != self._matched).tolist():
            self.item_of(rank).setData(0, MATCH_ROLE, bool(matched[rank]))
        self._hidden, self._matched = hidden, matched
        if active:
            parents = self._parents[np.flatnonzero(result.keep)]
            for rank in np.unique(parents[parents > 0]).tolist():
                self.item_of(rank).setExpanded(True)
        elif self._expanded_before_search is not None:
            was_open = set(self._expanded_before_search)
            for rank in self._list_expanded():
                if rank not in was_open:
                    self.item_of(rank).setExpanded(False)
            self._expanded_before_search = None

    def _list_expanded(self) -> list[int]:
        return [
            rank
            for rank, item in enumerate(self._items)
            if item is not None and item.childCount() and item.isExpanded()
        ]

    # ---- Check boxes, selection ------------------------------------------------------------

    def set_checks(self, states: np.ndarray) -> None:
        """Set the check boxes from ``RegionView.check_states``."""
        with QSignalBlocker(self):
            # Only what differs from the boxes: reading 1,300 of them costs 10 ms.
            for rank in np.flatnonzero(states != self._checks).tolist():
                if rank:
                    self.item_of(rank).setCheckState(0, CHECKS[states[rank]])
        self._checks = states.copy()
        self.viewport().update()

    def _on_item_changed(self, item: QTreeWidgetItem, column: int) -> None:
        if column == 0:
            # The box already shows the click: forget its state so that it is set again.
            self._checks[rank_of(item)] = -1
            checked = item.checkState(0) != Qt.CheckState.Unchecked
            self.shown_changed.emit(rank_of(item), checked)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Run the action of a key; arrows, Space and Return are the tree's own, letters search."""
        keys = QKeySequence(event.keyCombination()).toString()
        if keys in self.keys:
            self.keys[keys]()
            event.accept()
        elif event.key() == Qt.Key.Key_Backspace or _is_typed(event):
            self.typed.emit(event)
        else:
            super().keyPressEvent(event)

    def _on_activated(self, item: QTreeWidgetItem, _column: int) -> None:
        self.jump_requested.emit(rank_of(item))

    def selected_ranks(self) -> list[int]:
        """Return the ranks of the selected rows that are visible."""
        return [rank_of(item) for item in self.selectedItems() if not item.isHidden()]

    def select_ranks(self, ranks: Sequence[int]) -> None:
        """Select the rows of these regions and no others."""
        if sorted(rank_of(item) for item in self.selectedItems()) == sorted(ranks):
            return
        model = self.selectionModel()
        chosen = QItemSelection()
        for rank in ranks:
            index = self.indexFromItem(self.item_of(rank))
            chosen.select(index, index.siblingAtColumn(1))
        model.select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self.viewport().update()

    def show_row(self, rank: int) -> None:
        """Expand the ancestors of a region's row and scroll to it if it is not visible."""
        item = self.item_of(rank)
        parent = item.parent()
        while parent is not None:
            parent.setExpanded(True)
            parent = parent.parent()
        self.scrollToItem(item, QAbstractItemView.ScrollHint.EnsureVisible)

    def reveal(self, rank: int) -> None:
        """Select a region's row and scroll to it."""
        self.show_row(rank)
        item = self.item_of(rank)
        self.setCurrentItem(item)
        self.scrollToItem(item, QAbstractItemView.ScrollHint.PositionAtCenter)


def rank_of(item: QTreeWidgetItem) -> int:
    """Return the rank of a row's region."""
    return int(item.data(0, RANK_ROLE))


def _is_typed(event: QKeyEvent) -> bool:
    commands = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    commands |= Qt.KeyboardModifier.MetaModifier
    return event.text().isalnum() and not event.modifiers() & commands


def _format_tooltip(rank_volume: RankVolume, rank: int, acronym: str, name: str, size: str) -> str:
    stated = rank_volume.stated_ids[rank]
    text = f"{acronym} · {name}\n" + (f"id {stated} · {size}" if stated is not None else size)
    return (
        text if rank_volume.total_counts[rank] else f"{text}: in the ontology, not in this volume"
    )
