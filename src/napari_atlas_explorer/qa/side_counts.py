"""Voxels of each region in each hemisphere."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ..core.statistics import with_descendants
from .finding import Marked
from .label_parts import pieces_of, three_axes
from .subject import Subject

MASK_SHARE = 0.25
"""Of the labelled voxels: an atlas of one hemisphere has far fewer in none."""


def own_on_sides(subject: Subject) -> NDArray[np.int64]:
    """``(n_ranks, 3)`` voxels of each rank itself outside, on the left and on the right.

    Raises
    ------
    NotRunError
        Where sides are unknown.
    """

    def count() -> NDArray[np.int64]:
        labels, sides = three_axes(subject), subject.side_volume
        table = np.zeros((labels.n_ranks, 3), np.int64)
        if sides.any():
            pieces = pieces_of(subject)
            np.add.at(table, pieces.values, pieces.on_side)
        else:
            table[1:, 0] = labels.counts[1:]
        return table

    return subject.shared("voxels on sides", count)


def total_on_sides(subject: Subject) -> NDArray[np.int64]:
    """Count the same for each rank with its descendants."""
    return with_descendants(own_on_sides(subject), three_axes(subject))


def is_one_sided(subject: Subject) -> bool:
    """Whether the hemispheres mark one side alone, and leave much of the annotation out."""
    outside, left, right = own_on_sides(subject)[1:].sum(axis=0).tolist()
    lone = (left == 0) != (right == 0)
    return lone and bool(outside > MASK_SHARE * (outside + left + right))


def positions_on_side(subject: Subject, ranks: Iterable[int], side: int) -> NDArray[np.int64]:
    """C-order positions of the voxels of some ranks in a hemisphere (0: in none), ascending."""
    flat = Marked(ranks=tuple(ranks)).positions(three_axes(subject))
    sides = subject.side_volume
    # Indexed, not flattened: a volume that is only seen would be made.
    return np.asarray(flat[sides[np.unravel_index(flat, sides.shape)] == side])
