"""Start page, file dialogs, and the choice among several atlases."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from qtpy.QtCore import QEvent, QObject, Qt, QTimer, Signal
from qtpy.QtWidgets import (
    QFileDialog,
    QFrame,
    QLabel,
    QMessageBox,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ...analysis.dropped import Drop, is_for_atlas
from ...core.errors import SeveralAtlasesError
from ...formats.tables.regions import TABLE_SUFFIXES
from ...formats.volume_header import is_volume
from ...viewer.layer_info import is_users
from ...viewer.session_file import SUFFIX
from ..common.atlas_choice import FILE_FILTER, AtlasChoice
from ..common.page import PanelPart
from ..common.widgets import ElidedLabel, dropped_paths


class StartPage(QWidget):
    """Drop target with three buttons and the recently opened atlases."""

    folder_requested = Signal()
    file_requested = Signal()
    sample_requested = Signal()
    path_requested = Signal(str)
    back_requested = Signal()

    def __init__(self, parent: object = None) -> None:
        super().__init__(parent)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 12, 12, 12)
        layout.setSpacing(8)
        frame = QFrame()
        frame.setObjectName("drop_target")
        frame.setStyleSheet(
            "QFrame#drop_target {border: 2px dashed palette(mid); border-radius: 6px;}"
        )
        inside = QVBoxLayout(frame)
        inside.setContentsMargins(14, 22, 14, 22)
        inside.setSpacing(10)
        title = QLabel("Drop an atlas here")
        font = title.font()
        font.setPointSizeF(font.pointSizeF() * 1.25)
        font.setBold(True)
        title.setFont(font)
        title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        hint = QLabel(
            "a BrainGlobe, VoxelBrain or Allen CCF folder, an archive of one, "
            "or an annotation as NRRD or TIFF"
        )
        hint.setWordWrap(True)
        hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        inside.addWidget(title)
        inside.addWidget(hint)
        self.back = QPushButton()
        self.back.setObjectName("bring_back")
        self.back.setVisible(False)
        self.back.clicked.connect(self.back_requested)
        layout.addWidget(self.back)
        self.resume = QPushButton()
        self.resume.setObjectName("continue")
        self.resume.setVisible(False)
        self._resumed = ""
        self.resume.clicked.connect(lambda: self.path_requested.emit(self._resumed))
        layout.addWidget(self.resume)
        self.sample = QPushButton("Open the sample atlas")
        self.folder = QPushButton("Open folder…")
        self.file = QPushButton("Open file…")
        self.sample.clicked.connect(self.sample_requested)
        self.folder.clicked.connect(self.folder_requested)
        self.file.clicked.connect(self.file_requested)
        for button in (self.sample, self.folder, self.file):
            inside.addWidget(button)
        layout.addWidget(frame)
        self._recent_title = QLabel("Recent")
        layout.addWidget(self._recent_title)
        self._recent = QVBoxLayout()
        self._recent.setSpacing(4)
        layout.addLayout(self._recent)
        layout.addStretch(1)
        self.set_recent([])

    def set_closed(self, name: str) -> None:
        """Offer to bring back an atlas whose annotation layer was removed; "" for none."""
        self.back.setText(f"Bring back {name}")
        self.back.setToolTip(
            "Its annotation layer was removed, which closes the atlas; nothing else was changed"
        )
        self.back.setVisible(bool(name))

    def set_resumed(self, session: Path | None) -> None:
        """Offer to go on with a session that saved itself; None for none."""
        self.resume.setVisible(session is not None)
        if session is None:
            return
        day, _, rest = session.name.partition("-")
        time, _, name = rest.partition(" ")
        when = f"{day[:4]}-{day[4:6]}-{day[6:]} {time[:2]}:{time[2:4]}"
        self.resume.setText(f"Continue where you were: {name.removesuffix(SUFFIX)}")
        self.resume.setToolTip(f"The session of {when}, which saved itself: {session}")
        self._resumed = str(session)

    def set_recent(self, paths: Sequence[Path]) -> None:
        """List the recently opened atlases."""
        while (entry := self._recent.takeAt(0)) is not None:
            entry.widget().deleteLater()
        self._recent_title.setVisible(bool(paths))
        for path in paths:
            button = QPushButton()
            button.setFlat(True)
            button.setToolTip(str(path))
            button.setAccessibleName(f"Open {path.name}")
            inner = QVBoxLayout(button)
            inner.setContentsMargins(8, 2, 8, 2)
            label = ElidedLabel(path.name)
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            inner.addWidget(label)
            button.clicked.connect(lambda _=False, p=str(path): self.path_requested.emit(p))
            self._recent.addWidget(button)


# ---- Dialogs -------------------------------------------------------------------------------------

TABLE_FILTER = f"Tables of regions ({' '.join(f'*{s}' for s in TABLE_SUFFIXES)});;All files (*)"


class OpenDialogs(PanelPart):
    """Dialogs that open an atlas or a table."""

    def ask_folder(self) -> None:
        """Ask for an atlas folder and open it."""
        chosen = QFileDialog.getExistingDirectory(self._panel, "Open an atlas folder")
        if chosen:
            self.open_instead(Path(chosen))

    def ask_file(self) -> None:
        """Ask for an atlas file and open it."""
        chosen, _ = QFileDialog.getOpenFileName(self._panel, "Open an atlas file", "", FILE_FILTER)
        if chosen:
            self.open_instead(Path(chosen))

    def ask_table(self) -> None:
        """Ask for a table of regions to use instead of the atlas's own."""
        path = self._panel.session.path
        if path is None:
            return
        title = "Regions from a table"
        chosen, _ = QFileDialog.getOpenFileName(self._panel, title, "", TABLE_FILTER)
        if chosen:
            self._panel.tell("")
            self._panel.session.open_with_table(path, Path(chosen))

    def ask_which(self, several: SeveralAtlasesError) -> None:
        """Ask which of several atlases to open."""
        form = AtlasChoice(several, self._panel)
        form.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        form.chosen.connect(self._panel.open_path)
        form.open()

    def open_instead(self, path: Path) -> None:
        """Open a path instead of the shown atlas; ask first where something depends on that."""
        if self._panel.session.has_users_layers and not path.name.lower().endswith(SUFFIX):
            self.ask_how(Drop("atlas", (path,)))
        else:
            self._panel.open_path(path)

    def ask_how(self, drop: Drop) -> None:
        """Ask whether an atlas replaces the shown one, or stands beside it."""
        panel, path = self._panel, drop.paths[0]
        display = panel.display
        if display is None:
            panel.session.open_dropped(drop)
            return
        box = QMessageBox(panel)
        box.setObjectName("how_to_open")
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setWindowTitle("Open an atlas")
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(f"{display.atlas.name} is open. How is {path.name} to be opened?")
        kept = [layer.name for layer in panel.viewer.layers if is_users(layer)]
        if kept:
            box.setInformativeText(
                f"Whichever you choose, what you made stays: {', '.join(kept[:5])}"
                f"{', …' if len(kept) > 5 else ''}."
            )
        ways: list[tuple[str, Callable[[], object]]] = [
            ("Replace", lambda: panel.session.open_dropped(drop)),
            ("Beside it", lambda: panel.session.open_beside(path)),
            ("Compare", lambda: panel.show_page("comparison").add_path(path)),
        ]
        if is_volume(path):
            ways.append(("As an image", lambda: panel.session.open_beside(path, as_image=True)))
        actions = {
            box.addButton(text, QMessageBox.ButtonRole.AcceptRole): run for text, run in ways
        }
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.buttonClicked.connect(lambda button: actions.get(button, lambda: None)())
        box.open()


class CanvasDrops(PanelPart):
    """Filter that takes what is dropped on the canvas for the panel, as if dropped there.

    Parameters
    ----------
    panel
        The atlas panel; drops that are of no use for it stay napari's.
    """

    def follow(self, window: QWidget) -> None:
        """Filter the drops on the canvas of a window."""
        from napari.qt import QtViewer

        for canvas in window.findChildren(QtViewer):
            canvas.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Open dropped files while the panel is in a dock."""
        if event.type() != QEvent.Type.Drop or not self._panel.is_open:
            return False
        paths = dropped_paths(event)
        if not paths or not is_for_atlas(paths, self._panel.display is not None):
            return False
        event.acceptProposedAction()
        # Later: the program that the files come from waits until the drop is handled.
        QTimer.singleShot(0, lambda: self._panel.open_dropped(paths))
        return True
