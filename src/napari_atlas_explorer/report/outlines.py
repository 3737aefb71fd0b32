"""Boundaries between labels of a picture, as few long polylines instead of many short edges."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def outlines(labels: NDArray[Any]) -> list[NDArray[np.int64]]:
    """Polylines along the edges between pixels of different labels.

    Every edge is on exactly one polyline, once. Polylines end where three or four edges meet;
    one that meets no other is closed (its last point is its first). Beyond the picture's rim
    is label 0, so a region that touches the rim is closed along it.

    Parameters
    ----------
    labels
        ``(rows, cols)`` integers or booleans.

    Returns
    -------
    Arrays ``(n, 2)`` of corners: row and column in index space, where pixel ``i`` covers
    ``[i, i + 1)``. Only the corners at which a line turns are there, not every voxel's.
    """
    padded = np.pad(labels, 1)
    n_cols = labels.shape[1] + 1
    # Edges by the vertex at their upper or left end, on the (rows + 1, cols + 1) vertices.
    below = np.pad(padded[1:-1, 1:] != padded[1:-1, :-1], ((0, 1), (0, 0)))
    after = np.pad(padded[1:, 1:-1] != padded[:-1, 1:-1], ((0, 0), (0, 1)))
    above, before = np.roll(below, 1, axis=0), np.roll(after, 1, axis=1)
    junction = below.astype(np.uint8) + above + after + before > 2
    # Column by column for the vertical runs, hence the transposes.
    upright = _runs(below.T, above.T, junction.T)
    rows, cols = upright % below.shape[0], upright // below.shape[0]
    runs = np.concatenate([rows * n_cols + cols, _runs(after, before, junction)])
    corners = _chained(runs, junction.ravel())
    return [np.stack(np.divmod(np.array(chain, np.int64), n_cols), axis=1) for chain in corners]


def _runs(
    onward: NDArray[np.bool_], backward: NDArray[np.bool_], junction: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """First and last vertex ``(n, 2)`` of the straight runs of edges along the last axis.

    Parameters
    ----------
    onward, backward
        Whether an edge leads from a vertex to the next one, and to the one before.
    junction
        Vertices at which runs end.
    """
    passing = onward & backward & ~junction
    firsts = np.flatnonzero(onward & ~passing)
    lasts = np.flatnonzero(backward & ~passing)
    # Runs along a line do not overlap: the k-th first belongs to the k-th last.
    return np.stack([firsts, lasts], axis=1).astype(np.int64)


def _chained(runs: NDArray[np.int64], junction: NDArray[np.bool_]) -> list[list[int]]:
    """Join runs at the corners that just two of them share.

    Parameters
    ----------
    runs
        ``(n, 2)`` first and last vertex of each run.
    junction
        By vertex: whether more than two edges meet there.

    Returns
    -------
    Vertices of each polyline.
    """
    ends = runs.ravel()
    order = np.argsort(ends, kind="stable")
    same = (ends[order][1:] == ends[order][:-1]) & ~junction[ends[order][1:]]
    partner = np.full(len(ends), -1)
    partner[order[:-1][same]] = order[1:][same]
    partner[order[1:][same]] = order[:-1][same]
    vertices, mates = ends.tolist(), partner.tolist()
    used = bytearray(len(runs))
    # Open lines first, from a loose end to the other; what is left then are closed ones.
    starts = [*np.flatnonzero(partner < 0).tolist(), *range(0, len(ends), 2)]
    chains = []
    for start in starts:
        if used[start >> 1]:
            continue
        chain = [vertices[start]]
        end = start
        while end >= 0 and not used[end >> 1]:
            used[end >> 1] = True
            chain.append(vertices[end ^ 1])  # the run's other end
            end = mates[end ^ 1]
        chains.append(chain)
    return chains
