"""Region colors as sources write them."""

from __future__ import annotations

import math

import pytest

from napari_atlas_explorer.core.colors.region_colors import distinct_color, parse_hex, parse_rgb


@pytest.mark.parametrize(
    ("value", "rgb"),
    [
        ("19399", (1, 147, 153)),  # Allen's table lost the leading zero of "019399"
        (19399, (1, 147, 153)),
        (19399.0, (1, 147, 153)),
        ("019399", (1, 147, 153)),
        ("#B0FFB8", (176, 255, 184)),
        ("b0ffb8", (176, 255, 184)),
        (" FFFFFF ", (255, 255, 255)),
        ("0", (0, 0, 0)),
        ("FF", (0, 0, 255)),
    ],
)
def test_a_hexadecimal_color_is_read_with_its_lost_zeros(value, rgb):
    assert parse_hex(value) == rgb


@pytest.mark.parametrize(
    "value", [None, "", "#", "red", "1234567", "-1", "+FF", "0x12", "1_0", math.nan, 1.5, True, []]
)
def test_what_is_no_hexadecimal_color_is_none(value):
    assert parse_hex(value) is None


@pytest.mark.parametrize(
    ("attributes", "rgb"),
    [
        ({"rgb_triplet": [1, 2, 3]}, (1, 2, 3)),
        ({"rgb_triplet": ("1", "2", "3")}, (1, 2, 3)),
        ({"rgb_triplet": [1, 2, 3], "color_hex_triplet": "FFFFFF"}, (1, 2, 3)),
        ({"rgb_triplet": None, "color_hex_triplet": "0000FF"}, (0, 0, 255)),
        ({"color_hex_triplet": "0000FF"}, (0, 0, 255)),
        ({"rgb_triplet": [0, 0, 256]}, None),
        ({"rgb_triplet": [0, 0, -1]}, None),
        ({"rgb_triplet": [0, 0, math.inf]}, None),
        ({"rgb_triplet": [0, 0, math.nan]}, None),
        ({"rgb_triplet": [0, 0, "x"]}, None),
        ({}, None),
    ],
)
def test_a_region_states_its_color_as_numbers_or_in_hexadecimal(attributes, rgb):
    assert parse_rgb(attributes) == rgb


def test_a_region_without_a_color_gets_a_repeatable_one(small_map):
    assert small_map.color_of_rank(2) == (1, 147, 153)
    assert small_map.has_own_color(2)
    assert not small_map.has_own_color(3)
    assert small_map.color_of_rank(3) == distinct_color(3)
    assert small_map.color_of_rank(3) != small_map.color_of_rank(4)


def test_made_up_colors_are_valid_and_a_hundred_in_a_row_all_differ():
    colors = [distinct_color(k) for k in range(100)]
    assert len(set(colors)) == 100
    assert all(0 <= v <= 255 for color in colors for v in color)
