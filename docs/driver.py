"""Drives the real window as a user does: keys, mouse moves, buttons, pictures of what is seen.

Shared by ``make_screenshots.py`` and ``demo.py``. It needs a display with OpenGL.
"""

from __future__ import annotations

import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw
from qtpy.QtCore import QEvent, QPoint, QPointF, Qt
from qtpy.QtGui import QMouseEvent
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QWidget

TIMEOUT = 120.0
SETTLE = 0.3
"""Seconds in which the window draws what an event has asked for."""

IN_HIPPOCAMPUS = (6630, 2500, 3300)
IN_CORTEX = (6630, 2200, 1500)
IN_THALAMUS = (6630, 3600, 4600)
"""Positions in the sample atlas, µm."""

ARROW = ((0, 0), (0, 17), (4, 13), (7, 20), (10, 19), (7, 12), (12, 12))
"""Outline of a mouse pointer, pixels from its tip."""


@contextmanager
def own_folders() -> Iterator[Path]:
    """Keep cache and recent list in a folder that goes away; the user's are not touched."""
    with tempfile.TemporaryDirectory(prefix="atlas-explorer-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        os.environ["ATLAS_EXPLORER_CACHE"] = str(folder / "cache")
        os.environ["ATLAS_EXPLORER_CONFIG"] = str(folder / "config")
        # napari's own settings too: a user's theme or fonts would get into the pictures.
        os.environ["NAPARI_CONFIG"] = str(folder / "napari.yaml")
        yield folder


class Driver:
    """A napari window with the atlas panel, and hands to use it.

    Parameters
    ----------
    size
        Width and height of the window.
    """

    def __init__(self, size: tuple[int, int] = (1200, 800)) -> None:
        import napari

        from napari_atlas_explorer.docks.common.pages import atlas_panel

        random.seed(1)  # napari greets with a tip chosen at random
        self.viewer = napari.Viewer(title="Atlas Explorer", show=True)
        self.panel = atlas_panel(self.viewer)
        self._mouse: QPoint | None = None
        self.resize(size)

    def resize(self, size: tuple[int, int]) -> None:
        """Give the window a size."""
        self.viewer.window.resize(*size)
        self.wait()

    def close(self) -> None:
        """Close the window."""
        self.viewer.close()
        QApplication.processEvents()

    # ---- waiting ---------------------------------------------------------------------------

    def wait(self, seconds: float = SETTLE) -> None:
        """Let the window draw."""
        QTest.qWait(int(seconds * 1000))

    def wait_for(self, done: Callable[[], bool], what: str) -> None:
        """Wait until something is so; it is an error if it never is."""
        end = time.monotonic() + TIMEOUT
        while not done():
            if time.monotonic() > end:
                raise TimeoutError(f"waited {TIMEOUT:g} s for {what}")
            QTest.qWait(20)
        self.wait()

    # ---- opening ---------------------------------------------------------------------------

    def open_sample(self) -> None:
        """Click "Open the sample atlas" and wait until it is shown."""
        self._opening(lambda: self.click(self.panel.start.sample), "the sample atlas")

    def open(self, path: Path) -> None:
        """Open what stands at a path, as a drop on the panel does."""
        self._opening(lambda: self.panel.open_path(path), str(path))

    def fail_to_open(self, path: Path) -> None:
        """Open what cannot be opened and wait for the line that says why."""
        self.panel.open_path(path)
        self.wait_for(self.panel.error.isVisible, "the error line")

    def _opening(self, start: Callable[[], None], what: str) -> None:
        shown: list[Any] = []
        self.panel.session.shown.connect(shown.append)
        start()
        self.wait_for(lambda: bool(shown) and not self.panel.session.busy, what)

    # ---- keys and buttons ------------------------------------------------------------------

    def click(self, button: QWidget) -> None:
        """Click a button with the left mouse button."""
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        self.wait()

    def search(self, text: str) -> None:
        """Type into the search box."""
        self.panel.bar.search.setFocus()
        self.panel.bar.search.clear()
        QTest.keyClicks(self.panel.bar.search, text)
        self.wait()

    def leave_search(self) -> None:
        """Press Return in the search box: the best match is selected in the tree."""
        QTest.keyClick(self.panel.bar.search, Qt.Key.Key_Return)
        self.wait()

    def press(self, key: Qt.Key) -> None:
        """Press a key with Ctrl and Shift in the tree."""
        held = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        QTest.keyClick(self.panel.tree, key, held)
        self.wait()

    def select(self, *acronyms: str) -> None:
        """Select rows of the tree, as Ctrl-click does."""
        regions = self.panel.display.atlas.region_map
        for n, acronym in enumerate(acronyms):
            rank = regions.rank(acronym)
            if n == 0:
                self.panel.tree.reveal(rank)
            self.panel.tree.item_of(rank).setSelected(True)
        self.wait()

    def depth(self, level: int) -> None:
        """Move the depth slider with the arrow keys."""
        slider = self.panel.bar.depth
        slider.setFocus()
        while slider.value() != level:
            lower = slider.value() > level
            QTest.keyClick(slider, Qt.Key.Key_Left if lower else Qt.Key.Key_Right)
        self.wait()

    def side(self, button: QWidget) -> None:
        """Click a side button; the first time sides are worked out in a worker."""
        before = self.panel.display.view.hemisphere
        self.click(button)
        self.wait_for(lambda: self.panel.display.view.hemisphere != before, "the side")

    # ---- mouse over the canvas -------------------------------------------------------------

    def canvas(self) -> QWidget:
        """The widget that napari draws in."""
        return next(
            w
            for w in QApplication.allWidgets()
            if type(w).__name__.startswith("CanvasBackend") and w.isVisible()
        )

    def hover(self, world: Sequence[float]) -> None:
        """Move the slice and the mouse to a position in µm."""
        for axis in self.viewer.dims.not_displayed:
            self.viewer.dims.set_point(axis, world[axis])
        self.wait()
        axes = list(self.viewer.dims.displayed)
        target = np.asarray(world, float)[axes]
        pixel = self._pixel(world)
        tolerance = 2.0 / self.viewer.scene.camera.zoom  # Qt gives the mouse in whole pixels

        def arrived() -> bool:
            self._move_to(pixel)
            here = np.asarray(self.viewer.cursor.position)[axes]
            return bool(np.abs(here - target).max() <= tolerance)

        self.wait_for(arrived, f"the cursor at {world}")

    def canvas_click(self, world: Sequence[float], shift: bool = False) -> None:
        """Click a position in µm on the canvas."""
        self.hover(world)
        pixel = self._pixel(world)
        keys = Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier
        held, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
        for kind, buttons in (
            (QEvent.Type.MouseButtonPress, held),
            (QEvent.Type.MouseButtonRelease, none),
        ):
            place = QPointF(self.canvas().mapToGlobal(pixel.toPoint()))
            event = QMouseEvent(kind, pixel, place, held, buttons, keys)
            QApplication.sendEvent(self.canvas(), event)
        self.wait()

    def hover_canvas(self, across: float, down: float) -> None:
        """Move the mouse to a share of the canvas's width and height (in 3-D)."""
        size = self.canvas().size()
        for shift in (3, 2, 1, 0):  # napari looks at the mouse at most every few milliseconds
            self._move_to(QPointF(size.width() * across + shift, size.height() * down))
            self.wait()

    def _pixel(self, world: Sequence[float]) -> QPointF:
        camera, size = self.viewer.scene.camera, self.canvas().size()
        down_axis, across_axis = self.viewer.dims.displayed
        across = (world[across_axis] - camera.center[2]) * camera.zoom
        down = (world[down_axis] - camera.center[1]) * camera.zoom
        vertical, horizontal = (o.value for o in camera.orientation2d)
        return QPointF(
            size.width() / 2 + (across if horizontal == "right" else -across),
            size.height() / 2 + (down if vertical == "down" else -down),
        )

    def _move_to(self, pixel: QPointF) -> None:
        canvas = self.canvas()
        self._mouse = canvas.mapToGlobal(pixel.toPoint())
        event = QMouseEvent(
            QEvent.Type.MouseMove,
            pixel,
            QPointF(self._mouse),
            Qt.MouseButton.NoButton,
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(canvas, event)
        QApplication.processEvents()

    # ---- pictures --------------------------------------------------------------------------

    def picture(self, path: Path, dialog: QWidget | None = None, cursor: bool = False) -> Path:
        """Save the whole window as PNG.

        Parameters
        ----------
        path
            Where.
        dialog
            A dialog or menu of the panel, drawn in front of the window.
        cursor
            Draw an arrow where the mouse is: a screenshot does not hold it.
        """
        self.wait()
        path.parent.mkdir(parents=True, exist_ok=True)
        self.viewer.screenshot(str(path), canvas_only=False, flash=False)
        with Image.open(path) as image:
            picture = image.convert("RGB")
        if dialog is not None:
            self._paste(picture, dialog)
        if cursor and self._mouse is not None:
            self._draw_arrow(picture, self.panel.window().mapFromGlobal(self._mouse))
        picture.save(path)
        return shrink(path)

    def _paste(self, picture: Image.Image, dialog: QWidget) -> None:
        """Put a dialog into a picture of the window, framed, and wholly inside."""
        with tempfile.TemporaryDirectory() as folder:
            grabbed = Path(folder) / "dialog.png"
            dialog.grab().save(str(grabbed))
            with Image.open(grabbed) as image:
                front = image.convert("RGB")
        place = self.panel.window().mapFromGlobal(dialog.mapToGlobal(QPoint(0, 0)))
        left = max(8, min(place.x(), picture.width - front.width - 8))
        top = max(8, min(place.y(), picture.height - front.height - 8))
        frame = self.panel.colors.muted.getRgb()[:3]
        ends = (left - 1, top - 1, left + front.width, top + front.height)
        ImageDraw.Draw(picture).rectangle(ends, outline=frame)
        picture.paste(front, (left, top))

    @staticmethod
    def _draw_arrow(picture: Image.Image, tip: QPoint) -> None:
        x, y = tip.x(), tip.y()
        corners = [(x + dx, y + dy) for dx, dy in ARROW]
        ImageDraw.Draw(picture).polygon(corners, fill="white", outline="black", width=1)


def shrink(path: Path, width: int | None = None) -> Path:
    """Reduce a PNG to a palette, and perhaps to a width, so that the repository stays small."""
    with Image.open(path) as image:
        picture = image.convert("RGB")
    if width is not None and picture.width > width:
        height = round(picture.height * width / picture.width)
        picture = picture.resize((width, height), Image.Resampling.LANCZOS)
    # Maximum coverage keeps rare colors (swatches), k-means then the frequent ones (the window);
    # without dithering flat areas stay flat, and compress.
    picture = picture.quantize(
        256, method=Image.Quantize.MAXCOVERAGE, kmeans=1, dither=Image.Dither.NONE
    )
    picture.save(path, optimize=True)
    return path
