"""Planes: buttons, keys, palette, and what answers in each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qtpy.QtCore import QEvent, QPointF, Qt
from qtpy.QtGui import QMouseEvent
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QWidget

from napari_atlas_explorer.docks.atlas.panel import AtlasPanel

from ..common.test_pages import run_from_palette
from ..conftest import TIMEOUT, canvas_widget
from ..looks import said, voxel_center

pytestmark = pytest.mark.window

DISPLAYED = {"coronal": (1, 2), "sagittal": (1, 0), "horizontal": (0, 2)}
"""Axes down and across the canvas, of an atlas that is "asr"."""
LETTERS = {"coronal": "SIRL", "sagittal": "SIAP", "horizontal": "APRL"}
"""At the top, at the bottom, left and right."""


def read_letters(viewer: Any) -> str:
    overlays = viewer.canvas.overlays
    return "".join(overlays[f"atlas_side_{e}"].text for e in ("top", "bottom", "left", "right"))


def test_buttons_turn_the_canvas_and_each_section_answers(
    opened: AtlasPanel, viewer: Any, hover: Callable[..., None]
) -> None:
    buttons = opened.plane_bar.buttons
    assert buttons["coronal"].isChecked()
    for plane in ("sagittal", "horizontal", "coronal"):
        viewer.dims.set_point(range(3), voxel_center((10, 7, 5)))
        QTest.mouseClick(buttons[plane], Qt.MouseButton.LeftButton)
        assert viewer.dims.displayed == DISPLAYED[plane]
        assert [n for n, button in buttons.items() if button.isChecked()] == [plane]
        assert read_letters(viewer) == LETTERS[plane]
        assert viewer.dims.point == pytest.approx(voxel_center((10, 7, 5)))
        hover(voxel_center((10, 3, 5)))
        assert said(opened) == "VIS · Visual areas"
        assert opened.strip.place.text().endswith("voxel 10 3 5")
    QTest.mouseClick(buttons["3-D"], Qt.MouseButton.LeftButton)
    assert viewer.dims.ndisplay == 3
    viewer.dims.ndisplay = 2  # napari's own button
    assert [n for n, button in buttons.items() if button.isChecked()] == ["coronal"]


def test_keys_and_palette_turn_the_canvas(opened: AtlasPanel, viewer: Any) -> None:
    for key, plane in ((Qt.Key.Key_2, "sagittal"), (Qt.Key.Key_3, "horizontal")):
        QTest.keyClick(canvas_widget(), key, Qt.KeyboardModifier.ControlModifier)
        assert viewer.dims.displayed == DISPLAYED[plane]
    for name, plane in (("sagittal", "sagittal"), ("coronal", "coronal")):
        run_from_palette(name)
        assert viewer.dims.displayed == DISPLAYED[plane]
    run_from_palette("three_dimensions")
    assert viewer.dims.ndisplay == 3


def view_canvas(view: QWidget) -> QWidget:
    """The widget that a section is drawn in."""
    (canvas,) = (w for w in view.findChildren(QWidget) if type(w).__name__.startswith("CanvasBack"))
    return canvas


def pixel_of(section: Any, canvas: QWidget, world: Sequence[float]) -> QPointF:
    """Pixel of a section at which a world position is drawn, by its camera's center and zoom."""
    camera, (down, across) = section.model.scene.camera, section.model.dims.displayed
    falls = camera.orientation2d[0].value == "down"
    dy = (world[down] - camera.center[1]) * camera.zoom
    dx = (world[across] - camera.center[2]) * camera.zoom
    return QPointF(canvas.width() / 2 + dx, canvas.height() / 2 + (dy if falls else -dy))


def move_mouse(canvas: QWidget, pixel: QPointF) -> None:
    none = Qt.MouseButton.NoButton
    move, no_key = QEvent.Type.MouseMove, Qt.KeyboardModifier.NoModifier
    event = QMouseEvent(move, pixel, canvas.mapToGlobal(pixel), none, none, no_key)
    QApplication.sendEvent(canvas, event)


def test_all_sections_are_linked_and_answer(opened: AtlasPanel, viewer: Any, qtbot: Any) -> None:
    before = viewer.dims.range
    viewer.dims.set_point(range(3), voxel_center((10, 7, 5)))
    QTest.mouseClick(opened.plane_bar.buttons["all"], Qt.MouseButton.LeftButton)
    panes = opened.planes.panes
    assert viewer.dims.range == before  # the crosshair does not lengthen the sliders
    assert [p for p, v in panes.views.items() if not v.isHidden()] == ["sagittal", "horizontal"]
    atlas = opened.display.atlas
    for plane, section in panes.sections.items():
        assert section.model.dims.displayed == DISPLAYED[plane]
        assert read_letters(section.model) == LETTERS[plane]
        assert section.model.dims.point == pytest.approx(viewer.dims.point)
        assert section.model.layers["Regions"].data is viewer.layers["Regions"].data  # no copy
    # Scrolling the canvas moves the crosshair of every section.
    viewer.dims.set_point(0, 325)
    for model in (viewer, *(s.model for s in panes.sections.values())):
        lines = model.layers["crosshair"].data
        assert lines[1, 0].tolist() == [6, 0, 5]  # along axis 1, through voxel (6, 7, 5)
        assert lines[2, 0].tolist() == [6, 7, 0]
    # Scrolling a section moves the canvas and the others.
    panes.sections["sagittal"].model.dims.set_point(2, 575)
    assert viewer.dims.point == pytest.approx((325, 375, 575))
    assert panes.sections["horizontal"].model.dims.point == pytest.approx((325, 375, 575))
    # The strip answers for the mouse in each section, as NumPy does.
    for plane, world in (("sagittal", (525, 125, 575)), ("horizontal", (625, 375, 475))):
        canvas = view_canvas(panes.views[plane])
        voxel = tuple(int(v // 50) for v in world)
        region = atlas.region_map.acronym_of_rank(int(atlas.ranks.raw[voxel]))

        def answers(canvas=canvas, plane=plane, world=world, voxel=voxel) -> bool:
            move_mouse(canvas, pixel_of(panes.sections[plane], canvas, world))
            return opened.strip.place.text().endswith(f"voxel {' '.join(map(str, voxel))}")

        qtbot.waitUntil(answers, timeout=TIMEOUT)
        assert opened.strip.title.text() == region
    # A click selects there, and moves everything.
    canvas, world = view_canvas(panes.views["horizontal"]), (475.0, 375.0, 325.0)
    pixel = pixel_of(panes.sections["horizontal"], canvas, world).toPoint()
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=pixel)
    half = 2.0 / panes.sections["horizontal"].model.scene.camera.zoom
    assert viewer.dims.point == pytest.approx(world, abs=half)
    assert opened.tree.selected_ranks() == [atlas.region_map.rank("TH")]
    # A filter is drawn in every section, and another plane of the canvas takes turns.
    opened.display.view.hide([atlas.region_map.rank("TH")])
    for section in panes.sections.values():
        copy = section.model.layers["Regions"]
        assert copy.colormap.map(np.array([atlas.region_map.rank("TH")]))[0, 3] == 0
    QTest.mouseClick(opened.plane_bar.buttons["sagittal"], Qt.MouseButton.LeftButton)
    shown = [p for p, view in panes.views.items() if not view.isHidden()]
    assert sorted(shown) == ["coronal", "horizontal"]
    QTest.mouseClick(opened.plane_bar.buttons["all"], Qt.MouseButton.LeftButton)
    assert opened.planes.panes is None
    assert "crosshair" not in viewer.layers


def test_sections_do_not_widen_a_small_window_and_close_with_the_atlas(
    opened: AtlasPanel, viewer: Any, qtbot: Any, package: Path, open_in: Callable[..., None]
) -> None:
    viewer.window.resize(1000, 640)
    QTest.keyClick(canvas_widget(), Qt.Key.Key_5, Qt.KeyboardModifier.ControlModifier)
    assert opened.planes.panes is not None
    QApplication.processEvents()
    size = opened.window().size()
    assert (size.width(), size.height()) == (1000, 640)
    place = {"scale": (50,) * 3, "units": ("um",) * 3}
    mask = viewer.add_labels(np.zeros((20, 12, 16), np.uint8), name="mask", **place)
    copy = opened.planes.panes.sections["sagittal"].model.layers["mask"]
    mask.paint((10, 7, 5), 1)
    assert copy.data[10, 7, 5] == 1
    viewer.layers.remove(mask)
    assert "mask" not in opened.planes.panes.sections["sagittal"].model.layers
    open_in(opened, package)
    assert opened.planes.panes is None
    run_from_palette("all_sections")  # left open: closing the window has to close them
    assert opened.planes.panes is not None


def test_without_an_orientation_the_planes_are_off_and_say_why(
    panel: AtlasPanel, tmp_path: Path, open_in: Callable[[AtlasPanel, Path], None]
) -> None:
    import tifffile

    from tests.made_up import annotation

    tifffile.imwrite(tmp_path / "labels.tif", annotation())
    assert not panel.plane_bar.isVisible()
    open_in(panel, tmp_path / "labels.tif")
    assert not panel.plane_bar.buttons["sagittal"].isEnabled()
    assert "orientation is not stated" in panel.plane_bar.buttons["sagittal"].toolTip()
    assert panel.plane_bar.buttons["3-D"].isEnabled()
