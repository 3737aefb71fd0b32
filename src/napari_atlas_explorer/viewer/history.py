"""History of what the user did, in one order: steps that undo takes back and redo does again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from psygnal import Signal

MOST_STEPS = 200
MOST_BYTES = 2 * 2**30
"""Memory that all steps may hold: 27 masks of a mouse brain at 25 µm, one at 10 µm."""


@dataclass(eq=False)
class Step:
    """One thing that the user did.

    Attributes
    ----------
    name
        What it was, for "Undo …".
    owners
        What it changed, for instance layers; a step whose owners are all gone goes, too.
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
    """Steps that were done and steps that were undone, bounded in number and memory.

    Parameters
    ----------
    most_steps, most_bytes
        Bounds; the latest step is kept however much it holds.
    """

    changed = Signal()
    """Something else can be undone or redone."""

    def __init__(self, most_steps: int = MOST_STEPS, most_bytes: int = MOST_BYTES) -> None:
        self._most_steps, self._most_bytes = most_steps, most_bytes
        self._done: list[Step] = []
        self._undone: list[Step] = []

    @property
    def last(self) -> Step | None:
        """The step that undo would take back."""
        return self._done[-1] if self._done else None

    @property
    def next(self) -> Step | None:
        """The step that redo would do again."""
        return self._undone[-1] if self._undone else None

    def add(self, step: Step) -> None:
        """Add a step that was done just now; what was undone cannot be redone any more."""
        self._done.append(step)
        self._undone = []
        while len(self._done) > 1 and (
            len(self._done) > self._most_steps
            or sum(s.n_bytes for s in self._done) > self._most_bytes
        ):
            del self._done[0]
        self.changed.emit()

    def amend(self, redo: Callable[[], object]) -> None:
        """Let the last step lead further: undo still goes back to where it began."""
        self._done[-1].redo = redo
        self._undone = []
        self.changed.emit()

    def undo(self) -> None:
        """Take the last step back."""
        if self._done:
            # Moved first: the step may find that it must be forgotten.
            self._undone.append(self._done.pop())
            self._undone[-1].undo()
            self.changed.emit()

    def redo(self) -> None:
        """Do again what was taken back last."""
        if self._undone:
            self._done.append(self._undone.pop())
            self._done[-1].redo()
            self.changed.emit()

    def forget(self, owner: object, only: Step | None = None) -> None:
        """Forget an owner in every step, or in one; a step of no other owner goes."""
        for step in (*self._done, *self._undone) if only is None else (only,):
            # Not "is": what plugins get of a layer may be napari's proxy of it.
            step.owners = [other for other in step.owners if other != owner]
        self._done = [step for step in self._done if step.owners]
        self._undone = [step for step in self._undone if step.owners]
        self.changed.emit()
