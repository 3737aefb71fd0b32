"""Quantities per region and side: arrays of one row per side and one column per rank."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .annotation import Annotation
from .sides import LEFT, RIGHT, Sides

BOTH = ("both",)
EACH = ("neither", "left", "right")
"""Names of the rows, so that a side's number is its row; "neither" is what no side claims."""
SHOWN = (LEFT, RIGHT, 0)
"""Order in which the sides stand in a table."""


def side_names(sides: Sides | None) -> tuple[str, ...]:
    """Names of the rows: one of both sides together, or one for each."""
    return BOTH if sides is None else EACH


def shown_rows(names: tuple[str, ...], filled: NDArray[np.bool_]) -> list[int]:
    """Rows in the order of a table; "neither" only where something is in it.

    Parameters
    ----------
    names
        As `side_names` gives them.
    filled
        Booleans ``(len(names),)``.
    """
    if len(names) == 1:
        return [0]
    return [side for side in SHOWN if side or filled[0]]


def summed(direct: NDArray[Any], labels: Annotation) -> NDArray[Any]:
    """Sum of a quantity ``(n_sides, n_ranks)`` over each region with its descendants.

    Children first and no running sums, so that a NaN or an infinity stays with its own
    ancestors and nothing is lost to rounding.
    """
    return _gathered(direct, labels, np.add)


def least(direct: NDArray[Any], labels: Annotation) -> NDArray[Any]:
    """Least value over each region with its descendants; NaN is "none"."""
    return _gathered(direct, labels, np.fmin)


def greatest(direct: NDArray[Any], labels: Annotation) -> NDArray[Any]:
    """Greatest value over each region with its descendants; NaN is "none"."""
    return _gathered(direct, labels, np.fmax)


def _gathered(direct: NDArray[Any], labels: Annotation, join: np.ufunc) -> NDArray[Any]:
    by_rank = direct.T.copy()
    parents = labels.region_map.parents.tolist()
    with np.errstate(invalid="ignore"):  # ∞ - ∞ is NaN, as the reader of the sum expects
        for rank in range(len(parents) - 1, 0, -1):
            if parents[rank]:
                join(by_rank[parents[rank]], by_rank[rank], out=by_rank[parents[rank]])
    return np.ascontiguousarray(by_rank.T)
