"""Small widgets: labels that elide, files to save."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import nrrd
import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFileDialog, QLabel, QVBoxLayout, QWidget

from napari_atlas_explorer.docks.atlas.panel import AtlasPanel
from napari_atlas_explorer.docks.common.widgets import ElidedLabel, ask_save_path

pytestmark = pytest.mark.window

LONG = "/a/long/path/to/an/atlas/that/does/not/fit"


@pytest.fixture
def label(qtbot) -> Iterator[ElidedLabel]:
    """A label 120 pixels wide."""
    window = QWidget()
    column = QVBoxLayout(window)
    column.setContentsMargins(0, 0, 0, 0)
    made = ElidedLabel(LONG)
    column.addWidget(made)
    qtbot.addWidget(window)
    window.resize(120, 40)
    window.show()
    qtbot.waitUntil(lambda: made.width() == 120)
    yield made
    window.close()


def test_a_long_text_is_elided_in_the_middle_and_its_tooltip_is_whole(label):
    drawn = QLabel.text(label)
    start, end = drawn.split("…")
    assert LONG.startswith(start)
    assert LONG.endswith(end)
    assert label.fontMetrics().horizontalAdvance(drawn) <= 120
    assert label.text() == label.toolTip() == LONG


def test_it_grows_with_its_window(label, qtbot):
    label.window().resize(900, 40)
    qtbot.waitUntil(lambda: QLabel.text(label) == LONG)


def test_markup_is_shown_as_it_is(label):
    label.setText("<b>A & B</b>")
    assert label.textFormat() == Qt.TextFormat.PlainText
    assert label.toolTip() == "<p>&lt;b&gt;A &amp; B&lt;/b&gt;</p>"


def test_it_is_as_high_without_a_text(label):
    height = label.sizeHint().height()
    label.setText("")
    assert label.sizeHint().height() == height


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ("", None),
        ("/a/b.tsv", (Path("/a/b.tsv"), True)),
        ("/a/b", (Path("/a/b.csv"), False)),
    ],
)
def test_the_dialog_has_asked_only_for_the_name_that_was_typed(
    label, monkeypatch, chosen, expected
):
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (chosen, ""))
    assert ask_save_path(label, "Save", "table.csv", "CSV (*.csv)") == expected


NAMES = {1: "<img src=' width=300><h1>BIG</h1>", 2: "<a href='file:///etc'>x</a>", 3: "B" * 5000}


def test_names_of_files_are_text_in_every_tooltip(
    panel: AtlasPanel, tmp_path: Path, open_in: Callable[[AtlasPanel, Path], None]
) -> None:
    """No tag of a name reaches Qt, which takes a text that begins like one for rich text."""
    ids = np.zeros((6, 6, 6), np.uint16)
    ids[1:5, 1:5, 1:3], ids[1:5, 1:5, 3:5], ids[1:5, 5, :] = 1, 2, 3
    nrrd.write(str(tmp_path / "labels.nrrd"), ids)
    rows = [{"id": k, "acronym": name, "name": name} for k, name in NAMES.items()]
    (tmp_path / "labels.json").write_text(json.dumps([{"id": 9, "name": "root"}, *rows]))
    open_in(panel, tmp_path)
    tips = [widget.toolTip() for widget in panel.findChildren(QWidget)]
    items = panel.tree.findItems("", Qt.MatchFlag.MatchContains | Qt.MatchFlag.MatchRecursive)
    tips += [item.toolTip(0) for item in items]
    assert any("BIG" in tip for tip in tips)
    for tip in tips:
        assert "<img" not in tip
        assert "<a " not in tip
        assert len(tip) < 1000
