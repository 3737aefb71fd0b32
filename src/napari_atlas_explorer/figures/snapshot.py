"""The snapshot: three lettered sections on one sheet, with captions and color key."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..core.colors.region_colors import Rgb
from ..core.colors.scales import MISSING
from ..core.space.hemispheres import HEMISPHERE_NAMES
from ..core.text import amount, grouped, micrometers
from .figure import Figure, Marks, Point
from .layout import Frame, arrange, length_label, round_length
from .panel import panel, room_around
from .png import elide_text, text_width, wrap_text
from .scene import Areas, Dots, Lines, Picture, Rectangle, Scene, Shape, Text
from .style import Theme

# ---- Captions ------------------------------------------------------------------------------------

TITLE_SIZE, FACTS_SIZE, SMALL_SIZE = 42, 27, 21
LINE_HEIGHT = 1.36
SWATCH = 34
BAR_SHARE = 0.16
"""Maximum scale bar as a share of the sheet's width."""

CREDIT_KEYS = ("citation", "credit", "license", "licence", "atlas_link")


@dataclass(frozen=True)
class Caption:
    """Shapes with their top at y = 0, and their height."""

    shapes: list[Shape]
    height: int


def header(figure: Figure, left: float, width: float) -> Caption:
    """Return the caption with the name of the region or atlas, and facts."""
    theme, rank, style = figure.theme, figure.rank, figure.style
    unit, size = style.unit, style.size(TITLE_SIZE)
    baseline = 88.0 * unit
    shapes: list[Shape] = []
    x = left
    if style.title or rank is None:
        name = elide_text(style.title or figure.atlas.name, size, width, bold=True)
        shapes.append(Text(x, baseline, name, size, theme.ink, bold=True))
    else:
        regions = figure.atlas.region_map
        swatch, color = SWATCH * unit, regions.color_of_rank(rank)
        top = baseline - 0.36 * size - swatch / 2
        shapes.append(Rectangle(x, top, swatch, swatch, color, edge=theme.muted))
        x += swatch + 18 * unit
        acronym, name = regions.acronym_of_rank(rank), regions.name_of_rank(rank)
        acronym = elide_text(acronym, size, width / 2, bold=True)
        shapes.append(Text(x, baseline, acronym, size, theme.ink, bold=True))
        x += text_width(acronym, size, bold=True) + 22 * unit
        if name != regions.acronym_of_rank(rank):
            shown = elide_text(name, size, left + width - x)
            shapes.append(Text(x, baseline, shown, size, theme.ink))
    size = style.size(FACTS_SIZE)
    facts = elide_text(" · ".join(_list_facts(figure)), size, width)
    shapes.append(Text(left, baseline + 46 * unit, facts, size, theme.muted))
    return Caption(shapes, round(164 * unit))


def _list_facts(figure: Figure) -> list[str]:
    atlas = figure.atlas
    rank_volume, rank = atlas.ranks, figure.rank
    if rank is not None:
        n_voxels = int(rank_volume.total_counts[rank])
        size = amount(n_voxels, atlas.grid.voxel_volume, figure.resolution_known)
        below = int(rank_volume.ends[rank]) - rank - 1
        with_them = f" with its {grouped(below)} subregions" if below else ""
        if below == 1:
            with_them = " with its subregion"
        return [size + with_them, atlas.name]
    regions = atlas.region_map
    totals = rank_volume.total_counts[1 + regions.made_up_root : len(regions) + 1]
    present = f"{grouped(int(np.count_nonzero(totals)))} of {grouped(regions.n_stated)}"
    return [volume_facts(figure), f"{present} regions have voxels"]


def volume_facts(figure: Figure) -> str:
    """Return the shape and voxel size: "132 × 80 × 114 voxels of 100 µm"."""
    atlas = figure.atlas
    shape = " × ".join(grouped(n) for n in atlas.shape)
    if not figure.resolution_known:
        return f"{shape} voxels of unknown size"
    sizes = [f"{s:.5g}" for s in atlas.resolution]
    return f"{shape} voxels of {sizes[0] if len(set(sizes)) == 1 else ' × '.join(sizes)} µm"


def footer(figure: Figure, left: float, width: float, scale: float) -> Caption:
    """Return the caption with point, hemispheres, credit, and scale bar at the right."""
    theme, unit = figure.theme, figure.style.unit
    facts, small = figure.style.size(FACTS_SIZE), figure.style.size(SMALL_SIZE)
    right = left + width
    length = round_length(BAR_SHARE * width / scale)
    bar = length * scale
    label = length_label(length, figure.resolution_known)
    y = 62.0 * unit
    middle = right - max(bar, text_width(label, facts)) / 2
    shapes: list[Shape] = [
        Lines([np.array([[middle - bar / 2, y], [middle + bar / 2, y]])], theme.ink, 6.0 * unit),
        Text(middle, y - 16 * unit, label, facts, theme.ink, "middle"),
    ]
    room = width - max(bar, text_width(label, facts)) - 60 * unit
    baseline = 46.0 * unit
    for text in _list_notes(figure):
        for line in wrap_text(text, small, room, max_lines=3):
            shapes.append(Text(left, baseline, line, small, theme.muted))
            baseline += small * LINE_HEIGHT
    return Caption(shapes, round(max(baseline, y + 20 * unit) + 26 * unit))


def _list_notes(figure: Figure) -> list[str]:
    atlas = figure.atlas
    notes = []
    if len(figure.panels) > 1 and len(figure.points) == 1:
        notes.append(f"Sections meet in {_describe_point(figure, figure.point)}")
    elif len(figure.points) == 1:
        notes.append(f"Section through {_describe_point(figure, figure.point)}")
    if atlas.hemisphere_rule is not None:
        notes.append(f"left and right: {atlas.hemisphere_rule.convention}")
    if figure.hemisphere is not None:
        notes.append(f"{HEMISPHERE_NAMES[figure.hemisphere]} hemisphere alone")
    assumed = sorted({a.title for a in atlas.assumptions})
    if assumed:
        notes.append(f"assumed, not stated by the files: {', '.join(assumed)}")
    lines = [" · ".join(notes)] if notes else []
    lines += [_describe_marks(figure, marks) for marks in figure.marks]
    if figure.rank is not None or figure.style.title:
        lines.append(volume_facts(figure))
    credit = credit_of(atlas.metadata)
    from .. import __version__

    drawn = f"Drawn with napari-atlas-explorer {__version__}"
    name = f"{atlas.name} · " if figure.style.title else ""
    return [*lines, f"{name}{credit} · {drawn}" if credit else f"{name}{drawn}"]


def _describe_marks(figure: Figure, marks: Marks) -> str:
    n = sum(len(figure.find_marks(marks, section)) for section in figure.sections)
    where = "in the voxels of the sections"
    if marks.within is not None:
        where = f"within {marks.within:g} µm of the sections"
    return f"{grouped(n)} {'point' if n == 1 else 'points'} of {marks.title} {where}"


def _describe_point(figure: Figure, point: Point) -> str:
    where = f"voxel {', '.join(grouped(i) for i in point.index)}"
    if figure.resolution_known:
        where += " at " + ", ".join(micrometers(float(p)) for p in point.position) + " µm"
    return where


def credit_of(metadata: Any) -> str:
    """Return citation, license and link of a package in one line; "" for none."""
    credits = [str(metadata[key]).strip() for key in CREDIT_KEYS if metadata.get(key)]
    return " · ".join(dict.fromkeys(text for text in credits if text))


# ---- Color key -----------------------------------------------------------------------------------

SIZE = 24
BAR_WIDTH, BAR_HEIGHT = 640, 26
TOP = 62


def color_key(figure: Figure, left: float, width: float) -> Caption:
    """Return title, bar and ticks of numbers; nothing for the atlas's colors."""
    if figure.values is None:
        return Caption([], 0)
    theme, scale, unit = figure.theme, figure.values.scale, figure.style.unit
    size, top, height = figure.style.size(SIZE), TOP * unit, BAR_HEIGHT * unit
    bar = min(BAR_WIDTH * unit, width / 2)
    x = left + (width - bar) / 2
    gradient = np.rint(scale.gradient()[np.newaxis] * 255).astype(np.uint8)
    title = elide_text(figure.values.title, size, width, bold=True)
    middle = left + width / 2
    shapes: list[Shape] = [
        Text(middle, top - 16 * unit, title, size, theme.ink, "middle", bold=True),
        Picture(x, top, bar, height, gradient, smooth=True),
    ]
    bottom = top + height
    tick_end = bottom + 8 * unit
    end = -np.inf
    for tick in scale.ticks():
        at = x + tick.position * bar
        shapes.append(Lines([np.array([[at, bottom], [at, tick_end]])], theme.ink, 1.6))
        half = text_width(tick.label, size) / 2
        if at - half > end:
            shapes.append(Text(at, tick_end + size, tick.label, size, theme.ink, "middle"))
            end = at + half + 12 * unit
    if np.isnan(figure.values.values[..., 1:]).any():
        edge = x + bar + 48 * unit
        swatch = Rectangle(edge, top, height, height, _fade(theme), edge=theme.muted)
        beside = swatch.x + height + 12 * unit
        shapes += [swatch, Text(beside, bottom - 4 * unit, "no value", size, theme.ink)]
    return Caption(shapes, round(tick_end + size + 12 * unit))


def _fade(theme: Theme) -> Rgb:
    """Return the color of a missing value on the page."""
    *rgb, opacity = MISSING
    r, g, b = (
        round(255 * c * opacity + p * (1 - opacity)) for c, p in zip(rgb, theme.page, strict=True)
    )
    return (r, g, b)


# ---- Sheet ---------------------------------------------------------------------------------------

MARGIN, PANELS_HEIGHT = 1 / 30, 5 / 6
"""Shares of a sheet's width."""


def make_sheet(figure: Figure) -> Scene:
    """Lay a figure out: header, panels to one scale, footer with scale bar and credit."""
    width = figure.style.width
    margin = round(MARGIN * width)
    room = width - 2 * margin
    around = room_around(figure)
    sizes = [figure.panel_size(section) for section in figure.sections]
    # Sheets of many panels may be higher.
    height = round(PANELS_HEIGHT * width * max(1, len(sizes) / 6))
    layout = arrange(sizes, width - margin, height, *around)
    head = header(figure, margin, room)
    foot = footer(figure, margin, room, layout.scale)
    shapes: list[Shape] = list(head.shapes)
    for (section, point), frame in zip(figure.panels, layout.frames, strict=True):
        moved = Frame(frame.x + margin // 2, frame.y + head.height, frame.width, frame.height)
        shapes.extend(panel(figure, section, point, moved, around))
    height = head.height + layout.height
    key = color_key(figure, margin, room)
    for caption in (key, foot):
        shapes.extend(lower_shapes(caption.shapes, height))
        height += caption.height
    return Scene(width, height, figure.theme.page, shapes, _name(figure), _describe(figure))


def lower_shapes(shapes: Iterable[Shape], by: float) -> list[Shape]:
    """Move shapes down."""
    moved: list[Shape] = []
    for shape in shapes:
        if isinstance(shape, Areas | Dots):
            raise TypeError("captions have no regions and points")
        if isinstance(shape, Lines):
            moved.append(replace(shape, paths=[path + np.array([0.0, by]) for path in shape.paths]))
        else:
            moved.append(replace(shape, y=shape.y + by))
    return moved


def _name(figure: Figure) -> str:
    if figure.style.title:
        return figure.style.title
    if figure.rank is None:
        return figure.atlas.name
    return f"{figure.atlas.region_map.name_of_rank(figure.rank)}, {figure.atlas.name}"


def _describe(figure: Figure) -> str:
    names = ", ".join(dict.fromkeys(section.name for section in figure.sections))
    voxels = ", ".join(" ".join(str(i) for i in point.index) for point in figure.points)
    about = f"Sections ({names}) through voxel {voxels}."
    if figure.values is not None:
        about += f" Colors: {figure.values.title}."
    credit = credit_of(figure.atlas.metadata)
    return f"{about} Credit: {credit}" if credit else about
