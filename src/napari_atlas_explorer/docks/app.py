"""The `atlas-explorer` window: napari with the atlas dock."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import napari

if TYPE_CHECKING:
    from .atlas.dock import AtlasDock
    from .comparison.dock import ComparisonDock
    from .directions.dock import DirectionDock
    from .lines.dock import LinesDock
    from .package.dock import PackageDock
    from .qa.dock import QaDock
    from .region_table.dock import RegionTableDock
    from .spatial_search.dock import SpatialSearchGui
    from .surfaces.dock import SurfaceDock

PLUGIN = "napari-atlas-explorer"
DOCK = "Atlas Explorer"
TABLE_DOCK = "Atlas Explorer: table of regions"
DIRECTION_DOCK = "Atlas Explorer: directions"
SURFACE_DOCK = "Atlas Explorer: surfaces"
QA_DOCK = "Atlas Explorer: quality checks"
LINES_DOCK = "Atlas Explorer: lines"
SPATIAL_SEARCH_DOCK = "Atlas Explorer: spatial search"
PACKAGE_DOCK = "Atlas Explorer: package"
COMPARISON_DOCK = "Atlas Explorer: comparison"


def add_dock(viewer: napari.Viewer) -> AtlasDock:
    """Add the atlas dock as napari's plugin menu does, so that the menu finds this one."""
    _, dock = viewer.window.add_plugin_dock_widget(PLUGIN, DOCK)
    return dock  # type: ignore[no-any-return]


def _brought(viewer: napari.Viewer, name: str) -> Any:
    """Contents of one of our docks, added as the menu does or brought to the front."""
    frame, contents = viewer.window.add_plugin_dock_widget(PLUGIN, name)
    frame.show()
    frame.raise_()
    return contents


def add_table(viewer: napari.Viewer) -> RegionTableDock:
    """Add the table of regions as napari's plugin menu does, or bring the one that is there."""
    table: RegionTableDock = _brought(viewer, TABLE_DOCK)
    table.follow(add_dock(viewer).analysis)
    return table


def add_qa(viewer: napari.Viewer) -> QaDock:
    """Add the quality checks as napari's plugin menu does, or bring those that are there."""
    checks: QaDock = _brought(viewer, QA_DOCK)
    checks.follow(add_dock(viewer))
    return checks


def add_directions(viewer: napari.Viewer) -> DirectionDock:
    """Add the directions as napari's plugin menu does, or bring those that are there."""
    directions: DirectionDock = _brought(viewer, DIRECTION_DOCK)
    directions.follow(add_dock(viewer))
    return directions


def add_surfaces(viewer: napari.Viewer) -> SurfaceDock:
    """Add the surfaces as napari's plugin menu does, or bring those that are there."""
    surfaces: SurfaceDock = _brought(viewer, SURFACE_DOCK)
    surfaces.follow(add_dock(viewer))
    return surfaces


def add_lines(viewer: napari.Viewer) -> LinesDock:
    """Add the lines as napari's plugin menu does, or bring those that are there."""
    lines: LinesDock = _brought(viewer, LINES_DOCK)
    lines.follow(add_dock(viewer))
    return lines


def add_spatial_search(viewer: napari.Viewer) -> SpatialSearchGui:
    """Add the spatial search as napari's plugin menu does, or bring the one that is there."""
    search: SpatialSearchGui = _brought(viewer, SPATIAL_SEARCH_DOCK)
    search.follow(add_dock(viewer))
    return search


def add_package(viewer: napari.Viewer) -> PackageDock:
    """Add the form of a package as napari's plugin menu does, or bring the one that is there."""
    package: PackageDock = _brought(viewer, PACKAGE_DOCK)
    package.follow(add_dock(viewer))
    return package


def add_comparison(viewer: napari.Viewer) -> ComparisonDock:
    """Add the comparison as napari's plugin menu does, or bring the one that is there."""
    comparison: ComparisonDock = _brought(viewer, COMPARISON_DOCK)
    comparison.follow(add_dock(viewer))
    return comparison


def open_atlas_folder(viewer: napari.Viewer) -> None:
    """Show the dock and ask for an atlas folder: napari's File > IO Utilities menu."""
    add_dock(viewer).dialogs.ask_folder()


def open_atlas_file(viewer: napari.Viewer) -> None:
    """Show the dock and ask for an atlas file: napari's File > IO Utilities menu."""
    add_dock(viewer).dialogs.ask_file()


def run_app(
    paths: Sequence[Path],
    finding: str | None = None,
    compare: Path | None = None,
    config: Path | None = None,
) -> None:
    """Open napari with the dock, and the given atlases in it; return when it is closed.

    Without a path the dock shows recent atlases; on the very first run it opens the sample. A
    finding of QA, named by its id, is gone to in the first atlas; it may be one of a comparison,
    and of other settings than the package's own.
    """
    from ..atlases.local.remembered import recent_paths

    viewer = napari.Viewer(title="Atlas Explorer")
    dock = add_dock(viewer)
    if paths:
        if finding is not None:
            show_finding_when_open(viewer, dock, finding, compare, config)
        dock.open_path(paths[0])
        # The dock browses the first; the others come as layers beside it.
        for path in paths[1:]:
            viewer.open(path, plugin=PLUGIN)
    elif not recent_paths():
        dock.open_sample()
    napari.run()


def show_finding_when_open(
    viewer: napari.Viewer,
    dock: AtlasDock,
    finding: str,
    compare: Path | None = None,
    config: Path | None = None,
) -> None:
    """Go to a finding as soon as the atlas is shown that the dock opens next."""

    def show(*_: object) -> None:
        dock.session.shown.disconnect(show)
        checks = add_qa(viewer)
        checks.actions_.config_path = config
        checks.show_finding(finding, compare)

    dock.session.shown.connect(show)
