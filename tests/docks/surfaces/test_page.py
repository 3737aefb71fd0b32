"""The surfaces page: regions in 3-D, their list, explode, clip, hover, click, save."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from napari_atlas_explorer.docks.common.pages import show_page
from napari_atlas_explorer.docks.surfaces.page import SurfacesPage
from napari_atlas_explorer.formats.meshes.reader import read_mesh
from napari_atlas_explorer.formats.meshes.writer import write_mesh
from napari_atlas_explorer.viewer.surfaces import SurfaceKey
from tests.made_up import annotation, write_brainglobe

from ..conftest import TIMEOUT

pytestmark = pytest.mark.window

STEP = 50.0


def rank(panel: Any, acronym: str) -> int:
    return panel.display.atlas.region_map.rank(acronym)


@pytest.fixture
def surfaces(opened) -> SurfacesPage:
    return show_page(opened.viewer, "surfaces")


def add(surfaces: SurfacesPage, opened: Any, qtbot: Any, *acronyms: str) -> list[SurfaceKey]:
    view = opened.display.view
    view.select(view.expand([rank(opened, a) for a in acronyms]))
    surfaces.add_selected()
    qtbot.waitUntil(lambda: not surfaces.background.busy, timeout=TIMEOUT)
    return surfaces.scene.keys


def extent(layer: Any) -> np.ndarray:
    points = np.asarray(layer.data[0]) * np.asarray(layer.scale) + np.asarray(layer.translate)
    return np.stack([points.min(axis=0), points.max(axis=0)])


def test_a_selected_region_becomes_a_surface_where_its_voxels_are(surfaces, opened, qtbot):
    (shown,) = add(surfaces, opened, qtbot, "TH")
    assert opened.viewer.dims.ndisplay == 3
    layer = surfaces.scene.layer_of(shown)
    assert layer.visible
    assert layer.name == "TH"
    where = np.argwhere(annotation() == 5)
    # The canvas's world has the middle of voxel 0 at half a step.
    low, high = where.min(axis=0) * STEP, (where.max(axis=0) + 1) * STEP
    assert np.abs(extent(layer)[0] - low).max() <= STEP / 2
    assert np.abs(extent(layer)[1] - high).max() <= STEP / 2
    assert surfaces.list.item(0).text() == "TH"
    surfaces.list.setCurrentRow(0)
    assert "made of the labels" in surfaces.note.text()


def test_one_hemisphere_alone(surfaces, opened, qtbot):
    surfaces.hemisphere.setCurrentIndex(surfaces.hemisphere.findData(1))
    (shown,) = add(surfaces, opened, qtbot, "TH")
    assert shown.hemisphere == 1
    assert surfaces.scene.name_of(shown) == "TH left"
    middle = 8 * STEP  # "asr": right is the low half of axis 2
    assert extent(surfaces.scene.layer_of(shown))[0, 2] >= middle - STEP / 2


def test_volumes_make_room_in_3d_and_come_back_in_2d(surfaces, opened, qtbot):
    annotation_layer = opened.display.layer
    (shown,) = add(surfaces, opened, qtbot, "TH")
    assert not annotation_layer.visible
    assert not opened.display.overlay.layer.visible
    surfaces.in_3d.setChecked(False)
    assert opened.viewer.dims.ndisplay == 2
    assert annotation_layer.visible
    assert opened.display.overlay.layer.visible
    assert not surfaces.scene.layer_of(shown).visible
    assert surfaces.list.item(0).checkState() == Qt.CheckState.Checked


def test_ticks_isolation_and_removal(surfaces, opened, qtbot):
    th, ctx = add(surfaces, opened, qtbot, "TH", "CTX")[::-1]
    first = surfaces.list.item(0)
    first.setCheckState(Qt.CheckState.Unchecked)
    assert not surfaces.scene.layer_of(surfaces.scene.keys[0]).visible
    surfaces.list.item(1).setSelected(True)
    surfaces.isolate.click()
    assert [surfaces.scene.is_ticked(s) for s in surfaces.scene.keys] == [False, True]
    surfaces.list.setFocus()
    QTest.keyClick(surfaces, Qt.Key.Key_Delete)
    assert len(surfaces.scene.keys) == 1
    assert surfaces.list.count() == 1
    assert {th, ctx} > set(surfaces.scene.keys)


def test_exploded_surfaces_move_apart_by_their_ancestor_and_come_home(surfaces, opened, qtbot):
    shown = add(surfaces, opened, qtbot, "TH", "VIS")
    homes = [extent(surfaces.scene.layer_of(s)).mean(axis=0) for s in shown]
    surfaces.level.setValue(1)
    surfaces.explode.setValue(100)
    away = [extent(surfaces.scene.layer_of(s)).mean(axis=0) for s in shown]
    before, after = np.linalg.norm(homes[0] - homes[1]), np.linalg.norm(away[0] - away[1])
    assert after > 1.5 * before
    surfaces.level.setValue(0)  # both below the root: nothing to move apart
    together = [extent(surfaces.scene.layer_of(s)).mean(axis=0) for s in shown]
    np.testing.assert_allclose(together, homes, atol=1e-6)
    surfaces.explode.setValue(0)


def test_the_section_cuts_the_surfaces(surfaces, opened, qtbot):
    (shown,) = add(surfaces, opened, qtbot, "TH")
    layer = surfaces.scene.layer_of(shown)
    opened.viewer.dims.set_point(0, 10 * STEP)
    surfaces.clip.setChecked(True)
    (plane,) = layer.experimental_clipping_planes
    assert plane.enabled
    assert plane.position[0] * layer.scale[0] == pytest.approx(opened.viewer.dims.point[0])
    surfaces.clip.setChecked(False)
    assert not [p for p in layer.experimental_clipping_planes if p.enabled]


def test_hover_and_click_in_3d_name_the_surface(surfaces, opened, qtbot):
    add(surfaces, opened, qtbot, "TH", "CTX")
    th = np.argwhere(annotation() == 5).mean(axis=0) * STEP
    along = np.array([0.0, 0.0, 1.0])
    event = SimpleNamespace(
        position=tuple(th - 10_000 * along),
        view_direction=along,
        dims_displayed=[0, 1, 2],
        modifiers=(),
    )
    opened.hover.on_mouse_move(opened.viewer, event)
    assert opened.strip.title.toolTip() == "TH" or "TH" in opened.strip.title.text()
    opened.display.view.clear_selection()
    opened.selecting._on_click(event)
    assert opened.tree.selected_ranks() == [rank(opened, "TH")]
    # From above, the cortex is met first.
    down = np.array([0.0, 1.0, 0.0])
    event.position, event.view_direction = tuple(th - 10_000 * down), down
    assert opened.display.surface_at(event) == rank(opened, "CTX")
    beside = SimpleNamespace(
        position=(0.0, 0.0, -1.0), view_direction=along, dims_displayed=[0, 1, 2], modifiers=()
    )
    assert opened.display.surface_at(beside) == 0


def test_surfaces_are_saved_as_they_are_in_the_atlas(surfaces, opened, qtbot, tmp_path):
    shown = add(surfaces, opened, qtbot, "TH", "CTX")
    surfaces.explode.setValue(150)
    written = surfaces.files.save_to(tmp_path / "brain.stl")
    ids = sorted(int(opened.display.atlas.ranks.ids[s.rank]) for s in shown)
    assert sorted(p.name for p in written) == [f"brain_{i}.stl" for i in ids]
    points = read_mesh(tmp_path / "brain_5.stl").points
    where = np.argwhere(annotation() == 5)
    assert np.abs(points.min(axis=0) - where.min(axis=0) * STEP).max() <= STEP / 2


def test_a_folder_of_meshes_is_a_list_to_tick(surfaces, opened, qtbot, tmp_path):
    folder = tmp_path / "meshes"
    folder.mkdir()
    points = np.array([[0, 0, 0], [100, 0, 0], [0, 100, 0], [0, 0, 100]], float)
    faces = np.array([[0, 1, 2], [0, 1, 3], [0, 2, 3], [1, 2, 3]])
    for name in ("5.obj", "VIS.stl", "4242.obj"):
        write_mesh(folder / name, points, faces)
    surfaces.files.list_folder(folder)
    assert [surfaces.list.item(k).text() for k in range(surfaces.list.count())] == ["VIS", "TH"]
    assert "1 meshes name no region" in surfaces.error.text()
    assert surfaces.scene.keys == []
    surfaces.list.item(1).setCheckState(Qt.CheckState.Checked)
    qtbot.waitUntil(lambda: len(surfaces.scene.keys) == 1, timeout=TIMEOUT)
    layer = surfaces.scene.layer_of(surfaces.scene.keys[0])
    np.testing.assert_allclose(extent(layer), [[0, 0, 0], [100, 100, 100]], atol=1e-3)
    surfaces.files.list_folder(tmp_path / "nowhere")
    assert "there is no such folder" in surfaces.error.text()


def test_what_cannot_be_made_is_said_and_nothing_is_added(surfaces, opened, qtbot):
    surfaces.add_selected()
    assert "No region is selected" in surfaces.error.text()
    shown = add(surfaces, opened, qtbot, "HY")  # no voxel in this atlas
    assert shown == []
    assert surfaces.error.text()


def test_another_atlas_takes_the_surfaces_away(surfaces, opened, qtbot, tmp_path, open_in):
    (shown,) = add(surfaces, opened, qtbot, "TH")
    name = surfaces.scene.layer_of(shown).name
    surfaces.in_3d.setChecked(False)
    open_in(opened, write_brainglobe(tmp_path / "other_50um_v1.0"))
    assert name not in [la.name for la in opened.viewer.layers]
    assert surfaces.list.count() == 0


def test_the_slider_keeps_its_sections(surfaces, opened, viewer, qtbot) -> None:
    """With surfaces in µm of scale 1 each press of the key moved by a thousandth of a mm."""
    before = viewer.dims.nsteps
    add(surfaces, opened, qtbot, "TH")
    surfaces.in_3d.setChecked(False)
    assert viewer.dims.nsteps == before
    assert viewer.dims.range[0].step == 50


def test_the_glass_brain_is_around_the_surfaces_and_in_no_list(
    surfaces, opened, viewer, qtbot
) -> None:
    add(surfaces, opened, qtbot, "TH")
    QTest.mouseClick(surfaces.glass, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "root" in viewer.layers, timeout=TIMEOUT)
    glass, inside = viewer.layers["root"], viewer.layers["TH"]
    assert (glass.opacity, inside.opacity) == (0.15, 1)
    assert [surfaces.list.item(k).text() for k in range(surfaces.list.count())] == ["TH"]
    surfaces.opacity.setValue(50)
    assert (glass.opacity, inside.opacity) == (0.15, 0.5)
    assert viewer.canvas.overlays["axes"].visible
    assert not viewer.canvas.overlays["axes"].box  # it would lie over the brain
    QTest.mouseClick(surfaces.glass, Qt.MouseButton.LeftButton)
    assert "root" not in viewer.layers
    surfaces.in_3d.setChecked(False)
    assert not viewer.canvas.overlays["axes"].visible
