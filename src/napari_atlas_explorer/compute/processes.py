"""Pools of worker processes."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any

from ..core.errors import AtlasError


@contextmanager
def process_pool(
    processes: int, initialize: Callable[..., object] | None = None, *args: Any
) -> Iterator[ProcessPoolExecutor]:
    """Open a process pool that cancels pending tasks on exit.

    Each process calls ``initialize`` with the arguments before its first task; one that dies
    raises an `AtlasError`.
    """
    # "spawn": a forked copy of a process that has threads may hang.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(processes, context, initialize, args)
    try:
        yield pool
    except BrokenProcessPool as exc:
        raise AtlasError(
            "a worker process died, probably out of memory; use fewer processes",
            remedy="fewer processes",
        ) from exc
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
