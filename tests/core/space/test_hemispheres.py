"""Hemispheres: each source's rule, reproduced exactly."""

from __future__ import annotations

import numpy as np
import pytest

from napari_atlas_explorer.core.errors import ArgumentError
from napari_atlas_explorer.core.space.hemispheres import (
    HemispherePlane,
    HemisphereVolume,
    allen_ccf,
    brainglobe_symmetric,
    hemisphere_number,
)

from ...refusals import refused


@pytest.mark.parametrize(
    ("size", "boundary"),
    [(4, 2), (5, 2), (6, 3), (7, 4), (9, 4), (11, 6), (1, 0), (114, 57), (115, 58)],
)
def test_brainglobes_rule_rounds_halves_to_even(size, boundary):
    # 2.5 -> 2, 3.5 -> 4, 4.5 -> 4, 5.5 -> 6, 57.5 -> 58
    sides = brainglobe_symmetric(1, size).volume((2, size, 3))
    assert sides.dtype == np.uint8
    assert (sides[:, :boundary] == 2).all()
    assert (sides[:, boundary:] == 1).all()


def test_allens_rule_has_the_low_half_left():
    sides = allen_ccf(6).volume((2, 3, 6))
    assert sides[0, 0].tolist() == [1, 1, 1, 2, 2, 2]
    assert allen_ccf(6).convention == "Allen CCF"
    assert brainglobe_symmetric(2, 6).convention == "BrainGlobe"


VOLUME = np.random.default_rng(11).integers(0, 3, (3, 4, 5)).astype(np.uint8)


@pytest.mark.parametrize(
    "sides",
    [
        HemispherePlane(0, 1, 1, "x"),
        HemispherePlane(2, 3, 2, "x"),
        HemisphereVolume(lambda: VOLUME),
    ],
    ids=["low left", "low right", "volume"],
)
def test_one_voxel_many_voxels_and_the_volume_agree(sides):
    volume = sides.volume((3, 4, 5))
    every = np.argwhere(np.ones((3, 4, 5), bool))
    assert sides.of(every).tolist() == volume.ravel().tolist()
    assert [sides.of_one(tuple(index)) for index in every.tolist()] == volume.ravel().tolist()
    assert sides.of(every.reshape(3, 4, 5, 3)).shape == (3, 4, 5)
    for side in (1, 2):
        mask = np.random.default_rng(12).random((3, 4, 5)) < 0.7
        expected = mask & (volume == side)
        sides.keep(mask, side)
        np.testing.assert_array_equal(mask, expected)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint32, np.float32])
def test_a_hemisphere_volume_of_any_type_is_read(dtype):
    sides = HemisphereVolume(lambda: VOLUME.astype(dtype))
    np.testing.assert_array_equal(sides.volume((3, 4, 5)), VOLUME)


def test_values_that_are_no_hemisphere_state_none():
    # ClearMap's volume marks a side with 255; a type conversion must not make 257 a left.
    sides = HemisphereVolume(lambda: np.array([[[0, 1, 2, 255, 257, -1]]], np.int32))
    assert sides.volume((1, 1, 6)).tolist() == [[[0, 1, 2, 0, 0, 0]]]


def test_a_hemisphere_volume_is_read_once_and_only_when_asked():
    reads = []
    sides = HemisphereVolume(lambda: reads.append(1) or VOLUME)
    assert reads == []
    sides.of_one((0, 0, 0))
    sides.of_one((1, 1, 1))
    assert reads == [1]


def test_a_hemisphere_volume_of_another_shape_is_refused():
    with refused("(3, 4, 5)", "(3, 4, 6)", by=ArgumentError):
        HemisphereVolume(lambda: VOLUME).volume((3, 4, 6))


@pytest.mark.parametrize(
    ("given", "number"), [("left", 1), ("right", 2), (1, 1), (2, 2), (None, None), ("both", None)]
)
def test_a_hemisphere_is_named_in_words_or_numbers(given, number):
    assert hemisphere_number(given) == number


@pytest.mark.parametrize("given", ["Left", "l", 0, 3, True, False, ""])
def test_other_names_of_hemispheres_are_refused(given):
    with refused(repr(given), by=ArgumentError):
        hemisphere_number(given)


@pytest.mark.parametrize(
    ("halves", "orientation", "doubt"),
    [
        ((2, 1), "asr", None),
        ((1, 2), "asl", None),
        ((1, 2), "asr", "by asr axis 2 starts right, but the hemisphere volume has left there"),
        ((0, 1), "asr", "no voxel of the hemisphere volume is right"),
        ((2, 255), "asr", "the hemisphere volume holds 255; only 1 (left) and 2 (right)"),
        ((1, 2), None, None),
    ],
)
def test_a_volume_that_contradicts_itself_or_the_letters_is_doubted(halves, orientation, doubt):
    values = np.full((4, 5, 6), halves[0], np.uint8)
    values[:, :, 3:] = halves[1]
    doubts = HemisphereVolume(lambda: values).find_doubts(orientation)
    assert any(doubt in text for text in doubts) if doubt else doubts == []
