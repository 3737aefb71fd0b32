"""Coloring of the lines: quantity, limits, legend."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from qtpy.QtCore import QObject, QSignalBlocker

from ...core.colors.region_colors import distinct_color
from ...core.colors.scales import ColorScale
from ...core.errors import ArgumentError
from ...viewer.lines import LinesLayer, fit_scale
from ..common.table import Rgb

if TYPE_CHECKING:
    from .page import LinesPage


class LinesColoring(QObject):
    """Link between the color controls and the lines of the selected file.

    Parameters
    ----------
    page
        The page with the lines.
    """

    def __init__(self, page: LinesPage) -> None:
        super().__init__(page)
        self._page = page
        page.color.activated.connect(lambda _: self._on_color())
        page.low.editingFinished.connect(self._on_limits)
        page.high.editingFinished.connect(self._on_limits)

    @property
    def _layer(self) -> LinesLayer | None:
        file = self._page.current
        return file.layer if file is not None else None

    def fill(self) -> None:
        """Offer the quantities that the selected lines can be colored by."""
        file, color, layer = self._page.current, self._page.color, self._layer
        with QSignalBlocker(color):
            color.clear()
            color.addItem("region", "region")
            color.addItem("line", "line")
            if file is not None:
                if file.lines.experiments:
                    color.addItem("experiment", "experiment")
                for name in file.lines.streamlines.value_names:
                    color.addItem(name, f"value:{name}")
            if layer is not None:
                color.setCurrentIndex(max(0, color.findData(layer.style.color)))
        self._show_scale()

    def color_of_row(self, row: int) -> Rgb | None:
        """Return the color of a line's start, or of a region; None where colors show numbers."""
        file, display = self._page.current, self._page.display
        if file is None or display is None:
            return None
        lines, look = file.lines, file.layer.style.color if file.layer is not None else "region"
        if self._page.table.currentData() == "regions":
            rank = int(lines.totals.rank[row])
        elif look == "region":
            rank = int(lines.regions.start_ranks[row])
        elif look == "line":
            return distinct_color(row)
        elif look == "experiment":
            return distinct_color(int(lines.experiment_of[row]))
        else:
            return None
        return display.color_of(rank) if rank > 0 else None

    def _on_color(self) -> None:
        layer, color = self._layer, self._page.color
        if layer is not None:
            self._apply_change(layer, lambda: layer.set(color=color.currentData()))
            color.setCurrentIndex(color.findData(layer.style.color))
        self._show_scale()
        self._page.model.recolor()

    def _on_limits(self) -> None:
        layer, page = self._layer, self._page
        scale = layer.style.scale if layer is not None else None
        if layer is None or scale is None:
            return
        texts = page.low.text().strip(), page.high.text().strip()
        if texts == (f"{scale.low:.6g}", f"{scale.high:.6g}"):
            return
        name = layer.style.color.removeprefix("value:")
        whole = fit_scale(layer.lines.streamlines.values(name))
        try:
            low, high = (
                float(text) if text else end
                for text, end in zip(texts, (whole.low, whole.high), strict=True)
            )
        except ValueError:
            page.tell(f"limits {texts[0]!r} and {texts[1]!r}; expected two numbers")
            return
        self._apply_change(layer, lambda: layer.set(scale=ColorScale(low, high, scale.name)))
        self._show_scale()

    def _apply_change(self, layer: LinesLayer, change: Callable[[], None]) -> None:
        self._page.tell("")
        try:
            change()
        except ArgumentError as exc:
            self._page.tell(str(exc))

    def _show_scale(self) -> None:
        layer, page = self._layer, self._page
        scale = layer.style.scale if layer is not None else None
        page.limits.setVisible(scale is not None)
        page.bar.setVisible(scale is not None)
        page.bar.set_scale(scale, layer is not None and layer.missing)
        if scale is not None:
            page.low.setText(f"{scale.low:.6g}")
            page.high.setText(f"{scale.high:.6g}")
