"""Scenes as PNG, drawn with Pillow at twice their size and reduced; fonts."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from .scene import Anchor, Lines, Picture, Rectangle, Scene, Text

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
DPI = 300
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
        elif isinstance(shape, Lines):
            _draw_lines(page, shape)
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
