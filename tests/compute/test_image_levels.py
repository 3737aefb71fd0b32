"""Gray levels, foreground and edges of images of known content."""

from __future__ import annotations

import numpy as np
import pytest

from napari_atlas_explorer.compute.contacts import label_faces
from napari_atlas_explorer.compute.image_levels import (
    border_gradient,
    common_step,
    foreground_threshold,
    gray_levels,
    missing_levels,
    otsu_threshold,
)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.float32])
def test_values_are_counted_in_all_and_inside(dtype):
    rng = np.random.default_rng(2)
    image = rng.integers(3, 90, (11, 12, 13)).astype(dtype)
    ranks = rng.integers(0, 2, image.shape).astype(np.uint16)
    found = gray_levels(image, ranks)
    levels, counts = np.unique(image, return_counts=True)
    assert found.levels.tolist() == levels.tolist()
    assert found.counts.tolist() == counts.tolist()
    assert found.inside.tolist() == [int(((image == v) & (ranks > 0)).sum()) for v in levels]
    assert found.whole


def test_values_that_are_no_numbers_are_left_out():
    image = np.array([[[np.nan, 1.5, np.inf, 2.5]]])
    assert gray_levels(image, np.ones(image.shape, np.uint16)).levels.tolist() == [1.5, 2.5]


def test_two_populations_are_parted_between_them():
    rng = np.random.default_rng(3)
    dark, bright = rng.normal(100, 10, 9000), rng.normal(900, 50, 9000)
    image = np.concatenate([dark, bright]).astype(np.uint16).reshape(20, 30, 30)
    levels = gray_levels(image, np.ones(image.shape, np.uint16))
    assert 150 < otsu_threshold(levels) < 750
    assert foreground_threshold(levels) == pytest.approx(100 + 800 / 4, abs=5)


def test_a_multiplied_image_has_a_common_step():
    image = np.random.default_rng(4).integers(0, 200, (20, 20, 20)).astype(np.uint16)
    ranks = np.ones(image.shape, np.uint16)
    assert common_step(gray_levels(image, ranks)) == 1
    assert common_step(gray_levels(image * 257, ranks)) == 257
    assert common_step(gray_levels(image + 0.5, ranks)) == 0


def test_a_stretched_image_misses_levels_and_a_rare_one_does_not_count():
    rng = np.random.default_rng(5)
    image = rng.integers(10, 110, (30, 30, 30))
    ranks = np.ones(image.shape, np.uint16)
    stretched = gray_levels((image * 5 + 3) // 4, ranks)
    expected = sorted(set(range(13, 138)) - set(((image * 5 + 3) // 4).ravel().tolist()))
    assert len(expected) == 25
    inner = [v for v in missing_levels(stretched, 1).tolist() if 20 < v < 130]
    assert inner == [v for v in expected if 20 < v < 130]
    few = gray_levels(rng.integers(0, 5000, (20, 20, 20)), ranks[:20, :20, :20])
    assert missing_levels(few, 1).tolist() == []


def test_an_image_with_edges_at_the_borders_changes_there_and_nowhere_else():
    ranks = np.ones((12, 12, 12), np.uint16)
    ranks[:, 6:] = 2
    image = np.where(ranks == 2, 50, 10).astype(np.uint8)
    found = border_gradient(image, ranks, label_faces(ranks), 2)
    assert found.at_borders == 40
    assert found.elsewhere == 0
    assert found.shifted[1, 1] == found.shifted[1, -2] == 0
    assert found.shifted[0, 2] == found.shifted[2, -1] == 40


def test_the_shift_that_fits_is_the_one_that_was_made():
    ranks = np.random.default_rng(6).integers(1, 9, (5, 5, 5)).repeat(5, 0).repeat(5, 1)
    ranks = np.ascontiguousarray(ranks.repeat(5, 2).astype(np.uint16))
    image = np.roll(ranks * 100, 2, axis=0).astype(np.uint16)
    found = border_gradient(image, ranks, label_faces(ranks), 3)
    assert max(found.shifted, key=found.shifted.__getitem__) == (0, 2)
