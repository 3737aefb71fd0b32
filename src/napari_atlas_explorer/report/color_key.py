"""The key of a figure whose colours stand for numbers: a bar with ticks, and "no value"."""

from __future__ import annotations

import numpy as np

from ..core.colors import Rgb
from ..core.value_colors import MISSING
from .captions import Caption
from .figure import Figure, Theme
from .fonts import elided, text_width
from .scene import Lines, Picture, Rectangle, Shape, Text

SIZE = 24
BAR_WIDTH, BAR_HEIGHT = 640, 26
TOP = 62


def color_key(figure: Figure, left: float, width: float) -> Caption:
    """Title, bar and ticks in the middle of the sheet; nothing where colours are the atlas's."""
    if figure.values is None:
        return Caption([], 0)
    theme, scale = figure.theme, figure.values.scale
    x = left + (width - BAR_WIDTH) / 2
    gradient = np.rint(scale.gradient()[np.newaxis] * 255).astype(np.uint8)
    title = elided(figure.values.title, SIZE, width, bold=True)
    shapes: list[Shape] = [
        Text(left + width / 2, TOP - 16, title, SIZE, theme.ink, "middle", bold=True),
        Picture(x, TOP, BAR_WIDTH, BAR_HEIGHT, gradient, smooth=True),
    ]
    bottom = TOP + BAR_HEIGHT
    end = -np.inf
    for tick in scale.ticks():
        at = x + tick.position * BAR_WIDTH
        shapes.append(Lines([np.array([[at, bottom], [at, bottom + 8]])], theme.ink, 1.6))
        half = text_width(tick.label, SIZE) / 2
        if at - half > end:
            shapes.append(Text(at, bottom + 8 + SIZE, tick.label, SIZE, theme.ink, "middle"))
            end = at + half + 12
    if np.isnan(figure.values.values[1:]).any():
        swatch = Rectangle(
            x + BAR_WIDTH + 48, TOP, BAR_HEIGHT, BAR_HEIGHT, _missing(theme), edge=theme.muted
        )
        beside = swatch.x + BAR_HEIGHT + 12
        shapes += [swatch, Text(beside, bottom - 4, "no value", SIZE, theme.ink)]
    return Caption(shapes, round(bottom + 8 + SIZE + 12))


def _missing(theme: Theme) -> Rgb:
    """Colour of a missing value on the page."""
    *rgb, opacity = MISSING
    r, g, b = (
        round(255 * c * opacity + p * (1 - opacity)) for c, p in zip(rgb, theme.page, strict=True)
    )
    return (r, g, b)
