"""Background jobs: progress, intermediate results, cancelling, and the line that shows them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from importlib import import_module
from threading import Event, Thread
from typing import Any

from qtpy.QtCore import QObject, Qt, Signal
from qtpy.QtWidgets import (
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from .widgets import ElidedLabel, without_margins

# ---- Jobs ----------------------------------------------------------------------------------------


class StoppedError(Exception):
    """Cancellation of a job, raised where it reports its progress."""


class Progress:
    """Progress callback of a job; raises `StoppedError` once the job is cancelled.

    Parameters
    ----------
    what
        Name of the step.
    gone
        Set when the window is closed.
    reported, sent
        Called with this object and what is reported or sent.
    """

    def __init__(
        self,
        what: str,
        gone: Event,
        reported: Callable[[Progress, float, str], object],
        sent: Callable[[Progress, object], object],
    ) -> None:
        self.stopped = Event()
        self._gone, self._reported, self._sent = gone, reported, sent
        self._what, self._last = what, (-1, what)

    def __call__(self, share: float, what: str | None = None) -> None:
        """Report the share that is done, 0 to 1, and what is being done where that changes."""
        self._raise_if_stopped()
        self._what = self._what if what is None else what
        # Throttled: a signal per voxel would block the window.
        now = int(1000 * share), self._what
        if now != self._last:
            self._last = now
            self._reported(self, share, self._what)

    def send(self, part: object) -> None:
        """Send an intermediate result to the window."""
        self._raise_if_stopped()
        self._sent(self, part)

    def _raise_if_stopped(self) -> None:
        if self.stopped.is_set() or self._gone.is_set():
            raise StoppedError


Work = Callable[[Progress], Any]
"""Called in another thread."""


class BackgroundJob(QObject):
    """Runner of one job at a time; a newer job cancels the older one, or waits for it.

    napari keeps every worker for its list of tasks as long as the window lives, and a worker
    keeps its arguments: an atlas, a display, a page. Here they are released when it has run,
    however it ended.
    """

    step = Signal(str)
    """Running step and its progress; "" when idle."""

    progressed = Signal(float, str)
    """The fraction that is done, and the running step."""

    received = Signal(object)
    """An intermediate result."""

    failed = Signal(object)
    """The exception."""

    cancelled = Signal()
    """The user has cancelled the job."""

    _reported = Signal(object, float, str)
    _sent = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._progress: Progress | None = None
        self._waiting: list[tuple[str, Work, Callable[[Any], None]]] = []
        self._gone = Event()
        self.destroyed.connect(self._gone.set)  # with the window: no receiver is left
        self._reported.connect(self._on_reported)
        self._sent.connect(self._on_sent)

    @property
    def busy(self) -> bool:
        """Whether a job is running."""
        return self._progress is not None

    def start(self, what: str, work: Work, done: Callable[[Any], None]) -> None:
        """Cancel the running job and run another; pass its result to a function in this thread."""
        self.stop()
        self.add(what, work, done)

    def add(self, what: str, work: Work, done: Callable[[Any], None]) -> None:
        """Run a job after the running one, if there is one."""
        self._waiting.append((what, work, done))
        self._begin_next()

    def cancel(self) -> None:
        """Stop, as the user has asked for it."""
        self.stop()
        self.cancelled.emit()

    def stop(self) -> None:
        """Cancel the running job at its next report, and drop waiting ones."""
        self._waiting = []
        if self._progress is not None:
            self._progress.stopped.set()
            self._end()

    def _begin_next(self) -> None:
        from napari.qt.threading import create_worker

        if self.busy or not self._waiting:
            return
        what, work, done = self._waiting.pop(0)
        self._progress = Progress(what, self._gone, self._reported.emit, self._sent.emit)
        self.step.emit(f"{what}…")
        # napari keeps the worker and so its closures: they hold only this list, emptied at the end.
        held: list[Any] = [self, self._progress, work, done]

        def run() -> Any:
            _, progress, work, _ = held
            return work(progress)

        def on_returned(result: object) -> None:
            if held:
                job, progress, _, done = held
                job._on_ended(progress, lambda: done(result))

        def on_errored(exc: BaseException) -> None:
            if held:
                job, progress, *_ = held
                job._on_ended(progress, lambda: job.failed.emit(exc))

        def on_finished() -> None:
            held.clear()

        worker = create_worker(run, _start_thread=False, _ignore_errors=True)
        worker.returned.connect(on_returned)
        worker.errored.connect(on_errored)
        worker.finished.connect(on_finished)
        worker.start()

    def _end(self) -> None:
        self._progress = None
        self.step.emit("")

    def _on_ended(self, progress: Progress, report: Callable[[], object]) -> None:
        if progress is self._progress and not self._gone.is_set():
            self._end()
            report()
            self._begin_next()

    def _on_reported(self, progress: Progress, share: float, what: str) -> None:
        if progress is self._progress:
            self.step.emit(f"{what}… {int(100 * share)} %")
            self.progressed.emit(share, what)

    def _on_sent(self, progress: Progress, part: object) -> None:
        if progress is self._progress:
            self.received.emit(part)


# ---- Imports -------------------------------------------------------------------------------------

FIRST_LAYER = ("scipy.ndimage", "skimage.color", "xarray", "filelock")
"""What napari imports with its first layer, and locks of the cache: a second together."""


@cache
def import_ahead() -> None:
    """Import in the background, once, what the first opening needs: the window is idle till then.

    pint's registry, half a second more, is left to the opening: two threads must not make it.
    """
    Thread(target=_import, args=(FIRST_LAYER,), name="import ahead", daemon=True).start()


def _import(names: Sequence[str]) -> None:
    for name in names:
        with suppress(ImportError):  # reported where it is needed
            import_module(name)


# ---- Busy line -----------------------------------------------------------------------------------


class BusyLine(QWidget):
    """Line that shows the running step of the job that was started last, and cancels it.

    Parameters
    ----------
    parent
        As for every widget.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.label = ElidedLabel("", elide=Qt.TextElideMode.ElideRight)
        self.cancel = QPushButton("Cancel")
        self.cancel.clicked.connect(self._cancel)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(6)
        row = QHBoxLayout()
        row.addWidget(self.label, 1)
        row.addWidget(self.cancel)
        column = without_margins(QVBoxLayout(self))
        column.addLayout(row)
        column.addWidget(self.bar)
        self._running: dict[Callable[[], object], tuple[str, float | None]] = {}
        """Text and share by what cancels the job, in the order of their starts."""
        self.setVisible(False)

    def follow(self, job: BackgroundJob) -> None:
        """Show the steps of a job; the button cancels it."""
        job.step.connect(lambda text: self.show_step(job.cancel, text))
        job.progressed.connect(lambda share, _: self.show_share(job.cancel, share))

    def show_step(self, cancel: Callable[[], object], text: str) -> None:
        """Show the running step of what a function cancels; without text, it has ended."""
        if text:
            self._running[cancel] = text, None
        else:
            self._running.pop(cancel, None)
        self._show()

    def show_share(self, cancel: Callable[[], object], share: float) -> None:
        """Show the fraction that is done of what a function cancels."""
        if cancel in self._running:
            self._running[cancel] = self._running[cancel][0], share
            self._show()

    def _show(self) -> None:
        text, share = next(reversed(self._running.values()), ("", None))
        more = len(self._running) - 1
        self.label.setText(f"{text} (and {more} more)" if more > 0 else text)
        self.bar.setRange(0, 0 if share is None else 100)
        self.bar.setValue(0 if share is None else round(100 * share))
        self.setVisible(bool(text))

    def _cancel(self) -> None:
        if self._running:
            next(reversed(self._running))()
