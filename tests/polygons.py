"""Polygons measured with nothing but their points."""

from __future__ import annotations

import numpy as np


def shoelace(ring: np.ndarray) -> float:
    """Signed area: positive where the ring runs counterclockwise, y being upwards."""
    x, y = np.asarray(ring).T.tolist()
    pairs = zip(x, y, x[1:] + x[:1], y[1:] + y[:1], strict=True)
    return sum(a * d - c * b for a, b, c, d in pairs) / 2


def segments_of(lines: list[np.ndarray]) -> np.ndarray:
    """Segments ``(n, 2, 2)`` of polylines."""
    return np.concatenate([np.stack([line[:-1], line[1:]], axis=1) for line in lines])


def count_crossings(segments: np.ndarray) -> int:
    """Count pairs of segments that meet anywhere but in a common end."""

    def side(p, q, r):
        return np.sign((q[0] - p[0]) * (r[..., 1] - p[1]) - (q[1] - p[1]) * (r[..., 0] - p[0]))

    n = 0
    for k in range(len(segments) - 1):
        (p, q), rest = segments[k], segments[k + 1 :]
        near = (rest.min(axis=1) <= np.maximum(p, q)).all(axis=1)
        rest = rest[near & (rest.max(axis=1) >= np.minimum(p, q)).all(axis=1)]
        shared = (rest[:, :, np.newaxis] == np.stack([p, q])).all(axis=-1).any(axis=(1, 2))
        for r, s in rest[~shared]:
            n += side(p, q, r) * side(p, q, s) <= 0 and side(r, s, p) * side(r, s, q) <= 0
    return int(n)
