"""Details of a finding: text, charts, buttons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from qtpy.QtCore import QPointF, QRectF, QSize, Qt, Signal
from qtpy.QtGui import QColor, QPainter, QPen, QPolygonF
from qtpy.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ...core.text import grouped
from ...qa.finding import Curve, Exhibit, Finding, Histogram, NamedBox, Swatch
from ...qa.review import Verdict
from ...qa.run import ListedFinding
from ...viewer.qa_list import kind_of
from ..common.theme import PanelColors
from ..common.widgets import make_button, make_flow, without_margins
from .tree import kind_color

# ---- Charts --------------------------------------------------------------------------------------

LEFT, RIGHT, TOP, BOTTOM = 34, 10, 18, 16
HEIGHT = 104
BOX_COLORS = ("#4aa3ff", "#ff5a7a", "#f0b45a", "#6ccf92")


class QaExhibits(QWidget):
    """Chart of a finding: its first curve or histogram, else its swatches or boxes.

    A curve shows the slice that the viewer is on; a click goes to a slice.
    """

    slice_clicked = Signal(int, int)
    """Axis of the array, and index along it."""

    def __init__(self, colors: PanelColors) -> None:
        super().__init__()
        self._colors = colors
        self._exhibits: Sequence[Exhibit] = ()
        self._names: dict[int, str] = {}
        self._slices: dict[int, int] = {}
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setVisible(False)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Return a width for a curve."""
        return QSize(300, HEIGHT)

    def set_colors(self, colors: PanelColors) -> None:
        """Use the colors of another theme."""
        self._colors = colors
        self.update()

    def show_exhibits(self, exhibits: Sequence[Exhibit], names: dict[int, str]) -> None:
        """Draw the charts of a finding; hide the widget without any."""
        self._exhibits, self._names = tuple(exhibits), names
        self.setVisible(bool(exhibits))
        curve = self.curve
        self.setToolTip("Click to go to a slice" if curve is not None else "")
        self.setAccessibleName(curve.label if curve is not None else "Picture of the finding")
        self.update()

    def set_slices(self, slices: dict[int, int]) -> None:
        """Mark the current slices by array axis."""
        self._slices = slices
        if self.curve is not None:
            self.update()

    @property
    def curve(self) -> Curve | None:
        """The drawn curve; one along a sliced axis comes first."""
        curves = [e for e in self._exhibits if isinstance(e, Curve)]
        sliced = [c for c in curves if c.axis in self._slices]
        return next(iter(sliced or curves), None)

    # ---- Drawing ---------------------------------------------------------------------------

    def paintEvent(self, event: Any) -> None:  # noqa: N802
        """Draw."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = painter.font()
        font.setPixelSize(11)
        painter.setFont(font)
        curve = self.curve
        histograms = [e for e in self._exhibits if isinstance(e, Histogram)]
        if curve is not None:
            self._draw_curve(painter, curve)
        elif histograms:
            self._draw_histogram(painter, histograms[0])
        else:
            self._draw_swatches(painter, [e for e in self._exhibits if isinstance(e, Swatch)])
            self._draw_boxes(painter, [e for e in self._exhibits if isinstance(e, NamedBox)])
        painter.end()

    @property
    def _frame(self) -> QRectF:
        return QRectF(LEFT, TOP, self.width() - LEFT - RIGHT, self.height() - TOP - BOTTOM)

    def _draw_axes(self, painter: QPainter, label: str, top: float, last: str) -> None:
        frame = self._frame
        painter.setPen(self._colors.muted)
        painter.drawLine(frame.topLeft(), frame.bottomLeft())
        painter.drawLine(frame.bottomLeft(), frame.bottomRight())
        painter.setPen(self._colors.text)
        painter.drawText(QPointF(LEFT, TOP - 6), label)
        painter.drawText(
            QRectF(0, TOP - 4, LEFT - 4, 14), Qt.AlignmentFlag.AlignRight, f"{top:.2g}"
        )
        painter.drawText(
            QRectF(0, self.height() - BOTTOM + 1, self.width() - RIGHT, BOTTOM),
            Qt.AlignmentFlag.AlignRight,
            last,
        )

    def _draw_curve(self, painter: QPainter, curve: Curve) -> None:
        values = np.asarray(curve.values, np.float64)
        finite = np.isfinite(values)
        if not finite.any():
            return
        frame = self._frame
        top = max(float(values[finite].max()), curve.limit or 0.0) or 1.0
        self._draw_axes(painter, curve.label, top, f"slice {len(values) - 1}")
        x = frame.left() + np.arange(len(values)) * frame.width() / max(1, len(values) - 1)
        y = frame.bottom() - np.nan_to_num(values) / top * frame.height()
        if curve.limit is not None:
            painter.setPen(QPen(self._colors.error, 1, Qt.PenStyle.DashLine))
            at = frame.bottom() - curve.limit / top * frame.height()
            painter.drawLine(QPointF(frame.left(), at), QPointF(frame.right(), at))
        painter.setPen(QPen(self._colors.link, 1.4))
        for part in np.split(np.arange(len(values)), np.flatnonzero(np.diff(finite)) + 1):
            if finite[part[0]]:
                painter.drawPolyline(QPolygonF([QPointF(x[k], y[k]) for k in part]))
        index = self._slices.get(curve.axis)
        if index is not None and 0 <= index < len(values):
            painter.setPen(QPen(self._colors.text, 1))
            painter.drawLine(QPointF(x[index], frame.top()), QPointF(x[index], frame.bottom()))
            value = f"{values[index]:.3g}" if finite[index] else "no value"
            painter.drawText(
                QRectF(0, 0, self.width() - RIGHT, TOP),
                Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
                f"slice {index}: {value}",
            )

    def _draw_histogram(self, painter: QPainter, histogram: Histogram) -> None:
        counts = np.sqrt(np.asarray(histogram.counts, np.float64))
        if not counts.max():
            return
        frame = self._frame
        self._draw_axes(
            painter,
            f"{histogram.label} (√ counts)",
            float(histogram.counts.max()),
            f"{histogram.edges[-1]:g}",
        )
        width = frame.width() / len(counts)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colors.link)
        for k, count in enumerate(counts.tolist()):
            tall = count / counts.max() * frame.height()
            painter.drawRect(
                QRectF(frame.left() + k * width, frame.bottom() - tall, max(width, 1.0), tall)
            )

    def _draw_swatches(self, painter: QPainter, swatches: Sequence[Swatch]) -> None:
        if not swatches:
            return
        width = min(110.0, self.width() / len(swatches))
        for k, swatch in enumerate(swatches):
            box = QRectF(k * width, 4, width, 52)
            painter.fillRect(box, QColor(*swatch.color))
            painter.setPen(self._colors.text)
            name = self._names.get(swatch.region_id, str(swatch.region_id))
            painter.drawText(QPointF(box.left() + 3, 74), f"{name}  {swatch.color}")

    def _draw_boxes(self, painter: QPainter, boxes: Sequence[NamedBox]) -> None:
        """Draw boxes along their last axis: the first axis runs down, the second across."""
        if not boxes:
            return
        low = np.min([b.low[:2] for b in boxes], axis=0)
        high = np.max([b.high[:2] for b in boxes], axis=0)
        span = np.maximum(high - low, 1e-9)
        scale = min((HEIGHT - 12) / span[0], 0.5 * self.width() / span[1])
        for k, box in enumerate(boxes):
            color = QColor(BOX_COLORS[k % len(BOX_COLORS)])
            top_left = (np.array(box.low[:2]) - low) * scale
            size = (np.array(box.high[:2]) - np.array(box.low[:2])) * scale
            painter.setPen(QPen(color, 1.6))
            painter.drawRect(QRectF(top_left[1] + 4, top_left[0] + 4, size[1], size[0]))
            painter.setPen(self._colors.text)
            y = 16.0 + 15 * k
            painter.fillRect(QRectF(0.55 * self.width(), y - 9, 10, 10), color)
            painter.drawText(QPointF(0.55 * self.width() + 15, y), box.name)

    # ---- Clicks ----------------------------------------------------------------------------

    def mousePressEvent(self, event: Any) -> None:  # noqa: N802
        """Go to the clicked slice."""
        curve = self.curve
        if curve is None:
            return
        frame = self._frame
        share = (event.position().x() - frame.left()) / max(1.0, frame.width())
        index = round(min(1.0, max(0.0, share)) * (len(curve.values) - 1))
        self.slice_clicked.emit(curve.axis, index)


# ---- Details -------------------------------------------------------------------------------------

NOTHING = "Choose a finding to go to its place."


class QaDetails(QWidget):
    """Text, figures, charts and buttons of the current finding; review below."""

    def __init__(self, colors: PanelColors) -> None:
        super().__init__()
        self._colors = colors
        self.kind, self.message, self.fix = QLabel(""), QLabel(NOTHING), QLabel("")
        self.figures = QLabel("")
        for label in (self.kind, self.message, self.fix, self.figures):
            label.setTextFormat(Qt.TextFormat.PlainText)  # names come from the atlas's files
        for label in (self.message, self.fix, self.figures):
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.exhibits = QaExhibits(colors)
        self.accept = make_button(
            "Accept as known…", "Write it into qa.toml with a reason: then it is no error any more"
        )
        self.copy = make_button(
            "Copy link", "Copy the command that opens the atlas at this finding"
        )
        self.spread = make_button(
            "Distinct neighbor colors",
            "Color neighboring regions as differently as possible (temporary)",
        )
        self.safe = make_button(
            "Color-blind palette", "The same with a color-blind safe palette (temporary)"
        )
        self.mesh = QPushButton("Show the mesh")
        self.mesh.setToolTip(
            "Add the region's mesh as a surface, edges at fault in red; it is seen in 3-D"
        )
        buttons = make_flow(self.accept, self.copy, self.spread, self.safe, self.mesh)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(6, 0, 4, 0)
        column.setSpacing(5)
        for widget in (self.kind, self.message, self.figures, self.fix, self.exhibits):
            column.addWidget(widget)
        column.addLayout(buttons)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inner)
        layout = without_margins(QVBoxLayout(self), 4)
        layout.addWidget(scroll, 1)
        layout.addLayout(self._make_review_row())
        self.setMinimumWidth(300)
        self.show_finding(None, {}, {})

    def _make_review_row(self) -> QHBoxLayout:
        """Return a row to walk suspicious regions with a verdict and a note on each."""
        self.previous, self.next = QPushButton("◀"), QPushButton("▶")
        self.previous.setToolTip("Previous suspicious region (P)")
        self.next.setToolTip("Next suspicious region (N)")
        self.verdicts = {
            "pass": QPushButton("Pass"),
            "fail": QPushButton("Fail"),
            "unsure": QPushButton("Unsure"),
        }
        for key, (name, button) in enumerate(self.verdicts.items(), 1):
            button.setCheckable(True)
            button.setToolTip(f"{name.capitalize()}: your verdict on this region ({key})")
        self.note = QLineEdit()
        self.note.setPlaceholderText("Note on this region")
        self.note.setAccessibleName("Note on this region")
        self.walked = QLabel("")
        row = QHBoxLayout()
        row.setSpacing(4)
        for button in (self.previous, self.next):
            button.setFixedWidth(30)
            row.addWidget(button)
        row.addWidget(self.walked)
        for button in self.verdicts.values():
            row.addWidget(button)
        row.addWidget(self.note, 1)
        return row

    def set_colors(self, colors: PanelColors) -> None:
        """Use the colors of another theme."""
        self._colors = colors
        self.exhibits.set_colors(colors)
        muted = f"color: {colors.muted.name()};"
        for label in (self.fix, self.figures, self.walked):
            label.setStyleSheet(muted)

    def show_finding(
        self,
        listed: ListedFinding | None,
        names: Mapping[int, str],
        verdicts: Mapping[int, Verdict],
    ) -> None:
        """Show a finding, or that none is selected."""
        finding = listed.finding if listed is not None else None
        self.kind.setVisible(listed is not None)
        if listed is None or finding is None:
            self.message.setText(NOTHING)
            self.figures.setText("")
            self.fix.setText("")
            self.exhibits.show_exhibits((), {})
        else:
            kind = kind_of(listed)
            heading = f"known: {listed.known}" if listed.known else f"{kind} · {finding.code}"
            self.kind.setText(heading)
            self.kind.setStyleSheet(
                f"color: {kind_color(kind, self._colors).name()}; font-weight: bold;"
            )
            self.message.setText(finding.message)
            self.figures.setText(format_figures(finding, names))
            self.fix.setText(finding.fix)
            self.exhibits.show_exhibits(finding.exhibits, dict(names))
        colored = finding is not None and "color" in finding.code
        # A finding about a missing mesh names the region, but no file.
        anchor = finding.anchor if finding is not None else None
        has_mesh = anchor is not None and anchor.mesh is not None and anchor.file is not None
        self.accept.setVisible(listed is not None and not listed.known)
        self.copy.setVisible(listed is not None)
        self.spread.setVisible(colored)
        self.safe.setVisible(colored)
        self.mesh.setVisible(has_mesh)
        self.show_verdict(finding, verdicts)

    def show_verdict(self, finding: Finding | None, verdicts: Mapping[int, Verdict]) -> None:
        """Show the verdict on the finding's region."""
        about = finding.region_ids[:1] if finding is not None else ()
        verdict = verdicts.get(about[0]) if about else None
        for name, button in self.verdicts.items():
            button.setEnabled(bool(about))
            button.setChecked(verdict is not None and verdict.judgement == name)
        self.note.setEnabled(bool(about))
        if not self.note.hasFocus():
            self.note.setText(verdict.note if verdict is not None else "")


def format_figures(finding: Finding, names: Mapping[int, str]) -> str:
    """Return figures and place of a finding in one line."""
    parts = []
    if finding.region_ids:
        shown = [f"{names.get(i, '?')} ({i})" for i in finding.region_ids[:4]]
        more = len(finding.region_ids) - len(shown)
        parts.append(", ".join(shown) + (f" and {more} more" if more > 0 else ""))
    if finding.count > 1:
        parts.append(f"count {grouped(finding.count)}")
    if finding.measure is not None:
        parts.append(f"{finding.measure:.3g} {finding.unit}".rstrip())
    if finding.threshold:
        parts.append(f"limit {finding.threshold}")
    anchor = finding.anchor
    if anchor.voxel is not None:
        parts.append("voxel " + ", ".join(map(str, anchor.voxel)))
    if anchor.file is not None:
        parts.append(anchor.file + (f" › {anchor.key}" if anchor.key else ""))
    return " · ".join(parts)
