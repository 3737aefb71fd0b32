"""What the dock shows before an atlas is open: how to open one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QFrame, QLabel, QPushButton, QVBoxLayout, QWidget

from .elided_label import ElidedLabel


class StartPage(QWidget):
    """Drop target with three buttons and the atlases that were opened lately."""

    folder_requested = Signal()
    file_requested = Signal()
    sample_requested = Signal()
    path_requested = Signal(str)

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

    def set_recent(self, paths: Sequence[Path]) -> None:
        """List the atlases that were opened lately."""
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
