"""State of the view: shown regions, depth, hemisphere, selection.

No napari and no Qt: dock and canvas read this model and follow its signals.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from ..core.regions.rank_volume import RankVolume
from ..core.selection import Selection
from ..core.space.hemispheres import LEFT, RIGHT
from .history import History, Step


@dataclass(frozen=True)
class ViewState:
    """One immutable state of the view, so that undo can go back to it.

    Attributes
    ----------
    shown
        ``(n_ranks,)`` booleans: whether each rank's own voxels are drawn.
    depth
        Regions below this depth are drawn as their ancestors at it; None draws them all.
    hemisphere
        `LEFT`, `RIGHT`, or None for both.
    selected
        ``(n_ranks,)`` bits of a `Selection`; None for nothing.
    step
        Name of the step to this state.
    """

    shown: NDArray[np.bool_]
    depth: int | None = None
    hemisphere: int | None = None
    selected: NDArray[np.uint8] | None = None
    step: str = ""

    def draws_as(self, other: ViewState) -> bool:
        """Return whether both draw the same regions in the same way."""
        return (self.depth, self.hemisphere) == (other.depth, other.hemisphere) and np.array_equal(
            self.shown, other.shown
        )

    def selects_as(self, other: ViewState) -> bool:
        """Return whether both select the same."""
        own_bits, other_bits = (
            np.zeros(len(self.shown), np.uint8) if s.selected is None else s.selected
            for s in (self, other)
        )
        return bool(np.array_equal(own_bits, other_bits))


class RegionView:
    """Filter, depth, hemisphere and selection of an annotation.

    Parameters
    ----------
    rank_volume
        The annotation; only its hierarchy and counts are used.
    history
        History for the steps; by default a new one.
    """

    changed = Signal()
    """Filter, depth or hemisphere have changed."""

    selection_changed = Signal()
    """The selection has changed."""

    def __init__(self, rank_volume: RankVolume, history: History | None = None) -> None:
        self.rank_volume = rank_volume
        self.history = History() if history is None else history
        self._state = ViewState(np.ones(rank_volume.n_ranks, bool))
        self._targets = self._find_targets(None)

    # ---- State -----------------------------------------------------------------------------

    @property
    def state(self) -> ViewState:
        """The current state."""
        return self._state

    @property
    def depth(self) -> int | None:
        """Depth to which the annotation is collapsed; None for none."""
        return self._state.depth

    @property
    def hemisphere(self) -> int | None:
        """Hemisphere that is drawn; None for both."""
        return self._state.hemisphere

    @property
    def max_depth(self) -> int:
        """Depth of the deepest region."""
        return int(self.rank_volume.region_map.depths.max())

    @property
    def is_filtered(self) -> bool:
        """Whether any region is hidden."""
        return not bool(self._state.shown.all())

    def restore(self, state: ViewState) -> None:
        """Restore a state as one undoable step."""
        self._push(state)

    def _push(self, state: ViewState) -> None:
        old = self._state
        if state.draws_as(old) and state.selects_as(old):
            return
        self.history.add(Step(state.step, [self], partial(self._go, old), partial(self._go, state)))
        self._go(state)

    def _go(self, state: ViewState) -> None:
        old, self._state = self._state, state
        if not state.draws_as(old):
            self._targets = self._find_targets(state.depth)
            self.changed.emit()
        if not state.selects_as(old):
            self.selection_changed.emit()

    # ---- Changes ---------------------------------------------------------------------------

    def set_depth(self, depth: int | None) -> None:
        """Collapse the annotation to a depth (0 is the root); None or the deepest: leaves."""
        if depth is not None and depth >= self.max_depth:
            depth = None
        self._push(replace(self._state, depth=depth, step="depth"))

    def set_hemisphere(self, hemisphere: int | None) -> None:
        """Draw one hemisphere only; None for both."""
        if hemisphere not in (None, LEFT, RIGHT):
            raise ValueError(f"side {hemisphere!r}; expected {LEFT}, {RIGHT} or None")
        self._push(replace(self._state, hemisphere=hemisphere, step="side"))

    def set_shown(self, ranks: Iterable[int], shown: bool) -> None:
        """Show or hide regions with all their descendants."""
        new = self._state.shown.copy()
        for start, stop in self._list_intervals(ranks):
            new[start:stop] = shown
        self._push(replace(self._state, shown=new, step="show" if shown else "hide"))

    def hide(self, ranks: Iterable[int]) -> None:
        """Hide regions with all their descendants."""
        self.set_shown(ranks, False)

    def show_only(self, ranks: Iterable[int]) -> None:
        """Hide everything but these regions with their descendants."""
        new = np.zeros_like(self._state.shown)
        for start, stop in self._list_intervals(ranks):
            new[start:stop] = True
        self._push(replace(self._state, shown=new, step="show only"))

    def show_all(self) -> None:
        """Show every region."""
        self._push(replace(self._state, shown=np.ones_like(self._state.shown), step="show all"))

    # ---- Selection -------------------------------------------------------------------------

    @property
    def selection(self) -> Selection:
        """The selection."""
        bits = self._state.selected
        return (
            Selection.nothing(self.rank_volume)
            if bits is None
            else Selection(self.rank_volume, bits)
        )

    def select(self, selection: Selection, step: str = "select", merge: bool = False) -> None:
        """Select these voxels and no others.

        With ``merge``, a step that follows one of the same name becomes one with it: walking
        down the tree with a key is one step and not thirty.
        """
        state = replace(self._state, selected=selection.bits, step=step)
        last = self.history.last
        follows = last is not None and last.owners == [self] and last.name == step
        if merge and follows and state.draws_as(self._state):
            self.history.amend(partial(self._go, state))
            self._go(state)
        else:
            self._push(state)

    def toggle(self, selection: Selection) -> None:
        """Add to the selection, or remove what is completely selected."""
        if not (selection - self.selection):
            self.select(self.selection - selection, "deselect")
        else:
            self.select(self.selection | selection, "add")

    def clear_selection(self) -> None:
        """Select nothing."""
        self.select(Selection.nothing(self.rank_volume), "select nothing")

    def mirror_selection(self) -> None:
        """Exchange left and right in the selection."""
        self.select(self.selection.mirrored(), "mirror")

    def visible_as(self, rank: int) -> Selection:
        """Return the voxels drawn as a region, on the drawn hemispheres."""
        selection = Selection.of_ranks(
            self.rank_volume, np.flatnonzero(self.drawn() == rank).tolist(), descendants=False
        )
        return selection if self.hemisphere is None else selection.in_hemisphere(self.hemisphere)

    def expand(self, ranks: Iterable[int]) -> Selection:
        """Return regions with all descendants, on the drawn hemispheres."""
        selection = Selection.of_ranks(self.rank_volume, ranks)
        return selection if self.hemisphere is None else selection.in_hemisphere(self.hemisphere)

    def _list_intervals(self, ranks: Iterable[int]) -> list[tuple[int, int]]:
        return [(int(k), int(self.rank_volume.ends[k])) for k in ranks if k]

    # ---- Queries ---------------------------------------------------------------------------

    def _find_targets(self, depth: int | None) -> NDArray[np.int64]:
        own = np.arange(self.rank_volume.n_ranks)
        if depth is None:
            return own
        known = self.rank_volume.region_map.at_depth(depth)
        return np.concatenate([known, own[len(known) :]])

    def displayed(self, rank: int, hemisphere: int = 0) -> int:
        """Return the rank as which a voxel is drawn: itself, an ancestor, 0 if hidden."""
        if not self._state.shown[rank]:
            return 0
        if self._state.hemisphere is not None and hemisphere != self._state.hemisphere:
            return 0
        return int(self._targets[rank])

    def drawn(self) -> NDArray[np.int64]:
        """Return ``(n_ranks,)`` rank as which each rank is drawn, 0 if hidden."""
        return np.where(self._state.shown, self._targets, 0)

    def stands_for_parts(self) -> NDArray[np.bool_]:
        """Return ``(n_ranks,)`` whether a rank is drawn in the place of its descendants, too."""
        found = np.zeros(self.rank_volume.n_ranks, bool)
        ranks = np.arange(self.rank_volume.n_ranks)
        found[self._targets[self._targets != ranks]] = True
        return found

    def check_states(self) -> NDArray[np.int8]:
        """Return ``(n_ranks,)`` per region with its descendants: 0 none shown, 1 some, 2 all.

        Regions without voxels do not count, unless the whole subtree has none.
        """
        ends = self.rank_volume.ends
        starts = np.arange(self.rank_volume.n_ranks)
        counted = self.rank_volume.counts > 0
        n_counted = _sum_intervals(counted, starts, ends)
        weight = np.where(n_counted > 0, n_counted, ends - starts)
        shown = self._state.shown
        n_shown = np.where(
            n_counted > 0,
            _sum_intervals(shown & counted, starts, ends),
            _sum_intervals(shown, starts, ends),
        )
        return np.where(n_shown == 0, 0, np.where(n_shown == weight, 2, 1)).astype(np.int8)


def _sum_intervals(
    values: NDArray[np.bool_], starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> NDArray[np.int64]:
    running = np.concatenate([np.zeros(1, np.int64), np.cumsum(values)])
    return np.asarray(running[ends] - running[starts])
