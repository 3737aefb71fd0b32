"""Connected pieces of all regions at once, and the holes between them.

One pass of ``connected-components-3d`` over the whole annotation numbers the pieces of every
region (77 million voxels: 0.9 s); after that only the runs of the numbers are kept, so that the
voxels of any piece are at hand without looking at the volume again.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import cc3d
import numpy as np
from numpy.typing import NDArray

from ..core.runs import encode_runs
from .boxes import faces_of
from .morphology import CORNERS, FACES


@dataclass(frozen=True, eq=False)
class Pieces:
    """Sets of voxels, each in one piece, numbered from 0.

    Attributes
    ----------
    values
        ``(n,)`` value of the volume in each piece.
    sizes
        ``(n,)`` voxels of each.
    on_side
        ``(n, 3)`` voxels of each outside, left and right; all outside where sides are unknown.
    starts, lengths
        Flat position and length of the runs along the last axis, piece by piece.
    first
        ``(n + 1,)`` place of each piece's first run among them.
    """

    values: NDArray[np.int64]
    sizes: NDArray[np.int64]
    on_side: NDArray[np.int64]
    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]
    first: NDArray[np.int64]

    def __len__(self) -> int:
        """Return the number of pieces."""
        return len(self.sizes)

    def positions(self, pieces: int | Collection[int] | NDArray[np.intp]) -> NDArray[np.int64]:
        """C-order positions of the voxels of some pieces, ascending."""
        chosen = np.atleast_1d(np.asarray(pieces, dtype=np.int64))
        first, count = self.first[chosen], np.diff(self.first)[chosen]
        runs = spread(first, count)
        return np.sort(spread(self.starts[runs], self.lengths[runs]))


def label_pieces(volume: NDArray[Any], sides: NDArray[np.uint8] | None = None) -> Pieces:
    """Find the pieces of every value but 0; voxels hang together by faces, edges or corners.

    Parameters
    ----------
    volume
        C-contiguous unsigned integers, three axes.
    sides
        0, 1 (left) or 2 (right) of every voxel; a piece may lie on both sides.
    """
    return _pieces(volume, _numbered(volume, CORNERS), sides)


def enclosed_background(volume: NDArray[Any]) -> Pieces:
    """Find the pieces of 0 that do not reach the volume's faces; they hang together by faces."""
    background = volume == 0
    numbers = _numbered(background, FACES)
    open_ones = np.zeros(int(numbers.max(initial=0)) + 1, bool)
    open_ones[faces_of(numbers)] = True
    open_ones[0] = True
    enclosed = np.cumsum(~open_ones).astype(np.uint32)
    enclosed[open_ones] = 0
    return _pieces(volume, enclosed[numbers], None)


def _numbered(volume: NDArray[Any], connectivity: Any) -> NDArray[np.uint32]:
    # A rim, since cc3d fails on a line of 1 × 1 × n voxels.
    flat = min(volume.shape) == 1
    inside = np.pad(volume, 1) if flat else volume
    numbers = cc3d.connected_components(inside, connectivity=connectivity, out_dtype=np.uint32)
    return np.ascontiguousarray(numbers[1:-1, 1:-1, 1:-1] if flat else numbers)


def _pieces(
    volume: NDArray[Any], numbers: NDArray[np.uint32], sides: NDArray[np.uint8] | None
) -> Pieces:
    """Sort the runs of numbered pieces; the numbers are overwritten."""
    if sides is not None:
        numbers *= np.uint32(3)
        # What is background stays so on every side.
        np.add(numbers, sides, out=numbers, where=numbers > 0, casting="unsafe")
    runs = encode_runs(numbers)
    kept = runs.values > 0
    starts, lengths = runs.starts[kept], runs.lengths[kept]
    codes = runs.values[kept].astype(np.int64)
    codes = codes - 3 if sides is not None else (codes - 1) * 3
    number = codes // 3
    n = int(number.max(initial=-1)) + 1
    sided = np.bincount(codes, weights=lengths, minlength=3 * n).astype(np.int64).reshape(n, 3)
    order = np.argsort(number, kind="stable")
    first = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.bincount(number, minlength=n))])
    starts = starts[order]
    values = volume.reshape(-1)[starts[first[:-1]]].astype(np.int64)
    return Pieces(values, sided.sum(axis=1), sided, starts, lengths[order], first)


def spread(starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Whole numbers of intervals, one after the other."""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    return np.repeat(starts - (ends - lengths), lengths) + np.arange(total)
