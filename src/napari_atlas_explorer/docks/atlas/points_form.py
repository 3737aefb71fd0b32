"""Form for the meaning of imported coordinates, with the share inside the brain per choice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QSignalBlocker, Qt, QTimer, Signal
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from ...analysis.points.choice import (
    OTHER_VOXELS,
    OWN_VOXELS,
    PointsChoice,
    Shares,
    describe_doubt,
    first_choice,
    percent,
    unit_choices,
)
from ...analysis.points.conventions import state_points
from ...analysis.points.frames import AS_WRITTEN, ORDERS, WHOLES, Three
from ...atlases.local.settings import read_config, write_config
from ...core.atlas.atlas import Atlas
from ...core.space.axes import OPPOSITE, SIDES
from ...core.text import grouped
from ...formats.points.reader import PointsFile
from ..common.background import BackgroundJob
from ..common.error_messages import error_text, is_unexpected
from ..common.widgets import make_choice, make_text

UNIT_WORDS = {
    "um": "µm",
    "mm": "mm",
    OWN_VOXELS: "voxels of the atlas",
    OTHER_VOXELS: "voxels of …",
}
WHOLE_WORDS = {
    "centre": "voxel 3 is at 3.5: the middle of the voxel",
    "corner": "voxel 3 is at 3: the voxel's edge",
}
CHOOSE = "choose…"
PAUSE = 120
"""Milliseconds without another change after which the shares are computed."""

REMEMBERED = "points_form.json"
FEW = 20
"""Below this number of points a share is not meaningful."""


class PointsImportForm(QDialog):
    """Dialog for columns, axes, unit and integer convention, with the share inside the brain.

    Only what the file states is chosen for the user.
    """

    chosen = Signal(object, object, object, bool)
    """The `PointsFile`, the `PointsChoice`, ``(n, 3)`` numbers of the columns chosen, and whether
    to color the regions by their points per mm³."""

    def __init__(self, atlas: Atlas, file: PointsFile, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Import points: {file.path.name}")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._atlas, self._file = atlas, file
        self._names = file.names or tuple(f"column {k}" for k in range(file.n_columns))
        self._coordinates: NDArray[np.float64] | None = None
        self._read: Three | None = None
        self._shares: Shares | None = None
        self._background = BackgroundJob(self)
        self._background.step.connect(self._on_step)
        self._background.failed.connect(self._on_failed)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE)
        self._timer.timeout.connect(self.update_shares)
        self._first = first_choice(file, atlas)
        self._build(self._first)
        self.finished.connect(lambda _: self._background.stop())
        self._on_columns()

    # ---- Building --------------------------------------------------------------------------

    def _build(self, first: PointsChoice) -> None:
        layout = QVBoxLayout(self)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        row = QHBoxLayout()
        self.columns = []
        for k in range(3):
            box = _make_combo(f"column_{k}", f"Column {k + 1} of coordinates")
            box.addItem(CHOOSE, None)
            for at, name in enumerate(self._names):
                box.addItem(name, at)
            if first.columns is not None:
                box.setCurrentIndex(1 + first.columns[k])
            box.currentIndexChanged.connect(self._on_columns)
            self.columns.append(box)
            row.addWidget(box, 1)
        form.addRow("Coordinates in", row)
        self.order = _make_combo("order", "Which column runs along which axis")
        self.order.addItem(CHOOSE, None)
        for order in ORDERS:
            self.order.addItem("", order)
        if first.order is not None:
            self.order.setCurrentIndex(1 + ORDERS.index(first.order))
        self.order_label = QLabel("")
        form.addRow(self.order_label, self.order)
        self.axes = QLabel("")
        self.axes.setObjectName("axes")
        if self._atlas.orientation is not None:
            form.addRow("", self.axes)
        self.unit = _make_combo("unit", "Unit of the coordinates")
        self.unit.addItem(CHOOSE, None)
        for unit in unit_choices(self._atlas.package.resolution_known):
            self.unit.addItem(UNIT_WORDS[unit], unit)
        if first.unit is not None:
            self.unit.setCurrentIndex(self.unit.findData(first.unit))
        form.addRow("In units of", self.unit)
        sizes = QHBoxLayout()
        self.sizes = []
        for axis in range(3):
            spin = QDoubleSpinBox()
            spin.setObjectName(f"voxel_{axis}")
            spin.setAccessibleName(f"Voxel size along axis {axis}")
            spin.setDecimals(3)
            spin.setRange(0, 1e6)
            spin.setSpecialValueText("?")
            spin.valueChanged.connect(lambda value, at=axis: self._on_size(at, value))
            self.sizes.append(spin)
            sizes.addWidget(spin)
        self.size_row = QWidget()
        sizes.setContentsMargins(0, 0, 0, 0)
        self.size_row.setLayout(sizes)
        self.size_label = QLabel("A voxel measures, µm")
        form.addRow(self.size_label, self.size_row)
        self.whole = _make_combo("whole", "Position that a whole number of voxels means")
        self.whole.addItem(CHOOSE, None)
        for whole in WHOLES:
            self.whole.addItem(WHOLE_WORDS[whole], whole)
        self.whole_label = QLabel("A whole number")
        form.addRow(self.whole_label, self.whole)
        self.color = QCheckBox("Color the regions by their points per mm³")
        self.color.setObjectName("color_regions")
        density = self._atlas.package.resolution_known
        self.color.setEnabled(density)
        self.color.setToolTip("" if density else "The voxel size of the atlas is not known")
        remembered = read_config(REMEMBERED)
        self.color.setChecked(density and remembered == {"color_regions": True})
        form.addRow("", self.color)
        layout.addLayout(form)
        self.share = QLabel("")
        self.share.setObjectName("share")
        font = self.share.font()
        font.setBold(True)
        self.share.setFont(font)
        self.note = make_text()
        self.note.setObjectName("note")
        layout.addWidget(self.share)
        layout.addWidget(self.note)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.accept_button = self.buttons.addButton(
            "Import", QDialogButtonBox.ButtonRole.AcceptRole
        )
        self.accept_button.setObjectName("import")
        self.buttons.accepted.connect(self._on_accept)
        self.buttons.rejected.connect(self.reject)
        layout.addWidget(self.buttons)
        for box in (self.order, self.unit, self.whole):
            box.currentIndexChanged.connect(self._on_choice)
        self.setMinimumWidth(600)

    def _name_axes(self, of_voxels: bool) -> None:
        """Write what the columns run along: axes of the array for voxels, else of the world."""
        package, names = self._atlas.package, "012" if of_voxels else "xyz"
        self.order_label.setText(f"Along {'axes ' if of_voxels else ''}{', '.join(names)}")
        letters = package.orientation if of_voxels else package.world_orientation
        self.axes.setText(
            ", ".join(
                f"{axis}: {SIDES[letter]} to {SIDES[OPPOSITE[letter]]}"
                for axis, letter in zip(names, letters or "", strict=False)
            )
        )

    def _describe_file(self) -> str:
        """Return what the user should know of the file before choosing."""
        remarks = [self._file.note] if self._file.note else []
        stated = state_points(self._file)
        if stated is not None and stated.space == "stereotaxic":
            remarks.append(f"These columns {describe_doubt(stated)}")
        if -1 in self._first.signs:
            remarks.append("The file's axes are turned into those of the atlas")
        return "".join(f"{remark}. " for remark in remarks)

    # ---- Choices ---------------------------------------------------------------------------

    def read_choice(self) -> PointsChoice:
        """Return the entered choices."""
        picked = [box.currentData() for box in self.columns]
        columns: Any = None if None in picked else tuple(picked)
        sizes = [spin.value() for spin in self.sizes]
        order, first = self.order.currentData(), self._first
        return PointsChoice(
            columns,
            order,
            self.unit.currentData(),
            (sizes[0], sizes[1], sizes[2]) if all(sizes) else None,
            self.whole.currentData(),
            first.signs if (columns, order) == (first.columns, first.order) else AS_WRITTEN,
        )

    def _on_columns(self) -> None:
        """Read the chosen columns unless they are loaded."""
        choice = self.read_choice()
        self._name_orders()
        if choice.columns is None or len(set(choice.columns)) < 3:
            self._shares = self._coordinates = self._read = None
        elif choice.columns != self._read:
            self._shares = self._coordinates = None
            columns = choice.columns
            atlas, file = self._atlas, self._file

            def work(report: Any) -> tuple[NDArray[np.float64], Shares]:
                report(0)
                numbers = file.read(columns).numbers
                return numbers, Shares(atlas, numbers)

            def done(result: tuple[NDArray[np.float64], Shares]) -> None:
                self._coordinates, self._shares = result
                self._read = columns
                self.update_shares()

            self._background.start("Reading the columns", work, done)
        self._on_choice()

    def _name_orders(self) -> None:
        """Write the names of the columns into the list of orders."""
        names = ["?" if box.currentData() is None else box.currentText() for box in self.columns]
        for at, order in enumerate(ORDERS, 1):
            self.order.setItemText(at, _append_share(", ".join(names[k] for k in order), None))

    def _on_size(self, axis: int, value: float) -> None:
        """Use a size for all axes while the others are unknown."""
        if axis == 0:
            for spin in self.sizes[1:]:
                if not spin.value() or spin.property("follows"):
                    spin.setProperty("follows", True)
                    with QSignalBlocker(spin):
                        spin.setValue(value)
        else:
            self.sizes[axis].setProperty("follows", False)
        self._on_choice()

    def _on_choice(self) -> None:
        choice = self.read_choice()
        other = choice.unit == OTHER_VOXELS
        self.size_row.setVisible(other)
        self.size_label.setVisible(other)
        self._name_axes(choice.of_voxels)
        for widget in (self.whole, self.whole_label):
            widget.setVisible(choice.of_voxels)
        question = choice.open_question()
        ready = not question and self._coordinates is not None
        self.accept_button.setEnabled(ready)
        if question:
            self.share.setText(f"{question[0].upper()}{question[1:]}.")
        self._fit_height()
        self._timer.start()

    def _fit_height(self) -> None:
        """Fit the height to the visible rows."""
        self.layout().activate()
        self.adjustSize()

    # ---- Shares ----------------------------------------------------------------------------

    def update_shares(self) -> None:
        """Show next to each choice the share of points it puts into the brain."""
        self._timer.stop()
        choice, shares = self.read_choice(), self._shares
        if shares is None or self._coordinates is None:
            return
        self._write_shares(self.order, shares.of_orders(choice))
        self._write_shares(self.unit, shares.of_units(choice))
        if choice.of_voxels:
            self._write_shares(self.whole, shares.of_wholes(choice))
        n = len(self._coordinates)
        question = choice.open_question()
        self.accept_button.setEnabled(not question and n > 0)
        note = self._describe_file()
        if question:
            self.note.setText(note)
            self._fit_height()
            return
        self.share.setText(f"Inside the brain: {percent(shares.of(choice))}")
        note += f"{grouped(n)} points. "
        if n < FEW:
            note += "With so few, the share is not meaningful. "
        note += "A mirrored or turned brain may hold nearly as many points: look at the picture."
        self.note.setText(note)
        self._fit_height()

    def _write_shares(self, box: QComboBox, shares: Sequence[float | None]) -> None:
        for at, share in enumerate(shares, 1):
            box.setItemText(at, _append_share(box.itemText(at), share))

    # ---- Ending ----------------------------------------------------------------------------

    def _on_step(self, text: str) -> None:
        self.note.setText(text)
        self._fit_height()

    def _on_failed(self, exc: BaseException) -> None:
        self.note.setText(error_text(exc))
        self.share.setText("These columns cannot be read.")
        if is_unexpected(exc):
            raise exc  # to napari, and so to the panel's line, which has the details

    def _on_accept(self) -> None:
        choice = self.read_choice()
        if not choice.open_question() and self._coordinates is not None:
            color = self.color.isChecked()
            if self.color.isEnabled():
                write_config(REMEMBERED, {"color_regions": color})
            self.chosen.emit(self._file, choice, self._coordinates, color)
            self.accept()


def _make_combo(name: str, accessible: str) -> QComboBox:
    box = make_choice(accessible)
    box.setObjectName(name)
    return box


SEPARATOR = "   ·   "


def _append_share(text: str, share: float | None) -> str:
    """Return the text of a choice with its share in place of an older one."""
    plain = text.split(SEPARATOR)[0]
    return plain if share is None else f"{plain}{SEPARATOR}{percent(share)}"
