"""Operations on masks in the window, and completions of queries."""

from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Layer
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from napari_atlas_explorer.analysis.masks.making import make_mask
from napari_atlas_explorer.core.mask_recipe import Operation
from napari_atlas_explorer.viewer.masks import recipe_of
from tests.made_up import annotation

from ..conftest import TIMEOUT, canvas_widget
from ..looks import command

pytestmark = pytest.mark.window


UNDO = Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier
REDO = Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def masked(opened, viewer, qtbot):
    """The panel with a mask of the thalamus as active layer."""
    opened.tree.select_ranks([opened.display.atlas.region_map.rank("TH")])
    QTest.mouseClick(opened.selection_bar.make, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: viewer.layers[-1].name == "mask TH", timeout=TIMEOUT)
    viewer.layers.selection.active = viewer.layers[-1]
    return opened


def press(panel, qtbot, keys) -> None:
    """Press keys while the tree has the focus: shortcuts work in the active window only."""

    def focused() -> bool:
        # Again each time: without a window manager, a window that closes meanwhile takes it away.
        panel.window().activateWindow()
        panel.tree.setFocus()
        return panel.isActiveWindow() and panel.tree.hasFocus()

    qtbot.waitUntil(focused, timeout=TIMEOUT)
    QTest.keyClick(panel.tree, *keys)


def entries(panel, *words: str) -> list[str]:
    """What the panel's menu offers that begins with these words."""
    panel.more.menu.aboutToShow.emit()
    texts = [action.text() for action in panel.more.menu.actions()]
    return [text for word in words for text in texts if text.startswith(word)]


def cross(mask: np.ndarray) -> np.ndarray:
    """Mask with the six neighbors of each voxel."""
    grown = mask.copy()
    for axis in range(3):
        for step in (-1, 1):
            grown |= np.roll(mask, step, axis)  # the mask does not touch the edge
    return grown


def operate(panel, qtbot, *operation) -> None:
    panel.masks.run(Operation(*operation))
    qtbot.waitUntil(lambda: not panel.masks.busy, timeout=TIMEOUT)


def test_growing_can_be_undone_and_is_in_the_recipe(masked, viewer, qtbot) -> None:
    layer, thalamus = viewer.layers[-1], annotation() == 5
    operate(masked, qtbot, "grow", 50.0)
    np.testing.assert_array_equal(layer.data != 0, cross(thalamus))
    made = make_mask(masked.display.atlas, recipe_of(layer)).raw
    np.testing.assert_array_equal(made, cross(thalamus))
    press(masked, qtbot, UNDO)
    np.testing.assert_array_equal(layer.data != 0, thalamus)
    assert recipe_of(layer).operations == ()
    assert masked.display.view.selection  # undo took the mask's step, not the selection's
    press(masked, qtbot, REDO)
    np.testing.assert_array_equal(layer.data != 0, cross(thalamus))
    assert [o.name for o in recipe_of(layer).operations] == ["grow"]


def test_making_a_mask_can_be_undone_and_redone(masked, viewer, qtbot) -> None:
    layer, recipe = viewer.layers[-1], recipe_of(viewer.layers[-1])
    press(masked, qtbot, UNDO)
    assert layer not in viewer.layers
    assert masked.display.view.selection
    press(masked, qtbot, REDO)
    assert viewer.layers[-1] is layer
    assert recipe_of(layer) == recipe
    np.testing.assert_array_equal(layer.data != 0, annotation() == 5)


def test_undo_goes_back_in_the_order_in_which_things_were_done(masked, viewer, qtbot) -> None:
    layer, thalamus = viewer.layers[-1], annotation() == 5
    command(masked.tree, Qt.Key.Key_H)  # hide the thalamus
    operate(masked, qtbot, "grow", 50.0)
    masked.tree.select_ranks([masked.display.atlas.region_map.rank("VIS")])
    assert entries(masked, "Undo", "Redo") == ["Undo select in the tree", "Redo"]
    press(masked, qtbot, UNDO)
    assert entries(masked, "Undo", "Redo") == ["Undo grow 50 µm", "Redo select in the tree"]
    np.testing.assert_array_equal(layer.data != 0, cross(thalamus))
    press(masked, qtbot, UNDO)
    np.testing.assert_array_equal(layer.data != 0, thalamus)
    assert masked.display.view.is_filtered
    press(masked, qtbot, UNDO)
    assert not masked.display.view.is_filtered
    assert entries(masked, "Undo", "Redo") == ["Undo make mask", "Redo hide"]
    for _ in range(3):
        press(masked, qtbot, REDO)
    np.testing.assert_array_equal(layer.data != 0, cross(thalamus))
    assert masked.display.view.is_filtered
    assert masked.display.view.selection.describe() == "VIS"


def test_a_mask_that_a_script_has_changed_is_not_undone_away(masked, viewer, qtbot) -> None:
    layer = viewer.layers[-1]
    layer.data[1, 1, 1] = 1
    press(masked, qtbot, UNDO)
    assert layer in viewer.layers
    assert layer.data[1, 1, 1] == 1
    press(masked, qtbot, UNDO)  # the next step is the one before
    assert not masked.display.view.selection


def test_what_a_script_changes_survives_undo_and_redo_of_an_operation(
    masked, viewer, qtbot
) -> None:
    layer = viewer.layers[-1]
    operate(masked, qtbot, "grow", 50.0)
    layer.data[1, 1, 1] = 1
    press(masked, qtbot, UNDO)
    assert layer.data[1, 1, 1] == 0
    press(masked, qtbot, REDO)
    assert layer.data[1, 1, 1] == 1


def test_strokes_are_steps_of_the_one_history_on_canvas_and_panel(
    masked, viewer, qtbot, click
) -> None:
    layer, thalamus = viewer.layers[-1], annotation() == 5
    layer.brush_size, layer.mode = 1, "paint"
    click((100, 100, 100))
    click((200, 100, 100))
    layer.mode = "pan_zoom"
    masked.display.view.hide([5])
    assert layer.data.sum() == thalamus.sum() + 2
    assert entries(masked, "Undo") == ["Undo hide"]
    canvas = canvas_widget()
    QTest.keyClick(canvas, *UNDO)
    assert not masked.display.view.is_filtered
    assert layer.data.sum() == thalamus.sum() + 2
    assert entries(masked, "Undo") == ["Undo paint in mask TH"]
    QTest.keyClick(canvas, *UNDO)
    assert layer.data.sum() == thalamus.sum() + 1
    press(masked, qtbot, UNDO)
    assert layer.data.sum() == thalamus.sum()
    QTest.keyClick(canvas, *REDO)
    press(masked, qtbot, REDO)
    assert layer.data.sum() == thalamus.sum() + 2
    QTest.keyClick(canvas, *REDO)
    assert masked.display.view.is_filtered


def test_an_operation_takes_the_strokes_before_it_with_it(masked, viewer, qtbot, click) -> None:
    layer, thalamus = viewer.layers[-1], annotation() == 5
    layer.brush_size, layer.mode = 1, "paint"
    click((100, 100, 100))
    operate(masked, qtbot, "grow", 50.0)
    QTest.keyClick(canvas_widget(), *UNDO)
    assert layer.data.sum() == thalamus.sum() + 1
    QTest.keyClick(canvas_widget(), *UNDO)  # painted by hand: the mask stays
    assert layer in viewer.layers
    assert layer.data.sum() == thalamus.sum() + 1


def test_undo_on_the_canvas_works_whatever_layer_is_active(opened, viewer) -> None:
    for layer in (opened.display.layer, viewer.layers[0], None):
        viewer.layers.selection.active = layer
        opened.display.view.hide([5])
        QTest.keyClick(canvas_widget(), *UNDO)
        assert not opened.display.view.is_filtered


def test_a_mask_that_the_user_deletes_is_undone_with_its_steps(masked, viewer, qtbot) -> None:
    layer, below = viewer.layers[-1], list(viewer.layers[:-1])
    operate(masked, qtbot, "grow", 50.0)
    grown = layer.data.copy()
    viewer.add_points(np.zeros((1, 3)))
    viewer.layers.selection = {layer}
    viewer.layers.remove_selected()  # what Delete does
    assert entries(masked, "Undo") == [f"Undo remove {layer.name}"]
    press(masked, qtbot, UNDO)
    assert viewer.layers[: len(below) + 1] == [*below, layer]
    np.testing.assert_array_equal(layer.data, grown)
    press(masked, qtbot, UNDO)
    assert not np.array_equal(layer.data, grown)
    for _ in range(2):
        press(masked, qtbot, REDO)
    assert layer not in viewer.layers


def test_several_masks_made_at_once_are_one_step(opened, viewer, qtbot) -> None:
    regions = opened.display.atlas.region_map
    opened.tree.select_ranks([regions.rank("TH"), regions.rank("VIS")])
    before = list(viewer.layers)
    opened.selecting.make_mask("each")
    qtbot.waitUntil(lambda: len(viewer.layers) == len(before) + 2, timeout=TIMEOUT)
    made = list(viewer.layers[-2:])
    press(opened, qtbot, UNDO)
    assert list(viewer.layers) == before
    press(opened, qtbot, REDO)
    assert list(viewer.layers[-2:]) == made


def test_a_copy_of_a_mask_keeps_its_own_recipe(masked, viewer, qtbot) -> None:
    layer = viewer.layers[-1]
    copy = viewer.add_layer(Layer.create(*layer.as_layer_data_tuple()))
    viewer.layers.selection.active = layer
    operate(masked, qtbot, "grow", 50.0)
    assert [o.name for o in recipe_of(layer).operations] == ["grow"]
    assert recipe_of(copy).operations == ()


def test_largest_component_and_fill(masked, viewer, qtbot) -> None:
    layer = viewer.layers[-1]
    hollow = (annotation() == 5).astype(np.uint8)
    hollow[10, 8, 8] = 0
    hollow[1, 1, 1] = 1
    layer.data = hollow
    operate(masked, qtbot, "largest component")
    assert layer.data[1, 1, 1] == 0
    operate(masked, qtbot, "fill")
    np.testing.assert_array_equal(layer.data != 0, annotation() == 5)


def test_a_mask_is_cut_with_a_layer_that_was_painted(masked, viewer, qtbot) -> None:
    mask = viewer.layers[-1]
    painted = np.zeros((20, 12, 16), np.uint8)
    painted[:, :8] = 7
    place = {"scale": (50,) * 3, "translate": (25,) * 3, "units": ("um",) * 3}
    cutter = viewer.add_labels(painted, name="mine", **place)
    viewer.add_labels(painted, name="elsewhere", scale=(40,) * 3, units=("um",) * 3)
    viewer.layers.selection.active = mask
    assert cutter in masked.masks.cutters()
    assert viewer.layers["elsewhere"] not in masked.masks.cutters()
    masked.masks.cut(cutter)
    qtbot.waitUntil(lambda: not masked.masks.busy, timeout=TIMEOUT)
    np.testing.assert_array_equal(mask.data != 0, (annotation() == 5) & (painted > 0))
    assert recipe_of(mask).operations[-1].name == "cut"


def test_what_is_no_mask_is_left_alone(opened, viewer) -> None:
    viewer.layers.selection.active = viewer.layers["Brain image"]
    opened.masks.run(Operation("fill"))
    assert "not a mask" in opened.error.text()
    assert not opened.masks.busy


def test_a_query_is_completed_and_a_name_is_not(opened) -> None:
    opened.bar.search.setFocus()
    QTest.keyClicks(opened.bar.search, "vi")
    assert opened.completer.model.stringList() == []
    opened.bar.search.clear()
    QTest.keyClicks(opened.bar.search, "CTX - vi")
    assert opened.completer.model.stringList()[:2] == ["CTX - VIS", "CTX - VIS1"]
