"""The comparison's page: other atlases, a point in each, what is chosen and stopped."""

from __future__ import annotations

from pathlib import Path
from threading import Event

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QFileDialog

from napari_atlas_explorer.analysis.comparison.comparison import Comparison
from napari_atlas_explorer.atlases.local.named_folders import name_folder
from napari_atlas_explorer.docks.common.atlas_choice import AtlasChoice
from napari_atlas_explorer.docks.common.pages import show_page
from napari_atlas_explorer.docks.comparison.page import ComparisonPage
from tests import packages
from tests.analysis.comparison.test_others import write_turned
from tests.made_up import annotation, write_brainglobe, write_voxelbrain

from ..conftest import TIMEOUT
from ..looks import voxel_center
from .comparing import TH, add, cell, changed_ids, done, lines

pytestmark = pytest.mark.window


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """Another package of the same space, its axes "lai"."""
    return write_turned(tmp_path / "other_50um_v2.0", changed_ids(), "lai")


@pytest.fixture
def comparison(opened) -> ComparisonPage:
    return show_page(opened.viewer, "comparison")


def test_the_same_point_is_reported_for_every_atlas(
    comparison, opened, other, package, hover, qtbot
):
    third = write_voxelbrain(package.parent / "fine", step=50.0)
    add(comparison, qtbot, other)
    hover(voxel_center(TH[0]))
    assert [line[:4] for line in lines(comparison)] == [
        ["", "made_up_50um v1.0", "TH", "Thalamus"],
        ["≠", "turned_50um v1.0", "HY", "Hypothalamus"],
    ]
    hover(voxel_center(TH[-1]))
    assert [line[0] for line in lines(comparison)] == ["", "="]
    hover(voxel_center(TH[4]))
    assert lines(comparison)[1][:4] == ["≠", "turned_50um v1.0", "–", "background"]
    assert (
        lines(comparison)[0][4]
        == lines(comparison)[1][4]
        == opened.strip.hemisphere.text().split()[0]
    )
    # A third whose files say nothing of its axes: refused, with a way out.
    add(comparison, qtbot, third)
    assert len(comparison.others) == 1
    assert "nothing says how the axes of fine run" in comparison.error.text()
    assert comparison.parts.take.isVisible()
    comparison.parts.take.click()
    done(comparison, qtbot)
    assert comparison.error.text() == ""
    assert [line[1:3] for line in lines(comparison)] == [
        ["made_up_50um v1.0", "TH"],
        ["turned_50um v1.0", "–"],
        ["fine", "TH"],
    ]
    assert "as stored" in comparison.parts.note.text()


def test_points_are_reported_in_3d_as_the_card_does(comparison, opened, other, qtbot):
    add(comparison, qtbot, other)
    opened.viewer.dims.ndisplay = 3
    along = np.array([0.0, 0.0, 1.0])
    where = np.array(voxel_center(TH[-1])) - 10_000 * along
    point = opened.display.point_at(tuple(where), along, [0, 1, 2])
    opened.hover.pointed.emit(point)
    shown, turned = lines(comparison)
    assert shown[2] == turned[2] == opened.display.describe_point(point).title == "TH"


def test_regions_known_by_acronyms(comparison, opened, tmp_path, qtbot):
    """The same atlas with other numbers is another one by id, and the same by acronym."""
    folder = write_brainglobe(tmp_path / "renumbered_50um_v1.0")
    text = (folder / "structures.json").read_text()
    text = text.replace('"id": 5,', '"id": 55,').replace("[1, 5]", "[1, 55]")
    (folder / "structures.json").write_text(text)
    packages.write_tiff(
        folder / "annotation.tiff", np.where(annotation() == 5, 55, annotation()).astype(np.uint32)
    )
    add(comparison, qtbot, folder)
    opened.hover.pointed.emit(tuple(TH[0] + 0.5))
    assert lines(comparison)[1][0] == "≠"
    assert cell(comparison, "TH", "found_in") == "the first alone"
    comparison.parts.by.setCurrentIndex(1)
    done(comparison, qtbot)
    assert lines(comparison)[1][:3] == ["=", "made_up_50um v1.0", "TH"]
    assert cell(comparison, "TH", "dice") == "1"
    assert [meaning for _, meaning, _, _ in comparison.parts.legend.list_entries()] == [
        "the same region"
    ]
    again = ComparisonPage(opened)
    assert again.by == "acronym"  # remembered
    again.close()


def test_what_cannot_be_compared_is_one_line_and_changes_nothing(
    comparison, opened, tmp_path, qtbot
):
    coarse = packages.brainglobe_v2(tmp_path / "coarse_200um_v1.0", resolution=[200.0] * 3)
    before = list(opened.viewer.layers)
    add(comparison, qtbot, coarse)
    text = comparison.error.text()
    assert "expected atlases of one space" in text
    assert "\n" not in text
    assert not comparison.parts.take.isVisible()
    add(comparison, qtbot, tmp_path / "nowhere")
    assert "nowhere" in comparison.error.text()
    assert comparison.others == []
    assert list(opened.viewer.layers) == before
    assert [line[1] for line in lines(comparison)] == ["made_up_50um v1.0"]


def test_atlases_on_this_computer_are_offered(opened, other, tmp_path, qtbot):
    coarse = packages.brainglobe_v2(tmp_path / "coarse_200um_v1.0", resolution=[200.0] * 3)
    name_folder(tmp_path)
    comparison = show_page(opened.viewer, "comparison")
    done(comparison, qtbot)
    box = comparison.parts.choice
    titles = [box.itemText(n) for n in range(box.count())]
    assert titles == ["other_50um  (2.0, BrainGlobe v2)", "", "coarse_200um  (1.0, BrainGlobe v2)"]
    assert box.itemData(0) == other.resolve()
    assert box.itemData(2) == coarse.resolve()
    assert not box.model().item(2).isEnabled()
    assert "one space" in box.itemData(2, Qt.ItemDataRole.ToolTipRole)
    comparison.parts.add.click()
    done(comparison, qtbot)
    assert [o.path for o in comparison.others] == [other.resolve()]
    comparison.parts.add.click()  # once is enough
    done(comparison, qtbot)
    assert len(comparison.others) == 1


def test_a_folder_of_several_asks_which(comparison, tmp_path, qtbot, monkeypatch):
    for name in ("one", "two"):
        write_brainglobe(tmp_path / "several" / name)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "several"))
    comparison.parts.folder.trigger()
    done(comparison, qtbot)
    (form,) = comparison.findChildren(AtlasChoice)
    form.accept()
    done(comparison, qtbot)
    assert [o.path for o in comparison.others] == [tmp_path / "several" / "one"]


def test_at_most_eight_are_listed_and_the_selected_one_can_be_removed(
    comparison, opened, tmp_path, qtbot
):
    folders = [write_brainglobe(tmp_path / f"no{n}_50um_v1.0") for n in range(9)]
    add(comparison, qtbot, *folders)
    assert len(comparison.others) == 8
    assert "8 atlases are listed" in comparison.error.text()
    opened.hover.pointed.emit(tuple(TH[0] + 0.5))
    assert [line[2] for line in lines(comparison)] == ["TH"] * 9
    tree = comparison.parts.points
    tree.setCurrentItem(tree.topLevelItem(3))
    done(comparison, qtbot)
    assert comparison.chosen.path == folders[2]
    tree.setFocus()
    QTest.keyClick(tree, Qt.Key.Key_Delete)
    done(comparison, qtbot)
    assert [o.path for o in comparison.others] == [*folders[:2], *folders[3:8]]
    assert comparison.chosen.path == folders[3]


@pytest.fixture
def slow(monkeypatch):
    """Counting waits, as in a large volume, until it is let go; it reports all the while."""
    go = Event()
    count = Comparison.counts

    def counts(pair, progress=lambda share: None):
        while not go.wait(0.01):
            progress(0.5)
        return count(pair, progress)

    monkeypatch.setattr(Comparison, "counts", counts)
    yield go
    go.set()


def test_measuring_can_be_cancelled_and_begun_again(slow, comparison, other, qtbot):
    comparison.add_path(other)
    busy = comparison.busy
    qtbot.waitUntil(lambda: "50 %" in busy.label.text(), timeout=TIMEOUT)
    assert busy.label.text().startswith("Comparing with turned")
    busy.cancel.click()
    assert not busy.isVisible()
    assert comparison.parts.empty.text().startswith("Not measured")
    assert comparison.chosen.answer is None
    slow.set()
    comparison.parts.points.itemClicked.emit(comparison.parts.points.topLevelItem(1), 1)
    done(comparison, qtbot)
    assert comparison.parts.view.isVisible()


def test_another_atlas_in_the_window_starts_again(comparison, opened, other, open_in, qtbot):
    add(comparison, qtbot, other)
    open_in(opened, other)
    done(comparison, qtbot)
    assert comparison.others == []
    assert [line[1] for line in lines(comparison)] == ["turned_50um v1.0"]
    assert not comparison.parts.view.isVisible()


def test_a_small_window_does_not_grow(opened, other, qtbot):
    opened.viewer.window.resize(1000, 700)
    window = opened.window()
    qtbot.waitUntil(lambda: window.width() == 1000, timeout=TIMEOUT)
    comparison = show_page(opened.viewer, "comparison")
    add(comparison, qtbot, other)
    comparison.parts.show_map.click()
    done(comparison, qtbot)
    qtbot.waitUntil(lambda: (window.width(), window.height()) == (1000, 700), timeout=TIMEOUT)
    assert comparison.parts.view.isVisible()
