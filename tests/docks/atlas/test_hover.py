"""What the strip below the canvas says while the mouse moves."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication

from napari_atlas_explorer.docks.atlas.panel import AtlasPanel

from ..looks import joined, said, voxel_center

pytestmark = pytest.mark.window


def test_hover_names_region_path_hemisphere_and_place(
    opened: AtlasPanel, hover: Callable[..., None]
) -> None:
    hover(voxel_center((10, 2, 3)))
    strip = opened.strip
    assert said(opened) == "VIS1 · Visual areas, layer 1"
    assert strip.hemisphere.text() == "right · BrainGlobe"
    for acronym in ("root", "CTX", "VIS"):
        assert f">{acronym}</a>" in strip.path.text()
    assert strip.place.text().endswith("µm · voxel 10 2 3")


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 0, 1), (2, 1, 0)])
def test_hover_is_right_for_any_order_of_axes_and_any_active_layer(
    opened: AtlasPanel, viewer: Any, hover: Callable[..., None], order: tuple[int, ...]
) -> None:
    viewer.add_points(np.zeros((1, 3)))
    viewer.dims.order = order
    viewer.reset_view()
    for voxel in ((10, 7, 5), (10, 3, 12), (4, 2, 2), (15, 4, 13)):
        hover(voxel_center(voxel))
        assert opened.strip.place.text().endswith("voxel " + " ".join(map(str, voxel)))


def test_hover_finds_the_voxel_on_both_sides_of_an_edge(
    opened: AtlasPanel, viewer: Any, hover: Callable[..., None]
) -> None:
    viewer.scene.camera.zoom = 8  # pixels per µm: a tenth of a µm is nearly a pixel
    for world, voxel in (([525, 99.0, 425], "10 1 8"), ([525, 101.0, 425], "10 2 8")):
        viewer.scene.camera.center = (525, *world[1:])
        hover(world)
        assert opened.strip.place.text().endswith(f"voxel {voxel}")


def test_hover_is_right_beside_a_layer_in_other_units_and_four_dimensions(
    opened: AtlasPanel, viewer: Any, hover: Callable[..., None]
) -> None:
    viewer.add_image(
        np.zeros((3, 4, 12, 16)), scale=(1, 0.25, 0.05, 0.05), units=("mm",) * 4, name="in mm"
    )
    viewer.dims.set_point(0, 0)
    hover([0, *voxel_center((10, 7, 5))])
    assert said(opened) == "TH · Thalamus"


def test_hover_answers_for_depth_and_filter(opened: AtlasPanel, hover: Callable[..., None]) -> None:
    hover(voxel_center((10, 2, 3)))
    opened.bar.depth.setValue(1)
    assert said(opened) == "CTX · Cerebral cortex"
    opened.display.view.hide([opened.display.atlas.region_map.rank("CTX")])
    assert said(opened) == "hidden · VIS1, by the filter"


def test_the_strip_follows_the_slider_while_the_mouse_stands_still(
    opened: AtlasPanel, viewer: Any, hover: Callable[..., None]
) -> None:
    hover(voxel_center((10, 7, 5)))
    assert said(opened) == "TH · Thalamus"
    viewer.dims.set_point(0, 125)
    assert said(opened) == "background"
    assert opened.strip.place.text().endswith("voxel 2 7 5")


def test_hover_outside_says_so(opened: AtlasPanel, hover: Callable[..., None]) -> None:
    hover([525, -20, 400])
    assert said(opened) == "outside the atlas"


def test_the_strip_keeps_its_height(opened: AtlasPanel, hover: Callable[..., None]) -> None:
    before = opened.strip.height()
    hover(voxel_center((10, 2, 3)))
    assert opened.strip.height() == before


def test_in_3d_the_first_drawn_region_on_the_line_of_sight_answers(opened: AtlasPanel) -> None:
    display = opened.display
    regions = display.atlas.region_map
    # Looking down the second axis: cortex lies above the thalamus.
    start, direction = np.array([525.0, -500.0, 375.0]), np.array([0.0, 1.0, 0.0])

    def seen() -> str:
        point = display.point_at(start, direction, [0, 1, 2])
        text = display.describe_point(point)
        return joined(text.title, text.name)

    assert seen() == "VIS1 · Visual areas, layer 1"
    display.view.hide([regions.rank("CTX")])
    assert seen() == "TH · Thalamus"
    display.view.hide([regions.rank("TH")])
    assert seen() == "nothing is drawn here"


def test_a_step_of_the_path_can_be_clicked(opened: AtlasPanel) -> None:
    rank = opened.display.atlas.region_map.rank("CTX")
    opened.strip.path.linkActivated.emit(str(rank))
    assert opened.tree.currentItem().text(0) == "CTX"


def test_the_strip_clears_when_the_mouse_leaves_and_can_still_be_copied(
    opened: AtlasPanel, viewer: Any, hover: Callable[..., None]
) -> None:
    hover(voxel_center((10, 7, 5)))
    # The mouse is said to be where it is by napari's window, which a mouse that is not there
    # cannot leave.
    viewer.mouse_over_canvas = True
    viewer.mouse_over_canvas = False
    assert opened.strip.title.text() == ""
    assert opened.strip.name.text().startswith("Move over")
    viewer.dims.set_point(0, 125)
    assert opened.strip.place.text() == ""
    QTest.mouseClick(opened.strip.copy, Qt.MouseButton.LeftButton)
    copied = QApplication.clipboard().text().split("\t")
    assert copied[:3] == ["TH", "Thalamus", "right · BrainGlobe"]
    assert copied[3].endswith("voxel 10 7 5")


@pytest.mark.parametrize("page", ["table", "package"])
def test_the_strip_is_there_whatever_page_is_open(
    opened: AtlasPanel, viewer: Any, hover: Callable[..., None], page: str
) -> None:
    opened.show_page(page)
    hover(voxel_center((10, 7, 5)))
    assert opened.strip.isVisible()
    assert said(opened) == "TH · Thalamus"
    opened.strip.path.linkActivated.emit(str(opened.display.atlas.region_map.rank("CTX")))
    assert opened.page == "regions"
    QTest.mouseClick(opened.buttons.buttons()[1], Qt.MouseButton.LeftButton)
    QTest.mouseClick(opened.strip.go_to, Qt.MouseButton.LeftButton)
    assert opened.page == "regions"
    assert opened.window().focusWidget() is opened.bar.search


def test_a_hidden_volume_is_not_named_in_3d_and_is_in_a_section(
    opened: AtlasPanel, viewer: Any, hover: Callable[..., None]
) -> None:
    viewer.dims.ndisplay = 3
    along = np.array([1.0, 0.0, 0.0])
    position = np.array(voxel_center((10, 7, 5))) - 10_000 * along
    event = SimpleNamespace(
        position=tuple(position), view_direction=along, dims_displayed=[0, 1, 2], modifiers=()
    )
    opened.on_mouse_move(viewer, event)
    assert "·" in said(opened)
    opened.display.layer.visible = False
    opened.on_mouse_move(viewer, event)
    assert said(opened) == "nothing is drawn here"
    assert opened.display.pick(event) == 0
    viewer.dims.ndisplay = 2
    hover(voxel_center((10, 2, 3)))
    assert said(opened) == "VIS1 · Visual areas, layer 1"
