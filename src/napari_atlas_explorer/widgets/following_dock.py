"""A dock that belongs to the atlas dock: it follows which atlas is shown, and lets go in time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QEvent, QTimer
from qtpy.QtWidgets import QWidget

from ..plugin.display import AtlasDisplay
from .background import Background
from .colors import DockColors

if TYPE_CHECKING:
    import napari

    from .atlas_dock import AtlasDock


class FollowingDock(QWidget):
    """What the docks beside the atlas dock share.

    A subclass builds its widgets, then calls `follow` with the atlas dock; `_take` is called for
    every atlas that is shown (or none), `_forget` before it and when the dock is closed.

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
        self.colors = DockColors.of_theme(viewer.theme)
        self.background = Background(self)
        self._dock: AtlasDock | None = None
        self._shown_once = False
        viewer.events.theme.connect(self._on_theme)

    @property
    def dock(self) -> AtlasDock | None:
        """The atlas dock that is followed."""
        return self._dock

    @property
    def display(self) -> AtlasDisplay | None:
        """The atlas that is shown."""
        return self._dock.display if self._dock is not None else None

    def follow(self, dock: AtlasDock) -> None:
        """Follow an atlas dock; another one, if that was closed and opened again."""
        if dock is self._dock:
            return
        self._leave()
        self._dock = dock
        dock.session.shown.connect(self._on_shown)
        dock.session.forgotten.connect(self._on_shown)
        self._on_shown()

    def _leave(self) -> None:
        if self._dock is not None:
            self._dock.session.shown.disconnect(self._on_shown)
            self._dock.session.forgotten.disconnect(self._on_shown)
        self.background.stop()
        self._let_go()
        self._dock = None

    def _on_shown(self, *_: Any) -> None:
        self.background.stop()
        self._forget()
        self._take(self.display)

    # ---- what a subclass does --------------------------------------------------------------

    def _take(self, display: AtlasDisplay | None) -> None:
        """Show what there is of an atlas, or say that none is open."""

    def _forget(self) -> None:
        """Let go of everything that belongs to the atlas before."""

    def _let_go(self) -> None:
        """Let go of everything: the dock is closed, or follows another atlas dock."""
        self._forget()

    def _place(self) -> None:
        """Go where the dock belongs, once it has been put into the window."""

    def _apply_colors(self) -> None:
        """Take `colors`, which are those of another theme now."""

    # ---- Qt --------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Let go when the dock is closed: napari then takes this out of it."""
        if event.type() == QEvent.Type.ParentChange and self.parent() is None and self._shown_once:
            self._leave()
        return bool(super().event(event))

    def showEvent(self, event: Any) -> None:  # noqa: N802
        """Go to the dock's place the first time."""
        super().showEvent(event)
        if not self._shown_once:
            self._shown_once = True
            QTimer.singleShot(0, self._place)

    def _on_theme(self, event: Any) -> None:
        self.colors = DockColors.of_theme(self.viewer.theme)
        self._apply_colors()
