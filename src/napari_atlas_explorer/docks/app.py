"""The `atlas-explorer` window: napari with the atlas dock."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import napari

from .common.pages import PLUGIN, atlas_dock, show_page

if TYPE_CHECKING:
    from .atlas.dock import AtlasDock


def open_atlas_folder(viewer: napari.Viewer) -> None:
    """Show the dock and ask for an atlas folder: napari's File > IO Utilities menu."""
    atlas_dock(viewer).dialogs.ask_folder()


def open_atlas_file(viewer: napari.Viewer) -> None:
    """Show the dock and ask for an atlas file: napari's File > IO Utilities menu."""
    atlas_dock(viewer).dialogs.ask_file()


def run_app(
    paths: Sequence[Path],
    finding: str | None = None,
    compare: Path | None = None,
    config: Path | None = None,
) -> None:
    """Open napari with the dock and the given atlases; return when it is closed.

    Without a path the dock shows recent atlases; on the very first run it opens the sample. A
    finding of QA, named by its id, is gone to in the first atlas; it may be one of a comparison,
    and of other settings than the package's own.
    """
    from ..atlases.local.remembered import recent_paths

    viewer = napari.Viewer(title="Atlas Explorer")
    dock = atlas_dock(viewer)
    if paths:
        if finding is not None:
            show_finding_when_open(viewer, dock, finding, compare, config)
        dock.open_path(paths[0])
        # The dock browses the first atlas; the others are added as layers only.
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
    """Go to a finding as soon as the dock shows the next atlas."""

    def show(*_: object) -> None:
        dock.session.shown.disconnect(show)
        checks = show_page(viewer, "qa")
        checks.actions_.config_path = config
        checks.show_finding(finding, compare)

    dock.session.shown.connect(show)
