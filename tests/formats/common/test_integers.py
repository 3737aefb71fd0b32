"""Region ids in files of floats."""

from __future__ import annotations

import numpy as np
import pytest

from napari_atlas_explorer.formats.common.integers import floats_to_integers


@pytest.mark.parametrize(
    ("dtype", "values", "wanted", "lost"),
    [
        ("f4", [0, 5, 2**24 - 1], "u4", False),
        ("f4", [0, 5, 2**24], "u4", True),
        ("f4", [0, 614454277], "u4", True),  # float32 holds 614454272
        ("f8", [0, 614454277], "u4", False),
        ("f8", [0, 2**40], "i8", False),
        ("f8", [0, 2**53], "i8", True),
        ("f4", [-3, 0, 7], "i8", False),
        ("f4", [-(2**24), 0], "i8", True),
        ("f2", [0, 2048], "u4", True),
    ],
)
def test_floats_that_are_whole_become_integers_and_lost_digits_are_reported(
    dtype, values, wanted, lost
):
    array = np.asfortranarray(np.resize(np.array(values, dtype), (2, 3, 4)))
    found = floats_to_integers(array)
    assert found is not None
    assert found.array.dtype == wanted
    assert found.array.tolist() == [[[int(v) for v in r] for r in p] for p in array.tolist()]
    assert found.possibly_lost is lost


@pytest.mark.parametrize("value", [0.5, np.nan, np.inf, -np.inf, 1e30])
def test_one_fraction_or_missing_value_is_enough_for_an_image(value):
    array = np.zeros((4, 5, 6), np.float32)
    array[3, 4, 5] = value
    assert floats_to_integers(array) is None


def test_integers_are_left_alone():
    assert floats_to_integers(np.zeros((2, 2), np.uint8)) is None
