"""Cells of region tables: ids, colors, hemispheres."""

from __future__ import annotations

import pytest
from matplotlib.colors import to_rgb

from napari_atlas_explorer.formats.tables.cells import (
    NAMED,
    clean,
    is_range,
    is_rounded,
    parse_color,
    parse_hemisphere,
    parse_id,
    scale_channels,
)


@pytest.mark.parametrize(
    ("text", "region_id"),
    [
        ("7", 7),
        ("-7", -7),
        ("007", 7),
        ("1.0", 1),
        ("1.82305689E8", 182305689),
        ("1,001", 1001),
        ("182,305,689", 182305689),
        ("1\u00a0001", 1001),
        ("1'001", 1001),
        ("614454277", 614454277),
    ],
)
def test_ids_are_read_as_spreadsheets_show_them(text, region_id):
    assert parse_id(text) == region_id


@pytest.mark.parametrize(
    "text", ["", "x", "1.5", "1,2", "10,01", "1~2", "1_000", "nan", "inf", "1e400", "9" * 400]
)
def test_what_is_no_whole_number_is_no_id(text):
    assert parse_id(text) is None


def test_ranges_and_rounded_numbers_are_recognized():
    assert [t for t in ("1~2", "1-20", "1 to 3", "12", "a-b") if is_range(t)] == [
        "1~2",
        "1-20",
        "1 to 3",
    ]
    assert [t for t in ("1.82E+08", "1.82305689E8", "182") if is_rounded(t)] == ["1.82E+08"]


@pytest.mark.parametrize(("cell", "text"), [("n/a", ""), (" A ", "A"), ("NA", "NA"), ("#N/A", "")])
def test_missing_values_are_no_text(cell, text):
    assert clean(cell) == text


@pytest.mark.parametrize(
    ("text", "color"),
    [
        ("#FF8000", (255, 128, 0)),
        ("ff8000", (255, 128, 0)),
        ("0xFF8000", (255, 128, 0)),
        ("#F80", (255, 136, 0)),
        ("FFF", (255, 255, 255)),
        ("#FF800080", (255, 128, 0)),
        ("19399", (1, 147, 153)),
        ("399", (0, 3, 153)),
        ("rgb(255, 128, 0)", (255, 128, 0)),
        ("rgba(255,128,0,0.5)", (255, 128, 0)),
        ("RGB(100%, 50%, 0%)", (255, 128, 0)),
        ("[255 128 0]", (255, 128, 0)),
        ("1.0, 0.5, 0", (255, 128, 0)),
        ("1 1 1", (1, 1, 1)),
        ("red", (255, 0, 0)),
        ("White", (255, 255, 255)),
    ],
)
def test_colors_are_read_in_many_notations(text, color):
    assert parse_color(text) == color


@pytest.mark.parametrize(
    "text", ["", "salmonish", "256 0 0", "rgb(1,2)", "nan", "1" * 100, "FF8000FF"]
)
def test_what_is_no_color_is_none(text):
    assert parse_color(text) is None


def test_named_colors_are_those_of_css():
    for name in NAMED:
        assert parse_color(name) == tuple(round(255 * channel) for channel in to_rgb(name))


@pytest.mark.parametrize("channel", [-1, 256, 1e400, float("nan")])
def test_channels_out_of_range_are_no_color(channel):
    assert scale_channels([1, channel, 1], fraction=False) is None


def test_hemispheres_are_read_by_word_and_letter():
    words = ("L", "left", "RH", "Rechts", "both", "")
    assert [parse_hemisphere(w) for w in words] == ["left", "left", "right", "right", None, None]
