"""Opening atlases without blocking the window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from qtpy.QtCore import QObject, Signal

from ..core.atlas import Atlas
from ..plugin.display import make_layers

Source = Callable[[], Atlas]


class Opener(QObject):
    """Reads one atlas at a time in a worker; a newer request ends an older one."""

    step = Signal(str)
    """What is being done now."""

    opened = Signal(object, object)
    """The atlas and its layers, not yet in a viewer."""

    failed = Signal(object)
    """The exception."""

    ended = Signal()
    """Whatever way it ended: done, failed or cancelled."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker: Any = None

    @property
    def busy(self) -> bool:
        """Whether an atlas is being read."""
        return self._worker is not None

    def start(self, source: Source, name: str) -> None:
        """Read the atlas that a function opens."""
        from napari.qt.threading import create_worker

        self.cancel()
        worker = create_worker(_read, source, name, _start_thread=False, _ignore_errors=True)
        self._worker = worker
        worker.yielded.connect(lambda text: self._on_yielded(worker, text))
        worker.returned.connect(lambda result: self._on_returned(worker, result))
        worker.errored.connect(lambda exc: self._on_errored(worker, exc))
        worker.finished.connect(lambda: self._on_finished(worker))
        worker.start()

    def cancel(self) -> None:
        """Stop reading at the next step; nothing is added."""
        if self._worker is not None:
            self._worker.quit()
            self._worker = None
            self.ended.emit()

    def _on_yielded(self, worker: Any, text: str) -> None:
        if worker is self._worker:
            self.step.emit(text)

    def _on_returned(self, worker: Any, result: tuple[Atlas, list[Any]] | None) -> None:
        if worker is self._worker and result is not None:
            self.opened.emit(*result)

    def _on_errored(self, worker: Any, exc: BaseException) -> None:
        if worker is self._worker:
            self._on_finished(worker)  # nothing is being read any more when the failure is told
            self.failed.emit(exc)

    def _on_finished(self, worker: Any) -> None:
        if worker is self._worker:
            self._worker = None
            self.ended.emit()


def _read(source: Source, name: str) -> Iterator[str]:
    """Read an atlas step by step; each yield is a point where cancelling takes effect."""
    yield f"Reading the hierarchy of {name}…"
    atlas = source()
    yield f"Reading the annotation of {atlas.name}…"
    _ = atlas.labels.total_boxes
    yield f"Reading the images of {atlas.name}…"
    layers = make_layers(atlas)
    return atlas, layers  # type: ignore[return-value]  # the generator's result
