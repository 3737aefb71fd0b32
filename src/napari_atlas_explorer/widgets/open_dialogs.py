"""Asking for what to open."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import QObject, Qt
from qtpy.QtWidgets import QFileDialog

from ..core.errors import SeveralAtlasesError
from ..files.region_tables import TABLE_SUFFIXES
from ..plugin.session_file import SUFFIX
from .atlas_choice import AtlasChoice

if TYPE_CHECKING:
    from .atlas_dock import AtlasDock

TABLE_FILTER = f"Tables of regions ({' '.join(f'*{s}' for s in TABLE_SUFFIXES)});;All files (*)"
FILE_FILTER = (
    "Atlases and sessions (*.nrrd *.nhdr *.tif *.tiff *.nii *.nii.gz *.mha *.mhd *.tar.gz *.tar.xz "
    f"*.tgz *.zip *{SUFFIX});;All files (*)"
)


class OpenDialogs(QObject):
    """Dialogs of an atlas dock that lead to an atlas or a table."""

    def __init__(self, dock: AtlasDock) -> None:
        super().__init__(dock)
        self._dock = dock

    def ask_folder(self) -> None:
        """Ask for a folder and open it."""
        chosen = QFileDialog.getExistingDirectory(self._dock, "Open an atlas folder")
        if chosen:
            self._dock.open_path(Path(chosen))

    def ask_file(self) -> None:
        """Ask for a file and open it."""
        chosen, _ = QFileDialog.getOpenFileName(self._dock, "Open an atlas file", "", FILE_FILTER)
        if chosen:
            self._dock.open_path(Path(chosen))

    def ask_table(self) -> None:
        """Ask for a table of regions to take in the place of the atlas's own."""
        path = self._dock.session.path
        if path is None:
            return
        title = "Regions from a table"
        chosen, _ = QFileDialog.getOpenFileName(self._dock, title, "", TABLE_FILTER)
        if chosen:
            self._dock.error.setVisible(False)
            self._dock.session.open_with_table(path, Path(chosen))

    def ask_which(self, several: SeveralAtlasesError) -> None:
        """Ask which of several atlases to open."""
        form = AtlasChoice(several, self._dock)
        form.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        form.chosen.connect(self._dock.open_path)
        form.open()
