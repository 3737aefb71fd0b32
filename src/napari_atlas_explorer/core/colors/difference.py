"""Perceptual color difference (CIEDE2000).

The formula is that of CIE 142-2001 as Sharma, Wu and Dalal (2005, Color Research and
Application 30, 21-30) write it, whose table of pairs the tests go by. A difference of 1 is
about the least that can be seen when two patches touch.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

SRGB_TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
"""IEC 61966-2-1, white D65."""

EPSILON = 216 / 24389
KAPPA = 24389 / 27
"""Where the CIE's cube root gives way to a line."""

CHROMA_KNEE = 25.0**7


def rgb_to_lab(rgb: ArrayLike) -> NDArray[np.float64]:
    """Return the CIE L*a*b* ``(..., 3)`` of sRGB colors ``(..., 3)``, 0 to 255, seen under D65."""
    values = np.asarray(rgb, dtype=np.float64) / 255
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    xyz = linear @ SRGB_TO_XYZ.T / SRGB_TO_XYZ.sum(axis=1)
    f = np.where(xyz > EPSILON, np.cbrt(xyz), (KAPPA * xyz + 16) / 116)
    x, y, z = np.moveaxis(f, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def color_difference(rgb1: ArrayLike, rgb2: ArrayLike) -> NDArray[np.float64]:
    """Return CIEDE2000 between sRGB colors ``(..., 3)``, 0 to 255; shapes broadcast."""
    return lab_difference(rgb_to_lab(rgb1), rgb_to_lab(rgb2))


def lab_difference(lab1: ArrayLike, lab2: ArrayLike) -> NDArray[np.float64]:
    """Return the CIEDE2000 between CIE L*a*b* colors ``(..., 3)``, with kL = kC = kH = 1."""
    l1, a1, b1 = np.moveaxis(np.asarray(lab1, dtype=np.float64), -1, 0)
    l2, a2, b2 = np.moveaxis(np.asarray(lab2, dtype=np.float64), -1, 0)
    g = 0.5 * (1 - _knee((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2))
    a1, a2 = (1 + g) * a1, (1 + g) * a2
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = _hue(a1, b1), _hue(a2, b2)
    gray = c1 * c2 == 0  # a gray has no hue
    turn = np.where(gray, 0.0, (h2 - h1 + 180) % 360 - 180)
    # Half a turn counts as positive where the second hue is the larger one.
    turn = np.where((turn == -180) & (h2 > h1), 180.0, turn)
    d_l, d_c = l2 - l1, c2 - c1
    d_h = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn) / 2)
    middle_l, middle_c = (l1 + l2) / 2, (c1 + c2) / 2
    hue = _mean_hue(h1, h2, gray)
    t = (
        1
        - 0.17 * _cos(hue - 30)
        + 0.24 * _cos(2 * hue)
        + 0.32 * _cos(3 * hue + 6)
        - 0.20 * _cos(4 * hue - 63)
    )
    from_fifty = (middle_l - 50) ** 2
    s_l = 1 + 0.015 * from_fifty / np.sqrt(20 + from_fifty)
    s_c = 1 + 0.045 * middle_c
    s_h = 1 + 0.015 * middle_c * t
    rotation = 60 * np.exp(-(((hue - 275) / 25) ** 2))
    r_t = -2 * _knee(middle_c) * np.sin(np.radians(rotation))
    l_part, c_part, h_part = d_l / s_l, d_c / s_c, d_h / s_h
    square = l_part**2 + c_part**2 + h_part**2 + r_t * c_part * h_part
    return np.asarray(np.sqrt(np.maximum(square, 0)))


def _hue(a: NDArray[Any], b: NDArray[Any]) -> NDArray[np.float64]:
    return np.asarray(np.degrees(np.arctan2(b, a)) % 360)


def _mean_hue(
    h1: NDArray[np.float64], h2: NDArray[np.float64], gray: NDArray[np.bool_]
) -> NDArray[np.float64]:
    total = h1 + h2
    mean = np.where(
        np.abs(h1 - h2) <= 180, total / 2, np.where(total < 360, total + 360, total - 360) / 2
    )
    return np.where(gray, total, mean)


def _knee(chroma: NDArray[np.float64]) -> NDArray[np.float64]:
    seventh = chroma**7
    return np.asarray(np.sqrt(seventh / (seventh + CHROMA_KNEE)))


def _cos(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.cos(np.radians(degrees)))
