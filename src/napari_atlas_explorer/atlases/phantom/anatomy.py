"""Labels of the phantom, computed from its geometry."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...core.progress import Progress, ignore_progress
from . import cerebellum, cortex, hippocampus, nuclei
from .canvas import Canvas, Codes
from .cortex import ramp
from .frame import AXIS_X, AXIS_Y, AXIS_Z, F32, HALF, Bool, along, slab
from .outlines import brainstem, telencephalon
from .regions import LAYERED, codes

ASYMMETRIES = {
    "AUDp": "the left primary auditory area is larger, at the expense of its neighbors",
    "LH": "the left lateral habenula is larger",
    "NB": "the nucleus of the brachium of the inferior colliculus is on the left side only",
    "VL": "the right lateral ventricle is wider",
}
"""Where the two sides differ, on purpose; everything else is a mirror image."""


@dataclass(slots=True)
class Half:
    """Geometry of one hemisphere that later steps need.

    Attributes
    ----------
    left, right : array of uint16, shape HALF
        Codes of the regions, both in left-hand orientation (midline first).
    depth : array of float32, shape HALF
        Distance to the pia in the telencephalon (mm).
    cortex : array of bool, shape HALF
        The cortical sheet, where a radial direction is defined.
    """

    left: Codes
    right: Codes
    depth: F32
    cortex: Bool


def smooth_min(a: F32, b: F32, k: float) -> F32:
    """Return a minimum without a crease, rounded over `k` mm."""
    h = np.maximum(np.float32(k) - np.abs(a - b), 0)
    result: F32 = np.minimum(a, b) - h * h * np.float32(0.25 / k)
    return result


def build(progress: Progress = ignore_progress) -> Half:
    """Compute the labels of both hemispheres."""
    x, y, z = AXIS_X[:, None, None], AXIS_Y[None, :, None], AXIS_Z[None, None, :]
    # Wavy surfaces: a few hundredths of a millimeter.
    wavy = y + 0.03 * np.sin(1.7 * x + 1.3 * z) + 0.02 * np.sin(3.1 * z - x)
    wy: F32 = wavy.astype(np.float32)
    wz: F32 = (z * (1 + 0.012 * np.sin(2.1 * x + 1.6 * y))).astype(np.float32)

    surface = np.full(HALF, -1, dtype=np.float32)
    angle = np.zeros(HALF, dtype=np.int64)
    s = slab(1.8, 10.5)
    r, index = telencephalon().polar(wy[s], wz[s], s)
    angle[s] = index
    bend = np.where(z > 2.7, 0.22, 0.06)
    cap = 9.95 - bend * (z - 2.7) ** 2 - 0.10 * (y - 3.3) ** 2 - x[s]
    surface[s] = smooth_min(telencephalon().depth(r, index, s), 0.8 * cap.astype(np.float32), 0.5)

    floor = along((2, 5.6), (3.5, 5.4), (3.9, 4.9), (4.25, 3.9), (4.5, 2.85), (5.4, 2.3),
                  (6.5, 1.72),
                  (7.5, 1.5), (8.3, 1.6), (8.7, 2.6), (10, 4), sigma=0.1)  # fmt: skip
    gap = along((8.5, 0.045), (9.1, 0.10), (9.6, 0.45), (10, 1.0), sigma=0.2)[:, None, None]
    below = np.maximum(y - floor[:, None, None], 0)
    wall = np.hypot(np.maximum(z - gap, 0), 3.5 * below)
    depth = smooth_min(surface, wall, 0.25)
    tele = (surface > 0) & ~((z < gap) & (below <= 0))

    progress(0.4)
    stem = np.full(HALF, -1, dtype=np.float32)
    s = slab(4.7, 13.2)
    r, index = brainstem().polar(wy[s], wz[s], s)
    stem[s] = brainstem().depth(r, index, s)
    s = slab(9.6, 11.2)
    q = np.sqrt(((x[s] - 10.3) / 0.68) ** 2 + ((y - 2.6) / 0.85) ** 2 + ((z - 1.15) / 1.05) ** 2)
    colliculus = (0.75 * (1 - q)).astype(np.float32)
    stem[s] = np.maximum(stem[s], colliculus)
    stem = np.minimum(stem, (13.05 - x).astype(np.float32) * 0.8)

    bulb = np.full(HALF, -1, dtype=np.float32)
    s = slab(0.2, 3.2)
    q = np.sqrt(
        ((x[s] - 1.85) / 1.5) ** 2
        + ((y - 3.4 - 0.28 * (x[s] - 1.8)) / 1.38) ** 2
        + ((wz[s] - 0.97) / 0.92) ** 2
    )
    bulb[s] = 0.9 * (1 - q)
    olfactory = (bulb > 0) & (bulb > depth - 0.25) & (x < 3.1)

    cereb = np.zeros(HALF, dtype=bool)
    s = slab(9.8, 13.1)
    d, _, _ = cerebellum.shape(*np.broadcast_arrays(x[s], wy[s], wz[s]))
    cereb[s] = d > 0

    is_stem = stem > 0
    tele &= ~is_stem & ~olfactory
    cereb &= ~is_stem & ~tele
    progress(0.6)
    canvas = Canvas.of(tele | is_stem | olfactory | cereb)
    flat = canvas.index
    f_stem, f_tele = stem.ravel()[flat], tele.ravel()[flat]

    sheet = cortex.unfold(canvas, depth.ravel()[flat], floor, angle.ravel()[flat])
    _paint_telencephalon(canvas, sheet, f_tele, f_stem, floor)
    progress(0.8)
    _paint_bulb(canvas, olfactory.ravel()[flat], bulb.ravel()[flat])
    _paint_stem(canvas, is_stem.ravel()[flat], f_stem)
    _paint_hindbrain(canvas, is_stem.ravel()[flat], f_stem, colliculus)
    cerebellum.paint(canvas, cereb.ravel()[flat])
    canvas.seeds(nuclei.CEREBELLAR_NUCLEI, cereb.ravel()[flat], 1.0)

    progress(0.9)
    sheet_mask = np.zeros(HALF, dtype=bool)
    neocortex = np.isin(canvas.label, _layer_codes())
    sheet_mask.ravel()[flat] = neocortex
    left, right = _paint_hemispheres(canvas, sheet, neocortex, f_tele, floor)
    return Half(left, right, depth, sheet_mask)


def _layer_codes() -> list[int]:
    return [codes()[area + layer] for area, layers in LAYERED.items() for layer in layers]


def _paint_hemispheres(
    canvas: Canvas, sheet: cortex.Sheet, neocortex: Bool, tele: Bool, floor: F32
) -> tuple[Codes, Codes]:
    """Paint what differs (see `ASYMMETRIES`); return the left and the right half."""
    common = canvas.label.copy()
    _paint_ventricle(canvas, tele & (common == codes()["CP"]), floor, 0.24)
    right = canvas.volume()

    canvas.label = common
    cortex.paint(canvas, sheet, neocortex, AUDp=1.2)
    inter = np.isin(common, [codes()[a] for a in ("TH", "MD", "PVT", "LD", "PO", "LP", "sm")])
    canvas.seeds([s for s in nuclei.EPITHALAMUS if s[0] == "LH"], inter, 1.0, LH=1.3)
    stem = np.isin(common, [codes()[a] for a in ("MB", "MRN", "CUN", "ICe", "P")])
    canvas.seeds(nuclei.ACCESSORY, stem, 1.0)
    return canvas.volume(), right


def _paint_ventricle(canvas: Canvas, where: Bool, floor: F32, width: float) -> None:
    """Paint the lateral ventricle, a slit of `width` mm next to the septum."""
    x, y, z = canvas.x, canvas.y, canvas.z
    edge = _find_septum_edge(canvas, floor)
    span = where & (x > 4.35) & (x < 6.2) & (y < 4.5)
    canvas.paint("VL", span & (z > edge) & (z < edge + width))


def _find_septum_edge(canvas: Canvas, floor: F32) -> F32:
    """Return the lateral border of the septum (mm), wider under the callosum."""
    below = np.maximum(canvas.y - floor[canvas.row] - 0.3, 0)
    bow = 0.07 * np.sin(2.6 * below + 0.5 * canvas.x)
    result: F32 = 0.62 + bow + 0.55 * np.exp(-below / 0.45)
    return result


def _paint_telencephalon(
    canvas: Canvas, sheet: cortex.Sheet, tele: Bool, stem: F32, floor: F32
) -> None:
    x, y, z = canvas.x, canvas.y, canvas.z
    top = floor[canvas.row]
    u = sheet.depth - sheet.thickness
    band = 0.26 - 0.12 * ramp(sheet.across, 0.3, 0.95)
    # Posterior to the splenium only a thin sheet of white matter is left.
    band *= 1 - 0.65 * ramp(x, 8.2, 8.8)
    # Where the cortical sheet has ended, the nuclei reach the ventral surface.
    inner = tele & ((u > 0) | ((sheet.angle >= cortex.ends(canvas)) & (x < 8.3) & (x > 3.8)))

    canvas.paint("CP", inner)
    canvas.paint("SI", inner & (y > 5.3) & (x > 5.0))
    canvas.paint("ec", inner & (x > 7.8) & (y < 5.6))
    canvas.paint("SUB", inner & (u > band) & (x > 8.0) & (sheet.angle < 70 + 30 * (x - 8.4)))
    canvas.paint("SUB", inner & (x > 8.75))
    canvas.paint("alv", inner & (x > 6.35) & (sheet.angle < 62) & (u < band + 0.4))
    medial = inner & (x > 6.1) & (z < 0.9) & (y < 3.4)
    canvas.paint("DG-mo", medial & (x > 6.5))
    canvas.paint("fx", medial & ((y - top < 0.8 - 0.9 * z) | (x <= 6.5)))
    canvas.seeds(nuclei.FOREBRAIN, inner, 1.0)
    # Septum and lateral ventricle, between the callosum and the striatum.
    edge = _find_septum_edge(canvas, floor)
    septal = inner & (x > 4.35 + 0.35 * (y - 3.9) ** 2) & (x < 6.2) & (y < 5.0 - 0.3 * z)
    canvas.paint("LSr", septal & (z < edge) & (x < 5.3))
    canvas.paint("LSc", septal & (z < edge) & (x >= 5.3))
    canvas.seeds([s for s in nuclei.FOREBRAIN if s[0] in ("MS", "NDB")], inner & (z < 0.9), 1.0)
    canvas.paint("SEZ", septal & (z > edge + 0.12) & (z < edge + 0.2) & (y < 4.4))
    _paint_ventricle(canvas, septal, floor, 0.12)

    deep = inner & (u > band * 0.8) & (stem <= 0)
    near = hippocampus.paint(canvas, deep & (x > 6.1))
    canvas.seeds(nuclei.AMYGDALA, inner & (stem <= 0) & (near > 0.33), 1.65)
    canvas.seeds([s for s in nuclei.FOREBRAIN if s[0] in ("GPe", "GPi")], inner & (near > 0.3))
    run_ic = inner & (stem > -0.24) & (y > 3.4) & (y < 5.6) & (x > 5.8) & (x < 8.2) & (near > 0.3)
    canvas.paint("ic", run_ic)
    canvas.paint(
        "fi", inner & (stem > -0.3) & (y < 3.6) & (z > 1.2) & (near > 0.33) & (x > 6.2) & (x < 8)
    )

    # White matter: the capsule under the cortex, the callosum across the midline.
    capsule = inner & (u < band) & (sheet.angle < 122) & (x < 8.75)
    canvas.paint("ec", capsule & (sheet.across > 0.45))
    canvas.paint("ccb", capsule & (sheet.across <= 0.45))
    canvas.paint("fa", capsule & (x < 4.3) & (sheet.across <= 0.8))
    canvas.paint("fp", capsule & (x > 8.2) & (sheet.across <= 0.6))
    canvas.paint("cing", capsule & (z < 1.25) & (y < top - 0.05) & (x > 4.3) & (x < 8.4))
    center = top + 0.16 - 0.30 * ramp(z, 0.1, 1.3)
    body = tele & (np.abs(y - center) < 0.15) & (z < 1.5) & (x > 4.3) & (x < 8.35)
    canvas.paint("ccb", body & (u > -0.3))
    canvas.paint(
        "CLA",
        inner
        & (u < band + 0.16)
        & (u > band - 0.06)
        & (sheet.across > 0.78)
        & (sheet.across < 1.0)
        & (x > 3.8)
        & (x < 6.6),
    )

    _paint_sheet(canvas, sheet, tele)
    _paint_tracts(canvas, inner)


def _paint_sheet(canvas: Canvas, sheet: cortex.Sheet, tele: Bool) -> None:
    x = canvas.x
    v = sheet.depth / sheet.thickness
    inside = tele & (v < 1) & (canvas.label != codes()["ccb"])
    ventral = inside & (sheet.across >= 1)
    neo = inside & (sheet.across < 1)
    cortex.paint(canvas, sheet, neo)
    # Peduncle of the olfactory bulb: a ring of cells, its molecular layer outside.
    q = np.sqrt(
        ((x - 3.05) / 0.85) ** 2 + ((canvas.y - 4.35) / 0.85) ** 2 + ((canvas.z - 1.15) / 0.75) ** 2
    )
    peduncle = tele & (q < 1) & (canvas.z > 0.3)
    canvas.paint("AON1", peduncle)
    canvas.paint("AON2", peduncle & (q < 0.8) & (sheet.depth > 0.2))
    last = cortex.ends(canvas)
    olfactory = ventral & (sheet.angle < last) & (x < 8.3)
    canvas.paint("PIR3", olfactory & (v >= 0.62))
    canvas.paint("PIR2", olfactory & (v >= 0.40) & (v < 0.62))
    canvas.paint("PIR1", olfactory & (v < 0.40))
    beyond = ventral & (sheet.angle >= last)
    canvas.paint("OT", beyond & (x < 5.7) & (sheet.depth < 0.55))
    canvas.paint("COA", beyond & (x > 6.0) & (sheet.depth < 0.42) & (canvas.z > 1.9))
    for name, mine in (("ENTl", x < 9.1), ("ENTm", x >= 9.1)):
        ent = ventral & (x >= 8.3) & mine
        canvas.paint(f"{name}5", ent & (v >= 0.62))
        canvas.paint(f"{name}2", ent & (v >= 0.26) & (v < 0.62))
        canvas.paint(f"{name}1", ent & (v < 0.26))


def _paint_bulb(canvas: Canvas, where: Bool, depth: F32) -> None:
    for name, lo, hi in (
        ("onl", -1, 0.06),
        ("MOBgl", 0.06, 0.2),
        ("MOBopl", 0.2, 0.36),
        ("MOBmi", 0.36, 0.43),
        ("MOBgr", 0.43, 9),
    ):
        canvas.paint(name, where & (depth > lo) & (depth <= hi))
    canvas.paint("SEZ", where & (depth > 0.8))
    canvas.seeds([("AOB", 2.3, 2.65, 0.9, 0.35, 0.28, 0.4)], where, 1.0)


def _paint_tracts(canvas: Canvas, inner: Bool) -> None:
    x, y, z = canvas.x, canvas.y, canvas.z
    t = np.clip((x - 2.9) / 2.5, 0, 1)
    d = np.hypot(y - (4.1 + 0.75 * t), z - (0.95 + 0.25 * np.sin(np.pi * t) - 0.75 * t**4))
    canvas.paint("aco", inner & (d < 0.17) & (x > 2.9) & (x < 5.45))
    c = np.hypot(x - 5.45 + 0.05 * z, y - 4.85 - 0.08 * z * z * 0.6)
    canvas.paint("act", inner & (c < 0.14) & (z > 0.2) & (z < 3.4))


def _paint_stem(canvas: Canvas, stem: Bool, depth: F32) -> None:
    x, y, z = canvas.x, canvas.y, canvas.z
    # Interbrain above and below the hypothalamic sulcus; midbrain posterior.
    sulcus = 5.05 - 0.05 * (x - 6.5) + 0.08 * np.sin(2.4 * z + x)
    back = 7.95 + 0.18 * np.sin(1.5 * y + 0.6) + 0.22 * np.minimum(z, 2.4) * np.clip(5.2 - y, 0, 1)
    back += 0.35 * np.clip(y - 5.5, 0, 1)
    inter = stem & (x < back)
    canvas.paint("MB", stem)
    canvas.paint("HY", inter)
    thal = inter & (y < sulcus + 0.1) & (x > 5.8)
    canvas.paint("TH", thal)
    canvas.seeds(nuclei.THALAMUS, thal, 1.55)
    canvas.paint("RT", thal & (depth < 0.22) & (y > 3.5) & (x < 7.4))
    canvas.seeds(nuclei.HYPOTHALAMUS, inter & (y > sulcus - 0.1), 1.3)
    canvas.seeds(nuclei.EPITHALAMUS, thal, 1.0)
    canvas.paint("V3", inter & (z < 0.1) & (((y > 5.0) & (y < 6.6)) | (y < 3.1)) & (x > 5.3))


def _paint_hindbrain(canvas: Canvas, stem: Bool, depth: F32, colliculus: F32) -> None:
    x, y, z = canvas.x, canvas.y, canvas.z
    # The isthmus leans back dorsally and bows around the tegmentum.
    front = 9.05 + 0.35 * np.maximum(5.4 - y, 0) ** 0.9 + 0.16 * np.cos(1.6 * z) + 0.05 * z
    hind = stem & (x > front)
    canvas.paint("P", hind & (y > 4.15 + 0.22 * np.cos(1.9 * z) - 0.12 * (x - 9.8)))
    med = stem & (x > 10.72 + 0.14 * np.cos(1.6 * z) + 0.12 * np.sin(2 * y) - 0.06 * (y - 5.5))
    canvas.paint("MY", med & (y > 3.9))
    mid = stem & (canvas.label == codes()["MB"])
    canvas.paint("MRN", mid & (z > 0.35) & (y > 3.3))
    canvas.seeds(nuclei.MIDBRAIN, mid, 1.0)
    roof = mid & (y < 3.15 + 0.12 * np.cos(2.5 * z)) & (x < 9.8 - 0.15 * (y - 2.5))
    canvas.paint("SCm", roof & (depth < 0.95) & (x > 8.3))
    canvas.paint("SCs", roof & (depth < 0.42) & (x > 8.4))
    tect = mid & (x >= 9.8 - 0.15 * (y - 2.5)) & (y < 3.35 + 0.3 * np.cos(1.3 * (z - 1.2)))
    canvas.paint("ICe", tect)
    canvas.seeds([("ICc", 10.3, 2.65, 1.2, 0.45, 0.55, 0.65)], tect, 1.0)
    axis = 3.55 + 0.1 * (x - 9)
    q = np.hypot(z, (y - axis) * 0.95)
    canvas.paint("PAG", mid & (q < 0.62) & (x < 10.3))
    canvas.seeds([s for s in nuclei.MIDBRAIN if s[0] == "DR"], mid, 1.0)
    canvas.paint("AQ", stem & (q < 0.13) & (x > 8.2) & (x < 10.45))
    pons = stem & (canvas.label == codes()["P"])
    canvas.seeds(nuclei.PONS, pons, 1.2)
    canvas.seeds(nuclei.MEDULLA, stem & (canvas.label == codes()["MY"]), 1.25)
    canvas.paint("mcp", pons & (z > 1.7) & (depth < 0.3) & (x > 9.5) & (x < 10.6))
    canvas.paint("sptV", med & (depth < 0.16) & (y > 5.0) & (y < 6.2) & (z > 1.1))
    canvas.paint("py", stem & (x > 9.9) & (depth < 0.24) & (z < 0.42) & (y > 6.3))
    canvas.paint("cpd", stem & (depth < 0.22) & (y > 5.2) & (x > 7.4) & (x < 9.3) & (z > 1.0))
    canvas.paint("opt", stem & (depth < 0.13) & (y > 5.0) & (x > 6.0) & (x < 7.6) & (z > 1.2))
    canvas.paint("och", stem & (depth < 0.15) & (y > 6.0) & (x > 5.3) & (x < 6.05) & (z < 1.1))
    canvas.paint("fx", stem & (np.hypot(y - 5.9 - 0.35 * (x - 6.8), z - 0.55) < 0.11) & (x < 7.8))
    canvas.paint(
        "fr", stem & (np.hypot(z - 0.42, x - 7.55 - 0.3 * (y - 3.2)) < 0.1) & (y > 3.2) & (y < 5.5)
    )
    canvas.paint("sm", stem & (np.hypot(z - 0.55, y - 3.0) < 0.12) & (x > 6.1) & (x < 6.9))
    canvas.paint("V4", stem & (x > 10.3) & (x < 12.3) & (z < 0.75) & (depth < 0.12) & (y < 5.2))
