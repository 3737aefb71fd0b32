"""File dialogs, the choice among several atlases, and drops on the canvas."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from qtpy.QtCore import QEvent, QObject, Qt, QTimer
from qtpy.QtWidgets import QFileDialog, QMessageBox, QWidget

from ...analysis.dropped import Drop, is_for_atlas
from ...core.errors import SeveralAtlasesError
from ...formats.tables.regions import TABLE_SUFFIXES
from ...formats.volume_header import is_volume
from ...viewer.layer_info import is_users
from ...viewer.session_file import SUFFIX
from ..common.atlas_choice import FILE_FILTER, AtlasChoice
from ..common.page import PanelPart
from ..common.widgets import dropped_paths

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
