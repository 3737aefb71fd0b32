"""Base classes of the panel and its pages, and weak mouse callbacks."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject
from qtpy.QtWidgets import QWidget

from ...viewer.display import AtlasDisplay
from .background import BackgroundJob, BusyLine
from .error_messages import ErrorLine
from .theme import PanelColors
from .widgets import dropped_paths

if TYPE_CHECKING:
    import napari

    from ..atlas.panel import AtlasPanel


# ---- Weak mouse callbacks ------------------------------------------------------------------------

MouseCallback = Callable[[Any, Any], Any]


def weak_callback(method: MouseCallback, callbacks: list[MouseCallback]) -> MouseCallback:
    """Wrap a bound method by weak reference; the wrapper is removed with the owner.

    napari keeps mouse callbacks by strong reference.

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


# ---- Parts of the panel --------------------------------------------------------------------------


class PanelPart(QObject):
    """Part of the panel with a task of its own.

    Parameters
    ----------
    panel
        The atlas panel.
    """

    def __init__(self, panel: AtlasPanel) -> None:
        super().__init__(panel)
        self._panel = panel


# ---- Panel and pages -----------------------------------------------------------------------------


class ThemedWidget(QWidget):
    """Widget in the colors of napari's theme, on which files can be dropped.

    Parameters
    ----------
    viewer
        The viewer.
    parent
        As for every widget.
    """

    def __init__(self, viewer: napari.Viewer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.viewer = viewer
        self.colors = PanelColors.of_theme(viewer.theme)
        viewer.events.theme.connect(self._on_theme)

    def open_dropped(self, paths: list[Path]) -> None:
        """Open dropped files; for subclasses that call ``setAcceptDrops``."""

    def _apply_colors(self) -> None:
        """Apply `colors`, which are those of another theme now."""

    def _mute(self, *labels: QWidget) -> None:
        """Give labels the color of secondary text."""
        for label in labels:
            label.setStyleSheet(f"color: {self.colors.muted.name()};")

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
        self.colors = PanelColors.of_theme(self.viewer.theme)
        self._apply_colors()


class Page(ThemedWidget):
    """A page of the panel, which follows the atlas that is shown.

    A subclass builds its widgets, then calls `follow_atlas`; `_take` is called for every atlas
    that is shown (or none), `_forget` before it.

    Parameters
    ----------
    panel
        The panel; busy line and error line are its own.
    """

    SCROLLS = False
    """Whether the page itself scrolls what does not fit into the panel."""

    def __init__(self, panel: AtlasPanel) -> None:
        super().__init__(panel.viewer, panel)
        self.panel = panel
        self.background = BackgroundJob(self)
        self.background.failed.connect(self.fail)
        panel.busy.follow(self.background)

    @property
    def display(self) -> AtlasDisplay | None:
        """The atlas that is shown."""
        return self.panel.display

    @property
    def busy(self) -> BusyLine:
        """The panel's busy line."""
        return self.panel.busy

    @property
    def error(self) -> ErrorLine:
        """The panel's error line."""
        return self.panel.error

    def tell(self, text: str) -> None:
        """Show an error text in the panel; "" hides it."""
        self.error.show_text(text)

    def fail(self, exc: BaseException) -> None:
        """Show an exception in the panel."""
        self.tell("")  # of the page's own
        self.error.show_error(exc)

    def follow_atlas(self) -> None:
        """Follow the atlas that the panel shows."""
        self.panel.session.shown.connect(self._on_shown)
        self.panel.session.forgotten.connect(self._on_shown)
        self._take(self.display)

    def _on_shown(self, *_: Any) -> None:
        self.background.stop()
        self._forget()
        self._take(self.display)

    # ---- Hooks for subclasses --------------------------------------------------------------

    def _take(self, display: AtlasDisplay | None) -> None:
        """Show an atlas, or that none is open."""

    def _forget(self) -> None:
        """Release everything that belongs to the previous atlas."""
