"""Scenes as SVG: images embedded, regions and borders as paths, text as text."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
from PIL import Image

from ..core.colors.region_colors import Rgb
from ..core.text import sanitize_lines
from .scene import Areas, Dots, Lines, Picture, Rectangle, Scene, Text
from .style import PIXELS_PER_MM

FONTS = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"
NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def save_svg(scene: Scene, path: Path) -> None:
    """Write a scene as SVG; its size in millimeters is that of the PNG at 300 dpi."""
    path.write_text(sanitize_lines(to_svg(scene)), encoding="utf-8")


def to_svg(scene: Scene) -> str:
    """Return the SVG document of a scene."""
    width, height = (f"{n / PIXELS_PER_MM:.2f}mm" for n in (scene.width, scene.height))
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {scene.width} {scene.height}" font-family="{FONTS}" role="img">',
        f"<title>{_escape(scene.title)}</title>",
        f"<desc>{_escape(scene.description)}</desc>",
        f'<rect width="100%" height="100%" fill="{_to_hex(scene.background)}"/>',
    ]
    for shape in scene.shapes:
        if isinstance(shape, Picture):
            lines.append(_format_picture(shape))
        elif isinstance(shape, Areas):
            lines.extend(_format_areas(shape))
        elif isinstance(shape, Lines):
            lines.append(_format_lines(shape))
        elif isinstance(shape, Dots):
            lines.extend(_format_dots(shape))
        elif isinstance(shape, Rectangle):
            lines.append(_format_rectangle(shape))
        else:
            lines.append(_format_text(shape))
    return "\n".join([*lines, "</svg>", ""])


def _format_picture(shape: Picture) -> str:
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(shape.pixels)).save(buffer, format="PNG", optimize=True)
    data = base64.b64encode(buffer.getvalue()).decode("ascii")
    # "pixelated" is the newer word, "optimizeSpeed" the one of SVG 1.1.
    style = (
        "" if shape.smooth else ' image-rendering="optimizeSpeed" style="image-rendering:pixelated"'
    )
    return (
        f'<image x="{_fmt(shape.x)}" y="{_fmt(shape.y)}" width="{_fmt(shape.width)}" '
        f'height="{_fmt(shape.height)}" preserveAspectRatio="none"{style} '
        f'href="data:image/png;base64,{data}"/>'
    )


def _format_areas(shape: Areas) -> Iterator[str]:
    yield '<g fill-rule="evenodd">'
    for area in shape.areas:
        data = "".join(_format_ring(ring.tolist()) for ring in area.rings)
        yield (
            f'<path d="{data}" fill="{_to_hex(area.fill)}" fill-opacity="{_fmt(area.opacity)}">'
            f"<title>{_escape(area.title)}</title></path>"
        )
    yield "</g>"


def _format_ring(points: list[list[float]]) -> str:
    return "M" + " ".join(f"{_fmt(x)},{_fmt(y)}" for x, y in points) + "Z"


def _format_lines(shape: Lines) -> str:
    data = "".join(_format_path(path.tolist()) for path in shape.paths)
    return (
        f'<path d="{data}" fill="none" stroke="{_to_hex(shape.color)}" '
        f'stroke-width="{_fmt(shape.width)}" stroke-opacity="{_fmt(shape.opacity)}" '
        f'stroke-linejoin="round" stroke-linecap="round"/>'
    )


def _format_path(points: list[list[float]]) -> str:
    closed = len(points) > 2 and points[0] == points[-1]
    shown = points[:-1] if closed else points
    return "M" + " ".join(f"{_fmt(x)},{_fmt(y)}" for x, y in shown) + ("Z" if closed else "")


def _format_dots(shape: Dots) -> Iterator[str]:
    yield f'<g fill="{_to_hex(shape.color)}">'
    for x, y in shape.centers.tolist():
        yield f'<circle cx="{_fmt(x)}" cy="{_fmt(y)}" r="{_fmt(shape.radius)}"/>'
    yield "</g>"


def _format_rectangle(shape: Rectangle) -> str:
    edge = f' stroke="{_to_hex(shape.edge)}"' if shape.edge else ""
    return (
        f'<rect x="{_fmt(shape.x)}" y="{_fmt(shape.y)}" width="{_fmt(shape.width)}" '
        f'height="{_fmt(shape.height)}" fill="{_to_hex(shape.fill)}"{edge}/>'
    )


def _format_text(shape: Text) -> str:
    weight = ' font-weight="bold"' if shape.bold else ""
    return (
        f'<text x="{_fmt(shape.x)}" y="{_fmt(shape.y)}" font-size="{_fmt(shape.size)}" '
        f'text-anchor="{shape.anchor}"{weight} fill="{_to_hex(shape.color)}">'
        f"{_escape(shape.text)}</text>"
    )


def _escape(text: str) -> str:
    """Escape text for XML; drop control characters, which XML cannot represent."""
    return escape(NOT_IN_XML.sub("", text))


def _to_hex(color: Iterable[int] | Rgb) -> str:
    return "#" + "".join(f"{c:02x}" for c in color)


def _fmt(value: float) -> str:
    """Return a number with at most two decimals, as short as it goes."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
