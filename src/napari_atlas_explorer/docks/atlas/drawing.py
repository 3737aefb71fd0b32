"""Fill, borders, and the outline of the region under the cursor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from qtpy.QtCore import QObject, QTimer

from ...atlases.local.settings import read_config, write_config
from ...viewer.borders import BorderLines, CursorOutline
from ...viewer.display import AtlasDisplay
from .hover import HoverReader
from .session import AtlasSession
from .view_bar import ViewBar

REMEMBERED = "drawing.json"
WAIT = 25
"""Milliseconds until the region under the cursor is outlined: the strip comes first."""


class DrawingControls(QObject):
    """Link between the controls of drawing and the layers of the shown atlas.

    Parameters
    ----------
    session
        Tells which atlas is shown.
    bar
        Holds the controls.
    hover
        Tells which region is under the cursor.
    """

    def __init__(self, session: AtlasSession, bar: ViewBar, hover: HoverReader) -> None:
        super().__init__(session)
        self._session, self._bar = session, bar
        self._display: AtlasDisplay | None = None
        self._told = False
        self._rank = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(WAIT)
        self._timer.timeout.connect(self._outline_region)
        self._due: list[Callable[[], None]] = []
        self._turn = QTimer(self)
        self._turn.setSingleShot(True)
        self._turn.setInterval(0)
        self._turn.timeout.connect(self._draw_due)
        self.borders: BorderLines | None = None
        self.outline: CursorOutline | None = None
        remembered = read_config(REMEMBERED)
        wanted = remembered.get("borders") if isinstance(remembered, dict) else None
        bar.borders.setChecked(wanted is not False)
        bar.borders_changed.connect(self._on_borders)
        bar.fill_changed.connect(self._on_fill)
        hover.region_changed.connect(self._on_region)
        session.viewer.dims.events.ndisplay.connect(self._on_ndisplay)
        session.shown.connect(self._follow)
        session.forgotten.connect(lambda: self._follow(None))

    def _on_ndisplay(self, event: Any) -> None:
        """Say once that surfaces are faster, where the volume itself is drawn in 3-D."""
        display = self._display
        if display is None or self._told or event.value != 3 or not display.layer.visible:
            return
        self._told = True
        from napari.utils.notifications import show_info

        show_info("Surfaces are faster and clearer in 3-D: select regions, then Ctrl+Shift+D")

    def toggle_fill(self) -> None:
        """Draw borders alone, or the filled regions again."""
        self._bar.borders.setChecked(True)
        self._bar.fill.setValue(0 if self._bar.fill.value() else 100)

    def _follow(self, display: AtlasDisplay | None) -> None:
        if self._display is not None:
            self._display.layer.events.opacity.disconnect(self._on_opacity)
        self._display = display
        self._remove_lines()
        if display is not None:
            self._session.add_steps(self._make_lines(display))
            display.layer.events.opacity.connect(self._on_opacity)
            self._on_opacity()

    def _remove_lines(self) -> None:
        for lines in (self.borders, self.outline):
            if lines is not None:
                lines.close()
        self.borders = self.outline = None

    def _make_lines(self, display: AtlasDisplay) -> Iterator[None]:
        """Make the layers of lines, the outline above the borders; each takes 0.1 s."""
        if self._display is display and self.borders is None and self._bar.borders.isChecked():
            self.borders = BorderLines(display, self._draw_later)
        yield
        if self._display is display and self.outline is None:
            self.outline = CursorOutline(display, self._draw_later)

    def _draw_later(self, draw: Callable[[], None]) -> None:
        """Draw lines in the next turn of the event loop."""
        self._due.append(draw)
        self._turn.start()

    def _draw_due(self) -> None:
        due, self._due = self._due, []
        for draw in due:
            draw()

    def _on_borders(self, on: bool) -> None:
        write_config(REMEMBERED, {"borders": on})
        self._remove_lines()
        if self._display is not None:
            for _ in self._make_lines(self._display):
                pass

    def _on_fill(self, opacity: float) -> None:
        if self._display is not None:
            self._display.layer.opacity = opacity

    def _on_opacity(self, event: Any = None) -> None:
        if self._display is not None:
            self._bar.show_fill(self._display.layer.opacity)

    def _on_region(self, rank: int) -> None:
        if rank != self._rank:
            self._rank = rank
            self._timer.start()

    def _outline_region(self) -> None:
        if self.outline is not None:
            self.outline.show(self._rank)
