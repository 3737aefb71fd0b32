"""Hippocampus: two interlocking curves that sweep through the brain.

The pyramidal layer of Ammon's horn and the granule layer of the dentate gyrus
are curves in each coronal plane, traced at a few positions and interpolated
between them; the other strata are bands along them.
"""

from __future__ import annotations

import numpy as np

from .canvas import Canvas
from .frame import AXIS_X, F32, I64, Bool

N = 64
"""Points a curve is resampled to."""

KEYS = (6.35, 7.0, 7.8, 8.4, 9.0, 9.5)
AMMON = (
    [(2.3, .3), (2.2, .6), (2.25, .9), (2.35, 1.15), (2.5, 1.3), (2.65, 1.35), (2.75, 1.25),
        (2.75, 1.05), (2.7, .9)],
    [(2.08, .32), (1.90, .95), (1.93, 1.7), (2.15, 2.3), (2.5, 2.72), (2.86, 2.86),
        (3.0, 2.55), (2.78, 2.05), (2.58, 1.5)],
    [(1.80, .45), (1.64, 1.2), (1.74, 2.1), (2.1, 2.85), (2.7, 3.35), (3.5, 3.55),
        (3.85, 3.25), (3.2, 2.62), (2.6, 1.8)],
    [(1.72, .9), (1.66, 1.6), (1.95, 2.45), (2.6, 3.2), (3.5, 3.58), (4.5, 3.5), (4.95, 3.2),
        (4.2, 3.12), (3.2, 2.7)],
    [(1.9, 1.5), (1.95, 2.1), (2.3, 2.75), (3.0, 3.2), (3.9, 3.38), (4.7, 3.25), (5.0, 2.95),
        (4.5, 2.85), (3.6, 2.75)],
    [(2.5, 2.2), (2.5, 2.4), (2.65, 2.65), (3.0, 2.85), (3.6, 2.95), (4.2, 2.9), (4.5, 2.75),
        (4.1, 2.65), (3.6, 2.6)],
)  # fmt: skip
DENTATE = (
    [(2.5, .85), (2.45, .7), (2.45, .5), (2.55, .4), (2.65, .5), (2.7, .7), (2.72, .85)],
    [(2.36, 1.75), (2.30, 1.25), (2.30, .75), (2.47, .42), (2.68, .65), (2.78, 1.15),
        (2.85, 1.7)],
    [(2.35, 2.1), (2.08, 1.5), (2.02, .9), (2.22, .5), (2.50, .75), (2.66, 1.3), (2.86, 1.95)],
    [(2.75, 2.6), (2.25, 1.95), (2.05, 1.3), (2.15, .95), (2.50, 1.25), (2.82, 1.85),
        (3.35, 2.45)],
    [(3.4, 3.0), (2.75, 2.6), (2.3, 2.1), (2.4, 1.9), (2.8, 2.25), (3.4, 2.45), (4.0, 2.6)],
    [(3.5, 2.7), (3.1, 2.6), (2.8, 2.45), (2.85, 2.35), (3.1, 2.35), (3.4, 2.4), (3.6, 2.45)],
)  # fmt: skip


def paint(canvas: Canvas, free: Bool) -> F32:
    """Paint hippocampus and dentate gyrus.

    Parameters
    ----------
    canvas : Canvas
    free : array of bool, shape (n,)
        Voxels it may take: inside the white matter, outside the brain stem.

    Returns
    -------
    array of float32, shape (n,)
        Distance to the nearer of the two curves in mm (9 where not computed).
    """
    run = canvas.part(KEYS[0] - 0.15, KEYS[-1] + 0.1)
    ammon = _sweep_curves(AMMON)
    dentate = _sweep_curves(DENTATE)
    near = np.full(len(free), 9, dtype=np.float32)
    first, last = canvas.row[run.start], canvas.row[run.stop - 1]
    edges = np.searchsorted(canvas.row, np.arange(first, last + 2))
    for row, lo, hi in zip(range(first, last + 1), edges, edges[1:], strict=False):
        at = np.flatnonzero(free[lo:hi]) + lo
        if not len(at):
            continue
        y, z = canvas.y[at], canvas.z[at]
        ca, t = _measure_distance(y, z, ammon[row])
        dg, _ = _measure_distance(y, z, dentate[row])
        near[at] = np.minimum(np.abs(ca), np.abs(dg))
        taper = np.interp(AXIS_X[row], [6.2, 6.6, 9.2, 9.6], [0.6, 1, 1, 0.6])
        # The space between the two curves, before the strata are painted.
        canvas.paint("CA3sr", *_pick(at, ((ca < 0.05) | (dg < 0)) & (near[at] < 0.5)))
        _paint_strata(canvas, at, ca / taper, t, dg / taper, row)
    return near


def _paint_strata(canvas: Canvas, at: I64, ca: F32, t: F32, dg: F32, row: int) -> None:
    """Paint the strata of one slice from signed distances to the curves (mm)."""
    x = AXIS_X[row]
    subiculum = np.interp(x, [7.4, 8.4, 9.5], [0, 0.13, 0.45])
    field = np.where(t < 0.56, 1, np.where(t < 0.64, 2, 3))
    for name, n in (("CA1", 1), ("CA2", 2), ("CA3", 3)):
        mine = field == n
        for layer, lo, hi in (("so", 0.05, 0.20), ("sr", -0.32, -0.05), ("sp", -0.05, 0.05)):
            canvas.paint(name + layer, *_pick(at, mine & (ca >= lo) & (ca < hi)))
    canvas.paint("CA1slm", *_pick(at, (field == 1) & (ca < -0.28) & (ca > -0.42)))
    canvas.paint("alv", *_pick(at, (ca >= 0.20) & (ca < 0.27)))
    canvas.paint("SUB", *_pick(at, (t < subiculum) & (np.abs(ca) < 0.4)))
    canvas.paint(
        "DG-mo", *_pick(at, (dg > 0.05) & (dg < 0.21) & ~((field == 3) & (np.abs(ca) < 0.12)))
    )
    canvas.paint(
        "DG-po", *_pick(at, (dg < -0.05) & (dg > -0.30) & ~((t > 0.6) & (np.abs(ca) < 0.06)))
    )
    canvas.paint("DG-sg", *_pick(at, np.abs(dg) < 0.05))


def _pick(at: I64, mask: Bool) -> tuple[I64, slice]:
    """Return the picked positions, in the form `Canvas.paint` takes."""
    return at[mask], slice(None)


def _sweep_curves(curves: tuple[list[tuple[float, float]], ...]) -> F32:
    """Resample traced curves and interpolate them to every slice: (rows, N, 2)."""
    dense = []
    for curve in curves:
        p = np.array(curve)
        # Chaikin's corner cutting turns the trace into a smooth curve.
        for _ in range(3):
            q, r = 0.75 * p[:-1] + 0.25 * p[1:], 0.25 * p[:-1] + 0.75 * p[1:]
            p = np.concatenate([p[:1], np.stack([q, r], 1).reshape(-1, 2), p[-1:]])
        length = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(p, axis=0).T))])
        at = np.linspace(0, length[-1], N)
        dense.append(np.stack([np.interp(at, length, p[:, 0]), np.interp(at, length, p[:, 1])], 1))
    stack = np.array(dense)
    where = np.clip(np.interp(AXIS_X, KEYS, np.arange(len(KEYS))), 0, len(KEYS) - 1.00001)
    lo = where.astype(int)
    f = (where - lo)[:, None, None]
    result: F32 = (stack[lo] * (1 - f) + stack[lo + 1] * f).astype(np.float32)
    return result


def _measure_distance(y: F32, z: F32, curve: F32) -> tuple[F32, F32]:
    """Return the signed distance (mm) to a curve, and the position along it (0-1).

    The sign is positive on the left of the direction of travel as seen with
    ``z`` to the right and ``y`` down: outside of both curves.
    """
    cy, cz = curve[:, 0], curve[:, 1]
    d2 = (y[:, None] - cy) ** 2 + (z[:, None] - cz) ** 2
    i = np.argmin(d2, axis=1)
    d = np.sqrt(d2[np.arange(len(i)), i])
    ty, tz = np.gradient(cy), np.gradient(cz)
    side = (z - cz[i]) * ty[i] - (y - cy[i]) * tz[i]
    return np.where(side >= 0, d, -d), (i / (N - 1)).astype(np.float32)
