"""Operations on masks in the window, and completions of queries."""

from __future__ import annotations

import numpy as np
import pytest
from qtpy.QtTest import QTest

from napari_atlas_explorer.analysis.masks.making import make_mask
from napari_atlas_explorer.core.mask_recipe import Operation
from napari_atlas_explorer.viewer.masks import recipe_of
from tests.made_up import annotation

from ..conftest import TIMEOUT

pytestmark = pytest.mark.window


@pytest.fixture
def masked(opened, viewer, qtbot):
    """The dock with a mask of the thalamus as active layer."""
    opened.tree.select_ranks([opened.display.atlas.region_map.rank("TH")])
    opened.selecting.make_mask()
    qtbot.waitUntil(lambda: viewer.layers[-1].name == "mask TH", timeout=TIMEOUT)
    viewer.layers.selection.active = viewer.layers[-1]
    return opened


def cross(mask: np.ndarray) -> np.ndarray:
    """Mask with the six neighbours of each voxel."""
    grown = mask.copy()
    for axis in range(3):
        for step in (-1, 1):
            grown |= np.roll(mask, step, axis)  # the mask does not touch the edge
    return grown


def operate(dock, qtbot, *operation) -> None:
    dock.masks.run(Operation(*operation))
    qtbot.waitUntil(lambda: not dock.masks.busy, timeout=TIMEOUT)


def test_growing_can_be_undone_and_is_in_the_recipe(masked, viewer, qtbot) -> None:
    layer, thalamus = viewer.layers[-1], annotation() == 5
    operate(masked, qtbot, "grow", 50.0)
    np.testing.assert_array_equal(layer.data != 0, cross(thalamus))
    made = make_mask(masked.display.atlas, recipe_of(layer)).raw
    np.testing.assert_array_equal(made, cross(thalamus))
    masked.undo()
    np.testing.assert_array_equal(layer.data != 0, thalamus)
    assert recipe_of(layer).operations == ()
    assert masked.display.view.selection  # undo took the mask's step, not the selection's
    masked.masks.redo()
    np.testing.assert_array_equal(layer.data != 0, cross(thalamus))


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
    viewer.layers.selection.active = viewer.layers["reference"]
    opened.masks.run(Operation("fill"))
    assert "no mask" in opened.error.text()
    assert not opened.masks.busy


def test_a_query_is_completed_and_a_name_is_not(opened) -> None:
    opened.bar.search.setFocus()
    QTest.keyClicks(opened.bar.search, "vi")
    assert opened.completer.model.stringList() == []
    opened.bar.search.clear()
    QTest.keyClicks(opened.bar.search, "CTX - vi")
    assert opened.completer.model.stringList()[:2] == ["CTX - VIS", "CTX - VIS1"]
