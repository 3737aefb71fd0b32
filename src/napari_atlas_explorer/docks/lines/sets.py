"""Files of lines open in a page: sequential reading, and their layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from qtpy.QtCore import QObject, QTimer, Signal

from ...analysis.lines.line_set import LineSet, place_line_set, read_line_set
from ...core.streamlines import Streamlines
from ...viewer.display import AtlasDisplay
from ...viewer.lines import LinesLayer
from ..common.background import BackgroundJob, Progress


@dataclass
class OpenLineFile:
    """An open file of lines.

    Attributes
    ----------
    lines
        Its lines in the atlas.
    layer
        Its layers; None once they were removed from the viewer.
    """

    lines: LineSet
    layer: LinesLayer | None


@dataclass(frozen=True)
class _PendingFile:
    """A file that is to be opened; its lines, if they were read before."""

    path: Path
    streamlines: Streamlines | None = None


class LinesSets(QObject):
    """Opener of line files in the shown atlas; each file is added completely or not at all.

    Parameters
    ----------
    parent
        As for every object of Qt.
    background
        Job that reads the files.
    """

    changed = Signal()
    """Files or their layers were added or removed."""

    opened = Signal(object)
    """The `OpenLineFile` that was added last."""

    def __init__(self, parent: QObject, background: BackgroundJob) -> None:
        super().__init__(parent)
        self.display: AtlasDisplay | None = None
        self.sets: list[OpenLineFile] = []
        self.background = background
        background.failed.connect(lambda _: self._read_next())
        background.cancelled.connect(self.stop)
        self._waiting: list[_PendingFile] = []
        self._kept: tuple[str, list[_PendingFile]] = ("", [])

    def show_in(self, display: AtlasDisplay | None) -> None:
        """Show the files in an atlas; in the same one, reopened, those that were shown."""
        if display is self.display:
            return
        if self.display is not None:
            kept = [_PendingFile(s.lines.path, s.lines.streamlines) for s in self.sets]
            self._kept = (self.display.atlas.name, [*kept, *self._waiting])
        self._clear()
        self.display = display
        if display is not None:
            name, pending = self._kept
            self._kept = ("", [])
            if name == display.atlas.name:
                self._waiting = pending
                self._read_next()
        self.changed.emit()

    def _clear(self) -> None:
        self.stop()
        for file in self.sets:
            if file.layer is not None:
                file.layer.close()
        self.sets = []

    def open(self, paths: Sequence[Path]) -> None:
        """Read files one after another; a file that is open is read again."""
        self._waiting += [_PendingFile(Path(path)) for path in paths]
        if not self.background.busy:
            self._read_next()

    def stop(self) -> None:
        """Stop reading, and drop waiting files."""
        self._waiting = []
        self.background.stop()

    def remove(self, file: OpenLineFile) -> None:
        """Remove a file and its layers."""
        if file.layer is not None:
            file.layer.close()
        self.sets = [s for s in self.sets if s is not file]
        self.changed.emit()

    def set_shown(self, file: OpenLineFile, on: bool) -> None:
        """Show or hide the layers of a file; recreate layers that were removed."""
        if file.layer is None and on:
            file.layer = self._make_layer(file.lines)
        elif file.layer is not None:
            file.layer.set_visible(on)

    def _make_layer(self, lines: LineSet) -> LinesLayer | None:
        if self.display is None:
            return None
        layer = LinesLayer(self.display, lines)
        # Later: napari may be removing several layers, and fails where one of them is gone.
        layer.removed.connect(lambda: QTimer.singleShot(0, self._on_removed))
        return layer

    def _on_removed(self) -> None:
        for file in self.sets:
            if file.layer is not None and not file.layer.layers:
                file.layer.close()
                file.layer = None
        self.changed.emit()

    def _read_next(self) -> None:
        display = self.display
        if display is None or not self._waiting:
            return
        pending, atlas = self._waiting.pop(0), display.atlas
        path, streamlines = pending.path, pending.streamlines

        def work(report: Progress) -> LineSet:
            if streamlines is not None:
                return place_line_set(path, streamlines, atlas, report)
            return read_line_set(path, atlas, report)

        self.background.start(f"Reading {path.name}", work, self._on_read)

    def _on_read(self, lines: LineSet) -> None:
        if self.display is None or lines.atlas is not self.display.atlas:
            return
        for old in [s for s in self.sets if s.lines.path == lines.path]:
            self.remove(old)
        file = OpenLineFile(lines, self._make_layer(lines))
        self.sets.append(file)
        self.changed.emit()
        self.opened.emit(file)
        self._read_next()
