"""Undo history: bounded, in the order of the user's steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from psygnal import Signal

MOST_STEPS = 200
MOST_BYTES = 2 * 2**30
"""Memory limit of all steps: 27 masks of a mouse brain at 25 µm, one at 10 µm."""


@dataclass(eq=False)
class Step:
    """One undoable step.

    Attributes
    ----------
    name
        Name for "Undo …".
    owners
        Changed objects, for instance layers; a step without owners is dropped.
    undo, redo
        Take it back, and do it again.
    n_bytes
        Memory that the step holds beyond what is shown.
    """

    name: str
    owners: list[Any]
    undo: Callable[[], object]
    redo: Callable[[], object]
    n_bytes: int = 0


class History:
    """Undo and redo stacks, bounded in number and memory.

    Parameters
    ----------
    most_steps, most_bytes
        Bounds; the latest step is kept however much it holds.
    """

    changed = Signal()
    """The step to undo or redo has changed."""

    def __init__(self, most_steps: int = MOST_STEPS, most_bytes: int = MOST_BYTES) -> None:
        self._most_steps, self._most_bytes = most_steps, most_bytes
        self._done: list[Step] = []
        self._undone: list[Step] = []

    @property
    def last(self) -> Step | None:
        """The next step to undo."""
        return self._done[-1] if self._done else None

    @property
    def next(self) -> Step | None:
        """The next step to redo."""
        return self._undone[-1] if self._undone else None

    def add(self, step: Step) -> None:
        """Add a step that was just done; clear the redo stack."""
        self._done.append(step)
        self._undone = []
        while len(self._done) > 1 and (
            len(self._done) > self._most_steps
            or sum(s.n_bytes for s in self._done) > self._most_bytes
        ):
            del self._done[0]
        self.changed.emit()

    def amend(self, redo: Callable[[], object]) -> None:
        """Extend the last step; undo still goes back to its beginning."""
        self._done[-1].redo = redo
        self._undone = []
        self.changed.emit()

    def undo(self) -> None:
        """Undo the last step."""
        if self._done:
            # Moved first: running the step may remove it from the history.
            self._undone.append(self._done.pop())
            self._undone[-1].undo()
            self.changed.emit()

    def redo(self) -> None:
        """Redo the step that was undone last."""
        if self._undone:
            self._done.append(self._undone.pop())
            self._done[-1].redo()
            self.changed.emit()

    def forget(self, owner: object, only: Step | None = None) -> None:
        """Remove an owner from every step, or from one; drop steps without owners."""
        for step in (*self._done, *self._undone) if only is None else (only,):
            # Not "is": what plugins get of a layer may be napari's proxy of it.
            step.owners = [other for other in step.owners if other != owner]
        self._done = [step for step in self._done if step.owners]
        self._undone = [step for step in self._undone if step.owners]
        self.changed.emit()
