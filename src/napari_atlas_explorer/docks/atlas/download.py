"""Form for downloading an atlas; there is no network access before a button is pressed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
)

from ...atlases.download.allen import allen_names
from ...atlases.download.atlas import DownloadResult, download_atlas
from ...atlases.download.brainglobe import brainglobe_atlases, install_hint, is_installed
from ...atlases.local.catalogue import downloads_folder
from ..common.background import BackgroundJob, Progress
from ..common.remedies import error_text
from ..common.widgets import ElidedLabel, make_text

if TYPE_CHECKING:
    from .panel import AtlasPanel

STEPS = 1000
STOPPED = "Stopped. The downloaded part is kept; Download resumes from there."
NETWORK = "Nothing is downloaded before you press Download."


class DownloadDialog(QDialog):
    """Dialog that asks for a name or address, downloads the atlas, and offers to open it.

    Parameters
    ----------
    panel
        The atlas panel, which opens it.
    """

    def __init__(self, panel: AtlasPanel) -> None:
        super().__init__(panel)
        self._panel = panel
        self.downloaded: DownloadResult | None = None
        self.worker = BackgroundJob(self)
        self.asking = BackgroundJob(self)
        self.setWindowTitle("Download an atlas")
        self.setMinimumWidth(480)
        self._build()
        self._connect()
        self.refresh()

    # ---- Building --------------------------------------------------------------------------

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.addWidget(QLabel("Choose a name, or give an address."))
        self.names = QListWidget()
        self.names.setAccessibleName("Names of atlases")
        self.names.addItems(allen_names())
        self.names.setMinimumHeight(120)
        layout.addWidget(self.names, 1)
        self.brainglobe = QPushButton("List BrainGlobe's atlases")
        self.brainglobe.setEnabled(is_installed())
        self.brainglobe.setToolTip(
            "Asks BrainGlobe's server for the names" if is_installed() else install_hint()
        )
        self.without = _make_wrapping_label("" if is_installed() else f"{install_hint()}.")
        layout.addWidget(self.brainglobe)
        layout.addWidget(self.without)
        form = QFormLayout()
        self.address = QLineEdit()
        self.address.setAccessibleName("Address")
        self.address.setPlaceholderText("https://… of an archive, a file, a VoxelBrain release")
        self.address.setClearButtonEnabled(True)
        form.addRow("Address", self.address)
        row = QHBoxLayout()
        self.folder = QLineEdit()
        self.folder.setAccessibleName("Folder")
        self.folder.setPlaceholderText(str(downloads_folder()))
        self.folder.setToolTip("Folder that the atlas is saved in; empty: this program's cache")
        self.choose = QPushButton("…")
        self.choose.setAccessibleName("Choose the folder")
        self.choose.setMaximumWidth(36)
        row.addWidget(self.folder, 1)
        row.addWidget(self.choose)
        form.addRow("Folder", row)
        layout.addLayout(form)
        self.bar = QProgressBar()
        self.bar.setRange(0, STEPS)
        self.bar.setTextVisible(False)
        self.stage = ElidedLabel("", elide=Qt.TextElideMode.ElideMiddle)
        self.state = _make_wrapping_label(NETWORK)
        self.error = _make_wrapping_label("")
        for widget in (self.bar, self.stage, self.state, self.error):
            layout.addWidget(widget)
        buttons = QHBoxLayout()
        self.start = QPushButton("Download")
        self.cancel = QPushButton("Cancel")
        self.open = QPushButton("Open")
        self.done_ = QPushButton("Close")
        for button in (self.start, self.cancel, self.open, self.done_):
            button.setAutoDefault(False)
        self.start.setDefault(True)
        buttons.addStretch(1)
        for button in (self.start, self.cancel, self.open, self.done_):
            buttons.addWidget(button)
        layout.addLayout(buttons)

    def _connect(self) -> None:
        self.names.itemSelectionChanged.connect(self._on_name)
        self.names.itemActivated.connect(lambda _: self.download())
        self.address.textEdited.connect(self._on_address)
        self.choose.clicked.connect(self._ask_folder)
        self.brainglobe.clicked.connect(self.list_brainglobe)
        self.start.clicked.connect(self.download)
        self.cancel.clicked.connect(self.stop)
        self.open.clicked.connect(self._open)
        self.done_.clicked.connect(self.reject)
        self.worker.progressed.connect(self._on_progress)
        self.worker.failed.connect(self._on_failed)
        self.asking.failed.connect(self._on_failed)

    # ---- Input -----------------------------------------------------------------------------

    def read_request(self) -> str:
        """Return the name or address, "" where there is none."""
        address = str(self.address.text()).strip()
        chosen = self.names.selectedItems()
        return address or (str(chosen[0].data(Qt.ItemDataRole.DisplayRole)) if chosen else "")

    def _on_name(self) -> None:
        if self.names.selectedItems():
            self.address.clear()
        self._on_change()

    def _on_address(self) -> None:
        if self.address.text():
            self.names.clearSelection()
        self._on_change()

    def _on_change(self) -> None:
        self.downloaded = None
        self.error.setText("")
        self.state.setText(NETWORK)
        self.refresh()

    def _ask_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, "Folder for atlases", self.folder.text())
        if chosen:
            self.folder.setText(chosen)

    def list_brainglobe(self) -> None:
        """Ask for BrainGlobe's names."""
        self.error.setText("")
        self.brainglobe.setEnabled(False)
        self.state.setText("Asking BrainGlobe for its atlases…")

        def work(report: Progress) -> list[str]:
            return list(brainglobe_atlases(lambda: report(0.0)))

        self.asking.start("Asking BrainGlobe", work, self._on_names)

    def _on_names(self, names: list[str]) -> None:
        known = {self.names.item(n).text() for n in range(self.names.count())}
        self.names.addItems([name for name in names if name not in known])
        self.state.setText(f"BrainGlobe offers {len(names)} atlases.")

    # ---- Downloading -----------------------------------------------------------------------

    def download(self) -> None:
        """Download the requested atlas; resume an earlier attempt."""
        request = self.read_request()
        if not request or self.worker.busy:
            return
        folder = str(self.folder.text()).strip() or None
        self.downloaded = None
        self.error.setText("")

        self.worker.start(
            "connecting",
            lambda progress: download_atlas(request, folder, step=progress),
            self._on_downloaded,
        )
        self._on_progress(0.0, "connecting")
        self.refresh()

    def stop(self) -> None:
        """Stop; the downloaded part is kept."""
        self.worker.stop()
        self.state.setText(STOPPED)
        self.refresh()

    def _on_progress(self, share: float, text: str) -> None:
        self.bar.setValue(int(STEPS * share))
        self.stage.setText(text)

    def _on_downloaded(self, done: DownloadResult) -> None:
        self.downloaded = done
        self.state.setText("\n".join([f"{done.name} is in {done.path}", *done.notes]))
        self.refresh()
        self.open.setFocus()

    def _on_failed(self, exc: BaseException) -> None:
        self.error.setText(error_text(exc))
        self.state.setText("")
        self.refresh()

    def _open(self) -> None:
        if self.downloaded is not None:
            self._panel.open_path(Path(self.downloaded.path))
            self.accept()

    def reject(self) -> None:
        """Close; stop a running download."""
        if self.worker.busy:
            self.stop()
        self.asking.stop()
        super().reject()

    def refresh(self) -> None:
        """Enable the buttons that can be used now."""
        busy = self.worker.busy
        for widget in (self.names, self.address, self.folder, self.choose):
            widget.setEnabled(not busy)
        self.brainglobe.setEnabled(not busy and not self.asking.busy and is_installed())
        self.brainglobe.setVisible(is_installed())
        self.without.setVisible(not is_installed())
        self.start.setEnabled(not busy and bool(self.read_request()))
        self.cancel.setEnabled(busy)
        self.open.setEnabled(self.downloaded is not None)
        self.bar.setVisible(busy)
        self.stage.setVisible(busy)
        self.state.setVisible(not busy and bool(self.state.text()))
        self.error.setVisible(bool(self.error.text()))
        colors = self._panel.colors
        self.error.setStyleSheet(f"color: {colors.error.name()};")
        for label in (self.state, self.without):
            label.setStyleSheet(f"color: {colors.muted.name()};")


def _make_wrapping_label(text: str) -> QLabel:
    label = make_text(text)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
