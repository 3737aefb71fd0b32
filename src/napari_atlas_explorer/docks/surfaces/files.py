"""Reading surfaces from files, and writing them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtWidgets import QFileDialog

from ...analysis.surfaces.mesh_folder import meshes_in
from ...core.errors import AtlasError
from ...core.space.hemispheres import HEMISPHERE_NAMES
from ...formats.meshes.writer import WRITTEN_MESHES, write_mesh
from ...viewer.surfaces import SurfaceKey
from ..common.widgets import ask_save_path

if TYPE_CHECKING:
    from .page import SurfacesPage


class SurfaceFiles:
    """Listed mesh folders, and written files.

    Parameters
    ----------
    page
        The surfaces page.
    """

    def __init__(self, page: SurfacesPage) -> None:
        self._page = page

    def ask_folder(self) -> None:
        """Ask for a folder of meshes."""
        chosen = QFileDialog.getExistingDirectory(self._page, "Folder of meshes")
        if chosen:
            self.list_folder(Path(chosen))

    def list_folder(self, folder: Path) -> None:
        """List the meshes of a folder without ticking any: ticked ones are read."""
        page = self._page
        if page.display is None:
            return
        try:
            meshes, unknown = meshes_in(folder, page.display.atlas)
        except AtlasError as exc:
            page.tell(str(exc))
            return
        page.waiting = {SurfaceKey(rank): path for rank, path in meshes.items()}
        page.tell(f"{unknown} meshes name no region of this atlas" if unknown else "")
        page.refill()

    def ask_save(self) -> None:
        """Ask for a name and write the selected surfaces, or all that are ticked."""
        kinds = ";;".join(f"{s[1:].upper()} (*{s})" for s in WRITTEN_MESHES)
        title = "Save surfaces: one file, or a name to begin with"
        chosen = ask_save_path(self._page, title, "surface.obj", kinds)
        if chosen is not None:
            self.save_to(chosen[0])

    def save_to(self, path: Path) -> list[Path]:
        """Write surfaces in the atlas's space; with several, add the region's id to each name."""
        page = self._page
        scene, display = page.scene, page.display
        if scene is None or display is None:
            return []
        keys = page.selected_surfaces() or [s for s in scene.keys if scene.is_ticked(s)]
        written = []
        try:
            for shown in keys:
                placed = scene.placed_of(shown)
                if placed is None:
                    continue
                target = path
                if len(keys) > 1:
                    hemisphere = (
                        f"_{HEMISPHERE_NAMES[shown.hemisphere]}" if shown.hemisphere else ""
                    )
                    region_id = int(display.atlas.ranks.ids[shown.rank])
                    target = path.with_name(f"{path.stem}_{region_id}{hemisphere}{path.suffix}")
                write_mesh(target, placed.mesh.points, placed.mesh.faces)
                written.append(target)
        except (AtlasError, OSError) as exc:
            page.tell(str(exc))
        return written
