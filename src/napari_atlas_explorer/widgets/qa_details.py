"""One finding in words: what, why, how to mend it, and what can be done about it."""

from __future__ import annotations

from collections.abc import Mapping

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)
from superqt import QFlowLayout

from ..core.figures import grouped
from ..plugin.qa_list import kind_of
from ..qa.finding import Finding
from ..qa.review import Verdict
from ..qa.run import Listed
from .colors import DockColors
from .qa_exhibits import QaExhibits
from .qa_tree import kind_color

NOTHING = "Choose a finding to go to its place."


class QaDetails(QWidget):
    """Sentence, figures, pictures and buttons of the current finding; the review walk below."""

    def __init__(self, colors: DockColors) -> None:
        super().__init__()
        self._colors = colors
        self.kind, self.message, self.mend = QLabel(""), QLabel(NOTHING), QLabel("")
        self.figures = QLabel("")
        for label in (self.kind, self.message, self.mend, self.figures):
            label.setTextFormat(Qt.TextFormat.PlainText)  # names are other people's
        for label in (self.message, self.mend, self.figures):
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.exhibits = QaExhibits(colors)
        self.accept = QPushButton("Accept as known…")
        self.accept.setToolTip("Write it into qa.toml with a reason: it is not an error any more")
        self.copy = QPushButton("Copy link")
        self.copy.setToolTip("Copy the command that opens the atlas at this finding")
        self.spread = QPushButton("Tell neighbours apart")
        self.spread.setToolTip("Colour neighbouring regions as differently as can be, for now")
        self.safe = QPushButton("Colour-blind palette")
        self.safe.setToolTip("The same with colours that all eyes tell apart, for now")
        self.mesh = QPushButton("Show the mesh")
        self.mesh.setToolTip(
            "Add the region's mesh as a surface, edges at fault in red; it is seen in 3-D"
        )
        buttons = QFlowLayout()
        buttons.setContentsMargins(0, 0, 0, 0)
        buttons.setHorizontalSpacing(6)
        buttons.setVerticalSpacing(4)
        for button in (self.accept, self.copy, self.spread, self.safe, self.mesh):
            buttons.addWidget(button)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(6, 0, 4, 0)
        column.setSpacing(5)
        for widget in (self.kind, self.message, self.figures, self.mend, self.exhibits):
            column.addWidget(widget)
        column.addLayout(buttons)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inner)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(scroll, 1)
        layout.addLayout(self._review_row())
        self.setMinimumWidth(300)
        self.show_finding(None, {}, {})

    def _review_row(self) -> QHBoxLayout:
        """Previous and next suspicious region, the verdict on this one, and a note."""
        self.previous, self.next = QPushButton("◀"), QPushButton("▶")
        self.previous.setToolTip("Previous suspicious region (P)")
        self.next.setToolTip("Next suspicious region (N)")
        self.verdicts = {
            "pass": QPushButton("Pass"),
            "fail": QPushButton("Fail"),
            "unsure": QPushButton("Unsure"),
        }
        for key, (name, button) in enumerate(self.verdicts.items(), 1):
            button.setCheckable(True)
            button.setToolTip(f"{name.capitalize()}: your verdict on this region ({key})")
        self.note = QLineEdit()
        self.note.setPlaceholderText("Note on this region")
        self.note.setAccessibleName("Note on this region")
        self.walked = QLabel("")
        row = QHBoxLayout()
        row.setSpacing(4)
        for button in (self.previous, self.next):
            button.setFixedWidth(30)
            row.addWidget(button)
        row.addWidget(self.walked)
        for button in self.verdicts.values():
            row.addWidget(button)
        row.addWidget(self.note, 1)
        return row

    def set_colors(self, colors: DockColors) -> None:
        """Take the colours of another theme."""
        self._colors = colors
        self.exhibits.set_colors(colors)
        muted = f"color: {colors.muted.name()};"
        for label in (self.mend, self.figures, self.walked):
            label.setStyleSheet(muted)

    def show_finding(
        self, one: Listed | None, names: Mapping[int, str], verdicts: Mapping[int, Verdict]
    ) -> None:
        """Show a finding, or that none is chosen."""
        finding = one.finding if one is not None else None
        self.kind.setVisible(one is not None)
        if one is None or finding is None:
            self.message.setText(NOTHING)
            self.figures.setText("")
            self.mend.setText("")
            self.exhibits.show_exhibits((), {})
        else:
            kind = kind_of(one)
            said = f"known: {one.known}" if one.known else f"{kind} · {finding.code}"
            self.kind.setText(said)
            self.kind.setStyleSheet(
                f"color: {kind_color(kind, self._colors).name()}; font-weight: bold;"
            )
            self.message.setText(finding.message)
            self.figures.setText(figures_of(finding, names))
            self.mend.setText(finding.mend)
            self.exhibits.show_exhibits(finding.exhibits, dict(names))
        colored = finding is not None and "colour" in finding.code
        # A finding that a mesh is missing names the region, but no file.
        anchor = finding.anchor if finding is not None else None
        has_mesh = anchor is not None and anchor.mesh is not None and anchor.file is not None
        self.accept.setVisible(one is not None and not one.known)
        self.copy.setVisible(one is not None)
        self.spread.setVisible(colored)
        self.safe.setVisible(colored)
        self.mesh.setVisible(has_mesh)
        self.show_verdict(finding, verdicts)

    def show_verdict(self, finding: Finding | None, verdicts: Mapping[int, Verdict]) -> None:
        """Show what was said of the finding's region."""
        about = finding.region_ids[:1] if finding is not None else ()
        verdict = verdicts.get(about[0]) if about else None
        for name, button in self.verdicts.items():
            button.setEnabled(bool(about))
            button.setChecked(verdict is not None and verdict.judgement == name)
        self.note.setEnabled(bool(about))
        if not self.note.hasFocus():
            self.note.setText(verdict.note if verdict is not None else "")


def figures_of(finding: Finding, names: Mapping[int, str]) -> str:
    """Figures and place of a finding in one line."""
    parts = []
    if finding.region_ids:
        shown = [f"{names.get(i, '?')} ({i})" for i in finding.region_ids[:4]]
        more = len(finding.region_ids) - len(shown)
        parts.append(", ".join(shown) + (f" and {more} more" if more > 0 else ""))
    if finding.count > 1:
        parts.append(f"count {grouped(finding.count)}")
    if finding.measure is not None:
        parts.append(f"{finding.measure:.3g} {finding.unit}".rstrip())
    if finding.threshold:
        parts.append(f"limit {finding.threshold}")
    anchor = finding.anchor
    if anchor.voxel is not None:
        parts.append("voxel " + ", ".join(map(str, anchor.voxel)))
    if anchor.file is not None:
        parts.append(anchor.file + (f" › {anchor.key}" if anchor.key else ""))
    return " · ".join(parts)
