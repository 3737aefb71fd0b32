"""Sessions: all that was built around an atlas, saved and built again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QPushButton

from napari_atlas_explorer.analysis.points.choice import PointsChoice
from napari_atlas_explorer.atlases.local.settings import config_file
from napari_atlas_explorer.docks.atlas.panel import AtlasPanel
from napari_atlas_explorer.docks.atlas.saved_session import latest_session
from napari_atlas_explorer.docks.common.pages import atlas_panel
from napari_atlas_explorer.viewer.surfaces import SurfaceKey
from tests.made_up import annotation, write_voxelbrain

from ..conftest import TIMEOUT, drop

pytestmark = pytest.mark.window
SCHEMA = Path(__file__).resolve().parents[3] / "docs" / "session.schema.json"


@pytest.fixture
def plain(opened: AtlasPanel, tmp_path: Path) -> Path:
    """A session with one region hidden."""
    opened.display.view.hide([opened.display.atlas.region_map.rank("HY")])
    path = tmp_path / "plain.atlas.json"
    opened.sessions.save(path)
    return path


@pytest.fixture
def saved(opened: AtlasPanel, viewer: Any, qtbot: Any, tmp_path: Path) -> Path:
    """A session with filter, depth, selection, a set, two masks and a place."""
    view, regions = opened.display.view, opened.display.atlas.region_map
    view.hide([regions.rank("HY")])
    view.set_depth(2)
    assert opened.selecting.choose("left:CTX - VIS1")
    opened.selecting.save_set("mine")
    for kind in ("union", "values"):
        count = len(viewer.layers)
        opened.selecting.make_mask(kind)
        qtbot.waitUntil(lambda n=count: len(viewer.layers) > n, timeout=TIMEOUT)
    cells, values, neuron = write_files(tmp_path)
    opened.analysis.files.open_values(values)
    qtbot.waitUntil(lambda: opened.analysis.coloring is not None, timeout=TIMEOUT)
    choice = PointsChoice((0, 1, 2), (0, 1, 2), "um")
    opened.analysis.files.import_again(cells, choice)
    opened.show_page("lines").open_paths([neuron])
    surfaces = opened.show_page("surfaces")
    surfaces.add_surfaces([SurfaceKey(regions.rank("TH")), SurfaceKey(regions.rank("TH"), 1)])
    qtbot.waitUntil(lambda: is_complete(opened), timeout=TIMEOUT)
    surfaces.in_3d.setChecked(False)
    table = opened.show_page("table").model.table
    opened.analysis.color_by([c.name for c in table.columns].index("cells count"))
    opened.analysis.rescale("blue-red", False, (0.0, 3.0))
    viewer.dims.order = (1, 0, 2)
    opened.display.go_to_voxel((8, 3, 10))
    path = tmp_path / "mine.atlas.json"
    opened.sessions.save(path)
    return path


def write_files(folder: Path) -> tuple[Path, Path, Path]:
    """Write three points in the thalamus and one outside, a value, and a neuron."""
    cells, values, neuron = (folder / n for n in ("cells.csv", "values.csv", "neuron.swc"))
    rows = ["525,425,325", "525,425,425", "525,425,475", "5000,0,0"]
    cells.write_text("\n".join(["x,y,z", *rows]) + "\n")
    values.write_text("id,expression\n5,2.5\n")
    neuron.write_text("1 1 525 425 325 1 -1\n2 2 525 425 425 1 1\n")
    return cells, values, neuron


def is_complete(panel: AtlasPanel) -> bool:
    """Whether points, values, lines and surfaces are there."""
    table, lines, surfaces = panel.analysis.table, panel.made.get("lines"), panel.made["surfaces"]
    return (
        table is not None
        and {"expression", "cells count"} <= {c.name for c in table.columns}
        and not panel.analysis.busy
        and len(lines.sets.sets) == 1
        and surfaces.scene is not None
        and len(surfaces.scene.keys) == 2
    )


def reset(panel: AtlasPanel, viewer: Any) -> None:
    viewer.layers.clear()
    QApplication.processEvents()
    assert panel.display is None


def wait_for(panel: AtlasPanel, qtbot: Any) -> None:
    qtbot.waitUntil(
        lambda: panel.display is not None and not panel.session.busy and not panel.selecting.busy,
        timeout=TIMEOUT,
    )


def test_a_dropped_session_restores_all(opened, viewer, saved, qtbot) -> None:
    before = opened.display.view.state
    point = viewer.dims.point
    cells = viewer.layers["cells"].data.copy()
    masks = [np.array(x.data) for x in viewer.layers if x.name.startswith("mask")]
    reset(opened, viewer)
    drop(opened, [saved])
    wait_for(opened, qtbot)
    qtbot.waitUntil(
        lambda: len([x for x in viewer.layers if x.name.startswith("mask")]) == 2, timeout=TIMEOUT
    )
    view = opened.display.view
    assert view.state.draws_as(before)
    assert view.state.selects_as(before)
    assert "mine" in opened.selecting.sets
    again = [np.array(x.data) for x in viewer.layers if x.name.startswith("mask")]
    for one, other in zip(masks, again, strict=True):
        np.testing.assert_array_equal(one, other)
    expected = (annotation() == 3) & (np.arange(16) >= 8)
    np.testing.assert_array_equal(again[0] != 0, expected)
    qtbot.waitUntil(lambda: is_complete(opened), timeout=TIMEOUT)
    np.testing.assert_array_equal(viewer.layers["cells"].data, cells)
    assert opened.analysis.coloring.name == "cells count"
    scale = opened.analysis.coloring.scale
    assert (scale.name, scale.low, scale.high) == ("blue-red", 0, 3)
    keys = opened.made["surfaces"].scene.keys
    assert {(k.rank, k.hemisphere) for k in keys} == {(5, 0), (5, 1)}
    assert opened.page == "table"
    assert viewer.dims.order == (1, 0, 2)
    assert viewer.dims.ndisplay == 2
    assert viewer.dims.point == pytest.approx(point)


def test_the_file_follows_its_schema(saved: Path) -> None:
    schema = json.loads(SCHEMA.read_text())
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(json.loads(saved.read_text()))


def test_an_atlas_that_was_moved_beside_the_session_is_found(
    opened, viewer, plain, package, qtbot
) -> None:
    reset(opened, viewer)
    elsewhere = plain.parent / "elsewhere"
    elsewhere.mkdir()
    package.rename(elsewhere / package.name)
    moved = plain.rename(elsewhere / plain.name)
    opened.open_path(moved)
    wait_for(opened, qtbot)
    assert opened.session.path == elsewhere / package.name


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"version": 2}, "version 2"),
        ({"format": "something else"}, "no session"),
        ({"camera": {"zoom": float("nan"), "center": [0, 0, 0]}}, "no number"),
        ({"camera": {"zoom": 0, "center": [0, 0, 0]}}, "zoom 0"),
        ({"sets": {"mine": [{"id": 1}]}}, "no 'descendants'"),
        ({"view": {"selected": [{"id": "x"}]}}, "damaged"),
        ({"atlas": {}}, "damaged"),
        ({"points": [{"path": "x", "choice": {"columns": [0, 1]}}]}, "damaged"),
        ({"surfaces": [{"id": 5}]}, "no 'descendants'"),
        ({"coloring": {"column": "x", "low": 2, "high": 1, "map": "blue-red", "log": 0}}, "limits"),
        ({"masks": [{"name": "m", "recipe": {"format": "?"}}]}, "damaged"),
        ({"masks": [{"name": "m", "painted": {"dtype": "uint8", "zlib": "?"}}]}, "damaged"),
        ({"masks": [{"name": "m", "painted": {"dtype": "object", "zlib": ""}}]}, "damaged"),
    ],
)
def test_a_session_that_cannot_be_read_changes_nothing(
    opened, viewer, plain, change, words
) -> None:
    document = json.loads(plain.read_text()) | change
    plain.write_text(json.dumps(document))
    atlas, layers = opened.display.atlas, list(viewer.layers)
    opened.open_path(plain)
    assert words in opened.error.text()
    assert "\n" not in opened.error.text()
    assert opened.display.atlas is atlas
    assert list(viewer.layers) == layers


def test_another_annotation_opens_without_what_was_built(
    opened, viewer, saved, qtbot, tmp_path
) -> None:
    document = json.loads(saved.read_text())
    document["atlas"]["path"] = str(write_voxelbrain(tmp_path / "other"))
    document["atlas"]["annotation_sha256"] = "0" * 64
    saved.write_text(json.dumps(document))
    reset(opened, viewer)
    opened.open_path(saved)
    wait_for(opened, qtbot)
    assert "not the one of the session" in opened.error.text()
    assert not opened.display.view.selection


def test_without_an_atlas_there_is_nothing_to_save(viewer, tmp_path) -> None:
    panel = atlas_panel(viewer)
    with pytest.raises(Exception, match="no atlas is open"):
        panel.sessions.save(tmp_path / "x.atlas.json")
    assert list(tmp_path.iterdir()) == []


def test_a_session_saves_itself_and_the_next_window_offers_it(
    opened, viewer, qtbot, tmp_path, make_napari_viewer
) -> None:
    view, regions = opened.display.view, opened.display.atlas.region_map
    view.hide([regions.rank("TH")])
    view.select(view.expand([regions.rank("VIS")]))
    opened.selecting.make_mask()
    qtbot.waitUntil(lambda: latest_session() is not None, timeout=TIMEOUT)
    qtbot.waitUntil(lambda: "mask VIS" in latest_session().read_text(), timeout=TIMEOUT)
    state = view.state
    again = atlas_panel(make_napari_viewer(show=True))
    (button,) = [b for b in again.findChildren(QPushButton) if b.objectName() == "continue"]
    assert button.accessibleName().startswith("Continue where you were, made_up_50um v1.0 · ")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    wait_for(again, qtbot)
    qtbot.waitUntil(lambda: "mask VIS" in again.viewer.layers, timeout=TIMEOUT)
    assert again.display.view.state.draws_as(state)
    assert again.display.view.state.selects_as(state)


def test_a_mask_painted_by_hand_is_there_again_after_the_window_was_closed(
    opened, viewer, click, qtbot, make_napari_viewer
) -> None:
    view, regions = opened.display.view, opened.display.atlas.region_map
    view.select(view.expand([regions.rank("VIS")]))
    for kind in ("union", "values"):
        count = len(viewer.layers)
        opened.selecting.make_mask(kind)
        qtbot.waitUntil(lambda n=count: len(viewer.layers) > n, timeout=TIMEOUT)
        mask = viewer.layers[-1]
        mask.name = kind
        viewer.layers.selection.active = mask
        mask.brush_size, mask.mode, mask.selected_label = 1, "paint", 1
        click((100, 100, 100) if kind == "union" else (200, 100, 100))
        mask.mode = "pan_zoom"
    painted = {name: np.array(viewer.layers[name].data) for name in ("union", "values")}
    assert (painted["union"] != 0).sum() == np.isin(annotation(), (3, 70001)).sum() + 1
    viewer.window.close()
    again = atlas_panel(make_napari_viewer(show=True))
    again.open_path(latest_session())
    wait_for(again, qtbot)
    qtbot.waitUntil(
        lambda: {"union", "values"} <= {x.name for x in again.viewer.layers}, timeout=TIMEOUT
    )
    for name, values in painted.items():
        np.testing.assert_array_equal(again.viewer.layers[name].data, values)


def test_undoing_a_stroke_is_saved_too(opened, viewer, click, qtbot) -> None:
    view, regions = opened.display.view, opened.display.atlas.region_map
    view.select(view.expand([regions.rank("VIS")]))
    count = len(viewer.layers)
    opened.selecting.make_mask()
    qtbot.waitUntil(lambda: len(viewer.layers) > count, timeout=TIMEOUT)
    mask = viewer.layers[-1]
    viewer.layers.selection.active = mask
    mask.brush_size, mask.mode = 1, "paint"
    click((100, 100, 100))
    qtbot.waitUntil(lambda: latest_session() is not None, timeout=TIMEOUT)
    qtbot.waitUntil(lambda: '"painted"' in latest_session().read_text(), timeout=TIMEOUT)
    mask.undo()
    viewer.window.close()
    assert '"painted"' not in latest_session().read_text()


def test_what_was_done_just_before_the_atlas_goes_is_saved(opened, viewer) -> None:
    view, regions = opened.display.view, opened.display.atlas.region_map
    view.hide([regions.rank("TH")])
    viewer.layers.remove(opened.display.layer)
    (hidden,) = json.loads(latest_session().read_text())["view"]["hidden"]
    assert hidden["id"] == 5


def test_an_atlas_that_was_only_looked_at_makes_no_session(opened, viewer) -> None:
    opened.display.go_to_voxel((8, 3, 10))
    viewer.add_points(np.zeros((1, 3)))
    opened.sessions.keep()
    assert latest_session() is None


def test_each_opening_has_a_session_of_its_own_and_the_oldest_go(
    opened, package, open_in, qtbot
) -> None:
    folder = config_file("sessions")
    folder.mkdir(parents=True)
    for day in range(1, 12):
        (folder / f"202601{day:02}-120000 old.atlas.json").write_text("{}")
    opened.display.view.hide([5])
    opened.sessions.keep()
    qtbot.waitUntil(lambda: "old" not in latest_session().name, timeout=TIMEOUT)
    first = latest_session()
    assert first.name.endswith("made_up_50um v1.0.atlas.json")
    assert len(list(folder.iterdir())) == 10
    before = first.read_text()
    open_in(opened, package)
    opened.sessions.keep()  # nothing has been made yet
    assert latest_session() == first
    assert first.read_text() == before
