"""The `atlas-explorer` window: napari with the atlas panel."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import napari

from .common.pages import PLUGIN, atlas_panel, show_page

if TYPE_CHECKING:
    from .atlas.panel import AtlasPanel


def open_atlas_folder(viewer: napari.Viewer) -> None:
    """Show the panel and ask for an atlas folder: napari's File > IO Utilities menu."""
    atlas_panel(viewer).dialogs.ask_folder()


def open_atlas_file(viewer: napari.Viewer) -> None:
    """Show the panel and ask for an atlas file: napari's File > IO Utilities menu."""
    atlas_panel(viewer).dialogs.ask_file()


# ---- Commands of napari's palette, one for each page ---------------------------------------------


def show_table(viewer: napari.Viewer) -> None:
    """Show the page of the table of regions."""
    show_page(viewer, "table")


def show_surfaces(viewer: napari.Viewer) -> None:
    """Show the page of surfaces."""
    show_page(viewer, "surfaces")


def show_lines(viewer: napari.Viewer) -> None:
    """Show the page of streamlines and neurons."""
    show_page(viewer, "lines")


def show_directions(viewer: napari.Viewer) -> None:
    """Show the page of directions."""
    show_page(viewer, "directions")


def show_spatial_search(viewer: napari.Viewer) -> None:
    """Show the page of the spatial search."""
    show_page(viewer, "spatial_search")


def show_comparison(viewer: napari.Viewer) -> None:
    """Show the page that compares with another atlas."""
    show_page(viewer, "comparison")


def show_qa(viewer: napari.Viewer) -> None:
    """Show the page of quality checks."""
    show_page(viewer, "qa")


def show_package(viewer: napari.Viewer) -> None:
    """Show the page that packages an atlas."""
    show_page(viewer, "package")


# ---- Commands of napari's palette that turn the canvas -------------------------------------------


def show_coronal(viewer: napari.Viewer) -> None:
    """Turn the canvas to the coronal section."""
    atlas_panel(viewer).planes.show("coronal")


def show_sagittal(viewer: napari.Viewer) -> None:
    """Turn the canvas to the sagittal section."""
    atlas_panel(viewer).planes.show("sagittal")


def show_horizontal(viewer: napari.Viewer) -> None:
    """Turn the canvas to the horizontal section."""
    atlas_panel(viewer).planes.show("horizontal")


def show_three_dimensions(viewer: napari.Viewer) -> None:
    """Turn the canvas to 3-D."""
    atlas_panel(viewer).planes.show("3-D")


def show_all_sections(viewer: napari.Viewer) -> None:
    """Show the sections that the canvas does not show, or close them."""
    atlas_panel(viewer).planes.show("all")


# ---- The application -----------------------------------------------------------------------------


def run_app(
    paths: Sequence[Path],
    finding: str | None = None,
    compare: Path | None = None,
    config: Path | None = None,
) -> None:
    """Open napari with the panel and the given atlases; return when it is closed.

    Without a path the panel shows recent atlases; on the very first run it opens the sample. A
    finding of QA, named by its id, is gone to in the first atlas; it may be one of a comparison,
    and of other settings than the package's own.
    """
    from ..atlases.local.recent import recent_atlases

    viewer = napari.Viewer(title="Atlas Explorer")
    panel = atlas_panel(viewer)
    if paths:
        if finding is not None:
            show_finding_when_open(viewer, panel, finding, compare, config)
        panel.open_path(paths[0])
        # The panel browses the first atlas; the others are added as layers only.
        for path in paths[1:]:
            viewer.open(path, plugin=PLUGIN)
    elif not recent_atlases():
        panel.open_sample()
    napari.run()


def show_finding_when_open(
    viewer: napari.Viewer,
    panel: AtlasPanel,
    finding: str,
    compare: Path | None = None,
    config: Path | None = None,
) -> None:
    """Go to a finding as soon as the panel shows the next atlas."""

    def show(*_: object) -> None:
        panel.session.shown.disconnect(show)
        checks = show_page(viewer, "qa")
        checks.actions_.config_path = config
        checks.show_finding(finding, compare)

    panel.session.shown.connect(show)
