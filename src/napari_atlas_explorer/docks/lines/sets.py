"""The files of lines that are open in a dock: reading them one after another, their layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from qtpy.QtCore import QObject, Signal

from ...analysis.lines.line_set import LineSet, placed_line_set, read_line_set
from ...core.streamlines import Streamlines
from ...viewer.display import AtlasDisplay
from ...viewer.lines import LinesLayer
from ..common.background import BackgroundJob, Progress


@dataclass
class OpenLineFile:
    """A file that is open.

    Attributes
    ----------
    lines
        Its lines in the atlas.
    layer
        Its layers; None once somebody took them out of the viewer.
    """

    lines: LineSet
    layer: LinesLayer | None


@dataclass(frozen=True)
class _PendingFile:
    """A file that is to be opened; its lines, if they were read before."""

    path: Path
    streamlines: Streamlines | None = None


class LinesSets(QObject):
    """Opens files of lines in the atlas that is shown; nothing is added by halves.

    Parameters
    ----------
    parent
        As for every object of Qt.
    background
        What reads them.
    """

    changed = Signal()
    """Files came or went, or their layers."""

    opened = Signal(object)
    """The `Opened` that came last."""

    def __init__(self, parent: QObject, background: BackgroundJob) -> None:
        super().__init__(parent)
        self.display: AtlasDisplay | None = None
        self.sets: list[OpenLineFile] = []
        self.background = background
        background.failed.connect(lambda _: self._read_next())
        self._waiting: list[_PendingFile] = []
        self._kept: tuple[str, list[_PendingFile]] = ("", [])

    def show_in(self, display: AtlasDisplay | None) -> None:
        """Show the files in an atlas; in the same one, opened anew, those that were shown."""
        if display is self.display:
            return
        if self.display is not None:
            kept = [_PendingFile(s.lines.path, s.lines.streamlines) for s in self.sets]
            self._kept = (self.display.atlas.name, [*kept, *self._waiting])
        self._clear()
        self.display = display
        if display is not None:
            name, wanted = self._kept
            self._kept = ("", [])
            if name == display.atlas.name:
                self._waiting = wanted
                self._read_next()
        self.changed.emit()

    def leave(self) -> None:
        """Let go of the atlas, and of every file."""
        self._clear()
        self.display, self._kept = None, ("", [])
        self.changed.emit()

    def _clear(self) -> None:
        self.stop()
        for one in self.sets:
            if one.layer is not None:
                one.layer.close()
        self.sets = []

    def open(self, paths: Sequence[Path]) -> None:
        """Read files one after another; one that is open already is read anew."""
        self._waiting += [_PendingFile(Path(path)) for path in paths]
        if not self.background.busy:
            self._read_next()

    def stop(self) -> None:
        """Stop reading; files that wait are not read."""
        self._waiting = []
        self.background.stop()

    def remove(self, one: OpenLineFile) -> None:
        """Take a file away."""
        if one.layer is not None:
            one.layer.close()
        self.sets = [s for s in self.sets if s is not one]
        self.changed.emit()

    def set_shown(self, one: OpenLineFile, on: bool) -> None:
        """Show or hide the layers of a file; they are made again if somebody took them away."""
        if one.layer is None and on:
            one.layer = self._make_layer(one.lines)
        elif one.layer is not None:
            one.layer.set_visible(on)

    def _make_layer(self, lines: LineSet) -> LinesLayer | None:
        if self.display is None:
            return None
        layer = LinesLayer(self.display, lines)
        layer.removed.connect(self._on_removed)
        return layer

    def _on_removed(self) -> None:
        for one in self.sets:
            if one.layer is not None and not one.layer.layers:
                one.layer.close()
                one.layer = None
        self.changed.emit()

    def _read_next(self) -> None:
        display = self.display
        if display is None or not self._waiting:
            return
        wanted, atlas = self._waiting.pop(0), display.atlas
        path, streamlines = wanted.path, wanted.streamlines

        def work(tell: Progress) -> LineSet:
            if streamlines is not None:
                return placed_line_set(path, streamlines, atlas, tell)
            return read_line_set(path, atlas, tell)

        self.background.start(f"Reading {path.name}", work, self._on_read)

    def _on_read(self, lines: LineSet) -> None:
        if self.display is None or lines.atlas is not self.display.atlas:
            return
        for old in [s for s in self.sets if s.lines.path == lines.path]:
            self.remove(old)
        one = OpenLineFile(lines, self._make_layer(lines))
        self.sets.append(one)
        self.changed.emit()
        self.opened.emit(one)
        self._read_next()
