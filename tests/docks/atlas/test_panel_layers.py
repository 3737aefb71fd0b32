"""Layers that others made, and what others do to ours."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication

from napari_atlas_explorer.docks.atlas.panel import AtlasPanel
from napari_atlas_explorer.viewer.layer_info import info_of
from tests.made_up import annotation

from ..conftest import TIMEOUT
from ..looks import annotation_layer, visible_acronyms

pytestmark = pytest.mark.window


def test_layers_that_napari_s_own_open_made_are_adopted(
    panel: AtlasPanel, viewer: Any, package: Path
) -> None:
    viewer.open(package, plugin="napari-atlas-explorer")
    assert panel.title.text() == "made_up_50um v1.0"


def test_a_labels_layer_can_be_used_as_annotation(panel: AtlasPanel, viewer: Any) -> None:
    labels = np.zeros((6, 7, 8), np.int32)
    labels[2:4] = 11
    labels[4:] = 12
    layer = viewer.add_labels(labels, scale=(2, 2, 2), units=("mm",) * 3, name="mine")
    viewer.layers.selection.active = layer
    panel.more.use_selected_layer()
    assert visible_acronyms(panel.tree) == ["root", "11", "12"]
    assert panel.display.atlas.resolution == (2000, 2000, 2000)
    hit = panel.display.atlas.at((5000, 1000, 1000))
    assert hit.id == 11
    assert layer in viewer.layers


def test_a_float_layer_is_refused_as_annotation(panel: AtlasPanel, viewer: Any) -> None:
    viewer.layers.selection.active = viewer.add_image(np.random.default_rng(0).random((4, 5, 6)))
    panel.more.use_selected_layer()
    assert "whole numbers" in panel.error.text()
    QApplication.processEvents()
    assert panel.display is None


def test_display_values_are_not_editable_and_say_that_they_are_no_ids(opened: AtlasPanel) -> None:
    layer = annotation_layer(opened)
    assert not layer.editable
    assert layer.name == "Regions"
    assert "not region ids" in info_of(layer).values
    features = layer.features
    row = features[features["index"] == int(layer.data[10, 7, 8])].iloc[0]
    assert (row["id"], row["acronym"], row["name"]) == (5, "TH", "Thalamus")


def test_a_layer_of_ids_can_be_added(opened: AtlasPanel) -> None:
    layer = opened.display.add_id_layer()
    assert np.array_equal(np.asarray(layer.data), annotation())


def test_napari_s_shuffle_is_noticed_and_colors_come_back(opened: AtlasPanel) -> None:
    layer = annotation_layer(opened)
    before = layer.colormap.map(np.asarray(layer.data))
    layer.new_colormap()
    assert opened.restore_colors.isVisible()
    QTest.mouseClick(opened.restore_colors, Qt.MouseButton.LeftButton)
    assert np.array_equal(layer.colormap.map(np.asarray(layer.data)), before)
    assert not opened.restore_colors.isVisible()


def test_a_second_dock_fills_its_height_too(panel: AtlasPanel, viewer: Any, qtbot: Any) -> None:
    again = AtlasPanel(viewer)
    outer = viewer.window.add_dock_widget(again, name="another")
    qtbot.waitUntil(lambda: again.isVisible() and outer.height() > 100, timeout=TIMEOUT)
    qtbot.waitUntil(lambda: again.height() > outer.height() - 60, timeout=TIMEOUT)


def test_hover_names_the_slice_that_is_seen_where_the_slider_stands_between_two(
    opened: AtlasPanel, viewer: Any, hover: Callable[..., None]
) -> None:
    # A layer of finer steps lets the slider stand exactly on an edge of the atlas's voxels.
    viewer.add_image(np.zeros((400, 24, 32)), scale=(2.5, 25, 25), units=("um",) * 3, name="fine")
    layer = annotation_layer(opened)
    for edge in (300.0, 350.0):
        hover([edge, 375, 275])
        shown = np.asarray(opened.display.atlas.ranks.ids)[
            layer.get_value([edge, 375, 275], world=True)
        ]
        number = int(opened.strip.place.text().split("voxel ")[1].split()[0])
        assert annotation()[number, 7, 5] == shown
