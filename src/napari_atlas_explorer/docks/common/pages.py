"""Pages of the window by name, and bringing one to the front."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from npe2 import PluginManager
from qtpy.QtWidgets import QDockWidget

if TYPE_CHECKING:
    import napari

    from ..atlas.dock import AtlasDock

PLUGIN = "napari-atlas-explorer"
DISPLAY_NAME = "Atlas Explorer"
"""Of the plugin, in the manifest."""
PAGES = {
    "atlas": "Atlas Explorer",
    "table": "Atlas Explorer: table of regions",
    "qa": "Atlas Explorer: quality checks",
    "directions": "Atlas Explorer: directions",
    "surfaces": "Atlas Explorer: surfaces",
    "lines": "Atlas Explorer: lines",
    "spatial_search": "Atlas Explorer: spatial search",
    "comparison": "Atlas Explorer: comparison",
    "package": "Atlas Explorer: package",
}
"""Titles by name. napari finds the class of a title in the manifest, so no page imports another."""


def atlas_dock(viewer: napari.Viewer) -> AtlasDock:
    """Return the atlas dock of a viewer; add it if there is none, as napari's menu does."""
    return _find_or_add(viewer, "atlas")  # type: ignore[no-any-return]


def show_page(viewer: napari.Viewer, name: str) -> Any:
    """Bring a page to the front, following the atlas dock; add it if there is none.

    Parameters
    ----------
    viewer
        The viewer.
    name
        A key of `PAGES`, but "atlas".
    """
    page = _find_or_add(viewer, name)
    frame = page.parent()
    while frame is not None and not isinstance(frame, QDockWidget):
        frame = frame.parent()
    if frame is not None:
        frame.show()
        frame.raise_()
    page.follow(atlas_dock(viewer))
    return page


def _find_or_add(viewer: napari.Viewer, name: str) -> Any:
    """Return the one widget of a page, however it was opened.

    napari names docks from its menu by the plugin's display name, and those of
    ``add_plugin_dock_widget`` by the name of the distribution: a page opened in the one way is not
    found in the other, and the user has two that contradict each other.
    """
    docked = viewer.window.dock_widgets
    for plugin in (DISPLAY_NAME, PLUGIN):
        page = docked.get(f"{PAGES[name]} ({plugin})")
        if page is not None:
            return page
    manifest = PluginManager.instance().get_manifest(PLUGIN)
    widgets = manifest.contributions.widgets or ()
    make = next(w for w in widgets if w.display_name == PAGES[name]).get_callable()
    page = make(viewer)
    viewer.window.add_dock_widget(page, name=f"{PAGES[name]} ({DISPLAY_NAME})")
    return page
