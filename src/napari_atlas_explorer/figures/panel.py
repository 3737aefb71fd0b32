"""One section on the sheet: pictures, outlines, cross lines, letters, title."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.colors.region_colors import Rgb
from .figure import Figure
from .layout import Frame
from .paint import gray_pixels, outlines, reference_plane
from .png import elide_text, text_width
from .scene import Lines, Picture, Shape, Text
from .sections import Section, section_title

TITLE_SIZE, SMALLEST_TITLE, LETTER_SIZE = 27, 20, 28
ROOM_WITH_LETTERS = (104, 46, 46)
ROOM_WITHOUT_LETTERS = (62, 18, 18)
"""Pixels that a panel needs above, at the sides of and below its picture."""

OUTLINE_WIDTH, STRONG_WIDTH, CROSS_WIDTH = 0.9, 3.0, 1.2
CROSS_OPACITY = 0.45
DARK_COLOR = 120
"""Luminance below which dark lines on a color cannot be seen."""


def room_around(figure: Figure) -> tuple[int, int, int]:
    """Return pixels above, beside and below the pictures."""
    return ROOM_WITHOUT_LETTERS if figure.atlas.orientation is None else ROOM_WITH_LETTERS


def panel(figure: Figure, section: Section, frame: Frame) -> list[Shape]:
    """Return the shapes of one section whose picture fills a frame."""
    return [
        *_draw_pictures(figure, section, frame),
        *_draw_outlines(figure, section, frame),
        _draw_cross(figure, section, frame),
        *_draw_letters(figure, section, frame),
        _draw_title(figure, section, frame),
    ]


def _draw_pictures(figure: Figure, section: Section, frame: Frame) -> list[Shape]:
    ranks = figure.ranks(section)
    place = (frame.x, frame.y, frame.width, frame.height)
    shapes: list[Shape] = []
    if figure.reference is not None and figure.contrast is not None:
        values = reference_plane(figure.reference, figure.atlas, section, figure.box)
        gray = gray_pixels(figure.contrast.apply(values), ranks, figure.theme.page)
        shapes.append(Picture(*place, gray, smooth=True))
    shapes.append(Picture(*place, figure.colors[ranks], smooth=False))
    return shapes


def _draw_outlines(figure: Figure, section: Section, frame: Frame) -> list[Shape]:
    ranks = figure.ranks(section)
    rows, cols = ranks.shape
    theme = figure.theme

    def on_sheet(path: NDArray[np.int64]) -> NDArray[np.float64]:
        x = frame.x + path[:, 1] * (frame.width / cols)
        y = frame.y + path[:, 0] * (frame.height / rows)
        return np.stack([x, y], axis=1)

    def lines(labels: NDArray[Any], color: Rgb, width: float, opacity: float) -> Lines:
        return Lines([on_sheet(path) for path in outlines(labels)], color, width, opacity)

    if figure.chosen is None:
        return [lines(ranks, theme.outline, OUTLINE_WIDTH, theme.outline_opacity)]
    start, stop = figure.chosen
    inside = (ranks >= start) & (ranks < stop)
    dark = _compute_luminance(figure.atlas.region_map.color_of_rank(start)) < DARK_COLOR
    return [
        lines(np.where(inside, 0, ranks), theme.dimmed, OUTLINE_WIDTH, theme.dimmed_opacity),
        lines(
            np.where(inside, ranks, 0), (255, 255, 255) if dark else (0, 0, 0), OUTLINE_WIDTH, 0.6
        ),
        lines(inside, theme.strong, STRONG_WIDTH, 1.0),
    ]


def _compute_luminance(color: Rgb) -> float:
    r, g, b = color  # weights of ITU-R BT.601
    return 0.299 * r + 0.587 * g + 0.114 * b


def _draw_cross(figure: Figure, section: Section, frame: Frame) -> Shape:
    """Return lines where the two other sections cut this one."""
    row, col = section.place(figure.point.q, figure.box)
    rows, cols = section.size(figure.box)
    x = frame.x + col * frame.width / cols
    y = frame.y + row * frame.height / rows
    across = np.array([[frame.x, y], [frame.x + frame.width, y]])
    down = np.array([[x, frame.y], [x, frame.y + frame.height]])
    return Lines([across, down], figure.theme.cross, CROSS_WIDTH, CROSS_OPACITY)


def _draw_letters(figure: Figure, section: Section, frame: Frame) -> list[Shape]:
    letters = section.letters
    if letters is None:
        return []
    middle_x, middle_y = frame.x + frame.width / 2, frame.y + frame.height / 2
    half = 0.36 * LETTER_SIZE  # half the height of a capital
    color = figure.theme.ink
    return [
        Text(middle_x, frame.y - 12, letters.top, LETTER_SIZE, color, "middle", bold=True),
        Text(
            middle_x,
            frame.y + frame.height + 12 + 2 * half,
            letters.bottom,
            LETTER_SIZE,
            color,
            "middle",
            bold=True,
        ),
        Text(frame.x - 12, middle_y + half, letters.left, LETTER_SIZE, color, "end", bold=True),
        Text(
            frame.x + frame.width + 12,
            middle_y + half,
            letters.right,
            LETTER_SIZE,
            color,
            bold=True,
        ),
    ]


def _draw_title(figure: Figure, section: Section, frame: Frame) -> Shape:
    above, beside, _ = room_around(figure)
    text = section_title(
        section,
        figure.atlas.orientation,
        figure.point.q,
        figure.point.position,
        figure.atlas.resolution,
        figure.resolution_known,
    )
    room = frame.width + 2 * beside
    size = TITLE_SIZE
    while size > SMALLEST_TITLE and text_width(text, size) > room:
        size -= 1
    baseline = frame.y - above + TITLE_SIZE + 14
    shown = elide_text(text, size, room)
    return Text(frame.x + frame.width / 2, baseline, shown, size, figure.theme.ink, "middle")
