"""Style of a figure: size in print, text, colors of the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from ..core.colors.region_colors import Rgb
from ..core.errors import ArgumentError
from ..core.space.frames import Frame

Palette = Literal["atlas", "colorblind"]
PALETTES: tuple[str, ...] = get_args(Palette)
DPI = 300
"""Pixels of a figure to the inch; a PNG has as many."""
PIXELS_PER_MM, PIXELS_PER_POINT = DPI / 25.4, DPI / 72
WIDTH_MM, FONT_SIZE = 152.4, 6.5
PAGE_WIDTH_MM, PAGE_FONT_SIZE = 297.0, 5.0
"""Of plates: A4, lying."""
LEAST_WIDTH, MOST_WIDTH = 40.0, 1500.0
"""mm."""
LEAST_FONT, MOST_FONT = 3.0, 36.0
"""Points."""


@dataclass(frozen=True)
class Theme:
    """Colors of a sheet."""

    page: Rgb
    ink: Rgb
    muted: Rgb
    outline: Rgb
    outline_opacity: float
    dimmed: Rgb
    dimmed_opacity: float
    strong: Rgb
    cross: Rgb


LIGHT = Theme(
    page=(255, 255, 255), ink=(22, 24, 29), muted=(92, 97, 107),
    outline=(18, 20, 26), outline_opacity=0.6, dimmed=(18, 20, 26), dimmed_opacity=0.3,
    strong=(10, 10, 14), cross=(196, 24, 60),
)  # fmt: skip
DARK = Theme(
    page=(12, 13, 16), ink=(241, 242, 245), muted=(166, 171, 181),
    outline=(0, 0, 0), outline_opacity=0.8, dimmed=(255, 255, 255), dimmed_opacity=0.22,
    strong=(255, 255, 255), cross=(255, 122, 142),
)  # fmt: skip


@dataclass(frozen=True)
class Style:
    """How a figure is drawn.

    Attributes
    ----------
    width_mm
        Width in print.
    font_size
        Of ordinary text, points; headings are larger, notes smaller.
    dark
        Whether the page is dark.
    names
        Whether acronyms stand in the regions, or beside them with a line.
    palette
        "atlas" for the atlas's own colors, "colorblind" for ones in which neighbors differ for
        common kinds of color vision.
    title
        Heading in the place of the atlas's or region's name; "" for that.
    frame
        Coordinate frame of the titles of sections and of the grid of plates, such as
        ``atlas.frames["bregma-ibl"]``; None for distances from the side, and µm of the atlas.

    Raises
    ------
    ArgumentError
        If a size is out of range, or there is no such palette.

    Examples
    --------
    >>> Style(width_mm=85, font_size=6).width
    1004
    """

    width_mm: float = WIDTH_MM
    font_size: float = FONT_SIZE
    dark: bool = False
    names: bool = False
    palette: Palette = "atlas"
    title: str = ""
    frame: Frame | None = None

    def __post_init__(self) -> None:
        """Check the sizes."""
        if not LEAST_WIDTH <= self.width_mm <= MOST_WIDTH:
            raise ArgumentError(
                f"a figure {self.width_mm:g} mm wide; expected {LEAST_WIDTH:g} to {MOST_WIDTH:g} mm"
            )
        if not LEAST_FONT <= self.font_size <= MOST_FONT:
            raise ArgumentError(
                f"text of {self.font_size:g} points; expected {LEAST_FONT:g} to {MOST_FONT:g}"
            )
        if self.palette not in PALETTES:
            raise ArgumentError(f"palette {self.palette!r}; expected one of {', '.join(PALETTES)}")

    @property
    def theme(self) -> Theme:
        """Colors of the page.

        >>> Style(dark=True).theme.page
        (12, 13, 16)
        """
        return DARK if self.dark else LIGHT

    @property
    def width(self) -> int:
        """Pixels, 300 to the inch.

        >>> Style(width_mm=25.4 * 6).width
        1800
        """
        return round(self.width_mm * PIXELS_PER_MM)

    @property
    def unit(self) -> float:
        """Pixels for each of the units in which distances beside text are stated.

        >>> Style(font_size=13).unit
        2.0
        """
        return self.font_size / FONT_SIZE

    def size(self, units: float) -> float:
        """Return the size of a text in pixels, from that at the ordinary font size.

        >>> Style(font_size=13).size(27)
        54.0
        """
        return float(max(1, round(units * self.unit)))
