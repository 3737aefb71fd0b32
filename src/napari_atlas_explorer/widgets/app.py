"""The `atlas-explorer` window: napari with the atlas dock."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import napari

if TYPE_CHECKING:
    from .atlas_dock import AtlasDock
    from .region_table import RegionTableDock

PLUGIN = "napari-atlas-explorer"
DOCK = "Atlas Explorer"
TABLE_DOCK = "Atlas Explorer: table of regions"


def add_dock(viewer: napari.Viewer) -> AtlasDock:
    """Add the atlas dock as napari's plugin menu does, so that the menu finds this one."""
    _, dock = viewer.window.add_plugin_dock_widget(PLUGIN, DOCK)
    return dock  # type: ignore[no-any-return]


def add_table(viewer: napari.Viewer) -> RegionTableDock:
    """Add the table of regions as napari's plugin menu does, or bring the one that is there."""
    frame, table = viewer.window.add_plugin_dock_widget(PLUGIN, TABLE_DOCK)
    frame.show()
    frame.raise_()
    table.follow(add_dock(viewer).analysis)
    return table  # type: ignore[no-any-return]


def open_atlas_folder(viewer: napari.Viewer) -> None:
    """Show the dock and ask for an atlas folder: napari's File > IO Utilities menu."""
    add_dock(viewer).dialogs.ask_folder()


def open_atlas_file(viewer: napari.Viewer) -> None:
    """Show the dock and ask for an atlas file: napari's File > IO Utilities menu."""
    add_dock(viewer).dialogs.ask_file()


def run_app(paths: Sequence[Path]) -> None:
    """Open napari with the dock, and the given atlases in it; return when it is closed.

    Without a path the dock shows recent atlases; on the very first run it opens the sample.
    """
    from ..plugin.recent import recent_paths

    viewer = napari.Viewer(title="Atlas Explorer")
    dock = add_dock(viewer)
    if paths:
        dock.open_path(paths[0])
        # The dock browses the first; the others come as layers beside it.
        for path in paths[1:]:
            viewer.open(path, plugin=PLUGIN)
    elif not recent_paths():
        dock.open_sample()
    napari.run()
