"""A napari window with the panel, and an event loop that is watched."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import napari
import numpy as np
from qtpy.QtCore import QEventLoop, Qt, QTimer
from qtpy.QtWidgets import QApplication

from napari_atlas_explorer.docks.atlas.panel import AtlasPanel
from napari_atlas_explorer.docks.common.pages import atlas_panel

BEAT_MS = 5
PATIENCE_MS = 120_000


@dataclass(frozen=True)
class Opening:
    """How an atlas opened.

    Attributes
    ----------
    shown
        Milliseconds until its layers are in the viewer and the tree is filled.
    drawn
        Milliseconds until the canvas was painted with them.
    blocked
        Longest time for which the event loop answered nobody.
    """

    shown: float
    drawn: float
    blocked: float


class Heart:
    """A timer of 5 ms; where it skips beats, the window was blocked."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._last = time.perf_counter()
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start(BEAT_MS)

    def _beat(self) -> None:
        now = time.perf_counter()
        self.longest = max(self.longest, (now - self._last) * 1e3 - BEAT_MS)
        self._last = now

    def stop(self) -> float:
        """Longest pause in ms, beyond the timer's own interval."""
        self._beat()
        self._timer.stop()
        return self.longest


def open_window() -> tuple[Any, AtlasPanel]:
    """A viewer that is shown and painted, with the panel."""
    viewer = napari.Viewer(show=True)
    viewer.window.resize(1100, 800)
    panel = atlas_panel(viewer)
    settle()
    return viewer, panel


def close_window(viewer: Any) -> None:
    """Close the viewer and let Qt take it down."""
    viewer.close()
    settle()


def settle(ms: float = 300) -> None:
    """Run the event loop for a while."""
    end = time.perf_counter() + ms / 1e3
    while time.perf_counter() < end:
        QApplication.processEvents()


def process_events() -> None:
    """Deal with what is due now, painting among it."""
    QApplication.processEvents()


def scene(viewer: Any) -> Any:
    """vispy's canvas."""
    return viewer.window._qt_viewer.canvas._scene_canvas


def open_and_watch(viewer: Any, panel: AtlasPanel, path: Path) -> Opening:
    """Open a path as the panel does and run the event loop until its layers are painted."""
    loop = QEventLoop()
    shown: list[float] = []
    drawn: list[float] = []

    def on_shown(_display: Any) -> None:
        shown.append(time.perf_counter())

    def on_draw(_event: Any) -> None:
        if shown and not drawn:
            drawn.append(time.perf_counter())
            # One more turn of the loop, so that the heart beats after the painting.
            QTimer.singleShot(4 * BEAT_MS, loop.quit)

    def on_failed(exc: BaseException) -> None:
        loop.quit()
        raise exc

    canvas = scene(viewer)
    panel.session.shown.connect(on_shown)
    panel.session.failed.connect(on_failed)
    canvas.events.draw.connect(on_draw, position="last")
    QTimer.singleShot(PATIENCE_MS, loop.quit)
    heart = Heart()
    start = time.perf_counter()
    panel.open_path(path)
    loop.exec()
    blocked = heart.stop()
    canvas.events.draw.disconnect(on_draw)
    panel.session.shown.disconnect(on_shown)
    panel.session.failed.disconnect(on_failed)
    if not drawn:
        raise SystemExit(f"the package was not painted within {PATIENCE_MS // 1000} s")
    return Opening((shown[0] - start) * 1e3, (drawn[0] - start) * 1e3, blocked)


def mouse_event(position: np.ndarray, ndisplay: int) -> SimpleNamespace:
    """What napari hands to a mouse callback, as far as the panel reads it."""
    if ndisplay == 2:
        return SimpleNamespace(position=tuple(position), view_direction=None, dims_displayed=[1, 2])
    direction = np.array([0.0, 1.0, 0.0])
    return SimpleNamespace(
        position=tuple(position), view_direction=direction, dims_displayed=[0, 1, 2]
    )


def timed_callback(viewer: Any, into: list[float]) -> Callable[[], None]:
    """Put a clock round the panel's mouse callback; returns what takes it off again."""
    callbacks = viewer.mouse_move_callbacks
    original = callbacks[-1]

    def timed(view: Any, event: Any) -> None:
        start = time.perf_counter()
        original(view, event)
        into.append((time.perf_counter() - start) * 1e3)

    callbacks[-1] = timed

    def restore() -> None:
        callbacks[callbacks.index(timed)] = original

    return restore
