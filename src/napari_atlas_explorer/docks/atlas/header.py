"""Header of the atlas panel: facts, chips for assumptions, legend of values."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from ...core.colors.scales import ColorScale
from ...core.package import Assumption
from ..common.theme import PanelColors
from ..common.widgets import ColorBar, ElidedLabel, without_margins

# ---- Chips for assumptions -----------------------------------------------------------------------

MAX_CHIPS = 4
ORDER = ("names", "table", "hierarchy", "resolution", "unit", "orientation", "hemispheres", "kind")
"""Quantities by weight, those that change most answers first; others follow."""


SETTABLE = ("names", "resolution", "unit", "orientation", "hemispheres", "kind")
"""Quantities that a form lets the user state."""


class AssumptionChips(QWidget):
    """One chip per assumed quantity; a click opens the form, the tooltip has the assumption."""

    chip_clicked = Signal(str)
    """Quantity whose chip was clicked."""

    def __init__(self, colors: PanelColors, parent: object = None) -> None:
        super().__init__(parent)
        self._colors = colors
        self._layout = without_margins(QHBoxLayout(self), 4)
        self._assumptions: Sequence[Assumption] = ()
        self.setVisible(False)

    def show_assumptions(self, assumptions: Sequence[Assumption]) -> None:
        """Show a chip for each quantity; several assumptions about one share a chip."""
        self._assumptions = assumptions
        while (entry := self._layout.takeAt(0)) is not None:
            if entry.widget() is not None:
                entry.widget().deleteLater()
        by_quantity: dict[str, list[Assumption]] = {}
        for assumption in sorted(assumptions, key=_weight):
            by_quantity.setdefault(assumption.quantity, []).append(assumption)
        quantities = list(by_quantity)
        shown = quantities if len(quantities) <= MAX_CHIPS else quantities[: MAX_CHIPS - 1]
        for quantity in shown:
            name = by_quantity[quantity][0].title
            self._add_chip(quantity, f"{name}?", f"Assumed: {name}", by_quantity[quantity])
        rest = [by_quantity[quantity] for quantity in quantities[len(shown) :]]
        if rest:
            names = ", ".join(about[0].title for about in rest)
            self._add_chip(
                "more",
                f"+{len(rest)}",
                f"Also assumed: {names}",
                [a for about in rest for a in about],
            )
        self._layout.addStretch(1)
        self.setVisible(bool(by_quantity))

    def _add_chip(self, quantity: str, text: str, name: str, about: list[Assumption]) -> None:
        background, color = self._colors.amber.name(), self._colors.amber_text.name()
        chip = QPushButton(text)
        chip.setObjectName(f"chip_{quantity}")
        chip.setAccessibleName(name)
        sentences = "".join(f"<p>{escape(a.statement)}.</p>" for a in about)
        invitation = "Click to read them." if quantity not in SETTABLE else "Click to set it."
        chip.setToolTip(f"{sentences}<p>{invitation}</p>")
        chip.setStyleSheet(
            f"QPushButton {{background: {background}; color: {color}; border: 1px solid {color};"
            f" border-radius: 8px; padding: 1px 7px;}}"
        )
        chip.clicked.connect(lambda _=False, q=quantity: self.chip_clicked.emit(q))
        self._layout.addWidget(chip)

    def set_colors(self, colors: PanelColors) -> None:
        """Use the colors of another theme."""
        self._colors = colors
        self.show_assumptions(self._assumptions)


def _weight(assumption: Assumption) -> int:
    quantity = assumption.quantity
    return ORDER.index(quantity) if quantity in ORDER else len(ORDER)


# ---- Legend of values ----------------------------------------------------------------------------


class ValueLegend(QWidget):
    """Title, color bar and "Atlas colors"; shown only while colors show numbers."""

    def __init__(self, colors: PanelColors, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("value_legend")
        layout = without_margins(QVBoxLayout(self), 3)
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
        self.bar.set_scale(scale, missing)
        self.bar.setVisible(scale is not None)
        self.setVisible(scale is not None)

    def show_note(self, title: str) -> None:
        """Explain colors that show no numbers; "Atlas colors" restores the atlas's own."""
        self.show_scale(title, None, False)
        self.setVisible(True)
