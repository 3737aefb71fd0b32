"""Numbers of regions as colours: one rule for the window and for figures.

Missing is not zero: a region without a value is a faint grey, zero is a value like any other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .color_maps import COLOR_MAPS, DIVERGING
from .errors import ArgumentError
from .figures import THIN_SPACE

MISSING = (0.55, 0.55, 0.55, 0.25)
"""Colour and opacity of a region that has no value."""

MOST_TICKS = 6
LEAST_TICKS = 3


class Tick(NamedTuple):
    """A mark on a colour bar: its place, 0 to 1, and what stands beside it."""

    position: float
    label: str


@dataclass(frozen=True)
class ColorScale:
    """Which number has which colour.

    Attributes
    ----------
    low, high
        Numbers at the two ends; what lies beyond has the colour of the end.
    name
        One of `COLOR_MAPS`.
    log
        Whether equal factors, not equal differences, are equal steps of colour. Zero and
        negative numbers are then below the lower end, wherever it is.
    """

    low: float
    high: float
    name: str = "viridis"
    log: bool = False

    def __post_init__(self) -> None:
        """Check that the limits make a scale."""
        if self.name not in COLOR_MAPS:
            raise ArgumentError(f"colour map {self.name!r}; expected {', '.join(COLOR_MAPS)}")
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
        """Places of numbers on the scale, 0 to 1; NaN of those that are missing."""
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
        """``(n, 4)`` colour and opacity, 0 to 1, of ``(n,)`` numbers; `MISSING` for NaN."""
        places = self.positions(values)
        found = np.ones((*places.shape, 4), np.float32)
        missing = np.isnan(places)
        found[..., :3] = COLOR_MAPS[self.name](np.where(missing, 0, places))
        found[missing] = MISSING
        return found

    def rank_table(self, values: ArrayLike) -> NDArray[np.float32]:
        """`colors` of one number for each rank; background (rank 0) is transparent."""
        table = self.colors(values)
        table[0] = 0
        return table

    def gradient(self, steps: int = 256) -> NDArray[np.float32]:
        """``(steps, 3)`` colours from the lower to the upper end, 0 to 1."""
        return np.asarray(COLOR_MAPS[self.name](np.linspace(0, 1, steps)), dtype=np.float32)

    def ticks(self) -> list[Tick]:
        """Round numbers along the scale, three to six of them where there are as many."""
        numbers = _log_ticks(self.low, self.high) if self.log else _ticks(self.low, self.high)
        places = self.positions(numbers)
        return [Tick(float(p), number_label(x)) for p, x in zip(places, numbers, strict=True)]


def _ticks(low: float, high: float) -> list[float]:
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
    return _ticks(low, high)


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
