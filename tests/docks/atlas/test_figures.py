"""Figures saved from the window, opened again by other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pypdf
import pytest
from PIL import Image
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QCheckBox, QComboBox, QDialogButtonBox, QFileDialog, QLabel, QLineEdit

from napari_atlas_explorer.docks.atlas.figure_form import FigureForm
from napari_atlas_explorer.docks.atlas.panel import AtlasPanel
from napari_atlas_explorer.formats.frames import read_frames

from ..conftest import TIMEOUT

pytestmark = pytest.mark.window


def open_form(panel: AtlasPanel) -> FigureForm:
    """Choose "Save figure…" in the menu."""
    panel.more.menu.aboutToShow.emit()
    (action,) = [a for a in panel.more.menu.actions() if a.text() == "Save figure…"]
    action.trigger()
    form = panel.figures.form
    assert form is not None
    return form


def save(panel: AtlasPanel, path: Path, monkeypatch: Any, qtbot: Any, **fields: Any) -> None:
    """Choose "Save figure…", fill the form, press its button, and name the file."""
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    form = open_form(panel)
    for name, value in fields.items():
        field = getattr(form, name)
        if isinstance(field, QComboBox):
            field.setCurrentIndex(field.findData(value))
        elif isinstance(field, QCheckBox):
            field.setChecked(value)
        elif isinstance(field, QLineEdit):
            field.setText(value)
        else:
            field.setValue(value)
    button = form.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Save)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
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
    assert "expected one that ends in .png, .svg or .pdf" in opened.error.text()
    assert not list(tmp_path.glob("figure*"))


SVG = "{http://www.w3.org/2000/svg}"


def regions(path: Path) -> list[set[str]]:
    """Names of the regions of each panel."""
    groups = [g for g in ElementTree.parse(path).iter(f"{SVG}g") if g.get("fill-rule")]
    return [{p.findtext(f"{SVG}title", "") for p in group} for group in groups]


def test_it_shows_what_the_view_shows(
    opened: AtlasPanel, tmp_path: Path, monkeypatch: Any, qtbot: Any
) -> None:
    display, path = opened.display, tmp_path / "figure.svg"
    display.go_to_voxel((8, 3, 10))
    save(opened, path, monkeypatch, qtbot, planes="coronal")
    assert regions(path) == [{"VIS", "VIS1", "TH"}]
    display.view.hide([display.atlas.region_map.rank("TH")])
    display.view.set_depth(1)
    display.view.set_hemisphere(2)
    save(opened, path, monkeypatch, qtbot, planes="coronal")
    assert regions(path) == [{"CTX"}]
    assert "right hemisphere alone" in texts(path)
    display.view.show_all()
    save(opened, path, monkeypatch, qtbot, planes="")
    assert len(regions(path)) == 3


def test_size_names_and_heading_are_those_of_the_form(
    opened: AtlasPanel, tmp_path: Path, monkeypatch: Any, qtbot: Any
) -> None:
    opened.display.go_to_voxel((8, 3, 10))
    path = tmp_path / "figure.svg"
    fields = {"width_mm": 100.0, "font_size": 5.0, "names": True, "title": "My <i>figure</i>"}
    save(opened, path, monkeypatch, qtbot, **fields)
    root = ElementTree.parse(path).getroot()
    assert float(root.get("width", "").removesuffix("mm")) == pytest.approx(100, abs=0.05)
    written = [t.text for t in root.iter(f"{SVG}text")]
    assert "My <i>figure</i>" in written
    assert {"VIS", "TH"} <= set(written)
    again = open_form(opened)
    assert (again.width_mm.value(), again.font_size.value()) == (100, 5)
    assert again.names.isChecked()
    assert again.title.text() == "", "a heading is that of one figure"
    again.reject()
    assert opened.figures.form is None


def test_a_pdf_of_the_window_can_be_opened(
    opened: AtlasPanel, tmp_path: Path, monkeypatch: Any, qtbot: Any
) -> None:
    opened.display.go_to_voxel((8, 3, 10))
    save(opened, tmp_path / "figure.pdf", monkeypatch, qtbot, palette_choice="colorblind")
    (page,) = pypdf.PdfReader(tmp_path / "figure.pdf").pages
    assert "Sections meet in voxel 8, 3, 10" in page.extract_text()


def test_titles_are_in_the_frame_of_the_strip(
    opened: AtlasPanel, tmp_path: Path, monkeypatch: Any, qtbot: Any
) -> None:
    own = tmp_path / "frames.toml"
    own.write_text(
        '[[frame]]\nname = "rig"\natlas = "*"\nunit = "mm"\nsource = "a test"\n'
        'axes = ["AP anterior", "DV dorsal", "ML right"]\norigin_um = [1000, 0, 0]\n'
    )
    for name, frame in read_frames(own, opened.display.atlas).items():
        if name == "rig":
            opened.display.coordinates = frame
    opened.display.go_to_voxel((8, 3, 10))
    save(opened, tmp_path / "figure.svg", monkeypatch, qtbot)
    ap = (1000 - 8.5 * opened.display.atlas.resolution[0]) / 1000
    assert f"coronal, AP {ap:.3f} mm (rig)" in texts(tmp_path / "figure.svg")


def test_the_form_says_what_the_figure_will_show(opened: AtlasPanel) -> None:
    opened.display.view.set_depth(1)
    opened.display.view.set_hemisphere(1)
    form = open_form(opened)
    labels = [label.text() for label in form.findChildren(QLabel)]
    assert any("all regions, depth 1, left" in text for text in labels)
    form.reject()


def test_visible_points_are_dots_in_their_color(
    opened: AtlasPanel, tmp_path: Path, monkeypatch: Any, qtbot: Any
) -> None:
    opened.display.go_to_voxel((8, 3, 10))
    path = tmp_path / "figure.svg"
    own = {"scale": (50,) * 3, "translate": (25,) * 3, "units": ("um",) * 3, "face_color": "red"}
    layer = opened.viewer.add_points([[8, 3, 10], [8, 4, 5], [2, 3, 10]], name="cells", **own)
    save(opened, path, monkeypatch, qtbot, planes="coronal")
    root = ElementTree.parse(path).getroot()
    groups = [g for g in root.iter(f"{SVG}g") if g.get("fill") == "#ff0000"]
    assert [len(g) for g in groups] == [2]
    assert "2 points of cells in the voxels of the sections" in texts(path)
    layer.visible = False
    save(opened, path, monkeypatch, qtbot, planes="coronal")
    assert "cells" not in texts(path)
