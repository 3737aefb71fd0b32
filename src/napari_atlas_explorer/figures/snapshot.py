"""The snapshot: three lettered sections on one sheet, with captions and color key."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..core.colors.region_colors import Rgb
from ..core.colors.scales import MISSING
from ..core.text import amount, grouped, micrometers
from .figure import Figure, Theme
from .layout import Frame, arrange, length_label, round_length
from .panel import panel, room_around
from .png import elide_text, text_width, wrap_text
from .scene import Lines, Picture, Rectangle, Scene, Shape, Text

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
    theme, rank = figure.theme, figure.rank
    baseline = 88.0
    shapes: list[Shape] = []
    x = left
    if rank is None:
        name = elide_text(figure.atlas.name, TITLE_SIZE, width, bold=True)
        shapes.append(Text(x, baseline, name, TITLE_SIZE, theme.ink, bold=True))
    else:
        regions = figure.atlas.region_map
        swatch_top = baseline - 0.36 * TITLE_SIZE - SWATCH / 2
        shapes.append(
            Rectangle(x, swatch_top, SWATCH, SWATCH, regions.color_of_rank(rank), edge=theme.muted)
        )
        x += SWATCH + 18
        acronym, name = regions.acronym_of_rank(rank), regions.name_of_rank(rank)
        acronym = elide_text(acronym, TITLE_SIZE, width / 2, bold=True)
        shapes.append(Text(x, baseline, acronym, TITLE_SIZE, theme.ink, bold=True))
        x += text_width(acronym, TITLE_SIZE, bold=True) + 22
        if name != regions.acronym_of_rank(rank):
            shown = elide_text(name, TITLE_SIZE, left + width - x)
            shapes.append(Text(x, baseline, shown, TITLE_SIZE, theme.ink))
    facts = elide_text(" · ".join(_list_facts(figure)), FACTS_SIZE, width)
    shapes.append(Text(left, baseline + 46, facts, FACTS_SIZE, theme.muted))
    return Caption(shapes, 164)


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
    theme = figure.theme
    right = left + width
    length = round_length(BAR_SHARE * width / scale)
    bar = length * scale
    label = length_label(length, figure.resolution_known)
    y = 62.0
    shapes: list[Shape] = [
        Lines([np.array([[right - bar, y], [right, y]])], theme.ink, 6.0),
        Text(right - bar / 2, y - 16, label, FACTS_SIZE, theme.ink, "middle"),
    ]
    room = width - max(bar, text_width(label, FACTS_SIZE)) - 60
    baseline = 46.0
    for text in _list_notes(figure):
        for line in wrap_text(text, SMALL_SIZE, room, max_lines=3):
            shapes.append(Text(left, baseline, line, SMALL_SIZE, theme.muted))
            baseline += SMALL_SIZE * LINE_HEIGHT
    return Caption(shapes, round(max(baseline, y + 20) + 26))


def _list_notes(figure: Figure) -> list[str]:
    atlas, point = figure.atlas, figure.point
    voxel = ", ".join(grouped(i) for i in point.index)
    where = f"Sections meet in voxel {voxel}"
    if figure.resolution_known:
        where += " at " + ", ".join(micrometers(float(p)) for p in point.position) + " µm"
    notes = [where]
    if atlas.hemisphere_rule is not None:
        notes[0] += f" · left and right: {atlas.hemisphere_rule.convention}"
    assumed = sorted({a.title for a in atlas.assumptions})
    if assumed:
        notes[0] += f" · assumed, not stated by the files: {', '.join(assumed)}"
    if figure.rank is not None:
        notes.append(volume_facts(figure))
    credit = credit_of(atlas.metadata)
    from .. import __version__

    drawn = f"Drawn with napari-atlas-explorer {__version__}"
    return [*notes, f"{credit} · {drawn}" if credit else drawn]


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
    theme, scale = figure.theme, figure.values.scale
    x = left + (width - BAR_WIDTH) / 2
    gradient = np.rint(scale.gradient()[np.newaxis] * 255).astype(np.uint8)
    title = elide_text(figure.values.title, SIZE, width, bold=True)
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
            x + BAR_WIDTH + 48, TOP, BAR_HEIGHT, BAR_HEIGHT, _fade(theme), edge=theme.muted
        )
        beside = swatch.x + BAR_HEIGHT + 12
        shapes += [swatch, Text(beside, bottom - 4, "no value", SIZE, theme.ink)]
    return Caption(shapes, round(bottom + 8 + SIZE + 12))


def _fade(theme: Theme) -> Rgb:
    """Return the color of a missing value on the page."""
    *rgb, opacity = MISSING
    r, g, b = (
        round(255 * c * opacity + p * (1 - opacity)) for c, p in zip(rgb, theme.page, strict=True)
    )
    return (r, g, b)


# ---- Sheet ---------------------------------------------------------------------------------------

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
        shapes.extend(_lower_shapes(caption.shapes, height))
        height += caption.height
    return Scene(WIDTH, height, figure.theme.page, shapes, _name(figure), _describe(figure))


def _lower_shapes(shapes: Iterable[Shape], by: float) -> list[Shape]:
    moved: list[Shape] = []
    for shape in shapes:
        if isinstance(shape, Lines):
            moved.append(replace(shape, paths=[path + np.array([0.0, by]) for path in shape.paths]))
        else:
            moved.append(replace(shape, y=shape.y + by))
    return moved


def _name(figure: Figure) -> str:
    if figure.rank is None:
        return figure.atlas.name
    return f"{figure.atlas.region_map.name_of_rank(figure.rank)}, {figure.atlas.name}"


def _describe(figure: Figure) -> str:
    names = ", ".join(section.name for section in figure.sections)
    voxel = " ".join(str(i) for i in figure.point.index)
    about = f"Sections ({names}) through voxel {voxel}."
    if figure.values is not None:
        about += f" Colors: {figure.values.title}."
    credit = credit_of(figure.atlas.metadata)
    return f"{about} Credit: {credit}" if credit else about
