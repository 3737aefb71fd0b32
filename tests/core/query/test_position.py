"""Positions typed in the search box."""

from __future__ import annotations

import pytest

from napari_atlas_explorer.core.query.position import parse_position


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("6600 2500 3300", (6600, 2500, 3300)),
        (" -10.5, 2;3 ", (-10.5, 2, 3)),
        ("6.6 2.5 3.3 mm", (6600, 2500, 3300)),
        ("6600 2500 3300µm", (6600, 2500, 3300)),
        ("6\u202f600  2\u202f500  3\u202f300 µm", (6600, 2500, 3300)),  # as the card shows it
        ("6600 2500", None),
        ("1 2 3 4", None),
        ("layer 2 3 4", None),
        ("CTX - VIS", None),
        ("", None),
    ],
)
def test_three_numbers_are_a_position(text: str, position: tuple[float, ...] | None) -> None:
    assert parse_position(text) == position
