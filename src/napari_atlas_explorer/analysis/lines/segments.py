"""Straight line segments within one region, and their part in a slice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...core.space.grid import VoxelGrid
from ...core.streamlines import Streamlines
from .crossings import LineRegions

NEGLIGIBLE = 1e-6
"""µm: what is shorter is rounding, and no piece."""

BETWEEN_LINES = 1.0
"""µm put between lines where all are laid end to end, so that a place belongs to one of them."""


@dataclass(frozen=True, eq=False)
class LineSegments:
    """Pieces of lines, cut at their points and at the borders of regions.

    Attributes
    ----------
    ends
        ``(n, 2, 3)`` index space of the annotation (voxel edges are whole numbers): where each
        piece begins and ends.
    line
        ``(n,)`` number of the line, ascending.
    rank
        ``(n,)`` region it runs in; 0 in none, -1 outside the volume.
    place
        ``(n,)`` its middle as a number of point and share of the way to the next: 3.25.
    """

    ends: NDArray[np.float64]
    line: NDArray[np.int64]
    rank: NDArray[np.int64]
    place: NDArray[np.float64]

    def __len__(self) -> int:
        """Return the number of pieces."""
        return len(self.line)

    def in_slice(self, axis: int, index: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Return the pieces that lie in a slice of voxels, cut at its two faces.

        Parameters
        ----------
        axis, index
            Axis of the array, and number of the slice along it.

        Returns
        -------
        rows
            ``(m,)`` which pieces.
        ends
            ``(m, 2, 3)`` their parts in the slice; no longer than nothing where a piece touches
            it with nothing else.
        """
        first, last = self.ends[:, 0, axis], self.ends[:, 1, axis]
        low, high = np.minimum(first, last), np.maximum(first, last)
        flat = low == high
        rows = np.flatnonzero((low < index + 1) & np.where(flat, low >= index, high > index))
        first, along = first[rows], last[rows] - first[rows]
        with np.errstate(divide="ignore", invalid="ignore"):
            shares = np.stack([(index - first) / along, (index + 1 - first) / along])
        shares = np.where(flat[rows], [[0.0], [1.0]], np.clip(np.sort(shares, axis=0), 0, 1))
        begin, whole = self.ends[rows, 0], self.ends[rows, 1] - self.ends[rows, 0]
        parts = begin[:, np.newaxis] + shares.T[:, :, np.newaxis] * whole[:, np.newaxis]
        return rows, parts

    def values(self, of_points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return a quantity at each segment's middle; NaN where an end has none."""
        before = self.place.astype(np.int64)
        after = np.minimum(before + 1, len(of_points) - 1)
        share = self.place - before
        return np.asarray(of_points[before] * (1 - share) + of_points[after] * share)


def find_segments(streamlines: Streamlines, regions: LineRegions, grid: VoxelGrid) -> LineSegments:
    """Cut lines where they have a point and where they enter another region.

    Parameters
    ----------
    streamlines
        The lines.
    regions
        What they run through; its cuts are taken, not found again.
    grid
        Of the annotation.
    """
    points, line_of = streamlines.positions, streamlines.line_of_point
    if not len(points):
        nothing = np.zeros(0, np.int64)
        return LineSegments(np.zeros((0, 2, 3)), nothing, nothing, np.zeros(0))
    goes_on = np.append(line_of[1:] == line_of[:-1], False)
    lengths = np.zeros(len(points))
    lengths[:-1] = np.linalg.norm(np.diff(points, axis=0), axis=1)
    lengths[~goes_on] = 0
    along = np.cumsum(lengths) - lengths + BETWEEN_LINES * line_of

    # Where each visit begins, on lines laid end to end; those of no length hold no piece.
    longer = regions.length > NEGLIGIBLE
    visit_line, visit_rank = regions.line[longer], regions.rank[longer]
    begins = along[streamlines.starts[:-1]][visit_line] + regions.start[longer]
    segment = np.searchsorted(along, begins, side="right") - 1
    segment = np.clip(segment, 0, len(points) - 1)
    inside = goes_on[segment] & (lengths[segment] > 0)
    cut = segment[inside]
    shares = np.clip((begins[inside] - along[cut]) / lengths[cut], 0.0, 1.0)

    whole = np.flatnonzero(goes_on)
    segment = np.concatenate([whole, cut])
    share = np.concatenate([np.zeros(len(whole)), shares])
    order = np.lexsort((share, segment))
    segment, share = segment[order], share[order]
    same = np.append(segment[1:] == segment[:-1], False)
    until = np.where(same, np.append(share[1:], 1.0), 1.0)
    kept = (until - share) * lengths[segment] > NEGLIGIBLE
    segment, share, until = segment[kept], share[kept], until[kept]

    middle = (share + until) / 2
    visit = np.searchsorted(begins, along[segment] + middle * lengths[segment], side="right") - 1
    q = grid.to_index_space(points)
    step = q[np.minimum(segment + 1, len(q) - 1)] - q[segment]
    ends = q[segment][:, np.newaxis] + np.stack([share, until], 1)[..., np.newaxis] * step[:, None]
    return LineSegments(ends, line_of[segment], visit_rank[visit], segment + middle)


def crop_to_slice(
    vectors: NDArray[np.float64], axis: int, index: int, width: float
) -> NDArray[np.float64]:
    """Return vectors as they are seen in a slice: flat, and no shorter than they are wide.

    A line that crosses the slice at a right angle would be drawn with no length: it is a dot.

    Parameters
    ----------
    vectors
        ``(n, 2, 3)`` start and direction, in voxels of the layer.
    axis, index
        Axis of the layer that the slice is taken along, and its number.
    width
        Of the lines, in voxels.
    """
    start, along = vectors[:, 0].copy(), vectors[:, 1].copy()
    # The start decides in which slice napari draws a vector.
    start[:, axis], along[:, axis] = index, 0
    length = np.linalg.norm(along, axis=1)
    short = length < width
    direction = np.zeros_like(along)
    direction[:, (axis + 1) % 3] = 1
    long_enough = length > 1e-6
    direction[long_enough] = along[long_enough] / length[long_enough, np.newaxis]
    middle = start + along / 2
    start[short] = (middle - direction * width / 2)[short]
    along[short] = (direction * width)[short]
    return np.stack([start, along], axis=1)
