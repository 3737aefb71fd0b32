"""In the atlas dock: what the colours stand for now, and one click back to the atlas's."""

from __future__ import annotations

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from ..core.value_colors import ColorScale
from .color_bar import ColorBar
from .colors import DockColors
from .elided_label import ElidedLabel


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
