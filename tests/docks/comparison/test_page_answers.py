"""The comparison's page: the map on the canvas, the table, its file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QFileDialog

from napari_atlas_explorer import open_atlas
from napari_atlas_explorer.analysis.comparison.comparison import Comparison
from napari_atlas_explorer.cli.main import main
from napari_atlas_explorer.docks.common.pages import show_page
from napari_atlas_explorer.docks.comparison.page import ComparisonPage
from napari_atlas_explorer.viewer import multiscale
from tests import packages
from tests.analysis.comparison.test_others import write_turned
from tests.made_up import write_voxelbrain

from ..looks import voxel_center
from .comparing import TH, add, cell, changed_ids, done, maps, value_at

pytestmark = pytest.mark.window


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """Another package of the same space, its axes "lai"."""
    return write_turned(tmp_path / "other_50um_v2.0", changed_ids(), "lai")


@pytest.fixture
def comparison(opened) -> ComparisonPage:
    return show_page(opened.viewer, "comparison")


def test_the_map_lies_on_the_annotation_and_its_legend_counts(comparison, opened, other, qtbot):
    active = opened.viewer.layers.selection.active
    add(comparison, qtbot, other)
    comparison.parts.show_map.click()
    done(comparison, qtbot)
    (layer,) = maps(opened.viewer)
    assert "made_up_50um v1.0" in layer.name
    assert "turned_50um v1.0" in layer.name
    assert opened.viewer.layers.selection.active == active
    shown = opened.display.layer
    assert np.array_equal(layer.data_to_world((3, 2, 1)), shown.data_to_world((3, 2, 1)))
    assert [value_at(layer, voxel_center(TH[n])) for n in (0, 3, 5)] == [1, 2, 0]
    assert value_at(layer, voxel_center((0, 0, 0))) == 3
    assert layer.features["meaning"].tolist()[1] == "another region"
    told = {meaning: voxels for _, meaning, voxels, _ in comparison.parts.legend.list_entries()}
    assert told == {
        "the same region": "3\u202f834",
        "another region": "3",
        "in the first alone": "2",
        "in the second alone": "1",
    }
    comparison.parts.show_map.click()
    done(comparison, qtbot)
    assert len(maps(opened.viewer)) == 1  # made anew, not a second time


def test_the_map_lies_on_an_annotation_whose_axes_run_backwards(panel, open_in, tmp_path, qtbot):
    first = write_voxelbrain(tmp_path / "first", step=50.0)
    second = write_voxelbrain(tmp_path / "second", step=50.0)
    packages.write_nrrd(
        second / "brain_regions.nrrd",
        changed_ids(),
        [50.0, 50.0, -50.0],
        **{"space origin": [100.0, 0.0, 400.0]},
    )
    open_in(panel, first)
    comparison = show_page(panel.viewer, "comparison")
    add(comparison, qtbot, second)
    comparison.parts.show_map.click()
    done(comparison, qtbot)
    (layer,) = maps(panel.viewer)
    shown = panel.display.layer
    world = shown.data_to_world(TH[0])
    assert np.array_equal(layer.data_to_world(TH[0]), world)
    assert value_at(layer, world) == 1
    assert panel.display.hit_at(panel.display.point_at(world)).id == 5


def test_the_map_of_a_large_atlas_is_worked_out_where_it_is_looked_at(
    panel, open_in, package, other, tmp_path, qtbot, monkeypatch
):
    monkeypatch.setenv("ATLAS_EXPLORER_LARGE_BYTES", "1")
    monkeypatch.setenv("ATLAS_EXPLORER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(multiscale, "DRAWN_WHOLE", 100)
    monkeypatch.setattr(multiscale, "COARSEST", 8)
    monkeypatch.setattr(multiscale, "EAGER_VOXELS", 50)
    open_in(panel, package)
    comparison = show_page(panel.viewer, "comparison")
    add(comparison, qtbot, other)
    comparison.parts.show_map.click()
    done(comparison, qtbot)
    (layer,) = maps(panel.viewer)
    assert layer.multiscale
    assert isinstance(layer.data[0], multiscale.LazyVoxels)
    expected = comparison.chosen.pair.map().raw
    for plane in range(20):
        assert np.array_equal(np.asarray(layer.data[0][plane]), expected[plane])
    panel.viewer.dims.set_point(0, voxel_center(TH[0])[0])
    panel.viewer.dims.ndisplay = 3
    panel.viewer.dims.ndisplay = 2


def test_the_table_sorts_filters_leads_and_is_selected(comparison, opened, other, qtbot):
    add(comparison, qtbot, other)
    parts, view = comparison.parts, comparison.parts.view
    n = len(TH)
    assert float(cell(comparison, "TH", "difference_percent")) == pytest.approx(-400 / n, rel=1e-3)
    names = [column.name for column in parts.model.table.columns]
    view.sortByColumn(names.index("difference_mm3"), Qt.SortOrder.DescendingOrder)
    assert parts.model.index(0, 0).data() == "HY"
    parts.filter.setText("thalamus")
    assert parts.match_count.text() == "2 of 6"
    view.selectRow(1)
    regions = opened.display.atlas.region_map
    assert opened.display.view.selection.parts()[0][0] == regions.rank("TH")
    assert opened.tree.selected_ranks() == [regions.rank("TH")]
    opened.display.view.select(opened.display.view.expand([regions.rank("HY")]))
    assert [parts.model.index(i.row(), 0).data() for i in view.selectionModel().selectedRows()] == [
        "HY"
    ]
    view.setFocus()
    view.selectRow(1)
    QTest.keyClick(view, Qt.Key.Key_Return)
    here = opened.display.hit_at(opened.display.point_at(opened.viewer.dims.point))
    assert here.index[0] in TH[:, 0]


def test_the_file_has_the_rows_that_are_shown(
    comparison, opened, other, package, tmp_path, qtbot, monkeypatch
):
    add(comparison, qtbot, other)
    command = tmp_path / "command.csv"
    assert main(["compare", str(package), str(other), "-o", str(command)]) == 0
    target = tmp_path / "window.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    comparison.parts.save.click()
    assert target.read_bytes() == command.read_bytes()
    comparison.parts.filter.setText("TH")
    comparison.parts.filter.setText("Thalamus")
    comparison.rows.save_csv(tmp_path / "some.csv")
    found = (tmp_path / "some.csv").read_text().splitlines()
    assert found == [command.read_text().splitlines()[k] for k in (0, 5, 6)]
    comparison.rows.save_csv(tmp_path / "some.csv")
    assert "exists" in comparison.error.text()


@pytest.mark.data
def test_real_atlases_agree_with_the_command(panel, open_in, data_folder, tmp_path, qtbot):
    first = data_folder / "allen_ccfv3_2017" / "annotation_100.nrrd"
    second = data_folder / "allen_ccfv3_2017" / "annotation_50.nrrd"
    open_in(panel, first)
    comparison = show_page(panel.viewer, "comparison")
    add(comparison, qtbot, second)
    pair = Comparison(open_atlas(first), open_atlas(second))
    counts = np.bincount(pair.map().raw.ravel(), minlength=5).tolist()
    assert comparison.chosen.answer.counts == counts
    comparison.rows.save_csv(tmp_path / "window.csv")
    expected = pair.as_dataframe().to_csv(index=False)
    assert (tmp_path / "window.csv").read_text() == expected


@pytest.mark.data
def test_packages_that_call_the_sides_otherwise_can_be_compared_as_arrays(
    panel, open_in, data_folder, qtbot
):
    (archive,) = (data_folder / "brainglobe_packaged_allen_100um_v1").glob("*.tar.xz")
    open_in(panel, data_folder / "allen_ccfv3_2017" / "annotation_100.nrrd")
    comparison = show_page(panel.viewer, "comparison")
    add(comparison, qtbot, archive)
    assert "mirror images" in comparison.parts.note.text()
    mirrored = comparison.chosen.answer.counts
    comparison.parts.take.click()
    done(comparison, qtbot)
    assert "as stored" in comparison.parts.note.text()
    assert not comparison.parts.take.isVisible()
    # The package was made of another version of the same annotation, in the same voxels.
    assert comparison.chosen.answer.counts[0] > mirrored[0]
