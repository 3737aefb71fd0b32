"""Work in background threads: workers, progress, cancelling, and the row that shows it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator
from threading import Event
from typing import Any

from qtpy.QtCore import QObject, Qt, Signal
from qtpy.QtWidgets import QHBoxLayout, QPushButton, QWidget

from .widgets import ElidedLabel

# -----------------------------------------------------------------------------
# Workers of which nothing is left when they are done.

Slot = Callable[..., Any]


def start_worker(
    work: Callable[[], Any],
    *,
    returned: Slot | None = None,
    errored: Slot | None = None,
    yielded: Slot | None = None,
    finished: Slot | None = None,
) -> Any:
    """Run a function, or a generator, in napari's worker and in another thread.

    napari keeps every worker for its list of tasks as long as the window lives, and a worker
    keeps what it was given: an atlas, a display, a dock. What is given here goes when it has
    run, whatever way it ended.

    Parameters
    ----------
    work
        Function or generator function without arguments.
    returned, errored, yielded, finished
        Called in the window's thread with the worker and what there is: the result, the
        exception, what was yielded, nothing.
    """
    from napari.qt.threading import create_worker

    held: dict[str, Slot | None] = {
        "work": work, "returned": returned, "errored": errored, "yielded": yielded,
        "finished": finished,
    }  # fmt: skip
    run = _generator(held) if inspect.isgeneratorfunction(work) else _function(held)
    worker = create_worker(run, _start_thread=False, _ignore_errors=True)

    def tell(name: str, *values: Any) -> None:
        slot = held.get(name)
        if slot is not None:
            slot(worker, *values)

    def end() -> None:
        tell("finished")
        held.clear()

    worker.returned.connect(lambda result: tell("returned", result))
    worker.errored.connect(lambda exc: tell("errored", exc))
    if yielded is not None:
        worker.yielded.connect(lambda value: tell("yielded", value))
    worker.finished.connect(end)
    worker.start()
    return worker


def _function(held: dict[str, Slot | None]) -> Callable[[], Any]:
    def run() -> Any:
        work = held.get("work")
        return work() if work is not None else None

    return run


def _generator(held: dict[str, Slot | None]) -> Callable[[], Generator[Any, None, Any]]:
    def run() -> Generator[Any, None, Any]:
        work = held.get("work")
        return (yield from work()) if work is not None else None

    return run


# -----------------------------------------------------------------------------
# What is being done, and a button to stop it; there only while something is done.


class BusyRow(QWidget):
    """A line of a dock; hidden at first."""

    def __init__(self) -> None:
        super().__init__()
        self.label = ElidedLabel("", elide=Qt.TextElideMode.ElideRight)
        self.cancel = QPushButton("Cancel")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.label, 1)
        row.addWidget(self.cancel)
        self.setVisible(False)


# -----------------------------------------------------------------------------
# Long work beside the window: what is being done, how far it is, and a way to stop it.

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
