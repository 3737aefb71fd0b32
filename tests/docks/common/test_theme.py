"""Contrast of text and boxes, measured from the pixels that are drawn."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from qtpy.QtCore import QRect
from qtpy.QtGui import QImage
from qtpy.QtWidgets import QAbstractButton, QApplication, QComboBox, QLabel, QWidget

from napari_atlas_explorer.docks.common.pages import PAGES

pytestmark = pytest.mark.window

TEXT, CONTROL = 4.5, 3.0
"""Least contrast by WCAG 2.1, 1.4.3 and 1.4.11."""
GLYPHS = "⋯✕"
"""Strokes of a pixel or two, which smoothing makes paler than their color: not measured."""


def luminance(colors: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Relative luminance of sRGB colors, WCAG 2.1."""
    c = colors / 255
    linear = np.where(c <= 0.03928, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ [0.2126, 0.7152, 0.0722])


def contrast(widget: QWidget, area: QRect) -> float:
    """Greatest contrast of a color of the area to its most frequent one."""
    image = widget.grab(area).toImage().convertToFormat(QImage.Format.Format_RGB32)
    bits = image.constBits()
    bits.setsize(image.sizeInBytes())
    pixels = np.frombuffer(bits, np.uint8).reshape(-1, 4)[:, 2::-1]
    colors, counts = np.unique(pixels, axis=0, return_counts=True)
    light = luminance(colors)
    ground = light[counts.argmax()]
    ratios = (np.maximum(light, ground) + 0.05) / (np.minimum(light, ground) + 0.05)
    return float(ratios[counts >= 2].max())


def texts(widget: QWidget) -> str:
    text = widget.currentText() if isinstance(widget, QComboBox) else widget.text()
    return str(text).strip()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_texts_and_boxes_stand_out(opened, viewer, theme, qtbot) -> None:
    viewer.theme = theme
    regions = opened.display.atlas.region_map
    opened.display.view.hide([regions.rank("HY")])
    opened.tree.select_ranks([regions.rank("TH")])
    opened.tree.expandAll()
    QApplication.processEvents()
    for acronym in ("TH", "HY", "VIS"):  # selected, hidden, neither
        row = opened.tree.visualItemRect(opened.tree.item_of(regions.rank(acronym)))
        names = row.adjusted(60, 0, 0, 0)
        assert contrast(opened.tree.viewport(), names) >= TEXT, acronym
        box = QRect(row.left(), row.top(), 16, row.height())
        assert contrast(opened.tree.viewport(), box) >= CONTROL, acronym
    faint = {}
    for name in PAGES:
        opened.show_page(name)
        QApplication.processEvents()
        for widget in opened.findChildren(QWidget):
            if not isinstance(widget, QAbstractButton | QLabel | QComboBox) or not texts(widget):
                continue
            area = widget.visibleRegion().boundingRect()
            whole = widget.isVisible() and area == widget.rect()
            if whole and widget.isEnabled() and texts(widget) not in GLYPHS:
                ratio = contrast(widget, area)
                if ratio < TEXT:
                    faint[name, texts(widget)] = ratio
    assert faint == {}
