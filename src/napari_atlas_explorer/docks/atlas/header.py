"""The head of the atlas dock: facts, amber chips of assumptions, legend of values."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from ...core.atlas.atlas import Atlas
from ...core.colors.scales import ColorScale
from ...core.package import Assumption
from ...core.space.axes import OPPOSITE, SIDES
from ...core.text import grouped
from ..common.theme import DockColors
from ..common.widgets import ColorBar, ElidedLabel

# -----------------------------------------------------------------------------
# Amber chips: what was taken for granted when the atlas was opened.

MAX_CHIPS = 4


class AssumptionChips(QWidget):
    """One chip per assumed quantity; a click settles it, the tooltip says what was assumed."""

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
        """Show a chip for each quantity; several statements of one share a chip."""
        self._assumptions = assumptions
        while (entry := self._layout.takeAt(0)) is not None:
            if entry.widget() is not None:
                entry.widget().deleteLater()
        by_quantity: dict[str, list[str]] = {}
        for assumption in assumptions:
            by_quantity.setdefault(assumption.quantity, []).append(assumption.statement)
        background, text = self._colors.amber.name(), self._colors.amber_text.name()
        for quantity, statements in list(by_quantity.items())[:MAX_CHIPS]:
            chip = QPushButton(f"{quantity}?")
            chip.setObjectName(f"chip_{quantity}")
            chip.setAccessibleName(f"not certain: {quantity}")
            chip.setToolTip("\n".join(statements) + "\nClick to settle it.")
            chip.setStyleSheet(
                f"QPushButton {{background: {background}; color: {text}; border: 1px solid {text};"
                f" border-radius: 8px; padding: 1px 7px;}}"
            )
            chip.clicked.connect(lambda _=False, q=quantity: self.chip_clicked.emit(q))
            self._layout.addWidget(chip)
        self._layout.addStretch(1)
        self.setVisible(bool(by_quantity))

    def set_colors(self, colors: DockColors) -> None:
        """Take the colours of another theme."""
        self._colors = colors
        self.show_assumptions(self._assumptions)


# -----------------------------------------------------------------------------
# In the atlas dock: what the colours stand for now, and one click back to the atlas's.


class ValueLegend(QWidget):
    """Title, colour bar and "Atlas colours"; there only while colours stand for numbers."""

    def __init__(self, colors: DockColors, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("value_legend")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        row = QHBoxLayout()
        self.title = ElidedLabel("", elide=Qt.TextElideMode.ElideMiddle)
        self.back = QPushButton("Atlas colours")
        self.back.setObjectName("atlas_colors")
        self.back.setToolTip("Colour the regions as the atlas does")
        row.addWidget(self.title, 1)
        row.addWidget(self.back)
        layout.addLayout(row)
        self.bar = ColorBar(colors)
        layout.addWidget(self.bar)
        self.setVisible(False)

    def show_scale(self, title: str, scale: ColorScale | None, missing: bool) -> None:
        """Show a scale; None takes the legend away."""
        self.title.setText(title)
        self.title.setToolTip(title)
        self.bar.set_scale(scale, missing)
        self.bar.setVisible(scale is not None)
        self.setVisible(scale is not None)

    def show_note(self, title: str) -> None:
        """Say what colours are that stand for no numbers; "Atlas colours" leads back."""
        self.show_scale(title, None, False)
        self.setVisible(True)


# -----------------------------------------------------------------------------
# What the dock's head says of an atlas.


def facts(atlas: Atlas) -> str:
    """Shape, voxel size and orientation in a line."""
    shape = " × ".join(str(n) for n in atlas.shape)
    sizes = [f"{r:.4g}" for r in atlas.resolution]
    size = sizes[:1] if len(set(sizes)) == 1 else sizes
    voxel = f"{' × '.join(size)} µm" if atlas.package.resolution_known else "voxel size unknown"
    if atlas.orientation is None and not atlas.package.resolution_known:
        return f"{shape} · orientation and voxel size unknown"
    return " · ".join([shape, atlas.orientation or "orientation unknown", voxel])


def facts_tooltip(atlas: Atlas) -> str:
    """Spell out what the line of facts abbreviates."""
    if atlas.orientation is None:
        return f"{facts(atlas)}\nsettle what is unknown by a click on a chip"
    runs = (
        f"axis {i} from {SIDES[c]} to {SIDES[OPPOSITE[c]]}" for i, c in enumerate(atlas.orientation)
    )
    return f"{facts(atlas)}\n{atlas.orientation}: " + ", ".join(runs)


def counts(atlas: Atlas) -> str:
    """How many regions have voxels, and how many ids are strangers."""
    n = len(atlas.region_map)
    with_voxels = int((atlas.labels.total_counts[1 : n + 1] > 0).sum())
    text = f"{grouped(with_voxels)} of {grouped(n)} regions have voxels"
    unknown = len(atlas.labels.unknown_ids)
    table = atlas.metadata.get("hierarchy")
    return (
        text
        + (f" · {grouped(unknown)} ids not in the hierarchy" if unknown else "")
        + (f" · names from {table}" if isinstance(table, str) else "")
    )


def credit(atlas: Atlas) -> str:
    """Where the atlas is from and who is to be credited, for a tooltip."""
    lines = [atlas.name, atlas.package.layout]
    if atlas.path is not None:
        lines.append(str(atlas.path))
    for key in ("citation", "atlas_link", "species", "license", "atlas_packager"):
        if atlas.metadata.get(key):
            lines.append(f"{key.replace('_', ' ')}: {atlas.metadata[key]}")
    return "\n".join(lines)


def open_questions(atlas: Atlas) -> list[Assumption]:
    """What the files do not say and nobody has settled: chips that lead to the form."""
    if atlas.orientation is None:
        return [Assumption("orientation", "not stated: shown as it is stored, sides unknown")]
    if atlas.sides is None:
        return [Assumption("hemispheres", "nothing says which side is left: sides unknown")]
    return []
