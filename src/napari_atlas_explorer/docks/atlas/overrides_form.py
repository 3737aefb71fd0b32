"""Forms for what files leave open: orientation, voxel size, midline, the table of names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from qtpy.QtCore import QRect, QSize, Qt, Signal
from qtpy.QtGui import QImage, QPainter
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ...atlases.local.remembered import Overrides
from ...core.atlas.atlas import Atlas
from ...core.errors import ArgumentError
from ...core.package import Package
from ...core.space.axes import OPPOSITE, SIDES, check_orientation
from ...figures.paint import region_colors
from ...formats.tables.regions import TABLE_SUFFIXES


class AxesPreview(QWidget):
    """Pictures of the middle section along each array axis, with a letter at each of its ends.

    Parameters
    ----------
    atlas
        The atlas; its sections are drawn as they are stored.
    """

    SIDE, MARGIN = 120, 18
    """Pixels of a picture, and of the letters around it."""
    UNKNOWN = "?"

    def __init__(self, atlas: Atlas) -> None:
        super().__init__()
        self.setObjectName("axes_preview")
        self.letters: list[str] = [""] * 3
        self.sizes = (1.0, 1.0, 1.0)
        colors = region_colors(atlas.ranks, over_reference=False, chosen=None)
        colors[1:, 3] = 255
        self._sections = [self._draw_section(atlas, colors, axis) for axis in range(3)]
        self.setMinimumSize(self.sizeHint())

    def sizeHint(self) -> QSize:  # noqa: N802
        """Return the size of three pictures with their letters."""
        side = self.SIDE + 2 * self.MARGIN
        return QSize(3 * side, side)

    def show_axes(self, letters: Sequence[str], sizes: Sequence[float]) -> None:
        """Show the letters of the sides on which the axes start, "" where not known, and sizes."""
        self.letters = list(letters)
        self.sizes = (sizes[0], sizes[1], sizes[2]) if all(sizes) else (1.0, 1.0, 1.0)
        described = (
            f"axis {axis} from {SIDES[letter]} to {SIDES[OPPOSITE[letter]]}"
            for axis, letter in enumerate(self.letters)
            if letter
        )
        self.setAccessibleName("Sections as stored: " + (", ".join(described) or "not known"))
        self.update()

    def ends_of(self, axis: int) -> tuple[str, str]:
        """Return the capital letters at start and end of an axis."""
        letter = self.letters[axis]
        return (letter.upper(), OPPOSITE[letter].upper()) if letter else (self.UNKNOWN,) * 2

    def paintEvent(self, event: Any) -> None:  # noqa: N802
        """Draw the sections, scaled by the voxel size, and their letters."""
        painter = QPainter(self)
        painter.setPen(self.palette().windowText().color())
        whole = self.SIDE + 2 * self.MARGIN
        for axis, image in enumerate(self._sections):
            down, across = (a for a in range(3) if a != axis)
            high = image.height() * self.sizes[down]
            wide = image.width() * self.sizes[across]
            scale = self.SIDE / max(high, wide)
            area = QRect(0, 0, max(1, round(wide * scale)), max(1, round(high * scale)))
            area.moveCenter(QRect(axis * whole, 0, whole, whole).center())
            painter.drawImage(area, image)
            painter.drawRect(area)
            m, flags = self.MARGIN, Qt.AlignmentFlag.AlignCenter
            (top, bottom), (left, right) = self.ends_of(down), self.ends_of(across)
            middle = QRect(area.center().x() - m, 0, 2 * m, m)
            painter.drawText(middle.translated(0, area.top() - m), flags, top)
            painter.drawText(middle.translated(0, area.bottom() + 1), flags, bottom)
            beside = QRect(0, area.center().y() - m, m, 2 * m)
            painter.drawText(beside.translated(area.left() - m, 0), flags, left)
            painter.drawText(beside.translated(area.right() + 1, 0), flags, right)

    def _draw_section(self, atlas: Atlas, colors: Any, axis: int) -> QImage:
        plane = np.asarray(atlas.ranks.raw).take(atlas.shape[axis] // 2, axis)
        step = max(1, max(plane.shape) // (2 * self.SIDE))
        pixels = np.ascontiguousarray(colors[plane[::step, ::step]])
        height, width, _ = pixels.shape
        form = QImage.Format.Format_RGBA8888
        return QImage(pixels.data, width, height, 4 * width, form).copy()


class OverridesForm(QDialog):
    """Dialog for the direction of the axes and the voxel size.

    It can be skipped: then quantities are shown in voxels and hemispheres stay unknown.
    """

    def __init__(self, atlas: Atlas, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Orientation and voxel size")
        self._atlas = atlas
        layout = QVBoxLayout(self)
        for assumption in atlas.assumptions:
            note = QLabel(f"{assumption.statement}.")
            note.setWordWrap(True)
            layout.addWidget(note)
        form = QFormLayout()
        self.axes: list[QComboBox] = []
        for axis in range(3):
            box = QComboBox()
            box.setObjectName(f"axis_{axis}")
            box.addItem("not known", "")
            for letter, start in SIDES.items():
                box.addItem(f"{start} to {SIDES[OPPOSITE[letter]]}", letter)
            if atlas.orientation:
                box.setCurrentIndex(box.findData(atlas.orientation[axis]))
            box.currentIndexChanged.connect(self._update)
            self.axes.append(box)
            form.addRow(f"Axis {axis} ({atlas.shape[axis]} voxels) runs from", box)
        self.sizes: list[QDoubleSpinBox] = []
        row = QHBoxLayout()
        for axis in range(3):
            spin = QDoubleSpinBox()
            spin.setObjectName(f"size_{axis}")
            spin.setDecimals(3)
            spin.setRange(0, 1e6)
            spin.setSpecialValueText("not known")
            spin.setSuffix(" µm")
            spin.setValue(atlas.resolution[axis] if atlas.package.resolution_known else 0)
            self.sizes.append(spin)
            row.addWidget(spin)
        self._shown_sizes = tuple(spin.value() for spin in self.sizes)
        for spin in self.sizes:
            spin.valueChanged.connect(self._update)
        form.addRow("A voxel measures", row)
        self.midline = QCheckBox("The middle of the left-right axis is the midline")
        self.midline.setObjectName("midline")
        self.midline.setVisible(atlas.hemisphere_rule is None)
        form.addRow("", self.midline)
        layout.addLayout(form)
        self.sections = AxesPreview(atlas)
        layout.addWidget(self.sections, 0, Qt.AlignmentFlag.AlignHCenter)
        self.preview = QLabel()
        self.preview.setWordWrap(True)
        self.preview.setTextFormat(Qt.TextFormat.PlainText)
        layout.addWidget(self.preview)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Apply | QDialogButtonBox.StandardButton.Cancel
        )
        self.apply = self.buttons.button(QDialogButtonBox.StandardButton.Apply)
        self.apply.clicked.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        layout.addWidget(self.buttons)
        self._update()

    def read_overrides(self) -> Overrides:
        """Return the entered overrides; raise `ArgumentError` for contradictions."""
        letters = "".join(box.currentData() for box in self.axes)
        if letters and len(letters) < 3:
            raise ArgumentError("state all three axes or none")
        orientation = check_orientation(letters) if letters else None
        sizes = tuple(spin.value() for spin in self.sizes)
        if any(sizes) and not all(sizes):
            raise ArgumentError("state the voxel size along all three axes or along none")
        resolution = (sizes[0], sizes[1], sizes[2]) if all(sizes) else None
        if self._atlas.package.resolution_known and sizes == self._shown_sizes:
            resolution = None  # the file's unrounded value stays
        return Overrides(resolution, orientation, self.midline.isChecked())

    def _update(self) -> None:
        self.sections.show_axes(
            [box.currentData() for box in self.axes], [spin.value() for spin in self.sizes]
        )
        try:
            overrides = self.read_overrides()
        except ArgumentError as exc:
            self.preview.setText(str(exc))
            self.apply.setEnabled(False)
            return
        self.apply.setEnabled(True)
        self.midline.setEnabled(overrides.orientation is not None)
        if overrides.orientation is None:
            self.preview.setText("Without an orientation the atlas is shown as it is stored.")
            return
        self.preview.setText(
            f'"{overrides.orientation}": the first slice is {SIDES[overrides.orientation[0]]}, '
            f"its top row {SIDES[overrides.orientation[1]]}, "
            f"its first column {SIDES[overrides.orientation[2]]}."
        )


class NamesForm(QDialog):
    """Dialog for the table that names the regions: one that fits, or another file."""

    chosen = Signal(object)
    """Path of the table."""

    def __init__(self, package: Package, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Names of the regions")
        layout = QVBoxLayout(self)
        for assumption in package.assumptions:
            if assumption.quantity == "names":
                note = QLabel(f"{assumption.statement}.")
                note.setTextFormat(Qt.TextFormat.PlainText)
                note.setWordWrap(True)
                layout.addWidget(note)
        self.tables = QListWidget()
        self.tables.setObjectName("tables")
        for match in package.tables:
            used = " (used)" if match.path == package.region_file else ""
            item = QListWidgetItem(
                f"{match.path.name}{used}: knows {match.known} of {match.ids} ids, "
                f"{match.regions} regions"
            )
            item.setData(Qt.ItemDataRole.UserRole, match.path)
            self.tables.addItem(item)
        self.tables.setWordWrap(True)
        self.tables.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.tables.setCurrentRow(0)
        self.tables.itemDoubleClicked.connect(lambda _: self._choose())
        layout.addWidget(self.tables)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Apply | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.button(QDialogButtonBox.StandardButton.Apply).clicked.connect(self._choose)
        other = buttons.addButton("Another file…", QDialogButtonBox.ButtonRole.ActionRole)
        other.clicked.connect(self._choose_file)
        buttons.rejected.connect(self.reject)
        layout.addWidget(buttons)
        self.resize(480, 260)
        self.tables.setFocus()

    def _choose(self) -> None:
        item = self.tables.currentItem()
        if item is not None:
            self.chosen.emit(item.data(Qt.ItemDataRole.UserRole))
            self.accept()

    def _choose_file(self) -> None:
        suffixes = " ".join(f"*{suffix}" for suffix in TABLE_SUFFIXES)
        path, _ = QFileDialog.getOpenFileName(
            self, "Table of regions", "", f"Tables ({suffixes});;All files (*)"
        )
        if path:
            self.chosen.emit(Path(path))
            self.accept()
