"""Menus of the atlas panel: atlases to open, and further commands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtWidgets import QApplication, QFileDialog, QMenu, QMessageBox

from ...atlases.local.catalogue import Catalogue, read_last_scan, rescan
from ...atlases.local.named_folders import name_folder
from ...atlases.local.recent import listed_paths, recent_paths
from ...atlases.local.remembered import Overrides, remembered_overrides
from ...core.errors import AtlasError
from ...viewer.display import AtlasDisplay
from ...viewer.layer_info import dataset_of
from ...viewer.layers import dataset_layer, further_datasets
from ...viewer.reader import is_default, set_default
from ..common.background import BackgroundJob, Progress
from ..common.page import PanelPart
from .download import DownloadDialog
from .lookup_text import explain_lookup

if TYPE_CHECKING:
    from .panel import AtlasPanel


# ---- The open menu -------------------------------------------------------------------------------

Scan = tuple[Catalogue, list[Path]]


class OpenMenu(PanelPart):
    """Menu of atlases from the last scan, updated by a new scan in a worker.

    A folder may be on a network disk that does not answer: in the window's thread only the
    cache's and the settings' small files are read.
    """

    def __init__(self, panel: AtlasPanel) -> None:
        super().__init__(panel)
        self.menu = QMenu(panel)
        self.menu.setToolTipsVisible(True)
        self.atlases = QMenu("Atlases on this computer", self.menu)
        self.atlases.setToolTipsVisible(True)
        self.catalogue: Catalogue | None = None
        self.download: DownloadDialog | None = None
        self._gone: set[Path] = set()
        self.scanning = BackgroundJob(self)
        self.menu.aboutToShow.connect(self._on_shown)

    def _on_shown(self) -> None:
        if self.catalogue is None:
            self.catalogue = read_last_scan()
        self._fill(self.catalogue)
        if not self.scanning.busy:  # a disk that does not answer is not asked twice
            self.scanning.start("Looking for atlases", _find_atlases, self._on_found)

    def _on_found(self, scan: Scan) -> None:
        catalogue, recent = scan
        gone = {*listed_paths()} - {*recent}
        changed = (catalogue, gone) != (self.catalogue, self._gone)
        self.catalogue, self._gone = catalogue, gone
        if changed:
            self._fill(catalogue)

    def _fill(self, catalogue: Catalogue) -> None:
        menu, panel = self.menu, self._panel
        menu.clear()
        menu.addAction("Folder…", panel.dialogs.ask_folder)
        menu.addAction("File…", panel.dialogs.ask_file)
        menu.addAction("Sample atlas", panel.open_sample)
        self._fill_atlases(catalogue)
        menu.addMenu(self.atlases)
        menu.addAction("Get an atlas…", self.show_download)
        recent = [path for path in listed_paths() if path not in self._gone]
        if recent:
            menu.addSeparator()
        for path in recent:
            action = menu.addAction(path.name)
            action.setToolTip(str(path))
            action.triggered.connect(lambda _=False, p=path: panel.dialogs.open_instead(p))

    def _fill_atlases(self, catalogue: Catalogue) -> None:
        self.atlases.clear()
        for atlas in catalogue.entries:
            action = self.atlases.addAction(atlas.title)
            action.setToolTip(str(atlas.path))
            action.triggered.connect(
                lambda _=False, p=atlas.path: self._panel.dialogs.open_instead(p)
            )
        if not catalogue.entries:
            self.atlases.addAction("none found yet").setEnabled(False)
        self.atlases.addSeparator()
        add = self.atlases.addAction("Add a folder of atlases…", self.ask_folder)
        add.setToolTip(f"Looked in: {catalogue.where()}" if catalogue.looked else "")

    def ask_folder(self) -> None:
        """Ask for a folder of atlases to list from now on."""
        chosen = QFileDialog.getExistingDirectory(self._panel, "Add a folder of atlases")
        if not chosen:
            return
        try:
            name_folder(chosen)
        except (AtlasError, OSError) as exc:
            self._panel.show_error(exc)

    def show_download(self) -> None:
        """Show the download form as it was left."""
        if self.download is None:
            self.download = DownloadDialog(self._panel)
        self.download.show()
        self.download.raise_()
        self.download.activateWindow()


def _find_atlases(report: Progress) -> Scan:
    """Scan every folder and the recently opened files; in a worker."""
    return rescan(report), recent_paths()


# ---- The head menus ------------------------------------------------------------------------------


class MoreMenu:
    """Menus of the two buttons in the panel's header."""

    def __init__(self, panel: AtlasPanel) -> None:
        self._panel = panel
        self.opening = OpenMenu(panel)
        self.open_menu = self.opening.menu
        self.menu = QMenu(panel)
        self.menu.aboutToShow.connect(self._fill)

    def _fill(self) -> None:
        menu, panel = self.menu, self._panel
        menu.clear()
        display = panel.display
        layer = panel.viewer.layers.selection.active
        if display is not None:
            self._add_datasets(menu.addMenu("Datasets"), display)
            menu.addAction("Color by a file…", panel.analysis.files.ask_values)
            menu.addAction("Import points…", panel.analysis.files.ask_points)
            menu.addSeparator()
            panel.masks.fill_menu(menu.addMenu("Mask in the active layer"))
            menu.addAction("Save figure…", panel.figures.ask)
            menu.addAction("Save session…", panel.sessions.ask_save)
            menu.addAction("Orientation and voxel size…", panel.ask_overrides)
            path = panel.session.path
            if path is not None:
                menu.addAction("Regions from a table…", panel.dialogs.ask_table)
                forget = menu.addAction("Discard my settings for these files")
                forget.setEnabled(remembered_overrides(path) != Overrides())
                forget.triggered.connect(lambda _=False: panel.session.open_as_stored(path))
            menu.addAction("Add annotation with atlas ids", display.add_id_layer)
            menu.addAction("Explain the voxel in the middle", self.copy_explanation)
            menu.addSeparator()
            history = panel.session.history
            for text, step, run in (
                ("Undo", history.last, history.undo),
                ("Redo", history.next, history.redo),
            ):
                action = menu.addAction(f"{text} {step.name}" if step is not None else text, run)
                action.setEnabled(step is not None)
            menu.addSeparator()
        use = menu.addAction("Use the selected layer as annotation", self.use_selected_layer)
        use.setEnabled(layer is not None and getattr(layer, "ndim", 0) == 3)
        default = menu.addAction("Open atlas files here without asking")
        default.setCheckable(True)
        default.setChecked(is_default())
        default.triggered.connect(set_default)
        menu.addAction("Keys… (F1)", self.show_keys)

    def _add_datasets(self, menu: QMenu, display: AtlasDisplay) -> None:
        """List every dataset of the package; ticked ones are in the viewer."""
        atlas = display.atlas
        present = {dataset_of(layer) for layer in self._panel.viewer.layers}
        for name in further_datasets(atlas):
            action = menu.addAction(name)
            action.setCheckable(True)
            action.setChecked(name in present)
            action.triggered.connect(
                lambda on, n=name: self.add_dataset(n) if on else self.remove_dataset(n)
            )

    def add_dataset(self, name: str) -> None:
        """Add a dataset of the atlas as a layer."""
        from napari.layers import Layer

        display = self._panel.display
        if display is None:
            return
        try:
            layer = Layer.create(*dataset_layer(display.atlas, name))
        except AtlasError as exc:
            self._panel.show_error(exc)
            return
        layer.visible = True
        self._panel.viewer.add_layer(layer)

    def remove_dataset(self, name: str) -> None:
        """Remove the layers of a dataset."""
        layers = self._panel.viewer.layers
        for layer in list(layers):
            if dataset_of(layer) == name:
                layers.remove(layer)

    def use_selected_layer(self) -> None:
        """Use the selected layer as annotation."""
        self._panel.session.use_layer(self._panel.viewer.layers.selection.active)

    def offer_as_image(self) -> None:
        """Explain how the volume was judged, and offer to show it as an image."""
        display = self._panel.display
        if display is None:
            return
        statements = [a.statement for a in display.atlas.assumptions if a.quantity == "kind"]
        box = QMessageBox(self._panel)
        box.setWindowTitle("Annotation or image?")
        box.setText("; ".join(statements))
        image = box.addButton("Show it as an image", QMessageBox.ButtonRole.AcceptRole)
        box.addButton("It is an annotation", QMessageBox.ButtonRole.RejectRole)
        box.buttonClicked.connect(
            lambda b: self._panel.session.show_as_image() if b is image else None
        )
        box.open()

    def copy_explanation(self) -> None:
        """Copy the command and the Python line that look up the middle of the view."""
        display = self._panel.display
        if display is None:
            return
        from napari.utils.notifications import show_info

        hit = display.hit_at(display.point_at(self._panel.viewer.dims.point))
        if hit is not None and hit.index is not None:
            text = explain_lookup(display.atlas, hit.index, self._panel.session.path)
            QApplication.clipboard().setText(text)
            show_info("Copied the command and the Python line for this lookup")

    def show_keys(self) -> None:
        """Show the keys of the panel."""
        box = QMessageBox(self._panel)
        box.setWindowTitle("Keys in the atlas panel")
        box.setText(f"<pre>{self._panel.help_text()}</pre>")
        box.open()
