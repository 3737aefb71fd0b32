"""Grid of the phantom, and smooth profiles along its long axis.

Everything is computed on one half of the brain (the left one) and mirrored;
`anatomy` paints the few places where the sides differ.  Coordinates are in
millimeters: ``x`` from anterior to posterior, ``y`` from dorsal to ventral,
``z`` the distance from the midline.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]
I64 = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]
Key = tuple[float, Sequence[tuple[float, float]]]

STEP = 0.06
"""Edge of a voxel in millimeters."""

SHAPE = (216, 128, 180)
"""Voxels along anterior-posterior, superior-inferior, right-left."""

HALF = (SHAPE[0], SHAPE[1], SHAPE[2] // 2)
ORIGIN = (0.2, 0.2)
"""Coordinates (mm) of the front and of the top of the volume."""

N_ANGLES = 720
"""Angles tabulated from dorsal (0) to ventral (180 degrees)."""

AXIS_X: F32 = (ORIGIN[0] + STEP * (np.arange(HALF[0]) + 0.5)).astype(np.float32)
AXIS_Y: F32 = (ORIGIN[1] + STEP * (np.arange(HALF[1]) + 0.5)).astype(np.float32)
AXIS_Z: F32 = (STEP * (np.arange(HALF[2]) + 0.5)).astype(np.float32)


def slab(x0: float, x1: float) -> slice:
    """Return the slices whose centers are between `x0` and `x1` (mm)."""
    lo, hi = np.searchsorted(AXIS_X, [x0, x1])
    return slice(int(lo), int(hi))


def smooth(table: F32, sigma: float, axis: int = 0) -> F32:
    """Blur along one axis with a Gaussian of `sigma` samples, edges repeated."""
    reach = max(int(3 * sigma), 1)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    kernel /= kernel.sum()
    moved = np.moveaxis(np.asarray(table, dtype=float), axis, 0)
    padded = np.concatenate(
        [np.repeat(moved[:1], reach, 0), moved, np.repeat(moved[-1:], reach, 0)]
    )
    out = np.zeros_like(moved)
    for i, weight in enumerate(kernel):
        out += weight * padded[i : i + len(moved)]
    return np.moveaxis(out, 0, axis).astype(np.float32)


def along(*points: tuple[float, float], sigma: float = 0.2) -> F32:
    """Return a smooth profile through ``(x, value)`` points, one value a slice.

    Parameters
    ----------
    *points : tuple of float
        Positions (mm) and values; constant beyond the first and the last.
    sigma : float
        Rounding of the corners in mm.
    """
    xs, values = zip(*points, strict=True)
    return smooth(np.interp(AXIS_X, xs, values).astype(np.float32), sigma / STEP)


class Outline:
    """Body whose cross-sections are star-shaped around a center on the midline.

    Parameters
    ----------
    keys : sequence of (x, [(y, z), ...])
        Cross-sections traced from the dorsal to the ventral midline, in mm.
        An empty trace means that the body has ended.
    center : array, shape (slices,)
        Height of the center on the midline, in mm.
    round_x, round_angle : float
        Smoothing along the axis (mm) and around it (degrees).
    """

    def __init__(
        self, keys: Sequence[Key], center: F32, round_x: float = 0.25, round_angle: float = 5.0
    ) -> None:
        self.center = center
        angles = np.linspace(0, np.pi, N_ANGLES + 1)
        rows = []
        for x, trace in keys:
            if not trace:
                rows.append(np.zeros(N_ANGLES + 1))
                continue
            c = float(np.interp(x, AXIS_X, center))
            y, z = np.array(trace, dtype=float).T
            theta = np.arctan2(z, c - y)
            dense = np.linspace(0, 1, 40)[:, None]
            # Interpolate in the plane, not in the angle: straight segments
            # stay straight, and the smoothing below rounds them.
            yy = (y[:-1] + dense * np.diff(y)).T.ravel()
            zz = (z[:-1] + dense * np.diff(z)).T.ravel()
            theta = np.maximum.accumulate(np.arctan2(zz, c - yy))
            rows.append(np.interp(angles, theta, np.hypot(zz, yy - c)))
        # Squares of radii: a body that ends closes like an ellipsoid, not a cone.
        xs = np.array([k[0] for k in keys])
        squares = np.array(rows) ** 2
        at = np.clip(np.interp(AXIS_X, xs, np.arange(len(xs))), 0, len(xs) - 1.000001)
        lo = at.astype(int)
        t = (at - lo)[:, None]
        table = np.sqrt(squares[lo] * (1 - t) + squares[lo + 1] * t)
        table[(xs[0] > AXIS_X) | (xs[-1] < AXIS_X)] = 0
        mirrored = np.concatenate([table[:, 60:0:-1], table, table[:, -2:-62:-1]], axis=1)
        soft = smooth(mirrored, round_angle / 180 * N_ANGLES, axis=1)[:, 60:-60]
        self.radius: F32 = smooth(soft, round_x / STEP, axis=0)
        dr_dx = np.gradient(self.radius, STEP, axis=0)
        dr_da = np.gradient(self.radius, np.pi / N_ANGLES, axis=1)
        slope = np.hypot(dr_dx, dr_da / np.maximum(self.radius, 0.2))
        self.scale: F32 = (1 / np.sqrt(1 + slope**2)).astype(np.float32)
        """Turns a radial distance into one across the surface (first order)."""

    def polar(self, y: F32, z: F32, rows: slice) -> tuple[F32, I64]:
        """Return the distance to the center line and the index of the angle."""
        dy = self.center[rows, None, None] - y
        r = np.hypot(z, dy)
        angle = np.arctan2(z, dy)
        index = (np.abs(angle) * np.float32(N_ANGLES / np.pi) + np.float32(0.5)).astype(np.int64)
        return r, np.minimum(index, N_ANGLES)

    def depth(self, r: F32, index: I64, rows: slice) -> F32:
        """Return the depth below the surface in mm (negative outside)."""
        n = np.arange(self.radius.shape[0], dtype=np.int64)[rows, None, None]
        flat = n * (N_ANGLES + 1) + index
        result: F32 = (self.radius.ravel()[flat] - r) * self.scale.ravel()[flat]
        return result
