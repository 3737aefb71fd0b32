"""Notes on caches that were damaged and made again, or cannot be used."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

_logger = logging.getLogger("napari_atlas_explorer.cache")


def note_repair(text: str) -> None:
    """Log one line as a warning: Python prints it where nobody collects it."""
    _logger.warning("%s", " ".join(text.split()))


@contextmanager
def collect_notes() -> Iterator[list[str]]:
    """Yield a list that the notes of all threads join while the block runs."""
    notes: list[str] = []
    handler = _ListHandler(notes)
    _logger.addHandler(handler)
    try:
        yield notes
    finally:
        _logger.removeHandler(handler)


class _ListHandler(logging.Handler):
    """Appends each message to a list, once."""

    def __init__(self, notes: list[str]) -> None:
        super().__init__()
        self._notes = notes

    def emit(self, record: logging.LogRecord) -> None:
        """Append the message unless it is there."""
        message = record.getMessage()
        if message not in self._notes:
            self._notes.append(message)
