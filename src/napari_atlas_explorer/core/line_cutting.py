"""Lines cut at the borders of voxels: where each piece lies, and how long it is.

The places where a straight segment meets the planes between voxels are computed, not sampled:
in index space these planes are whole numbers, and the share of the segment at which one is met
is the same there as in the world, whatever the voxels' size and slant.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .grid import VoxelGrid, floor_columns

PIECES_PER_BLOCK = 1 << 18
NEGLIGIBLE = 1e-9
"""Share of a voxel: cuts nearer to each other than that are one cut, through an edge or corner."""


@dataclass(frozen=True)
class Pieces:
    """Points and pieces of segments, in the order in which one meets them along the lines.

    A point is a piece of no length: the voxel that a lookup names for it may be one that the
    line only touches.

    Attributes
    ----------
    line
        ``(n,)`` number of the line.
    columns
        For each axis ``(n,)`` index of the voxel; 0 outside.
    inside
        ``(n,)`` whether it lies in the volume.
    lengths
        ``(n,)`` µm.
    """

    line: NDArray[np.int64]
    columns: list[NDArray[np.intp]]
    inside: NDArray[np.bool_]
    lengths: NDArray[np.float64]


def cut_lines(
    positions: NDArray[np.float64], line_of_point: NDArray[np.int64], grid: VoxelGrid
) -> Iterator[Pieces]:
    """Cut lines at the borders of voxels, a block of points at a time.

    Parameters
    ----------
    positions
        ``(n, 3)`` µm, the points of one line after another.
    line_of_point
        ``(n,)`` number of the line of each point, ascending.
    grid
        Whose voxels cut.
    """
    if not len(positions):
        return
    q = grid.to_index_space(positions)
    goes_on = np.append(line_of_point[1:] == line_of_point[:-1], False)
    nexts = np.where(goes_on[:, np.newaxis], np.roll(q, -1, axis=0), q)
    steps = np.where(goes_on[:, np.newaxis], np.roll(positions, -1, axis=0) - positions, 0.0)
    lengths = np.linalg.norm(steps, axis=1)
    first, counts = _planes(q, nexts, grid.shape)
    pieces = counts.sum(axis=1) + goes_on
    for start, stop in _blocks(pieces):
        block = slice(start, stop)
        yield _cut(
            q[block], nexts[block], lengths[block], goes_on[block], first[block], counts[block],
            line_of_point[block], grid,
        )  # fmt: skip


def _planes(
    q: NDArray[np.float64], nexts: NDArray[np.float64], shape: tuple[int, ...]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First plane that each segment crosses on each axis, and their number; both ``(n, 3)``.

    Planes are those of the volume alone: whatever is farther off is one piece.
    """
    sizes = np.array(shape)
    low, high = np.minimum(q, nexts), np.maximum(q, nexts)
    first = np.floor(np.clip(low, -1, sizes)).astype(np.int64) + 1
    last = np.ceil(np.clip(high, 0, sizes + 1)).astype(np.int64) - 1
    return first, np.maximum(last - first + 1, 0)


def _blocks(pieces: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Stretches of points with about `PIECES_PER_BLOCK` pieces each; one point at the least."""
    running = np.cumsum(pieces + 1)
    start = 0
    while start < len(pieces):
        before = running[start - 1] if start else 0
        stop = int(np.searchsorted(running, before + PIECES_PER_BLOCK, side="right"))
        stop = max(stop, start + 1)
        yield start, stop
        start = stop


def _cut(
    q: NDArray[np.float64],
    nexts: NDArray[np.float64],
    lengths: NDArray[np.float64],
    goes_on: NDArray[np.bool_],
    first: NDArray[np.int64],
    counts: NDArray[np.int64],
    line: NDArray[np.int64],
    grid: VoxelGrid,
) -> Pieces:
    along = nexts - q
    segment, share = _cuts(q, along, goes_on, first, counts)
    # A cut at the end of its segment, or on top of the one before, starts no piece.
    reach = np.abs(along).max(axis=1)[segment]
    same = np.append(False, segment[1:] == segment[:-1])
    near = np.append(np.inf, np.diff(share)) * reach < NEGLIGIBLE
    at_end = (1 - share) * reach < NEGLIGIBLE
    kept = ~(same & (near | at_end))
    segment, share = segment[kept], share[kept]
    same = np.append(segment[1:] == segment[:-1], False)
    ends = np.where(same, np.append(share[1:], 1.0), 1.0)
    middles = q[segment] + along[segment] * ((share + ends) / 2)[:, np.newaxis]

    # Points and pieces side by side: each point stands before the pieces of its segment.
    per_point = np.bincount(segment, minlength=len(q))
    at_point = np.arange(len(q)) + np.cumsum(per_point) - per_point
    at_piece = np.arange(len(segment)) + segment + 1
    total = len(q) + len(segment)
    places, of_point, size = (
        np.empty((total, grid.ndim)),
        np.empty(total, np.int64),
        np.zeros(total),
    )
    places[at_point], places[at_piece] = q, middles
    of_point[at_point], of_point[at_piece] = np.arange(len(q)), segment
    size[at_piece] = (ends - share) * lengths[segment]
    columns, inside = floor_columns(places, grid.shape, grid.edge_tolerance)
    return Pieces(line[of_point], columns, inside, size)


def _cuts(
    q: NDArray[np.float64],
    along: NDArray[np.float64],
    goes_on: NDArray[np.bool_],
    first: NDArray[np.int64],
    counts: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Segment and share of it, 0 to 1, of every cut and of every start; in order."""
    segments = [np.flatnonzero(goes_on)]
    shares = [np.zeros(len(segments[0]))]
    for axis in range(q.shape[1]):
        count = counts[:, axis]
        segment = np.repeat(np.arange(len(q)), count)
        number = np.arange(len(segment)) - np.repeat(np.cumsum(count) - count, count)
        plane = first[segment, axis] + number
        share = (plane - q[segment, axis]) / along[segment, axis]
        segments.append(segment)
        shares.append(np.clip(share, 0.0, 1.0))
    segment, share = np.concatenate(segments), np.concatenate(shares)
    order = np.lexsort((share, segment))
    return segment[order], share[order]
