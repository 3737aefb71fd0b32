"""The snapshot: three lettered sections of an atlas on one sheet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from .captions import credit_of, footer, header
from .color_key import color_key
from .figure import Figure
from .layout import Frame, arrange
from .panel import panel, room_around
from .scene import Lines, Scene, Shape

WIDTH = 1800
MARGIN = 60
MAX_PANELS_HEIGHT = 1500


def make_sheet(figure: Figure) -> Scene:
    """Lay a figure out: header, three panels to one scale, footer with scale bar and credit."""
    room = WIDTH - 2 * MARGIN
    above, beside, below = room_around(figure)
    sizes = [figure.panel_size(section) for section in figure.sections]
    layout = arrange(sizes, WIDTH - MARGIN, MAX_PANELS_HEIGHT, above, beside, below)
    head = header(figure, MARGIN, room)
    foot = footer(figure, MARGIN, room, layout.scale)
    shapes: list[Shape] = list(head.shapes)
    for section, frame in zip(figure.sections, layout.frames, strict=True):
        moved = Frame(frame.x + MARGIN // 2, frame.y + head.height, frame.width, frame.height)
        shapes.extend(panel(figure, section, moved))
    height = head.height + layout.height
    key = color_key(figure, MARGIN, room)
    for caption in (key, foot):
        shapes.extend(_lowered(caption.shapes, height))
        height += caption.height
    return Scene(WIDTH, height, figure.theme.page, shapes, _title(figure), _description(figure))


def _lowered(shapes: Iterable[Shape], by: float) -> list[Shape]:
    moved: list[Shape] = []
    for shape in shapes:
        if isinstance(shape, Lines):
            moved.append(replace(shape, paths=[path + np.array([0.0, by]) for path in shape.paths]))
        else:
            moved.append(replace(shape, y=shape.y + by))
    return moved


def _title(figure: Figure) -> str:
    if figure.rank is None:
        return figure.atlas.name
    return f"{figure.atlas.region_map.name(figure.rank)}, {figure.atlas.name}"


def _description(figure: Figure) -> str:
    names = ", ".join(section.name for section in figure.sections)
    voxel = " ".join(str(i) for i in figure.point.index)
    about = f"Sections ({names}) through voxel {voxel}."
    if figure.values is not None:
        about += f" Colours: {figure.values.title}."
    credit = credit_of(figure.atlas.metadata)
    return f"{about} Credit: {credit}" if credit else about
