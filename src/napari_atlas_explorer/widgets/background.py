"""Long work beside the window: what is being done, how far it is, and a way to stop it."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import Any

from qtpy.QtCore import QObject, Signal

from .workers import start_worker

Report = Callable[[float], None]
Work = Callable[[Report], Any]
"""Called in another thread with what it is to call with the share that is done, 0 to 1."""


class StoppedError(Exception):
    """The work was stopped; raised where it reports how far it is."""


class Background(QObject):
    """Does one piece of work at a time; newer work stops older."""

    step = Signal(str)
    """What is being done and how far it is; "" when nothing is."""

    failed = Signal(object)
    """The exception."""

    _progressed = Signal(object, int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker: Any = None
        self._stop = Event()
        self._what = ""
        self._gone = Event()
        self.destroyed.connect(self._gone.set)  # with the window: nobody is to be told any more
        self._progressed.connect(self._on_progress)

    @property
    def busy(self) -> bool:
        """Whether something is being done."""
        return self._worker is not None

    def start(self, what: str, work: Work, done: Callable[[Any], None]) -> None:
        """Do some work; its result is given to a function in the window's thread."""
        self.stop()
        stop, gone = Event(), self._gone
        self._stop = stop

        def report(share: float) -> None:
            if stop.is_set() or gone.is_set():
                raise StoppedError
            percent = int(100 * share)
            if percent != report_to.last:
                report_to.last = percent
                self._progressed.emit(stop, percent)

        report_to = _Last()
        self._what = what
        self.step.emit(f"{what}…")
        self._worker = start_worker(
            lambda: work(report),
            returned=lambda worker, result: self._on_returned(worker, done, result),
            errored=self._on_errored,
        )

    def stop(self) -> None:
        """Stop at the next report; nothing comes of the work."""
        self._stop.set()
        if self._worker is not None:
            self._end()

    def _end(self) -> None:
        self._worker = None
        self.step.emit("")

    def _on_progress(self, stop: Event, percent: int) -> None:
        if stop is self._stop and self._worker is not None:
            self.step.emit(f"{self._what}… {percent} %")

    def _on_returned(self, worker: Any, done: Callable[[Any], None], result: Any) -> None:
        if worker is self._worker and not self._gone.is_set():
            self._end()
            done(result)

    def _on_errored(self, worker: Any, exc: BaseException) -> None:
        if worker is self._worker and not self._gone.is_set():
            self._end()
            self.failed.emit(exc)


class _Last:
    """The percentage that was told last."""

    last = -1
