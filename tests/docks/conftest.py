"""A viewer with the panel, and hands to drive it."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from napari.qt import QtViewer
from qtpy.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from qtpy.QtGui import QDragEnterEvent, QDropEvent, QMouseEvent
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication

from napari_atlas_explorer.docks.atlas.panel import AtlasPanel
from napari_atlas_explorer.docks.common.pages import atlas_panel
from tests.made_up import write_brainglobe

TIMEOUT = 30_000


@pytest.fixture(autouse=True)
def _own_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the list of recent atlases out of the user's."""
    monkeypatch.setenv("ATLAS_EXPLORER_CONFIG", str(tmp_path / "config"))


@pytest.fixture(autouse=True)
def _small_heap() -> None:
    """Leave what is alive out of garbage collections.

    napari collects garbage with each layer that is removed. Over a few hundred windows the objects
    of libraries make that take seconds.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture
def viewer(make_napari_viewer: Callable[..., Any]) -> Any:
    """A napari viewer that is shown."""
    shown = make_napari_viewer(show=True)
    shown.window.resize(1100, 800)
    # Keys that a test has pressed while its window lost the focus would count as held from then on.
    QTest.keyRelease(shown.window._qt_window.windowHandle(), Qt.Key.Key_Control)
    return shown


@pytest.fixture
def panel(viewer: Any) -> AtlasPanel:
    """The atlas panel, opened as napari's plugin menu opens it."""
    return atlas_panel(viewer)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A small BrainGlobe package."""
    return write_brainglobe(tmp_path / "made_up_50um_v1.0")


@pytest.fixture
def open_in(qtbot: Any) -> Callable[[AtlasPanel, Path], None]:
    """Open a path in a panel and wait until it is shown."""

    def open_path(panel: AtlasPanel, path: Path) -> None:
        with qtbot.waitSignal(panel.session.shown, timeout=TIMEOUT):
            panel.open_path(path)
        qtbot.waitUntil(lambda: not panel.session.busy, timeout=TIMEOUT)

    return open_path


@pytest.fixture
def opened(
    panel: AtlasPanel, package: Path, open_in: Callable[[AtlasPanel, Path], None]
) -> AtlasPanel:
    """The panel with the small package in it."""
    open_in(panel, package)
    return panel


def drop(widget: Any, paths: list[Path]) -> None:
    """Drop files onto a widget, as a file manager does."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(p)) for p in paths])
    event = QDropEvent(
        QPointF(QPoint(10, 10)),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    widget.dropEvent(event)


def drop_on_canvas(viewer: Any, paths: list[Path]) -> bool:
    """Drop files onto napari's canvas; return whether the drop was taken before napari saw it."""
    (canvas,) = viewer.window._qt_window.findChildren(QtViewer)
    napari_saw: list[list[QUrl]] = []
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(p)) for p in paths])
    where, copy = QPoint(10, 10), Qt.DropAction.CopyAction
    button, no_key = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    with patch.object(canvas, "_open_from_list_of_urls_data", lambda u, **_: napari_saw.append(u)):
        QApplication.sendEvent(canvas, QDragEnterEvent(where, copy, mime, button, no_key))
        QApplication.sendEvent(canvas, QDropEvent(QPointF(where), copy, mime, button, no_key))
    return not napari_saw


def canvas_widget() -> Any:
    """The Qt widget that napari draws in."""
    return next(
        w
        for w in QApplication.allWidgets()
        if type(w).__name__.startswith("CanvasBackend") and w.isVisible()
    )


def canvas_position(viewer: Any, world: Sequence[float]) -> QPointF:
    """Pixel at which a world position of a 2-D view is drawn.

    Worked out from what a user sees (the camera's center and zoom), not from the plugin.
    """
    size = canvas_widget().size()
    down_axis, across_axis = viewer.dims.displayed
    across = (world[across_axis] - viewer.scene.camera.center[2]) * viewer.scene.camera.zoom
    down = (world[down_axis] - viewer.scene.camera.center[1]) * viewer.scene.camera.zoom
    vertical, horizontal = (o.value for o in viewer.scene.camera.orientation2d)
    return QPointF(
        size.width() / 2 + (across if horizontal == "right" else -across),
        size.height() / 2 + (down if vertical == "down" else -down),
    )


@pytest.fixture
def hover(viewer: Any, qtbot: Any) -> Callable[[Sequence[float]], None]:
    """Move the slices and the mouse to a world position."""
    seen: list[np.ndarray] = []
    viewer.mouse_move_callbacks.append(lambda _, event: seen.append(np.array(event.position)))

    def move(world: Sequence[float]) -> None:
        for axis in viewer.dims.not_displayed:
            viewer.dims.set_point(axis, world[axis])
        tolerance = 2.0 / viewer.scene.camera.zoom  # Qt gives the mouse in whole pixels
        axes = list(viewer.dims.displayed)
        target = np.asarray(world)[axes]
        seen.clear()

        def arrived() -> bool:
            # Sent until it is seen: napari looks at the mouse at most every 5 ms, and the
            # canvas may still be settling.
            pixel = canvas_position(viewer, world)
            event = QMouseEvent(
                QEvent.Type.MouseMove,
                pixel,
                canvas_widget().mapToGlobal(pixel),
                Qt.MouseButton.NoButton,
                Qt.MouseButton.NoButton,
                Qt.KeyboardModifier.NoModifier,
            )
            QApplication.sendEvent(canvas_widget(), event)
            return bool(seen) and bool(np.abs(seen[-1][axes] - target).max() <= tolerance)

        qtbot.waitUntil(arrived, timeout=TIMEOUT)

    return move


def mouse(kind: QEvent.Type, pixel: QPointF, buttons: Any, modifiers: Any) -> None:
    button = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else Qt.MouseButton.LeftButton
    event = QMouseEvent(kind, pixel, canvas_widget().mapToGlobal(pixel), button, buttons, modifiers)
    QApplication.sendEvent(canvas_widget(), event)


@pytest.fixture
def click(viewer: Any, hover: Callable[..., None], qtbot: Any) -> Callable[..., None]:
    """Press and release the left button at a world position, perhaps with a drag between."""

    def run(world: Sequence[float], shift: bool = False, drag: float = 0) -> None:
        hover(world)
        keys = Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier
        held, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
        pixel = canvas_position(viewer, world)
        mouse(QEvent.Type.MouseButtonPress, pixel, held, keys)
        before = tuple(viewer.scene.camera.center)

        def panned() -> bool:
            mouse(QEvent.Type.MouseMove, pixel + QPointF(drag, 0), held, keys)
            return tuple(viewer.scene.camera.center) != before

        if drag:
            qtbot.waitUntil(panned, timeout=TIMEOUT)
        mouse(QEvent.Type.MouseButtonRelease, pixel + QPointF(drag, 0), none, keys)

    return run
