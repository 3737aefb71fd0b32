"""Measuring two things side by side."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

Work = Callable[[], Any]


def once(work: Work) -> float:
    """Milliseconds that one call takes; what it returns is freed after the clock stops."""
    start = time.perf_counter()
    result = work()
    took = (time.perf_counter() - start) * 1e3
    del result
    return took


def once_and_cpu(work: Work) -> tuple[float, float]:
    """Milliseconds by the clock, and of this thread's processor time.

    They differ by what other programs and threads took; a p99 of short calls on a shared
    machine says more of those than of the call.
    """
    cpu = time.thread_time()
    took = once(work)
    return took, (time.thread_time() - cpu) * 1e3


def alternate(*works: Work, repeats: int = 7, warm_up: int = 1) -> list[list[float]]:
    """Milliseconds of each call of several functions, taken in turn.

    The order turns round with every repeat, so that none always follows the same other one;
    whatever else the machine does meanwhile falls on all of them alike.
    """
    times: list[list[float]] = [[] for _ in works]
    for repeat in range(-warm_up, repeats):
        order = range(len(works)) if repeat % 2 else range(len(works) - 1, -1, -1)
        for n in order:
            took = once(works[n])
            if repeat >= 0:
                times[n].append(took)
    return times


def median(times: ArrayLike) -> float:
    """Median."""
    return float(np.median(times))


def p99(times: ArrayLike) -> float:
    """99th percentile: the value that one in a hundred exceeds."""
    return float(np.percentile(times, 99, method="higher"))
