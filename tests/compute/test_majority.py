"""Coarser labels against a count of every block."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_atlas_explorer.compute import majority
from napari_atlas_explorer.compute.majority import majority_labels
from napari_atlas_explorer.core.errors import ArgumentError
from napari_atlas_explorer.core.space.grid import VoxelGrid
from napari_atlas_explorer.core.space.resampling import Coarsening

from ..refusals import refused


def counted(labels, factors, shape):
    """The rule, voxel by voxel."""
    out = np.zeros(shape, labels.dtype)
    for at in np.ndindex(*shape):
        block = labels[tuple(slice(i * f, (i + 1) * f) for i, f in zip(at, factors, strict=True))]
        votes = Counter(block.ravel().tolist())
        tied = [label for label, n in votes.items() if n == max(votes.values())]
        center = tuple(i * f + f // 2 for i, f in zip(at, factors, strict=True))
        inside = all(c < n for c, n in zip(center, labels.shape, strict=True))
        held = labels[center] if inside else None
        out[at] = held if held in tied else min(tied)
    return out


SIDES = st.tuples(*[st.integers(1, 9)] * 3)
FACTORS = st.tuples(*[st.integers(1, 4)] * 3)


@settings(max_examples=150, deadline=None)
@given(
    shape=SIDES,
    factors=FACTORS,
    n_labels=st.integers(1, 6),
    seed=st.integers(0, 999),
    dtype=st.sampled_from([np.uint8, np.uint16, np.uint32, np.int64]),
    last=st.booleans(),
)
def test_every_voxel_has_the_label_that_most_of_its_block_have(
    shape, factors, n_labels, seed, dtype, last
):
    labels = np.random.default_rng(seed).integers(0, n_labels, shape).astype(dtype)
    pairs = list(zip(shape, factors, strict=True))
    coarse = tuple(math.ceil(n / f) if last else max(1, n // f) for n, f in pairs)
    found = majority_labels(labels, factors, coarse)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, counted(labels, factors, coarse))


@pytest.mark.parametrize("factor", [2, 3, 5])
def test_the_grid_of_a_coarsening_is_taken(factor):
    grid = VoxelGrid.from_steps((13, 11, 17), (25.0, 25.0, 25.0))
    step = Coarsening.to(grid, 25.0 * factor)
    labels = np.random.default_rng(4).integers(0, 3, grid.shape).astype(np.uint16)
    found = majority_labels(labels, step.factors, step.coarse.shape)
    np.testing.assert_array_equal(found, counted(labels, (factor,) * 3, step.coarse.shape))


def test_slabs_join_without_a_seam(monkeypatch):
    monkeypatch.setattr(majority, "SLAB_VOXELS", 200)
    labels = np.random.default_rng(5).integers(0, 4, (21, 10, 9)).astype(np.uint32)
    found = majority_labels(labels, (2, 2, 2), (11, 5, 4))
    np.testing.assert_array_equal(found, counted(labels, (2, 2, 2), (11, 5, 4)))


def test_labels_may_be_a_view_of_others():
    labels = np.random.default_rng(6).integers(0, 4, (9, 10, 11)).astype(np.uint32)
    turned = labels.transpose(2, 0, 1)[::-1, :, ::-1]
    found = majority_labels(turned, (2, 3, 2), (5, 3, 5))
    np.testing.assert_array_equal(found, counted(turned, (2, 3, 2), (5, 3, 5)))


def block(*values):
    return np.array(values, np.uint16).reshape(2, 2, 2)


@pytest.mark.parametrize(
    ("values", "label"),
    [
        ((9, 9, 9, 9, 9, 4, 4, 4), 9),
        ((0, 0, 0, 0, 0, 7, 7, 7), 0),  # background is a label
        ((7, 7, 7, 7, 0, 0, 0, 0), 0),  # tied: the last voxel follows the center
        ((0, 0, 0, 0, 7, 7, 7, 7), 7),
        ((9, 9, 9, 4, 4, 4, 1, 2), 4),  # tied, neither at the center: the smaller
        ((8, 7, 6, 5, 4, 3, 2, 1), 1),
        ((1, 2, 3, 4, 5, 6, 7, 8), 8),
    ],
)
def test_ties_are_decided_by_the_center_then_by_the_smallest(values, label):
    assert majority_labels(block(*values), (2, 2, 2), (1, 1, 1)).item() == label


def test_a_center_that_is_cut_off_decides_nothing():
    labels = np.array([5, 3], np.uint16).reshape(2, 1, 1)
    assert majority_labels(labels, (5, 1, 1), (1, 1, 1)).item() == 3


def test_ids_above_65535_are_kept():
    labels = np.full((4, 4, 4), 614454277, np.uint32)
    assert (majority_labels(labels, (2, 2, 2), (2, 2, 2)) == 614454277).all()


@pytest.mark.parametrize(
    ("labels", "factors", "shape", "words"),
    [
        (np.zeros((4, 4, 4), np.uint8), (1.5, 2, 2), (2, 2, 2), ["1.5", "whole"]),
        (np.zeros((4, 4, 4), np.uint8), (0, 2, 2), (2, 2, 2), ["whole"]),
        (np.zeros((4, 4, 4), np.uint8), (float("nan"), 2, 2), (2, 2, 2), ["whole"]),
        (np.zeros((4, 4, 4), np.uint8), (2, 2), (2, 2, 2), ["three"]),
        (np.zeros((4, 4, 4), np.uint8), (2, 2, 2), (3, 2, 2), ["(3, 2, 2)"]),
        (np.zeros((4, 4, 4), np.uint8), (2, 2, 2), (2, 2), ["(2, 2)"]),
        (np.zeros((4, 4, 4), np.uint8), (2, 2, 2), (0, 2, 2), ["(0, 2, 2)"]),
        (np.zeros((4, 4, 4), np.float32), (2, 2, 2), (2, 2, 2), ["float32"]),
        (np.zeros((4, 4), np.uint8), (2, 2, 2), (2, 2, 2), ["(4, 4)"]),
    ],
)
def test_what_does_not_divide_is_refused(labels, factors, shape, words):
    with refused(*words, by=ArgumentError):
        majority_labels(labels, factors, shape)
