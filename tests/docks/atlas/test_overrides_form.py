"""Settling what a file leaves open; themes; copying."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QDialogButtonBox, QPushButton

from napari_atlas_explorer.docks.atlas.overrides_form import NamesForm, OverridesForm
from napari_atlas_explorer.docks.atlas.panel import AtlasPanel
from napari_atlas_explorer.docks.common.pages import atlas_panel
from tests.made_up import annotation, write_voxelbrain

from ..conftest import TIMEOUT
from ..looks import annotation_layer

pytestmark = pytest.mark.window


def test_an_unknown_orientation_can_be_stated(
    panel: AtlasPanel, viewer: Any, tmp_path: Path, open_in: Callable[..., None]
) -> None:
    folder = tmp_path / "homemade"
    folder.mkdir()
    tifffile.imwrite(folder / "annotation.tiff", annotation())
    (folder / "names.csv").write_text("id,name\n3,visual\n70001,layer one\n5,thalamus\n")
    open_in(panel, folder)
    assert "voxel size unknown" in panel.facts.text()
    assert panel.chips.isVisible()
    form = OverridesForm(panel.display.atlas, panel)
    for box, letter in zip(form.axes, "asl", strict=True):
        box.setCurrentIndex(box.findData(letter))
    for spin in form.sizes:
        spin.setValue(50)
    form.midline.setChecked(True)
    panel.session.override(form.read_overrides())
    assert panel.display.atlas.orientation == "asl"
    assert panel.display.atlas.resolution == (50, 50, 50)
    assert np.allclose(annotation_layer(panel).scale, 50)
    assert panel.bar.left.isEnabled()
    text = panel.display.describe_point((10.5, 7.5, 4.5))
    assert (text.title, text.name, text.hemisphere) == ("5", "thalamus", "left · side from plane")
    # The source is untouched.
    assert tifffile.imread(folder / "annotation.tiff").shape == annotation().shape


def test_a_half_stated_orientation_cannot_be_applied(opened: AtlasPanel) -> None:
    form = OverridesForm(opened.display.atlas, opened)
    form.axes[0].setCurrentIndex(0)
    assert not form.apply.isEnabled()
    form.axes[0].setCurrentIndex(form.axes[0].findData("s"))  # the second axis says "s" too
    assert not form.apply.isEnabled()


def test_the_letters_around_the_sections_follow_the_choice(opened: AtlasPanel, qtbot: Any) -> None:
    form = OverridesForm(opened.display.atlas, opened)
    form.show()
    preview = form.sections
    assert [preview.ends_of(axis) for axis in range(3)] == [("A", "P"), ("S", "I"), ("R", "L")]
    before = preview.grab().toImage()
    box = form.axes[2]
    box.setFocus()
    QTest.keyClicks(box, "left")  # as in the list: "left to right"
    assert preview.ends_of(2) == ("L", "R")
    assert preview.accessibleName().endswith("axis 2 from left to right")
    assert preview.grab().toImage() != before
    box.setCurrentIndex(0)
    assert preview.ends_of(2) == ("?", "?")
    form.reject()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_text_has_enough_contrast_in_both_themes(
    opened: AtlasPanel, viewer: Any, theme: str
) -> None:
    viewer.theme = theme
    colors = opened.colors
    for text, background in (
        (colors.text, colors.background),
        (colors.muted, colors.background),
        (colors.link, colors.background),
        (colors.error, colors.background),
        (colors.amber_text, colors.amber),
        (colors.text, colors.highlight),
    ):
        assert contrast(text, background) >= 4.5


def contrast(a: Any, b: Any) -> float:
    """Contrast of two colors by WCAG 2.1."""

    def luminance(color: Any) -> float:
        channels = np.array(color.getRgbF()[:3])
        linear = np.where(
            channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4
        )
        return float(linear @ [0.2126, 0.7152, 0.0722])

    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_an_answer_can_be_explained(opened: AtlasPanel, viewer: Any) -> None:
    opened.display.jump_to(opened.display.atlas.region_map.rank("TH"))
    opened.more.copy_explanation()
    command, python = QApplication.clipboard().text().splitlines()
    assert command.startswith("atlas-explorer lookup ")
    namespace: dict[str, Any] = {}
    exec("from napari_atlas_explorer import open_atlas", namespace)  # noqa: S102 (our own text)
    assert eval(python, namespace).acronym == "TH"  # noqa: S307


def test_acronyms_are_copied(opened: AtlasPanel, qtbot: Any) -> None:
    opened.tree.reveal(opened.display.atlas.region_map.rank("VIS1"))

    def clipboard_is_ours() -> bool:  # X may refuse it for a while
        QApplication.clipboard().setText("before")
        return bool(QApplication.clipboard().text() == "before")

    qtbot.waitUntil(clipboard_is_ours, timeout=TIMEOUT)
    QTest.keyClick(opened.tree, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.clipboard().text() == "VIS1"


def test_the_file_menu_opens_an_atlas(
    viewer: Any, package: Path, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qtpy.QtWidgets import QFileDialog

    from napari_atlas_explorer.docks.app import open_atlas_folder

    # The system's own dialog cannot be driven; what it answers can.
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(package))
    open_atlas_folder(viewer)
    panel = atlas_panel(viewer)
    qtbot.waitUntil(lambda: panel.display is not None, timeout=TIMEOUT)
    assert panel.title.text() == "made_up_50um v1.0"


def test_stating_the_orientation_leaves_a_stated_placement_alone(
    panel: AtlasPanel, tmp_path: Path, open_in: Callable[..., None]
) -> None:
    open_in(panel, write_voxelbrain(tmp_path / "vb", step=77.46959827))
    before = panel.display.atlas.grid
    form = OverridesForm(panel.display.atlas, panel)
    for box, letter in zip(form.axes, "asr", strict=True):
        box.setCurrentIndex(box.findData(letter))
    panel.session.override(form.read_overrides())
    after = panel.display.atlas
    assert after.orientation == "asr"
    assert np.array_equal(after.grid.affine, before.affine)
    assert before.corner.tolist() == [100, 0, 400]


def test_the_table_of_names_can_be_chosen_from_its_chip(
    panel: AtlasPanel, viewer: Any, tmp_path: Path, open_in: Callable[..., None], qtbot: Any
) -> None:
    folder = tmp_path / "two tables"
    folder.mkdir()
    tifffile.imwrite(folder / "atlas.tif", annotation())
    (folder / "atlas.csv").write_text("id,name\n3,visual\n70001,layer one\n5,thalamus\n")
    (folder / "other.csv").write_text("id,name\n3,drei\n70001,<b>Schicht</b>\n5,fünf\n")
    open_in(panel, folder)
    chip = panel.findChild(QPushButton, "chip_names")
    assert chip.isVisible()
    assert "other.csv" in chip.toolTip()
    QTest.mouseClick(chip, Qt.MouseButton.LeftButton)
    form = panel.findChild(NamesForm)
    assert [form.tables.item(k).text().split(":")[0] for k in range(form.tables.count())] == [
        "atlas.csv (used)",
        "other.csv",
    ]
    QTest.keyClick(form.tables, Qt.Key.Key_Down)
    before = panel.display
    QTest.mouseClick(
        form.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Apply),
        Qt.MouseButton.LeftButton,
    )
    qtbot.waitUntil(lambda: panel.display not in (None, before), timeout=TIMEOUT)
    assert panel.display.atlas.region_map.get(5, "name") == "fünf"
    assert panel.display.atlas.package.region_file == folder / "other.csv"
    assert "names" not in {a.quantity for a in panel.display.atlas.assumptions}
