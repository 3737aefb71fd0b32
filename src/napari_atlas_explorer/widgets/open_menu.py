"""The dock's menu of what to open: known at once, looked for anew beside the window."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import QEvent, QObject
from qtpy.QtWidgets import QFileDialog, QMenu

from ..atlases.catalogue import Catalogue, remembered, rescanned
from ..atlases.named_folders import name_folder
from ..core.errors import AtlasError
from ..plugin.config import read_config
from ..plugin.recent import FILE, MAX_RECENT, recent_paths
from .background import Background, Report
from .download_dialog import DownloadDialog

if TYPE_CHECKING:
    from .atlas_dock import AtlasDock

Found = tuple[Catalogue, list[Path]]


class OpenMenu(QObject):
    """Shows what the last scan found, and what the next one finds when it has.

    A folder may lie on a network disk that does not answer: in the window's thread only the
    cache's and the settings' small files are read.
    """

    def __init__(self, dock: AtlasDock) -> None:
        super().__init__(dock)
        self._dock = dock
        self.menu = QMenu(dock)
        self.menu.setToolTipsVisible(True)
        self.atlases = QMenu("Atlases on this computer", self.menu)
        self.atlases.setToolTipsVisible(True)
        self.catalogue: Catalogue | None = None
        self.download: DownloadDialog | None = None
        self._gone: set[Path] = set()
        self.scanning = Background(self)
        self.menu.aboutToShow.connect(self._on_shown)
        dock.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """End what is being done when the dock is closed: napari then takes it out of its frame."""
        if event.type() == QEvent.Type.ParentChange and self._dock.parent() is None:
            self.scanning.stop()
            if self.download is not None:
                self.download.reject()
        return False

    def _on_shown(self) -> None:
        if self.catalogue is None:
            self.catalogue = remembered()
        self._fill(self.catalogue)
        if not self.scanning.busy:  # a disk that does not answer is not asked twice
            self.scanning.start("Looking for atlases", _look, self._on_found)

    def _on_found(self, found: Found) -> None:
        catalogue, recent = found
        gone = {*_remembered_recent()} - {*recent}
        changed = (catalogue, gone) != (self.catalogue, self._gone)
        self.catalogue, self._gone = catalogue, gone
        if changed:
            self._fill(catalogue)

    def _fill(self, catalogue: Catalogue) -> None:
        menu, dock = self.menu, self._dock
        menu.clear()
        menu.addAction("Folder…", dock.dialogs.ask_folder)
        menu.addAction("File…", dock.dialogs.ask_file)
        menu.addAction("Sample atlas", dock.open_sample)
        self._fill_atlases(catalogue)
        menu.addMenu(self.atlases)
        menu.addAction("Download an atlas…", self.show_download)
        recent = [path for path in _remembered_recent() if path not in self._gone]
        if recent:
            menu.addSeparator()
        for path in recent:
            action = menu.addAction(path.name)
            action.setToolTip(str(path))
            action.triggered.connect(lambda _=False, p=path: dock.open_path(p))

    def _fill_atlases(self, catalogue: Catalogue) -> None:
        self.atlases.clear()
        for atlas in catalogue.entries:
            action = self.atlases.addAction(atlas.title)
            action.setToolTip(str(atlas.path))
            action.triggered.connect(lambda _=False, p=atlas.path: self._dock.open_path(p))
        if not catalogue.entries:
            self.atlases.addAction("none found yet").setEnabled(False)
        self.atlases.addSeparator()
        add = self.atlases.addAction("Add a folder of atlases…", self.ask_folder)
        add.setToolTip(f"Looked in: {catalogue.where()}" if catalogue.looked else "")

    def ask_folder(self) -> None:
        """Ask for a folder whose atlases are to be listed from now on."""
        chosen = QFileDialog.getExistingDirectory(self._dock, "Add a folder of atlases")
        if not chosen:
            return
        try:
            name_folder(chosen)
        except (AtlasError, OSError) as exc:
            self._dock.show_error(exc)

    def show_download(self) -> None:
        """Show the form that downloads an atlas, as it was left."""
        if self.download is None:
            self.download = DownloadDialog(self._dock)
        self.download.show()
        self.download.raise_()
        self.download.activateWindow()


def _look(report: Report) -> Found:
    """Look into every folder, and at the files opened lately; in a worker."""
    return rescanned(report), recent_paths()


def _remembered_recent() -> list[Path]:
    """Paths opened lately, from the settings alone: some may be gone."""
    entries = read_config(FILE)
    if not isinstance(entries, list):
        return []
    return [Path(e) for e in entries if isinstance(e, str)][:MAX_RECENT]
