"""Planes: buttons, keys, palette, and what answers in each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from napari_atlas_explorer.docks.atlas.panel import AtlasPanel

from ..common.test_pages import run_from_palette
from ..conftest import canvas_widget
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
