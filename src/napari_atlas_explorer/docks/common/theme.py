"""Colors of the panel, from napari's theme."""

from __future__ import annotations

from dataclasses import dataclass

from qtpy.QtGui import QColor, QIcon, QPainter, QPen, QPixmap

WITH_BOXES = ("QTreeView", "QListView", "QTableView", "QCheckBox", "QGroupBox")


@dataclass(frozen=True)
class PanelColors:
    """Colors of one theme; text has a contrast of at least 4.5 : 1 to the background."""

    background: QColor
    text: QColor
    muted: QColor
    highlight: QColor
    link: QColor
    amber: QColor
    amber_text: QColor
    error: QColor

    @classmethod
    def of_theme(cls, name: str) -> PanelColors:
        """Return colors for a napari theme by its name."""
        from napari.utils.theme import get_theme

        theme = get_theme(name)
        background = QColor(*theme.background.as_rgb_tuple()[:3])
        text = QColor(*theme.text.as_rgb_tuple()[:3])
        dark = background.lightness() < 128
        return cls(
            background=background,
            text=text,
            muted=_mix_colors(text, background, 0.72),
            highlight=QColor("#5b4a00" if dark else "#ffe08a"),
            link=QColor("#7fbdf5" if dark else "#0b5cad"),
            amber=QColor("#5c4400" if dark else "#ffe2a0"),
            amber_text=QColor("#ffdf9e" if dark else "#4a3500"),
            error=QColor("#ff9d9d" if dark else "#a01616"),
        )

    def style_sheet(self) -> str:
        """Return a frame for boxes that are not checked, which napari draws as a faint shade."""
        boxes = ", ".join(f"{widget}::indicator:unchecked" for widget in WITH_BOXES)
        return f"{boxes} {{border: 1px solid {self.muted.name()}; border-radius: 2px;}}"


def _mix_colors(a: QColor, b: QColor, share: float) -> QColor:
    return QColor(
        *(
            round(x * share + y * (1 - share))
            for x, y in zip(a.getRgb()[:3], b.getRgb()[:3], strict=True)
        )
    )


def swatch(rgb: tuple[int, int, int] | None, border: QColor, size: int = 12) -> QIcon:
    """Return a square icon of a region's color; an empty frame for None."""
    scale = 2  # drawn at twice the size, so that it is sharp on dense screens
    pixmap = QPixmap(size * scale, size * scale)
    pixmap.fill(QColor(0, 0, 0, 0))
    painter = QPainter(pixmap)
    pen = QPen(border)
    pen.setWidth(scale)
    painter.setPen(pen)
    if rgb is not None:
        painter.setBrush(QColor(*rgb))
    painter.drawRect(scale, scale, size * scale - 2 * scale, size * scale - 2 * scale)
    painter.end()
    pixmap.setDevicePixelRatio(scale)
    return QIcon(pixmap)
