"""Which regions are shown, at which depth, on which side: the state behind tree and canvas.

No napari and no Qt: the dock and the canvas both ask this model and follow its signal.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from ..core.annotation import Annotation
from ..core.sides import LEFT, RIGHT

MAX_HISTORY = 200


@dataclass(frozen=True)
class ViewState:
    """One state of the view; never changed in place, so that undo can go back to it.

    Attributes
    ----------
    shown
        ``(n_ranks,)`` booleans: whether each rank's own voxels are drawn.
    depth
        Regions below this depth are drawn as their ancestors at it; None draws them all.
    side
        `LEFT`, `RIGHT`, or None for both.
    """

    shown: NDArray[np.bool_]
    depth: int | None = None
    side: int | None = None


class RegionView:
    """Filter, depth and side of an annotation, with undo.

    Parameters
    ----------
    labels
        The annotation; only its hierarchy and counts are used.
    """

    changed = Signal()

    def __init__(self, labels: Annotation) -> None:
        self.labels = labels
        self._state = ViewState(np.ones(labels.n_ranks, bool))
        self._undo: list[ViewState] = []
        self._redo: list[ViewState] = []
        self._targets = self._targets_at(None)

    # ---- state -----------------------------------------------------------------------------

    @property
    def state(self) -> ViewState:
        """The present state."""
        return self._state

    @property
    def depth(self) -> int | None:
        """Depth to which the annotation is collapsed; None for none."""
        return self._state.depth

    @property
    def side(self) -> int | None:
        """Side that is drawn; None for both."""
        return self._state.side

    @property
    def max_depth(self) -> int:
        """Depth of the deepest region."""
        return int(self.labels.region_map.depths.max())

    @property
    def is_filtered(self) -> bool:
        """Whether any region is hidden."""
        return not bool(self._state.shown.all())

    def restore(self, state: ViewState) -> None:
        """Go to a state, as one step that can be undone."""
        self._push(state)

    def _push(self, state: ViewState) -> None:
        old = self._state
        if (state.depth, state.side) == (old.depth, old.side) and np.array_equal(
            state.shown, old.shown
        ):
            return
        self._undo = [*self._undo[-MAX_HISTORY:], old]
        self._redo = []
        self._go(state)

    def _go(self, state: ViewState) -> None:
        self._state = state
        self._targets = self._targets_at(state.depth)
        self.changed.emit()

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return bool(self._undo)

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to do again."""
        return bool(self._redo)

    def undo(self) -> None:
        """Take the last step back."""
        if self._undo:
            self._redo.append(self._state)
            self._go(self._undo.pop())

    def redo(self) -> None:
        """Do again what was taken back."""
        if self._redo:
            self._undo.append(self._state)
            self._go(self._redo.pop())

    # ---- changes ---------------------------------------------------------------------------

    def set_depth(self, depth: int | None) -> None:
        """Collapse the annotation to a depth (0 is the root); None or the deepest: leaves."""
        if depth is not None and depth >= self.max_depth:
            depth = None
        self._push(replace(self._state, depth=depth))

    def set_side(self, side: int | None) -> None:
        """Draw one side only; None for both."""
        if side not in (None, LEFT, RIGHT):
            raise ValueError(f"side {side!r}; expected {LEFT}, {RIGHT} or None")
        self._push(replace(self._state, side=side))

    def set_shown(self, ranks: Iterable[int], shown: bool) -> None:
        """Show or hide regions with all their descendants."""
        new = self._state.shown.copy()
        for start, stop in self._intervals(ranks):
            new[start:stop] = shown
        self._push(replace(self._state, shown=new))

    def hide(self, ranks: Iterable[int]) -> None:
        """Hide regions with all their descendants."""
        self.set_shown(ranks, False)

    def show_only(self, ranks: Iterable[int]) -> None:
        """Hide everything but these regions with their descendants."""
        new = np.zeros_like(self._state.shown)
        for start, stop in self._intervals(ranks):
            new[start:stop] = True
        self._push(replace(self._state, shown=new))

    def show_all(self) -> None:
        """Show every region."""
        self._push(replace(self._state, shown=np.ones_like(self._state.shown)))

    def _intervals(self, ranks: Iterable[int]) -> list[tuple[int, int]]:
        return [(int(k), int(self.labels.ends[k])) for k in ranks if k]

    # ---- answers ---------------------------------------------------------------------------

    def _targets_at(self, depth: int | None) -> NDArray[np.int64]:
        own = np.arange(self.labels.n_ranks)
        if depth is None:
            return own
        known = self.labels.region_map.at_depth(depth)
        return np.concatenate([known, own[len(known) :]])

    def displayed(self, rank: int, side: int = 0) -> int:
        """Rank as which a voxel is drawn: itself, its ancestor, or 0 where it is hidden."""
        if not self._state.shown[rank]:
            return 0
        if self._state.side is not None and side != self._state.side:
            return 0
        return int(self._targets[rank])

    def drawn(self) -> NDArray[np.int64]:
        """``(n_ranks,)`` rank as which each rank is drawn, 0 where it is hidden."""
        return np.where(self._state.shown, self._targets, 0)

    def check_states(self) -> NDArray[np.int8]:
        """``(n_ranks,)`` per region with its descendants: 0 none shown, 1 some, 2 all.

        Regions without voxels do not count, unless the whole subtree has none.
        """
        ends = self.labels.ends
        starts = np.arange(self.labels.n_ranks)
        counted = self.labels.counts > 0
        n_counted = _interval_sums(counted, starts, ends)
        weight = np.where(n_counted > 0, n_counted, ends - starts)
        shown = self._state.shown
        n_shown = np.where(
            n_counted > 0,
            _interval_sums(shown & counted, starts, ends),
            _interval_sums(shown, starts, ends),
        )
        return np.where(n_shown == 0, 0, np.where(n_shown == weight, 2, 1)).astype(np.int8)


def _interval_sums(
    values: NDArray[np.bool_], starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> NDArray[np.int64]:
    running = np.concatenate([np.zeros(1, np.int64), np.cumsum(values)])
    return np.asarray(running[ends] - running[starts])
