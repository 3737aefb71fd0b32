"""How far a package is, over stages that take their share each."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[float, str], None]
"""Called with the share that is done and what is being done; may raise to stop."""


def nothing_said(share: float, what: str) -> None:
    """Say nothing: progress where nobody looks."""


def stage(progress: Progress, first: float, last: float) -> Progress:
    """Progress of a stage that goes from one share of the whole to another."""

    def say(share: float, what: str) -> None:
        progress(first + (last - first) * min(1.0, share), what)

    return say
