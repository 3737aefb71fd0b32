"""Small widgets: labels that elide, files to save."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFileDialog, QLabel, QVBoxLayout, QWidget

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
