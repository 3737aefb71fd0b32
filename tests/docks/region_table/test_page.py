"""The table of regions in its page: rows, selection, columns, colors."""

from __future__ import annotations

from threading import Event
from typing import Any

import numpy as np
import pytest
from qtpy.QtCore import QPoint, Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QMenu

from napari_atlas_explorer.analysis.values.region_table import Column
from napari_atlas_explorer.core.colors.scales import MISSING, viridis
from napari_atlas_explorer.docks.common.pages import show_page
from napari_atlas_explorer.docks.region_table.page import RegionTablePage
from tests.made_up import annotation, reference, write_brainglobe

from ..conftest import TIMEOUT, drop
from ..looks import command

pytestmark = pytest.mark.window


def wait_for(qtbot: Any, done: Any) -> None:
    qtbot.waitUntil(done, timeout=TIMEOUT)


@pytest.fixture
def table(opened, qtbot) -> RegionTablePage:
    """The table's page, opened with its key in the tree."""
    command(opened.tree, Qt.Key.Key_R)
    wait_for(qtbot, lambda: opened.analysis.table is not None)
    return show_page(opened.viewer, "table")


def shown(table: RegionTablePage, column: str) -> list[str]:
    at = [c.name for c in table.model.table.columns].index(column)
    return [table.model.data(table.model.index(k, at)) for k in range(table.model.rowCount())]


def selected(table: RegionTablePage) -> list[str]:
    rows = {index.row() for index in table.view.selectionModel().selectedRows()}
    return [table.model.data(table.model.index(row, 0)) for row in sorted(rows)]


def colors(panel: Any) -> dict[int, list[float]]:
    """Color of each id of the annotation on the canvas."""
    layer = panel.display.layer
    found = {}
    for region in np.unique(annotation()):
        value = np.asarray(layer.data)[annotation() == region][:1]
        found[int(region)] = layer.colormap.map(value)[0].tolist()
    return found


def test_it_opens_once(opened, table, viewer) -> None:
    assert shown(table, "acronym") == ["root", "CTX", "VIS", "VIS1", "TH", "HY"]
    assert show_page(viewer, "table") is table
    assert viewer.window._qt_window.findChildren(type(table)) == [table]


def test_without_an_atlas_it_says_so_and_fills_when_one_is_opened(
    panel, viewer, qtbot, package, open_in
) -> None:
    table = show_page(viewer, "table")
    assert not table.empty.isHidden()
    assert "Open an atlas" in table.empty.text()
    open_in(panel, package)
    wait_for(qtbot, lambda: table.model.rowCount() == 6)
    assert table.empty.isHidden()


def seen(table: RegionTablePage) -> list[str]:
    """Names of the columns as they are seen, from left to right."""
    header = table.view.horizontalHeader()
    at = sorted(range(len(table.model.table.columns)), key=header.visualIndex)
    return [table.model.table.columns[k].name for k in at if not header.isSectionHidden(k)]


def test_columns_are_chosen_moved_and_remembered(opened, table, qtbot) -> None:
    assert not [name for name in seen(table) if name.startswith("box")]
    assert seen(table)[:4] == ["acronym", "name", "id", "voxels"]
    cells = Column("cells count", "cells count", "whole", np.arange(6), additive=True)
    opened.analysis.add_column(cells)
    assert seen(table)[:4] == ["acronym", "name", "cells count", "id"]
    table.show_column_menu(QPoint(5, 5))
    menus = table.findChildren(QMenu)
    (columns,) = [a.menu() for m in menus for a in m.actions() if a.text() == "Columns"]
    boxes = next(a for a in columns.actions() if a.text().startswith("box 0"))
    boxes.trigger()
    for menu in menus:
        menu.close()
    assert seen(table)[-1].startswith("box_0")
    header = table.view.horizontalHeader()
    header.moveSection(header.visualIndex(3), 0)  # voxels first
    again = RegionTablePage(opened)
    assert seen(again)[:4] == ["voxels", "acronym", "name", "cells count"]
    assert seen(again)[-1].startswith("box_0")


def test_headers_sort_and_words_filter(table) -> None:
    voxels = [c.name for c in table.model.table.columns].index("voxels")
    table.view.sortByColumn(voxels, Qt.SortOrder.DescendingOrder)
    # 12 × 3 × 12 in the cortex, a third of them VIS1, 8 × 4 × 8 in the thalamus
    assert shown(table, "voxels") == ["688", "432", "432", "256", "144", "0"]
    QTest.keyClicks(table.filter, "vis")
    assert shown(table, "acronym") == ["VIS", "VIS1"]
    assert table.match_count.text() == "2 of 6"
    table.filter.setText("leaf & under:root")
    assert shown(table, "acronym") == ["TH", "VIS1", "HY"]
    table.filter.setText("CTX - nonsense")
    assert table.match_count.text() == "?"
    assert "no region answers" in table.match_count.toolTip()


def test_rows_tree_and_canvas_share_one_selection(opened, table) -> None:
    regions = opened.display.atlas.region_map
    opened.tree.select_ranks([regions.rank("VIS")])
    assert selected(table) == ["VIS"]
    table.view.selectRow(4)
    assert [item.text(0) for item in opened.tree.selectedItems()] == ["TH"]
    selection = opened.display.view.selection
    np.testing.assert_array_equal(selection.mask(), annotation() == 5)
    assert opened.session.history.last.name == "select in the table"
    opened.session.history.undo()
    assert selected(table) == ["VIS"]


def test_sorting_and_filtering_change_no_selection(opened, table) -> None:
    table.view.selectRow(4)
    before = opened.display.view.selection
    table.view.sortByColumn(0, Qt.SortOrder.DescendingOrder)
    assert selected(table) == ["TH"]
    table.filter.setText("visual")
    assert selected(table) == []
    assert opened.display.view.selection == before
    table.filter.clear()
    assert selected(table) == ["TH"]


def test_a_region_and_its_parts_stay_selected_where_they_were_chosen(opened, table) -> None:
    table.view.selectAll()
    assert selected(table) == ["root", "CTX", "VIS", "VIS1", "TH", "HY"]
    assert [item.text(0) for item in opened.tree.selectedItems()] == ["root"]


def test_copy_takes_the_selected_rows_or_all(table) -> None:
    table.filter.setText("visual")
    QTest.keyClick(table.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert len(QApplication.clipboard().text().splitlines()) == 3
    table.view.selectRow(1)
    QTest.keyClick(table.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    header, row = (x.split("\t") for x in QApplication.clipboard().text().splitlines())
    assert dict(zip(header, row, strict=True))["acronym"] == "VIS1"


def test_what_is_shown_is_saved_and_nothing_is_replaced_unasked(table, tmp_path) -> None:
    table.filter.setText("visual")
    path = tmp_path / "regions.csv"
    table.save_csv(path)
    assert [line.split(",")[0] for line in path.read_text().splitlines()] == [
        "acronym",
        "VIS",
        "VIS1",
    ]
    table.filter.clear()
    table.save_csv(path)
    assert "exists" in table.error.text()
    assert len(path.read_text().splitlines()) == 3
    table.save_csv(path, force=True)
    assert len(path.read_text().splitlines()) == 7


def test_return_jumps_to_the_region(table, viewer) -> None:
    viewer.dims.set_point(0, 25)
    table.view.selectRow(4)
    table.view.setCurrentIndex(table.model.index(4, 0))
    QTest.keyClick(table.view, Qt.Key.Key_Return)
    voxel = tuple(int(p // 50) for p in viewer.dims.point)
    assert annotation()[voxel] == 5


def test_a_column_of_an_image_layer(opened, table, qtbot) -> None:
    form = table.layer_form
    assert [form.layer.itemText(k) for k in range(form.layer.count())] == ["Brain image"]
    form.statistic.setCurrentIndex(form.statistic.findData("max"))
    QTest.mouseClick(form.add, Qt.MouseButton.LeftButton)
    wait_for(qtbot, lambda: not opened.analysis.busy)
    cells = table.model.table.columns[-1].cells
    assert cells[4] == reference()[annotation() == 5].max()
    assert np.isnan(cells[5])
    assert shown(table, "Brain image max")[5] == ""


def test_a_layer_that_lies_nowhere_is_refused_in_one_line(opened, table, viewer, qtbot) -> None:
    viewer.add_points(np.zeros((3, 3)), name="pixels")
    form = table.layer_form
    form.layer.setCurrentIndex(form.layer.findText("pixels"))
    n = len(table.model.table.columns)
    QTest.mouseClick(form.add, Qt.MouseButton.LeftButton)
    wait_for(qtbot, lambda: not opened.analysis.busy)
    assert "in pixels" in opened.error.text()
    assert "Import points" in opened.error.text()
    assert len(table.model.table.columns) == n


def test_colors_follow_a_column_through_filter_depth_and_hemisphere(opened, table, qtbot) -> None:
    voxels = [c.name for c in table.model.table.columns].index("voxels")
    atlas_colors = colors(opened)
    box = table.color_form.column
    box.setCurrentIndex(box.findData("voxels"))
    box.activated.emit(box.currentIndex())
    scale = opened.analysis.coloring.scale
    # VIS1 144, TH 256, VIS 432 with VIS1 in it, of which 288 are its own
    assert (scale.low, scale.high) == (144, 288)
    middle = [*viridis((256 - 144) / (288 - 144)), 1]
    assert colors(opened)[5] == pytest.approx(middle, abs=1e-6)
    assert colors(opened)[3] == pytest.approx([*viridis(1.0), 1], abs=1e-6)
    assert colors(opened)[70001] == pytest.approx([*viridis(0.0), 1], abs=1e-6)
    assert colors(opened)[0][3] == 0
    regions = opened.display.atlas.region_map
    opened.display.view.hide([regions.rank("VIS1")])
    assert colors(opened)[70001][3] == 0
    assert colors(opened)[5] == pytest.approx(middle, abs=1e-6)
    opened.display.view.show_all()
    opened.display.view.set_depth(0)
    assert colors(opened)[5] == pytest.approx([*viridis(1.0), 1], abs=1e-6)  # root: 688, beyond
    opened.display.view.set_depth(None)
    opened.set_hemisphere(1)
    wait_for(qtbot, lambda: opened.display.view.hemisphere == 1)
    value = np.asarray(opened.display.layer.data)[10, 7, 10]  # TH on the left
    assert opened.display.layer.colormap.map(np.array([value]))[0] == pytest.approx(middle)
    opened.set_hemisphere(None)
    assert opened.value_legend.isVisible()
    assert opened.value_legend.title.text() == table.model.table.columns[voxels].title
    icon = opened.tree.item_of(regions.rank("TH")).icon(0).pixmap(12, 12).toImage()
    assert np.array(icon.pixelColor(6, 6).getRgbF()) == pytest.approx(middle, abs=0.01)
    QTest.mouseClick(opened.value_legend.back, Qt.MouseButton.LeftButton)
    assert colors(opened) == atlas_colors
    assert not opened.value_legend.isVisible()
    assert box.currentIndex() == 0


def test_limits_and_log_are_the_users(opened, table) -> None:
    opened.analysis.color_by([c.name for c in table.model.table.columns].index("voxels"))
    form = table.color_form
    form.low.setText("1")
    form.high.setText("65536")
    form.high.editingFinished.emit()
    assert opened.analysis.coloring.scale.high == 65536
    form.low.setText("9")
    form.high.setText("2")
    form.high.editingFinished.emit()
    assert "lower first" in table.error.text()
    assert opened.analysis.coloring.scale.high == 65536
    assert form.high.text() == "65536"
    opened.analysis.rescale("viridis", True, (1, 65536))
    assert colors(opened)[5] == pytest.approx([*viridis(0.5), 1], abs=1e-6)  # 256 = 65536 ** 0.5


def test_a_dropped_file_of_values_colors_the_regions(opened, table, qtbot, tmp_path) -> None:
    path = tmp_path / "density.csv"
    path.write_text("acronym,density\nCTX,10\nTH,0\nXYZ,3\n")
    drop(opened, [path])
    wait_for(qtbot, lambda: opened.analysis.coloring is not None)
    found = colors(opened)
    # VIS and VIS1 are not listed: they have the value of the cortex. Zero is a value.
    assert found[70001] == found[3] == pytest.approx([*viridis(1.0), 1], abs=1e-6)
    assert found[5] == pytest.approx([*viridis(0.0), 1], abs=1e-6)
    assert shown(table, "density") == ["", "10", "", "", "0", ""]


def test_an_empty_cell_is_gray(opened, qtbot, tmp_path) -> None:
    path = tmp_path / "density.csv"
    path.write_text("id,density\n1,4\n5,\n3,10\n")
    drop(opened, [path])
    wait_for(qtbot, lambda: opened.analysis.coloring is not None)
    assert colors(opened)[5] == pytest.approx(MISSING, abs=1e-6)


def test_a_file_of_values_that_is_none_says_why(opened, qtbot, tmp_path) -> None:
    path = tmp_path / "twice.csv"
    path.write_text("id,sample,density\n5,a,4\n5,b,5\n")
    opened.analysis.files.open_values(path)
    wait_for(qtbot, opened.error.isVisible)
    assert "two rows" in opened.error.text()
    assert opened.analysis.coloring is None


def test_another_atlas_brings_its_own_table_and_colors(
    opened, table, qtbot, tmp_path, open_in
) -> None:
    opened.analysis.color_by(3)
    open_in(opened, write_brainglobe(tmp_path / "other", symmetric=False))
    wait_for(qtbot, lambda: table.model.rowCount() == 6 and not opened.analysis.busy)
    assert opened.analysis.coloring is None
    assert not opened.value_legend.isVisible()
    table.view.selectRow(4)
    assert opened.display.view.selection.ranks.tolist() == [5]


def test_long_work_can_be_stopped(opened, table, qtbot) -> None:
    analysis, told = opened.analysis, []
    gate = Event()

    def slow(_table, report):
        gate.wait(TIMEOUT / 1000)
        report(0.5)
        return "done"

    analysis.with_table("Waiting", slow, told.append)
    assert table.busy.isVisible()
    assert "Waiting" in table.busy.label.text()
    QTest.mouseClick(table.busy.cancel, Qt.MouseButton.LeftButton)
    assert not analysis.busy
    assert not table.busy.isVisible()
    gate.set()
    analysis.with_table("At last", lambda _t, _r: "at last", told.append)
    wait_for(qtbot, lambda: bool(told))
    assert told == ["at last"]
    assert not opened.error.isVisible()
