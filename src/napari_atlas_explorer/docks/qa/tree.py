"""List of findings, and walks through suspicious regions and slices."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QBrush, QColor, QKeyEvent
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QTreeWidget, QTreeWidgetItem

from ...qa.review import Judgement, Verdict
from ...qa.run import ListedFinding
from ...viewer.qa_list import KNOWN, CodeGroup
from ..common.theme import PanelColors

if TYPE_CHECKING:
    from .page import QaPage


# ---- Walks ---------------------------------------------------------------------------------------


class QaWalk:
    """Review walk of the QA page.

    Parameters
    ----------
    page
        The QA page.
    """

    def __init__(self, page: QaPage) -> None:
        self._page = page

    # ---- Regions ---------------------------------------------------------------------------

    @property
    def _region(self) -> int | None:
        """Region that the current finding is about."""
        listed = self._page.current
        regions = () if listed is None else listed.finding.region_ids
        return regions[0] if regions else None

    def go(self, by: int) -> None:
        """Go to the next (1) or previous (-1) suspicious region."""
        page, findings = self._page, self._page.findings
        if findings is None:
            return
        region = findings.step(self._region, by)
        if region is None:
            page.tell("No finding that is shown concerns a region")
            return
        page.tree.choose(findings.findings_of(region)[0].id)

    def judge(self, name: str) -> None:
        """Toggle a verdict on the current finding's region."""
        judgement: Judgement = name  # type: ignore[assignment]
        findings, region = self._page.findings, self._region
        if findings is None or region is None:
            return
        old = findings.verdicts.get(region)
        again = old is not None and old.judgement == judgement
        findings.judge(region, None if again else judgement)
        self._page.refill()

    def keep_note(self) -> None:
        """Save the note on the current finding's region."""
        findings, region = self._page.findings, self._region
        if findings is None or region is None:
            return
        text = self._page.details.note.text().strip()
        old = findings.verdicts.get(region)
        if (old.note if old is not None else "") == text:
            return
        findings.judge(region, old.judgement if old is not None else "unsure", text)
        self._page.refill()

    # ---- Slices ----------------------------------------------------------------------------

    def follow_slices(self, *_: Any) -> None:
        """Mark the viewer's slice in the curve."""
        display, dims = self._page.display, self._page.viewer.dims
        if display is None:
            return
        offset = dims.ndim - display.layer.ndim
        point = display.layer.world_to_data(dims.point[offset:])
        self._page.details.exhibits.set_slices(
            {
                display.axes[d - offset]: round(float(point[d - offset]))
                for d in dims.not_displayed
                if d >= offset
            }
        )

    def go_to_slice(self, axis: int, index: int) -> None:
        """Go to a slice along an axis of the array."""
        display, dims = self._page.display, self._page.viewer.dims
        if display is None:
            return
        at = display.axes.index(axis)
        offset = dims.ndim - display.layer.ndim
        position = list(display.layer.world_to_data(dims.point[offset:]))
        position[at] = index
        world = display.layer.data_to_world(position)
        dims.set_point(offset + at, float(world[at]))


# ---- Findings ------------------------------------------------------------------------------------

ID_ROLE = Qt.ItemDataRole.UserRole
MARKS = {"pass": "✓ ", "fail": "✗ ", "unsure": "? "}
OPEN_UP_TO = 12
"""Groups with at most this many findings are shown whole."""

WORST = 3
"""Findings that are shown of larger ones; the others are below a line that counts them."""

MOST_LINES = 500
"""Lines per code: further findings are counted, and found by filtering."""


class QaTree(QTreeWidget):
    """Findings under the code that they share."""

    chosen = Signal(str)
    """Id of the finding whose line was clicked or reached by key."""

    def __init__(self, colors: PanelColors) -> None:
        super().__init__()
        self.setColumnCount(2)
        self.setHeaderHidden(True)
        self.setUniformRowHeights(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setAccessibleName("Findings")
        self.header().setStretchLastSection(False)
        self.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.keys: dict[str, Any] = {}
        self._colors = colors
        self._items: dict[str, QTreeWidgetItem] = {}
        self.currentItemChanged.connect(self._on_current)

    def set_colors(self, colors: PanelColors) -> None:
        """Use the colors of another theme; lines are colored when they are filled."""
        self._colors = colors

    def fill(self, groups: Sequence[CodeGroup], verdicts: dict[int, Verdict]) -> None:
        """Show findings; the current line stays current if it is still there."""
        current = self.current_id()
        self.blockSignals(True)
        self.clear()
        self._items = {}
        for group in groups:
            self.addTopLevelItem(self._make_branch(group, verdicts))
        self._span_columns()
        for k in range(len(groups)):
            item = self.topLevelItem(k)
            if item is not None:
                item.setExpanded(True)
        if current in self._items:
            self.setCurrentItem(self._items[current])
        self.blockSignals(False)

    def _make_branch(self, group: CodeGroup, verdicts: dict[int, Verdict]) -> QTreeWidgetItem:
        many = "s" if len(group.findings) != 1 and group.kind != KNOWN else ""
        branch = QTreeWidgetItem([group.title, f"{len(group.findings)}  {group.kind}{many}"])
        branch.setToolTip(0, f"{group.title}\n{group.code} ({group.group})")
        branch.setForeground(1, QBrush(kind_color(group.kind, self._colors)))
        branch.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        font = branch.font(0)
        font.setBold(True)
        branch.setFont(0, font)
        many_alike = len(group.findings) > OPEN_UP_TO
        shown = group.findings[:WORST] if many_alike else group.findings
        for listed in shown:
            branch.addChild(self._make_line(listed, verdicts))
        if many_alike:
            rest = self._make_note(f"… and {len(group.findings) - WORST} more")
            for listed in group.findings[WORST:MOST_LINES]:
                rest.addChild(self._make_line(listed, verdicts))
            if len(group.findings) > MOST_LINES:
                left = len(group.findings) - MOST_LINES
                rest.addChild(self._make_note(f"… and {left} more: filter to see them"))
            branch.addChild(rest)
        return branch

    def _make_note(self, text: str) -> QTreeWidgetItem:
        """Make a line that is no finding: it can be expanded but not chosen."""
        note = QTreeWidgetItem([text, ""])
        note.setFlags(Qt.ItemFlag.ItemIsEnabled)
        return note

    def _span_columns(self) -> None:
        """Span sentences across both columns."""
        waiting = [self.topLevelItem(k) for k in range(self.topLevelItemCount())]
        while waiting:
            branch = waiting.pop()
            for n in range(branch.childCount()):
                branch.child(n).setFirstColumnSpanned(True)
                waiting.append(branch.child(n))

    def _make_line(self, listed: ListedFinding, verdicts: dict[int, Verdict]) -> QTreeWidgetItem:
        about = listed.finding.region_ids[:1]
        verdict = verdicts.get(about[0]) if about else None
        mark = MARKS[verdict.judgement] if verdict is not None else ""
        line = QTreeWidgetItem([mark + listed.finding.message, ""])
        line.setData(0, ID_ROLE, listed.id)
        line.setToolTip(0, f"<p>{escape(listed.finding.message)}</p>")  # rich text is wrapped
        self._items[listed.id] = line
        return line

    def current_id(self) -> str:
        """Return the id of the finding on the current line, "" for none."""
        item = self.currentItem()
        return str(item.data(0, ID_ROLE) or "") if item is not None else ""

    def choose(self, finding_id: str) -> bool:
        """Go to a finding's line, expanded and visible; return False if it is not listed."""
        item = self._items.get(finding_id)
        if item is None:
            return False
        if item is self.currentItem():
            self.chosen.emit(finding_id)
        self.setCurrentItem(item)
        self.scrollToItem(item)
        return True

    def ids(self) -> list[str]:
        """Return the ids of the listed findings from top to bottom."""
        return list(self._items)

    def _on_current(self, item: QTreeWidgetItem | None, _: Any) -> None:
        finding_id = item.data(0, ID_ROLE) if item is not None else None
        if finding_id:
            self.chosen.emit(str(finding_id))

    def mousePressEvent(self, event: Any) -> None:  # noqa: N802
        """Go to the finding again where the current line is clicked."""
        before = self.current_id()
        super().mousePressEvent(event)
        if before and before == self.current_id():
            self.chosen.emit(before)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Handle the page's keys before the tree's search as you type."""
        run = self.keys.get(event.text().upper()) if not event.modifiers() else None
        if run is not None:
            run()
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current_id():
            self.chosen.emit(self.current_id())
            return
        super().keyPressEvent(event)


def kind_color(kind: str, colors: PanelColors) -> QColor:
    """Return the text color of a severity, readable on the page's background."""
    if kind == "error":
        return colors.error
    if kind == "warning":
        return QColor("#f0b45a") if colors.background.lightness() < 128 else QColor("#8a5300")
    return colors.link if kind == "info" else colors.muted
