"""The search box and the keys around it, with real keys and clicks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from qtpy.QtCore import QPoint, QPointF, Qt
from qtpy.QtGui import QMouseEvent
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication

from napari_atlas_explorer.docks.atlas.panel import AtlasPanel
from napari_atlas_explorer.docks.common.pages import atlas_panel

from ..conftest import TIMEOUT, canvas_widget
from ..looks import command, drawn_ids, visible_acronyms

pytestmark = pytest.mark.window

EVERYTHING = ["root", "CTX", "VIS", "VIS1", "TH", "HY"]


@pytest.fixture
def has_focus(qtbot: Any) -> Callable[[Any], None]:
    """Wait until a widget has the focus, with the window active."""

    def wait(widget: Any) -> None:
        def there() -> bool:
            widget.window().activateWindow()
            return QApplication.focusWidget() is widget

        qtbot.waitUntil(there, timeout=TIMEOUT)

    return wait


def type_text(panel: AtlasPanel, text: str) -> None:
    panel.bar.search.setFocus()
    QTest.keyClicks(panel.bar.search, text)


def click_link(note: Any, number: int = 0) -> None:
    """Click the link of this number: where the mouse becomes a hand."""
    starts: list[QPoint] = []
    for _ in range(50):  # the note is laid out by events that may still be waiting
        QApplication.processEvents()
        starts = find_links(note)
        if len(starts) > number:
            break
    QTest.mouseClick(note, Qt.MouseButton.LeftButton, pos=starts[number])


def mouse_moved(widget: Any, at: QPoint) -> QMouseEvent:
    nothing = Qt.MouseButton.NoButton
    over = widget.mapToGlobal(at)
    move = QMouseEvent.Type.MouseMove
    return QMouseEvent(
        move, QPointF(at), QPointF(over), nothing, nothing, Qt.KeyboardModifier.NoModifier
    )


def find_links(note: Any) -> list[QPoint]:
    """Return where links of a label begin."""
    starts: list[QPoint] = []
    before = False
    for y in range(6, note.height(), 12):
        for x in range(0, note.width(), 3):
            # Sent to the label itself: the screen's own pointer may be over another window.
            QApplication.sendEvent(note, mouse_moved(note, QPoint(x, y)))
            hand = note.cursor().shape() == Qt.CursorShape.PointingHandCursor
            if hand and not before:
                starts.append(QPoint(x + 1, y))
            before = hand
    return starts


@pytest.mark.parametrize(
    ("text", "best"),
    [("visual cortex", "VIS"), ("areas visual", "VIS"), ("layer 1 visual", "VIS1"), ("th", "TH")],
)
def test_words_in_any_order_and_other_words_are_found(
    opened: AtlasPanel, text: str, best: str
) -> None:
    type_text(opened, text)
    assert not opened.bar.note.isVisible()
    QTest.keyClick(opened.bar.search, Qt.Key.Key_Return)
    assert opened.tree.currentItem().text(0) == best


def test_a_typing_error_is_named_and_a_click_corrects_it(opened: AtlasPanel) -> None:
    type_text(opened, "thalmus")
    assert visible_acronyms(opened.tree) == ["root", "TH", "HY"]  # hypothalamus
    assert "no region matches exactly; did you mean" in opened.bar.note.text()
    assert opened.bar.match_count.text() == "2 of 6"
    click_link(opened.bar.note)
    assert opened.bar.search.text() == "thalamus"
    assert not opened.bar.note.isVisible()
    assert visible_acronyms(opened.tree) == ["root", "TH", "HY"]


def test_where_nothing_matches_names_are_offered_and_return_stays(
    opened: AtlasPanel, has_focus: Callable[[Any], None]
) -> None:
    type_text(opened, "visual layer 9")
    has_focus(opened.bar.search)
    assert visible_acronyms(opened.tree) == []
    assert "Visual areas, layer 1" in opened.bar.note.text()
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Down):
        QTest.keyClick(opened.bar.search, key)
        assert QApplication.focusWidget() is opened.bar.search
    click_link(opened.bar.note)
    assert opened.bar.search.text() == "Visual areas, layer 1"
    assert opened.bar.match_count.text() == "1 of 6"


def test_where_nothing_is_near_all_regions_are_offered(opened: AtlasPanel) -> None:
    type_text(opened, "qqqqqqq")
    assert "no region matches" in opened.bar.note.text()
    assert opened.bar.match_count.text() == "0 of 6"
    click_link(opened.bar.note)
    assert opened.bar.search.text() == ""
    assert visible_acronyms(opened.tree) == EVERYTHING


def test_a_position_moves_the_slices(opened: AtlasPanel, viewer: Any) -> None:
    type_text(opened, "510 440 330")
    assert visible_acronyms(opened.tree) == EVERYTHING
    assert opened.bar.note.text() == "Return goes there: TH, voxel 10 8 6"
    QTest.keyClick(opened.bar.search, Qt.Key.Key_Return)
    assert [int(p // 50) for p in viewer.dims.point] == [10, 8, 6]
    center = viewer.scene.camera.center
    assert (center[1], center[2]) == (425, 325)


def test_a_position_outside_is_refused_in_one_line(opened: AtlasPanel, viewer: Any) -> None:
    before = viewer.dims.point
    type_text(opened, "6600 2500 3300")
    expected = "outside the atlas: x 0 to 1 000, y 0 to 600, z 0 to 800 µm"
    assert opened.bar.note.text().replace("\u202f", " ") == expected
    QTest.keyClick(opened.bar.search, Qt.Key.Key_Return)
    assert viewer.dims.point == before


def test_a_position_is_a_voxel_where_the_size_is_unknown(
    panel: AtlasPanel, viewer: Any, tmp_path: Path, open_in: Callable[..., None]
) -> None:
    ids = np.zeros((20, 30, 40), np.uint16)
    ids[5:15, 5:25, 5:35] = 7
    tifffile.imwrite(tmp_path / "labels.tif", ids)
    open_in(panel, tmp_path / "labels.tif")
    type_text(panel, "12 20 30")
    QTest.keyClick(panel.bar.search, Qt.Key.Key_Return)
    display = panel.display
    assert display.hit_at(display.point_at(viewer.dims.point)).index == (12, 20, 30)
    panel.bar.search.clear()
    type_text(panel, "12 20 40")
    assert panel.bar.note.text() == "outside the atlas of 20 × 30 × 40 voxels"


# ---- Keys ------------------------------------------------------------------------------------


def test_letters_in_the_tree_search_and_do_nothing_else(
    opened: AtlasPanel, has_focus: Callable[[Any], None]
) -> None:
    type_text(opened, "visual")
    QTest.keyClick(opened.bar.search, Qt.Key.Key_Return)
    has_focus(opened.tree)
    QTest.keyClick(opened.tree, Qt.Key.Key_H)
    has_focus(opened.bar.search)
    QTest.keyClicks(opened.bar.search, "ypo")
    assert opened.bar.search.text() == "hypo"
    assert drawn_ids(opened) == {3, 5, 70001}
    QTest.keyClick(opened.bar.search, Qt.Key.Key_Return)
    assert opened.tree.currentItem().text(0) == "HY"
    QTest.keyClick(opened.tree, Qt.Key.Key_Backspace)
    assert opened.bar.search.text() == "hyp"


@pytest.mark.parametrize("key", [getattr(Qt.Key, f"Key_{c}") for c in "OHSIAJMDXT1"])
def test_no_bare_letter_is_a_command(opened: AtlasPanel, viewer: Any, key: Qt.Key) -> None:
    opened.tree.reveal(opened.display.atlas.region_map.rank("VIS"))
    point, layers, step = viewer.dims.point, list(viewer.layers), opened.session.history.last
    QTest.keyClick(opened.tree, key)
    assert drawn_ids(opened) == {3, 5, 70001}
    assert (viewer.dims.point, list(viewer.layers)) == (point, layers)
    assert opened.session.history.last is step
    assert opened.bar.search.text() == chr(key).lower()


def test_the_same_keys_work_on_the_canvas(
    opened: AtlasPanel, viewer: Any, has_focus: Callable[[Any], None]
) -> None:
    opened.tree.reveal(opened.display.atlas.region_map.rank("TH"))
    canvas = canvas_widget()
    command(canvas, Qt.Key.Key_H)
    assert drawn_ids(opened) == {3, 70001}
    command(canvas, Qt.Key.Key_A)
    assert drawn_ids(opened) == {3, 5, 70001}
    QTest.keyClick(canvas, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    has_focus(opened.bar.search)


def test_a_closed_panel_leaves_no_keys_behind(opened: AtlasPanel, viewer: Any, qtbot: Any) -> None:
    ours = {k for k in viewer.keymap if "Ctrl+Shift" in str(k)}
    assert len(ours) == 12
    viewer.window.remove_dock_widget(opened)
    qtbot.waitUntil(lambda: not ours & viewer.keymap.keys())
    atlas_panel(viewer)
    qtbot.waitUntil(lambda: ours <= viewer.keymap.keys())


def test_the_help_names_every_key_of_the_menu(opened: AtlasPanel) -> None:
    lines = opened.help_text().splitlines()
    for keys in opened.tree.keys:
        assert any(line.split()[:1] == [keys] for line in lines)
    assert not [keys for keys in opened.tree.keys if len(keys) == 1]
