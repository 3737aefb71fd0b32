"""An atlas that is too large for memory looks and answers as a small one does."""

from __future__ import annotations

import os

import numpy as np
import pytest
from napari.utils.notifications import notification_manager
from qtpy.QtWidgets import QApplication

from napari_atlas_explorer.core.selection import Selection
from napari_atlas_explorer.viewer import multiscale

from ..looks import said, voxel_center, without_lines

pytestmark = pytest.mark.window


@pytest.fixture
def large(monkeypatch, tmp_path):
    """The small package is large: converted, mapped, and drawn in levels."""
    monkeypatch.setenv("ATLAS_EXPLORER_LARGE_BYTES", "1")
    monkeypatch.setenv("ATLAS_EXPLORER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(multiscale, "DRAWN_WHOLE", 100)
    monkeypatch.setattr(multiscale, "COARSEST", 8)
    monkeypatch.setattr(multiscale, "EAGER_VOXELS", 50)


@pytest.fixture
def opened_large(large, panel, package, open_in):
    open_in(panel, package)
    return panel


def test_its_layers_are_levels_and_its_ranks_are_mapped(opened_large):
    display = opened_large.display
    assert isinstance(display.atlas.ranks.raw, np.memmap)
    assert display.layer.multiscale
    assert all(layer.multiscale for layer in without_lines(display.viewer))
    assert display.layer.data.shape == display.atlas.shape


def test_a_damaged_cache_is_made_again_with_one_message(opened_large, package, open_in, tmp_path):
    before = np.array(opened_large.display.atlas.ranks.raw)
    (ranks,) = (tmp_path / "cache" / "converted").glob("*/ranks.npy")
    with ranks.open("r+b") as stream:
        stream.seek(-before.nbytes, 2)
        stream.write(bytes(before.nbytes))
    notification_manager.records.clear()
    open_in(opened_large, package)
    np.testing.assert_array_equal(opened_large.display.atlas.ranks.raw, before)
    (record,) = (r for r in notification_manager.records if "damaged" in r.message)
    assert "made again" in record.message


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 0, 1)])
def test_hover_names_the_same_voxels(opened_large, viewer, hover, order):
    viewer.dims.order = order
    viewer.reset_view()
    for voxel in ((10, 7, 5), (10, 3, 12), (4, 2, 2)):
        hover(voxel_center(voxel))
        assert opened_large.strip.place.text().endswith("voxel " + " ".join(map(str, voxel)))


def test_selection_hemisphere_and_three_dimensions(opened_large, viewer, hover, qtbot):
    display = opened_large.display
    labels = display.atlas.ranks
    rank = display.atlas.region_map.rank("TH")
    display.view.select(Selection.of_ranks(labels, [rank]))
    assert display.overlay.layer.multiscale
    opened_large.set_hemisphere(1)
    qtbot.waitUntil(lambda: display.view.hemisphere == 1, timeout=10_000)
    assert display.layer.multiscale
    hover(voxel_center((10, 7, 5)))  # hidden now: it is on the right
    assert said(opened_large) != "TH · Thalamus"
    display.view.set_hemisphere(None)
    viewer.dims.ndisplay = 3
    assert viewer.dims.ndisplay == 3
    display.view.set_depth(2)
    viewer.dims.ndisplay = 2
    hover(voxel_center((10, 7, 5)))
    assert opened_large.strip.place.text().endswith("voxel 10 7 5")


def test_hemispheres_side_by_side_have_levels_too(opened_large, viewer):
    from napari_atlas_explorer.viewer.mirror_image import NAME, MirrorImage

    beside = MirrorImage(opened_large.display)
    beside.set(True)
    layer = viewer.layers[NAME]
    assert layer.multiscale
    beside.close()


def test_an_image_that_shrinks_under_the_window_is_one_message_and_zeros(
    opened_large, viewer, package
):
    """Its pages that are gone would end the process; the ranks are the cache's and stay."""
    image = viewer.layers["Brain image"]
    assert np.asarray(image.data[0][3]).any()
    notification_manager.records.clear()
    os.truncate(package / "reference.tiff", 600)
    for section in (300, 400, 500):
        viewer.dims.set_point(0, section)
        QApplication.processEvents()
    assert not np.asarray(image.data[0][3]).any()
    (told,) = [r for r in notification_manager.records if "reference.tiff" in r.message]
    assert "changed while it was open; open it again" in told.message
    assert np.asarray(opened_large.display.layer.data[0][10]).any()
