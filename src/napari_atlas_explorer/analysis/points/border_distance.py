"""Distance from points to the nearest region boundary.

The distance from a point to the nearest face of a voxel of another region, in µm, along a
straight line; exact. Background is another region, and so is what lies outside the volume.

Every row of voxels along the last axis is a list of runs of one region, so that one search
finds how far a region reaches in a row. Rows are visited from the nearest on, until the next
one is farther away than the border that was found.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import count, groupby

import numpy as np
from numpy.typing import NDArray

from ...core.errors import ArgumentError
from ...core.progress import Progress
from ...core.regions.collapse import Collapse
from ...core.regions.rank_volume import RankVolume
from ...core.regions.runs import encode_runs
from ...core.space.grid import VoxelGrid
from .counts import PlacedPoints

POINTS_PER_BLOCK = 1 << 15

ORTHOGONAL = 1e-6
"""Cosine up to which two axes of a grid count as standing at right angles."""


def border_distances(
    rank_volume: RankVolume,
    placed: PlacedPoints,
    collapse: Collapse | None = None,
    progress: Progress | None = None,
) -> NDArray[np.float64]:
    """Return the distance of each point to the nearest voxel that is not of its region.

    Parameters
    ----------
    rank_volume
        The annotation.
    placed
        The points.
    collapse
        Regions that count as one have no border between them.
    progress
        Called with the share of the points that are done, 0 to 1.

    Returns
    -------
    ``(n,)`` µm; NaN for points outside the volume.

    Raises
    ------
    ArgumentError
        If the grid's axes do not stand at right angles.
    """
    steps = _measure_lengths(rank_volume.grid)
    distances = np.full(len(placed), np.nan)
    shape = rank_volume.grid.shape
    q = rank_volume.grid.to_index_space(placed.positions[placed.inside])
    voxels = np.clip(np.floor(q + rank_volume.grid.edge_tolerance), 0, np.array(shape) - 1)
    search = _RowSearch(rank_volume, collapse, steps)
    order = np.argsort(np.ravel_multi_index(voxels.astype(np.intp).T, shape), kind="stable")
    squares = search.run(voxels[order].astype(np.int64), q[order], progress)
    found = np.empty(len(q))
    found[order] = np.sqrt(squares)
    distances[placed.inside] = found
    return distances


class _RowSearch:
    """The runs of all rows, and the search in them."""

    def __init__(
        self, rank_volume: RankVolume, collapse: Collapse | None, steps: NDArray[np.float64]
    ) -> None:
        ranks = rank_volume.raw
        if collapse is not None:
            ranks = collapse.target.astype(ranks.dtype)[ranks]
        runs = encode_runs(ranks)
        # Keys of the width of the table: `searchsorted` would else convert the table each time.
        width = np.int32 if ranks.size < 2**31 else np.int64
        self._starts = np.append(runs.starts, ranks.size).astype(width)
        self._regions = runs.values
        self._shape = ranks.shape
        self._steps = steps
        self._unseen = self._offsets()
        self._seen: list[tuple[float, list[tuple[int, int]]]] = []

    def run(
        self,
        voxels: NDArray[np.int64],
        q: NDArray[np.float64],
        progress: Progress | None,
    ) -> NDArray[np.float64]:
        """Return the squared distances of points in ascending order of their voxels."""
        found = [self._block(voxels[part], q[part]) for part in _split_points(len(q), progress)]
        return np.concatenate([np.zeros(0), *found])

    def _block(self, voxels: NDArray[np.int64], q: NDArray[np.float64]) -> NDArray[np.float64]:
        within = np.clip(q - voxels, 0.0, 1.0)
        place = (voxels + within) * self._steps
        size = np.array(self._shape) * self._steps
        best: NDArray[np.float64] = np.minimum(place, size - place).min(axis=1) ** 2
        flat = np.ravel_multi_index(tuple(voxels.T), self._shape)
        own = self._regions[self._run_of(flat)]
        active = np.arange(len(q))
        for reach, offsets in self._rings():
            active = active[best[active] > reach]
            if not len(active):
                break
            for offset in offsets:
                self._visit(offset, active, voxels, within, flat, own, best)
        return best

    def _visit(
        self,
        offset: tuple[int, int],
        active: NDArray[np.intp],
        voxels: NDArray[np.int64],
        within: NDArray[np.float64],
        flat: NDArray[np.intp],
        own: NDArray[np.uint16],
        best: NDArray[np.float64],
    ) -> None:
        """Look into the row that lies at an offset from each point's own."""
        across = np.zeros(len(active))
        exists = np.ones(len(active), bool)
        for axis, step in enumerate(offset):
            at = voxels[active, axis] + step
            exists &= (at >= 0) & (at < self._shape[axis])
            if step:
                inner = within[active, axis]
                gap = step - inner if step > 0 else inner - step - 1
                across += (gap * self._steps[axis]) ** 2
        chosen = active[exists & (across < best[active])]
        if not len(chosen):
            return
        across = across[exists & (across < best[active])]
        index = flat[chosen] + (offset[0] * self._shape[1] + offset[1]) * self._shape[2]
        run = self._run_of(index)
        first, stop = self._starts[run], self._starts[run + 1]
        middle = index + within[chosen, 2]
        along = np.minimum(middle - first, stop - middle) * self._steps[2]
        along[self._regions[run] != own[chosen]] = 0
        best[chosen] = np.minimum(best[chosen], across + along**2)

    def _run_of(self, flat: NDArray[np.intp]) -> NDArray[np.intp]:
        keys = flat.astype(self._starts.dtype)
        return np.searchsorted(self._starts, keys, side="right") - 1

    def _rings(self) -> Iterator[tuple[float, list[tuple[int, int]]]]:
        """Cache of `_offsets`: most points need only the first few."""
        for n in count():
            if n == len(self._seen):
                more = next(self._unseen, None)
                if more is None:
                    return
                self._seen.append(more)
            yield self._seen[n]

    def _offsets(self) -> Iterator[tuple[float, list[tuple[int, int]]]]:
        """Yield row offsets with the least squared distance to them."""
        far = math.hypot(*(n * s for n, s in zip(self._shape, self._steps, strict=True)))
        reach = 4 * float(max(self._steps[:2]))
        least = -1.0
        while least < far**2:
            ring = [o for o in self._within(reach) if least < o[0] <= reach**2]
            for square, group in groupby(ring, key=lambda o: o[0]):
                yield square, [(a, b) for _, _, a, b in group]
            least, reach = reach**2, 2 * reach

    def _within(self, reach: float) -> list[tuple[float, int, int, int]]:
        most = [
            min(int(reach / step) + 2, n - 1)
            for n, step in zip(self._shape[:2], self._steps[:2].tolist(), strict=True)
        ]
        return sorted(
            (self._gap(0, a) + self._gap(1, b), abs(a) + abs(b), a, b)
            for a in range(-most[0], most[0] + 1)
            for b in range(-most[1], most[1] + 1)
        )

    def _gap(self, axis: int, offset: int) -> float:
        return float((max(abs(offset) - 1, 0) * self._steps[axis]) ** 2)


def _split_points(n: int, progress: Progress | None) -> Iterator[slice]:
    for first in range(0, n, POINTS_PER_BLOCK):
        yield slice(first, first + POINTS_PER_BLOCK)
        if progress is not None:
            progress(min(first + POINTS_PER_BLOCK, n) / n)


def _measure_lengths(grid: VoxelGrid) -> NDArray[np.float64]:
    matrix = grid.affine[:-1, :-1]
    lengths: NDArray[np.float64] = np.linalg.norm(matrix, axis=0)
    cosines = (matrix / lengths).T @ (matrix / lengths) - np.eye(grid.ndim)
    if grid.ndim != 3 or np.abs(cosines).max() > ORTHOGONAL:
        raise ArgumentError(
            "distances to borders need three axes at right angles; the atlas's are oblique to "
            "one another"
        )
    return lengths
