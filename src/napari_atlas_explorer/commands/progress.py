"""A line that says how far long work has come."""

from __future__ import annotations

import sys
import time

PATIENCE = 1.0
"""Seconds of work before anything is said."""
WIDTH = 24
MOST_WORDS = 45


class Progress:
    """Called with the share that is done; draws a bar on a terminal, nothing elsewhere.

    Parameters
    ----------
    what
        What is being done.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._start = time.monotonic()
        self._percent = -1

    def __call__(self, share: float) -> None:
        """Draw the bar if it has changed, and take it away at the end."""
        if not sys.stderr.isatty() or time.monotonic() - self._start < PATIENCE:
            return
        percent = int(100 * share)
        if share >= 1:
            sys.stderr.write(f"\r{' ' * (len(self._what) + WIDTH + 9)}\r")
        elif percent != self._percent:
            bar = "#" * int(WIDTH * share)
            sys.stderr.write(f"\r{self._what} [{bar:{WIDTH}}] {percent:3d} %")
        self._percent = percent
        sys.stderr.flush()


class StagedProgress:
    """Progress of work in stages: a bar on a terminal that says what is being done."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._last = ("", -1)

    def __call__(self, share: float, what: str) -> None:
        """Draw the bar if it has changed, and take it away at the end."""
        if not sys.stderr.isatty() or time.monotonic() - self._start < PATIENCE:
            return
        now = (what[:MOST_WORDS], int(100 * share))
        if share >= 1:
            sys.stderr.write("\r\x1b[K")
        elif now != self._last:
            bar = "#" * int(WIDTH * share)
            sys.stderr.write(f"\r\x1b[K[{bar:{WIDTH}}] {now[1]:3d} % {now[0]}")
        self._last = now
        sys.stderr.flush()
