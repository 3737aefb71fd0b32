"""Region colors: parsing, and repeatable defaults."""

from __future__ import annotations

import colorsys
import re
from collections.abc import Mapping, Sequence
from typing import Any

Rgb = tuple[int, int, int]

HEX_COLOR = re.compile(r"#?([0-9a-fA-F]{1,6})")
GOLDEN_RATIO = 0.618033988749895


def parse_rgb(attributes: Mapping[str, Any]) -> Rgb | None:
    """Color of a region from its attributes, or None where there is none that can be read.

    Understands ``rgb_triplet`` (three integers) and ``color_hex_triplet``, whose lost leading
    zeros are put back: "19399" is (1, 147, 153).
    """
    triplet = attributes.get("rgb_triplet")
    if isinstance(triplet, Sequence) and not isinstance(triplet, str) and len(triplet) == 3:
        try:
            r, g, b = (int(v) for v in triplet)
        except (TypeError, ValueError, OverflowError):
            return None
        return (r, g, b) if all(0 <= v <= 255 for v in (r, g, b)) else None
    return parse_hex(attributes.get("color_hex_triplet"))


def parse_hex(value: object) -> Rgb | None:
    """Color of "RRGGBB" or "#RRGGBB"; zeros that a spreadsheet dropped in front are restored."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    digits = HEX_COLOR.fullmatch(str(value).strip())
    if digits is None:
        return None
    number = int(digits[1], 16)
    return (number >> 16, number >> 8 & 255, number & 255)


def distinct_color(index: int) -> Rgb:
    """Return a repeatable color for the region with this rank, far in hue from its neighbors.

    Hues step by the golden ratio, which never comes near a recent one; three values of
    lightness and two of saturation keep even a hundred of them apart.
    """
    hue = (0.11 + index * GOLDEN_RATIO) % 1.0
    lightness = (0.58, 0.68, 0.5)[index % 3]
    saturation = (0.55, 0.75)[index // 3 % 2]
    r, g, b = colorsys.hls_to_rgb(hue, lightness, saturation)
    return (round(r * 255), round(g * 255), round(b * 255))
