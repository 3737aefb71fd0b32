"""Scenes as pixels, drawn with Pillow at twice their size and reduced: smooth edges."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from .fonts import font, writable
from .scene import Anchor, Lines, Picture, Rectangle, Scene, Text

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
            _picture(page, shape)
        elif isinstance(shape, Lines):
            _lines(page, shape)
        elif isinstance(shape, Rectangle):
            _rectangle(page, shape)
        else:
            _text(page, shape)
    return page.reduce(OVERSAMPLING)


def _picture(page: Image.Image, shape: Picture) -> None:
    image = Image.fromarray(np.ascontiguousarray(shape.pixels))
    size = (round(shape.width * OVERSAMPLING), round(shape.height * OVERSAMPLING))
    method = Image.Resampling.BICUBIC if shape.smooth else Image.Resampling.NEAREST
    image = image.resize(size, method)
    corner = (round(shape.x * OVERSAMPLING), round(shape.y * OVERSAMPLING))
    page.paste(image, corner, image if image.mode == "RGBA" else None)


def _lines(page: Image.Image, shape: Lines) -> None:
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


def _rectangle(page: Image.Image, shape: Rectangle) -> None:
    corners = (shape.x, shape.y, shape.x + shape.width, shape.y + shape.height)
    left, top, right, bottom = (round(v * OVERSAMPLING) for v in corners)
    ImageDraw.Draw(page).rectangle(
        (left, top, right - 1, bottom - 1),
        fill=shape.fill,
        outline=shape.edge,
        width=OVERSAMPLING if shape.edge else 0,
    )


def _text(page: Image.Image, shape: Text) -> None:
    ImageDraw.Draw(page).text(
        (shape.x * OVERSAMPLING, shape.y * OVERSAMPLING),
        writable(shape.text, shape.bold),
        fill=shape.color,
        font=font(round(shape.size * OVERSAMPLING), shape.bold),
        anchor=ANCHORS[shape.anchor],
    )
