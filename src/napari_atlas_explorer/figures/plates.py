"""Plates of an atlas: a page for each section, image beside drawing, and an index of regions."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import __version__
from ..compute.label_polygons import mesh_labels
from ..core.atlas.atlas import Atlas
from ..core.errors import ArgumentError
from ..core.space.hemispheres import HEMISPHERE_NAMES
from ..core.text import micrometers
from .figure import DrawnRegions, Figure, Point, color_labels, compose, middle_of_brain
from .layout import Frame, length_label, round_length
from .panel import (
    LONGEST_NAME,
    NAME_SIZE,
    ROOM_WITH_LETTERS,
    draw_borders,
    draw_letters,
    draw_names,
    draw_reference,
    draw_regions,
    find_names,
)
from .png import elide_text, text_width
from .region_names import GAP
from .scene import Lines, Scene, Shape, Text
from .sections import Section, find_frame_axis, index_to_frame, section_title
from .snapshot import credit_of
from .style import Style

PAGE = 210 / 297
"""Height of a page to its width: A4, lying."""
MARGIN = 1 / 33
REFERENCE_SHARE = 0.5
"""Scale of the image to that of the drawing beside it."""
TITLE_SIZE, TEXT_SIZE, SMALL_SIZE, LETTER_SIZE = 42, 27, 21, 28
GRID_LINES = 8
"""Of the grid along the wider side of a section, at least half as many."""
GRID_WIDTH, GRID_OPACITY = 0.8, 0.4
BAR_SHARE = 0.08
INDEX_COLUMNS = 3
LINE_HEIGHT = 1.45
ACRONYM_SHARE = 0.2
"""Of a column of the index."""


@dataclass(frozen=True)
class Plate:
    """One section of a series.

    Attributes
    ----------
    number
        From 1.
    section, point
        The plane, and a point in it.
    """

    number: int
    section: Section
    point: Point


@dataclass(frozen=True)
class PlateSeries:
    """Sections at even distances, and how they are drawn.

    Attributes
    ----------
    figure
        Content of all of them: image and box.
    drawing
        The same with the colors of a drawing that has no image beneath.
    plates
        From the side on which the array starts.
    """

    figure: Figure
    drawing: Figure
    plates: list[Plate]


def compose_plates(
    atlas: Atlas,
    plane: str,
    every: float,
    style: Style,
    drawn: DrawnRegions | None = None,
    *,
    in_voxels: bool = False,
) -> PlateSeries:
    """Choose the sections of a series; reads the volumes.

    Parameters
    ----------
    atlas
        The atlas.
    plane
        "coronal", "sagittal", "horizontal"; without an orientation "axis 0" and so on.
    every
        Distance of the sections, µm, or voxels with ``in_voxels``. The first one is half of it
        from the edge of the volume; sections without a region are left out.
    style, drawn
        How it is drawn, and which regions are.

    Raises
    ------
    ArgumentError
        If there is no such plane, the distance is less than a voxel or not stated in a known
        unit, or no region is in any of the sections.
    """
    figure = compose(atlas, middle_of_brain(atlas), None, style, planes=[plane], drawn=drawn)
    ((section, middle),) = figure.panels
    drawing = replace(
        figure,
        reference=None,
        contrast=None,
        colors=color_labels(atlas, None, False, None, style, figure.targets),
    )
    if not in_voxels and not figure.resolution_known:
        raise ArgumentError(
            f"the files of {atlas.name} do not state the voxel size, so that a distance in µm has "
            f"no meaning; state voxels",
            remedy="state voxel size",
        )
    step = 1.0 if in_voxels else float(atlas.resolution[section.axis])
    if not every >= step * (1 - 1e-9):
        unit = "voxels" if in_voxels else "µm"
        raise ArgumentError(f"sections every {every:g} {unit}; expected {step:g} {unit} or more")
    plates: list[Plate] = []
    for k in range(math.ceil(atlas.shape[section.axis] * step / every)):
        index = math.floor((k + 0.5) * every / step + 1e-9)
        if index >= atlas.shape[section.axis]:
            break
        here = replace(section, index=index)
        if figure.labels(here).any():
            plates.append(Plate(len(plates) + 1, here, _move_point(atlas, middle, here)))
    if not plates:
        raise ArgumentError(f"{atlas.name}: no region is in any of these sections")
    return PlateSeries(figure, drawing, plates)


def _move_point(atlas: Atlas, point: Point, section: Section) -> Point:
    """Return the point moved into the middle of a plane of voxels."""
    index, q = list(point.index), list(point.q)
    index[section.axis], q[section.axis] = section.index, section.index + 0.5
    return Point(tuple(index), tuple(q), atlas.grid.to_world(q))


def draw_plates(series: PlateSeries) -> Iterator[Scene]:
    """Yield the page of each section."""
    layout = _PageLayout(series)
    for plate in series.plates:
        yield layout.draw(plate)


def draw_index(series: PlateSeries) -> Iterator[Scene]:
    """Yield pages that list the regions by acronym, with the plates on which each is drawn."""
    figure, style = series.figure, series.figure.style
    theme = style.theme
    numbers: dict[int, list[int]] = {}
    for plate in series.plates:
        for label in np.unique(figure.labels(plate.section)).tolist():
            if label:
                numbers.setdefault(label, []).append(plate.number)
    regions = figure.atlas.region_map
    rows = []
    for label, its_plates in numbers.items():
        name = regions.name_of_rank(label) if label <= len(regions) else "not in the hierarchy"
        rows.append((figure.name_of_label(label), name, join_ranges(its_plates)))
    rows.sort(key=lambda row: (row[0].casefold(), row))
    width, height = style.width, round(style.width * PAGE)
    margin, size = round(MARGIN * width), style.size(TEXT_SIZE)
    top = margin + 1.6 * style.size(TITLE_SIZE)
    per_column = max(1, int((height - top - margin) / (LINE_HEIGHT * size)))
    column = (width - 2 * margin) / INDEX_COLUMNS
    room = column - 2 * size
    for page in range(0, len(rows), per_column * INDEX_COLUMNS):
        title = "Regions and plates"
        big = style.size(TITLE_SIZE)
        shapes: list[Shape] = [Text(margin, margin + big, title, big, theme.ink, bold=True)]
        for k, (acronym, name, where) in enumerate(rows[page : page + per_column * INDEX_COLUMNS]):
            x = margin + k // per_column * column
            y = top + (k % per_column + 1) * LINE_HEIGHT * size
            where = elide_text(where, size, (1 - ACRONYM_SHARE) * room)
            left = room - text_width(where, size) - ACRONYM_SHARE * room - size
            acronym = elide_text(acronym, size, ACRONYM_SHARE * room - size / 2, bold=True)
            shapes.append(Text(x, y, acronym, size, theme.ink, bold=True))
            if left > 2 * size:
                shown = elide_text(name, size, left)
                shapes.append(Text(x + ACRONYM_SHARE * room, y, shown, size, theme.ink))
            shapes.append(Text(x + room, y, where, size, theme.muted, "end"))
        yield Scene(
            width, height, theme.page, shapes, f"Index {page // (per_column * INDEX_COLUMNS) + 1}",
            bookmark=f"index-{page}",
        )  # fmt: skip


def join_ranges(numbers: Sequence[int]) -> str:
    """Return ascending numbers as ranges.

    Examples
    --------
    >>> join_ranges([3, 4, 5, 9, 11, 12])
    '3–5, 9, 11–12'
    """
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return ", ".join(f"{a}" if a == b else f"{a}–{b}" for a, b in ranges)


class _PageLayout:
    """Places that are the same on all pages of a series."""

    def __init__(self, series: PlateSeries) -> None:
        self.series, self.figure, self.style = series, series.figure, series.figure.style
        style = self.style
        self.width, self.height = style.width, round(style.width * PAGE)
        self.margin = round(MARGIN * self.width)
        self.text, self.small = style.size(TEXT_SIZE), style.size(SMALL_SIZE)
        self.title = style.size(TITLE_SIZE)
        section = series.plates[0].section
        wide, tall = self.figure.panel_size(section)
        self.grid = GridLines(self.figure, section)
        letters = 1.6 * style.size(LETTER_SIZE) if section.letters else 0.0
        ticks = max((text_width(t, self.small) for _, t in self.grid.rows), default=0) + self.small
        names = self._find_name_room()
        # From the left: ticks and letters of the image, those of the drawing beyond its names.
        self.ticks = ticks
        self.beside = ticks + letters
        self.beside_names = names + ticks + letters
        self.names = names
        above = self.margin + 2.2 * self.title + 2.2 * style.size(LETTER_SIZE)
        below = self.margin + 5 * self.small + 2.2 * style.size(LETTER_SIZE)
        room = self.width - 2 * self.margin - self.beside - letters
        room -= self.beside_names + names + letters + self.small
        share = 0.0 if self.figure.reference is None else REFERENCE_SHARE
        scale = min(room / ((1 + share) * wide), (self.height - above - below) / tall)
        if scale <= 0:
            raise ArgumentError(
                f"a page {style.width_mm:g} mm wide has no room for text of {style.font_size:g} "
                f"points; expected a wider one, or smaller text"
            )
        self.scale = scale
        middle = above + (self.height - above - below) / 2

        def frame(x: float, scale: float) -> Frame:
            w, h = max(1, round(wide * scale)), max(1, round(tall * scale))
            return Frame(round(x), round(middle - h / 2), w, h)

        spare = max(0.0, room - (1 + share) * wide * scale) / (2 if share else 1)
        left = self.margin + self.beside
        self.reference = frame(left + spare / 2, scale * share) if share else None
        drawn_at = left + (share * wide * scale + spare + letters if share else 0)
        self.drawing = frame(drawn_at + self.beside_names + self.small + spare / 2, scale)
        self.letters = letters

    def _find_name_room(self) -> float:
        """Return the pixels that names take beside a drawing."""
        figure, size = self.series.drawing, self.style.size(NAME_SIZE)
        if not self.style.names:
            return 0.0
        present = {
            int(label) for p in self.series.plates for label in np.unique(figure.labels(p.section))
        }
        texts = {figure.name_of_label(label) for label in present if label}
        return min(max(text_width(t, size) for t in texts), LONGEST_NAME * size) + 3 * GAP * size

    def draw(self, plate: Plate) -> Scene:
        """Return the page of a plate."""
        series, figure, theme = self.series, self.series.drawing, self.style.theme
        labels = figure.labels(plate.section)
        mesh = mesh_labels(labels)
        names = find_names(figure, labels, mesh.polygons, self.drawing)
        shapes: list[Shape] = []
        if self.reference is not None:
            shapes += draw_reference(series.figure, plate.section, self.reference)
            shapes += self._draw_grid(self.reference, 0)
            shapes += draw_letters(figure, plate.section, self.reference, self._letters_at(0))
        shapes += [
            draw_regions(figure, mesh, labels.shape, self.drawing),
            *draw_borders(figure, mesh, labels.shape, self.drawing),
            *self._draw_grid(self.drawing, self.names),
            *draw_names(figure, names),
            *draw_letters(figure, plate.section, self.drawing, self._letters_at(self.names)),
        ]
        title = section_title(
            plate.section,
            figure.atlas.orientation,
            plate.point.q,
            plate.point.position,
            figure.atlas.grid,
            figure.resolution_known,
            self.style.frame,
        )
        heading = self.style.title or figure.atlas.name
        number = f"Plate {plate.number}"
        x, y = self.margin, self.margin + self.title
        shapes.append(Text(x, y, number, self.title, theme.ink, bold=True))
        x += round(text_width(number, self.title, bold=True) + self.text)
        shapes.append(Text(x, y, title, self.text, theme.ink))
        room = self.width - self.margin - x - text_width(title, self.text) - self.text
        if room > self.text:
            right = self.width - self.margin
            shown = elide_text(heading, self.text, room)
            shapes.append(Text(right, y, shown, self.text, theme.muted, "end"))
        shapes += self._draw_footer(len(names.left_out))
        return Scene(
            self.width,
            self.height,
            theme.page,
            shapes,
            f"{number}: {title}",
            f"{heading}. {credit_of(figure.atlas.metadata)}",
            f"plate-{plate.number}",
        )

    def _letters_at(self, names: float) -> tuple[float, float]:
        """Return the rooms beside a picture as `draw_letters` takes them; ticks are on the left."""
        ordinary = ROOM_WITH_LETTERS[1] * self.style.unit
        return names + self.ticks + ordinary, names + ordinary

    def _draw_grid(self, frame: Frame, names: float) -> list[Shape]:
        theme, grid = self.style.theme, self.grid
        xs = [(frame.x + share * frame.width, text) for share, text in grid.columns]
        ys = [(frame.y + share * frame.height, text) for share, text in grid.rows]
        right, bottom = frame.x + frame.width, frame.y + frame.height
        paths = [np.array([[x, frame.y], [x, bottom]]) for x, _ in xs]
        paths += [np.array([[frame.x, y], [right, y]]) for y, _ in ys]
        shapes: list[Shape] = [Lines(paths, theme.muted, GRID_WIDTH, GRID_OPACITY)]
        # Below the letters of the sides, and beyond the names.
        end, base = -np.inf, bottom + 2.4 * self.style.size(LETTER_SIZE)
        for x, text in xs:
            half = text_width(text, self.small) / 2
            if x - half > end:
                shapes.append(Text(x, base, text, self.small, theme.muted, "middle"))
                end = x + half + self.small / 2
        left, end = frame.x - names - self.small / 2, -np.inf
        for y, text in ys:
            if y - self.small > end:
                baseline = y + 0.36 * self.small
                shapes.append(Text(left, baseline, text, self.small, theme.muted, "end"))
                end = y
        return shapes

    def _draw_footer(self, n_left_out: int) -> list[Shape]:
        figure, theme, atlas = self.figure, self.style.theme, self.figure.atlas
        length = round_length(BAR_SHARE * self.width / self.scale)
        bar, label = length * self.scale, length_label(length, figure.resolution_known)
        right, bottom = self.width - self.margin, self.height - self.margin
        middle = right - max(bar, text_width(label, self.text)) / 2
        path = np.array([[middle - bar / 2, bottom], [middle + bar / 2, bottom]])
        notes = [f"grid: {self.grid.words}"]
        if figure.reference is not None:
            notes.append(f"scale bar: drawing; image at {REFERENCE_SHARE:.0%} of it")
        if atlas.hemisphere_rule is not None:
            notes.append(f"left and right: {atlas.hemisphere_rule.convention}")
        if figure.hemisphere is not None:
            notes.append(f"{HEMISPHERE_NAMES[figure.hemisphere]} hemisphere alone")
        if n_left_out:
            notes.append(f"{n_left_out} small regions without a name: no room")
        credit = credit_of(atlas.metadata)
        drawn = f"Drawn with napari-atlas-explorer {__version__}"
        lines = [" · ".join(notes), f"{credit} · {drawn}" if credit else drawn]
        room = right - self.margin - max(bar, text_width(label, self.text)) - self.text
        shapes: list[Shape] = [
            Lines([path], theme.ink, 6 * self.style.unit),
            Text(middle, bottom - 0.7 * self.text, label, self.text, theme.ink, "middle"),
        ]
        for k, line in enumerate(lines):
            y = bottom - (len(lines) - 1 - k) * LINE_HEIGHT * self.small
            shown = elide_text(line, self.small, room)
            shapes.append(Text(self.margin, y, shown, self.small, theme.muted))
        return shapes


class GridLines:
    """Lines at round coordinates across the picture of a section.

    Attributes
    ----------
    columns, rows
        Of each line down and across the picture its place, as a share of the picture's width or
        height, and its coordinate.
    words
        What the coordinates are, with their unit: those of the style's frame, or of the atlas's
        world, along the section's axes.
    """

    def __init__(self, figure: Figure, section: Section) -> None:
        grid, frame = figure.atlas.grid, figure.style.frame
        axes = (section.across, section.down)
        along = [None if frame is None else find_frame_axis(frame, grid, axis) for axis in axes]
        wide, tall = figure.panel_size(section)
        step = round_length(max(wide, tall) / GRID_LINES * 1.5)
        unit = "µm" if figure.resolution_known else "voxels"
        if frame is not None and None not in along:
            matrix = index_to_frame(frame, grid)
            scales = [
                (float(matrix[k, 3]), float(matrix[k, axis]))
                for k, axis in zip(along, axes, strict=True)
                if k is not None
            ]
            names = " and ".join(frame.axes[k].name for k in along if k is not None)
            self.words = f"{names}, {frame.unit_word} ({frame.name})"
            if frame.unit == "mm":
                step /= 1000
        elif figure.resolution_known and grid.is_axis_aligned:
            scales = [(float(grid.corner[axis]), float(grid.steps[axis])) for axis in axes]
            self.words = f"coordinates of the atlas, {unit}"
            if frame is not None:
                self.words += f"; its axes are not parallel to those of {frame.name}"
        else:
            sizes = figure.atlas.resolution if figure.resolution_known else (1.0,) * 3
            scales = [(0.0, float(sizes[axis])) for axis in axes]
            self.words = f"distances from the first voxel, {unit}"
        self.columns, self.rows = (
            self._find_lines(figure, section, axis, scale, step)
            for axis, scale in zip(axes, scales, strict=True)
        )

    @staticmethod
    def _find_lines(
        figure: Figure, section: Section, axis: int, scale: tuple[float, float], step: float
    ) -> list[tuple[float, str]]:
        """Return the lines across an axis; ``scale`` is the coordinate at its start, and a step."""
        side, (corner, size) = figure.box[axis], scale
        ends = sorted((corner + side.start * size, corner + side.stop * size))
        lines = []
        for k in range(math.ceil(ends[0] / step - 1e-9), math.floor(ends[1] / step + 1e-9) + 1):
            share = ((k * step - corner) / size - side.start) / (side.stop - side.start)
            flipped = section.flip_across if axis == section.across else section.flip_down
            text = micrometers(k * step) if step >= 1 else f"{k * step:g}"
            lines.append((1 - share if flipped else share, text))
        return sorted(lines)


def label_picture(figure: Figure, section: Section) -> NDArray[Any]:
    """Return the labels ``(rows, cols)`` of a whole section, not of the drawn part alone."""
    whole = tuple(slice(0, n) for n in figure.atlas.shape)
    return replace(figure, box=whole).labels(section)
