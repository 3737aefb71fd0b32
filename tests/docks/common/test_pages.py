"""The one panel of a viewer, by each way that napari and the panel lead to it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QMenu, QScrollArea

from napari_atlas_explorer.docks.atlas.panel import AtlasPanel
from napari_atlas_explorer.docks.common.pages import (
    DISPLAY_NAME,
    PAGES,
    PLUGIN,
    atlas_panel,
    frame_of,
    show_page,
)

from ..conftest import TIMEOUT

pytestmark = pytest.mark.window

BUTTON = Qt.MouseButton.LeftButton


def trigger(menu: QMenu, text: str) -> bool:
    """Trigger an entry of a menu or of a menu in it, as a click does."""
    menu.aboutToShow.emit()
    for action in menu.actions():
        if action.menu() is not None:
            if trigger(action.menu(), text):
                return True
        elif action.text().replace("&", "") == text:
            action.trigger()
            return True
    return False


def open_from_menu(viewer: Any) -> None:
    """Open the panel from the Plugins menu."""
    (menu,) = (
        action.menu()
        for action in viewer.window._qt_window.menuBar().actions()
        if action.text().replace("&", "") == "Plugins"
    )
    assert trigger(menu, f"{DISPLAY_NAME} ({DISPLAY_NAME})")


def run_from_palette(name: str) -> None:
    """Run a command as napari's palette does."""
    from napari._app_model import get_app_model

    get_app_model().commands.execute_command(f"{PLUGIN}.{name}").result()


def open_from_api(viewer: Any) -> None:
    """Open the panel as a script or ``napari -w`` does."""
    viewer.window.add_plugin_dock_widget(PLUGIN, DISPLAY_NAME)


WAYS: dict[str, Callable[[Any], object]] = {
    "menu": open_from_menu,
    "palette": lambda viewer: run_from_palette("table"),
    "script": open_from_api,
    "code": atlas_panel,
}


def panels(viewer: Any) -> list[AtlasPanel]:
    return viewer.window._qt_window.findChildren(AtlasPanel)


@pytest.mark.parametrize("second", ["palette", "script", "code"])
@pytest.mark.parametrize("first", WAYS)
def test_every_way_leads_to_one_panel(
    viewer: Any, package: Path, open_in: Callable[..., None], first: str, second: str
) -> None:
    WAYS[first](viewer)
    (panel,) = panels(viewer)
    open_in(panel, package)
    panel.display.view.hide([panel.display.atlas.region_map.rank("TH")])
    state = panel.display.view.state
    WAYS[second](viewer)
    QApplication.processEvents()
    assert panels(viewer) == [panel]
    assert panel.isVisible()
    assert panel.strip.isVisible()
    assert panel.display.view.state == state


@pytest.mark.parametrize("name", [name for name in PAGES if name != "regions"])
def test_a_command_of_the_palette_leads_to_its_page(viewer: Any, name: str) -> None:
    run_from_palette(name)
    (panel,) = panels(viewer)
    assert panel.page == name
    (button,) = (b for b in panel.buttons.buttons() if b.isChecked())
    assert button.text() == PAGES[name][0]
    assert show_page(viewer, name) is panel.made[name]


@pytest.mark.parametrize("again", ["menu", "script"])
def test_a_panel_that_is_closed_comes_back_as_it_was(
    opened: AtlasPanel, viewer: Any, qtbot: Any, again: str
) -> None:
    regions = opened.display.atlas.region_map
    opened.display.view.hide([regions.rank("TH")])
    opened.tree.select_ranks([regions.rank("VIS")])
    table = opened.show_page("table")
    qtbot.waitUntil(lambda: table.model.rowCount() == 6, timeout=TIMEOUT)
    opened.analysis.color_by([c.name for c in table.model.table.columns].index("voxels"))
    state, layers = opened.display.view.state, list(viewer.layers)
    frame = frame_of(opened)
    QTest.mouseClick(frame.titleBarWidget().close_button, BUTTON)
    qtbot.waitUntil(lambda: not opened.is_open and not opened.strip.isVisible())
    assert not opened.isVisible()
    assert list(viewer.layers) == layers
    WAYS[again](viewer)
    qtbot.waitUntil(opened.strip.isVisible, timeout=TIMEOUT)
    assert panels(viewer) == [opened]
    assert opened.page == "table"
    assert opened.display.view.state == state
    assert opened.analysis.coloring.name == "voxels"
    opened.session.history.undo()
    assert not opened.display.view.selection


def test_two_viewers_have_a_panel_each(
    make_napari_viewer: Callable[..., Any], package: Path, open_in: Callable[..., None]
) -> None:
    one, other = make_napari_viewer(show=True), make_napari_viewer(show=True)
    first, second = atlas_panel(one), atlas_panel(other)
    open_in(first, package)
    assert second.display is None
    assert (panels(one), panels(other)) == ([first], [second])


@pytest.mark.parametrize("size", [(1000, 640), (1920, 1080)])
def test_no_page_makes_the_window_grow_or_scrolls_sideways(
    opened: AtlasPanel, viewer: Any, qtbot: Any, size: tuple[int, int]
) -> None:
    window = opened.window()
    window.resize(*size)
    qtbot.waitUntil(lambda: window.width() == size[0], timeout=TIMEOUT)
    for name, button in zip(PAGES, opened.buttons.buttons(), strict=True):
        QTest.mouseClick(button, BUTTON)
        qtbot.waitUntil(lambda name=name: opened.page == name)
        qtbot.waitUntil(lambda: not opened.busy.isVisible(), timeout=TIMEOUT)
        QApplication.processEvents()
        assert (window.width(), window.height()) == size, name
        sideways = [
            area.horizontalScrollBar().isVisible()
            for area in opened.stack.findChildren(QScrollArea)
            if area.isVisible()
        ]
        assert not any(sideways), name


def test_pages_are_made_when_they_are_first_shown(opened: AtlasPanel) -> None:
    assert list(opened.made) == ["regions"]
    QTest.mouseClick(opened.buttons.buttons()[1], BUTTON)
    assert list(opened.made) == ["regions", "table"]
