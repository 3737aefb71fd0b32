"""Pictures as lists of simple shapes, which `png`, `svg` and `pdf` draw alike.

Coordinates are pixels of the finished picture, x to the right, y downwards; a pixel covers
``[i, i + 1)``. Shapes are drawn in the order given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..core.colors.region_colors import Rgb

Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True)
class Rectangle:
    """A filled rectangle; ``edge`` draws a thin line around it."""

    x: float
    y: float
    width: float
    height: float
    fill: Rgb
    edge: Rgb | None = None


@dataclass(frozen=True)
class Picture:
    """An array of pixels stretched over a rectangle.

    Attributes
    ----------
    pixels
        ``(rows, cols, 3)`` or ``(rows, cols, 4)`` uint8; the fourth is opacity.
    smooth
        Whether values between pixels are interpolated (an image) or not (labels).
    """

    x: float
    y: float
    width: float
    height: float
    pixels: NDArray[np.uint8]
    smooth: bool


@dataclass(frozen=True)
class Area:
    """A filled region.

    Attributes
    ----------
    rings
        Each ``(n, 2)`` x and y; exteriors run one way and holes the other, as of `Polygon`.
    opacity
        0 to 1.
    title
        Its name, which a viewer of SVG shows under the cursor.
    """

    rings: Sequence[NDArray[np.float64]]
    fill: Rgb
    opacity: float
    title: str = ""


@dataclass(frozen=True)
class Areas:
    """Filled regions that do not overlap."""

    areas: Sequence[Area]


@dataclass(frozen=True)
class Lines:
    """Polylines of one style.

    Attributes
    ----------
    paths
        Each ``(n, 2)``: x and y of its points.
    width
        Pixels.
    opacity
        0 to 1, of all lines together: where they cross they are not darker.
    """

    paths: Sequence[NDArray[Any]]
    color: Rgb
    width: float
    opacity: float = 1.0


@dataclass(frozen=True)
class Dots:
    """Filled circles of one size.

    Attributes
    ----------
    centers
        ``(n, 2)`` x and y.
    radius
        Pixels.
    """

    centers: NDArray[np.float64]
    radius: float
    color: Rgb


@dataclass(frozen=True)
class Text:
    """One line of text; ``y`` is its baseline, ``size`` the height of an em in pixels."""

    x: float
    y: float
    text: str
    size: float
    color: Rgb
    anchor: Anchor = "start"
    bold: bool = False


Shape = Rectangle | Picture | Areas | Lines | Dots | Text


@dataclass(frozen=True)
class Scene:
    """A whole picture.

    Attributes
    ----------
    width, height
        Pixels.
    background
        Color of the page.
    shapes
        Shapes, the lowest first.
    title, description
        For the file's own metadata: screen readers and picture managers show them.
    bookmark
        Key of the page among those of a document, whose outline then names it; "" for none.
    """

    width: int
    height: int
    background: Rgb
    shapes: list[Shape] = field(default_factory=list)
    title: str = ""
    description: str = ""
    bookmark: str = ""
