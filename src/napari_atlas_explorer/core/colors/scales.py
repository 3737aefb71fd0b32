"""Color scales for values of regions, and contrast limits of images.

Missing is not zero: a region without a value is a faint gray, zero is a value like any other.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import ArgumentError
from ..text import THIN_SPACE

# ---- Sequential and diverging color maps ---------------------------------------------------------
#
# Both are even to the eye, and no color of theirs is a plain gray of the lightness that stands
# for "no value".

VIRIDIS = (
    0x440154,
    0x481769,
    0x472A7A,
    0x433D84,
    0x3D4E8A,
    0x355E8D,
    0x2E6D8E,
    0x297B8E,
    0x23898E,
    0x1F978B,
    0x21A585,
    0x2EB37C,
    0x46C06F,
    0x65CB5E,
    0x89D548,
    0xB0DD2F,
    0xD8E219,
    0xFDE725,
)
"""Every 15th of the 256 colors of viridis (van der Walt and Smith 2015, dedicated to the public
domain); straight lines between them stay within 5 / 255 of the others."""

BLUE, RED = np.deg2rad(255.0), np.deg2rad(28.0)
"""Hues of the two arms in Oklab, told apart by color-blind readers too."""
ENDS, MIDDLE = 0.42, 0.95
"""Oklab lightness at both ends and in the middle: the arms are alike, neither seems more."""
CHROMA = 0.145


def viridis(positions: ArrayLike) -> NDArray[np.float64]:
    """Return viridis: dark blue over green to yellow.

    Parameters
    ----------
    positions
        ``(...)`` 0 to 1.

    Returns
    -------
    ``(..., 3)`` sRGB, 0 to 1.
    """
    anchors = np.array([[c >> 16, c >> 8 & 255, c & 255] for c in VIRIDIS]) / 255
    places = np.linspace(0, 1, len(anchors))
    at = np.asarray(positions, dtype=np.float64)
    return np.stack([np.interp(at, places, anchors[:, k]) for k in range(3)], axis=-1)


def blue_red(positions: ArrayLike) -> NDArray[np.float64]:
    """Return the blue over nearly white to red; 0.5 is the middle, the arms are equally dark.

    Straight lines in Oklab (Ottosson 2020): ``(...)`` positions to ``(..., 3)`` sRGB, 0 to 1.
    """
    signed = 2 * np.asarray(positions, dtype=np.float64) - 1
    far = np.abs(signed)
    lightness = MIDDLE + (ENDS - MIDDLE) * far
    # Little color near white, and none too strong at the dark ends: screens could not show it.
    chroma = CHROMA * np.sin(np.pi * 0.62 * far) ** 0.9
    hue = np.where(signed < 0, BLUE, RED)
    return _srgb(lightness, chroma * np.cos(hue), chroma * np.sin(hue))


def _srgb(
    lightness: NDArray[np.float64], a: NDArray[np.float64], b: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the oklab as sRGB, clipped to what a screen shows."""
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = np.stack(
        [
            4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
            -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
            -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
        ],
        axis=-1,
    )
    linear = np.clip(linear, 0, 1)
    curved = 1.055 * np.maximum(linear, 0.0031308) ** (1 / 2.4) - 0.055
    return np.asarray(np.where(linear <= 0.0031308, 12.92 * linear, curved))


COLOR_MAPS: dict[str, Callable[[ArrayLike], NDArray[np.float64]]] = {
    "viridis": viridis,
    "blue-red": blue_red,
}
DIVERGING = ("blue-red",)
"""Those with a middle."""


# ---- Contrast limits -----------------------------------------------------------------------------

BRIGHTEST = 0.998
SAMPLES = 100_000


def contrast_limits(values: NDArray[Any]) -> tuple[float, float]:
    """Return the limits that span the nonzero voxels but the brightest 0.2 %.

    From a sample of about 100,000 voxels: quick, and one hot voxel does not turn a template
    black.
    """
    step = max(1, int(np.cbrt(values.size / SAMPLES)))
    sample = np.asarray(values[(slice(None, None, step),) * min(3, values.ndim)], dtype=np.float64)
    sample = sample[np.isfinite(sample) & (sample != 0)]
    if not sample.size:
        return (0.0, 1.0)
    low, high = min(0.0, float(sample.min())), float(np.quantile(sample, BRIGHTEST))
    return (low, high) if high > low else (low, low + 1)


# ---- Color scales --------------------------------------------------------------------------------

MISSING = (0.55, 0.55, 0.55, 0.25)
"""Color and opacity of a region that has no value."""

MOST_TICKS = 6
LEAST_TICKS = 3


class Tick(NamedTuple):
    """A mark on a color bar: its place, 0 to 1, and what stands beside it."""

    position: float
    label: str


@dataclass(frozen=True)
class ColorScale:
    """Which number has which color.

    Attributes
    ----------
    low, high
        Numbers at the two ends; what lies beyond has the color of the end.
    name
        One of `COLOR_MAPS`.
    log
        Whether equal factors, not equal differences, are equal steps of color. Zero and
        negative numbers are then below the lower end, wherever it is.
    """

    low: float
    high: float
    name: str = "viridis"
    log: bool = False

    def __post_init__(self) -> None:
        """Check that the limits make a scale."""
        if self.name not in COLOR_MAPS:
            raise ArgumentError(f"color map {self.name!r}; expected {', '.join(COLOR_MAPS)}")
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise ArgumentError(
                f"limits {self.low:g} and {self.high:g}; expected two numbers, the lower first"
            )
        if self.log and self.low <= 0:
            raise ArgumentError(f"lower limit {self.low:g}; expected more than 0 on a log scale")

    @classmethod
    def fitted(cls, values: ArrayLike, name: str = "viridis", log: bool = False) -> ColorScale:
        """Make a scale that spans some numbers.

        A map with a middle has zero there, if numbers lie on both sides of it. A single number
        stands in the middle of its scale. On a log scale the least number above zero counts.

        Parameters
        ----------
        values
            Numbers; NaN and infinite ones do not count.
        name, log
            As above.

        Raises
        ------
        ArgumentError
            If no number is left.
        """
        numbers = np.asarray(values, dtype=np.float64).ravel()
        numbers = numbers[np.isfinite(numbers)]
        if not len(numbers):
            raise ArgumentError("no region has a value; expected at least one number")
        if log:
            numbers = numbers[numbers > 0]
            if not len(numbers):
                raise ArgumentError("no value is above 0; a log scale shows only those that are")
        low, high = float(numbers.min()), float(numbers.max())
        if name in DIVERGING and low < 0 < high:
            high = max(-low, high)
            low = -high
        if low == high:
            if log:
                low, high = low / 2, high * 2
            else:
                # One more: zero has no size by which its scale could be widened.
                around = abs(low) / 2 or 1.0
                low, high = low - around, high + around
        return cls(low, high, name, log)

    def positions(self, values: ArrayLike) -> NDArray[np.float64]:
        """Return the places of numbers on the scale, 0 to 1; NaN of those that are missing."""
        numbers = np.asarray(values, dtype=np.float64)
        low, high = self.low, self.high
        if self.log:
            with np.errstate(divide="ignore", invalid="ignore"):
                below = np.where(numbers <= 0, -np.inf, np.log10(numbers))
            numbers = np.where(np.isnan(numbers), np.nan, below)
            low, high = math.log10(low), math.log10(high)
        # Clipped first: an infinite number less the limit would be none.
        return (np.clip(numbers, low, high) - low) / (high - low)

    def colors(self, values: ArrayLike) -> NDArray[np.float32]:
        """Return ``(n, 4)`` color and opacity, 0 to 1, of ``(n,)`` numbers; `MISSING` for NaN."""
        places = self.positions(values)
        found = np.ones((*places.shape, 4), np.float32)
        missing = np.isnan(places)
        found[..., :3] = COLOR_MAPS[self.name](np.where(missing, 0, places))
        found[missing] = MISSING
        return found

    def rank_table(self, values: ArrayLike) -> NDArray[np.float32]:
        """Return `colors` of one number for each rank; background (rank 0) is transparent."""
        table = self.colors(values)
        table[0] = 0
        return table

    def gradient(self, steps: int = 256) -> NDArray[np.float32]:
        """Return ``(steps, 3)`` colors from the lower to the upper end, 0 to 1."""
        return np.asarray(COLOR_MAPS[self.name](np.linspace(0, 1, steps)), dtype=np.float32)

    def ticks(self) -> list[Tick]:
        """Round numbers along the scale, three to six of them where there are as many."""
        numbers = (
            _log_ticks(self.low, self.high) if self.log else _linear_ticks(self.low, self.high)
        )
        places = self.positions(numbers)
        return [Tick(float(p), number_label(x)) for p, x in zip(places, numbers, strict=True)]


def _linear_ticks(low: float, high: float) -> list[float]:
    span = high - low
    power = 10.0 ** math.floor(math.log10(span / LEAST_TICKS))
    for step in (5 * power, 2 * power, power):
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first + 1 >= LEAST_TICKS:
            break
    found = [k * step for k in range(first, last + 1)]
    return [min(max(x, low), high) for x in found]


def _log_ticks(low: float, high: float) -> list[float]:
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for steps in ((1,), (1, 3), (1, 2, 5)):
        found = [k * 10.0**p for p in range(first, last + 1) for k in steps]
        found = [x for x in found if low * (1 - 1e-9) <= x <= high * (1 + 1e-9)]
        if len(found) >= LEAST_TICKS:
            # Every so many decades, if there are many of them.
            return found[:: -(-len(found) // MOST_TICKS)]
    return _linear_ticks(low, high)


def number_label(value: float) -> str:
    """Write a number short: four significant digits, thousands spaced, else powers of ten."""
    if value != value:
        return ""
    size = abs(value)
    if size != 0 and not 1e-4 <= size < 1e7:
        return f"{value:.3g}"
    if size >= 1000:
        return f"{round(value):,}".replace(",", THIN_SPACE)
    return f"{value:.4g}"
