"""Scenes as PDF pages, drawn with ReportLab: vector regions, embedded fonts, text as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .. import __version__
from ..core.colors.region_colors import Rgb
from ..core.errors import AtlasError
from .png import find_font_file, make_writable
from .scene import Areas, Dots, Lines, Picture, Rectangle, Scene, Text
from .style import PIXELS_PER_POINT

MISSING = (
    "PDF needs the package reportlab; install it with: pip install 'napari-atlas-explorer[figures]'"
)
STANDARD = "Helvetica"
SMOOTH_PIXELS = 4
"""Pixels of the sheet to one of an image: readers of PDF show the pixels of coarse images."""


def require_reportlab() -> None:
    """Raise where ReportLab is not installed.

    Raises
    ------
    AtlasError
        With the name of the extra that installs it.
    """
    if find_spec("reportlab") is None:
        raise AtlasError(MISSING)


def save_pdf(scenes: Scene | Iterable[Scene], path: Path) -> None:
    """Write scenes as pages of their own sizes; the same scenes make the same bytes.

    Raises
    ------
    AtlasError
        If ReportLab is not installed.
    """
    require_reportlab()
    with _binary_streams():
        _draw_pages([scenes] if isinstance(scenes, Scene) else scenes, path)


@contextmanager
def _binary_streams() -> Iterator[None]:
    """Let ReportLab write bytes as they are: as text they are a quarter more, and slow to make."""
    from reportlab import rl_config

    before = rl_config.useA85
    rl_config.useA85 = 0
    try:
        yield
    finally:
        rl_config.useA85 = before


def _draw_pages(scenes: Iterable[Scene], path: Path) -> None:
    from reportlab.pdfgen.canvas import Canvas

    canvas = None
    for scene in scenes:
        if canvas is None:
            # invariant: no date and no random number, neither in the file nor in its id
            canvas = Canvas(str(path), invariant=1, pageCompression=1)
            canvas.setTitle(scene.title)
            canvas.setSubject(scene.description)
            canvas.setCreator(f"napari-atlas-explorer {__version__}")
        _draw_page(canvas, scene)
    if canvas is None:
        raise ValueError("no page")
    canvas.save()


def _draw_page(canvas: Any, scene: Scene) -> None:
    canvas.setPageSize((scene.width / PIXELS_PER_POINT, scene.height / PIXELS_PER_POINT))
    if scene.bookmark:
        canvas.bookmarkPage(scene.bookmark)
        canvas.addOutlineEntry(scene.title, scene.bookmark)
    # Pixels, y downwards.
    canvas.translate(0, scene.height / PIXELS_PER_POINT)
    canvas.scale(1 / PIXELS_PER_POINT, -1 / PIXELS_PER_POINT)
    canvas.setLineJoin(1)
    canvas.setLineCap(1)
    canvas.setFillColorRGB(*_scale_color(scene.background))
    canvas.rect(0, 0, scene.width, scene.height, stroke=0, fill=1)
    for shape in scene.shapes:
        if isinstance(shape, Picture):
            _draw_picture(canvas, shape)
        elif isinstance(shape, Areas):
            _draw_areas(canvas, shape)
        elif isinstance(shape, Lines):
            _draw_lines(canvas, shape)
        elif isinstance(shape, Dots):
            _draw_dots(canvas, shape)
        elif isinstance(shape, Rectangle):
            _draw_rectangle(canvas, shape)
        else:
            _draw_text(canvas, shape)
    canvas.showPage()


def _scale_color(color: Rgb) -> tuple[float, float, float]:
    r, g, b = color
    return r / 255, g / 255, b / 255


def _draw_picture(canvas: Any, shape: Picture) -> None:
    from reportlab.lib.utils import ImageReader

    image = Image.fromarray(np.ascontiguousarray(shape.pixels))
    if shape.smooth:
        size = (max(1, round(n / SMOOTH_PIXELS)) for n in (shape.width, shape.height))
        wide, tall = (max(a, b) for a, b in zip(size, image.size, strict=True))
        image = image.resize((wide, tall), Image.Resampling.BICUBIC)
    if image.mode == "RGB" and len({band.tobytes() for band in image.split()}) == 1:
        image = image.convert("L")
    canvas.saveState()
    canvas.translate(shape.x, shape.y + shape.height)
    canvas.scale(1, -1)
    canvas.drawImage(ImageReader(image), 0, 0, shape.width, shape.height, mask="auto")
    canvas.restoreState()


def _write_path(points: NDArray[np.float64], closed: bool) -> str:
    """Return the operators of a path: all at once, ReportLab's own take ten times as long."""
    pairs = [f"{x:.2f} {y:.2f}" for x, y in points.tolist()]
    return f"{pairs[0]} m {' l '.join(pairs[1:])} l{' h' * closed}"


def _draw_areas(canvas: Any, shape: Areas) -> None:
    canvas.saveState()
    for area in shape.areas:
        canvas.setFillColorRGB(*_scale_color(area.fill), alpha=area.opacity)
        rings = " ".join(_write_path(ring, True) for ring in area.rings)
        canvas.addLiteral(f"{rings} f*")  # even-odd
    canvas.restoreState()


def _draw_lines(canvas: Any, shape: Lines) -> None:
    if not shape.paths:
        return
    canvas.saveState()
    canvas.setStrokeColorRGB(*_scale_color(shape.color), alpha=shape.opacity)
    canvas.setLineWidth(shape.width)
    paths = []
    for points in shape.paths:
        closed = len(points) > 2 and bool((points[0] == points[-1]).all())
        paths.append(_write_path(points[:-1] if closed else points, closed))
    canvas.addLiteral(f"{' '.join(paths)} S")
    canvas.restoreState()


def _draw_dots(canvas: Any, shape: Dots) -> None:
    canvas.saveState()
    canvas.setFillColorRGB(*_scale_color(shape.color))
    for x, y in shape.centers.tolist():
        canvas.circle(x, y, shape.radius, stroke=0, fill=1)
    canvas.restoreState()


def _draw_rectangle(canvas: Any, shape: Rectangle) -> None:
    canvas.saveState()
    canvas.setFillColorRGB(*_scale_color(shape.fill))
    if shape.edge is not None:
        canvas.setStrokeColorRGB(*_scale_color(shape.edge))
        canvas.setLineWidth(1)
    canvas.rect(
        shape.x, shape.y, shape.width, shape.height, stroke=int(shape.edge is not None), fill=1
    )
    canvas.restoreState()


def _draw_text(canvas: Any, shape: Text) -> None:
    from reportlab.pdfbase.pdfmetrics import stringWidth

    name = _find_font(shape.bold)
    text = make_writable(shape.text, shape.bold)
    if name.startswith(STANDARD):  # the characters of the fonts that every reader has
        text = text.encode("cp1252", "replace").decode("cp1252")
    share = {"start": 0.0, "middle": 0.5, "end": 1.0}[shape.anchor]
    left = shape.x - share * stringWidth(text, name, shape.size)
    drawn = canvas.beginText()
    drawn.setTextTransform(1, 0, 0, -1, left, shape.y)  # upright where y runs downwards
    drawn.setFont(name, shape.size)
    drawn.setFillColorRGB(*_scale_color(shape.color))
    drawn.textOut(text)
    canvas.drawText(drawn)


def _find_font(bold: bool) -> str:
    """Return the name of the font that measures text, or of one that every reader has."""
    file = find_font_file(bold)
    name = None if file is None else _register_font(file, bold)
    return name or (f"{STANDARD}-Bold" if bold else STANDARD)


@cache
def _register_font(file: str, bold: bool) -> str | None:
    """Let ReportLab embed the font of a file; None if it has outlines of another kind."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFError, TTFont

    name = f"{Path(file).stem}{'-bold' if bold else ''}"
    try:
        pdfmetrics.registerFont(TTFont(name, file))
    except TTFError:
        return None
    return name
