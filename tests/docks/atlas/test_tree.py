"""Tree, search, depth and sides, driven as a user drives them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from napari.layers import Image, Labels, Vectors
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from napari_atlas_explorer.docks.atlas.panel import AtlasPanel
from tests.made_up import annotation, write_brainglobe, write_voxelbrain

from ..conftest import TIMEOUT
from ..looks import annotation_layer, command, drawn_ids, visible_acronyms, without_lines

pytestmark = pytest.mark.window


def test_an_empty_dock_says_how_to_open_an_atlas(panel: AtlasPanel) -> None:
    assert panel.pages.currentWidget() is panel.start
    assert panel.start.sample.isVisible()


def test_a_package_opens_with_its_layers_upright(opened: AtlasPanel, viewer: Any) -> None:
    assert [(layer.name, type(layer)) for layer in without_lines(viewer)] == [
        ("Brain image", Image),
        ("Regions", Labels),
    ]
    for layer in viewer.layers:
        assert np.allclose(layer.scale, 50)
        assert np.allclose(layer.translate, 25)
        assert str(layer.units[0]) == "micrometer"
        assert layer.axis_labels == ("A→P", "S→I", "R→L")
    assert viewer.dims.order == (0, 1, 2)
    assert viewer.scene.camera.orientation2d[0].value == "down"
    assert viewer.dims.point[0] == pytest.approx(500, abs=50)  # the middle of 20 × 50 µm
    assert opened.title.text() == "made_up_50um v1.0"
    assert opened.counts.text() == "5 of 6 regions have voxels"


def test_colors_on_the_canvas_are_the_atlas_s(opened: AtlasPanel) -> None:
    layer = annotation_layer(opened)
    value = int(layer.data[10, 7, 8])  # in the thalamus
    rgba = layer.colormap.map(np.array([value], layer.data.dtype))[0]
    assert np.rint(rgba[:3] * 255).tolist() == [250, 120, 130]


def test_search_keeps_matches_and_their_ancestors(opened: AtlasPanel) -> None:
    QTest.keyClicks(opened.bar.search, "layer")
    assert visible_acronyms(opened.tree) == ["root", "CTX", "VIS", "VIS1"]
    assert opened.bar.match_count.text() == "1 of 6"
    QTest.keyClick(opened.bar.search, Qt.Key.Key_Escape)
    assert visible_acronyms(opened.tree) == ["root", "CTX", "VIS", "VIS1", "TH", "HY"]


def test_search_finds_ids(opened: AtlasPanel) -> None:
    QTest.keyClicks(opened.bar.search, "70001")
    assert visible_acronyms(opened.tree)[-1] == "VIS1"


def test_return_in_the_search_box_selects_the_best_match(opened: AtlasPanel) -> None:
    QTest.keyClicks(opened.bar.search, "vis")
    QTest.keyClick(opened.bar.search, Qt.Key.Key_Return)
    assert opened.tree.currentItem().text(0) == "VIS"


def test_what_was_folded_before_a_search_is_folded_after_it(opened: AtlasPanel) -> None:
    regions = opened.display.atlas.region_map
    item = opened.tree.item_of(regions.rank("VIS"))
    assert not item.isExpanded()
    opened.bar.search.setText("layer")
    assert item.isExpanded()
    opened.bar.search.clear()
    assert not item.isExpanded()


def test_rows_show_size_color_and_what_is_not_here(opened: AtlasPanel) -> None:
    regions = opened.display.atlas.region_map
    thalamus = opened.tree.item_of(regions.rank("TH"))
    # 8 × 4 × 8 voxels of 50 µm
    assert thalamus.text(1) == "0.0320 mm³"
    assert "256 voxels" in thalamus.toolTip(1)
    pixel = thalamus.icon(0).pixmap(12, 12).toImage().pixelColor(6, 6)
    assert pixel.getRgb()[:3] == (250, 120, 130)
    absent = opened.tree.item_of(regions.rank("HY"))
    assert absent.text(1) == "none here"


def test_unchecking_a_region_hides_it_with_its_descendants(opened: AtlasPanel) -> None:
    item = opened.tree.item_of(opened.display.atlas.region_map.rank("CTX"))
    item.setCheckState(0, Qt.CheckState.Unchecked)
    assert drawn_ids(opened) == {5}
    root = opened.tree.topLevelItem(0)
    assert root.checkState(0) == Qt.CheckState.PartiallyChecked
    assert item.child(0).checkState(0) == Qt.CheckState.Unchecked


@pytest.mark.parametrize(
    ("key", "left"), [(Qt.Key.Key_L, {3, 70001}), (Qt.Key.Key_H, {5}), (Qt.Key.Key_I, {3, 70001})]
)
def test_keys_show_only_hide_and_isolate(opened: AtlasPanel, key: Qt.Key, left: set[int]) -> None:
    opened.tree.reveal(opened.display.atlas.region_map.rank("VIS"))
    command(opened.tree, key)
    assert drawn_ids(opened) == left
    command(opened.tree, Qt.Key.Key_A)
    assert drawn_ids(opened) == {3, 5, 70001}


def test_undo_takes_a_filter_back(opened: AtlasPanel) -> None:
    opened.tree.reveal(opened.display.atlas.region_map.rank("TH"))
    command(opened.tree, Qt.Key.Key_H)
    assert drawn_ids(opened) == {3, 70001}
    opened.session.history.undo()
    assert drawn_ids(opened) == {3, 5, 70001}
    opened.session.history.redo()
    assert drawn_ids(opened) == {3, 70001}


def test_return_jumps_to_a_region(opened: AtlasPanel, viewer: Any) -> None:
    viewer.dims.set_point(0, 25)
    opened.tree.reveal(opened.display.atlas.region_map.rank("TH"))
    command(opened.tree, Qt.Key.Key_J)
    voxel = tuple(int(p // 50) for p in viewer.dims.point)
    assert annotation()[voxel] == 5


def test_depth_slider_draws_ancestors(opened: AtlasPanel) -> None:
    opened.bar.depth.setValue(1)
    layer = annotation_layer(opened)
    values = np.array([layer.data[8, 2, 5], layer.data[8, 4, 5]])  # layer 1 and the rest
    colors = layer.colormap.map(values)
    assert np.rint(colors[:, :3] * 255).tolist() == [[0, 180, 120]] * 2  # CTX
    assert opened.bar.depth_label.text() == "level 1"
    opened.bar.depth.setValue(opened.bar.depth.maximum())
    assert opened.bar.depth_label.text() == "finest"


def test_one_hemisphere_hides_the_other(opened: AtlasPanel, qtbot: Any) -> None:
    QTest.mouseClick(opened.bar.left, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: opened.display.view.hemisphere == 1, timeout=TIMEOUT)
    layer = annotation_layer(opened)
    alpha = layer.colormap.map(np.asarray(layer.data))[..., 3]
    ids = annotation()
    assert not alpha[:, :, :8].any()  # "asr": low index is right
    assert np.array_equal(alpha[:, :, 8:] > 0, ids[:, :, 8:] > 0)
    assert not layer.editable
    QTest.mouseClick(opened.bar.left, Qt.MouseButton.LeftButton)
    assert opened.display.view.hemisphere is None
    assert drawn_ids(opened) == {3, 5, 70001}


def test_sides_come_from_the_package_s_volume_where_it_has_one(
    panel: AtlasPanel, tmp_path: Path, open_in: Callable[..., None], qtbot: Any
) -> None:
    open_in(panel, write_brainglobe(tmp_path / "lopsided", symmetric=False))
    panel.set_hemisphere(2)
    qtbot.waitUntil(lambda: panel.display.view.hemisphere == 2, timeout=TIMEOUT)
    layer = annotation_layer(panel)
    alpha = layer.colormap.map(np.asarray(layer.data))[..., 3]
    assert not alpha[:, :, 6:].any()
    assert alpha[:, :, :6].any()


def test_hemisphere_buttons_are_off_where_hemispheres_are_unknown(
    panel: AtlasPanel, tmp_path: Path, open_in: Callable[..., None]
) -> None:
    open_in(panel, write_voxelbrain(tmp_path / "vb"))
    assert not panel.bar.left.isEnabled()
    assert "hemispheres unknown" in panel.bar.left.toolTip().lower()


def test_orientation_field_is_drawn_where_it_is_not_missing(
    panel: AtlasPanel, viewer: Any, tmp_path: Path, open_in: Callable[..., None]
) -> None:
    open_in(panel, write_voxelbrain(tmp_path / "vb"))
    panel.more.menu.aboutToShow.emit()
    (datasets,) = [a.menu() for a in panel.more.menu.actions() if a.text() == "Datasets"]
    (entry,) = [a for a in datasets.actions() if a.text() == "orientation"]
    entry.trigger()
    vectors = viewer.layers["orientation"]
    assert isinstance(vectors, Vectors)
    assert vectors.visible
    voxels = np.rint(vectors.data[:, 0]).astype(int)
    assert (annotation()[tuple(voxels.T)] == 3).all()
    assert len(voxels) == (annotation() == 3).sum()
    # the identity leaves +y where it is
    directions = vectors.data[:, 1] / np.linalg.norm(vectors.data[:, 1], axis=1, keepdims=True)
    assert np.allclose(directions, [0, 1, 0], atol=1e-6)


def test_searching_changes_neither_filter_nor_history(opened: AtlasPanel) -> None:
    opened.tree.reveal(opened.display.atlas.region_map.rank("TH"))
    command(opened.tree, Qt.Key.Key_H)
    opened.session.history.undo()
    opened.display.view.hide([opened.display.atlas.region_map.rank("VIS1")])
    for text in ("r", "ro", "vis", "th", ""):
        opened.bar.search.setText(text)
        assert drawn_ids(opened) == {3, 5}
    opened.session.history.undo()
    assert drawn_ids(opened) == {3, 5, 70001}
    assert opened.session.history.last.name == "select in the tree"
    opened.session.history.undo()
    assert opened.session.history.last is None


def test_a_flat_list_of_very_many_regions_is_shown_without_hemispheres(
    panel: AtlasPanel, tmp_path: Path, open_in: Callable[..., None]
) -> None:
    path = tmp_path / "cells.tiff"
    cells = np.repeat(np.arange(24_000, dtype=np.uint16).reshape(20, 30, 40), 3, axis=2)
    tifffile.imwrite(path, cells)
    open_in(panel, path)
    assert panel.tree.topLevelItem(0).childCount() == 23_999
    assert not panel.bar.left.isEnabled()
    layer = annotation_layer(panel)
    ids = np.asarray(panel.display.atlas.ranks.ids)
    assert np.array_equal(ids[np.asarray(layer.data)], cells)
