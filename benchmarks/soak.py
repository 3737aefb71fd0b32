"""Thousands of random actions in a real window: memory, widgets, threads and files stay.

``python -m benchmarks.soak [--actions N] [--seed N] PATH…`` opens the sample atlas and the paths
in turn and does what a user does: scroll, hover, click, filter, choose a depth and a side,
search, undo, redo, go to 3-D and back, close the panel and open it again. It prints one line for
every 500 actions, and exits with 1 where memory has grown by more than 5 % after the warm-up, an
action raised, or something was left behind.
"""

from __future__ import annotations

import argparse
import ctypes
import ctypes.util
import gc
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from qtpy.QtCore import QEvent
from qtpy.QtWidgets import QApplication

from napari_atlas_explorer.atlases.sample import sample_folder
from napari_atlas_explorer.core.selection import Selection
from napari_atlas_explorer.docks.common.pages import atlas_panel

from . import window

WARM_UP = 0.4
"""Share of the actions after which memory is compared: it settles after some ten openings."""
GROWTH = 0.05
EVERY = 500
LEAVES_3D = 0.25
"""Share of the actions in 3-D that lead back."""


@dataclass(frozen=True)
class Census:
    """What the process holds.

    Attributes
    ----------
    anonymous
        Resident memory that is no file's, bytes, after the allocator has returned what is free.
    returned
        Bytes that it has returned for that: fragments between blocks that are in use.
    widgets, objects
        Qt's widgets, and Python's objects.
    threads, files
        Of the process.
    """

    anonymous: int
    returned: int
    widgets: int
    objects: int
    threads: int
    files: int

    @classmethod
    def now(cls) -> Census:
        """Take it after everything that can go has gone."""
        window.settle(100)
        gc.collect()
        # Without a running event loop Qt puts such deletions off for ever.
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        process = psutil.Process()
        before = _measure_anonymous(process)
        _return_free_memory()
        anonymous = _measure_anonymous(process)
        return cls(
            anonymous,
            max(0, before - anonymous),
            len(QApplication.allWidgets()),
            len(gc.get_objects()),
            threading.active_count(),
            process.num_fds(),
        )

    def __str__(self) -> str:
        """One line."""
        return (
            f"{self.anonymous / 1e6:7.1f} MB  and {self.returned / 1e6:.0f} free  "
            f"{self.widgets} widgets  {self.objects} objects  "
            f"{self.threads} threads  {self.files} files"
        )


def _measure_anonymous(process: psutil.Process) -> int:
    memory = process.memory_info()
    return int(memory.rss - memory.shared)


def _return_free_memory() -> None:
    """Let glibc return free pages to the system; elsewhere nothing is done.

    Of volumes that come and go it keeps 50 to 150 MB, more after each opening up to a bound:
    without this, that hid whether anything is kept in use.
    """
    library = ctypes.util.find_library("c")
    trim = getattr(ctypes.CDLL(library), "malloc_trim", None) if library else None
    if trim is not None:
        trim(0)


class User:
    """Somebody who does anything at all, the same with the same seed."""

    def __init__(self, viewer: Any, panel: Any, paths: Sequence[Path], seed: int) -> None:
        self.viewer, self.panel, self.paths = viewer, panel, list(paths)
        self.random = np.random.default_rng(seed)
        self.done: dict[str, int] = {}
        self.errors: list[str] = []
        panel.session.failed.connect(self._on_failed)
        self._actions: list[tuple[float, Callable[[], None]]] = [
            (0.004, self.open),
            (0.3, self.scroll),
            (0.2, self.hover),
            (0.1, self.click),
            (0.08, self.filter),
            (0.05, self.depth),
            (0.04, self.side),
            (0.06, self.select),
            (0.04, self.clear),
            (0.05, self.undo),
            (0.03, self.redo),
            (0.03, self.search),
            (0.006, self.turn),
            (0.002, self.reopen_dock),
            (0.02, self.show_all),
        ]
        weights = np.array([w for w, _ in self._actions])
        self._weights = weights / weights.sum()

    def act(self) -> None:
        """Do one thing, and let the window deal with it."""
        action = self._actions[self.random.choice(len(self._actions), p=self._weights)][1]
        # Without a graphics card a frame in 3-D takes half a second: nobody stays there long.
        if self.viewer.dims.ndisplay == 3 and self.random.random() < LEAVES_3D:
            action = self.turn
        name = action.__name__
        self.done[name] = self.done.get(name, 0) + 1
        try:
            action()
            window.process_events()
        except Exception as exc:  # noqa: BLE001  # whatever it is, it is reported
            self.errors.append(f"{name}: {type(exc).__name__}: {exc}")

    def rest(self) -> None:
        """Come to the same state each time: memory is compared in that alone."""
        self.viewer.dims.ndisplay = 2
        window.open_and_watch(self.viewer, self.panel, self.paths[0])

    # ---- what a user does ----------------------------------------------------------------------

    def open(self) -> None:
        """Open one of the atlases, in the place of the one shown."""
        window.open_and_watch(self.viewer, self.panel, self.random.choice(np.array(self.paths)))

    def scroll(self) -> None:
        axis = int(self.viewer.dims.not_displayed[0]) if self.viewer.dims.not_displayed else 0
        size = self.viewer.dims.nsteps[axis]
        self.viewer.dims.set_current_step(axis, int(self.random.integers(size)))

    def _position(self) -> np.ndarray:
        ranges = np.array([(r.start, r.stop) for r in self.viewer.dims.range])
        place = ranges[:, 0] + self.random.random(len(ranges)) * np.ptp(ranges, axis=1)
        for axis in self.viewer.dims.not_displayed:
            place[axis] = self.viewer.dims.point[axis]
        return np.asarray(place)

    def hover(self) -> None:
        event = window.mouse_event(self._position(), self.viewer.dims.ndisplay)
        self.viewer.mouse_move_callbacks[-1](self.viewer, event)

    def click(self) -> None:
        display = self.panel.display
        if self.viewer.dims.ndisplay == 3:
            return
        hit = display.hit_at(display.point_at(self._position(), None, [1, 2]))
        if hit is not None and hit.id:
            rank = display.atlas.region_map.rank_of_id(hit.id)
            if rank:
                display.view.toggle(Selection.of_ranks(display.atlas.ranks, [rank]))

    def _ranks(self, n: int) -> list[int]:
        count = len(self.panel.display.atlas.region_map)
        return [int(k) for k in self.random.integers(1, count + 1, n)]

    def filter(self) -> None:
        view = self.panel.display.view
        view.set_shown(self._ranks(3), bool(self.random.integers(2)))

    def show_all(self) -> None:
        self.panel.display.view.show_all()

    def depth(self) -> None:
        view = self.panel.display.view
        view.set_depth(int(self.random.integers(1, view.max_depth + 1)))

    def side(self) -> None:
        self.panel.set_hemisphere([None, 1, 2][int(self.random.integers(3))])
        window.settle(20)

    def select(self) -> None:
        labels = self.panel.display.atlas.ranks
        self.panel.display.view.select(Selection.of_ranks(labels, self._ranks(2)))

    def clear(self) -> None:
        self.panel.display.view.clear_selection()

    def undo(self) -> None:
        self.panel.session.history.undo()

    def redo(self) -> None:
        self.panel.session.history.redo()

    def search(self) -> None:
        regions = self.panel.display.atlas.region_map
        word = regions.acronym_of_rank(self._ranks(1)[0])
        self.panel.bar.search.setText(word[: int(self.random.integers(0, 4))])

    def turn(self) -> None:
        self.viewer.dims.ndisplay = 5 - self.viewer.dims.ndisplay

    def reopen_dock(self) -> None:
        """Close the atlas panel and open it again; it finds the atlas that is shown."""
        self.panel.session.failed.disconnect(self._on_failed)
        self.viewer.window.remove_dock_widget(self.panel)
        window.settle(50)
        self.panel = atlas_panel(self.viewer)
        self.panel.session.failed.connect(self._on_failed)
        window.settle(50)

    def _on_failed(self, exc: BaseException) -> None:
        self.errors.append(f"the panel said: {exc}")


def main(argv: Sequence[str] | None = None) -> int:
    """Soak; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("paths", metavar="PATH", nargs="*", type=Path)
    parser.add_argument("--actions", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(argv)
    viewer, panel = window.open_window()
    user = User(viewer, panel, [sample_folder(), *options.paths], options.seed)
    user.open()
    taken: list[tuple[int, Census]] = []
    for n in range(1, options.actions + 1):
        user.act()
        if n % EVERY == 0 or n == options.actions:
            user.rest()
            taken.append((n, Census.now()))
            print(f"{n:6}  {taken[-1][1]}", flush=True)
    print("actions: " + ", ".join(f"{v} {k}" for k, v in sorted(user.done.items())))
    verdict = judged(taken, options.actions, user.errors)
    print("\n".join(verdict) or "flat: nothing grew, nothing raised")
    window.close_window(viewer)
    return 1 if verdict else 0


def judged(taken: list[tuple[int, Census]], actions: int, errors: list[str]) -> list[str]:
    """What is wrong, in lines: growth between the first and the last third after the warm-up."""
    wrong = [f"{len(errors)} errors, first: {errors[0]}"] if errors else []
    after = [c for n, c in taken if n > WARM_UP * actions]
    third = max(1, len(after) // 3)
    for name in ("anonymous", "widgets", "threads", "files"):
        early = np.median([getattr(c, name) for c in after[:third]])
        late = np.median([getattr(c, name) for c in after[-third:]])
        if late > early * (1 + GROWTH) and late - early > 2:
            wrong.append(f"{name} grew from {early:.0f} to {late:.0f}")
    return wrong


if __name__ == "__main__":
    sys.exit(main())
