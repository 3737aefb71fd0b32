"""Parting of surfaces that touch themselves."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_atlas_explorer.compute.meshes.cleaning import closed_manifold, remove_flaps
from napari_atlas_explorer.compute.meshes.marching import marching_cubes
from napari_atlas_explorer.compute.meshes.quality import enclosed_volume, scale_to_volume

from ...refusals import refused

TETRAHEDRON = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]])


def assert_manifold(faces: np.ndarray) -> None:
    """Each edge is met once in each direction."""
    f = faces
    edges = Counter(map(tuple, np.concatenate([f[:, [0, 1]], f[:, [1, 2]], f[:, [2, 0]]]).tolist()))
    assert set(edges.values()) == {1}
    assert {(b, a) for a, b in edges} == set(edges)


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), kept=st.integers(4, 60))
def test_whatever_points_are_joined_each_edge_has_two_faces_again(seed, kept):
    rng = np.random.default_rng(seed)
    points, faces = marching_cubes(rng.random((4, 4, 4)) < 0.5)
    # Points that become one leave a surface closed, but joined to itself in every way.
    target = rng.integers(0, min(kept, len(points)), len(points))
    joined, places = target[faces.astype(np.int64)], points.astype(float)
    made_points, made = closed_manifold(places, joined)
    if len(made):
        assert_manifold(made)
        volume = enclosed_volume(places, joined)
        assert enclosed_volume(made_points, made) == pytest.approx(volume, abs=1e-6)


def test_two_solids_that_share_an_edge_are_parted():
    points = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [0, -1, 0], [0, 0, -1]], float)
    one = TETRAHEDRON
    other = np.array([0, 1, 4, 5])[TETRAHEDRON]  # shares points 0 and 1
    made_points, made = closed_manifold(points, np.concatenate([one, other]))
    assert len(made) == 8
    assert_manifold(made)
    assert len(made_points) == 8


def test_faces_back_to_back_go_and_others_stay():
    flap = np.array([[4, 5, 6], [6, 5, 4], [4, 4, 5]])
    kept = remove_flaps(np.concatenate([TETRAHEDRON, flap]))
    np.testing.assert_array_equal(kept, TETRAHEDRON)
    twice = np.array([[0, 1, 2], [1, 2, 0], [2, 1, 0]])
    assert len(remove_flaps(twice)) == 1


def test_an_open_surface_is_refused():
    with refused("open"):
        closed_manifold(np.eye(4, 3), TETRAHEDRON[:3])


def test_a_surface_is_moved_until_it_holds_a_volume():
    points, faces = marching_cubes(np.ones((6, 6, 6), bool))
    points, faces = points.astype(float), faces.astype(np.int64)
    for wanted in (180.0, 216.0, 250.0):
        moved, distance = scale_to_volume(points, faces, wanted, 1.0)
        assert enclosed_volume(moved, faces) == pytest.approx(wanted, rel=2e-3)
        assert np.linalg.norm(moved - points, axis=1).max() <= abs(distance) + 1e-9
    moved, distance = scale_to_volume(points, faces, 1000.0, 0.1)
    assert distance == pytest.approx(0.1)
