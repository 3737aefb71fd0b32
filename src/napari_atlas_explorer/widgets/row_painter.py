"""How a row of the region tree is drawn: acronym in bold, name in a softer colour."""

from __future__ import annotations

from qtpy.QtCore import QModelIndex, QRect, QSize, Qt
from qtpy.QtGui import QFont, QFontMetrics, QPainter
from qtpy.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from .colors import DockColors

NAME_ROLE = Qt.ItemDataRole.UserRole + 1
EMPTY_ROLE = Qt.ItemDataRole.UserRole + 2
MATCH_ROLE = Qt.ItemDataRole.UserRole + 3
GAP = 6


class RegionRowPainter(QStyledItemDelegate):
    """Draws acronym (bold) and name (muted, elided) in one column."""

    def __init__(self, colors: DockColors, parent: object = None) -> None:
        super().__init__(parent)
        self.colors = colors

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        """Draw box, check mark and swatch by the style, the texts ourselves."""
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
        here = QRect(area.left(), area.top(), width, area.height())
        if index.data(MATCH_ROLE):
            mark = here.adjusted(-2, (here.height() - metrics.height()) // 2, 1, 0)
            mark.setHeight(metrics.height())
            painter.fillRect(mark, self.colors.highlight)
        empty = bool(index.data(EMPTY_ROLE))
        painter.setFont(bold)
        painter.setPen(self.colors.muted if empty else self.colors.text)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(here, flags, metrics.elidedText(acronym, Qt.ElideRight, width))
        left = here.right() + GAP
        if left < area.right() - 12:
            rest = QRect(left, area.top(), area.right() - left, area.height())
            font = QFont(row.font)
            font.setItalic(empty)
            painter.setFont(font)
            painter.setPen(self.colors.muted)
            name = str(index.data(NAME_ROLE) or "")
            elided = QFontMetrics(font).elidedText(name, Qt.ElideRight, rest.width())
            painter.drawText(rest, flags, elided)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:  # noqa: N802
        """Rows are tall enough to be hit with ease."""
        hint = super().sizeHint(option, index)
        return QSize(hint.width(), max(hint.height(), QFontMetrics(option.font).height() + 6))
