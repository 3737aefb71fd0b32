"""Scenes as PNG, drawn with Pillow at twice their size and reduced; fonts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from ..compute.label_polygons import ring_area
from .scene import Anchor, Areas, Dots, Lines, Picture, Rectangle, Scene, Text
from .style import DPI

# ---- Fonts ---------------------------------------------------------------------------------------
#
# Pillow's own font covers little more than ASCII. Without another one, missing characters are
# spelled in plain letters ("um", "mm3"), so that figures never show empty boxes.

Font = ImageFont.FreeTypeFont

# File names, regular and bold, which Pillow looks for in the system's font folders.
CANDIDATES = (
    ("Helvetica.ttc", "Helvetica.ttc"),
    ("arial.ttf", "arialbd.ttf"),
    ("Arial.ttf", "Arial Bold.ttf"),
    ("LiberationSans-Regular.ttf", "LiberationSans-Bold.ttf"),
    ("NotoSans-Regular.ttf", "NotoSans-Bold.ttf"),
    ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"),
)
SPACES = re.compile("[\u202f\u2009\u00a0]")
PLAIN = str.maketrans({"×": "x", "–": "-", "−": "-", "µ": "u", "μ": "u", "’": "'"})
ELLIPSIS = "…"


@lru_cache(maxsize=64)
def font(size: int, bold: bool = False) -> Font:
    """Return the font of a size in pixels."""
    for names in CANDIDATES:
        try:
            return ImageFont.truetype(names[bold], size)
        except OSError:
            continue
    default = ImageFont.load_default(size=size)
    if not isinstance(default, ImageFont.FreeTypeFont):
        raise OSError("this Pillow was built without FreeType; install its ordinary wheel")
    return default


def find_font_file(bold: bool) -> str | None:
    """Return the file of the font; None for the one that is part of Pillow."""
    path = font(24, bold).path
    return path if isinstance(path, str) else None


def make_writable(text: str, bold: bool = False) -> str:
    """Return the text with characters that the font lacks spelled in plain letters."""
    # Narrow spaces are missing from many fonts; ordinary ones look the same.
    text = SPACES.sub(" ", text)
    if all(_has_glyph(c, bold) for c in set(text)):
        return text
    return "".join(c if _has_glyph(c, bold) else _spell_plainly(c, bold) for c in text)


def _spell_plainly(character: str, bold: bool) -> str:
    spelled = unicodedata.normalize("NFKD", character.translate(PLAIN)).translate(PLAIN)
    spelled = "".join(c for c in spelled if not unicodedata.combining(c))
    return "".join(c if _has_glyph(c, bold) else "?" for c in spelled)


@lru_cache(maxsize=4096)
def _has_glyph(character: str, bold: bool) -> bool:
    if character.isascii():
        return True
    probe = font(24, bold)
    # U+FFFF is no character: every font draws its sign for "missing".
    mask, missing = probe.getmask(character), probe.getmask("\uffff")
    return mask.size != missing.size or bytes(mask) != bytes(missing)


@lru_cache(maxsize=1 << 14)
def text_width(text: str, size: float, bold: bool = False) -> float:
    """Return the width of a line of text, pixels."""
    return float(font(round(size), bold).getlength(make_writable(text, bold)))


def elide_text(text: str, size: float, width: float, bold: bool = False) -> str:
    """Return the text, elided where it is wider than ``width`` pixels."""
    if text_width(text, size, bold) <= width:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if text_width(text[:middle].rstrip() + ELLIPSIS, size, bold) <= width:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + ELLIPSIS


def wrap_text(text: str, size: float, width: float, max_lines: int) -> list[str]:
    """Break a text into lines of at most ``width`` pixels; elide the last if needed."""
    words = text.split()
    lines: list[str] = []
    while words and len(lines) < max_lines:
        if len(lines) == max_lines - 1:
            lines.append(elide_text(" ".join(words), size, width))
            break
        count = len(words)
        while count > 1 and text_width(" ".join(words[:count]), size) > width:
            count -= 1
        lines.append(elide_text(" ".join(words[:count]), size, width))
        words = words[count:]
    return lines


# ---- Drawing -------------------------------------------------------------------------------------

OVERSAMPLING = 2
ANCHORS: dict[Anchor, str] = {"start": "ls", "middle": "ms", "end": "rs"}


def save_png(scene: Scene, path: Path) -> None:
    """Write a scene as a PNG of its own size, marked for print at 300 dpi."""
    info = PngInfo()
    for key, value in (("Title", scene.title), ("Description", scene.description)):
        if value:
            info.add_itxt(key, value)
    info.add_itxt("Software", "napari-atlas-explorer")
    draw(scene).save(path, format="PNG", dpi=(DPI, DPI), pnginfo=info)


def draw(scene: Scene) -> Image.Image:
    """Draw a scene as an RGB image of its own size."""
    size = (scene.width * OVERSAMPLING, scene.height * OVERSAMPLING)
    page = Image.new("RGB", size, scene.background)
    for shape in scene.shapes:
        if isinstance(shape, Picture):
            _draw_picture(page, shape)
        elif isinstance(shape, Areas):
            _draw_areas(page, shape)
        elif isinstance(shape, Lines):
            _draw_lines(page, shape)
        elif isinstance(shape, Dots):
            _draw_dots(page, shape)
        elif isinstance(shape, Rectangle):
            _draw_rectangle(page, shape)
        else:
            _draw_text(page, shape)
    return page.reduce(OVERSAMPLING)


def _draw_picture(page: Image.Image, shape: Picture) -> None:
    image = Image.fromarray(np.ascontiguousarray(shape.pixels))
    size = (round(shape.width * OVERSAMPLING), round(shape.height * OVERSAMPLING))
    method = Image.Resampling.BICUBIC if shape.smooth else Image.Resampling.NEAREST
    image = image.resize(size, method)
    corner = (round(shape.x * OVERSAMPLING), round(shape.y * OVERSAMPLING))
    page.paste(image, corner, image if image.mode == "RGBA" else None)


def _draw_areas(page: Image.Image, shape: Areas) -> None:
    rings = [
        (number, ring * OVERSAMPLING)
        for number, area in enumerate(shape.areas, 1)
        for ring in area.rings
    ]
    if not rings:
        return
    points = np.concatenate([ring for _, ring in rings])
    low, high = np.floor(points.min(axis=0)).astype(int), np.ceil(points.max(axis=0)).astype(int)
    numbers = paint_rings([(k, ring - low) for k, ring in rings], *(high - low + 1).tolist())
    colors = np.zeros((len(shape.areas) + 1, 4), np.uint8)
    colors[1:] = [(*area.fill, round(255 * area.opacity)) for area in shape.areas]
    image = Image.fromarray(colors[numbers])
    page.paste(image, (int(low[0]), int(low[1])), image)


def _draw_lines(page: Image.Image, shape: Lines) -> None:
    width = max(1, round(shape.width * OVERSAMPLING))
    # Through a mask, so that half-transparent lines are not darker where they meet.
    mask = Image.new("L", page.size, 0)
    pen = ImageDraw.Draw(mask)
    level = round(255 * shape.opacity)
    for path in shape.paths:
        # Pillow puts whole numbers at the middle of pixels.
        points = (path * OVERSAMPLING - 0.5).ravel().tolist()
        pen.line(points, fill=level, width=width, joint="curve" if width > 2 else None)
    page.paste(shape.color, (0, 0, *page.size), mask)


def _draw_dots(page: Image.Image, shape: Dots) -> None:
    pen = ImageDraw.Draw(page)
    radius = shape.radius * OVERSAMPLING
    for x, y in (shape.centers * OVERSAMPLING - 0.5).tolist():
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=shape.color)


def _draw_rectangle(page: Image.Image, shape: Rectangle) -> None:
    corners = (shape.x, shape.y, shape.x + shape.width, shape.y + shape.height)
    left, top, right, bottom = (round(v * OVERSAMPLING) for v in corners)
    ImageDraw.Draw(page).rectangle(
        (left, top, right - 1, bottom - 1),
        fill=shape.fill,
        outline=shape.edge,
        width=OVERSAMPLING if shape.edge else 0,
    )


def _draw_text(page: Image.Image, shape: Text) -> None:
    ImageDraw.Draw(page).text(
        (shape.x * OVERSAMPLING, shape.y * OVERSAMPLING),
        make_writable(shape.text, shape.bold),
        fill=shape.color,
        font=font(round(shape.size * OVERSAMPLING), shape.bold),
        anchor=ANCHORS[shape.anchor],
    )


def paint_rings(
    rings: Sequence[tuple[int, NDArray[np.float64]]], width: int, height: int
) -> NDArray[np.int32]:
    """Fill rings of polygons that do not overlap with their numbers.

    Parameters
    ----------
    rings
        Number and points ``(n, 2)``, x and y in pixels, of each; exteriors run counterclockwise
        (taking y as upwards) and holes clockwise, as of `Polygon`.
    width, height
        Pixels.

    Returns
    -------
    ``(height, width)`` numbers; 0 where no polygon is.
    """
    image = Image.new("I", (width, height), 0)
    pen = ImageDraw.Draw(image)
    areas = [ring_area(ring) for _, ring in rings]
    # The largest first, and a hole before what fills it, so that what is inside stays on top.
    for k in sorted(range(len(rings)), key=lambda k: (-round(abs(areas[k]), 6), areas[k] > 0)):
        number, ring = rings[k]
        pen.polygon((ring - 0.5).ravel().tolist(), fill=number if areas[k] > 0 else 0)
    return np.array(image, dtype=np.int32)
