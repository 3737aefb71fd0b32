"""Undo history: bounded, in the order of the user's steps; steps on layers."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from ..core.mask_recipe import MaskRecipe
from ..core.text import as_plain
from .layer_info import LayerInfo, info_of, is_users

if TYPE_CHECKING:
    import napari
    from napari.layers import Labels, Layer

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


# ---- Steps on layers -----------------------------------------------------------------------------


MOST_STROKES = 100
"""Strokes that napari keeps for undo in each layer."""


class LayerSteps:
    """Undoable steps on masks and imported points; the user's painting is never lost.

    Ctrl+Z and Ctrl+Shift+Z are this history's in the atlas's labels layers, too, where they are
    napari's own otherwise: strokes are steps among the others.

    Parameters
    ----------
    viewer
        The napari viewer.
    history
        History for the steps.
    """

    def __init__(self, viewer: napari.Viewer, history: History) -> None:
        self._viewer, self._history = viewer, history
        self._own = False
        self._strokes: WeakKeyDictionary[Labels, list[Step]] = WeakKeyDictionary()
        viewer.layers.events.inserted.connect(self._on_inserted)
        viewer.layers.events.removed.connect(self._on_removed)

    def add_masks(self, layers: Iterable[tuple[Layer, int]]) -> None:
        """Add masks, each with its `checksum`, as one step."""
        checksums = dict(layers)
        self._put_back(checksums)

        def undo() -> None:
            for layer in step.owners:
                if checksum(layer.data) == checksums[layer]:
                    self._take_away(layer)
                else:
                    self._history.forget(layer, step)
                    from napari.utils.notifications import show_info

                    show_info(
                        as_plain(f"{layer.name} was changed by hand since it was made: it stays")
                    )

        n_bytes = sum(layer.data.nbytes for layer in checksums)
        step = Step("make mask", [*checksums], undo, lambda: self._put_back(step.owners), n_bytes)
        self._history.add(step)

    def add_import(
        self, layer: Layer, add_more: Callable[[], object], remove_more: Callable[[], object]
    ) -> None:
        """Add a layer of a file, and what else comes of it, as one step."""

        def redo() -> None:
            self._put_back([layer])
            add_more()

        def undo() -> None:
            self._take_away(layer)
            remove_more()

        redo()
        self._history.add(Step(f"import {layer.name}", [layer], undo, redo, _n_bytes(layer)))

    def change_mask(self, layer: Labels, name: str, data: NDArray[Any], recipe: MaskRecipe) -> None:
        """Replace the voxels and the recipe of a mask."""
        info = info_of(layer) or LayerInfo(role="mask")
        other = data, replace(info, recipe=recipe)

        def swap() -> None:
            # Swapping the arrays keeps what was painted between undo and redo.
            nonlocal other
            before = layer.data, info_of(layer) or info
            layer.data = other[0]
            layer.metadata.update(other[1].as_metadata())
            other = before

        swap()
        self._history.add(Step(name, [layer], swap, swap, data.nbytes))

    def _put_back(self, layers: Iterable[Layer], at: int | None = None) -> None:
        for layer in layers:
            if layer not in self._viewer.layers:
                self._viewer.layers.insert(len(self._viewer.layers) if at is None else at, layer)

    def _take_away(self, layer: Layer) -> None:
        self._own = True
        try:
            if layer in self._viewer.layers:
                self._viewer.layers.remove(layer)
        finally:
            self._own = False

    def _on_inserted(self, event: Any) -> None:
        from napari.layers import Labels

        layer, history = event.value, self._history
        if not isinstance(layer, Labels) or info_of(layer) is None or layer in self._strokes:
            return
        self._strokes[layer] = []
        layer.bind_key("Control-Z", lambda _: history.undo(), overwrite=True)
        layer.bind_key("Control-Shift-Z", lambda _: history.redo(), overwrite=True)
        layer.events.paint.connect(self._on_stroke)
        layer.events.data.connect(self._on_replaced)

    def _on_stroke(self, event: Any) -> None:
        layer = event.source
        step = Step(f"paint in {layer.name}", [layer], layer.undo, layer.redo)
        self._strokes[layer].append(step)
        self._history.add(step)
        if len(self._strokes[layer]) > MOST_STROKES:
            self._history.forget(layer, self._strokes[layer].pop(0))

    def _on_replaced(self, event: Any) -> None:
        """Drop the strokes of a layer whose array was replaced: napari cannot undo them now."""
        strokes, self._strokes[event.source] = self._strokes[event.source], []
        for step in strokes:
            self._history.forget(event.source, step)

    def _on_removed(self, event: Any) -> None:
        """Make the removal of a user's layer a step; forget other layers."""
        layer, at = event.value, event.index
        if self._own:
            return
        if not is_users(layer):
            self._history.forget(layer)
            return

        def undo() -> None:
            self._put_back([layer], min(at, len(self._viewer.layers)))

        def redo() -> None:
            self._take_away(layer)

        self._history.add(Step(f"remove {layer.name}", [layer], undo, redo, _n_bytes(layer)))


def _n_bytes(layer: Any) -> int:
    return int(np.asarray(layer.data).nbytes)


def checksum(data: NDArray[Any]) -> int:
    """Return the CRC-32 of a layer's values, plane by plane: no copy of the volume."""
    total = 0
    for plane in data:
        total = zlib.crc32(plane.tobytes(), total)
    return total
