"""The directions page: glyphs of the view, their colors, what has none, the hover's frame."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_atlas_explorer.core.space.grid import VoxelGrid
from napari_atlas_explorer.docks.common.pages import show_page
from napari_atlas_explorer.docks.directions.page import DirectionsPage
from napari_atlas_explorer.formats.nrrd.writer import write_nrrd
from napari_atlas_explorer.viewer.directions import DIRECTION_IMAGE_NAME as COLORS
from napari_atlas_explorer.viewer.directions import NAME
from tests.made_up import STRUCTURES, annotation, reference

from ..conftest import TIMEOUT

pytestmark = pytest.mark.window

HALF = np.sqrt(0.5)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A VoxelBrain folder: y points down axis 1 in the cortex, along axis 0 in the thalamus."""
    folder = tmp_path / "turned"
    folder.mkdir()
    ids = annotation()
    grid = VoxelGrid.from_steps(ids.shape, (50.0,) * 3)
    field = np.zeros((*ids.shape, 4), np.float32)
    field[(ids == 3) | (ids == 70001)] = (1, 0, 0, 0)  # identity: y is (0, 1, 0)
    field[ids == 5] = (HALF, 0, 0, -HALF)  # a quarter turn about z: y is (1, 0, 0)
    field[10, 3, 8] = 0  # one voxel of the cortex has none
    distance = np.where(ids > 0, 120.0, np.nan).astype(np.float32)
    bounds = np.tile(np.float32([100, 300]), (*ids.shape, 1))
    for name, values in (
        ("brain_regions", ids),
        ("reference", reference()),
        ("orientation", field),
        ("[PH]y", distance),
        ("[PH]L5", bounds),
    ):
        write_nrrd(folder / f"{name}.nrrd", values, grid)
    nodes: dict[int, dict[str, Any]] = {}
    for i, acronym, name, path, rgb in STRUCTURES:
        nodes[i] = {"id": i, "acronym": acronym, "name": name, "rgb_triplet": rgb, "children": []}
        if len(path) > 1:
            nodes[path[-2]]["children"].append(nodes[i])
    (folder / "hierarchy.json").write_text(json.dumps(nodes[1]))
    (folder / "metadata.json").write_text(json.dumps({"orientation": "asr", "name": "turned"}))
    return folder


@pytest.fixture
def directions(opened, qtbot) -> DirectionsPage:
    page = show_page(opened.viewer, "directions")
    qtbot.waitUntil(lambda: page.view is not None, timeout=TIMEOUT)
    return page


def glyphs(page: DirectionsPage) -> tuple[np.ndarray, np.ndarray]:
    """Voxel in the middle of each glyph, and its unit direction, in voxels of the array."""
    data = np.asarray(page.view.layer.data, np.float64)
    along = data[:, 1] / np.linalg.norm(data[:, 1], axis=1, keepdims=True)
    middle = data[:, 0] + data[:, 1] / 2
    sliced = page.viewer.dims.not_displayed[0]
    middle[:, sliced] = data[:, 0, sliced]
    return np.rint(middle).astype(int), along


def test_every_voxel_of_the_slice_with_a_direction_has_its_glyph(directions, viewer) -> None:
    viewer.dims.set_current_step(0, 10)
    where, along = glyphs(directions)
    ids = annotation()[10]
    expected = ids > 0
    expected[3, 8] = False
    found = np.zeros_like(expected)
    found[where[:, 1], where[:, 2]] = True
    assert set(where[:, 0]) == {10}
    np.testing.assert_array_equal(found, expected)
    thalamus = ids[where[:, 1], where[:, 2]] == 5
    np.testing.assert_allclose(along[thalamus], np.tile([1, 0, 0], (thalamus.sum(), 1)), atol=1e-5)
    np.testing.assert_allclose(
        along[~thalamus], np.tile([0, 1, 0], ((~thalamus).sum(), 1)), atol=1e-5
    )
    assert "1 have none" in directions.counted.text()


def test_colors_tell_direction_region_and_angle(directions, viewer, opened) -> None:
    viewer.dims.set_current_step(0, 10)
    where, _ = glyphs(directions)
    thalamus = annotation()[10][where[:, 1], where[:, 2]] == 5
    colors = np.asarray(directions.view.layer.edge_color)
    np.testing.assert_allclose(
        colors[thalamus][:, :3], np.tile([1, 0, 0], (thalamus.sum(), 1)), atol=1e-5
    )
    directions.color.setCurrentIndex(directions.color.findData("region"))
    colors = np.asarray(directions.view.layer.edge_color)
    own = np.array(opened.display.color_of(opened.display.atlas.region_map.rank("TH"))) / 255
    np.testing.assert_allclose(colors[thalamus][0, :3], own, atol=1e-3)
    directions.color.setCurrentIndex(directions.color.findData("angle"))
    directions.reference.setCurrentIndex(0)
    colors = np.asarray(directions.view.layer.edge_color)
    assert len(np.unique(colors[thalamus], axis=0)) == 1
    assert not np.allclose(colors[thalamus][0], colors[~thalamus][0])
    assert "anterior–posterior" in directions.legend.list_entries()[0]


def test_glyphs_follow_filter_slice_and_number(directions, viewer, opened) -> None:
    viewer.dims.set_current_step(0, 10)
    before = len(directions.view.layer.data)
    opened.display.view.hide([opened.display.atlas.region_map.rank("TH")])
    after = len(directions.view.layer.data)
    assert before - after == int((annotation()[10] == 5).sum())
    viewer.dims.set_current_step(0, 0)
    assert len(directions.view.layer.data) == 0
    viewer.dims.set_current_step(0, 12)
    directions.view.set(most=10)
    assert 0 < len(directions.view.layer.data) <= 10


def test_another_axis_and_the_mirrored_hemisphere(directions, viewer, opened) -> None:
    viewer.dims.set_current_step(0, 10)
    directions.axis.setCurrentIndex(directions.axis.findData("x"))
    where, along = glyphs(directions)
    cortex = annotation()[10][where[:, 1], where[:, 2]] != 5
    np.testing.assert_allclose(
        np.abs(along[cortex]), np.tile([1, 0, 0], (cortex.sum(), 1)), atol=1e-5
    )
    assert directions.view.left_right == 2


def test_the_image_shows_the_same_colors_and_nothing_where_nothing_is(directions, viewer) -> None:
    directions.colored.setChecked(True)
    layer = next(la for la in viewer.layers if la.name == COLORS)
    plane = np.asarray(layer.data[10])
    assert plane.shape == (12, 16, 4)
    assert plane[8, 8].tolist() == [255, 0, 0, 255]
    assert plane[2, 5].tolist() == [0, 255, 0, 255]
    assert plane[3, 8, 3] == 0
    directions.colored.setChecked(False)
    assert COLORS not in [la.name for la in viewer.layers]


def test_the_card_tells_the_frame_and_the_depth(directions, opened, hover) -> None:
    hover((10 * 50 + 25, 8 * 50 + 25, 8 * 50 + 25))
    text = opened.strip.frame.toolTip()
    assert "local y +1.00 +0.00 +0.00 (posterior)" in text
    assert "height 120 of 300 µm" in text
    assert "layer L5: 100 to 300 µm" in text


def test_an_atlas_without_a_field_says_so_and_closing_takes_the_glyphs_away(
    directions, opened, viewer, tmp_path, open_in, qtbot
) -> None:
    from tests.made_up import write_brainglobe

    open_in(opened, write_brainglobe(tmp_path / "plain_50um_v1.0"))
    qtbot.waitUntil(lambda: "no orientation field" in directions.message.text(), timeout=TIMEOUT)
    assert NAME not in [la.name for la in viewer.layers]
    assert not directions.form.isEnabled()
