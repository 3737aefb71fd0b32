"""The coordinate frame of the strip: choosing, remembering, going to, copying."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication

from napari_atlas_explorer import open_atlas
from napari_atlas_explorer.cli.main import main
from napari_atlas_explorer.docks.atlas.panel import AtlasPanel

from ..looks import voxel_center

pytestmark = pytest.mark.window

FRAME = """
[[frame]]
name = "bregma-{name}"
atlas = "made_up*"
unit = "mm"
axes = ["AP anterior", "ML right", "DV dorsal"]
origin_um = [{x}, 100, 400]
landmark = "bregma"
source = "lab book"
"""


@pytest.fixture(autouse=True)
def frames_file(tmp_path: Path, _own_config: None) -> Path:
    """The user's frames: two from bregma, 120 µm apart along AP."""
    file = tmp_path / "config" / "frames.toml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(FRAME.format(name="one", x=500) + FRAME.format(name="two", x=620))
    return file


def list_entries(panel: AtlasPanel) -> list[tuple[str, bool]]:
    """Return the texts of the chooser's menu, and whether they can be chosen."""
    panel.frames.menu.aboutToShow.emit()
    return [(action.text(), action.isEnabled()) for action in panel.frames.menu.actions()]


def choose(panel: AtlasPanel, name: str) -> None:
    panel.frames.menu.aboutToShow.emit()
    (action,) = [a for a in panel.frames.menu.actions() if a.data() == name]
    action.trigger()


def type_text(panel: AtlasPanel, text: str) -> None:
    panel.bar.search.setFocus()
    panel.bar.search.clear()
    QTest.keyClicks(panel.bar.search, text)


def test_the_strip_gives_positions_in_the_frame_that_was_chosen(
    opened: AtlasPanel, viewer: Any, hover: Callable[..., None]
) -> None:
    hover(voxel_center((10, 7, 5)))  # x 525, y 375, z 275 µm
    entries = list_entries(opened)
    assert [text.split(":")[0] for text, able in entries if able] == [
        "array",
        "atlas",
        "bregma-one",
        "bregma-two",
    ]
    # "asr": to the front against x, to the right against z, up against y. The mouse is moved by
    # whole pixels, so that only the axis of the slider is exact.
    assert "bregma-one: AP -0.025 ML " in entries[2][0]
    assert "bregma-two: AP 0.095 ML " in entries[3][0]
    assert entries[3][0].endswith("(120 µm apart)")
    assert ("bregma-ibl: not an atlas of the Allen mouse CCF, whose root is region 997", False) in (
        entries
    )
    choose(opened, "bregma-two")
    assert opened.strip.frame_button.text() == "bregma-two"
    assert opened.strip.place.text().startswith("AP 0.095 ML ")
    assert opened.strip.place.text().endswith("mm · voxel 10 7 5")
    assert "lab book" in opened.strip.frame_button.toolTip()


def test_the_frame_is_remembered(
    opened: AtlasPanel,
    package: Path,
    open_in: Callable[[AtlasPanel, Path], None],
    tmp_path: Path,
) -> None:
    choose(opened, "bregma-one")
    assert json.loads((tmp_path / "config" / "frame.json").read_text()) == "bregma-one"
    open_in(opened, package)
    assert opened.strip.frame_button.text() == "bregma-one"
    # Another atlas without it has its own world, and the frame stays remembered.
    (tmp_path / "config" / "frames.toml").unlink()
    open_in(opened, package)
    assert opened.strip.frame_button.text() == "atlas"
    assert json.loads((tmp_path / "config" / "frame.json").read_text()) == "bregma-one"


def test_a_faulty_file_is_one_line_and_the_atlas_opens(
    panel: AtlasPanel,
    package: Path,
    open_in: Callable[[AtlasPanel, Path], None],
    frames_file: Path,
) -> None:
    frames_file.write_text("[[frame]]\nname = 'mine'\n")
    open_in(panel, package)
    assert "frames.toml: frame mine: there is no atlas" in panel.error.label.text()
    assert panel.display is not None
    assert panel.strip.frame_button.text() == "atlas"


def test_return_goes_to_a_position_of_any_frame(opened: AtlasPanel, viewer: Any) -> None:
    for text in (
        "525 375 275",
        "voxel 10 7 5",
        "AP -0.025 ML 0.125 DV -0.275 @bregma-one",
        "0.095 0.125 -0.275 @bregma-two",
        "-25 125 -275 um @bregma-one",
    ):
        viewer.dims.set_point(range(3), voxel_center((1, 1, 1)))
        type_text(opened, text)
        assert "TH, voxel 10 7 5" in opened.bar.note.text()
        QTest.keyClick(opened.bar.search, Qt.Key.Key_Return)
        np.testing.assert_allclose(viewer.dims.point, voxel_center((10, 7, 5)))
    choose(opened, "bregma-one")
    type_text(opened, "-0.025 0.125 -0.275")
    assert "bregma-one, TH, voxel 10 7 5" in opened.bar.note.text()


def test_what_cannot_be_gone_to_is_said_and_return_stays(opened: AtlasPanel, viewer: Any) -> None:
    before = viewer.dims.point
    for text, note in (
        ("AP -0.1 ML 0.1 DV 0 @bregma-on", "did you mean bregma-one"),
        ("AP 1 ML 1 @bregma-one", "expected a number for DV too"),
        ("0 0 5 @bregma-one", "in bregma-one AP (anterior +) -0.500 to 0.500"),
        ("6600 2500", "expected three numbers, x y z"),
    ):
        type_text(opened, text)
        assert note in opened.bar.note.text()
        QTest.keyClick(opened.bar.search, Qt.Key.Key_Return)
        assert viewer.dims.point == before


def test_an_acronym_with_a_side_goes_to_that_side(opened: AtlasPanel, viewer: Any) -> None:
    for side, half in (("left", range(8, 16)), ("right", range(8))):
        type_text(opened, f"TH {side}")
        assert f"TH, {side} · BrainGlobe" in opened.bar.note.text()
        QTest.keyClick(opened.bar.search, Qt.Key.Key_Return)
        hit = opened.display.atlas.at(viewer.dims.point)
        assert (hit.acronym, hit.hemisphere) == ("TH", side)
        assert hit.index[2] in half
        assert hit.index[2] not in (7, 8)  # the middle of the side, not next to the midline


def test_copies_give_text_python_and_command(
    opened: AtlasPanel, hover: Callable[..., None], capsys: Any
) -> None:
    hover(voxel_center((10, 7, 5)))
    choose(opened, "bregma-one")
    copies = {action.text(): action for action in opened.strip.copy_as.menu().actions()}
    QTest.mouseClick(opened.strip.copy, Qt.MouseButton.LeftButton)
    text = QApplication.clipboard().text()
    assert text.startswith("TH\tThalamus\tright · BrainGlobe\tbregma-one AP -0.025 ML ")
    copies["Copy as command"].trigger()
    words = shlex.split(QApplication.clipboard().text())
    assert words[0] == "atlas-explorer"
    assert main([*words[1:], "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["voxel"] == [10, 7, 5]
    copies["Copy as Python"].trigger()
    from napari_atlas_explorer.frames import read_frames

    lines = QApplication.clipboard().text().splitlines()
    names: dict[str, Any] = {"open_atlas": open_atlas, "read_frames": read_frames}
    for line in lines[:-1]:
        exec(line, names)  # noqa: S102
    assert eval(lines[-1], names).index == (10, 7, 5)  # noqa: S307
