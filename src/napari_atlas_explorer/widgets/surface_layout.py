"""The widgets of the surfaces dock and where they stand."""

from __future__ import annotations

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QPushButton,
    QSlider,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)
from superqt import QFlowLayout

from .busy_row import BusyRow

PERCENT = 100
FARTHEST = 300
"""Per cent by which exploded surfaces move away."""


class SurfaceLayout:
    """What to add, the list, how it is looked at, what is saved."""

    def __init__(self, dock: QWidget) -> None:
        self.add = QPushButton("Add what is selected")
        self.add.setToolTip("Surfaces of the regions that are selected in tree or canvas (D)")
        self.side = QComboBox()
        for name, value in (("both sides", 0), ("left", 1), ("right", 2)):
            self.side.addItem(name, value)
        self.source = QComboBox()
        self.source.addItem("package's meshes", "package")
        self.source.addItem("made of the labels", "labels")
        self.source.setToolTip("A package's mesh is shown where its labels are; its offset is told")
        self.folder = QPushButton("From a folder…")
        self.folder.setToolTip("List the meshes of a folder, named by region id, to be ticked")
        adding = QFlowLayout()
        adding.setContentsMargins(0, 0, 0, 0)
        adding.setHorizontalSpacing(6)
        for widget in (self.add, self.side, self.source, self.folder):
            adding.addWidget(widget)
        self.list = QListWidget()
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.setAccessibleName("Surfaces")
        self.list.setUniformItemSizes(True)
        self.empty = QLabel("")
        self.empty.setWordWrap(True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.note = QLabel("")
        self.note.setWordWrap(True)
        self.isolate = QPushButton("Only these")
        self.isolate.setToolTip("Show the chosen surfaces and hide the others (I)")
        self.remove = QPushButton("Remove")
        self.remove.setToolTip("Take the chosen surfaces away (Delete)")
        self.save = QPushButton("Save…")
        self.save.setToolTip("Write the chosen surfaces, or all that are shown: OBJ, STL or PLY")
        self.three = QCheckBox("3-D")
        self.three.setToolTip("Turn the canvas to 3-D")
        row = QHBoxLayout()
        row.setSpacing(6)
        for widget in (self.isolate, self.remove, self.save):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.three)
        self.opacity = _slider(PERCENT, PERCENT)
        self.explode = _slider(FARTHEST, 0)
        self.level = QSpinBox()
        self.level.setRange(0, 30)
        self.level.setValue(2)
        self.level.setToolTip("Regions with the same ancestor at this level stay together")
        self.clip = QCheckBox("Cut at the section")
        self.clip.setToolTip("Show only what lies on one side of the section looked at last")
        apart = QHBoxLayout()
        apart.addWidget(self.explode, 1)
        apart.addWidget(QLabel("level"))
        apart.addWidget(self.level)
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow("Opacity", self.opacity)
        form.addRow("Explode", apart)
        form.addRow(self.clip)
        self.busy = BusyRow()
        self.busy_label, self.cancel = self.busy.label, self.busy.cancel
        self.error = QLabel("")
        self.error.setObjectName("surface_error")
        self.error.setWordWrap(True)
        self.error.setVisible(False)
        layout = QVBoxLayout(dock)
        layout.setContentsMargins(8, 6, 8, 6)
        layout.setSpacing(5)
        layout.addLayout(adding)
        layout.addWidget(self.error)
        layout.addWidget(self.busy)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.empty, 1)
        layout.addWidget(self.note)
        layout.addLayout(row)
        layout.addLayout(form)


def _slider(most: int, value: int) -> QSlider:
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setRange(0, most)
    slider.setValue(value)
    return slider
