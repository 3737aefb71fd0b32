"""Opening, hovering, filtering and searching in a napari window."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from napari.components import Dims
from napari.layers import Labels
from qtpy.QtCore import QEvent, QPointF, Qt
from qtpy.QtGui import QMouseEvent
from qtpy.QtWidgets import QApplication, QTreeWidget, QTreeWidgetItem

from napari_atlas_explorer.docks.atlas.panel import AtlasPanel
from napari_atlas_explorer.viewer.color_table import exact_colormap, rank_colors

from . import direction_rows, selection_rows, window
from .data import RESOLUTION, Data, write_package
from .table import Goal, Row
from .timing import alternate, median, once, once_and_cpu, p99

OPENINGS = 5
HOVERS = 1000
REAL_MOVES = 300
WORDS = ("primary visual", "thalamus", "CA1", "layer 2/3", "nucleus of", "315")
ROUNDS = 3
CPU = "processor time"
HOVER = Goal.ms(1, "< 1 ms")
FRAME = Goal.ms(16, "< 16 ms")


def rows(data: Data) -> Iterator[Row]:
    """All rows of this module, in one viewer."""
    package = write_package(data, data.temporary / "package")
    viewer, panel = window.open_window()
    try:
        yield from opening(viewer, panel, package)
        yield from hover(viewer, panel)
        yield from real_moves(viewer, panel)
        yield from view_changes(panel)
        yield from keystrokes(panel)
        yield from selection_rows.rows(panel)
        yield from direction_rows.rows(panel)
    finally:
        window.close_window(viewer)


# ---- opening ----------------------------------------------------------------------------------


def opening(viewer: Any, panel: AtlasPanel, package: Path) -> Iterator[Row]:
    """From `open_path` to the first painting; the first hover after each."""

    def read_both() -> list[np.ndarray]:
        return [tifffile.imread(package / f"{name}.tiff") for name in ("annotation", "reference")]

    openings: list[window.Opening] = []
    floor_ms: list[float] = []
    first_2d: list[tuple[float, float]] = []
    first_3d: list[tuple[float, float]] = []
    read_both()
    for _ in range(OPENINGS):
        floor_ms.append(once(read_both))
        openings.append(window.open_and_watch(viewer, panel, package))
        for ndisplay, into in ((2, first_2d), (3, first_3d)):
            event = window.mouse_event(np.asarray(RESOLUTION) * (264, 100, 180), ndisplay)
            into.append(once_and_cpu(partial(panel.on_mouse_move, viewer, event)))
        window.settle()
    name = "tifffile.imread of both files"
    floor = median(floor_ms)
    first = openings[0]
    yield Row("open to first picture", median([o.drawn for o in openings]), floor, name)
    yield Row("open to first picture, the first in the process", first.drawn, floor, name)
    yield Row("open: until layers and tree are there", median([o.shown for o in openings]))
    most = Goal.ms(50)
    yield Row("open: longest block of the window", median([o.blocked for o in openings]), goal=most)
    yield Row("open: the same, the first in the process", first.blocked, goal=most)
    for what, found in (("2-D", first_2d), ("3-D", first_3d)):
        clock, cpu = np.asarray(found).max(axis=0).tolist()
        yield Row(f"first hover, {what}, slowest of {OPENINGS}", clock, goal=HOVER)
        yield Row(f"first hover, {what}, the same in {CPU}", cpu, goal=HOVER)


# ---- hover ------------------------------------------------------------------------------------


def hover(viewer: Any, panel: AtlasPanel) -> Iterator[Row]:
    """Mouse event to card updated, painting left out."""
    assert panel.display is not None
    rng = np.random.default_rng(1)
    extent = np.asarray(panel.display.atlas.shape) * RESOLUTION
    for ndisplay, layer in ((2, panel.display.layer), (3, _seen_in_3d(panel.display.layer))):
        ours, floor = np.zeros((HOVERS, 2)), np.zeros((HOVERS, 2))
        for n in range(HOVERS):
            position = rng.uniform(0.1, 0.9, 3) * extent
            if ndisplay == 3:
                position[1] = -500.0
            event = window.mouse_event(position, ndisplay)
            options = {
                "view_direction": event.view_direction,
                "dims_displayed": event.dims_displayed,
            }

            ours[n] = once_and_cpu(partial(panel.on_mouse_move, viewer, event))
            floor[n] = once_and_cpu(partial(layer.get_value, event.position, world=True, **options))
        name = "one layer.get_value"
        what = f"hover, {ndisplay}-D"
        yield Row(f"{what}, median", median(ours[:, 0]), median(floor[:, 0]), name)
        for k, unit in enumerate(("", f", {CPU}")):
            most, floor_most = p99(ours[:, k]), p99(floor[:, k])
            label = f"{what}, p99 of {HOVERS}{unit}"
            yield Row(label, most, floor_most, f"{name}, p99{unit}", HOVER)


def _seen_in_3d(layer: Labels) -> Labels:
    """A copy of a layer that stands in no viewer, sliced for 3-D: nothing paints it."""
    copy = Labels(layer.data, scale=layer.scale, translate=layer.translate, units=layer.units)
    copy._slice_dims(Dims(ndim=3, ndisplay=3))
    return copy


def real_moves(viewer: Any, panel: AtlasPanel) -> Iterator[Row]:
    """Qt's own mouse events through napari: our callback's share."""
    canvas = window.scene(viewer).native
    ours_ms: list[float] = []
    restore = window.timed_callback(viewer, ours_ms)
    rng = np.random.default_rng(2)
    whole_ms = []
    try:
        for _ in range(REAL_MOVES):
            size = canvas.size()
            across, down = rng.uniform(0.1, 0.9, 2)
            at = QPointF(across * size.width(), down * size.height())
            event = QMouseEvent(
                QEvent.Type.MouseMove,
                at,
                QPointF(canvas.mapToGlobal(at)),
                Qt.MouseButton.NoButton,
                Qt.MouseButton.NoButton,
                Qt.KeyboardModifier.NoModifier,
            )
            whole_ms.append(once(partial(QApplication.sendEvent, canvas, event)))
            time.sleep(0.006)  # napari looks at the mouse at most every 5 ms
            window.process_events()
    finally:
        restore()
    if not ours_ms:
        yield Row("hover by Qt events", None, name="napari passed no move on")
        return
    name = "Qt event through napari, ours included"
    n = len(ours_ms)
    yield Row("hover by Qt events, median", median(ours_ms), median(whole_ms), name)
    yield Row(f"hover by Qt events, p99 of {n}", p99(ours_ms), p99(whole_ms), f"{name}, p99", HOVER)


# ---- filter and depth -------------------------------------------------------------------------


def view_changes(panel: AtlasPanel) -> Iterator[Row]:
    """Filter and depth: the model, colormap and check boxes; then with the painting."""
    assert panel.display is not None
    view, layer = panel.display.view, panel.display.layer
    regions = panel.display.atlas.region_map
    table = rank_colors(panel.display.atlas.ranks)
    parents = np.flatnonzero(regions.ends - np.arange(len(regions.ends)) > 20)
    parents = parents[parents > 1].tolist()
    state = {"n": 0}

    def show_only() -> None:
        state["n"] += 1
        view.show_only([parents[state["n"] % len(parents)]])

    def depth() -> None:
        state["n"] += 1
        view.set_depth(state["n"] % view.max_depth)

    def floor() -> None:
        layer.colormap = exact_colormap(table)

    def painted(change: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            change()
            window.process_events()

        return run

    name = "new colormap on the layer"
    for what, change in (("filter (show only)", show_only), ("depth", depth)):
        view.show_all()
        view.set_depth(None)
        window.settle()
        ours_ms, floor_ms = [], []
        for _ in range(31):
            for work, into in ((change, ours_ms), (floor, floor_ms)):
                into.append(once(work))
                window.settle(30)
        yield Row(f"{what}, model time", median(ours_ms), median(floor_ms), name, FRAME)
        most, floor_most = max(ours_ms), max(floor_ms)
        yield Row(f"{what}, model time, slowest of 31", most, floor_most, f"{name}, slowest")
        mine, theirs = alternate(painted(change), painted(floor), repeats=11)
        yield Row(f"{what}, painted too", median(mine), median(theirs), f"{name}, painted")
    view.show_all()
    view.set_depth(None)
    window.settle()


# ---- keystrokes -------------------------------------------------------------------------------


def keystrokes(panel: AtlasPanel) -> Iterator[Row]:
    """Each letter of several words, and clearing the box after each word."""
    assert panel.display is not None
    items = [panel.tree.item_of(k) for k in range(1, panel.display.atlas.ranks.n_ranks)]
    bare = _BareTree(panel.display.atlas.region_map.parent_ranks, items)
    texts = [t for word in WORDS for t in [*_prefixes(word), ""]]
    for painted in (False, True):
        ours = np.zeros((ROUNDS, len(texts)))
        floor = np.zeros_like(ours)
        for n, k in np.ndindex(ours.shape):
            ours[n, k] = once(partial(_type, panel, texts[k], painted))
            hidden = [item.isHidden() for item in items]
            floor[n, k] = once(partial(bare.hide_rows, hidden, painted))
            window.process_events()
        ours_ms, floor_ms = np.median(ours, axis=0).tolist(), np.median(floor, axis=0).tolist()
        what = "tree keystroke" + (", painted too" if painted else "")
        name = f"setHidden, {len(items)} rows of a bare tree" + (", painted" if painted else "")
        goal = None if painted else FRAME
        yield Row(f"{what}, median", median(ours_ms), median(floor_ms), name, goal)
        worst = int(np.argmax(ours_ms))
        label = f'{what}, slowest of {len(texts)} texts ("{texts[worst]}")'
        yield Row(label, ours_ms[worst], floor_ms[worst], name, goal)
    bare.close()


def _prefixes(word: str) -> list[str]:
    return [word[: n + 1] for n in range(len(word))]


def _type(panel: AtlasPanel, text: str, painted: bool) -> None:
    panel.bar.search.setText(text)
    if painted:
        window.process_events()


class _BareTree(QTreeWidget):
    """The same hierarchy with acronyms alone."""

    def __init__(self, parents: np.ndarray, items: list[QTreeWidgetItem]) -> None:
        super().__init__()
        self.setUniformRowHeights(True)
        self.rows: list[QTreeWidgetItem] = []
        for rank, original in enumerate(items, 1):
            # Ids that the hierarchy does not know follow it and stand on top.
            parent = int(parents[rank]) if rank < len(parents) else 0
            above: Any = self.rows[parent - 1] if parent else self
            item = QTreeWidgetItem(above)
            item.setText(0, original.text(0))
            self.rows.append(item)
        self.expandAll()
        self.resize(360, 500)
        self.show()

    def hide_rows(self, hidden: list[bool], painted: bool) -> None:
        self.setUpdatesEnabled(False)
        for item, value in zip(self.rows, hidden, strict=True):
            item.setHidden(value)
        self.setUpdatesEnabled(True)
        if painted:
            window.process_events()
