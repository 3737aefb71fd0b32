"""Check of what napari's own Save has written of an atlas's layers."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.errors import AtlasError
from ...formats.volume_header import is_volume, read_volume_header
from ...viewer.layer_info import info_of
from ...viewer.masks import active_mask
from ..common.page import PanelPart

if TYPE_CHECKING:
    from .panel import AtlasPanel

ACTIONS = {
    "napari.window.file.save_layers_dialog.selected": True,
    "napari.window.file.save_layers_dialog": False,
}
"""napari's entries that save layers, and whether they take the selected ones only."""
JUST_NOW = 5.0
"""Seconds: napari has written the file when its entry of the menu ends."""


class SavedFileCheck(PanelPart):
    """Warning when napari's Save has written a layer of the atlas without its place.

    napari offers its own writer first; its TIFF states neither voxel size nor origin nor recipe.
    It does not say which writer has run, so the file itself is looked at.
    """

    def __init__(self, panel: AtlasPanel) -> None:
        super().__init__(panel)
        self._follows = False

    def follow(self) -> None:
        """Check the file after each use of napari's entries in the File menu."""
        if self._follows:
            return
        self._follows = True
        for action in self._panel.viewer.window.file_menu.actions():
            selected = ACTIONS.get(action.objectName())
            if selected is not None:
                action.triggered.connect(lambda _=False, s=selected: self.check(s))

    def check(self, selected: bool) -> None:
        """Look at the file that was written just now, if layers of an atlas were saved."""
        viewer = self._panel.viewer
        layers = viewer.layers.selection if selected else viewer.layers
        if not any(_has_place(layer) for layer in layers):
            return
        path = _find_latest()
        if path is None or states_voxel_size(path):
            return
        text = f"{path.name}: napari's own writer kept neither voxel size nor place"
        if active_mask(viewer) is not None:
            save = self._panel.selecting.save_mask
            self._panel.error.show_text(f"{text} nor recipe; use Save mask…", "Save mask…", save)
        else:
            self._panel.error.show_text(
                f"{text}; save it again with the file type “Labels with their place” or “Image "
                f"with its place”"
            )


def states_voxel_size(path: Path) -> bool:
    """Return whether a file is a volume that states its voxel size."""
    try:
        return is_volume(path) and read_volume_header(path).spacing_known
    except (AtlasError, OSError):
        return False


def _has_place(layer: Any) -> bool:
    info = info_of(layer)
    return info is not None and info.atlas is not None and layer.ndim == 3


def _find_latest() -> Path | None:
    """Find the file in napari's latest folder that was written just now; None if there is none."""
    from napari.utils.history import get_save_history

    folder = Path(next(iter(get_save_history()), ""))
    try:
        files = [(entry.stat().st_mtime, entry) for entry in folder.iterdir() if entry.is_file()]
    except OSError:
        return None
    written, path = max(files, default=(0.0, folder))
    return path if time.time() - written < JUST_NOW else None
