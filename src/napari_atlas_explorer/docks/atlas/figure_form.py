"""Dialog for a figure: sections, size in print, names, colors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from ...atlases.local.settings import read_config, write_config
from ...core.text import as_plain
from ...figures.style import (
    FONT_SIZE,
    LEAST_FONT,
    LEAST_WIDTH,
    MOST_FONT,
    MOST_WIDTH,
    PALETTES,
    WIDTH_MM,
    Style,
)
from ..common.widgets import make_choice, make_text

REMEMBERED = "figure_form.json"
ALL = "all three"
PALETTE_WORDS = {"atlas": "of the atlas", "colorblind": "for color-blind readers, too"}


@dataclass(frozen=True)
class FigureRequest:
    """What the dialog asks for: planes, None for all three, and a style."""

    planes: tuple[str, ...] | None
    style: Style


class FigureForm(QDialog):
    """Dialog for a figure of what is shown.

    Parameters
    ----------
    planes
        Names of the atlas's planes.
    shown
        What the figure will show, in words.
    colored
        Title of the numbers that color the regions; "" for the colors of regions, which can be
        chosen.
    dark
        Whether the page is dark, unless that is changed.
    parent
        Window that it belongs to.
    """

    def __init__(
        self,
        planes: Sequence[str],
        shown: str,
        colored: str,
        dark: bool,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Save figure")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        kept = read_config(REMEMBERED)
        kept = kept if isinstance(kept, dict) else {}
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        choices = [(ALL, ""), *((plane, plane) for plane in planes)]
        self.planes = make_choice("Sections", choices, "Sections through the middle of the view")
        form.addRow("Sections", self.planes)
        self.title = QLineEdit()
        self.title.setAccessibleName("Heading")
        self.title.setPlaceholderText("name of the region or atlas")
        form.addRow("Heading", self.title)
        self.width_mm = _make_number("Width in print", "mm", LEAST_WIDTH, MOST_WIDTH)
        self.width_mm.setValue(_take_number(kept, "width_mm", WIDTH_MM))
        form.addRow("Width", self.width_mm)
        self.font_size = _make_number("Size of text", "points", LEAST_FONT, MOST_FONT)
        self.font_size.setValue(_take_number(kept, "font_size", FONT_SIZE))
        form.addRow("Text", self.font_size)
        self.names = QCheckBox("acronyms in the regions, or beside them")
        self.names.setAccessibleName("Names")
        self.names.setChecked(kept.get("names") is True)
        form.addRow("Names", self.names)
        words = [(PALETTE_WORDS[palette], palette) for palette in PALETTES]
        self.palette_choice = make_choice("Colors", words, "Colors of the regions")
        if colored:
            form.addRow("Colors", QLabel(f"by {as_plain(colored)}"))
        else:
            found = self.palette_choice.findData(kept.get("palette"))
            self.palette_choice.setCurrentIndex(max(0, found))
            form.addRow("Colors", self.palette_choice)
        self.dark = QCheckBox("dark page")
        self.dark.setChecked(dark)
        form.addRow("", self.dark)
        hint = make_text(f"As shown: {shown}. The ending of the name decides: .png, .svg or .pdf.")
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel
        )
        save = buttons.button(QDialogButtonBox.StandardButton.Save)
        if save is not None:
            save.setText("Save as…")
            save.setDefault(True)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(hint)
        layout.addWidget(buttons)

    def request(self) -> FigureRequest:
        """Return what is asked for, and remember sizes, names and colors for the next time."""
        style = Style(
            self.width_mm.value(),
            self.font_size.value(),
            self.dark.isChecked(),
            self.names.isChecked(),
            self.palette_choice.currentData(),
            self.title.text().strip(),
        )
        write_config(
            REMEMBERED,
            {
                "width_mm": style.width_mm,
                "font_size": style.font_size,
                "names": style.names,
                "palette": style.palette,
            },
        )
        plane = self.planes.currentData()
        return FigureRequest((plane,) if plane else None, style)


def _make_number(name: str, unit: str, low: float, high: float) -> QDoubleSpinBox:
    box = QDoubleSpinBox()
    box.setAccessibleName(name)
    box.setRange(low, high)
    box.setDecimals(1)
    box.setSuffix(f" {unit}")
    return box


def _take_number(kept: dict[str, Any], key: str, default: float) -> float:
    """Return a remembered number; the box itself keeps it in its range."""
    value = kept.get(key)
    return float(value) if isinstance(value, int | float) else default
