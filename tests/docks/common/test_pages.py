"""Docks opened from napari's own Plugins menu, together with those that the dock opens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from qtpy.QtWidgets import QMenu

from napari_atlas_explorer.docks.atlas.dock import AtlasDock
from napari_atlas_explorer.docks.common.pages import DISPLAY_NAME, PAGES, PLUGIN, show_page

pytestmark = pytest.mark.window


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


def open_from_menu(viewer: Any, title: str) -> None:
    """Open a page from the Plugins menu; where a plugin has one widget, its name stands alone."""
    (menu,) = (
        action.menu()
        for action in viewer.window._qt_window.menuBar().actions()
        if action.text().replace("&", "") == "Plugins"
    )
    assert trigger(menu, title) or trigger(menu, f"{title} ({DISPLAY_NAME})")


@pytest.mark.parametrize("first", ["menu", "code", "plugin api"])
@pytest.mark.parametrize("page", ["table", "qa", "surfaces"])
def test_every_way_leads_to_one_dock(
    viewer: Any, package: Path, open_in: Callable[..., None], first: str, page: str
) -> None:
    if first == "menu":
        open_from_menu(viewer, PAGES["atlas"])
    elif first == "plugin api":
        viewer.window.add_plugin_dock_widget(PLUGIN, PAGES["atlas"])
    shown = show_page(viewer, page)  # as the dock's own menu does
    (dock,) = viewer.window._qt_window.findChildren(AtlasDock)
    open_in(dock, package)
    assert shown.display is dock.display
    assert show_page(viewer, page) is shown


def test_a_page_from_the_menu_follows_the_dock_that_is_there(
    dock: AtlasDock, viewer: Any, package: Path, open_in: Callable[..., None]
) -> None:
    open_in(dock, package)
    open_from_menu(viewer, PAGES["table"])
    assert viewer.window._qt_window.findChildren(AtlasDock) == [dock]
    table = viewer.window.dock_widgets[f"{PAGES['table']} ({DISPLAY_NAME})"]
    assert show_page(viewer, "table") is table
    assert table.display is dock.display
