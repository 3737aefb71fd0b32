"""Smoothing of surfaces that does not shrink them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

Points = NDArray[np.float64]
Faces = NDArray[np.int64]

INWARD, OUTWARD = 0.5, -0.53
"""Shares of the way to the mean of a point's neighbours; Taubin 1995, pass band at 0.11."""


def smoothed(points: Points, faces: Faces, rounds: int) -> Points:
    """Smooth a closed surface by Taubin's filter.

    In each round every point goes half-way to the mean of its neighbours, and then a little
    further back: that takes away steps and leaves what is larger, and the volume, as it is.
    (Taubin 1995, "A signal processing approach to fair surface design".)

    Parameters
    ----------
    points, faces
        A surface each edge of which has two faces, one in each direction.
    rounds
        Number of rounds.
    """
    n = len(points)
    # In such a surface each point has each of its neighbours once, at the end of an edge.
    start, end = faces.ravel(), faces[:, [1, 2, 0]].ravel()
    share = 1 / np.maximum(np.bincount(start, minlength=n), 1)
    mean_of_neighbours = csr_matrix((share[start], (start, end)), shape=(n, n))
    for _ in range(rounds):
        for step in (INWARD, OUTWARD):
            points = points + step * (mean_of_neighbours @ points - points)
    return points
