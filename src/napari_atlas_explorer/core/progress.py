"""Progress callbacks, with the fraction done from 0 to 1."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[float], None]
StageProgress = Callable[[float, str], None]
"""Called with the fraction done and the name of the stage."""


def ignore_progress(share: float, stage: str = "") -> None:
    """Do nothing: the progress callback where nobody watches."""
