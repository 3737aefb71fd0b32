"""Columns of points that are parsed at once, and what their file states of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class PointColumns:
    """Named columns of numbers.

    Attributes
    ----------
    names
        Of the columns, None if there are none.
    numbers
        ``(n, k)``.
    units, space, note
        As in `PointsFile`.
    """

    names: tuple[str, ...] | None
    numbers: NDArray[np.float64]
    units: tuple[str, ...] = ()
    space: Literal["", "LPS", "RAS"] = ""
    note: str = ""
