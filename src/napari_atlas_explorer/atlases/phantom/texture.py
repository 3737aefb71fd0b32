"""Reference image: gray levels as in an autofluorescence template."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .canvas import Codes
from .frame import F32, SHAPE
from .regions import regions

LEVELS = {
    "root": 150,
    "Isocortex": 158,
    "OLF": 150,
    "HPF": 150,
    "CTXsp": 152,
    "STR": 148,
    "PAL": 118,
    "LSX": 150,
    "sAMY": 158,
    "TH": 128,
    "EPI": 150,
    "HY": 146,
    "MB": 123,
    "P": 117,
    "MY": 115,
    "CBX": 160,
    "CBN": 104,
    "fiber": 66,
    "VS": 26,
    "MOBgl": 172,
    "MOBopl": 178,
    "MOBmi": 112,
    "MOBgr": 122,
    "onl": 126,
    "AOB": 136,
    "AON1": 176,
    "AON2": 140,
    "PIR1": 182,
    "PIR2": 122,
    "PIR3": 150,
    "COA": 168,
    "OT": 160,
    "ACB": 160,
    "CA1so": 162,
    "CA1sp": 92,
    "CA1sr": 174,
    "CA1slm": 190,
    "CA2so": 160,
    "CA2sp": 88,
    "CA2sr": 170,
    "CA3so": 158,
    "CA3sp": 92,
    "CA3sr": 166,
    "DG-mo": 188,
    "DG-sg": 74,
    "DG-po": 140,
    "SUB": 150,
    "SCs": 168,
    "SCm": 132,
    "ICe": 138,
    "ICc": 120,
    "PAG": 150,
    "SNr": 138,
    "SNc": 112,
    "IPN": 165,
    "RN": 104,
    "MH": 172,
    "LH": 140,
    "PVT": 152,
    "MD": 140,
    "RT": 112,
    "AV": 146,
    "AD": 120,
    "VPM": 122,
    "VPL": 114,
    "VPe": 118,
    "LGd": 140,
    "ZI": 120,
    "STN": 116,
    "VMH": 158,
    "ARH": 165,
    "SCH": 160,
    "MM": 138,
    "PG": 118,
    "IO": 128,
    "NTS": 142,
    "DCO": 142,
    "VII": 100,
    "cpd": 58,
    "py": 60,
    "opt": 62,
    "cc": 64,
    "arb": 62,
    "ec": 68,
    "alv": 78,
    "fi": 66,
    "SEZ": 88,
    "CLA": 146,
    "cing": 74,
    "mcp": 72,
    "sptV": 78,
    "fx": 72,
    "ic": 72,
    "NLL": 100,
    "SOC": 116,
    "LA": 150,
    "BLA": 142,
    "CEA": 166,
    "MEA": 162,
}
"""Gray levels by acronym; other regions take their nearest ancestor's."""

LAYER = {"1": 26, "2/3": 4, "4": -14, "5": 10, "6a": -6, "6b": -22, "mo": 24, "gr": -34}
"""Offsets of cortical layers: cell-dense ones are darker, neuropil is brighter."""

GAIN = 210.0
"""Counts per gray level: the brightest tissue reaches about 45 000."""


def levels() -> F32:
    """Return the gray level of each code (0 for outside)."""
    out = np.zeros(len(regions()) + 1, dtype=np.float32)
    by_id: dict[int, float] = {}
    for n, r in enumerate(regions()):
        level = float(LEVELS.get(r.acronym, by_id.get(r.parent or 0, 150)))
        # Neighboring nuclei differ a little, as real ones do.
        jitter = 5.0 * np.sin(2.399 * n)
        by_id[r.id] = level
        layer = r.name.rpartition("layer ")[2] if ", layer " in r.name else r.acronym[-2:]
        offset = LAYER.get(layer, 0) if r.acronym not in LEVELS else 0
        out[r.order + 1] = level + offset + (0 if r.acronym in LEVELS or offset else jitter)
    return out


def blur(a: F32) -> F32:
    """Blur by one pass of (1 2 1) / 4 along each axis: partial volume."""
    for axis in range(3):
        b = a * np.float32(0.5)
        lo = [slice(None)] * 3
        hi = [slice(None)] * 3
        lo[axis], hi[axis] = slice(None, -1), slice(1, None)
        q = a * np.float32(0.25)
        b[tuple(lo)] += q[tuple(hi)]
        b[tuple(hi)] += q[tuple(lo)]
        a = b
    return a


def render(label: Codes) -> npt.NDArray[np.uint16]:
    """Return the reference image.

    Parameters
    ----------
    label : array of uint16, shape SHAPE
        Codes of the regions.
    """
    rng = np.random.default_rng(20240229)
    image = levels()[label]
    grain = _make_grain(rng)
    fascicles = np.isin(np.arange(len(regions()) + 1), _find_striped())[label]
    image -= fascicles * np.maximum(grain - 0.45, 0) * np.float32(42)
    image = blur(image)
    # Broad unevenness (staining, illumination) and the fine grain.
    image *= 1 + np.float32(0.035) * _make_waves(rng)
    image += np.sqrt(np.maximum(image, 0)) * (
        rng.standard_normal(SHAPE, dtype=np.float32) * np.float32(0.34) + grain * np.float32(0.2)
    )
    image += np.float32(1.2)
    result: npt.NDArray[np.uint16] = np.clip(image * np.float32(GAIN), 0, 65535).astype(np.uint16)
    return result


def _find_striped() -> list[int]:
    """Return the codes of the tissue crossed by fascicles."""
    acronyms = {"CP", "GPe", "GPi"}
    return [r.order + 1 for r in regions() if r.acronym in acronyms]


def _make_grain(rng: np.random.Generator) -> F32:
    """Return smooth noise with a grain of a few voxels, about unit variance."""
    shape = tuple(-(-n // 2) for n in SHAPE)
    fine = blur(rng.standard_normal(shape, dtype=np.float32))
    fine *= np.float32(1 / fine.std())
    for axis in range(3):
        fine = np.repeat(fine, 2, axis=axis)
    return blur(fine[: SHAPE[0], : SHAPE[1], : SHAPE[2]])


def _make_waves(rng: np.random.Generator) -> F32:
    x, y, z = (np.arange(n, dtype=np.float32) for n in SHAPE)
    out = np.zeros(SHAPE, dtype=np.float32)
    for _ in range(3):
        f = rng.uniform(0.02, 0.07, 3).astype(np.float32)
        p = rng.uniform(0, 6.28, 3).astype(np.float32)
        a = np.sin(f[0] * x + p[0])[:, None, None] * np.sin(f[1] * y + p[1])[None, :, None]
        out += a * np.sin(f[2] * z + p[2])
    return out
