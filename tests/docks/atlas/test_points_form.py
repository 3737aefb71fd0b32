"""Importing points: the form's shares, the layer, the table's column."""

from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Points
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from napari_atlas_explorer.analysis.points.choice import OWN_VOXELS
from napari_atlas_explorer.docks.atlas.points_form import PointsImportForm
from napari_atlas_explorer.viewer.layer_info import info_of
from tests.made_up import annotation, write_voxelbrain

from ..conftest import TIMEOUT, drop

pytestmark = pytest.mark.window


@pytest.fixture
def ask(opened, qtbot):
    """Drop a file of points on the panel and wait for the form with its shares."""

    def run(path) -> PointsImportForm:
        drop(opened, [path])
        forms: list[PointsImportForm] = []

        def there() -> bool:
            forms[:] = opened.findChildren(PointsImportForm)
            return bool(forms) and "%" in forms[0].unit.itemText(1)

        qtbot.waitUntil(there, timeout=TIMEOUT)
        return forms[0]

    return run


@pytest.fixture
def cells(tmp_path):
    """Every voxel of the brain as x, y, z in mm, along axes 2, 1 and 0; two points elsewhere."""
    voxels = np.argwhere(annotation() > 0)
    mm = np.vstack([(voxels + 0.5)[:, ::-1] * 0.05, [[0.02, 0.02, 0.02], [99, 99, 99]]])
    path = tmp_path / "cells.csv"
    np.savetxt(path, mm, delimiter=",", header="x,y,z", comments="", fmt="%.4f")
    return path


def choose(box, data) -> None:
    box.setCurrentIndex(next(k for k in range(box.count()) if box.itemData(k) == data))


def test_nothing_is_guessed_and_the_shares_tell_the_right_choice(ask, cells, qtbot) -> None:
    form = ask(cells)
    assert form.order.currentIndex() == form.unit.currentIndex() == 0
    assert not form.accept_button.isEnabled()
    choose(form.unit, "mm")
    qtbot.waitUntil(lambda: "%" in form.order.itemText(6), timeout=TIMEOUT)
    qtbot.waitUntil(lambda: form.order.itemText(6).endswith("99.7 %"), timeout=TIMEOUT)
    assert form.order.itemText(6).startswith("z, y, x")
    assert not form.order.itemText(1).endswith("99.7 %")
    choose(form.order, (2, 1, 0))
    qtbot.waitUntil(lambda: form.share.text() == "Inside the brain: 99.7 %", timeout=TIMEOUT)
    assert form.accept_button.isEnabled()
    choose(form.unit, OWN_VOXELS)
    assert not form.accept_button.isEnabled()  # center or corner?
    assert "whole number" in form.share.text()
    form.reject()


def test_points_become_a_layer_and_a_column(ask, cells, opened, viewer, qtbot) -> None:
    form = ask(cells)
    choose(form.unit, "mm")
    choose(form.order, (2, 1, 0))
    QTest.mouseClick(form.accept_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "cells" in [x.name for x in viewer.layers], timeout=TIMEOUT)
    layer = viewer.layers["cells"]
    assert isinstance(layer, Points)
    ids = annotation()
    inside = ids[ids > 0].tolist()
    assert layer.features["id"].tolist() == [*inside, 0, -1]
    assert layer.features["acronym"].tolist()[-2:] == ["unannotated", "outside"]
    assert set(layer.features["side"]) == {"left", "right", ""}
    # Voxel (4, 2, 2) is a corner of VIS1: half a voxel of 50 µm from the border.
    assert layer.features["border_um"][0] == pytest.approx(25)
    world = np.array(layer.data_to_world(layer.data[0]))
    assert world == pytest.approx([225, 125, 125])
    said = info_of(layer).choices
    assert (said["columns"], said["unit"]) == (["z", "y", "x"], "mm")
    columns = opened.analysis.table.columns[-4:]
    assert [c.name for c in columns] == [
        "cells count", "cells left", "cells right", "cells per_mm3",
    ]  # fmt: skip
    count, left, right, density = (c.cells for c in columns)
    assert count.tolist() == [688, 432, 432, 144, 256, 0]
    # Each voxel of the brain has one point, and the half of them lies on each side.
    assert left.tolist() == right.tolist() == [344, 216, 216, 72, 128, 0]
    assert density[:-1] == pytest.approx(1 / 0.05**3)  # a point in each voxel of 50 µm
    assert np.isnan(density[-1])


def test_counts_color_the_regions_by_their_density(ask, cells, opened, viewer, qtbot) -> None:
    form = ask(cells)
    assert not form.color.isChecked()
    QTest.mouseClick(form.color, Qt.MouseButton.LeftButton)
    choose(form.unit, "mm")
    choose(form.order, (2, 1, 0))
    QTest.mouseClick(form.accept_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: opened.analysis.coloring is not None, timeout=TIMEOUT)
    assert opened.analysis.coloring.name == "cells per_mm3"
    # One point in each voxel of 50 µm of the brain, wherever it is drawn.
    assert np.nanmax(opened.analysis.coloring.own) == pytest.approx(8000)
    again = ask(cells)
    assert again.color.isChecked()
    again.reject()


def test_an_import_is_one_step_with_its_columns(ask, cells, opened, viewer, qtbot) -> None:
    form = ask(cells)
    choose(form.unit, "mm")
    choose(form.order, (2, 1, 0))
    QTest.mouseClick(form.accept_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "cells" in viewer.layers, timeout=TIMEOUT)
    table, history = opened.analysis.table, opened.session.history

    def counted() -> list[str]:
        return [c.name for c in table.columns if c.name.startswith("cells")]

    before = counted()
    assert "cells count" in before
    assert history.last.name == "import cells"
    history.undo()
    assert "cells" not in viewer.layers
    assert counted() == []
    history.redo()
    assert "cells" in viewer.layers
    assert counted() == before


def test_a_question_goes_with_its_atlas(ask, cells, opened, package, open_in, qtbot) -> None:
    form = ask(cells)
    with qtbot.waitSignal(form.rejected, timeout=TIMEOUT):
        opened.open_path(package)


def test_numbers_without_names_are_asked_for_too(ask, tmp_path, viewer, qtbot) -> None:
    voxels = np.argwhere(annotation() == 5)
    np.save(tmp_path / "th.npy", voxels)
    form = ask(tmp_path / "th.npy")
    assert form.columns[0].currentText() == "column 0"
    choose(form.order, (0, 1, 2))
    choose(form.unit, OWN_VOXELS)
    choose(form.whole, "centre")
    QTest.mouseClick(form.accept_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "th" in [x.name for x in viewer.layers], timeout=TIMEOUT)
    layer = viewer.layers["th"]
    assert set(layer.features["id"]) == {5}
    np.testing.assert_allclose(layer.data, voxels)


def test_a_file_without_points_says_so(opened, tmp_path, qtbot) -> None:
    path = tmp_path / "words.csv"
    path.write_text("x,y,z\n1,2,three\n")
    drop(opened, [path])
    qtbot.waitUntil(lambda: bool(opened.findChildren(PointsImportForm)), timeout=TIMEOUT)
    form = opened.findChildren(PointsImportForm)[0]
    qtbot.waitUntil(lambda: "three" in form.note.text(), timeout=TIMEOUT)
    assert not form.accept_button.isEnabled()
    form.reject()


def test_what_the_file_states_is_chosen(ask, tmp_path, viewer, qtbot) -> None:
    voxels = np.argwhere(annotation() == 5)
    mm = (voxels + 0.5) * 0.05
    path = tmp_path / "abba.tsv"
    np.savetxt(path, mm, delimiter="\t", header="Atlas_X\tAtlas_Y\tAtlas_Z", comments="")
    form = ask(path)
    assert (form.order.currentData(), form.unit.currentData()) == ((0, 1, 2), "mm")
    assert form.order_label.text() == "Along x, y, z"
    qtbot.waitUntil(lambda: form.share.text() == "Inside the brain: 100.0 %", timeout=TIMEOUT)
    assert form.accept_button.isEnabled()
    form.reject()


def test_markups_are_turned_into_the_axes_of_the_atlas(ask, tmp_path, viewer, qtbot) -> None:
    voxels = np.argwhere(annotation() == 5)
    x, y, z = ((voxels + 0.5) * 0.05).T  # of an atlas `asr`: to posterior, inferior and left
    rows = "".join("F,{},{},{}\n".format(*p) for p in np.stack([z, x, -y], axis=1).tolist())
    path = tmp_path / "m.fcsv"
    path.write_text(f"# CoordinateSystem = LPS\n# columns = id,x,y,z\n{rows}")
    form = ask(path)
    assert "turned" in form.note.text()
    QTest.mouseClick(form.accept_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "m" in [layer.name for layer in viewer.layers], timeout=TIMEOUT)
    np.testing.assert_allclose(viewer.layers["m"].data, voxels, atol=1e-9)


def test_coordinates_from_bregma_are_asked(ask, tmp_path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("ap,ml,dv\n-1.2,2.3,-3.4\n")
    form = ask(path)
    assert "bregma" in form.note.text()
    assert form.order.currentData() is form.unit.currentData() is None
    form.reject()


def test_voxels_of_brainmapper_are_of_a_size_that_is_asked(ask, tmp_path) -> None:
    path = tmp_path / "all_points.csv"
    names = ",".join(f"coordinate_atlas_axis_{k}" for k in range(3))
    path.write_text(f"{names}\n2,1,2\n")
    form = ask(path)
    assert form.order.currentData() == (0, 1, 2)
    assert form.unit.currentData() is None
    form.reject()


def test_imported_points_stay_when_another_atlas_is_opened(
    ask, cells, opened, viewer, qtbot, tmp_path, open_in
) -> None:
    form = ask(cells)
    choose(form.unit, "mm")
    choose(form.order, (2, 1, 0))
    QTest.mouseClick(form.accept_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(
        lambda: any(isinstance(layer, Points) for layer in viewer.layers), timeout=TIMEOUT
    )
    points = next(layer for layer in viewer.layers if isinstance(layer, Points))
    n = len(points.data)
    open_in(opened, write_voxelbrain(tmp_path / "vb"))
    assert points in viewer.layers
    assert len(points.data) == n > 0
