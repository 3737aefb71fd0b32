"""Header of the atlas dock: facts, chips for assumptions, legend of values."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from ...core.colors.scales import ColorScale
from ...core.package import Assumption
from ..common.theme import DockColors
from ..common.widgets import ColorBar, ElidedLabel

# ---- Chips for assumptions -----------------------------------------------------------------------

MAX_CHIPS = 4


class AssumptionChips(QWidget):
    """One chip per assumed quantity; a click opens the form, the tooltip has the assumption."""

    chip_clicked = Signal(str)
    """Quantity whose chip was clicked."""

    def __init__(self, colors: DockColors, parent: object = None) -> None:
        super().__init__(parent)
        self._colors = colors
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(4)
        self._assumptions: Sequence[Assumption] = ()
        self.setVisible(False)

    def show_assumptions(self, assumptions: Sequence[Assumption]) -> None:
        """Show a chip for each quantity; several assumptions about one share a chip."""
        self._assumptions = assumptions
        while (entry := self._layout.takeAt(0)) is not None:
            if entry.widget() is not None:
                entry.widget().deleteLater()
        by_quantity: dict[str, list[str]] = {}
        for assumption in assumptions:
            by_quantity.setdefault(assumption.quantity, []).append(assumption.statement)
        background, text = self._colors.amber.name(), self._colors.amber_text.name()
        for quantity, statements in list(by_quantity.items())[:MAX_CHIPS]:
            name = "voxel size" if quantity == "resolution" else quantity
            chip = QPushButton(f"{name}?")
            chip.setObjectName(f"chip_{quantity}")
            chip.setAccessibleName(f"Assumed: {name}")
            chip.setToolTip("\n".join(statements) + "\nClick to set it.")
            chip.setStyleSheet(
                f"QPushButton {{background: {background}; color: {text}; border: 1px solid {text};"
                f" border-radius: 8px; padding: 1px 7px;}}"
            )
            chip.clicked.connect(lambda _=False, q=quantity: self.chip_clicked.emit(q))
            self._layout.addWidget(chip)
        self._layout.addStretch(1)
        self.setVisible(bool(by_quantity))

    def set_colors(self, colors: DockColors) -> None:
        """Use the colors of another theme."""
        self._colors = colors
        self.show_assumptions(self._assumptions)


# ---- Legend of values ----------------------------------------------------------------------------


class ValueLegend(QWidget):
    """Title, color bar and "Atlas colors"; shown only while colors show numbers."""

    def __init__(self, colors: DockColors, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("value_legend")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        row = QHBoxLayout()
        self.title = ElidedLabel("", elide=Qt.TextElideMode.ElideMiddle)
        self.back = QPushButton("Atlas colors")
        self.back.setObjectName("atlas_colors")
        self.back.setToolTip("Color the regions as the atlas does")
        row.addWidget(self.title, 1)
        row.addWidget(self.back)
        layout.addLayout(row)
        self.bar = ColorBar(colors)
        layout.addWidget(self.bar)
        self.setVisible(False)

    def show_scale(self, title: str, scale: ColorScale | None, missing: bool) -> None:
        """Show a scale; None hides the legend."""
        self.title.setText(title)
        self.title.setToolTip(title)
        self.bar.set_scale(scale, missing)
        self.bar.setVisible(scale is not None)
        self.setVisible(scale is not None)

    def show_note(self, title: str) -> None:
        """Explain colors that show no numbers; "Atlas colors" restores the atlas's own."""
        self.show_scale(title, None, False)
        self.setVisible(True)
