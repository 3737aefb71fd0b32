"""Pieces and holes against scipy, region by region."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage

from napari_atlas_explorer.compute.components import enclosed_background, find_region_components

SHAPES = hnp.array_shapes(min_dims=3, max_dims=3, max_side=7)
VOLUMES = hnp.arrays(np.uint16, SHAPES, elements=st.integers(0, 3))
CORNERS = np.ones((3, 3, 3))


@settings(max_examples=150, deadline=None)
@given(volume=VOLUMES, seed=st.integers(0, 9))
def test_pieces_are_those_of_each_value_by_itself(volume, seed):
    sides = np.random.default_rng(seed).integers(0, 3, volume.shape, dtype=np.uint8)
    pieces = find_region_components(volume, sides)
    found = {
        (int(pieces.values[k]), tuple(pieces.positions(k)), tuple(pieces.on_side[k]))
        for k in range(len(pieces))
    }
    expected = set()
    for value in (1, 2, 3):
        numbers, n = ndimage.label(volume == value, CORNERS)
        for k in range(1, n + 1):
            flat = np.flatnonzero(numbers == k)
            on_side = np.bincount(sides.ravel()[flat], minlength=3)
            expected.add((value, tuple(flat), tuple(on_side)))
    assert found == expected
    assert pieces.sizes.sum() == (volume > 0).sum()


@settings(max_examples=150, deadline=None)
@given(volume=VOLUMES)
def test_holes_are_background_that_does_not_reach_the_faces(volume):
    holes = enclosed_background(volume)
    numbers, n = ndimage.label(volume == 0)
    inner = numbers[1:-1, 1:-1, 1:-1]
    expected = {
        tuple(np.flatnonzero(numbers == k))
        for k in range(1, n + 1)
        if (numbers == k).sum() == (inner == k).sum()
    }
    assert {tuple(holes.positions(k)) for k in range(len(holes))} == expected


def test_without_hemispheres_all_voxels_count_as_outside():
    volume = np.zeros((4, 4, 4), np.uint16)
    volume[1:3, 1, 1] = 5
    pieces = find_region_components(volume)
    assert pieces.values.tolist() == [5]
    assert pieces.on_side.tolist() == [[2, 0, 0]]
    assert pieces.positions([]).tolist() == []


def test_voxels_of_several_pieces_are_given_in_order():
    volume = np.zeros((1, 1, 9), np.uint16)
    volume[0, 0, [0, 3, 4, 8]] = 1
    pieces = find_region_components(volume)
    assert sorted(pieces.sizes.tolist()) == [1, 1, 2]
    assert pieces.positions(np.arange(3)).tolist() == [0, 3, 4, 8]
