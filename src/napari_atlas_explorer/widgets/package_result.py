"""What came of a package: where it is, what the checks found, what was mended."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QComboBox,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)
from superqt import QFlowLayout

from ..packaging.making import FaultyPackageError
from ..plugin.package_run import Outcome, error_lines, outcome_lines, package_title
from .colors import DockColors
from .package_fields import heading


class PackageResult(QWidget):
    """Page that takes the form's place until one goes back to it."""

    def __init__(self) -> None:
        super().__init__()
        self.title = heading("")
        self.title.setWordWrap(True)
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.problem = QLabel("")
        self.problem.setWordWrap(True)
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName("What came of the package")
        self.which = QComboBox()
        self.which.setAccessibleName("Which package")
        self.which.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.open = QPushButton("Open the package")
        self.folder = QPushButton("Show folder")
        self.keep = QPushButton("Keep it all the same")
        self.keep.setToolTip("Make it once more, and keep it with its errors")
        self.back = QPushButton("Back to the form")
        row = QFlowLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setHorizontalSpacing(6)
        row.setVerticalSpacing(4)
        for widget in (self.open, self.folder, self.keep, self.back):
            row.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.title)
        column.addWidget(self.problem)
        column.addWidget(self.text, 1)
        column.addWidget(self.which)
        column.addLayout(row)

    def show_outcome(self, outcome: Outcome) -> None:
        """Show what was made."""
        packages = outcome.made.packages
        n = len(packages)
        self.title.setText("The package is made" if n == 1 else f"{n} packages are made")
        not_copied = f"It is not in BrainGlobe's cache: {outcome.problem}"
        self._say(not_copied if outcome.problem else "", "\n".join(outcome_lines(outcome)))
        self.which.clear()
        for path in packages:
            self.which.addItem(package_title(path), path)
        self.which.setVisible(n > 1)
        self._offer(made=True)

    def show_faulty(self, exc: FaultyPackageError) -> None:
        """Show the errors of a package that was not kept."""
        lines = error_lines(exc.reports)
        n = len(lines)
        self.title.setText("The package was not kept")
        self._say(
            f"The quality checks find {n} error{'' if n == 1 else 's'} in it. Mend the source, or "
            f"keep it all the same.",
            "\n\n".join(lines),
        )
        self.which.setVisible(False)
        self._offer(made=False)

    def _say(self, problem: str, text: str) -> None:
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        self.text.setPlainText(text)

    def _offer(self, made: bool) -> None:
        self.open.setVisible(made)
        self.folder.setVisible(made)
        self.keep.setVisible(not made)

    @property
    def package(self) -> Path | None:
        """The package that is chosen, None without one."""
        chosen = self.which.currentData()
        return chosen if isinstance(chosen, Path) else None

    def set_colors(self, colors: DockColors) -> None:
        """Take the theme's colours."""
        self.problem.setStyleSheet(f"color: {colors.error.name()};")
