"""Fill, borders and the outline under the cursor, as they are on the canvas."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication

from napari_atlas_explorer.docks.atlas.panel import AtlasPanel
from napari_atlas_explorer.docks.common.pages import atlas_panel
from napari_atlas_explorer.viewer.borders import UNDER_CURSOR
from tests.made_up import annotation, write_voxelbrain

from ..conftest import TIMEOUT
from ..looks import voxel_center

pytestmark = pytest.mark.window


def length_of(viewer: Any, name: str) -> float:
    """Length of all lines of a layer, in voxels; 0 where it draws nothing."""
    QApplication.processEvents()  # lines are drawn after the colors
    if name not in viewer.layers or not viewer.layers[name].visible:
        return 0.0
    return float(np.abs(np.asarray(viewer.layers[name].data)[:, 1]).sum())


def perimeter(plane: np.ndarray) -> int:
    """Number of edges between pixels that differ, the outside being 0."""
    padded = np.pad(plane.astype(int), 1)
    return int(sum((np.diff(padded, axis=axis) != 0).sum() for axis in (0, 1)))


def test_borders_are_those_of_what_is_drawn(opened: AtlasPanel, viewer: Any) -> None:
    display = opened.display
    regions = display.atlas.region_map
    display.go_to_voxel((10, 7, 5))
    plane = annotation()[10]
    assert length_of(viewer, "borders") == perimeter(plane)
    display.view.set_depth(1)  # VIS1 is part of the cortex now
    assert length_of(viewer, "borders") == perimeter(np.where(np.isin(plane, [3, 70001]), 2, plane))
    display.view.set_depth(None)
    display.view.show_only([regions.rank("TH")])
    assert length_of(viewer, "borders") == perimeter(plane == 5)
    display.go_to_voxel((4, 7, 5))
    assert length_of(viewer, "borders") == perimeter(annotation()[4] == 5)


@pytest.mark.parametrize("order", [(1, 0, 2), (2, 0, 1), (0, 2, 1)])
def test_borders_follow_the_axes(opened: AtlasPanel, viewer: Any, order: Any) -> None:
    viewer.dims.order = order
    opened.display.go_to_voxel((10, 7, 5))
    plane = np.take(annotation(), (10, 7, 5)[order[0]], axis=order[0])
    assert length_of(viewer, "borders") == perimeter(plane)
    lines = np.asarray(viewer.layers["borders"].data)
    assert set(lines[:, 0, order[0]].tolist()) == {(10, 7, 5)[order[0]]}
    assert not lines[:, 1, order[0]].any()


def test_one_hemisphere_has_its_borders(opened: AtlasPanel, viewer: Any, qtbot: Any) -> None:
    opened.display.go_to_voxel((10, 7, 5))
    opened.set_hemisphere(1)
    qtbot.waitUntil(lambda: opened.display.view.hemisphere == 1, timeout=TIMEOUT)
    left = np.where(np.arange(16) >= 8, annotation()[10], 0)
    assert length_of(viewer, "borders") == perimeter(left)


def test_borders_are_as_wide_on_the_screen_at_any_zoom(opened: AtlasPanel, viewer: Any) -> None:
    layer = viewer.layers["borders"]
    for zoom in (0.5, 2.0, 8.0):
        viewer.scene.camera.zoom = zoom
        # A voxel of 50 µm is so many pixels.
        assert float(np.max(layer.edge_width)) * 50 * zoom == pytest.approx(1)


def test_in_3d_there_are_none(opened: AtlasPanel, viewer: Any) -> None:
    opened.display.go_to_voxel((10, 7, 5))
    before = length_of(viewer, "borders")
    viewer.dims.ndisplay = 3
    assert length_of(viewer, "borders") == 0
    viewer.dims.ndisplay = 2
    assert length_of(viewer, "borders") == before


def test_the_region_under_the_cursor_is_outlined(
    opened: AtlasPanel, viewer: Any, hover: Callable[..., None], qtbot: Any
) -> None:
    hover(voxel_center((10, 7, 5)))
    thalamus = perimeter(annotation()[10] == 5)
    qtbot.waitUntil(lambda: length_of(viewer, UNDER_CURSOR) == thalamus, timeout=TIMEOUT)
    viewer.mouse_over_canvas = True
    viewer.mouse_over_canvas = False
    qtbot.waitUntil(lambda: length_of(viewer, UNDER_CURSOR) == 0, timeout=TIMEOUT)


def test_fill_and_borders_are_set_beside_the_tree(opened: AtlasPanel, viewer: Any) -> None:
    layer = opened.display.layer
    assert layer.opacity == pytest.approx(0.45)
    assert opened.bar.fill.value() == 45
    opened.bar.fill.setValue(0)
    assert layer.opacity == 0
    layer.opacity = 0.8  # by napari's own slider
    assert opened.bar.fill.value() == 80
    QTest.mouseClick(opened.bar.borders, Qt.MouseButton.LeftButton)
    assert "borders" not in viewer.layers
    QTest.mouseClick(opened.bar.borders, Qt.MouseButton.LeftButton)
    assert "borders" in viewer.layers


def test_without_borders_is_remembered(
    opened: AtlasPanel, make_napari_viewer: Callable[..., Any]
) -> None:
    opened.bar.borders.setChecked(False)
    assert not atlas_panel(make_napari_viewer(show=True)).bar.borders.isChecked()


def test_regions_are_opaque_where_nothing_lies_below_and_images_are_smooth(
    panel: AtlasPanel, viewer: Any, package: Path, tmp_path: Path, open_in: Callable[..., None]
) -> None:
    open_in(panel, write_voxelbrain(tmp_path / "vb"))
    assert panel.display.layer.opacity == 1
    open_in(panel, package)
    assert panel.display.layer.opacity == pytest.approx(0.45)
    assert viewer.layers["Brain image"].interpolation2d == "linear"
