"""Opening atlases without blocking the window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Event
from typing import Any

from qtpy.QtCore import QObject, Signal

from ..core.atlas import Atlas
from ..plugin.display import make_layers, make_preview
from .background import StoppedError
from .workers import start_worker

Source = Callable[[], Atlas]


class Opener(QObject):
    """Reads one atlas at a time in a worker; a newer request ends an older one."""

    step = Signal(str)
    """What is being done now."""

    share = Signal(float)
    """How much of that is done, of what takes long; told behind each such step."""

    previewed = Signal(object, object)
    """An atlas whose annotation is not there yet, and a layer of it that is."""

    opened = Signal(object, object)
    """The atlas and its layers, not yet in a viewer."""

    failed = Signal(object)
    """The exception."""

    ended = Signal()
    """Whatever way it ended: done, failed or cancelled."""

    _converted = Signal(object, float)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker: Any = None
        self._stop = Event()
        self._converted.connect(self._on_converted)

    @property
    def busy(self) -> bool:
        """Whether an atlas is being read."""
        return self._worker is not None

    def start(self, source: Source, name: str) -> None:
        """Read the atlas that a function opens."""
        self.cancel()
        stop = self._stop = Event()

        def report(share: float) -> None:
            if stop.is_set():
                raise StoppedError
            self._converted.emit(stop, share)

        def work() -> Iterator[str | tuple[Atlas, Any]]:
            return (yield from _read(source, name, report))

        self._worker = start_worker(
            work,
            yielded=self._on_yielded,
            returned=self._on_returned,
            errored=self._on_errored,
            finished=self._on_finished,
        )

    def cancel(self) -> None:
        """Stop reading at the next step; nothing is added.

        A large volume that was being converted is gone on with the next time.
        """
        self._stop.set()
        if self._worker is not None:
            self._worker.quit()
            self._worker = None
            self.ended.emit()

    def _on_converted(self, stop: Event, share: float) -> None:
        if stop is self._stop and self._worker is not None:
            self.step.emit(f"Converting for quick access, once… {share:.0%}")
            self.share.emit(share)

    def _on_yielded(self, worker: Any, told: str | tuple[Atlas, Any]) -> None:
        if worker is not self._worker:
            return
        if isinstance(told, str):
            self.step.emit(told)
        else:
            self.previewed.emit(*told)

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


def _read(
    source: Source, name: str, report: Callable[[float], None]
) -> Iterator[str | tuple[Atlas, Any]]:
    """Read an atlas step by step; each yield is a point where cancelling takes effect."""
    yield f"Reading the hierarchy of {name}…"
    atlas = source()
    preview = make_preview(atlas)
    if preview is not None:
        yield atlas, preview
    yield f"Reading the annotation of {atlas.name}…"
    atlas.on_progress = report
    _ = atlas.labels.total_boxes
    if atlas.sides is not None:
        atlas.sides.seen(atlas.shape)  # not when the cursor first asks for a side
    yield f"Reading the images of {atlas.name}…"
    layers = make_layers(atlas, preview)
    return atlas, layers  # type: ignore[return-value]  # the generator's result
