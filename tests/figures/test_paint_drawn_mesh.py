"""Lines of a mesh in a picture end at its edges."""

from __future__ import annotations

import numpy as np
import pytest

from napari_atlas_explorer.figures.paint import clip_lines

SIZE = (10.0, 6.0)
INSIDE = [[1, 1], [9, 5]]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (INSIDE, [INSIDE]),
        ([[-5, 3], [5, 3]], [[[0, 3], [5, 3]]]),
        ([[5, 3], [5, 1e30]], [[[5, 3], [5, 6]]]),
        ([[-10, -10], [20, 20]], [[[0, 0], [6, 6]]]),
        ([[-5, -1], [15, -1]], []),
        ([[11, 0], [11, 6]], []),
        ([[-4, 0], [0, -4]], []),
        ([[2, 2], [2, 2]], [[[2, 2], [2, 2]]]),
    ],
)
def test_a_line_is_cut_at_the_edges(line, expected):
    found = clip_lines(np.array([line], float), SIZE)
    assert np.allclose(found, np.array(expected, float).reshape(-1, 2, 2))


def test_lines_that_are_not_seen_are_left_out():
    lines = np.array([INSIDE, [[20, 20], [30, 30]], [[1e30, 0], [0, 1e30]]], float)
    assert np.allclose(clip_lines(lines, SIZE), [INSIDE])
