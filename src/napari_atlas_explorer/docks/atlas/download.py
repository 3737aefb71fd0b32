"""Gallery of atlases to download or open; there is no network access before a button is pressed."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Qt
from qtpy.QtGui import QKeySequence, QShortcut
from qtpy.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ...atlases.download.allen import allen_names
from ...atlases.download.atlas import DownloadResult, download_atlas, find_downloaded
from ...atlases.download.brainglobe import (
    HOW_TO_INSTALL,
    LIBRARY,
    brainglobe_atlases,
    is_installed,
)
from ...atlases.download.facts import DownloadFacts, facts_of
from ...atlases.local.catalogue import downloads_folder
from ..common.background import BackgroundJob, Progress
from ..common.error_messages import ErrorLine
from ..common.table import prepare_table
from ..common.theme import PanelColors
from ..common.widgets import ElidedLabel, make_text, plain_tip, without_margins

if TYPE_CHECKING:
    from .panel import AtlasPanel

STEPS = 1000
STOPPED = "Stopped. The downloaded part is kept; Download resumes from there."
NETWORK = "Nothing is downloaded before you press Download."
FOREIGN = "BrainGlobe has more atlases: mouse, rat, zebrafish, human and other species."
PLUGINS = "napari_plugin_manager"

# ---- The table -----------------------------------------------------------------------------------

TITLE, SPECIES, VOXEL, SIZE, HERE, NAME = range(6)
HEADERS = ("Atlas", "Species", "Voxel, µm", "Size, MB", "Here", "Name")
NUMERIC = (VOXEL, SIZE)
NAME_WIDTH = 180
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class _NumberItem(QTableWidgetItem):
    """Cell of a number; an empty one is sorted behind all numbers."""

    def __lt__(self, other: Any) -> bool:
        one, two = (item.data(Qt.ItemDataRole.DisplayRole) for item in (self, other))
        return one is not None and (two is None or one < two)


class AtlasTable(QTableWidget):
    """Table of atlases with what is known of each; one can be selected."""

    def __init__(self) -> None:
        super().__init__(0, len(HEADERS))
        self.setAccessibleName("Atlases")
        self.setHorizontalHeaderLabels(HEADERS)
        prepare_table(self, 5)
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 12)
        self.setStyleSheet(
            "QTableWidget::item {padding: 0px 8px;} QHeaderView::section {padding: 3px 8px;}"
        )
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        # What tells one variant from another is at the end of its name.
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(TITLE, QHeaderView.ResizeMode.Stretch)
        # As wide as the longest name of BrainGlobe's it would leave the titles no room.
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Interactive)
        self.setColumnWidth(NAME, NAME_WIDTH)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column in NUMERIC:
            self.horizontalHeaderItem(column).setTextAlignment(RIGHT)
        self.horizontalHeaderItem(SIZE).setToolTip(
            "Of the whole download; empty where nobody has measured it"
        )
        self.horizontalHeaderItem(HERE).setToolTip("Whether it is on this computer")

    def add(self, atlases: Iterable[DownloadFacts]) -> None:
        """Add atlases that the table does not hold yet."""
        known = set(self.names())
        # Sorted while it is filled, a row would change its place between its cells.
        self.setSortingEnabled(False)
        for facts in atlases:
            if facts.name not in known:
                self._add_row(facts)
        self.setSortingEnabled(True)

    def _add_row(self, facts: DownloadFacts) -> None:
        row = self.rowCount()
        self.insertRow(row)
        size = None if facts.size is None else _to_megabytes(facts.size)
        cells = (facts.title, facts.species, facts.voxel_size, size, "", facts.name)
        for column, cell in enumerate(cells):
            item = _NumberItem() if column in NUMERIC else QTableWidgetItem()
            item.setToolTip(plain_tip(f"{facts.title}\n{facts.name}"))
            if column in NUMERIC:
                item.setTextAlignment(RIGHT)
            if cell is not None:
                item.setData(Qt.ItemDataRole.DisplayRole, cell)
            self.setItem(row, column, item)

    def names(self) -> list[str]:
        """Return the names of all atlases, in the order of the rows."""
        return [str(self.item(row, NAME).text()) for row in range(self.rowCount())]

    def chosen(self) -> str:
        """Return the name of the selected atlas, "" for none."""
        rows = self.selectionModel().selectedRows(NAME)
        return str(rows[0].data()) if rows and not self.isRowHidden(rows[0].row()) else ""

    def mark(self, here: Iterable[str]) -> None:
        """Mark the atlases that are on this computer."""
        present = set(here)
        for row, name in enumerate(self.names()):
            item = self.item(row, HERE)
            item.setText("✓" if name in present else "")
            role = Qt.ItemDataRole.AccessibleTextRole
            item.setData(role, "on this computer" if name in present else "")

    def filter(self, text: str) -> None:
        """Show the rows that hold all words; a single one is selected."""
        words = text.casefold().split()
        for row in range(self.rowCount()):
            cells = " ".join(self.item(row, c).text() for c in range(self.columnCount()))
            self.setRowHidden(row, not all(word in cells.casefold() for word in words))
        shown = self.shown_rows()
        if self.selectionModel().hasSelection() and not self.chosen():
            self.clearSelection()
        if len(shown) == 1:
            self.selectRow(shown[0])

    def shown_rows(self) -> list[int]:
        """Return the rows that the filter leaves."""
        return [row for row in range(self.rowCount()) if not self.isRowHidden(row)]


# ---- The dialog ----------------------------------------------------------------------------------


class DownloadDialog(QDialog):
    """Dialog that shows the atlases that can be had, downloads one, and opens it.

    Parameters
    ----------
    panel
        The atlas panel, which opens it.
    """

    def __init__(self, panel: AtlasPanel) -> None:
        super().__init__(panel)
        self._panel = panel
        self.downloaded: DownloadResult | None = None
        self._here: dict[str, Path] = {}
        self.worker = BackgroundJob(self)
        self.asking = BackgroundJob(self)
        self.looking = BackgroundJob(self)
        self.setWindowTitle("Get an atlas")
        self._build()
        self._connect()
        self.atlases.add(map(facts_of, allen_names()))
        self.refresh()
        self.setMinimumSize(640, 420)
        self.resize(880, 560)

    # ---- Building --------------------------------------------------------------------------

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        self.filter = QLineEdit()
        self.filter.setAccessibleName("Filter")
        self.filter.setPlaceholderText("Filter: name, species, voxel size")
        self.filter.setClearButtonEnabled(True)
        self.atlases = AtlasTable()
        self.about = _make_wrapping_label()
        self.about.setTextFormat(Qt.TextFormat.RichText)
        self.about.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
        self.about.setOpenExternalLinks(True)
        layout.addWidget(self.filter)
        layout.addWidget(self.atlases, 1)
        layout.addWidget(self.about)
        layout.addWidget(self._build_brainglobe())
        layout.addLayout(self._build_form())
        self.bar = QProgressBar()
        self.bar.setRange(0, STEPS)
        self.bar.setTextVisible(False)
        self.stage = ElidedLabel("", elide=Qt.TextElideMode.ElideMiddle)
        self.state = _make_wrapping_label(NETWORK)
        self.error = ErrorLine()
        for widget in (self.bar, self.stage, self.state, self.error):
            layout.addWidget(widget)
        buttons = QHBoxLayout()
        self.start = QPushButton("Download")
        self.cancel = QPushButton("Cancel")
        self.done_ = QPushButton("Close")
        for button in (self.start, self.cancel, self.done_):
            button.setAutoDefault(False)
        self.start.setDefault(True)
        self.start.setStyleSheet("font-weight: bold;")
        buttons.addStretch(1)
        for button in (self.start, self.cancel, self.done_):
            buttons.addWidget(button)
        layout.addLayout(buttons)

    def _build_brainglobe(self) -> QWidget:
        """Build the way to BrainGlobe's list, or to the library that it needs."""
        self.foreign = _make_wrapping_label(FOREIGN)
        self.brainglobe = QPushButton("List BrainGlobe's atlases")
        self.brainglobe.setToolTip("Asks BrainGlobe's server for the names")
        self.command = QLineEdit(HOW_TO_INSTALL)
        self.command.setAccessibleName("Command that installs BrainGlobe's library")
        self.command.setReadOnly(True)
        self.copy = QPushButton("Copy")
        self.copy.setAccessibleName("Copy the command")
        rows = QWidget()
        column = without_margins(QVBoxLayout(rows), 4)
        line = QHBoxLayout()
        line.addWidget(self.foreign, 1)
        line.addWidget(self.brainglobe)
        column.addLayout(line)
        line = QHBoxLayout()
        line.addWidget(self.command, 1)
        line.addWidget(self.copy)
        column.addLayout(line)
        return rows

    def _build_form(self) -> QFormLayout:
        form = QFormLayout()
        self.address = QLineEdit()
        self.address.setAccessibleName("Address")
        self.address.setPlaceholderText("https://… of an archive, a file, a VoxelBrain release")
        self.address.setClearButtonEnabled(True)
        form.addRow("Or an address", self.address)
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
        return form

    def _connect(self) -> None:
        self.filter.textChanged.connect(self.atlases.filter)
        down = QShortcut(QKeySequence(Qt.Key.Key_Down), self.filter)
        down.setContext(Qt.ShortcutContext.WidgetShortcut)
        down.activated.connect(self._enter_table)
        self.atlases.itemSelectionChanged.connect(self._on_chosen)
        # Return goes to the default button, whatever has the focus.
        self.atlases.doubleClicked.connect(lambda _: self.proceed())
        self.address.textEdited.connect(self._on_address)
        self.choose.clicked.connect(self._ask_folder)
        self.brainglobe.clicked.connect(self.list_brainglobe)
        self.copy.clicked.connect(self._copy_command)
        self.start.clicked.connect(self.proceed)
        self.cancel.clicked.connect(self.stop)
        self.done_.clicked.connect(self.reject)
        self.worker.progressed.connect(self._on_progress)
        self.worker.failed.connect(self._on_failed)
        self.asking.failed.connect(self._on_failed)
        self._panel.viewer.events.theme.connect(self._on_theme)

    # ---- Input -----------------------------------------------------------------------------

    def read_request(self) -> str:
        """Return the name or address, "" where there is none."""
        return str(self.address.text()).strip() or self.atlases.chosen()

    def _on_chosen(self) -> None:
        if self.atlases.chosen():
            self.address.clear()
        self._on_change()

    def _on_address(self) -> None:
        if self.address.text():
            self.atlases.clearSelection()
        self._on_change()

    def _on_change(self) -> None:
        self.downloaded = None
        self.error.show_text("")
        self.state.setText(NETWORK)
        self.refresh()

    def _enter_table(self) -> None:
        shown = self.atlases.shown_rows()
        if shown and not self.atlases.chosen():
            self.atlases.selectRow(shown[0])
        self.atlases.setFocus()

    def _ask_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, "Folder for atlases", self.folder.text())
        if chosen:
            self.folder.setText(chosen)

    def _copy_command(self) -> None:
        QApplication.clipboard().setText(HOW_TO_INSTALL)
        self.copy.setText("Copied")

    # ---- BrainGlobe ------------------------------------------------------------------------

    def list_brainglobe(self) -> None:
        """Ask for BrainGlobe's names."""
        self.error.show_text("")
        self.brainglobe.setEnabled(False)
        self.state.setText("Asking BrainGlobe for its atlases…")

        def work(report: Progress) -> list[str]:
            return list(brainglobe_atlases(lambda: report(0.0)))

        self.asking.start("Asking BrainGlobe", work, self._on_names)

    def _on_names(self, names: list[str]) -> None:
        self.atlases.add(map(facts_of, names))
        self.atlases.filter(self.filter.text())
        self.foreign.setText(f"BrainGlobe's {len(names)} atlases are in the list.")
        self.state.setText(NETWORK)
        self.refresh()
        self.look()

    # ---- What is here already --------------------------------------------------------------

    def showEvent(self, event: Any) -> None:  # noqa: N802
        """Look for what is on this computer; type into the filter."""
        super().showEvent(event)
        self.filter.setFocus()
        self.look()

    def look(self) -> None:
        """Look in the background which atlases are on this computer: a disk may be slow."""
        names = self.atlases.names()
        self.looking.start(
            "Looking for atlases", lambda report: find_downloaded(names, report), self._on_found
        )

    def _on_found(self, here: dict[str, Path]) -> None:
        self._here = here
        self.atlases.mark(here)
        self.refresh()

    def _find_open_path(self) -> Path | None:
        """Return what the button opens, None where it downloads."""
        if self.downloaded is not None:
            return Path(self.downloaded.path)
        return None if self.address.text() else self._here.get(self.atlases.chosen())

    # ---- Downloading -----------------------------------------------------------------------

    def proceed(self) -> None:
        """Open the chosen atlas where it is here; else download it, or resume that."""
        request, path = self.read_request(), self._find_open_path()
        if self.worker.busy or not (request or path):
            return
        if path is not None:
            self.accept()
            self._panel.dialogs.open_instead(path)
            return
        folder = str(self.folder.text()).strip() or None
        self.error.show_text("")
        self.worker.start(
            "connecting",
            lambda progress: download_atlas(request, folder, step=progress),
            self._on_downloaded,
        )
        self._on_progress(0.0, "connecting")
        self.refresh()
        self.cancel.setFocus()

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
        self.start.setFocus()
        self.look()

    def _on_failed(self, exc: BaseException) -> None:
        self.error.show_error(exc)
        self.state.setText("")
        self.refresh()

    def reject(self) -> None:
        """Close; stop a running download."""
        if self.worker.busy:
            self.stop()
        self.asking.stop()
        super().reject()

    # ---- What is shown ---------------------------------------------------------------------

    def _on_theme(self, event: Any) -> None:
        self.refresh()

    def refresh(self) -> None:
        """Enable the buttons that can be used now, and say what is chosen."""
        busy, installed = self.worker.busy, is_installed()
        path = self._find_open_path()
        for widget in (self.filter, self.atlases, self.address, self.folder, self.choose):
            widget.setEnabled(not busy)
        self.brainglobe.setEnabled(not busy and not self.asking.busy)
        self.brainglobe.setVisible(installed)
        if not installed:
            self.foreign.setText(f"{FOREIGN} {_explain_library()}")
        self.command.setVisible(not installed)
        self.copy.setVisible(not installed)
        self.start.setText("Open" if path is not None else self._name_download())
        self.start.setEnabled(not busy and bool(path or self.read_request()))
        self.cancel.setVisible(busy)
        self.bar.setVisible(busy)
        self.stage.setVisible(busy)
        self.state.setVisible(not busy and bool(self.state.text()))
        colors = PanelColors.of_theme(self._panel.viewer.theme)
        self.about.setText(self._describe_chosen(colors))
        self.error.label.setStyleSheet(f"color: {colors.error.name()};")
        for label in (self.state, self.foreign, self.about):
            label.setStyleSheet(f"color: {colors.muted.name()};")

    def _name_download(self) -> str:
        chosen = self.atlases.chosen()
        size = facts_of(chosen).size if chosen and not self.address.text() else None
        return "Download" if size is None else f"Download ({_to_megabytes(size):g} MB)"

    def _describe_chosen(self, colors: PanelColors) -> str:
        """Return what to cite and whose terms hold, as links."""
        chosen = self.atlases.chosen()
        if not chosen:
            return "Choose an atlas to see what to cite and whose terms hold."
        facts = facts_of(chosen)
        size = "" if facts.size or chosen in self._here else "size not known beforehand"
        cite = f"cite {_make_link(facts.citation, colors)}" if facts.citation else ""
        terms, _, address = facts.license.rpartition(": ")
        license_ = _make_link(address, colors, terms) if facts.license else ""
        parts = [escape(facts.title), cite, license_, size]
        return " · ".join(part for part in parts if part)


def _to_megabytes(size: int) -> float:
    """Return bytes as MB of two digits or more."""
    return round(size / 1e6, 1) if size < 10e6 else round(size / 1e6)


def _make_link(address: str, colors: PanelColors, text: str = "") -> str:
    shown = escape(text or address.removeprefix("https://doi.org/").removeprefix("https://"))
    return f'<a href="{escape(address)}" style="color: {colors.link.name()}">{shown}</a>'


def _explain_library() -> str:
    """Say how the library gets here, for those who use no terminal too where that is possible."""
    other = ""
    if find_spec(PLUGINS) is not None:
        name = LIBRARY.replace("_", "-")
        other = f", or name {name} in Plugins › Install/Uninstall Plugins…"
    return (
        f"They come through its own library, to be installed once: run this line in the terminal "
        f"that you start napari from{other}; then start napari again."
    )


def _make_wrapping_label(text: str = "") -> QLabel:
    label = make_text(text)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
