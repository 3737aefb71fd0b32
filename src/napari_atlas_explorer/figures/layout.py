"""Layout of a sheet's panels, and length of its scale bar."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

OF_THREE = (((0, 1), (2,)), ((0, 2), (1,)))
"""Columns of three panels beside rows of equal length: two of them stacked."""


@dataclass(frozen=True)
class Frame:
    """Place of a panel's picture on the sheet, whole pixels."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Layout:
    """Frames of all panels, drawn to one scale.

    Attributes
    ----------
    frames
        One per panel, in the order of the sizes given.
    scale
        Pixels per unit of the sizes.
    height
        Of everything, with the panels' surroundings.
    """

    frames: tuple[Frame, ...]
    scale: float
    height: int


def arrange(
    sizes: Sequence[tuple[float, float]],
    width: int,
    max_height: int,
    above: int,
    beside: int,
    below: int,
) -> Layout:
    """Arrange panels so that they fill as much of the sheet as they can.

    Parameters
    ----------
    sizes
        Width and height of each panel in units of the world.
    width, max_height
        Room, pixels.
    above, beside, below
        Room that every panel needs around it (for titles and letters), pixels; ``beside`` on
        each side.
    """

    def scale_of(columns: Sequence[Sequence[int]]) -> float:
        wide = sum(max(sizes[k][0] for k in column) for column in columns)
        across = (width - 2 * beside * len(columns)) / wide
        down = min(
            (max_height - (above + below) * len(column)) / sum(sizes[k][1] for k in column)
            for column in columns
        )
        return min(across, down)

    def filled(columns: Sequence[Sequence[int]]) -> float:
        """Return the share of the room that is picture, not blank."""
        scale = scale_of(columns)
        tall = max(sum(sizes[k][1] * scale + above + below for k in column) for column in columns)
        return scale**2 * sum(w * h for w, h in sizes) / (width * tall)

    n = len(sizes)
    arrangements: list[Sequence[Sequence[int]]] = [
        [range(column, n, n_columns) for column in range(n_columns)]
        for n_columns in range(n, 0, -1)
    ]
    if n == 3:
        arrangements += OF_THREE
    best = max(arrangements, key=lambda columns: round(filled(columns), 9))
    scale = scale_of(best)
    pixels = [(max(1, round(w * scale)), max(1, round(h * scale))) for w, h in sizes]
    tall = [sum(pixels[k][1] + above + below for k in column) for column in best]
    wide = [max(pixels[k][0] for k in column) + 2 * beside for column in best]
    # Spare width is distributed; panels are aligned at the top, so that the titles of the first
    # ones are in line, and a column's panels share the spare height below.
    gap = max(0, width - sum(wide)) / (len(best) + 1)
    frames: dict[int, Frame] = {}
    left = gap
    for column, column_width, column_height in zip(best, wide, tall, strict=True):
        spare = (max(tall) - column_height) / max(1, len(column) - 1)
        top = 0.0
        for k in column:
            w, h = pixels[k]
            top += above
            frames[k] = Frame(round(left + (column_width - w) / 2), round(top), w, h)
            top += h + below + spare
        left += column_width + gap
    return Layout(tuple(frames[k] for k in range(len(sizes))), scale, max(tall))


def round_length(limit: float) -> float:
    """Return the longest of 1, 2, 5, 10, 20, … (or 0.5, 0.2, …) up to a limit."""
    power = 10.0 ** math.floor(math.log10(limit))
    return max(step * power for step in (1, 2, 5) if step * power <= limit * (1 + 1e-9))


def length_label(length: float, in_micrometers: bool) -> str:
    """Return the label of a round length: "2 mm", "500 µm", "20 voxels"."""
    if not in_micrometers:
        return f"{length:g} voxel{'' if length == 1 else 's'}"
    return f"{length / 1000:g} mm" if length >= 1000 else f"{length:g} µm"
