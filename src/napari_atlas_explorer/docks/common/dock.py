"""Base classes of the docks, their placement, and weak mouse callbacks."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QEvent, QSize, Qt, QTimer
from qtpy.QtWidgets import QDockWidget, QMainWindow, QSizePolicy, QWidget

from ...viewer.display import AtlasDisplay
from .background import BackgroundJob, BusyRow, ErrorLine
from .pages import atlas_dock
from .remedies import error_text
from .theme import DockColors
from .widgets import dropped_paths

if TYPE_CHECKING:
    import napari

    from ..atlas.dock import AtlasDock


# ---- Placement of docks --------------------------------------------------------------------------

LOW_WINDOW = 1000
"""Height in pixels below which two stacked forms would make the window grow."""


def tab_beside(
    dock: QWidget, beside: QWidget | None, size: QSize, low: int | None = LOW_WINDOW
) -> None:
    """Tabify a dock with the atlas dock if the window is too low for both.

    Parameters
    ----------
    dock, beside
        Widget of the dock, and the atlas dock.
    size
        Of the window, before it grew to hold both.
    low
        Height below which the window is too low; None for every window.
    """
    frame, next_to = frame_of(dock), frame_of(beside)
    window = frame.parent() if frame is not None else None
    if frame is None or next_to is None or not isinstance(window, QMainWindow):
        return
    high_enough = low is not None and size.height() >= low
    if high_enough or frame in window.tabifiedDockWidgets(next_to):
        return
    if window.dockWidgetArea(frame) == window.dockWidgetArea(next_to):
        window.tabifyDockWidget(next_to, frame)
        frame.raise_()
        # After the window has computed its smaller minimum size.
        QTimer.singleShot(0, lambda: window.resize(size))


def move_to_bottom(dock: QWidget, height: int, beside: QWidget | None, width: int) -> None:
    """Move a dock from the right, where napari puts it first, to the bottom.

    Parameters
    ----------
    dock
        Widget of the dock.
    height
        At most this many pixels, and two fifths of the window.
    beside, width
        The atlas dock, and its width before: both were side by side for a moment.
    """
    frame = frame_of(dock)
    window = frame.parent() if frame is not None else None
    if frame is None or not isinstance(window, QMainWindow):
        return
    area, bottom = window.dockWidgetArea(frame), Qt.DockWidgetArea.BottomDockWidgetArea
    if area not in (Qt.DockWidgetArea.RightDockWidgetArea, bottom):
        return
    # The docks on the left keep their height: another row would make the window grow.
    window.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
    if area != bottom:  # napari restores its last place
        window.addDockWidget(bottom, frame)
    height = min(height, window.height() * 2 // 5)
    window.resizeDocks([frame], [height], Qt.Orientation.Vertical)
    next_to = frame_of(beside)
    if next_to is not None and width:
        window.resizeDocks([next_to], [width], Qt.Orientation.Horizontal)


def frame_of(widget: QWidget | None) -> QDockWidget | None:
    """Return the frame that napari has put a dock's widget into."""
    frame = widget.parent() if widget is not None else None
    while frame is not None and not isinstance(frame, QDockWidget):
        frame = frame.parent()
    return frame


# ---- Weak mouse callbacks ------------------------------------------------------------------------

MouseCallback = Callable[[Any, Any], Any]


def weak_callback(method: MouseCallback, callbacks: list[MouseCallback]) -> MouseCallback:
    """Wrap a bound method by weak reference; the wrapper is removed with the owner.

    napari keeps mouse callbacks by strong reference, and emits no event when a dock is closed.

    Parameters
    ----------
    method
        The bound method.
    callbacks
        The list that holds the wrapper, from which it removes itself.
    """
    reference = weakref.WeakMethod(method)

    def callback(viewer: Any, event: Any) -> Any:
        bound = reference()
        if bound is None:
            callbacks.remove(callback)
            return None
        return bound(viewer, event)  # a generator for a drag, None for a move

    return callback


class Page(QWidget):
    """Widget of the plugin that napari puts into a dock.

    A subclass lays `busy` and `error` out among its widgets. One that calls ``setAcceptDrops``
    defines `open_dropped`.

    Parameters
    ----------
    viewer
        The viewer.
    parent
        As for every widget.
    with_bar
        Whether the busy row has a progress bar.
    """

    PREFERRED: tuple[int, int] | None = None
    """Width and height; those of its layout by default."""

    def __init__(
        self, viewer: napari.Viewer, parent: QWidget | None = None, with_bar: bool = False
    ) -> None:
        super().__init__(parent)
        self.viewer = viewer
        self.colors = DockColors.of_theme(viewer.theme)
        self.busy, self.error = BusyRow(self, with_bar), ErrorLine(self)
        self._shown_once = False
        # Expanding: napari adds a stretch below a plugin's second dock.
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self._color_error()
        viewer.events.theme.connect(self._on_theme)

    def tell(self, text: str) -> None:
        """Show an error text in the page; "" hides it."""
        self.error.show_text(text)

    def fail(self, exc: BaseException) -> None:
        """Show an exception in the page."""
        self.tell(error_text(exc))

    # ---- Hooks for subclasses --------------------------------------------------------------

    def open_dropped(self, paths: list[Path]) -> None:
        """Open files that were dropped on the page."""

    def _leave(self) -> None:
        """Release everything: the page is closed."""

    def _place(self) -> None:
        """Move to the page's place once it has been put into the window."""

    def _apply_colors(self) -> None:
        """Apply `colors`, which are those of another theme now."""

    def _mute(self, *labels: QWidget) -> None:
        """Give labels the color of secondary text."""
        for label in labels:
            label.setStyleSheet(f"color: {self.colors.muted.name()};")

    # ---- Qt --------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Release everything on closing: napari takes the page out of its dock."""
        if event.type() == QEvent.Type.ParentChange and self.parent() is None and self._shown_once:
            self._shown_once = False
            self._leave()
        return bool(super().event(event))

    def showEvent(self, event: Any) -> None:  # noqa: N802
        """Move to the page's place the first time."""
        super().showEvent(event)
        if not self._shown_once:
            self._shown_once = True
            QTimer.singleShot(0, self._place)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Return the preferred size."""
        return super().sizeHint() if self.PREFERRED is None else QSize(*self.PREFERRED)

    def dragEnterEvent(self, event: Any) -> None:  # noqa: N802
        """Accept files and folders."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: Any) -> None:  # noqa: N802
        """Open what was dropped."""
        paths = dropped_paths(event)
        if paths:
            event.acceptProposedAction()
            self.open_dropped(paths)

    def _on_theme(self, event: Any) -> None:
        self.colors = DockColors.of_theme(self.viewer.theme)
        self._color_error()
        self._apply_colors()

    def _color_error(self) -> None:
        self.error.setStyleSheet(f"color: {self.colors.error.name()};")


# ---- Pages that follow the atlas dock ------------------------------------------------------------


class FollowingDock(Page):
    """Base of the pages that follow the atlas dock.

    A subclass builds its widgets, then calls `follow_atlas`; `_take` is called for every atlas
    that is shown (or none), `_forget` before it and when the page is closed.
    """

    AT_BOTTOM = False
    """Whether its place is below the canvas."""

    def __init__(
        self, viewer: napari.Viewer, parent: QWidget | None = None, with_bar: bool = False
    ) -> None:
        super().__init__(viewer, parent, with_bar)
        self.background = BackgroundJob(self)
        self.background.failed.connect(self.fail)
        self.busy.follow(self.background)
        self._dock: AtlasDock | None = None
        self._window_size = QSize()
        self._beside = 0

    @property
    def dock(self) -> AtlasDock | None:
        """The atlas dock that is followed."""
        return self._dock

    @property
    def display(self) -> AtlasDisplay | None:
        """The atlas that is shown."""
        return self._dock.display if self._dock is not None else None

    def follow_atlas(self) -> None:
        """Follow the viewer's atlas dock; open one if there is none."""
        dock = atlas_dock(self.viewer)
        # Measured before this page is placed and the window grows.
        self._window_size = dock.window().size()
        self._beside = dock.width() if dock.isVisible() else 0
        self.follow(dock)

    def follow(self, dock: AtlasDock) -> None:
        """Follow an atlas dock; another one after a reopening."""
        if dock is self._dock:
            return
        self._leave()
        self._dock = dock
        dock.session.shown.connect(self._on_shown)
        dock.session.forgotten.connect(self._on_shown)
        self._join(dock)
        self._on_shown()

    def _leave(self) -> None:
        if self._dock is not None:
            self._dock.session.shown.disconnect(self._on_shown)
            self._dock.session.forgotten.disconnect(self._on_shown)
            self._part(self._dock)
        self.background.stop()
        self._let_go()
        self._dock = None

    def _on_shown(self, *_: Any) -> None:
        self.background.stop()
        self._forget()
        self._take(self.display)

    # ---- Hooks for subclasses --------------------------------------------------------------

    def _join(self, dock: AtlasDock) -> None:
        """Connect to an atlas dock that is followed now."""

    def _part(self, dock: AtlasDock) -> None:
        """Disconnect the connections of `_join`."""

    def _take(self, display: AtlasDisplay | None) -> None:
        """Show an atlas, or that none is open."""

    def _forget(self) -> None:
        """Release everything that belongs to the previous atlas."""

    def _let_go(self) -> None:
        """Release everything: the page is closed, or follows another atlas dock."""
        self._forget()

    def _place(self) -> None:
        if self.AT_BOTTOM:
            move_to_bottom(self, self.sizeHint().height(), self._dock, self._beside)
        else:
            tab_beside(self, self._dock, self._window_size)
