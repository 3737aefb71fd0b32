"""Where docks go: wide ones to the bottom of the window, tall ones behind tabs."""

from __future__ import annotations

from qtpy.QtCore import QSize, Qt, QTimer
from qtpy.QtWidgets import QDockWidget, QMainWindow, QWidget

LOW_WINDOW = 1000
"""Pixels of height below which two forms one above the other would make the window grow."""


def tab_beside(dock: QWidget, beside: QWidget | None, size: QSize) -> None:
    """Put a dock behind the same tabs as the atlas dock, in a window that is too low for both.

    Parameters
    ----------
    dock, beside
        What is in the dock, and the atlas dock.
    size
        Of the window, before it grew to hold both.
    """
    frame, next_to = frame_of(dock), frame_of(beside)
    window = frame.parent() if frame is not None else None
    if frame is None or next_to is None or not isinstance(window, QMainWindow):
        return
    if size.height() >= LOW_WINDOW or frame in window.tabifiedDockWidgets(next_to):
        return
    if window.dockWidgetArea(frame) == window.dockWidgetArea(next_to):
        window.tabifyDockWidget(next_to, frame)
        frame.raise_()
        # Once the window has found out that it needs less.
        QTimer.singleShot(0, lambda: window.resize(size))


def move_to_bottom(dock: QWidget, height: int, beside: QWidget | None, width: int) -> None:
    """Move a dock that stands at the right, where napari puts it first, to the bottom.

    Parameters
    ----------
    dock
        What is in the dock.
    height
        At most this many pixels, and two fifths of the window.
    beside, width
        The atlas dock, and how wide it was before: for a moment both stood side by side.
    """
    frame = frame_of(dock)
    window = frame.parent() if frame is not None else None
    if frame is None or not isinstance(window, QMainWindow):
        return
    area, bottom = window.dockWidgetArea(frame), Qt.DockWidgetArea.BottomDockWidgetArea
    if area not in (Qt.DockWidgetArea.RightDockWidgetArea, bottom):
        return
    # The docks on the left keep their height: with a row more the window would grow.
    window.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
    if area != bottom:  # napari puts it where it was when the window was closed last
        window.addDockWidget(bottom, frame)
    height = min(height, window.height() * 2 // 5)
    window.resizeDocks([frame], [height], Qt.Orientation.Vertical)
    next_to = frame_of(beside)
    if next_to is not None and width:
        window.resizeDocks([next_to], [width], Qt.Orientation.Horizontal)


def frame_of(widget: QWidget | None) -> QDockWidget | None:
    """Frame that napari has put a dock's widget into."""
    frame = widget.parent() if widget is not None else None
    while frame is not None and not isinstance(frame, QDockWidget):
        frame = frame.parent()
    return frame
