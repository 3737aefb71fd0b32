"""Opening atlases in the panel, and what cannot be opened."""

from __future__ import annotations

import gc
import json
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from napari.layers import Image
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QMessageBox, QPushButton

from napari_atlas_explorer.core.selection import Selection
from napari_atlas_explorer.docks.atlas.panel import AtlasPanel
from tests.made_up import annotation, write_brainglobe, write_voxelbrain

from ..conftest import TIMEOUT, drop, drop_on_canvas
from ..looks import annotation_layer, without_lines

pytestmark = pytest.mark.window


def test_a_folder_dropped_on_the_dock_opens(panel: AtlasPanel, package: Path, qtbot: Any) -> None:
    with qtbot.waitSignal(panel.session.shown, timeout=TIMEOUT):
        drop(panel, [package])
    assert panel.title.text() == "made_up_50um v1.0"
    assert panel.start.isHidden()


def test_another_atlas_takes_the_place_and_the_user_s_layers_stay(
    opened: AtlasPanel, viewer: Any, tmp_path: Path, open_in: Callable[..., None]
) -> None:
    viewer.add_points(np.zeros((1, 3)), name="mine")
    open_in(opened, write_voxelbrain(tmp_path / "vb"))
    names = [layer.name for layer in without_lines(viewer)]
    assert names == ["mine", "Regions"]


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
    opened: AtlasPanel, viewer: Any, tmp_path: Path, qtbot: Any, case: str
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
    opened: AtlasPanel, viewer: Any, tmp_path: Path, qtbot: Any
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


def test_recent_atlases_are_offered(opened: AtlasPanel, viewer: Any, package: Path) -> None:
    from napari_atlas_explorer.atlases.local.recent import recent_paths

    assert recent_paths() == [package]


def test_removing_the_annotation_layer_returns_to_the_start_page(
    opened: AtlasPanel, viewer: Any
) -> None:
    viewer.layers.remove(annotation_layer(opened))
    QApplication.processEvents()
    assert opened.display is None
    assert opened.pages.currentWidget() is opened.start


def test_an_image_is_added_as_one_and_can_be_made_the_annotation(
    opened: AtlasPanel, viewer: Any, tmp_path: Path, qtbot: Any
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
    panel: AtlasPanel, viewer: Any, tmp_path: Path, open_in: Callable[..., None]
) -> None:
    path = tmp_path / "stripes.tiff"
    tifffile.imwrite(path, annotation())
    open_in(panel, path)
    assert any(a.quantity == "kind" for a in panel.display.atlas.assumptions)
    panel.session.show_as_image()
    assert [type(layer) for layer in viewer.layers] == [Image]
    assert np.array_equal(np.asarray(viewer.layers[0].data), annotation())
    QApplication.processEvents()
    assert panel.display is None


def test_an_atlas_that_another_window_left_shows_hemispheres_again(opened, viewer, qtbot):
    """Found by random actions: the layer told sides, and the new panel did not see it."""
    opened.set_hemisphere(1)
    qtbot.waitUntil(lambda: opened.display.view.hemisphere == 1, timeout=10_000)
    layer = opened.display.layer
    viewer.layers.remove(layer)
    viewer.add_layer(layer)  # which is adopted
    display = opened.display
    assert display.view.hemisphere is None
    both = layer.colormap.colors.copy()
    opened.set_hemisphere(2)
    qtbot.waitUntil(lambda: display.view.hemisphere == 2, timeout=10_000)
    n = display.atlas.ranks.n_ranks
    assert len(layer.features) == 3 * n
    assert (layer.colormap.colors[n : 2 * n, 3] == 0).all()  # what is left is not drawn
    assert (both[n + 1 : 2 * n, 3] > 0).any()


def test_an_atlas_that_was_replaced_is_given_up(opened, package, tmp_path, open_in, qtbot):
    """Found by random actions: napari keeps its workers, and they kept every atlas."""
    other = write_voxelbrain(tmp_path / "other")
    opened.set_hemisphere(1)
    qtbot.waitUntil(lambda: opened.display.view.hemisphere == 1, timeout=TIMEOUT)
    opened.display.view.select(Selection.of_ranks(opened.display.atlas.ranks, [1]))
    gone = weakref.ref(opened.display.atlas)
    open_in(opened, other)
    for _ in range(5):
        QApplication.processEvents()
        gc.collect()
    assert gone() is None


@pytest.mark.parametrize("way", ["start page", "error line", "undo"])
def test_an_atlas_whose_layer_was_deleted_is_brought_back_as_it_was(
    opened: AtlasPanel, viewer: Any, qtbot: Any, way: str
) -> None:
    regions = opened.display.atlas.region_map
    surfaces = opened.show_page("surfaces")
    opened.display.view.hide([regions.rank("TH")])
    opened.display.view.select(opened.display.view.expand([regions.rank("VIS")]))
    surfaces.add_selected()
    qtbot.waitUntil(lambda: len(surfaces.scene.keys) == 1, timeout=TIMEOUT)
    surfaces.in_3d.setChecked(False)
    table = opened.show_page("table")
    qtbot.waitUntil(lambda: table.model.rowCount() == 6, timeout=TIMEOUT)
    opened.analysis.color_by([c.name for c in table.model.table.columns].index("voxels"))
    if way != "error line":  # which is seen from every page
        opened.show_page("regions")
    atlas, path, state = opened.display.atlas, opened.session.path, opened.display.view.state
    assert not viewer.layers.selection  # not the layer whose removal closes the atlas
    viewer.layers.selection = {opened.display.layer}
    viewer.layers.remove_selected()  # what Delete does
    QApplication.processEvents()
    assert opened.display is None
    assert opened.error.text().startswith("made_up_50um v1.0 is closed")
    if way == "undo":

        def has_focus() -> bool:
            opened.window().activateWindow()
            opened.start.folder.setFocus()
            return opened.isActiveWindow() and opened.start.folder.hasFocus()

        qtbot.waitUntil(has_focus, timeout=TIMEOUT)
        control = Qt.KeyboardModifier.ControlModifier
        QTest.keyClick(opened.start.folder, Qt.Key.Key_Z, control)
    else:
        button = opened.findChild(QPushButton, "bring_back")
        if way == "error line":
            button = opened.error.action
        assert button.isVisible()
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert opened.display.atlas is atlas
    assert opened.session.path == path
    assert opened.display.view.state.draws_as(state)
    assert opened.display.view.state.selects_as(state)
    assert not opened.start.isVisible()
    assert not opened.error.isVisible()
    assert len(surfaces.scene.keys) == 1
    assert opened.analysis.coloring.name == "voxels"
    assert opened.value_legend.isVisible()


def test_what_was_closed_is_not_offered_once_another_atlas_is_open(
    opened: AtlasPanel, viewer: Any, tmp_path: Path, open_in: Callable[..., None]
) -> None:
    viewer.layers.remove(opened.display.layer)
    open_in(opened, write_voxelbrain(tmp_path / "vb"))
    viewer.layers.remove(opened.display.layer)
    QApplication.processEvents()
    assert opened.findChild(QPushButton, "bring_back").text() == "Bring back vb"


def test_deleting_all_layers_at_once_closes_the_atlas_and_can_be_undone(
    opened: AtlasPanel, viewer: Any, qtbot: Any
) -> None:
    regions = opened.display.atlas.region_map
    opened.tree.select_ranks([regions.rank("TH")])
    opened.selecting.make_mask()
    qtbot.waitUntil(lambda: "mask TH" in viewer.layers, timeout=TIMEOUT)
    surfaces = opened.show_page("surfaces")
    surfaces.add_selected()
    qtbot.waitUntil(lambda: len(surfaces.scene.keys) == 1, timeout=TIMEOUT)
    viewer.layers.select_all()
    viewer.layers.remove_selected()  # Ctrl+A and Delete in the list of layers
    QApplication.processEvents()
    assert list(viewer.layers) == []
    assert opened.display is None
    opened.session.history.undo()
    assert opened.display is not None
    assert opened.session.history.last.name == "remove mask TH"
    opened.session.history.undo()
    assert "mask TH" in viewer.layers


# ---- Drops beside an open atlas ------------------------------------------------------------


def answer(panel: AtlasPanel, text: str) -> None:
    """Click a button of the question how to open something."""
    (box,) = [b for b in panel.findChildren(QMessageBox) if b.isVisible()]
    (button,) = [b for b in box.buttons() if b.text().replace("&", "") == text]
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """Another atlas of the size of the first, with its annotation as NRRD."""
    return write_voxelbrain(tmp_path / "vb")


@pytest.mark.parametrize("place", ["panel", "canvas"])
def test_a_drop_goes_the_same_way_on_canvas_and_panel(
    opened: AtlasPanel, viewer: Any, other: Path, qtbot: Any, place: str
) -> None:
    before = list(viewer.layers)
    if place == "canvas":
        assert drop_on_canvas(viewer, [other])
    else:
        drop(opened, [other])
    qtbot.waitUntil(lambda: bool(opened.findChildren(QMessageBox)), timeout=TIMEOUT)
    assert list(viewer.layers) == before
    with qtbot.waitSignal(opened.session.shown, timeout=TIMEOUT):
        answer(opened, "Replace")
    assert opened.title.text() == "vb"
    assert not set(before) & set(viewer.layers)


def test_beside_adds_layers_and_the_first_atlas_stays(
    opened: AtlasPanel, viewer: Any, other: Path, qtbot: Any
) -> None:
    before, display = list(viewer.layers), opened.display
    assert drop_on_canvas(viewer, [other])
    qtbot.waitUntil(lambda: bool(opened.findChildren(QMessageBox)), timeout=TIMEOUT)
    answer(opened, "Beside it")
    qtbot.waitUntil(lambda: not opened.session.busy and len(viewer.layers) > len(before))
    assert opened.display is display
    assert viewer.layers[: len(before)] == before
    added = viewer.layers[len(before) :]
    assert all(layer.name.endswith(" · vb") for layer in added)
    assert {str(unit) for layer in viewer.layers for unit in layer.units} == {"micrometer"}
    assert not opened.busy.isVisible()


def test_a_volume_can_be_added_as_an_image(
    opened: AtlasPanel, viewer: Any, other: Path, qtbot: Any
) -> None:
    before = list(viewer.layers)
    assert drop_on_canvas(viewer, [other / "brain_regions.nrrd"])
    qtbot.waitUntil(lambda: bool(opened.findChildren(QMessageBox)), timeout=TIMEOUT)
    answer(opened, "As an image")
    qtbot.waitUntil(lambda: not opened.session.busy and len(viewer.layers) > len(before))
    (image,) = viewer.layers[len(before) :]
    assert isinstance(image, Image)
    step = np.subtract(image.data_to_world((1, 1, 1)), image.data_to_world((0, 0, 0)))
    assert np.abs(step).tolist() == [25, 25, 25]


def test_compare_leads_to_its_page(
    opened: AtlasPanel, viewer: Any, tmp_path: Path, qtbot: Any
) -> None:
    same = write_brainglobe(tmp_path / "again_50um_v1.0")
    assert drop_on_canvas(viewer, [same])
    qtbot.waitUntil(lambda: bool(opened.findChildren(QMessageBox)), timeout=TIMEOUT)
    answer(opened, "Compare")
    assert opened.page == "comparison"
    qtbot.waitUntil(lambda: len(opened.made["comparison"].others) == 1, timeout=TIMEOUT)


def test_what_has_no_voxel_size_gets_no_place_beside_what_has_one(
    opened: AtlasPanel, viewer: Any, tmp_path: Path, qtbot: Any
) -> None:
    """In pixels beside micrometers it would be a dot that nobody sees."""
    path = tmp_path / "pixels.tiff"
    tifffile.imwrite(path, annotation())
    before = list(viewer.layers)
    assert drop_on_canvas(viewer, [path])
    qtbot.waitUntil(lambda: bool(opened.findChildren(QMessageBox)), timeout=TIMEOUT)
    with qtbot.waitSignal(opened.session.failed, timeout=TIMEOUT):
        answer(opened, "Beside it")
    assert "the voxel size of pixels.tiff is not known" in opened.error.text()
    assert list(viewer.layers) == before


def test_cancel_changes_nothing_and_what_is_not_ours_stays_napari_s(
    opened: AtlasPanel, viewer: Any, other: Path, tmp_path: Path, qtbot: Any
) -> None:
    before = list(viewer.layers)
    assert drop_on_canvas(viewer, [other])
    qtbot.waitUntil(lambda: bool(opened.findChildren(QMessageBox)), timeout=TIMEOUT)
    answer(opened, "Cancel")
    assert list(viewer.layers) == before
    picture = tmp_path / "picture.png"
    picture.write_bytes(b"not looked at")
    assert not drop_on_canvas(viewer, [picture])


def test_without_an_atlas_a_drop_on_the_canvas_opens_without_a_question(
    panel: AtlasPanel, viewer: Any, package: Path, qtbot: Any
) -> None:
    qtbot.waitUntil(panel.strip.isVisible, timeout=TIMEOUT)
    with qtbot.waitSignal(panel.session.shown, timeout=TIMEOUT):
        assert drop_on_canvas(viewer, [package])


def test_a_closed_panel_leaves_drops_to_napari(
    opened: AtlasPanel, viewer: Any, other: Path, qtbot: Any
) -> None:
    viewer.window.remove_dock_widget(opened)
    qtbot.waitUntil(lambda: not opened.strip.isVisible())
    assert not drop_on_canvas(viewer, [other])


def test_another_atlas_is_asked_about_where_the_user_made_something(
    opened: AtlasPanel, viewer: Any, other: Path, qtbot: Any
) -> None:
    opened.display.view.select(opened.display.view.expand([1]))
    opened.selecting.make_mask()
    qtbot.waitUntil(lambda: not opened.selecting.busy, timeout=TIMEOUT)
    mask = viewer.layers[-1]
    opened.start.path_requested.emit(str(other))
    (box,) = opened.findChildren(QMessageBox)
    assert mask.name in box.informativeText()
    with qtbot.waitSignal(opened.session.shown, timeout=TIMEOUT):
        answer(opened, "Replace")
    assert mask in viewer.layers


def test_what_cannot_be_opened_can_be_checked_all_the_same(
    opened: AtlasPanel, tmp_path: Path, qtbot: Any
) -> None:
    wrong, _ = bad_paths(tmp_path)["wrong shape"]
    with qtbot.waitSignal(opened.session.failed, timeout=TIMEOUT):
        opened.open_path(wrong)
    assert opened.error.action.text() == "Check it anyway"
    QTest.mouseClick(opened.error.action, Qt.MouseButton.LeftButton)
    assert opened.page == "qa"
    qa = opened.made["qa"]
    qtbot.waitUntil(lambda: qa.findings is not None, timeout=TIMEOUT)
    assert "wrong_shape" in qa.about.text()
    codes = {listed.finding.code for listed in qa.findings.listed}
    assert "package-shape" in codes or any("shape" in code for code in codes)
    assert opened.title.text() == "made_up_50um v1.0"
    point = opened.viewer.dims.point
    qa.tree.choose(qa.findings.listed[0].id)
    assert opened.viewer.dims.point == point  # it is a finding of something that is not shown
    qa.start(groups=["hierarchy"])
    assert qa.about.isHidden()
