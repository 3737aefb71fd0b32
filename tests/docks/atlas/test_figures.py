"""Figures saved from the window, opened again by other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from qtpy.QtWidgets import QFileDialog

from napari_atlas_explorer.docks.atlas.panel import AtlasPanel

from ..conftest import TIMEOUT

pytestmark = pytest.mark.window


def save(panel: AtlasPanel, path: Path, monkeypatch: Any, qtbot: Any) -> None:
    """Choose "Save figure…" in the menu, and a name in the dialog."""
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    panel.more.menu.aboutToShow.emit()
    (action,) = [a for a in panel.more.menu.actions() if a.text() == "Save figure…"]
    action.trigger()
    qtbot.waitUntil(lambda: not panel.figures.job.busy, timeout=TIMEOUT)


def texts(path: Path) -> str:
    return " ".join(t for t in ElementTree.parse(path).getroot().itertext() if t.strip())


def test_a_figure_goes_through_the_point_that_is_shown(
    opened: AtlasPanel, tmp_path: Path, monkeypatch: Any, qtbot: Any
) -> None:
    opened.display.go_to_voxel((8, 3, 10))
    save(opened, tmp_path / "figure.svg", monkeypatch, qtbot)
    assert "Sections meet in voxel 8, 3, 10" in texts(tmp_path / "figure.svg")
    save(opened, tmp_path / "figure.png", monkeypatch, qtbot)
    with Image.open(tmp_path / "figure.png") as picture:
        assert len(np.unique(np.asarray(picture.convert("RGB")).reshape(-1, 3), axis=0)) > 10


def test_the_selected_region_and_the_color_bar_are_in_it(
    opened: AtlasPanel, tmp_path: Path, monkeypatch: Any, qtbot: Any
) -> None:
    regions = opened.display.atlas.region_map
    table = opened.show_page("table")
    qtbot.waitUntil(lambda: table.model.rowCount() == 6, timeout=TIMEOUT)
    opened.analysis.color_by([c.name for c in table.model.table.columns].index("mm3"))
    opened.display.view.select(opened.display.view.expand([regions.rank("TH")]))
    save(opened, tmp_path / "figure.svg", monkeypatch, qtbot)
    written = texts(tmp_path / "figure.svg")
    assert "Thalamus" in written
    assert "mm³" in written


def test_another_kind_of_file_is_refused_in_one_line(
    opened: AtlasPanel, tmp_path: Path, monkeypatch: Any, qtbot: Any
) -> None:
    save(opened, tmp_path / "figure.doc", monkeypatch, qtbot)
    assert "figure.doc; expected a name in .png or .svg" in opened.error.text()
    assert not list(tmp_path.glob("figure*"))
