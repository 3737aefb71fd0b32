"""Choice of an atlas: file filters, and a dialog for one of several atlases in a folder."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QDialog, QDialogButtonBox, QLabel, QListWidget, QVBoxLayout, QWidget

from ...core.errors import SeveralAtlasesError
from ...viewer.session_file import SUFFIX

FILE_FILTER = (
    "Atlases and sessions (*.nrrd *.nhdr *.tif *.tiff *.nii *.nii.gz *.mha *.mhd *.tar.gz *.tar.xz "
    f"*.tgz *.zip *{SUFFIX});;All files (*)"
)


class AtlasChoice(QDialog):
    """List of atlases; Return, a double click or the button opens the selected one."""

    chosen = Signal(object)
    """`pathlib.Path` of the atlas."""

    def __init__(self, several: SeveralAtlasesError, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Which atlas?")
        self._choices = several.choices
        root = Path(several.path)
        layout = QVBoxLayout(self)
        layout.addWidget(QLabel(f"{root.name} holds {len(self._choices)} atlases:"))
        self.list = QListWidget()
        self.list.addItems([str(path.relative_to(root)) for path in self._choices])
        self.list.setCurrentRow(0)
        self.list.setMinimumWidth(360)
        self.list.itemActivated.connect(lambda _: self.accept())
        layout.addWidget(self.list)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Open | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout.addWidget(buttons)
        self.accepted.connect(self._choose)

    def _choose(self) -> None:
        row = self.list.currentRow()
        if row >= 0:
            self.chosen.emit(self._choices[row])
