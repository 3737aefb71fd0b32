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
    from .dock import SurfaceDock


class SurfaceFiles:
    """Listed mesh folders, and written files.

    Parameters
    ----------
    dock
        The surfaces dock.
    """

    def __init__(self, dock: SurfaceDock) -> None:
        self._dock = dock

    def ask_folder(self) -> None:
        """Ask for a folder of meshes."""
        chosen = QFileDialog.getExistingDirectory(self._dock, "Folder of meshes")
        if chosen:
            self.list_folder(Path(chosen))

    def list_folder(self, folder: Path) -> None:
        """List the meshes of a folder without ticking any: ticked ones are read."""
        dock = self._dock
        if dock.display is None:
            return
        try:
            meshes, unknown = meshes_in(folder, dock.display.atlas)
        except AtlasError as exc:
            dock.tell(str(exc))
            return
        dock.waiting = {SurfaceKey(rank): path for rank, path in meshes.items()}
        dock.tell(f"{unknown} meshes name no region of this atlas" if unknown else "")
        dock.refill()

    def ask_save(self) -> None:
        """Ask for a name and write the selected surfaces, or all that are ticked."""
        kinds = ";;".join(f"{s[1:].upper()} (*{s})" for s in WRITTEN_MESHES)
        title = "Save surfaces: one file, or a name to begin with"
        chosen = ask_save_path(self._dock, title, "surface.obj", kinds)
        if chosen is not None:
            self.save_to(chosen[0])

    def save_to(self, path: Path) -> list[Path]:
        """Write surfaces in the atlas's space; with several, add the region's id to each name."""
        dock = self._dock
        scene, display = dock.scene, dock.display
        if scene is None or display is None:
            return []
        keys = dock.selected_surfaces() or [s for s in scene.keys if scene.is_ticked(s)]
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
            dock.tell(str(exc))
        return written
