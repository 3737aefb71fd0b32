"""Workers of which nothing is left when they are done."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator
from typing import Any

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
