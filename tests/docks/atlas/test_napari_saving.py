"""napari's own Save: a layer of the atlas does not lose its place without a word."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nrrd
import pytest
import tifffile
from napari.utils.history import update_save_history
from qtpy.QtCore import Qt, QTimer
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QFileDialog, QLineEdit

from napari_atlas_explorer.docks.atlas.panel import AtlasPanel

from ..conftest import TIMEOUT

pytestmark = pytest.mark.window


@pytest.fixture
def masked(opened: AtlasPanel, viewer: Any, qtbot: Any, tmp_path: Path) -> AtlasPanel:
    """The panel with the mask of one region, whose layer is selected."""
    view, regions = opened.display.view, opened.display.atlas.region_map
    view.select(view.expand([regions.rank("TH")]))
    opened.selecting.make_mask()
    qtbot.waitUntil(lambda: "mask TH" in viewer.layers, timeout=TIMEOUT)
    viewer.layers.selection.active = viewer.layers["mask TH"]
    update_save_history(str(tmp_path / "any"))
    return opened


def press_save(viewer: Any, name: str, kind: str = "") -> None:
    """Press Ctrl+S; type a name into the dialog that napari opens and choose a file type."""

    def answer() -> None:
        dialog = QApplication.activeModalWidget()
        if not isinstance(dialog, QFileDialog):
            QTimer.singleShot(20, answer)
            return
        if not name:
            dialog.reject()
            return
        if kind:
            (found,) = [f for f in dialog.nameFilters() if kind in f]
            dialog.selectNameFilter(found)
        line = dialog.findChild(QLineEdit)
        line.setText(name)  # typed, its list of completions would take the Return
        QTest.keyClick(line, Qt.Key.Key_Return)

    QTimer.singleShot(0, answer)
    window = viewer.window._qt_window
    window.activateWindow()
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)


def test_a_mask_saved_by_naparis_writer_is_said_with_the_way_out(
    masked, viewer, qtbot, tmp_path, monkeypatch
) -> None:
    press_save(viewer, "mine.tif")
    assert tifffile.imread(tmp_path / "mine.tif").shape == (20, 12, 16)
    assert masked.error.text() == (
        "mine.tif: napari's own writer kept neither voxel size nor place nor recipe; use Save mask…"
    )
    target = tmp_path / "right.nrrd"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(target), ""))
    QTest.mouseClick(masked.error.action, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(target.exists, timeout=TIMEOUT)
    assert masked.error.text() == ""
    assert nrrd.read_header(str(target))["space directions"].diagonal().tolist() == [50, 50, 50]


def test_the_annotation_saved_by_naparis_writer_is_said(masked, viewer, tmp_path) -> None:
    viewer.layers.selection.active = masked.display.layer
    press_save(viewer, "regions.tif")
    assert "regions.tif" in masked.error.text()
    assert "Labels with their place" in masked.error.text()


def test_what_keeps_its_place_is_saved_without_a_word(masked, viewer, tmp_path) -> None:
    press_save(viewer, "mine.nii.gz", "Labels with their place")
    assert (tmp_path / "mine.nii.gz").exists()
    assert masked.error.text() == ""


def test_a_cancelled_save_and_layers_of_others_say_nothing(masked, viewer, tmp_path) -> None:
    press_save(viewer, "")
    assert masked.error.text() == ""
    viewer.add_image(masked.display.atlas.reference.raw, name="theirs")
    viewer.layers.selection = {viewer.layers["theirs"]}
    press_save(viewer, "theirs.tif")
    assert (tmp_path / "theirs.tif").exists()
    assert masked.error.text() == ""
