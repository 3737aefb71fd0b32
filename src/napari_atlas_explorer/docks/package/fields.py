"""Fields of the packaging form: a text or path, with its problem below."""

from __future__ import annotations

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

from ..common.theme import PanelColors
from ..common.widgets import dropped_paths, make_text, without_margins

MARK = " *"
"""Mark after the title of a required field."""


class CheckedField(QWidget):
    """Line of text with an error sentence below it.

    Parameters
    ----------
    title
        Title of the field.
    explanation
        Tooltip, and description for screen readers.
    example
        Placeholder text.
    """

    changed = Signal()

    def __init__(self, title: str, explanation: str = "", example: str = "") -> None:
        super().__init__()
        self.title = title
        self.explanation = explanation
        self.touched = False
        """Whether the user has visited the field: an empty field is no error before."""
        self.line = QLineEdit()
        self.line.setAccessibleName(title)
        self.line.setPlaceholderText(example)
        self.line.setToolTip(explanation)
        self.line.setAccessibleDescription(explanation)
        self.setFocusProxy(self.line)
        self.row = without_margins(QHBoxLayout(self), 4)
        self.row.addWidget(self.line, 1)
        self.error = make_text()
        """Below the field, as wide as the form; `labeled` puts it there."""
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
        """Return the text of the field."""
        return str(self.line.text())

    def set_text(self, text: str) -> None:
        """Fill the field and mark it as unvisited."""
        self.touched = False
        self.line.setText(text)
        self.line.setCursorPosition(0)

    def show_problem(self, sentence: str) -> None:
        """Show an error; for an empty field only once the user has visited it."""
        text = sentence if self.touched or self.text().strip() else ""
        self.error.setText(text)
        self.error.setVisible(bool(text))
        self.line.setAccessibleDescription(text or self.explanation)

    def set_colors(self, colors: PanelColors) -> None:
        """Use the theme's colors."""
        self.error.setStyleSheet(f"color: {colors.error.name()};")


class PathField(CheckedField):
    """Path of a file or folder: typed, chosen, or dropped."""

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
        # The line edit would insert the text "file:///…".
        self.line.setAcceptDrops(False)
        self.setAcceptDrops(True)

    def set_text(self, text: str) -> None:
        """Fill the field; show the end of a long path, where paths differ."""
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
        """Fill in a chosen path."""
        self.line.setText(str(path))
        self._mark_visited()
        self.changed.emit()

    def _show_full_path(self, text: str) -> None:
        """Put the full path into the tooltip: the line shows a part of it."""
        self.line.setToolTip(f"{self.explanation}\n{text}" if text else self.explanation)

    def dragEnterEvent(self, event: Any) -> None:  # noqa: N802
        """Accept files."""
        if dropped_paths(event):
            event.acceptProposedAction()

    def dropEvent(self, event: Any) -> None:  # noqa: N802
        """Fill in the dropped path."""
        paths = dropped_paths(event)
        if paths:
            event.acceptProposedAction()
            self.take(paths[0])


class QuietCombo(QComboBox):
    """Combo box that ignores the mouse wheel while the form scrolls."""

    def __init__(self, name: str, items: tuple[tuple[str, Any], ...], tip: str = "") -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(name)
        self.setToolTip(tip)
        # Long entries are elided in a narrow page, but not in the open list.
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        for text, value in items:
            self.addItem(text, value)

    def choose(self, value: Any) -> None:
        """Select an entry by its value."""
        self.setCurrentIndex(max(0, self.findData(value)))

    def wheelEvent(self, event: Any) -> None:  # noqa: N802
        """Pass the event on, so that the form scrolls."""
        event.ignore()


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
    """Return a form whose fields fill a page's width."""
    form = without_margins(QFormLayout())
    form.setHorizontalSpacing(8)
    form.setVerticalSpacing(5)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    return form


def heading(text: str) -> QLabel:
    """Return the title of a section of the form."""
    label = QLabel(text)
    font = label.font()
    font.setBold(True)
    label.setFont(font)
    return label
