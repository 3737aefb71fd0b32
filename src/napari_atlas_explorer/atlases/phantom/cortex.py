"""Cortical sheet: depth, position along it, areas and layers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .canvas import Canvas
from .frame import AXIS_X, F32, N_ANGLES, Bool, along
from .outlines import telencephalon
from .regions import LAYERED, codes

AREAS: list[tuple[str, float, float]] = [
    ("FRP", 2.2, 0.30), ("FRP", 2.3, 0.0), ("FRP", 2.3, 0.6),
    ("MOs", 3.0, 0.16), ("MOs", 3.9, 0.10), ("MOs", 4.8, 0.07), ("MOs", 5.6, 0.05),
    ("MOp", 3.7, 0.36), ("MOp", 4.5, 0.25), ("MOp", 5.3, 0.18),
    ("SSp-m", 3.9, 0.58), ("SSp-m", 4.6, 0.58), ("SSp-ul", 4.95, 0.40),
    ("SSp-ll", 5.70, 0.27), ("SSp-tr", 6.40, 0.22), ("SSp-n", 5.35, 0.57),
    ("SSp-bfd", 6.15, 0.45), ("SSp-bfd", 6.70, 0.47),
    ("SSs", 5.2, 0.75), ("SSs", 5.9, 0.71), ("SSs", 6.5, 0.68),
    ("GU", 4.1, 0.78), ("GU", 4.7, 0.83), ("AId", 3.3, 0.86), ("AId", 4.3, 0.96),
    ("AIp", 5.6, 0.93), ("AIp", 6.7, 0.92), ("ORB", 2.9, 0.92), ("ORB", 2.8, -0.24),
    ("AUDd", 7.45, 0.56), ("AUDp", 7.55, 0.68), ("TEa", 8.1, 0.76), ("TEa", 8.8, 0.72),
    ("ECT", 7.5, 0.89), ("ECT", 8.5, 0.90), ("ECT", 9.3, 0.85),
    ("VISp", 8.5, 0.31), ("VISp", 9.3, 0.34), ("VISl", 8.4, 0.55), ("VISl", 9.2, 0.56),
    ("VISam", 7.75, 0.17), ("PTLp", 7.2, 0.28), ("PTLp", 7.35, 0.40),
    ("RSPd", 7.0, 0.03), ("RSPd", 7.9, 0.04), ("RSPd", 8.7, 0.06), ("RSPd", 9.5, 0.10),
    ("RSPv", 6.9, -0.14), ("RSPv", 7.8, -0.12), ("RSPv", 8.8, -0.10), ("RSPv", 9.6, -0.08),
    ("ACAd", 4.2, -0.07), ("ACAd", 5.2, -0.05), ("ACAd", 6.0, -0.04),
    ("ACAv", 4.6, -0.22), ("ACAv", 5.4, -0.17), ("ACAv", 6.1, -0.15),
    ("PL", 3.2, -0.14), ("PL", 3.8, -0.26), ("ILA", 3.6, -0.46), ("ILA", 4.0, -0.44),
]  # fmt: skip
"""Seeds on the flattened sheet: x (mm) and the position across it.

0 is the dorsal edge of the hemisphere, 1 the rhinal fissure; negative values
run down the medial wall.
"""

BOUNDS = {
    "granular": (0.12, 0.36, 0.50, 0.73, 0.93),
    "thick4": (0.11, 0.33, 0.52, 0.72, 0.93),
    "agranular": (0.14, 0.40, 0.40, 0.74, 0.93),
}
"""Depths at which layers 1, 2/3, 4, 5 and 6a end, as a fraction of the sheet."""


@dataclass(slots=True)
class Sheet:
    """Coordinates of the voxels in the telencephalon.

    Attributes
    ----------
    depth : array of float32, shape (n,)
        Distance to the pia in mm, the medial wall included.
    across : array of float32, shape (n,)
        Position across the sheet (see `AREAS`).
    thickness : array of float32, shape (n,)
        Local thickness of the cortex in mm.
    angle : array of float32, shape (n,)
        Degrees from the dorsal midline.
    """

    depth: F32
    across: F32
    thickness: F32
    angle: F32


def ramp(value: F32, lo: float, hi: float) -> F32:
    """Return a smooth step from 0 (at `lo`) to 1 (at `hi`)."""
    t = np.clip((value - np.float32(lo)) / np.float32(hi - lo), 0, 1)
    result: F32 = t * t * (3 - 2 * t)
    return result


def unfold(canvas: Canvas, depth: F32, floor: F32, index: npt.NDArray[np.int64]) -> Sheet:
    """Compute the coordinates of the cortical sheet.

    Parameters
    ----------
    canvas : Canvas
    depth : array, shape (n,)
        Distance to the pia, medial wall included (mm).
    floor : array, shape (slices,)
        Height (mm) at which the longitudinal fissure ends, per slice.
    index : array of int64, shape (n,)
        Angle around the telencephalon, as an index.
    """
    outline = telencephalon()
    step = np.hypot(np.diff(outline.radius, axis=1), outline.radius[:, 1:] * np.pi / N_ANGLES)
    arc = np.concatenate([np.zeros((len(step), 1)), np.cumsum(step, axis=1)], axis=1)
    rhinal = along((2.4, 128), (3.4, 112), (4.3, 104), (6.5, 102), (8.5, 100), (9.6, 100))
    n = np.arange(len(arc))
    full = np.maximum(arc[n, (rhinal * N_ANGLES / 180).astype(int)], 0.5).astype(np.float32)

    a = arc.astype(np.float32).ravel()[canvas.row * (N_ANGLES + 1) + index]
    # Near the midline the distance from it takes over: angles crowd there.
    top = (outline.center - outline.radius[:, 0]).astype(np.float32)
    down = np.maximum(canvas.y - top[canvas.row], 0)
    close = (1 - ramp(canvas.z, 0.6, 1.8)) * (down < floor[canvas.row] - top[canvas.row] + 0.7)
    a += (canvas.z - a) * close
    # Square of a complex number: the conformal map that unfolds the right
    # angle between the dorsal surface and the medial wall.
    square = a * a - down**2 * close
    s = np.sign(square) * np.sqrt(np.abs(square))
    # Deep voxels far from the midline belong under their own surface.
    s += (a - s) * ramp(a, 0.9, 2.0)
    across = s / np.where(s < 0, np.float32(7.0), full[canvas.row])
    wobble = 0.012 * np.sin(5.1 * canvas.x + 9 * across) + 0.008 * np.cos(8.3 * canvas.x)
    base = along((2.4, 1.25), (4.2, 1.25), (6.5, 1.12), (8.0, 0.92), (9.6, 0.78))[canvas.row]
    thickness = base * (1 - 0.16 * ramp(across, 0.35, 0.95) - 0.30 * ramp(-across, -0.06, 0.1))
    piri = ramp(across, 0.98, 1.06) * (1 - ramp(canvas.x, 7.9, 8.6))
    thickness += piri * (0.62 - thickness)
    angle = index.astype(np.float32) * np.float32(180 / N_ANGLES)
    return Sheet(depth, (across + wobble).astype(np.float32), thickness, angle)


def paint(canvas: Canvas, sheet: Sheet, where: Bool, **larger: float) -> None:
    """Paint areas and layers of the neocortex.

    Parameters
    ----------
    canvas, sheet
        Canvas to paint on, and its voxels' coordinates in the sheet.
    where : array of bool, shape (n,)
        The voxels of the neocortex.
    **larger : float
        Factors by which single areas are enlarged, by acronym.
    """
    at = np.flatnonzero(where)
    x, across = canvas.x[at], sheet.across[at] * np.float32(6.5)
    nearest = np.full(len(at), np.inf, dtype=np.float32)
    seed = np.zeros(len(at), dtype=np.uint8)
    for i, (acronym, cx, ca) in enumerate(AREAS):
        f = larger.get(acronym, 1.0)
        q = (x - np.float32(cx)) ** 2 + (across - np.float32(6.5 * ca)) ** 2
        q *= np.float32(1 / f**2)
        wins = q < nearest
        nearest[wins] = q[wins]
        seed[wins] = i
    names = [a[0] for a in AREAS]
    bounds = np.array([BOUNDS[_kind(name)] for name in names], dtype=np.float32)
    u = sheet.depth[at] / sheet.thickness[at]
    layer = np.zeros(len(at), dtype=np.uint8)
    for k in range(5):
        layer += u >= bounds[:, k][seed]
    table = np.array(
        [[codes()[name + layer] for layer in _layers(name)] for name in names], dtype=np.uint16
    )
    canvas.label[at] = table[seed, layer]


def _layers(area: str) -> list[str]:
    """Return six layers of an area; those it lacks go to a neighbor."""
    has = LAYERED[area]
    return [
        layer if layer in has else ("5" if layer == "4" else "6a")
        for layer in ("1", "2/3", "4", "5", "6a", "6b")
    ]


def _kind(area: str) -> str:
    if "4" not in LAYERED[area]:
        return "agranular"
    return "thick4" if area.startswith(("SSp", "VISp", "AUDp")) else "granular"


def ends(canvas: Canvas) -> F32:
    """Return the angle (degrees) at which the ventral cortex ends, per voxel."""
    table = along(
        (3.0, 152), (4.3, 140), (5.4, 137), (6.5, 135), (7.5, 138), (8.5, 155), (9.5, 172)
    )
    assert len(table) == len(AXIS_X)
    return table[canvas.row]
