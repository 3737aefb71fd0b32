"""Names of files, regions and atlases are text wherever they are shown, never markup."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from qtpy.QtCore import QAbstractItemModel, QAbstractListModel, QModelIndex, Qt
from qtpy.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QGroupBox,
    QLabel,
    QTreeView,
    QWidget,
)

from napari_atlas_explorer.docks.atlas.panel import AtlasPanel
from napari_atlas_explorer.docks.common.pages import PAGES

from .conftest import TIMEOUT
from .looks import voxel_center

pytestmark = pytest.mark.window

MARKUP = "<img src='x.png' width=300><h1>BIG</h1>"


@pytest.fixture
def hostile(package: Path) -> Path:
    """The small package with markup in every name and in its metadata."""
    structures = json.loads((package / "structures.json").read_text())
    for row in structures:
        row["name"] = f"{MARKUP} {row['name']}"
        row["acronym"] = f"<b>{row['acronym']}</b>"
    (package / "structures.json").write_text(json.dumps(structures))
    metadata = json.loads((package / "metadata.json").read_text())
    for key in ("name", "species", "citation", "atlas_link"):
        metadata[key] = f"{MARKUP} {metadata.get(key)}"
    (package / "metadata.json").write_text(json.dumps(metadata))
    return package.rename(package.with_name("<i>made up_50um_v1.0"))


def rows(model: QAbstractItemModel, parent: QModelIndex, is_tree: bool) -> Iterator[QModelIndex]:
    for row in range(min(model.rowCount(parent), 50)):
        # A list has one column, and Qt hides its number.
        columns = 1 if isinstance(model, QAbstractListModel) else model.columnCount(parent)
        for column in range(columns):
            yield model.index(row, column, parent)
        if is_tree:
            yield from rows(model, model.index(row, 0, parent), is_tree)


def shown_as_markup(widget: QWidget) -> Iterator[str]:
    """Texts of strangers that a widget would draw as markup."""
    if is_markup(widget.toolTip()):
        yield f"tooltip: {widget.toolTip()[:200]}"
    is_label = isinstance(widget, QLabel) and widget.textFormat() != Qt.TextFormat.PlainText
    if is_label and is_markup(widget.text()):
        yield f"label: {widget.text()[:200]}"
    if isinstance(widget, QAbstractItemView) and widget.model() is not None:
        for index in rows(widget.model(), QModelIndex(), isinstance(widget, QTreeView)):
            tip = index.data(Qt.ItemDataRole.ToolTipRole)
            if isinstance(tip, str) and is_markup(tip):
                yield f"tooltip of a row: {tip[:200]}"
    if isinstance(widget, QComboBox):
        for n in range(widget.count()):
            tip = widget.itemData(n, Qt.ItemDataRole.ToolTipRole)
            if isinstance(tip, str) and is_markup(tip):
                yield f"tooltip of a choice: {tip[:200]}"


def is_markup(text: str) -> bool:
    return any(tag in text for tag in ("<img", "<h1", "<i>made", "<b>VIS", "<b>TH", "<b>HY"))


def find_markup() -> list[str]:
    QApplication.processEvents()
    return [
        f"{type(widget).__name__} {widget.objectName()!r}: {text}"
        for widget in QApplication.allWidgets()
        for text in shown_as_markup(widget)
    ]


def seen_texts(panel: QWidget) -> str:
    kinds = (QLabel, QAbstractButton, QGroupBox)
    texts = [w.title() if isinstance(w, QGroupBox) else w.text() for w in panel.findChildren(kinds)]
    return "\n".join(texts)


def test_the_panel_and_all_its_pages_show_names_as_text(
    panel: AtlasPanel, viewer: Any, hostile: Path, open_in: Any, hover: Any, qtbot: Any
) -> None:
    open_in(panel, hostile)
    assert find_markup() == []
    hover(voxel_center((10, 7, 5)))
    assert find_markup() == []
    view = panel.display.view
    view.select(view.expand([panel.display.atlas.ranks.ids.tolist().index(5)]))
    count = len(viewer.layers)
    panel.selecting.make_mask()
    qtbot.waitUntil(lambda: len(viewer.layers) > count, timeout=TIMEOUT)
    assert find_markup() == []
    for page in PAGES:
        panel.show_page(page)
        assert find_markup() == [], page
    assert MARKUP in seen_texts(panel)  # as it is written, somewhere


def test_errors_and_the_start_page_show_names_as_text(
    panel: AtlasPanel, viewer: Any, hostile: Path, open_in: Any, tmp_path: Path, qtbot: Any
) -> None:
    bad = tmp_path / "<h1>bad<img src='x'>.nrrd"
    bad.write_text("no volume")
    panel.open_path(bad)
    qtbot.waitUntil(panel.error.isVisible, timeout=TIMEOUT)
    assert "<h1>bad" in panel.error.text()
    assert find_markup() == []
    open_in(panel, hostile)
    viewer.layers.remove(panel.display.layer)
    qtbot.waitUntil(lambda: panel.display is None, timeout=TIMEOUT)
    assert find_markup() == []
