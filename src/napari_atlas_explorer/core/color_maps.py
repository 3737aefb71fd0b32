"""Two colour maps for numbers: one from low to high, one from a middle to both sides.

Both are even to the eye, and no colour of theirs is a plain grey of the lightness that stands
for "no value".
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

VIRIDIS = (
    0x440154, 0x481769, 0x472A7A, 0x433D84, 0x3D4E8A, 0x355E8D, 0x2E6D8E, 0x297B8E, 0x23898E,
    0x1F978B, 0x21A585, 0x2EB37C, 0x46C06F, 0x65CB5E, 0x89D548, 0xB0DD2F, 0xD8E219, 0xFDE725,
)  # fmt: skip
"""Every 15th of the 256 colours of viridis (van der Walt and Smith 2015, dedicated to the public
domain); straight lines between them stay within 5 / 255 of the others."""

BLUE, RED = np.deg2rad(255.0), np.deg2rad(28.0)
"""Hues of the two arms in Oklab, told apart by colour-blind readers too."""
ENDS, MIDDLE = 0.42, 0.95
"""Oklab lightness at both ends and in the middle: the arms are alike, neither seems more."""
CHROMA = 0.145


def viridis(positions: ArrayLike) -> NDArray[np.float64]:
    """Viridis: dark blue over green to yellow.

    Parameters
    ----------
    positions
        ``(...)`` 0 to 1.

    Returns
    -------
    ``(..., 3)`` sRGB, 0 to 1.
    """
    anchors = np.array([[c >> 16, c >> 8 & 255, c & 255] for c in VIRIDIS]) / 255
    places = np.linspace(0, 1, len(anchors))
    at = np.asarray(positions, dtype=np.float64)
    return np.stack([np.interp(at, places, anchors[:, k]) for k in range(3)], axis=-1)


def blue_red(positions: ArrayLike) -> NDArray[np.float64]:
    """Blue over nearly white to red; 0.5 is the middle, the arms are equally dark.

    Straight lines in Oklab (Ottosson 2020): ``(...)`` positions to ``(..., 3)`` sRGB, 0 to 1.
    """
    signed = 2 * np.asarray(positions, dtype=np.float64) - 1
    far = np.abs(signed)
    lightness = MIDDLE + (ENDS - MIDDLE) * far
    # Little colour near white, and none too strong at the dark ends: screens could not show it.
    chroma = CHROMA * np.sin(np.pi * 0.62 * far) ** 0.9
    hue = np.where(signed < 0, BLUE, RED)
    return _srgb(lightness, chroma * np.cos(hue), chroma * np.sin(hue))


def _srgb(
    lightness: NDArray[np.float64], a: NDArray[np.float64], b: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Oklab as sRGB, clipped to what a screen shows."""
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = np.stack(
        [
            4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
            -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
            -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
        ],
        axis=-1,
    )
    linear = np.clip(linear, 0, 1)
    curved = 1.055 * np.maximum(linear, 0.0031308) ** (1 / 2.4) - 0.055
    return np.asarray(np.where(linear <= 0.0031308, 12.92 * linear, curved))


COLOR_MAPS: dict[str, Callable[[ArrayLike], NDArray[np.float64]]] = {
    "viridis": viridis,
    "blue-red": blue_red,
}
DIVERGING = ("blue-red",)
"""Those with a middle."""
