"""Cerebellum: lobules fanned out around a white core."""

from __future__ import annotations

import numpy as np

from .canvas import Canvas
from .frame import F32, Bool

CENTER = (11.3, 4.15)
"""Where the fissures converge: above the roof of the fourth ventricle (mm)."""

RADIUS = ((-110, 1.0), (-75, 1.25), (-45, 1.9), (-15, 2.55), (15, 2.7), (45, 2.35), (75, 1.85),
          (100, 1.55), (120, 1.2))  # fmt: skip
"""Radius (mm) of the vermis in the midsagittal plane by angle from dorsal, caudal positive."""

FISSURES = (-88, -62, -38, -12, 12, 34, 58, 84, 104)
"""Angles (degrees) of the fissures between the lobules."""

DEEP = (0.55, 0.8, 0.75, 1.4, 0.85, 1.15, 0.85, 1.0, 0.6)
"""How far each fissure cuts in (mm)."""

MOLECULAR, GRANULAR = 0.14, 0.28
"""Depths at which the molecular and the granular layer end (mm)."""


def shape(x: F32, y: F32, z: F32) -> tuple[F32, F32, F32]:
    """Return depth below the surface (mm), angle along the fan (degrees), radius (mm)."""
    cy = np.float32(CENTER[1]) + 0.12 * z
    dx, dy = x - np.float32(CENTER[0]), cy - y
    r = np.hypot(dx, dy)
    phi = np.degrees(np.arctan2(dx, dy))
    bend = phi + 6 * np.sin(2.2 * r + 1.0) + 5 * np.sin(1.7 * z) + 6 * z
    angles, radii = zip(*RADIUS, strict=True)
    # A fine table is quicker than interpolating millions of angles.
    table = np.interp(np.arange(-180, 181), angles, radii, left=0.6, right=0.6)
    table = np.convolve(np.pad(table, 12, mode="edge"), np.ones(25) / 25, "valid")
    outer = table.astype(np.float32)[np.clip(phi + 180, 0, 360).astype(np.int16)]
    lateral = np.sqrt(
        np.maximum(1 - (z / np.float32(3.75)) ** 2 * (0.6 + 0.4 * (z / 3.75) ** 2), 0)
    )
    # The groove between vermis and hemisphere.
    groove = 1 - 0.10 * np.exp(-(((z - 1.05) / 0.2) ** 2))
    depth = outer * lateral * groove - r
    # The surface dips where a fissure opens.
    dip = np.zeros(361)
    for angle, deep in zip(FISSURES, DEEP, strict=True):
        dip += 0.16 * np.sqrt(deep) * np.exp(-(((np.arange(-180, 181) - angle) / 3.5) ** 2))
    depth -= dip.astype(np.float32)[np.clip(bend + 180, 0, 360).astype(np.int16)]
    flat = np.minimum(0.75 + 0.25 * lateral, 1)
    # The paraflocculus, a separate lateral lobe.
    lobe = np.sqrt(((x - 11.25) / 0.75) ** 2 + ((y - 4.85) / 0.7) ** 2 + ((z - 3.0) / 0.85) ** 2)
    depth = np.maximum(depth * flat, (1 - lobe) * 0.75)
    return depth.astype(np.float32), bend.astype(np.float32), r.astype(np.float32)


def paint(canvas: Canvas, where: Bool) -> None:
    """Paint lobules, layers and white matter into the voxels of the cerebellum."""
    at = np.flatnonzero(where)
    x, y, z = canvas.x[at], canvas.y[at], canvas.z[at]
    depth, bend, r = shape(x, y, z)
    fold = depth.copy()
    for angle, deep in zip(FISSURES, DEEP, strict=True):
        d = np.radians(np.abs(bend - np.float32(angle))) * r
        end = depth - np.float32(deep)
        # Distance to the fissure: a sheet that ends at its bottom.
        fold = np.minimum(fold, np.where(end > 0, np.hypot(d, end), d))
    # Secondary folds: shallower, twice as many.
    ripple = 0.07 * np.cos(np.radians(bend * 18) + 2.5 * z) * np.exp(-((depth / 0.5) ** 2))
    fold += ripple * (depth > 0.05)
    names = np.array(["CUL", "DEC", "PYR", "UVU", "SIM", "AN", "PRM", "PFL"])
    lobule = np.searchsorted(np.array([-12, 34, 58]), bend)
    hemi = 4 + np.searchsorted(np.array([-14, 38]), bend)
    lobe = (z > 2.55) & (y > 4.25)
    pick = np.where(lobe, 7, np.where(z > 1.05, hemi, lobule))
    for i, name in enumerate(names):
        mine = pick == i
        canvas.paint(f"{name}mo", at[mine & (fold < MOLECULAR)])
        canvas.paint(f"{name}gr", at[mine & (fold >= MOLECULAR) & (fold < GRANULAR)])
    canvas.paint("arb", at[fold >= GRANULAR])
