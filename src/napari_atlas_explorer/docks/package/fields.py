"""Fields of the form of a package: a text or a path, and below it what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QWidget,
)

from ..common.theme import DockColors

MARK = " *"
"""Behind the title of a field that is needed."""


class CheckedField(QWidget):
    """A line of text; a sentence appears below it when it is wrong.

    Parameters
    ----------
    title
        Names it.
    explanation
        What goes there: tooltip, and description for screen readers.
    example
        Stands in the empty line, grayed.
    """

    changed = Signal()

    def __init__(self, title: str, explanation: str = "", example: str = "") -> None:
        super().__init__()
        self.title = title
        self.explanation = explanation
        self.touched = False
        """Whether the user has been here: an empty field is no error before."""
        self.line = QLineEdit()
        self.line.setAccessibleName(title)
        self.line.setPlaceholderText(example)
        self.line.setToolTip(explanation)
        self.line.setAccessibleDescription(explanation)
        self.setFocusProxy(self.line)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(4)
        self.row.addWidget(self.line, 1)
        self.error = QLabel("")
        """Below the field, as wide as the form; `labeled` puts it there."""
        self.error.setTextFormat(Qt.TextFormat.PlainText)
        self.error.setWordWrap(True)
        self.error.setContentsMargins(0, 0, 0, 4)
        self.error.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.error.setVisible(False)
        self.line.textChanged.connect(self.changed)
        self.line.textEdited.connect(self._mark_visited)
        self.line.editingFinished.connect(self._on_left)

    def _mark_visited(self) -> None:
        self.touched = True

    def _on_left(self) -> None:
        if not self.touched:
            self.touched = True
            self.changed.emit()

    def text(self) -> str:
        """What stands in it."""
        return str(self.line.text())

    def set_text(self, text: str) -> None:
        """Fill it in, from its beginning; the user has not been here."""
        self.touched = False
        self.line.setText(text)
        self.line.setCursorPosition(0)

    def show_problem(self, sentence: str) -> None:
        """Say what is wrong; an empty field is told of once the user has been here."""
        told = sentence if self.touched or self.text().strip() else ""
        self.error.setText(told)
        self.error.setVisible(bool(told))
        self.line.setAccessibleDescription(told or self.explanation)

    def set_colors(self, colors: DockColors) -> None:
        """Take the theme's colors."""
        self.error.setStyleSheet(f"color: {colors.error.name()};")


class PathField(CheckedField):
    """The path of a file or folder: typed, chosen, or dropped."""

    def __init__(
        self,
        title: str,
        explanation: str = "",
        example: str = "",
        *,
        folder: bool = False,
        files: str = "All files (*)",
    ) -> None:
        super().__init__(title, explanation, example)
        self._folder, self._files = folder, files
        self.browse = QPushButton("Browse…")
        self.browse.setAccessibleName(f"Browse for {title.lower()}")
        self.browse.clicked.connect(self.ask)
        self.line.textChanged.connect(self._show_full_path)
        self.row.addWidget(self.browse)
        # The line would put the text "file:///…" into itself.
        self.line.setAcceptDrops(False)
        self.setAcceptDrops(True)

    def set_text(self, text: str) -> None:
        """Fill it in; of a long path its end is shown, which tells files apart."""
        super().set_text(text)
        self.line.end(False)

    def ask(self) -> None:
        """Ask for a file or folder."""
        start = str(Path(self.text()).parent) if self.text() else ""
        if self._folder:
            chosen = QFileDialog.getExistingDirectory(self, self.title, self.text())
        else:
            chosen, _ = QFileDialog.getOpenFileName(self, self.title, start, self._files)
        if chosen:
            self.take(Path(chosen))

    def take(self, path: Path) -> None:
        """Fill in a path that was chosen."""
        self.line.setText(str(path))
        self._mark_visited()
        self.changed.emit()

    def _show_full_path(self, text: str) -> None:
        """Hold the whole path in the tooltip: the line shows a part of it."""
        self.line.setToolTip(f"{self.explanation}\n{text}" if text else self.explanation)

    def dragEnterEvent(self, event: Any) -> None:  # noqa: N802
        """Accept files."""
        if dropped_paths(event):
            event.acceptProposedAction()

    def dropEvent(self, event: Any) -> None:  # noqa: N802
        """Take what was dropped."""
        paths = dropped_paths(event)
        if paths:
            event.acceptProposedAction()
            self.take(paths[0])


class QuietCombo(QComboBox):
    """A list that the mouse wheel does not change while it scrolls the form."""

    def __init__(self, name: str, items: tuple[tuple[str, Any], ...], tip: str = "") -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(name)
        self.setToolTip(tip)
        # Long entries are cut in a narrow dock, and whole in the list that opens.
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        for text, value in items:
            self.addItem(text, value)

    def choose(self, value: Any) -> None:
        """Show an entry by its value."""
        self.setCurrentIndex(max(0, self.findData(value)))

    def wheelEvent(self, event: Any) -> None:  # noqa: N802
        """Let the form scroll."""
        event.ignore()


def dropped_paths(event: Any) -> list[Path]:
    """Return the files of this computer that are dropped."""
    return [Path(u.toLocalFile()) for u in event.mimeData().urls() if u.isLocalFile()]


def labeled(form: QFormLayout, title: str, widget: QWidget) -> QLabel:
    """Add a row whose label belongs to its widget."""
    label = QLabel(title)
    label.setBuddy(widget.focusProxy() or widget)
    if widget.toolTip() or isinstance(widget, CheckedField):
        tip = widget.explanation if isinstance(widget, CheckedField) else widget.toolTip()
        label.setToolTip(tip)
    form.addRow(label, widget)
    if isinstance(widget, CheckedField):
        form.addRow(widget.error)
    return label


def narrow_form() -> QFormLayout:
    """Return a form whose fields take the width that a dock has."""
    form = QFormLayout()
    form.setContentsMargins(0, 0, 0, 0)
    form.setHorizontalSpacing(8)
    form.setVerticalSpacing(5)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    return form


def heading(text: str) -> QLabel:
    """Return the title of a part of the form."""
    label = QLabel(text)
    font = label.font()
    font.setBold(True)
    label.setFont(font)
    return label


def connect_all(fields: list[CheckedField], slot: Callable[[], object]) -> None:
    """Call a function whenever one of some fields changes."""
    for one in fields:
        one.changed.connect(slot)
