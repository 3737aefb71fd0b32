"""The docks of lines and of the spatial search, used as a user does."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication

from napari_atlas_explorer import VoxelData
from napari_atlas_explorer.analysis.spatial_search.search import spatial_search
from napari_atlas_explorer.docks.common.pages import show_page
from napari_atlas_explorer.docks.lines.page import LinesPage
from napari_atlas_explorer.docks.spatial_search.page import SpatialSearchPage
from napari_atlas_explorer.formats.lines.reader import read_streamlines

from ..conftest import TIMEOUT, canvas_position, drop

pytestmark = pytest.mark.window

LINES = [
    (7, [[525, 75, 425], [525, 275, 425], [525, 475, 425]]),
    (8, [[525, 175, 125], [525, 175, 675]]),
    (8, [[325, 325, 425], [675, 325, 425]]),
]
"""Down through the cortex into the thalamus; across the cortex; along the thalamus."""


def item(number: int, points: list[list[float]]) -> dict[str, Any]:
    path = [{"coord": p, "density": 0.1 * n} for n, p in enumerate(points)]
    return {"id": number, "name": f"experiment {number}", "path": path}


@pytest.fixture
def data_json(tmp_path: Path) -> Path:
    path = tmp_path / "data.json"
    lines = [item(number, points) for number, points in LINES]
    path.write_text(json.dumps({"lines": lines, "injectionCoordinates": [[525, 325, 425]]}))
    return path


@pytest.fixture
def neuron(tmp_path: Path) -> Path:
    path = tmp_path / "neuron.swc"
    path.write_text("1 1 525 325 425 5 -1\n2 2 525 275 425 1 1\n3 2 525 125 425 1 2\n")
    return path


@pytest.fixture
def lines(opened: Any) -> LinesPage:
    return show_page(opened.viewer, "lines")


@pytest.fixture
def read(lines: LinesPage, qtbot: Any) -> Callable[..., None]:
    def open_all(*paths: Path) -> None:
        expected = len(lines.sets.sets) + len(paths)
        lines.open_paths(list(paths))
        qtbot.waitUntil(lambda: len(lines.sets.sets) == expected, timeout=TIMEOUT)

    return open_all


def cells(page: LinesPage, title: str) -> list[str]:
    model = page.model
    titles = [
        str(model.headerData(k, Qt.Orientation.Horizontal)).strip()
        for k in range(model.columnCount())
    ]
    column = titles.index(title)
    return [str(model.data(model.index(k, column))) for k in range(model.rowCount())]


def choose_color(page: LinesPage, name: str) -> None:
    page.color.setCurrentIndex(page.color.findText(name))
    page.color.activated.emit(page.color.currentIndex())


def test_without_an_atlas_the_pages_say_what_to_do(viewer, data_json) -> None:
    search = show_page(viewer, "spatial_search")
    assert "Open an atlas" in search.empty.text()
    assert not search.empty.isHidden()
    assert not search.form["call_button"].enabled
    page = show_page(viewer, "lines")
    assert "Open an atlas" in page.empty.text()
    assert page.empty.isVisible()
    assert not page.open.isEnabled()
    drop(page, [data_json])
    assert "Open an atlas" in page.error.text()


def test_a_file_gives_a_table_and_layers_where_the_lines_are(
    lines, read, data_json, viewer
) -> None:
    assert "Open a file of lines" in lines.empty.text()
    read(data_json)
    assert cells(lines, "starts in") == ["unannotated", "VIS", "TH"]
    assert cells(lines, "ends in") == ["TH", "VIS", "TH"]
    assert cells(lines, "length, µm") == ["400", "550", "350"]
    assert cells(lines, "regions crossed") == ["VIS1 › VIS › TH", "VIS", "TH"]
    assert "3 lines of 7 points (data.json); 1 injection sites" in lines.summary.text()
    names = [layer.name for layer in viewer.layers]
    assert {"data", "data injection sites"} <= set(names)
    viewer.dims.set_point(0, 525.0)
    layer = viewer.layers["data"]
    world = np.array([layer.data_to_world(v[0] + v[1]) for v in layer.data])
    down = world[(layer.features["line"] == 0).to_numpy()]
    np.testing.assert_allclose(down[-1], [525, 475, 425], atol=1e-2)
    # On the canvas it ends in the thalamus's last voxel but one: 475 µm below the top.
    pixel, above = canvas_position(viewer, down[-1]), canvas_position(viewer, [525, 0, 425])
    zoom = viewer.scene.camera.zoom
    assert abs(pixel.y() - above.y()) == pytest.approx(475 * zoom, abs=1)
    assert layer.units == viewer.layers["data injection sites"].units


def test_rows_sort_and_choosing_one_lights_it_and_goes_to_its_start(
    lines, read, data_json, viewer
) -> None:
    read(data_json)
    lines.view.sortByColumn(5, Qt.SortOrder.AscendingOrder)
    assert cells(lines, "length, µm") == ["350", "400", "550"]
    lines.view.selectRow(0)
    layer = lines.current.layer
    assert layer.style.chosen.tolist() == [2]
    assert viewer.dims.point[0] == pytest.approx(325)
    np.testing.assert_allclose(viewer.scene.camera.center[1:], [325, 425])
    lines.view.sortByColumn(5, Qt.SortOrder.DescendingOrder)
    assert lines.view.chosen_rows() == [2]
    lines.view.clearSelection()
    assert layer.style.chosen is None


def test_the_table_by_region_lights_lines_and_the_one_shown_is_saved(
    lines, read, data_json, tmp_path
) -> None:
    read(data_json)
    lines.table.setCurrentIndex(1)
    rows = dict(zip(cells(lines, "region"), cells(lines, "length, all, µm"), strict=True))
    assert (rows["TH"], rows["VIS1"], rows["CTX"]) == ("525", "50", "700")
    lines.view.selectRow(cells(lines, "region").index("VIS"))
    assert lines.current.layer.style.chosen.tolist() == [0, 1]
    lines.table.setCurrentIndex(0)
    lines.view.sortByColumn(5, Qt.SortOrder.DescendingOrder)
    lines.save_csv(tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["line"] for row in rows] == ["1", "0", "2"]
    assert float(rows[1]["length_um"]) == pytest.approx(400)
    lines.save_csv(tmp_path / "out.csv")
    assert "the file exists" in lines.error.text()


def test_colors_are_chosen_with_limits(lines, read, data_json) -> None:
    read(data_json)
    layer = lines.current.layer
    assert lines.limits.isVisible() is False
    choose_color(lines, "density")
    assert (lines.low.text(), lines.high.text()) == ("0", "0.2")
    lines.high.setText("0.1")
    lines.high.editingFinished.emit()
    assert layer.style.scale.high == 0.1
    lines.low.setText("0.5")
    lines.low.editingFinished.emit()
    assert "the lower first" in lines.error.text()
    assert (layer.style.scale.low, lines.low.text()) == (0.0, "0")
    choose_color(lines, "experiment")
    assert layer.style.color == "experiment"
    assert not lines.limits.isVisible()


def test_several_files_are_listed_ticked_and_removed(
    lines, read, data_json, neuron, viewer
) -> None:
    read(data_json, neuron)
    assert [lines.list.item(k).text() for k in range(2)] == ["data.json", "neuron.swc"]
    assert cells(lines, "length, µm") == ["200"]
    lines.list.item(0).setCheckState(Qt.CheckState.Unchecked)
    assert not viewer.layers["data"].visible
    assert viewer.layers["neuron"].visible
    lines.close_set.click()
    assert "neuron" not in [layer.name for layer in viewer.layers]
    assert cells(lines, "length, µm") == ["400", "550", "350"]
    for name in ("data", "data injection sites"):
        viewer.layers.remove(name)
    QApplication.processEvents()
    assert not [layer for layer in viewer.layers if layer.name.startswith("data")]
    assert lines.list.item(0).checkState() == Qt.CheckState.Unchecked
    lines.list.item(0).setCheckState(Qt.CheckState.Checked)
    assert viewer.layers["data"].visible
    lines.view.selectRow(0)


def test_drops_are_distinguished_on_the_panel(opened, viewer, data_json, neuron, qtbot) -> None:
    drop(opened, [data_json, neuron])
    page = show_page(viewer, "lines")
    qtbot.waitUntil(lambda: len(page.sets.sets) == 2, timeout=TIMEOUT)
    assert opened.display is not None
    assert not opened.error.isVisible()


def test_cancelling_and_a_bad_file_add_nothing(
    lines, read, data_json, viewer, tmp_path, qtbot
) -> None:
    before = len(viewer.layers)
    lines.open_paths([data_json, data_json])
    assert lines.busy.isVisible()
    lines.busy.cancel.click()
    assert not lines.busy.isVisible()
    assert (lines.sets.sets, len(viewer.layers)) == ([], before)
    bad = tmp_path / "bad.swc"
    bad.write_text("1 1 0 0 0 1 7\n")
    lines.open_paths([bad, data_json])
    qtbot.waitUntil(lambda: len(lines.sets.sets) == 1, timeout=TIMEOUT)
    assert "bad.swc" in lines.error.text()
    assert "parent 7" in lines.error.text()
    assert "\n" not in lines.error.text()
    assert [layer.name for layer in viewer.layers[before:]] == [
        "data rim", "data", "data injection sites",
    ]  # fmt: skip


def test_another_atlas_drops_the_lines_and_the_same_one_keeps_them(
    lines, read, data_json, opened, open_in, package, tmp_path, qtbot
) -> None:
    from tests.made_up import write_voxelbrain

    read(data_json)
    open_in(opened, package)
    qtbot.waitUntil(lambda: len(lines.sets.sets) == 1, timeout=TIMEOUT)
    assert lines.sets.sets[0].lines.atlas is opened.display.atlas
    open_in(opened, write_voxelbrain(tmp_path / "another"))
    assert lines.sets.sets == []
    assert not [la for la in opened.viewer.layers if la.name.startswith("data")]


# ---- the spatial search --------------------------------------------------------------------


@pytest.fixture
def search(opened: Any) -> SpatialSearchPage:
    return show_page(opened.viewer, "spatial_search")


@pytest.fixture
def density(tmp_path: Path) -> Path:
    """10 × 6 × 9 voxels of 100 µm; the last plane lies beyond the annotation."""
    raw = np.random.default_rng(2).uniform(0, 0.4, (10, 6, 9)).astype(np.float32)
    raw[0, 0, 0] = -1
    VoxelData(raw, (100.0,) * 3).save_nrrd(tmp_path / "density.nrrd")
    return tmp_path / "density.nrrd"


def run(gui: SpatialSearchPage, qtbot: Any) -> None:
    gui.form["call_button"].native.click()
    qtbot.waitUntil(lambda: not gui.background.busy, timeout=TIMEOUT)


def test_the_search_answers_as_the_function_does(
    search, density, opened, viewer, qtbot, tmp_path
) -> None:
    search.form["density_file"].value = density
    search.form["tracts"].value = "TH"
    search.form["injection_file"].value = density
    search.form["injection_threshold"].value = 0.35
    run(search, qtbot)
    volume = VoxelData.load_nrrd(density)
    tracts = opened.display.atlas.get_structure_mask("TH")
    expected = spatial_search(volume, tracts, injection=volume, injection_threshold=0.35)
    assert min(len(expected.found), expected.in_tract, expected.outside) > 0
    layer = viewer.layers["density found"]
    where = np.array([layer.data_to_world(p) for p in layer.data])
    np.testing.assert_allclose(where, expected.found.positions, atol=1e-3)
    np.testing.assert_allclose(layer.features["density"], expected.found.values, rtol=1e-6)
    assert len(viewer.layers["density injection sites"].data) == len(expected.injection)
    said = search.counts.text()
    assert said.startswith(f"{len(expected.found)} voxels found.")
    assert f"{expected.in_tract} are in Thalamus and {expected.outside} outside" in said
    search.save_json(tmp_path / "found.json")
    kept = read_streamlines(tmp_path / "found.json")
    np.testing.assert_array_equal(kept.targets, expected.found.positions)
    assert json.loads((tmp_path / "found.json").read_text())["search"]["counts"]["found"] == len(
        expected.found
    )


def test_an_image_layer_is_searched_as_its_file_is_and_what_is_missing_is_said(
    search, density, viewer, qtbot
) -> None:
    assert search.form["tracts"].value == ""  # this hierarchy has no fibre tracts
    raw = np.asarray(VoxelData.load_nrrd(density).raw)
    viewer.add_image(
        raw,
        name="mine",
        scale=(100,) * 3,
        translate=(50,) * 3,
        units=("um",) * 3,
        contrast_limits=(0, 1),
    )
    search.form["tracts"].value = "TH"
    search.form["density"].value = viewer.layers["mine"]
    run(search, qtbot)
    found = len(viewer.layers["mine found"].data)
    search.form["density"].value = None
    search.form["density_file"].value = density
    run(search, qtbot)
    assert len(viewer.layers["density found"].data) == found
    search.form["density_file"].value = None
    assert search.save.isVisible()
    run(search, qtbot)
    assert "no density" in search.error.text()
    search.form["density_file"].value = density
    search.form["tracts"].value = " "
    run(search, qtbot)
    assert "no region of the fibre tracts" in search.error.text()
    search.form["tracts"].value = "nowhere"
    run(search, qtbot)
    assert "nowhere" in search.error.text()
    search.form["tracts"].value = "TH"
    search.form["low"].value = 0.5
    run(search, qtbot)
    assert "the lower first" in search.error.text()
    assert not search.save.isVisible()
