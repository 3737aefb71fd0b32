"""Lines of sight through a volume."""

from __future__ import annotations

import numpy as np
import pytest

from napari_atlas_explorer.viewer.hover import line_through_box

SHAPE = (4, 5, 6)


@pytest.mark.parametrize(
    ("point", "direction", "ends"),
    [
        ((-3, 2.5, 2.5), (1, 0, 0), ((0, 2.5, 2.5), (4, 2.5, 2.5))),
        ((9, 2.5, 2.5), (2, 0, 0), ((0, 2.5, 2.5), (4, 2.5, 2.5))),  # behind the point too
        ((1, 1, 99), (0, 0, -1), ((1, 1, 6), (1, 1, 0))),
        ((-1, -1, 3), (1, 1, 0), ((0, 0, 3), (4, 4, 3))),
        ((0, 2, 2), (0, 0, 1), ((0, 2, 0), (0, 2, 6))),  # along a face
    ],
)
def test_a_line_enters_and_leaves_the_box(
    point: tuple[float, ...], direction: tuple[float, ...], ends: tuple[tuple[float, ...], ...]
) -> None:
    found = line_through_box(np.array(point, float), np.array(direction, float), SHAPE)
    assert found is not None
    assert np.allclose(found, ends)


@pytest.mark.parametrize(
    ("point", "direction"),
    [
        ((-3, 7, 2), (1, 0, 0)),  # passes beside it
        ((5, 0, 0), (0, 1, 1)),
        ((1, 1, 1), (0, 0, 0)),  # no direction at all
    ],
)
def test_a_line_that_misses_the_box_has_no_ends(
    point: tuple[float, ...], direction: tuple[float, ...]
) -> None:
    assert line_through_box(np.array(point, float), np.array(direction, float), SHAPE) is None


def test_random_lines_agree_with_many_small_steps() -> None:
    rng = np.random.default_rng(8)
    for _ in range(200):
        point, direction = rng.uniform(-9, 9, 3), rng.normal(size=3)
        steps = np.linspace(-60, 60, 24_001)
        points = point + steps[:, np.newaxis] * direction / np.linalg.norm(direction)
        inside = points[((points >= 0) & (points < SHAPE)).all(axis=1)]
        found = line_through_box(point, direction, SHAPE)
        if len(inside) < 3:  # grazes a corner by less than the steps can tell
            continue
        assert found is not None
        assert np.abs(np.array(found) - inside[[0, -1]]).max() < 0.02
