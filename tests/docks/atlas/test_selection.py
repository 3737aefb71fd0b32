"""Clicks, rows, queries: one selection, and masks of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nibabel
import nrrd
import numpy as np
import pytest
from napari.layers import Image, Labels
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QFileDialog, QMessageBox, QPushButton

from napari_atlas_explorer.analysis.masks.making import make_mask
from napari_atlas_explorer.core.errors import AtlasError
from napari_atlas_explorer.docks.atlas.panel import AtlasPanel
from napari_atlas_explorer.docks.common.pages import atlas_panel
from napari_atlas_explorer.formats.recipes import read_recipes
from napari_atlas_explorer.viewer.masks import recipe_of
from napari_atlas_explorer.viewer.selection_overlay import NAME, outline_of
from tests.made_up import annotation, write_voxelbrain

from ..conftest import TIMEOUT
from ..looks import drawn_ids

pytestmark = pytest.mark.window

# 50 µm: VIS1 (70001) in plane 2, VIS (3) in planes 3 and 4, TH (5) in planes 6 to 9.
VIS1, VIS, TH = (500.0, 125.0, 275.0), (500.0, 225.0, 275.0), (500.0, 400.0, 400.0)


def chosen(panel: AtlasPanel) -> list[int]:
    """Ids of which something is selected."""
    selection = panel.display.view.selection
    return [int(i) for i in panel.display.atlas.ranks.ids[selection.ranks]]


def rows(panel: AtlasPanel) -> list[str]:
    return sorted(item.text(0) for item in panel.tree.selectedItems())


def overlay(viewer: Any) -> Labels:
    return next(layer for layer in viewer.layers if layer.name == NAME)


def test_a_click_selects_and_shift_adds_and_takes_away(opened, viewer, click) -> None:
    click(TH)
    assert chosen(opened) == [5]
    assert rows(opened) == ["TH"]
    assert "TH" in opened.selection_bar.text.text()
    click(VIS1, shift=True)
    assert chosen(opened) == [70001, 5]
    assert rows(opened) == ["TH", "VIS1"]
    regions = opened.display.atlas.region_map
    assert opened.tree.item_of(regions.rank("VIS")).isExpanded()  # its row can be seen
    click(TH, shift=True)
    assert chosen(opened) == [70001]
    np.testing.assert_array_equal(np.asarray(overlay(viewer).data), annotation() == 70001)


def test_a_click_takes_the_region_as_it_is_drawn(opened, click) -> None:
    opened.display.view.set_depth(1)
    click(VIS)
    assert chosen(opened) == [2, 3, 70001]
    assert rows(opened) == ["CTX"]
    opened.display.view.set_depth(None)
    opened.display.view.hide([opened.display.atlas.region_map.rank("TH")])
    click(TH)  # it is not drawn: nothing there to click
    assert rows(opened) == ["CTX"]


def test_a_drag_pans_and_does_not_select(opened, viewer, click) -> None:
    before = tuple(viewer.scene.camera.center)
    click(TH, drag=60)
    assert chosen(opened) == []
    assert tuple(viewer.scene.camera.center) != before


def test_a_closed_panel_selects_nothing_until_it_is_back(opened, viewer, click, qtbot) -> None:
    viewer.window.remove_dock_widget(opened)
    qtbot.waitUntil(lambda: not opened.strip.isVisible(), timeout=TIMEOUT)
    click(TH)
    assert chosen(opened) == []
    atlas_panel(viewer)
    qtbot.waitUntil(opened.strip.isVisible, timeout=TIMEOUT)
    click(TH)
    assert chosen(opened) == [5]


def test_a_click_on_nothing_loses_nothing(opened, click) -> None:
    click(TH)
    click((500.0, 20.0, 20.0))
    assert chosen(opened) == [5]


def test_one_hemisphere_of_the_dock_is_one_of_the_selection(opened, viewer, click, qtbot) -> None:
    opened.set_hemisphere(1)  # sides are worked out beside the window
    qtbot.waitUntil(lambda: opened.display.view.hemisphere == 1, timeout=TIMEOUT)
    click((500.0, 400.0, 550.0))  # left is the high half of axis 2
    assert opened.display.view.selection.depends_on_hemispheres
    expected = (annotation() == 5) & (np.arange(16) >= 8)
    np.testing.assert_array_equal(np.asarray(overlay(viewer).data), expected)


def test_a_row_of_the_tree_selects_with_all_below_it(opened, viewer) -> None:
    regions = opened.display.atlas.region_map
    opened.tree.setCurrentItem(opened.tree.item_of(regions.rank("CTX")))
    assert chosen(opened) == [2, 3, 70001]
    np.testing.assert_array_equal(
        np.asarray(overlay(viewer).data), np.isin(annotation(), [2, 3, 70001])
    )


def test_walking_down_the_tree_is_one_step_to_undo(opened) -> None:
    view = opened.display.view
    for name in ("root", "CTX", "VIS"):
        opened.tree.setCurrentItem(opened.tree.item_of(opened.display.atlas.region_map.rank(name)))
    assert opened.session.history.last.name == "select in the tree"
    opened.session.history.undo()
    assert not view.selection
    assert opened.session.history.last is None
    assert rows(opened) == []
    assert not opened.selection_bar.isVisible()
    opened.session.history.redo()
    assert chosen(opened) == [3, 70001]


def test_a_query_selects_and_a_wrong_one_points_at_its_place(opened) -> None:
    search = opened.bar.search
    search.setText("CTX - VIS1")
    assert opened.bar.match_count.text() == "2 of 6"
    QTest.keyClick(search, Qt.Key.Key_Return)
    assert chosen(opened) == [2, 3]
    assert opened.selection_bar.text.text().startswith("CTX - VIS1")
    search.setText("CTX - nonsense")
    assert "nonsense" in opened.bar.match_count.text()
    assert "no region answers" in opened.bar.match_count.toolTip()
    QTest.keyClick(search, Qt.Key.Key_Return)
    assert "nonsense" in opened.error.text()
    assert chosen(opened) == [2, 3]


def test_a_set_of_ones_own_is_a_word_of_queries(opened, click) -> None:
    click(TH)
    opened.selecting.save_set("mine")
    opened.bar.search.setText("root - mine")
    QTest.keyClick(opened.bar.search, Qt.Key.Key_Return)
    assert 5 not in chosen(opened)
    assert 70001 in chosen(opened)


@pytest.mark.parametrize(
    ("kind", "names", "values"),
    [
        ("union", ["mask VIS, TH"], [{0, 1}]),
        ("values", ["mask VIS, TH"], [{0, 1, 2}]),
        ("each", ["mask VIS", "mask TH"], [{0, 1}, {0, 1}]),
    ],
)
def test_masks_of_the_selection(opened, viewer, qtbot, kind, names, values) -> None:
    regions = opened.display.atlas.region_map
    opened.tree.select_ranks([regions.rank("VIS"), regions.rank("TH")])
    count = len(viewer.layers)
    opened.selecting.make_mask(kind)
    qtbot.waitUntil(
        lambda: not opened.selecting.busy and len(viewer.layers) == count + len(names),
        timeout=TIMEOUT,
    )
    made = list(viewer.layers)[-len(names) :]
    assert [layer.name for layer in made] == names
    assert [set(np.unique(layer.data).tolist()) for layer in made] == values
    union = np.any([layer.data != 0 for layer in made], axis=0)
    np.testing.assert_array_equal(union, np.isin(annotation(), [3, 70001, 5]))
    for layer in made:
        assert np.allclose(layer.scale, 50)
        assert np.allclose(layer.translate, 25)
        recipe = recipe_of(layer)
        assert recipe.selection(opened.display.atlas).count(None) == int((layer.data != 0).sum())


def test_a_mask_stays_when_another_atlas_is_opened(
    opened, viewer, qtbot, tmp_path, open_in
) -> None:

    regions = opened.display.atlas.region_map
    opened.tree.select_ranks([regions.rank("TH")])
    opened.selecting.make_mask()
    qtbot.waitUntil(lambda: viewer.layers[-1].name == "mask TH", timeout=TIMEOUT)
    open_in(opened, write_voxelbrain(tmp_path / "other"))
    assert "mask TH" in [layer.name for layer in viewer.layers]
    assert NAME not in [layer.name for layer in viewer.layers]
    assert not opened.display.view.selection


def test_nothing_selected_makes_no_mask(opened, viewer) -> None:
    count = len(viewer.layers)
    opened.selecting.make_mask()
    assert not opened.selecting.busy
    assert len(viewer.layers) == count


def test_mirroring_goes_to_the_other_hemisphere(opened, viewer) -> None:
    opened.bar.search.setText("left:TH")
    QTest.keyClick(opened.bar.search, Qt.Key.Key_Return)
    opened.display.go_to_voxel((8, 7, 5))
    opened.selecting.mirror()
    found = opened.display.hit_at(opened.display.point_at(viewer.dims.point))
    assert found.index == (8, 7, 10)  # 16 voxels, the plane between 7 and 8
    expected = (annotation() == 5) & (np.arange(16) < 8)
    np.testing.assert_array_equal(np.asarray(overlay(viewer).data), expected)


def test_a_layer_that_is_painted_in_keeps_its_mouse(opened, viewer, click) -> None:
    layer = viewer.add_labels(np.zeros((20, 12, 16), np.uint8), scale=(50,) * 3, units=("um",) * 3)
    layer.mode = "paint"
    click(TH)
    assert chosen(opened) == []


def test_the_selection_is_no_other_layers_business(opened, viewer, click) -> None:
    active = viewer.layers.selection.active
    click(TH)
    assert viewer.layers.selection.active is active
    viewer.layers.remove(overlay(viewer))
    click(VIS1)  # the layer is made anew
    np.testing.assert_array_equal(np.asarray(overlay(viewer).data), annotation() == 70001)
    assert any(isinstance(layer, Image) for layer in viewer.layers)


def test_the_line_around_a_selection_is_as_thin_as_one_zooms_in(opened, viewer, click) -> None:
    click(TH)
    layer, camera = overlay(viewer), viewer.scene.camera
    viewer.dims.set_current_step(0, 7)
    mask = opened.display.view.selection.mask(opened.display.atlas.hemisphere_rule)[7]
    for pixels_per_voxel, width in ((20.0, 1), (1.0, 2), (0.1, 4), (2.0, 1)):
        camera.zoom = pixels_per_voxel / 50
        drawn = np.asarray(layer.data[7])
        assert np.array_equal(drawn, outline_of(mask, width))
        assert np.array_equal(drawn, layer.data[7])


# ---- Saving --------------------------------------------------------------------------------------


def save_as(monkeypatch: pytest.MonkeyPatch, path: Path) -> list[str]:
    """Answer the next file dialog with a path; return the names that it proposes."""
    proposed: list[str] = []

    def answer(_parent: Any, _title: str, name: str, _kinds: str) -> tuple[str, str]:
        proposed.append(name)
        return str(path), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    return proposed


def press_save(panel: AtlasPanel, qtbot: Any) -> None:
    button = panel.findChild(QPushButton, "save_mask")
    assert button.isVisible()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not panel.selecting.busy, timeout=TIMEOUT)


def test_the_selection_is_saved_where_the_atlas_lies_with_its_recipe(
    opened: AtlasPanel, click: Any, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "thalamus.nrrd"
    proposed = save_as(monkeypatch, target)
    click(TH)
    press_save(opened, qtbot)
    assert proposed == ["mask TH.nrrd"]
    values, fields = nrrd.read(str(target))
    assert np.array_equal(values, annotation() == 5)
    assert fields["space units"] == ["um"] * 3
    assert np.allclose(np.diag(fields["space directions"]), 50)
    recipe = read_recipes(target)[0]
    assert np.array_equal(make_mask(opened.display.atlas, recipe).raw, annotation() == 5)


def test_a_mask_that_was_painted_in_is_saved_as_it_is_without_a_recipe(
    opened: AtlasPanel,
    viewer: Any,
    click: Any,
    qtbot: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    viewer = opened.viewer
    click(TH)
    count = len(viewer.layers)
    opened.selecting.make_mask()
    qtbot.waitUntil(lambda: len(viewer.layers) > count, timeout=TIMEOUT)
    layer = viewer.layers[-1]
    viewer.layers.selection.active = layer
    layer.data_setitem((np.array([0]),) * 3, 1)
    target = tmp_path / "painted.nii.gz"
    save_as(monkeypatch, target)
    press_save(opened, qtbot)
    values = np.asanyarray(nibabel.load(target).dataobj)
    expected = annotation() == 5
    expected[0, 0, 0] = True
    assert np.array_equal(values, expected)
    with pytest.raises(AtlasError):
        read_recipes(target)


def test_an_existing_file_whose_suffix_was_not_typed_stays(
    opened: AtlasPanel, click: Any, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "m.nrrd").write_text("mine")
    save_as(monkeypatch, tmp_path / "m")
    click(TH)
    press_save(opened, qtbot)
    assert (tmp_path / "m.nrrd").read_text() == "mine"
    assert "the file exists" in opened.error.text()


def test_the_buttons_below_the_tree_show_hide_and_go_there(opened, viewer) -> None:
    regions, bar = opened.display.atlas.region_map, opened.selection_bar
    opened.tree.select_ranks([regions.rank("TH")])
    for button, drawn in (
        (bar.show_only, {5}),
        (bar.show_all, {3, 5, 70001}),
        (bar.hide_them, {3, 70001}),
    ):
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        assert drawn_ids(opened) == drawn
    opened.display.go_to_voxel((2, 2, 2))
    QTest.mouseClick(bar.go_there, Qt.MouseButton.LeftButton)
    assert opened.display.hit_at(opened.display.point_at(viewer.dims.point)).acronym == "TH"


def test_f1_lists_the_keys(opened, qtbot) -> None:
    def has_focus() -> bool:
        opened.window().activateWindow()
        opened.tree.setFocus()
        return opened.isActiveWindow() and opened.tree.hasFocus()

    qtbot.waitUntil(has_focus, timeout=TIMEOUT)
    QTest.keyClick(opened.tree, Qt.Key.Key_F1)
    (box,) = opened.findChildren(QMessageBox)
    assert "Ctrl+Shift+L" in box.text()
    box.close()
