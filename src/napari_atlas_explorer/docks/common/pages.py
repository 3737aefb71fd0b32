"""Pages of the panel by name, and the one panel of a viewer."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from qtpy.QtWidgets import QDockWidget, QWidget

if TYPE_CHECKING:
    import napari

    from ..atlas.panel import AtlasPanel
    from .page import Page

PLUGIN = "napari-atlas-explorer"
DISPLAY_NAME = "Atlas Explorer"
"""Of the plugin and of its panel, in the manifest."""
REGIONS = "regions"
"""The page that opens and browses atlases; it is made with the panel."""
PAGES = {
    REGIONS: ("Regions", "Open an atlas, browse and filter its regions", ""),
    "table": (
        "Table",
        "Sizes, counts and values of every region",
        "region_table.page:RegionTablePage",
    ),
    "surfaces": ("Surfaces", "Regions as surfaces in 3-D", "surfaces.page:SurfacesPage"),
    "lines": ("Lines", "Streamlines and neurons", "lines.page:LinesPage"),
    "directions": ("Directions", "The orientation field", "directions.page:DirectionsPage"),
    "spatial_search": (
        "Search",
        "Voxels of a projection density and the injection site",
        "spatial_search.page:SpatialSearchPage",
    ),
    "comparison": ("Compare", "Compare with another atlas", "comparison.page:ComparisonPage"),
    "qa": ("QA", "Check whether the atlas can be trusted", "qa.page:QaPage"),
    "package": ("Package", "Make a package for other tools", "package.page:PackagePage"),
}
"""Title, purpose and class by name. A class is imported when its page is first shown, so no page
imports another."""

PANEL = "atlas.panel:open_panel"

PANELS: WeakSet[AtlasPanel] = WeakSet()
"""Every panel that was made; a closed one is kept by its window."""


def make_page(panel: AtlasPanel, name: str) -> Page:
    """Make a page of a panel."""
    made: Page = _load(PAGES[name][2])(panel)
    return made


def panel_of(viewer: napari.Viewer) -> AtlasPanel | None:
    """Return the panel of a viewer, docked or closed; None before the first request."""
    return next((panel for panel in PANELS if _wrapped(panel.viewer) is _wrapped(viewer)), None)


def atlas_panel(viewer: napari.Viewer) -> AtlasPanel:
    """Bring the panel of a viewer to the front; add it if there is none, as napari's menu does."""
    panel = panel_of(viewer)
    frame = frame_of(panel)
    if panel is None or frame is None:
        panel = _load(PANEL)(viewer)
        viewer.window.add_dock_widget(panel, name=f"{DISPLAY_NAME} ({DISPLAY_NAME})")
    else:
        frame.show()
        frame.raise_()
    return panel


def show_page(viewer: napari.Viewer, name: str) -> Any:
    """Bring a page of a viewer's panel to the front; return it.

    Parameters
    ----------
    viewer
        The viewer.
    name
        A key of `PAGES`.
    """
    return atlas_panel(viewer).show_page(name)


def frame_of(widget: QWidget | None) -> QDockWidget | None:
    """Return the frame that napari has put the panel into."""
    frame = widget.parent() if widget is not None else None
    while frame is not None and not isinstance(frame, QDockWidget):
        frame = frame.parent()
    return frame


def _load(place: str) -> Any:
    """Return what stands at "module:name" among the docks."""
    module, _, name = place.partition(":")
    return getattr(import_module(f"...{module}", __name__), name)


def _wrapped(viewer: Any) -> Any:
    """Return the viewer itself: what plugins get of it may be napari's proxy."""
    return getattr(viewer, "__wrapped__", viewer)
