"""The widgets of the package dock and where they stand."""

from __future__ import annotations

from qtpy.QtCore import QSize, Qt
from qtpy.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from .elided_label import ElidedLabel
from .package_contents_form import PackageContentsForm
from .package_metadata_form import PackageMetadataForm
from .package_result import PackageResult
from .package_source_form import PackageSourceForm

PERCENT = 100


class PackageLayout:
    """A form that scrolls, or what came of it; below it what is missing, progress, buttons."""

    def __init__(self, dock: QWidget) -> None:
        self.source = PackageSourceForm()
        self.metadata = PackageMetadataForm()
        self.contents = PackageContentsForm()
        self.inside = QWidget()
        column = QVBoxLayout(self.inside)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(14)
        for part in (self.source, self.metadata, self.contents):
            column.addWidget(part)
        column.addStretch(1)
        self.scroll = LowScrollArea()
        self.scroll.setFrameShape(QFrame.Shape.NoFrame)
        self.scroll.setWidgetResizable(True)
        self.scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.scroll.setWidget(self.inside)
        self.result = PackageResult()
        self.pages = QStackedWidget()
        self.pages.addWidget(self.scroll)
        self.pages.addWidget(self.result)

        self.error = QLabel("")
        self.error.setObjectName("package_error")
        self.error.setWordWrap(True)
        self.error.setTextFormat(Qt.TextFormat.PlainText)
        self.error.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.error.setVisible(False)
        self.state = QLabel("")
        self.state.setWordWrap(True)
        self.state.setTextFormat(Qt.TextFormat.PlainText)

        self.busy = QWidget()
        self.stage = ElidedLabel("", elide=Qt.TextElideMode.ElideRight)
        self.bar = QProgressBar()
        self.bar.setRange(0, PERCENT)
        self.bar.setAccessibleName("How far the package is")
        self.bar.setFixedWidth(110)
        self.cancel = QPushButton("Cancel")
        row = QHBoxLayout(self.busy)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.stage, 1)
        row.addWidget(self.bar)
        row.addWidget(self.cancel)
        self.busy.setVisible(False)

        self.buttons = QWidget()
        self.run = QPushButton("Package")
        self.command = QPushButton("Copy command")
        self.command.setToolTip("Copy the command that makes this package on the command line")
        line = QHBoxLayout(self.buttons)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(6)
        line.addWidget(self.run, 1)
        line.addWidget(self.command)

        layout = QVBoxLayout(dock)
        layout.setContentsMargins(8, 6, 8, 6)
        layout.setSpacing(6)
        layout.addWidget(self.pages, 1)
        layout.addWidget(self.error)
        layout.addWidget(self.state)
        layout.addWidget(self.busy)
        layout.addWidget(self.buttons)


class LowScrollArea(QScrollArea):
    """A scroll area that asks for little height, so that its window does not grow."""

    def sizeHint(self) -> QSize:  # noqa: N802
        """A few rows."""
        return QSize(360, 240)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """A few rows, at least."""
        return QSize(200, 120)
