"""Colors for telling neighbors apart."""

from __future__ import annotations

import numpy as np

from napari_atlas_explorer.core.colors.palettes import (
    distinct_neighbor_colors,
    safe_palette,
    simulate_dichromacy,
    wide_palette,
)


def distance(a, b):
    return np.sqrt(((a - b) ** 2).sum(axis=-1))


def test_neighbors_never_share_a_color_on_a_map_that_needs_few():
    rng = np.random.default_rng(7)
    pairs = np.unique(np.sort(rng.integers(1, 200, (500, 2)), axis=1), axis=0)
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    for palette in (wide_palette(), safe_palette()):
        colors = distinct_neighbor_colors(200, pairs, palette, distance)
        assert np.all(np.any(colors[pairs[:, 0]] != colors[pairs[:, 1]], axis=1))
        assert not colors[0].any()


def test_two_neighbors_get_the_colors_that_differ_most_from_the_first():
    palette = np.array([[0, 0, 0], [10, 10, 10], [255, 255, 255], [200, 0, 0]], np.float64)
    colors = distinct_neighbor_colors(3, np.array([[1, 2]]), palette, distance)
    assert colors[1].tolist() == [0, 0, 0]
    assert colors[2].tolist() == [255, 255, 255]


def test_regions_that_touch_nothing_share_the_colors_evenly():
    colors = distinct_neighbor_colors(9, np.zeros((0, 2), np.int64), np.eye(3) * 255.0, distance)
    found, counts = np.unique(colors[1:7], axis=0, return_counts=True)
    assert len(found) == 3
    assert counts.tolist() == [2, 2, 2]


def test_grays_look_the_same_to_everybody_and_red_and_green_do_not_differ_so_much():
    gray = np.array([[0, 0, 0], [128, 128, 128], [255, 255, 255]], np.float64)
    for kind in ("protanopia", "deuteranopia", "tritanopia"):
        assert np.abs(simulate_dichromacy(kind, gray) - gray).max() < 1
    red, green = np.array([213, 94, 0.0]), np.array([0, 158, 115.0])
    plain = distance(red, green)
    assert (
        distance(
            simulate_dichromacy("deuteranopia", red), simulate_dichromacy("deuteranopia", green)
        )
        < plain
    )
