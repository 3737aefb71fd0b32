"""The dock, driven as a user drives it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from napari.layers import Image, Labels, Vectors
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication

from napari_atlas_explorer.widgets.app import add_dock
from napari_atlas_explorer.widgets.atlas_dock import AtlasDock
from napari_atlas_explorer.widgets.region_tree import RegionTree
from tests.made_up import annotation, write_brainglobe, write_voxelbrain

from .conftest import TIMEOUT, drop

pytestmark = pytest.mark.window


def visible_acronyms(tree: RegionTree) -> list[str]:
    """Rows that the search has not hidden, top to bottom."""
    found = []

    def walk(item: Any) -> None:
        if not item.isHidden():
            found.append(item.text(0))
            for k in range(item.childCount()):
                walk(item.child(k))

    for k in range(tree.topLevelItemCount()):
        walk(tree.topLevelItem(k))
    return found


def joined(title: str, name: str) -> str:
    return f"{title} · {name}" if name else title


def said(dock: AtlasDock) -> str:
    """Region that the hover card names."""
    return joined(dock.card.title.text(), dock.card.name.text())


def annotation_layer(dock: AtlasDock) -> Labels:
    assert dock.display is not None
    return dock.display.layer


def drawn_ids(dock: AtlasDock) -> set[int]:
    """Ids of the regions that have colour in the layer, worked out voxel by voxel."""
    layer = annotation_layer(dock)
    alpha = layer.colormap.map(np.asarray(layer.data))[..., 3]
    return set(np.unique(annotation()[alpha > 0]).tolist())


def test_an_empty_dock_says_how_to_open_an_atlas(dock: AtlasDock) -> None:
    assert dock.pages.currentWidget() is dock.start
    assert dock.start.sample.isVisible()


def test_a_package_opens_with_its_layers_upright(opened: AtlasDock, viewer: Any) -> None:
    assert [(layer.name, type(layer)) for layer in viewer.layers] == [
        ("reference", Image),
        ("annotation (display)", Labels),
        ("hemispheres", Labels),
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


def test_colours_on_the_canvas_are_the_atlas_s(opened: AtlasDock) -> None:
    layer = annotation_layer(opened)
    value = int(layer.data[10, 7, 8])  # in the thalamus
    rgba = layer.colormap.map(np.array([value], layer.data.dtype))[0]
    assert np.rint(rgba[:3] * 255).tolist() == [250, 120, 130]


def test_search_keeps_matches_and_their_ancestors(opened: AtlasDock) -> None:
    QTest.keyClicks(opened.bar.search, "layer")
    assert visible_acronyms(opened.tree) == ["root", "CTX", "VIS", "VIS1"]
    assert opened.bar.found.text() == "1 of 6"
    QTest.keyClick(opened.bar.search, Qt.Key.Key_Escape)
    assert visible_acronyms(opened.tree) == ["root", "CTX", "VIS", "VIS1", "TH", "HY"]


def test_search_finds_ids(opened: AtlasDock) -> None:
    QTest.keyClicks(opened.bar.search, "70001")
    assert visible_acronyms(opened.tree)[-1] == "VIS1"


def test_return_in_the_search_box_selects_the_best_match(opened: AtlasDock) -> None:
    QTest.keyClicks(opened.bar.search, "vis")
    QTest.keyClick(opened.bar.search, Qt.Key.Key_Return)
    assert opened.tree.currentItem().text(0) == "VIS"


def test_what_was_folded_before_a_search_is_folded_after_it(opened: AtlasDock) -> None:
    regions = opened.display.atlas.region_map
    item = opened.tree.item_of(regions.rank("VIS"))
    assert not item.isExpanded()
    opened.bar.search.setText("layer")
    assert item.isExpanded()
    opened.bar.search.clear()
    assert not item.isExpanded()


def test_rows_show_size_colour_and_what_is_not_here(opened: AtlasDock) -> None:
    regions = opened.display.atlas.region_map
    thalamus = opened.tree.item_of(regions.rank("TH"))
    # 8 × 4 × 8 voxels of 50 µm
    assert thalamus.text(1) == "0.0320 mm³"
    assert "256 voxels" in thalamus.toolTip(1)
    pixel = thalamus.icon(0).pixmap(12, 12).toImage().pixelColor(6, 6)
    assert pixel.getRgb()[:3] == (250, 120, 130)
    absent = opened.tree.item_of(regions.rank("HY"))
    assert absent.text(1) == "none here"


def test_unchecking_a_region_hides_it_with_its_descendants(opened: AtlasDock) -> None:
    item = opened.tree.item_of(opened.display.atlas.region_map.rank("CTX"))
    item.setCheckState(0, Qt.CheckState.Unchecked)
    assert drawn_ids(opened) == {5}
    root = opened.tree.topLevelItem(0)
    assert root.checkState(0) == Qt.CheckState.PartiallyChecked
    assert item.child(0).checkState(0) == Qt.CheckState.Unchecked


@pytest.mark.parametrize(
    ("key", "left"),
    [
        (Qt.Key.Key_O, {3, 70001}),
        (Qt.Key.Key_H, {5}),
        (Qt.Key.Key_I, {3, 70001}),
    ],
)
def test_keys_show_only_hide_and_isolate(opened: AtlasDock, key: Qt.Key, left: set[int]) -> None:
    opened.tree.reveal(opened.display.atlas.region_map.rank("VIS"))
    QTest.keyClick(opened.tree, key)
    assert drawn_ids(opened) == left
    QTest.keyClick(opened.tree, Qt.Key.Key_A)
    assert drawn_ids(opened) == {3, 5, 70001}


def test_undo_takes_a_filter_back(opened: AtlasDock) -> None:
    opened.tree.reveal(opened.display.atlas.region_map.rank("TH"))
    QTest.keyClick(opened.tree, Qt.Key.Key_H)
    assert drawn_ids(opened) == {3, 70001}
    opened.undo()
    assert drawn_ids(opened) == {3, 5, 70001}
    opened.redo()
    assert drawn_ids(opened) == {3, 70001}


def test_return_jumps_to_a_region(opened: AtlasDock, viewer: Any) -> None:
    viewer.dims.set_point(0, 25)
    opened.tree.reveal(opened.display.atlas.region_map.rank("TH"))
    QTest.keyClick(opened.tree, Qt.Key.Key_J)
    voxel = tuple(int(p // 50) for p in viewer.dims.point)
    assert annotation()[voxel] == 5


def test_depth_slider_draws_ancestors(opened: AtlasDock) -> None:
    opened.bar.depth.setValue(1)
    layer = annotation_layer(opened)
    values = np.array([layer.data[8, 2, 5], layer.data[8, 4, 5]])  # layer 1 and the rest
    colors = layer.colormap.map(values)
    assert np.rint(colors[:, :3] * 255).tolist() == [[0, 180, 120]] * 2  # CTX
    assert opened.bar.depth_label.text() == "level 1"
    opened.bar.depth.setValue(opened.bar.depth.maximum())
    assert opened.bar.depth_label.text() == "leaves"


def test_one_side_hides_the_other(opened: AtlasDock, qtbot: Any) -> None:
    QTest.mouseClick(opened.bar.left, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: opened.display.view.side == 1, timeout=TIMEOUT)
    layer = annotation_layer(opened)
    alpha = layer.colormap.map(np.asarray(layer.data))[..., 3]
    ids = annotation()
    assert not alpha[:, :, :8].any()  # "asr": low index is right
    assert np.array_equal(alpha[:, :, 8:] > 0, ids[:, :, 8:] > 0)
    QTest.mouseClick(opened.bar.left, Qt.MouseButton.LeftButton)
    assert opened.display.view.side is None
    assert drawn_ids(opened) == {3, 5, 70001}


def test_sides_come_from_the_package_s_volume_where_it_has_one(
    dock: AtlasDock, tmp_path: Path, open_in: Callable[..., None], qtbot: Any
) -> None:
    open_in(dock, write_brainglobe(tmp_path / "lopsided", symmetric=False))
    dock.set_side(2)
    qtbot.waitUntil(lambda: dock.display.view.side == 2, timeout=TIMEOUT)
    layer = annotation_layer(dock)
    alpha = layer.colormap.map(np.asarray(layer.data))[..., 3]
    assert not alpha[:, :, 6:].any()
    assert alpha[:, :, :6].any()


def test_side_buttons_are_off_where_sides_are_unknown(
    dock: AtlasDock, tmp_path: Path, open_in: Callable[..., None]
) -> None:
    open_in(dock, write_voxelbrain(tmp_path / "vb"))
    assert not dock.bar.left.isEnabled()
    assert "side unknown" in dock.bar.left.toolTip().lower()


def test_orientation_field_is_drawn_where_it_is_not_missing(
    dock: AtlasDock, viewer: Any, tmp_path: Path, open_in: Callable[..., None]
) -> None:
    open_in(dock, write_voxelbrain(tmp_path / "vb"))
    vectors = next(layer for layer in viewer.layers if isinstance(layer, Vectors))
    voxels = np.rint(vectors.data[:, 0]).astype(int)
    assert (annotation()[tuple(voxels.T)] == 3).all()
    assert len(voxels) == (annotation() == 3).sum()
    # the identity leaves +y where it is
    directions = vectors.data[:, 1] / np.linalg.norm(vectors.data[:, 1], axis=1, keepdims=True)
    assert np.allclose(directions, [0, 1, 0], atol=1e-6)


# ---- hover ------------------------------------------------------------------------------------


def voxel_centre(voxel: Sequence[int]) -> list[float]:
    return [(i + 0.5) * 50 for i in voxel]


def test_hover_names_region_path_side_and_place(
    opened: AtlasDock, hover: Callable[..., None]
) -> None:
    hover(voxel_centre((10, 2, 3)))
    card = opened.card
    assert said(opened) == "VIS1 · Visual areas, layer 1"
    assert card.side.text() == "right · BrainGlobe"
    for acronym in ("root", "CTX", "VIS"):
        assert f">{acronym}</a>" in card.path.text()
    assert card.place.text().endswith("µm · voxel 10 2 3")


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 0, 1), (2, 1, 0)])
def test_hover_is_right_for_any_order_of_axes_and_any_active_layer(
    opened: AtlasDock, viewer: Any, hover: Callable[..., None], order: tuple[int, ...]
) -> None:
    viewer.add_points(np.zeros((1, 3)))
    viewer.dims.order = order
    viewer.reset_view()
    for voxel in ((10, 7, 5), (10, 3, 12), (4, 2, 2), (15, 4, 13)):
        hover(voxel_centre(voxel))
        assert opened.card.place.text().endswith("voxel " + " ".join(map(str, voxel)))


def test_hover_finds_the_voxel_on_both_sides_of_an_edge(
    opened: AtlasDock, viewer: Any, hover: Callable[..., None]
) -> None:
    viewer.scene.camera.zoom = 8  # pixels per µm: a tenth of a µm is nearly a pixel
    for world, voxel in (([525, 99.0, 425], "10 1 8"), ([525, 101.0, 425], "10 2 8")):
        viewer.scene.camera.center = (525, *world[1:])
        hover(world)
        assert opened.card.place.text().endswith(f"voxel {voxel}")


def test_hover_is_right_beside_a_layer_in_other_units_and_four_dimensions(
    opened: AtlasDock, viewer: Any, hover: Callable[..., None]
) -> None:
    viewer.add_image(
        np.zeros((3, 4, 12, 16)), scale=(1, 0.25, 0.05, 0.05), units=("mm",) * 4, name="in mm"
    )
    viewer.dims.set_point(0, 0)
    hover([0, *voxel_centre((10, 7, 5))])
    assert said(opened) == "TH · Thalamus"


def test_hover_answers_for_depth_and_filter(opened: AtlasDock, hover: Callable[..., None]) -> None:
    hover(voxel_centre((10, 2, 3)))
    opened.bar.depth.setValue(1)
    assert said(opened) == "CTX · Cerebral cortex"
    opened.display.view.hide([opened.display.atlas.region_map.rank("CTX")])
    assert said(opened) == "hidden by the filter"


def test_the_card_follows_the_slider_while_the_mouse_stands_still(
    opened: AtlasDock, viewer: Any, hover: Callable[..., None]
) -> None:
    hover(voxel_centre((10, 7, 5)))
    assert said(opened) == "TH · Thalamus"
    viewer.dims.set_point(0, 125)
    assert said(opened) == "background"
    assert opened.card.place.text().endswith("voxel 2 7 5")


def test_hover_outside_says_so(opened: AtlasDock, hover: Callable[..., None]) -> None:
    hover([525, -20, 400])
    assert said(opened) == "outside the atlas"


def test_the_card_keeps_its_height(opened: AtlasDock, hover: Callable[..., None]) -> None:
    before = opened.card.height()
    hover(voxel_centre((10, 2, 3)))
    assert opened.card.height() == before


def test_in_3d_the_first_drawn_region_on_the_line_of_sight_answers(opened: AtlasDock) -> None:
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
    assert seen() == "outside the atlas"


def test_a_step_of_the_path_can_be_clicked(opened: AtlasDock) -> None:
    rank = opened.display.atlas.region_map.rank("CTX")
    opened.card.path.linkActivated.emit(str(rank))
    assert opened.tree.currentItem().text(0) == "CTX"


# ---- opening ----------------------------------------------------------------------------------


def test_a_folder_dropped_on_the_dock_opens(dock: AtlasDock, package: Path, qtbot: Any) -> None:
    with qtbot.waitSignal(dock.session.shown, timeout=TIMEOUT):
        drop(dock, [package])
    assert dock.title.text() == "made_up_50um v1.0"
    assert dock.start.isHidden()


def test_another_atlas_takes_the_place_and_the_user_s_layers_stay(
    opened: AtlasDock, viewer: Any, tmp_path: Path, open_in: Callable[..., None]
) -> None:
    viewer.add_points(np.zeros((1, 3)), name="mine")
    open_in(opened, write_voxelbrain(tmp_path / "vb"))
    names = [layer.name for layer in viewer.layers]
    assert names == ["mine", "brain_regions (display)", "orientation"]


def bad_paths(folder: Path) -> dict[str, tuple[Path, str]]:
    """Paths that cannot be opened, and what the message must name."""
    empty = folder / "empty"
    empty.mkdir()
    text = folder / "notes.nrrd"
    text.write_text("not a volume")
    unrelated = folder / "unrelated"
    unrelated.mkdir()
    rng = np.random.default_rng(1)
    for name in ("one.tiff", "two.tiff"):
        pages = rng.integers(0, 999, (7, 8, 9)).astype(np.uint16)
        tifffile.imwrite(unrelated / name, pages)
    wrong = write_brainglobe(folder / "wrong_shape")
    tifffile.imwrite(wrong / "annotation.tiff", np.zeros((7, 8, 9), np.uint32))
    cyclic = write_brainglobe(folder / "cyclic")
    rows = [
        {"id": 1, "acronym": "a", "name": "a", "parent_structure_id": 2},
        {"id": 2, "acronym": "b", "name": "b", "parent_structure_id": 1},
    ]
    (cyclic / "structures.json").write_text(json.dumps(rows))
    return {
        "empty folder": (empty, "empty"),
        "text named .nrrd": (text, "notes.nrrd"),
        "unrelated TIFFs": (unrelated, "no table of regions"),
        "wrong shape": (wrong, "annotation.tiff"),
        "cycle": (cyclic, "cycle"),
        "missing": (folder / "not there", "not there"),
    }


@pytest.mark.parametrize(
    "case",
    ["empty folder", "text named .nrrd", "unrelated TIFFs", "wrong shape", "cycle", "missing"],
)
def test_what_cannot_be_opened_is_said_in_a_line_and_the_atlas_stays(
    opened: AtlasDock, viewer: Any, tmp_path: Path, qtbot: Any, case: str
) -> None:
    path, named = bad_paths(tmp_path)[case]
    before = list(viewer.layers)
    with qtbot.waitSignal(opened.session.failed, timeout=TIMEOUT):
        opened.open_path(path)
    assert opened.error.isVisible()
    assert named in opened.error.text()
    assert "\n" not in opened.error.text()
    assert list(viewer.layers) == before
    assert opened.title.text() == "made_up_50um v1.0"
    assert not opened.busy.isVisible()


def test_cancel_leaves_everything_as_it_was(
    opened: AtlasDock, viewer: Any, tmp_path: Path, qtbot: Any
) -> None:
    other = write_voxelbrain(tmp_path / "vb")
    before = list(viewer.layers)
    opened.open_path(other)
    opened.session.cancel()
    assert not opened.busy.isVisible()
    # A later atlas that opens proves that the cancelled one will not come any more.
    with qtbot.waitSignal(opened.session.shown, timeout=TIMEOUT):
        opened.open_sample()
    assert opened.title.text() == "Phantom mouse brain"
    assert not set(before) & set(viewer.layers)


def test_recent_atlases_are_offered(opened: AtlasDock, viewer: Any, package: Path) -> None:
    from napari_atlas_explorer.plugin.recent import recent_paths

    assert recent_paths() == [package]


def test_removing_the_annotation_layer_returns_to_the_start_page(
    opened: AtlasDock, viewer: Any
) -> None:
    viewer.layers.remove(annotation_layer(opened))
    assert opened.display is None
    assert opened.pages.currentWidget() is opened.start


def test_an_image_is_added_as_one_and_can_be_made_the_annotation(
    opened: AtlasDock, viewer: Any, tmp_path: Path, qtbot: Any
) -> None:
    path = tmp_path / "scan.tiff"
    rng = np.random.default_rng(3)
    pixels = rng.integers(0, 300, (9, 10, 11)).astype(np.uint16)
    tifffile.imwrite(path, pixels)
    opened.open_path(path)
    qtbot.waitUntil(lambda: "scan.tiff" in viewer.layers, timeout=TIMEOUT)
    assert isinstance(viewer.layers["scan.tiff"], Image)
    assert opened.title.text() == "made_up_50um v1.0"
    assert not opened.error.isVisible()
    viewer.layers.selection.active = viewer.layers["scan.tiff"]
    opened.more.use_selected_layer()
    assert opened.title.text() == "scan.tiff"
    assert opened.display.atlas.at_voxel((3, 4, 5)).id == pixels[3, 4, 5]


def test_what_was_taken_for_an_annotation_can_be_shown_as_an_image(
    dock: AtlasDock, viewer: Any, tmp_path: Path, open_in: Callable[..., None]
) -> None:
    path = tmp_path / "stripes.tiff"
    tifffile.imwrite(path, annotation())
    open_in(dock, path)
    assert any(a.quantity == "kind" for a in dock.display.atlas.assumptions)
    dock.session.show_as_image()
    assert [type(layer) for layer in viewer.layers] == [Image]
    assert np.array_equal(np.asarray(viewer.layers[0].data), annotation())
    assert dock.display is None


# ---- layers of others -------------------------------------------------------------------------


def test_layers_that_napari_s_own_open_made_are_adopted(
    dock: AtlasDock, viewer: Any, package: Path
) -> None:
    viewer.open(package, plugin="napari-atlas-explorer")
    assert dock.title.text() == "made_up_50um v1.0"


def test_a_labels_layer_can_be_used_as_annotation(dock: AtlasDock, viewer: Any) -> None:
    labels = np.zeros((6, 7, 8), np.int32)
    labels[2:4] = 11
    labels[4:] = 12
    layer = viewer.add_labels(labels, scale=(2, 2, 2), units=("mm",) * 3, name="mine")
    viewer.layers.selection.active = layer
    dock.more.use_selected_layer()
    assert visible_acronyms(dock.tree) == ["root", "11", "12"]
    assert dock.display.atlas.resolution == (2000, 2000, 2000)
    hit = dock.display.atlas.at((5000, 1000, 1000))
    assert hit.id == 11
    assert layer in viewer.layers


def test_a_float_layer_is_refused_as_annotation(dock: AtlasDock, viewer: Any) -> None:
    viewer.layers.selection.active = viewer.add_image(np.random.default_rng(0).random((4, 5, 6)))
    dock.more.use_selected_layer()
    assert "whole numbers" in dock.error.text()
    assert dock.display is None


def test_display_values_are_not_editable_and_say_that_they_are_no_ids(opened: AtlasDock) -> None:
    layer = annotation_layer(opened)
    assert not layer.editable
    assert "(display)" in layer.name
    assert "not region ids" in layer.metadata["atlas_explorer"]["values"]
    features = layer.features
    row = features[features["index"] == int(layer.data[10, 7, 8])].iloc[0]
    assert (row["id"], row["acronym"], row["name"]) == (5, "TH", "Thalamus")


def test_a_layer_of_ids_can_be_added(opened: AtlasDock) -> None:
    layer = opened.display.add_id_layer()
    assert np.array_equal(np.asarray(layer.data), annotation())


def test_napari_s_shuffle_is_noticed_and_colours_come_back(opened: AtlasDock) -> None:
    layer = annotation_layer(opened)
    before = layer.colormap.map(np.asarray(layer.data))
    layer.new_colormap()
    assert opened.restore_colors.isVisible()
    QTest.mouseClick(opened.restore_colors, Qt.MouseButton.LeftButton)
    assert np.array_equal(layer.colormap.map(np.asarray(layer.data)), before)
    assert not opened.restore_colors.isVisible()


# ---- settling, theme, keys --------------------------------------------------------------------


def test_an_unknown_orientation_can_be_stated(
    dock: AtlasDock, viewer: Any, tmp_path: Path, open_in: Callable[..., None]
) -> None:
    from napari_atlas_explorer.widgets.settle_form import SettleForm

    folder = tmp_path / "homemade"
    folder.mkdir()
    tifffile.imwrite(folder / "annotation.tiff", annotation())
    (folder / "names.csv").write_text("id,name\n3,visual\n70001,layer one\n5,thalamus\n")
    open_in(dock, folder)
    assert "voxel size unknown" in dock.facts.text()
    assert dock.chips.isVisible()
    form = SettleForm(dock.display.atlas, dock)
    for box, letter in zip(form.axes, "asl", strict=True):
        box.setCurrentIndex(box.findData(letter))
    for spin in form.sizes:
        spin.setValue(50)
    form.midline.setChecked(True)
    dock.session.settle(form.result_settled())
    assert dock.display.atlas.orientation == "asl"
    assert dock.display.atlas.resolution == (50, 50, 50)
    assert np.allclose(annotation_layer(dock).scale, 50)
    assert dock.bar.left.isEnabled()
    text = dock.display.describe_point((10.5, 7.5, 4.5))
    assert (text.title, text.name, text.side) == ("5", "thalamus", "left · side from plane")
    # The source is untouched.
    assert tifffile.imread(folder / "annotation.tiff").shape == annotation().shape


def test_a_half_stated_orientation_cannot_be_applied(opened: AtlasDock) -> None:
    from napari_atlas_explorer.widgets.settle_form import SettleForm

    form = SettleForm(opened.display.atlas, opened)
    form.axes[0].setCurrentIndex(0)
    assert not form.apply.isEnabled()
    form.axes[0].setCurrentIndex(form.axes[0].findData("s"))  # the second axis says "s" too
    assert not form.apply.isEnabled()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_text_has_enough_contrast_in_both_themes(
    opened: AtlasDock, viewer: Any, theme: str
) -> None:
    viewer.theme = theme
    colors = opened.colors
    for text, background in (
        (colors.text, colors.background),
        (colors.muted, colors.background),
        (colors.link, colors.background),
        (colors.error, colors.background),
        (colors.amber_text, colors.amber),
        (colors.text, colors.highlight),
    ):
        assert contrast(text, background) >= 4.5


def contrast(a: Any, b: Any) -> float:
    """Contrast of two colours by WCAG 2.1."""

    def luminance(color: Any) -> float:
        channels = np.array(color.getRgbF()[:3])
        linear = np.where(
            channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4
        )
        return float(linear @ [0.2126, 0.7152, 0.0722])

    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_an_answer_can_be_explained(opened: AtlasDock, viewer: Any) -> None:
    opened.display.jump_to(opened.display.atlas.region_map.rank("TH"))
    opened.more.copy_explanation()
    command, python = QApplication.clipboard().text().splitlines()
    assert command.startswith("atlas-explorer lookup ")
    namespace: dict[str, Any] = {}
    exec("from napari_atlas_explorer import open_atlas", namespace)  # noqa: S102 (our own text)
    assert eval(python, namespace).acronym == "TH"  # noqa: S307


def test_acronyms_are_copied(opened: AtlasDock) -> None:
    opened.tree.reveal(opened.display.atlas.region_map.rank("VIS1"))
    QTest.keyClick(opened.tree, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.clipboard().text() == "VIS1"


def test_the_file_menu_opens_an_atlas(
    viewer: Any, package: Path, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qtpy.QtWidgets import QFileDialog

    from napari_atlas_explorer.widgets.app import open_atlas_folder

    # The system's own dialog cannot be driven; what it answers can.
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(package))
    open_atlas_folder(viewer)
    dock = add_dock(viewer)
    qtbot.waitUntil(lambda: dock.display is not None, timeout=TIMEOUT)
    assert dock.title.text() == "made_up_50um v1.0"
