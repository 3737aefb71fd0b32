"""What a surface encloses, and surfaces that enclose as much as they should."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

FACES_PER_BLOCK = 1 << 14
EXACT = 1e-3
MOST_STEPS = 4

Points = NDArray[np.float64]
Faces = NDArray[np.int64]


def enclosed_volume(points: NDArray[Any], faces: NDArray[Any]) -> float:
    """Volume of a closed surface in the points' unit cubed; negative if it is inside out."""
    total = 0.0
    middle = points[0].astype(np.float64)  # far from the origin nothing is left of the digits
    x, y, z = np.ascontiguousarray((points - middle).T)
    for first in range(0, len(faces), FACES_PER_BLOCK):
        a, b, c = np.ascontiguousarray(faces[first : first + FACES_PER_BLOCK].T)
        bx, by, bz, cx, cy, cz = x[b], y[b], z[b], x[c], y[c], z[c]
        # Not with @: a BLAS with threads of its own gets in the way of other processes.
        total += float(np.einsum("i,i", x[a], by * cz - bz * cy))
        total += float(np.einsum("i,i", y[a], bz * cx - bx * cz))
        total += float(np.einsum("i,i", z[a], bx * cy - by * cx))
    return total / 6


def area_vectors(points: Points, faces: Faces) -> Points:
    """Sum of the area vectors of each point's faces ``(n, 3)``: along its normal, outward."""
    a, b, c = (points[faces[:, k]] for k in range(3))
    vectors = np.cross(b - a, c - a) / 2
    sums = np.empty_like(points)
    for axis in range(3):
        part = vectors[:, axis]
        sums[:, axis] = sum(np.bincount(faces[:, k], part, len(points)) for k in range(3))
    return sums


def with_volume(points: Points, faces: Faces, volume: float, most: float) -> tuple[Points, float]:
    """Move a surface in or out along its normals until it encloses a volume.

    Each point is moved by the same distance: first by the missing volume over the area, then, as
    long as more than `EXACT` of the volume is missing, by what the last step has shown.

    Parameters
    ----------
    volume
        Wanted, in the points' unit cubed.
    most
        Longest distance, in the points' unit; it is not exceeded even if the volume is missed.

    Returns
    -------
    Points, and the distance: positive outward.
    """
    vectors = area_vectors(points, faces)
    sizes = np.linalg.norm(vectors, axis=1, keepdims=True)
    normals = np.divide(vectors, sizes, out=np.zeros_like(vectors), where=sizes > 0)
    first = volume - enclosed_volume(points, faces)
    # A point's faces count to three points each.
    distance = float(np.clip(3 * first / max(float(sizes.sum()), 1e-30), -most, most))
    before, missing = (0.0, first), first
    for _ in range(MOST_STEPS):
        missing = volume - enclosed_volume(points + distance * normals, faces)
        rate = (before[1] - missing) / (distance - before[0]) if distance != before[0] else 0.0
        if abs(missing) <= EXACT * abs(volume) or rate <= 0:
            break
        before, distance = (
            (distance, missing),
            float(np.clip(distance + missing / rate, -most, most)),
        )
    return points + distance * normals, distance
