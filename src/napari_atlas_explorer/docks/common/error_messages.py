"""Errors in the window: the message, what helps, and the line that shows both."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from napari.utils.notifications import ErrorNotification, notification_manager
from qtpy.QtCore import QObject, Qt, Signal
from qtpy.QtWidgets import QApplication, QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from ...atlases.local.crash_log import (
    crash_details,
    describe_crash,
    describe_log,
    write_crash_log,
)
from ...core.errors import AtlasError, Remedy, is_out_of_memory, worded
from .widgets import make_text, without_margins

COPY_DETAILS = "Copy details"
STATE = "; state it with ⋯ › Orientation and voxel size…"
REMEDIES: Mapping[Remedy, str] = {
    "replace": ", or “Replace what is there”",
    "state metadata": " Fill in the form.",
    "state orientation": STATE,
    "state axes": STATE,
    "state midline": STATE,
    "state voxel size": STATE,
    "download values": "; “Get an atlas…” fetches them",
}
"""Ending of the message by remedy."""


def error_text(exc: BaseException) -> str:
    """Return the line that the panel shows of an error."""
    if is_unexpected(exc):
        return describe_crash(exc)
    if is_out_of_memory(exc):
        return "there is not enough memory for this; close other atlases or programs"
    return worded(exc, REMEDIES)


def is_unexpected(exc: BaseException) -> bool:
    """Return whether an error is a fault of the program: none of its own, of files or of memory."""
    return not isinstance(exc, AtlasError | OSError) and not is_out_of_memory(exc)


# ---- The line ------------------------------------------------------------------------------------


class ErrorLine(QWidget):
    """Line for an error, with a button that helps where there is one; it can be dismissed.

    Of an unexpected error, the details (version, platform, traceback) can be copied.

    Parameters
    ----------
    parent
        As for every widget.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.label = make_text()
        self.label.setObjectName("error")
        flags = Qt.TextInteractionFlag
        self.label.setTextInteractionFlags(
            flags.TextSelectableByMouse | flags.TextSelectableByKeyboard
        )
        self.action = QPushButton()
        self.action.setObjectName("error_action")
        self.action.clicked.connect(self._act)
        self.dismiss = QToolButton()
        self.dismiss.setText("✕")
        self.dismiss.setAutoRaise(True)
        self.dismiss.setAccessibleName("Dismiss the message")
        self.dismiss.setToolTip("Dismiss the message")
        self.dismiss.clicked.connect(lambda: self.show_text(""))
        row = QHBoxLayout()
        row.addWidget(self.label, 1)
        row.addWidget(self.dismiss, 0, Qt.AlignmentFlag.AlignTop)
        column = without_margins(QVBoxLayout(self), 4)
        column.addLayout(row)
        column.addWidget(self.action, 0, Qt.AlignmentFlag.AlignLeft)
        self._run: Callable[[], object] | None = None
        self.show_text("")

    def text(self) -> str:
        """Return the error that is shown, "" for none."""
        return str(self.label.text())

    def show_text(
        self, text: str, action: str = "", run: Callable[[], object] | None = None
    ) -> None:
        """Show a text, and a button that runs a function; without text, hide the line."""
        self.label.setText(text)
        self.action.setText(action)
        self.action.setVisible(bool(action))
        self._run = run
        self._details = ""
        self.setVisible(bool(text))

    def show_error(self, exc: BaseException) -> None:
        """Show an error; an unexpected one is written to a log file, and can be copied."""
        if not is_unexpected(exc):
            self.show_text(error_text(exc))
            return
        details = crash_details(exc, "window")
        text = f"{error_text(exc)}; {describe_log(write_crash_log(details))}"
        self.show_text(text, COPY_DETAILS)
        self._details = details

    def _act(self) -> None:
        if self._details:  # the line stays, so that it can be read and copied again
            QApplication.clipboard().setText(self._details)
            self.action.setText("Details are copied")
            return
        run = self._run
        self.show_text("")
        if run is not None:
            run()


# ---- Errors that nothing catches -----------------------------------------------------------------


class UncaughtErrors(QObject):
    """Errors of this program that reach napari, which are raised in a Qt slot or a mouse callback.

    Parameters
    ----------
    line
        Shows them, next to napari's own notification.
    """

    _raised = Signal(object)
    """Queued where the error is raised in another thread."""

    def __init__(self, line: ErrorLine) -> None:
        super().__init__(line)
        self._raised.connect(line.show_error)
        notification_manager.notification_ready.connect(self._on_notification)

    def _on_notification(self, event: Any) -> None:
        if isinstance(event, ErrorNotification):
            exc = event.exception
            if isinstance(exc, Exception) and _passes_here(exc.__traceback__):
                self._raised.emit(exc)


PACKAGE = str(Path(__file__).parents[2])


def _passes_here(trace: TracebackType | None) -> bool:
    """Return whether a function of this package is among those that an error came through."""
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.startswith(PACKAGE):
            return True
        trace = trace.tb_next
    return False
