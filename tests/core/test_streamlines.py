"""Lines and sets of lines."""

from __future__ import annotations

import numpy as np
import pytest

from napari_atlas_explorer.core.streamlines import Line, Streamlines

from ..refusals import refused

BENT = np.array([[0.0, 0, 0], [3, 4, 0], [3, 4, 12]])


def test_a_line_is_as_long_as_its_segments():
    assert Line(BENT).length == 5 + 12
    assert Line(BENT[:1]).length == 0


def test_a_reversed_line_carries_its_values_along():
    line = Line(BENT, {"density": np.array([1.0, 2, 3])}, {"id": 7}).reversed()
    assert line.positions.tolist() == BENT[::-1].tolist()
    assert line.values["density"].tolist() == [3, 2, 1]
    assert line.attributes == {"id": 7}


def test_points_of_all_lines_stand_one_line_after_another():
    lines = Streamlines((Line(BENT, {"density": np.ones(3)}), Line(BENT[1:], {"radius": [4, 5]})))
    assert (len(lines), lines.n_points) == (2, 5)
    assert lines.line_of_point.tolist() == [0, 0, 0, 1, 1]
    assert np.array_equal(lines.positions[lines.starts[1] :], lines[1].positions)
    assert lines.value_names == ("density", "radius")
    assert np.array_equal(lines.values("radius"), [np.nan] * 3 + [4, 5], equal_nan=True)


def test_no_lines_are_no_points():
    assert Streamlines(()).positions.shape == (0, 3)
    assert Streamlines(()).n_points == 0


@pytest.mark.parametrize(
    ("positions", "word"),
    [
        (np.zeros((0, 3)), "(0, 3)"),
        (np.zeros(3), "(3,)"),
        (np.zeros((2, 2)), "(2, 2)"),
        ([[0, 0, np.nan]], "no number"),
        ([[0, 0, 1e300]], "no number or more than"),
    ],
)
def test_what_is_no_line_in_a_brain_is_refused(positions, word):
    with refused(word):
        Line(positions)


def test_values_of_another_number_are_refused():
    with refused("density", "3 points"):
        Line(BENT, {"density": np.zeros(2)})
    with refused("'speed'", "none"):
        Streamlines((Line(BENT),)).values("speed")
