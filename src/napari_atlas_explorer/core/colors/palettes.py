"""Palettes that keep neighboring regions distinct, for display only."""

from __future__ import annotations

import colorsys
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

Difference = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]
"""Difference of two arrays of RGB colors ``(..., 3)`` of 0 to 255."""

OKABE_ITO = (
    (230, 159, 0), (86, 180, 233), (0, 158, 115), (240, 228, 66), (0, 114, 178), (213, 94, 0),
    (204, 121, 167),
)  # fmt: skip
"""Okabe and Ito (2008), Color Universal Design: told apart by all common kinds of color vision."""

# Machado, Oliveira and Fernandes (2009), Table 1, severity 1.0: what a dichromat sees of linear
# RGB.
DICHROMATS: Mapping[str, NDArray[np.float64]] = {
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868],
         [0.114503, 0.786281, 0.099216],
         [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968],
         [0.280085, 0.672501, 0.047413],
         [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779],
         [-0.078411, 0.930809, 0.147602],
         [0.004733, 0.691367, 0.303900]]
    ),
}  # fmt: skip

HUES = 12
LEVELS = ((0.45, 0.65), (0.62, 0.75), (0.78, 0.6))
"""Lightness and saturation of the candidates of `wide_palette`."""


def wide_palette() -> NDArray[np.float64]:
    """Return ``(36, 3)`` colors over all hues at three levels of lightness."""
    rows = [
        colorsys.hls_to_rgb((k + 0.5 * (n % 2)) / HUES, lightness, saturation)
        for n, (lightness, saturation) in enumerate(LEVELS)
        for k in range(HUES)
    ]
    return np.asarray(np.rint(np.array(rows) * 255))


def safe_palette() -> NDArray[np.float64]:
    """Return ``(21, 3)`` Okabe and Ito's colors, as they are, darker and lighter."""
    base = np.array(OKABE_ITO, np.float64)
    return np.asarray(np.rint(np.concatenate([base, base * 0.55, 255 - (255 - base) * 0.45])))


def simulate_dichromacy(kind: str, rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return colors ``(..., 3)`` of 0 to 255 as a dichromat sees them; "protanopia" and so on."""
    value = np.asarray(rgb, np.float64) / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ DICHROMATS[kind].T, 0, 1)
    coded = np.where(seen <= 0.0031308, 12.92 * seen, 1.055 * seen ** (1 / 2.4) - 0.055)
    return np.asarray(coded * 255)


def colorblind_safe(difference: Difference) -> Difference:
    """Return the least difference over normal and dichromatic vision."""

    def smallest(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
        seen = [difference(a, b)]
        seen += [
            difference(simulate_dichromacy(k, a), simulate_dichromacy(k, b)) for k in DICHROMATS
        ]
        return np.asarray(np.min(seen, axis=0))

    return smallest


def distinct_neighbor_colors(
    n_ranks: int, pairs: NDArray[np.int64], palette: NDArray[np.float64], difference: Difference
) -> NDArray[np.uint8]:
    """Return the colors by rank such that regions that touch differ as much as can be.

    The regions with most neighbors choose first; each takes the color whose smallest
    difference from its neighbors' is largest, and of equally good ones the one that is used
    least (a greedy coloring after Welsh and Powell, 1967).

    Parameters
    ----------
    n_ranks
        Ranks; 0 is background and stays black.
    pairs
        ``(n, 2)`` ranks that touch.
    palette
        ``(m, 3)`` colors of 0 to 255 to choose from.
    difference
        How different two colors look, such as `color_difference.delta_e`.

    Returns
    -------
    ``(n_ranks, 3)``; the same input gives the same colors.
    """
    table = difference(palette[:, np.newaxis], palette[np.newaxis])
    neighbors: list[list[int]] = [[] for _ in range(n_ranks)]
    for a, b in pairs.tolist():
        if a and b and a != b:
            neighbors[a].append(b)
            neighbors[b].append(a)
    chosen = np.full(n_ranks, -1, np.int64)
    used = np.zeros(len(palette), np.int64)
    for rank in sorted(range(1, n_ranks), key=lambda k: (-len(neighbors[k]), k)):
        taken = chosen[neighbors[rank]] if neighbors[rank] else np.zeros(0, np.int64)
        taken = taken[taken >= 0]
        worst = table[:, taken].min(axis=1) if len(taken) else np.full(len(palette), np.inf)
        best = np.flatnonzero(worst >= worst.max() - 1e-9)
        chosen[rank] = best[used[best].argmin()]
        used[chosen[rank]] += 1
    colors = np.zeros((n_ranks, 3), np.uint8)
    colors[1:] = palette[chosen[1:]]
    return colors
