"""The page for orientation fields: axis, colors, and the number of voxels without direction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QRectF, QSize, Qt, QTimer
from qtpy.QtGui import QColor, QLinearGradient, QPainter
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from ...core.colors.scales import viridis
from ...core.errors import AtlasError
from ...core.text import grouped
from ...viewer.directions import MOST, DirectionImage, DirectionView
from ...viewer.display import AtlasDisplay
from ...viewer.local_frame import LocalFrames, load_local_frames
from ..common.page import Page
from ..common.theme import PanelColors
from ..common.widgets import make_choice, make_text, without_margins

if TYPE_CHECKING:
    from ..atlas.panel import AtlasPanel


# ---- Legend of directions ------------------------------------------------------------------------

PURE = ("#ff0000", "#00ff00", "#0000ff")
ROW, SQUARE = 18, 12
STOPS = 9


class DirectionLegend(QWidget):
    """Three squares for the axes, or a bar for the angle."""

    def __init__(self, colors: PanelColors) -> None:
        super().__init__()
        self._colors = colors
        self._axes: Sequence[str] = ("axis 0", "axis 1", "axis 2")
        self._kind, self._reference = "direction", 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._update_accessible_name()

    def sizeHint(self) -> QSize:  # noqa: N802
        """Return three rows."""
        return QSize(240, 3 * ROW + 4)

    def set_colors(self, colors: PanelColors) -> None:
        """Use the colors of another theme."""
        self._colors = colors
        self.update()

    def set_axes(self, names: Sequence[str]) -> None:
        """Name the world axes."""
        self._axes = tuple(names)
        self._update_accessible_name()

    def set_kind(self, kind: str, reference: int) -> None:
        """Explain "direction", "angle" (to a world axis) or "region"."""
        self._kind, self._reference = kind, reference
        self._update_accessible_name()

    def list_entries(self) -> list[str]:
        """Return the texts of the legend."""
        if self._kind == "direction":
            return list(self._axes)
        if self._kind == "angle":
            return [f"angle to {self._axes[self._reference]}", "0°", "90°"]
        return ["the atlas's colors"]

    def _update_accessible_name(self) -> None:
        self.setAccessibleName("Colors: " + ", ".join(self.list_entries()))
        self.update()

    def paintEvent(self, event: Any) -> None:  # noqa: N802
        """Draw."""
        painter = QPainter(self)
        painter.setPen(self._colors.text)
        lines = self.list_entries()
        if self._kind == "angle":
            painter.drawText(QRectF(0, 0, self.width(), ROW), VERTICAL, lines[0])
            bar = QRectF(0, ROW + 2, min(220, self.width()), SQUARE)
            gradient = QLinearGradient(bar.topLeft(), bar.topRight())
            for k in range(STOPS):
                share = k / (STOPS - 1)
                r, g, b = (round(255 * float(v)) for v in viridis(share))
                gradient.setColorAt(share, QColor(r, g, b))
            painter.fillRect(bar, gradient)
            below = QRectF(0, 2 * ROW, bar.width(), ROW)
            painter.drawText(below, VERTICAL, lines[1])
            painter.drawText(below, VERTICAL | Qt.AlignmentFlag.AlignRight, lines[2])
        else:
            for k, line in enumerate(lines):
                left = 0
                if self._kind == "direction":
                    painter.fillRect(QRectF(0, k * ROW + 3, SQUARE, SQUARE), QColor(PURE[k]))
                    left = SQUARE + 7
                painter.drawText(QRectF(left, k * ROW, self.width(), ROW), VERTICAL, line)
        painter.end()


VERTICAL = Qt.AlignmentFlag.AlignVCenter


# ---- The directions page -------------------------------------------------------------------------

NO_ATLAS = "Open an atlas in the Atlas Explorer page to see its directions here."
NO_FIELD = "{} has no orientation field on its voxels."
WAIT = 30
"""Milliseconds between the last move of slider or wheel and new glyphs."""


class DirectionsPage(Page):
    """Page for the orientation field of the open atlas."""

    def __init__(self, panel: AtlasPanel) -> None:
        super().__init__(panel)
        self.view: DirectionView | None = None
        self.image: DirectionImage | None = None
        self._build()
        self._connect()
        self.follow_atlas()

    # ---- Building --------------------------------------------------------------------------

    def _build(self) -> None:
        self.message = make_text()
        self.glyphs = QCheckBox("Lines in the slice")
        self.glyphs.setChecked(True)
        self.colored = QCheckBox("Colors over the slice")
        self.axis = QComboBox()
        colors = ("direction", "direction"), ("region", "region"), ("angle to …", "angle")
        self.color = make_choice("", colors)
        self.reference = QComboBox()
        self.flip = QCheckBox("Mirror the left hemisphere")
        self.flip.setToolTip("For fields that hold the right hemisphere's directions on both sides")
        self.most = QSpinBox()
        self.most.setRange(500, MOST)
        self.most.setSingleStep(5000)
        self.most.setGroupSeparatorShown(True)
        self.counted = make_text()
        self.legend = DirectionLegend(self.colors)
        self.form = QWidget()
        rows = without_margins(QFormLayout(self.form))
        rows.addRow(self.glyphs)
        rows.addRow(self.colored)
        rows.addRow("Local axis", self.axis)
        rows.addRow("Color by", self.color)
        rows.addRow("Angle to", self.reference)
        rows.addRow("At most", self.most)
        rows.addRow(self.flip)
        layout = without_margins(QVBoxLayout(self))
        for widget in (self.message,):
            layout.addWidget(widget)
        layout.addWidget(self.form)
        layout.addWidget(self.legend)
        layout.addWidget(self.counted)
        layout.addStretch(1)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(WAIT)

    def _connect(self) -> None:
        self.glyphs.toggled.connect(self._on_glyphs)
        self.colored.toggled.connect(self._on_colored)
        for box in (self.axis, self.color, self.reference):
            box.currentIndexChanged.connect(self._on_settings)
        self.flip.toggled.connect(self._on_settings)
        self.most.valueChanged.connect(self._timer.start)
        self._timer.timeout.connect(self._on_settings)

    # ---- Following -------------------------------------------------------------------------

    def _forget(self) -> None:
        for part in (self.view, self.image):
            if part is not None:
                part.close()
        self.view, self.image = None, None

    def _take(self, display: AtlasDisplay | None) -> None:
        self.form.setEnabled(False)
        self.legend.setVisible(False)
        self.counted.setText("")
        if display is None:
            self._show_message(NO_ATLAS)
            return
        self._show_message("")
        atlas = display.atlas
        self.background.start(
            "Reading the directions", lambda _: load_local_frames(atlas), self._on_loaded
        )

    def _on_loaded(self, frames: LocalFrames) -> None:
        display = self.display
        if display is None:
            return
        display.frames = frames
        if frames.field is None:
            self._show_message(NO_FIELD.format(display.atlas.name))
            return
        self._show_message("")
        self.form.setEnabled(True)
        self.legend.setVisible(True)
        self.image = DirectionImage(display, frames.field)
        self.view = DirectionView(display, frames.field)
        self._fill(self.view)
        self.view.changed.connect(self._on_changed)
        self._on_settings()
        self.view.update()

    def _fill(self, view: DirectionView) -> None:
        """Offer the axes and colors of this field and atlas."""
        for box in (self.axis, self.reference):
            box.blockSignals(True)
            box.clear()
        for axis in view.field.axes:
            self.axis.addItem(f"local {axis}", axis)
        self.axis.setCurrentIndex(max(0, self.axis.findData(view.settings.axis)))
        self.axis.setEnabled(view.field.has_frame)
        letters = self.display.atlas.package.world_orientation if self.display is not None else None
        for world_axis in range(3):
            self.reference.addItem(axis_name(letters, world_axis), world_axis)
        self.reference.setCurrentIndex(view.settings.reference)
        for box in (self.axis, self.reference):
            box.blockSignals(False)
        self.most.blockSignals(True)
        self.most.setValue(view.settings.most)
        self.most.blockSignals(False)
        self.flip.setEnabled(view.left_right is not None)
        self.legend.set_axes([axis_name(letters, axis) for axis in range(3)])

    # ---- Settings --------------------------------------------------------------------------

    def _on_settings(self, *_: Any) -> None:
        view, image = self.view, self.image
        self.reference.setEnabled(self.color.currentData() == "angle")
        if view is None or image is None:
            return
        view.set(
            axis=self.axis.currentData() or "y",
            color=self.color.currentData(),
            reference=int(self.reference.currentData() or 0),
            flip_left=self.flip.isChecked(),
            most=self.most.value(),
        )
        self.legend.set_kind(view.settings.color, view.settings.reference)
        if image.on:
            image.set(True, view.settings)

    def _on_glyphs(self, on: bool) -> None:
        layer = self.view.layer if self.view is not None else None
        if layer is not None:
            layer.visible = on
        elif on and self.view is not None:
            self.view.set()

    def _on_colored(self, on: bool) -> None:
        if self.image is not None and self.view is not None:
            try:
                self.image.set(on, self.view.settings)
            except AtlasError as exc:
                self.fail(exc)

    def _on_changed(self) -> None:
        sampled = self.view.sampled if self.view is not None else None
        if sampled is None:
            return
        shown = grouped(len(sampled.vectors))
        every = "every voxel" if sampled.step == 1 else f"one in {sampled.step} along each axis"
        missing = sampled.drawn - sampled.present
        self.counted.setText(
            f"{shown} lines, {every}: {grouped(sampled.present)} of {grouped(sampled.drawn)} "
            f"sampled voxels have a direction, {grouped(missing)} have none"
        )

    def _show_message(self, text: str) -> None:
        self.message.setText(text)
        self.message.setVisible(bool(text))

    def _apply_colors(self) -> None:
        self.legend.set_colors(self.colors)


def axis_name(letters: str | None, axis: int) -> str:
    """Return the name of a world axis: "anterior–posterior", or "axis 0"."""
    from ...core.space.axes import OPPOSITE, SIDES

    if letters is None:
        return f"axis {axis}"
    return f"{SIDES[letters[axis]]}–{SIDES[OPPOSITE[letters[axis]]]}"
