"""Pages of the window by name, and bringing one to the front."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import napari

    from ..atlas.dock import AtlasDock

PLUGIN = "napari-atlas-explorer"
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
    _, dock = viewer.window.add_plugin_dock_widget(PLUGIN, PAGES["atlas"])
    return dock  # type: ignore[no-any-return]


def show_page(viewer: napari.Viewer, name: str) -> Any:
    """Bring a page to the front, following the atlas dock; add it if there is none.

    Parameters
    ----------
    viewer
        The viewer.
    name
        A key of `PAGES`, but "atlas".
    """
    frame, page = viewer.window.add_plugin_dock_widget(PLUGIN, PAGES[name])
    frame.show()
    frame.raise_()
    page.follow(atlas_dock(viewer))
    return page
