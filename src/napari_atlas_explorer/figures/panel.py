"""One section on the sheet: image, regions, borders, names, cross lines, letters, title."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..compute.label_polygons import LabelMesh, Polygon, mesh_labels
from ..core.colors.region_colors import Rgb
from .figure import Figure, Point
from .layout import Frame
from .paint import gray_pixels, reference_plane
from .png import elide_text, text_width
from .region_names import ASCENT, DESCENT, GAP, PlacedNames, place_names
from .scene import Area, Areas, Dots, Lines, Picture, Rectangle, Shape, Text
from .sections import Section, section_title

TITLE_SIZE, SMALLEST_TITLE, LETTER_SIZE, NAME_SIZE = 27, 20, 28, 21
ROOM_WITH_LETTERS = (104, 46, 46)
ROOM_WITHOUT_LETTERS = (62, 18, 18)
"""Units (see `Style`) that a panel needs above, at the sides of and below its picture."""
LONGEST_NAME = 11
"""Ems; longer names are shortened."""

MARK_RADIUS = 2.6
"""Units."""
OUTLINE_WIDTH, STRONG_WIDTH, CROSS_WIDTH, LEADER_WIDTH = 0.9, 3.0, 1.2, 1.0
CROSS_OPACITY = 0.45
GRAY = 128
"""Mean brightness of the brain in an image, behind regions that are half clear."""
DARK_COLOR = 120
"""Luminance below which dark lines on a color cannot be seen."""


def room_around(figure: Figure) -> tuple[int, int, int]:
    """Return pixels above, beside and below the pictures."""
    rooms = ROOM_WITHOUT_LETTERS if figure.atlas.orientation is None else ROOM_WITH_LETTERS
    above, beside, below = (round(room * figure.style.unit) for room in rooms)
    if figure.style.names:
        size = figure.style.size(NAME_SIZE)
        labels = {k for section in figure.sections for k in np.unique(figure.labels(section))}
        widths = [text_width(text, size) for text in _name_labels(figure, labels).values()]
        # Letters stand beyond the names.
        beside += round(max(widths, default=0) + 3 * GAP * size)
    return above, beside, below


def panel(
    figure: Figure, section: Section, point: Point, frame: Frame, room: tuple[int, int, int]
) -> list[Shape]:
    """Return the shapes of one section whose picture fills a frame, with `room_around` it."""
    labels = figure.labels(section)
    mesh = mesh_labels(labels)
    shapes: list[Shape] = [
        *draw_reference(figure, section, frame),
        draw_regions(figure, mesh, labels.shape, frame),
        *draw_borders(figure, mesh, labels.shape, frame),
        *_draw_marks(figure, section, frame),
        *_draw_cross(figure, section, point, frame),
    ]
    names = find_names(figure, labels, mesh.polygons, frame)
    return [
        *shapes,
        *draw_names(figure, names),
        *draw_letters(figure, section, frame, (room[1], room[1])),
        _draw_title(figure, section, point, frame, room),
    ]


def draw_reference(figure: Figure, section: Section, frame: Frame) -> list[Shape]:
    """Return the image in a section; nothing where the atlas has none."""
    if figure.reference is None or figure.contrast is None:
        return []
    values = reference_plane(figure.reference, figure.atlas, section, figure.box)
    gray = gray_pixels(figure.contrast.apply(values), figure.ranks(section), figure.theme.page)
    return [Picture(frame.x, frame.y, frame.width, frame.height, gray, smooth=True)]


def move_to_sheet(
    points: NDArray[np.float64], shape: tuple[int, ...], frame: Frame
) -> NDArray[np.float64]:
    """Turn x and y in pixels of a section ``(rows, cols)`` into those of the sheet."""
    scale = np.array([frame.width / shape[1], frame.height / shape[0]])
    return np.asarray(np.array([frame.x, frame.y]) + points * scale)


def draw_regions(figure: Figure, mesh: LabelMesh, shape: tuple[int, ...], frame: Frame) -> Shape:
    """Return the regions of a section, each filled with its color."""
    rings: dict[int, list[NDArray[np.float64]]] = {}
    for polygon in mesh.polygons:
        for ring in (polygon.exterior, *polygon.holes):
            rings.setdefault(polygon.label, []).append(move_to_sheet(ring, shape, frame))
    areas = []
    for label, outlines in rings.items():
        r, g, b, opacity = figure.colors[label].tolist()
        areas.append(Area(outlines, (r, g, b), opacity / 255, figure.name_of_label(label)))
    return Areas(areas)


def draw_borders(
    figure: Figure, mesh: LabelMesh, shape: tuple[int, ...], frame: Frame
) -> list[Shape]:
    """Return the borders of a section's regions, the chosen region's stronger."""
    theme = figure.theme
    ranks = mesh.sides % len(figure.targets)
    arcs = [move_to_sheet(arc, shape, frame) for arc in mesh.arcs]

    def lines(chosen: NDArray[np.bool_], color: Rgb, width: float, opacity: float) -> Lines:
        return Lines([arcs[k] for k in np.flatnonzero(chosen)], color, width, opacity)

    # No line where hemispheres meet within a region.
    drawn = ranks[:, 0] != ranks[:, 1]
    if figure.chosen is None:
        return [lines(drawn, theme.outline, OUTLINE_WIDTH, theme.outline_opacity)]
    start, stop = figure.chosen
    inside = (ranks >= start) & (ranks < stop)
    dark = _compute_luminance(figure.atlas.region_map.color_of_rank(start)) < DARK_COLOR
    within = (255, 255, 255) if dark else (0, 0, 0)
    return [
        lines(drawn & ~inside.any(axis=1), theme.dimmed, OUTLINE_WIDTH, theme.dimmed_opacity),
        lines(drawn & inside.all(axis=1), within, OUTLINE_WIDTH, 0.6),
        lines(inside[:, 0] != inside[:, 1], theme.strong, STRONG_WIDTH, 1.0),
    ]


def _compute_luminance(color: Rgb) -> float:
    r, g, b = color  # weights of ITU-R BT.601
    return 0.299 * r + 0.587 * g + 0.114 * b


# ---- Names ---------------------------------------------------------------------------------------


def find_names(
    figure: Figure, labels: NDArray[np.int64], polygons: list[Polygon], frame: Frame
) -> PlacedNames:
    """Place the acronyms of the regions in a section; none where the style asks for none.

    With a chosen region those of its parts alone.
    """
    if not figure.style.names:
        return PlacedNames([], [])
    present = set(np.unique(labels).tolist())
    if figure.chosen is not None:
        start, stop = figure.chosen
        present = {k for k in present if start <= figure.rank_of_label(k) < stop}
    texts = _name_labels(figure, present)
    return place_names(labels, polygons, frame, texts, figure.style.size(NAME_SIZE))


def _name_labels(figure: Figure, labels: set[int]) -> dict[int, str]:
    size = figure.style.size(NAME_SIZE)
    return {
        label: elide_text(figure.name_of_label(label), size, LONGEST_NAME * size)
        for label in sorted(map(int, labels))
        if label
    }


def draw_names(figure: Figure, names: PlacedNames) -> list[Shape]:
    """Return the names of a section's regions, with the lines that lead to them."""
    theme, size = figure.theme, figure.style.size(NAME_SIZE)
    leaders = [name.leader for name in names.names if name.leader is not None]
    shapes: list[Shape] = []
    if leaders:
        shapes.append(Lines(leaders, theme.ink, LEADER_WIDTH, 0.7))
        half = 1.6 * figure.style.unit
        shapes += [
            Rectangle(x - half, y - half, 2 * half, 2 * half, theme.ink)
            for x, y in (leader[1].tolist() for leader in leaders)
        ]
    for name in names.names:
        left, top, right, bottom = name.box
        baseline = top + (bottom - top) * ASCENT / (ASCENT + DESCENT)
        color = theme.ink if name.leader is not None else _contrast_ink(figure, name.label)
        shapes.append(Text((left + right) / 2, baseline, name.text, size, color, "middle"))
    return shapes


def _contrast_ink(figure: Figure, label: int) -> Rgb:
    """Return black or white, whichever is seen on a region's color."""
    r, g, b, opacity = figure.colors[label].tolist()
    behind = figure.theme.page if figure.reference is None else (GRAY, GRAY, GRAY)
    share = opacity / 255
    seen = share * _compute_luminance((r, g, b)) + (1 - share) * _compute_luminance(behind)
    return (0, 0, 0) if seen >= DARK_COLOR else (255, 255, 255)


# ---- Around the picture --------------------------------------------------------------------------


def _draw_marks(figure: Figure, section: Section, frame: Frame) -> list[Shape]:
    shape = section.size(figure.box)
    radius = MARK_RADIUS * figure.style.unit
    return [
        Dots(move_to_sheet(places[:, ::-1], shape, frame), radius, marks.color)
        for marks in figure.marks
        if len(places := figure.find_marks(marks, section))
    ]


def _draw_cross(figure: Figure, section: Section, point: Point, frame: Frame) -> list[Shape]:
    """Return lines where the other sections through the point cut this one."""
    row, col = section.place(point.q, figure.box)
    rows, cols = section.size(figure.box)
    x = frame.x + col * frame.width / cols
    y = frame.y + row * frame.height / rows
    paths = []
    others = {other.axis for other, its_point in figure.panels if its_point is point}
    if section.down in others:
        paths.append(np.array([[frame.x, y], [frame.x + frame.width, y]]))
    if section.across in others:
        paths.append(np.array([[x, frame.y], [x, frame.y + frame.height]]))
    return [Lines(paths, figure.theme.cross, CROSS_WIDTH, CROSS_OPACITY)] if paths else []


def draw_letters(
    figure: Figure, section: Section, frame: Frame, beside: tuple[float, float]
) -> list[Shape]:
    """Return the letters of the sides around a section, at the ends of the rooms beside it."""
    letters = section.letters
    if letters is None:
        return []
    unit, size = figure.style.unit, figure.style.size(LETTER_SIZE)
    left, right = (room + (12 - ROOM_WITH_LETTERS[1]) * unit for room in beside)
    middle_x, middle_y = frame.x + frame.width / 2, frame.y + frame.height / 2
    half = 0.36 * size  # half the height of a capital
    color, gap = figure.theme.ink, 12 * unit
    below, right = frame.y + frame.height + gap + 2 * half, frame.x + frame.width + right
    return [
        Text(middle_x, frame.y - gap, letters.top, size, color, "middle", bold=True),
        Text(middle_x, below, letters.bottom, size, color, "middle", bold=True),
        Text(frame.x - left, middle_y + half, letters.left, size, color, "end", bold=True),
        Text(right, middle_y + half, letters.right, size, color, bold=True),
    ]


def _draw_title(
    figure: Figure, section: Section, point: Point, frame: Frame, room: tuple[int, int, int]
) -> Shape:
    above, beside, _ = room
    text = section_title(
        section,
        figure.atlas.orientation,
        point.q,
        point.position,
        figure.atlas.grid,
        figure.resolution_known,
        figure.style.frame,
    )
    width = frame.width + 2 * beside
    size, smallest = (figure.style.size(n) for n in (TITLE_SIZE, SMALLEST_TITLE))
    while size > smallest and text_width(text, size) > width:
        size -= 1
    baseline = frame.y - above + (TITLE_SIZE + 14) * figure.style.unit
    shown = elide_text(text, size, width)
    return Text(frame.x + frame.width / 2, baseline, shown, size, figure.theme.ink, "middle")
