"""Measures of surfaces, compared with trimesh's."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from napari_atlas_explorer.compute.meshes.quality import examine_mesh
from napari_atlas_explorer.core.mesh import Mesh


def sphere(subdivisions: int = 2) -> tuple[np.ndarray, np.ndarray]:
    made = trimesh.creation.icosphere(subdivisions=subdivisions, radius=10.0)
    return np.array(made.vertices), np.array(made.faces)


def two_spheres() -> tuple[np.ndarray, np.ndarray]:
    points, faces = sphere()
    return np.vstack([points, points + 50.0]), np.vstack([faces, faces + len(points)])


def damaged(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Take faces away, turn some round, and repeat some."""
    points, faces = two_spheres()
    faces = faces[rng.random(len(faces)) > 0.05]
    turned = rng.random(len(faces)) < rng.choice([0.0, 0.1])
    faces[turned] = faces[turned][:, ::-1]
    return points, np.vstack([faces, faces[: rng.integers(0, 3)]])


def as_stl(points: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give each face points of its own."""
    return points[faces].reshape(-1, 3), np.arange(3 * len(faces)).reshape(-1, 3)


@pytest.mark.parametrize("make", [sphere, two_spheres])
@pytest.mark.parametrize("form", [lambda p, f: (p, f), as_stl])
def test_a_closed_surface_is_as_trimesh_measures_it(make, form):
    points, faces = form(*make())
    peer = trimesh.Trimesh(points, faces, process=True)
    quality = examine_mesh(Mesh(points, faces))
    assert peer.is_watertight
    assert (quality.open_edges, quality.crowded_edges, quality.empty_faces) == (0, 0, 0)
    assert quality.is_consistent is peer.is_winding_consistent is True
    assert quality.n_parts == peer.body_count
    assert quality.volume == pytest.approx(peer.volume, rel=1e-9)
    assert quality.low.tolist() == peer.bounds[0].tolist()
    assert quality.high.tolist() == peer.bounds[1].tolist()


@pytest.mark.parametrize("seed", range(20))
def test_a_damaged_surface_is_as_trimesh_measures_it(seed):
    points, faces = damaged(np.random.default_rng(seed))
    peer = trimesh.Trimesh(points, faces, process=False)
    per_edge = np.bincount(peer.edges_unique_inverse)
    quality = examine_mesh(Mesh(points, faces))
    assert quality.open_edges == (per_edge == 1).sum() > 0
    assert quality.crowded_edges == (per_edge > 2).sum()
    assert quality.is_consistent is bool(peer.is_winding_consistent)


def test_faces_that_vanish_when_points_are_joined_have_no_edges():
    points, faces = as_stl(*sphere(1))
    points = np.vstack([points, points[0], points[0] + 1e-12, points[1]])
    faces = np.vstack([faces, [[len(points) - 3, len(points) - 2, len(points) - 1]]])
    quality = examine_mesh(Mesh(points, faces))
    assert quality.open_edges == 0
    assert quality.empty_faces == 1


def test_a_surface_of_empty_faces_alone_has_no_edge_and_no_part():
    points = np.array([[0.0, 0, 0], [1, 0, 0], [2, 0, 0]])
    quality = examine_mesh(Mesh(points, np.array([[0, 1, 2]])))
    assert (quality.n_parts, quality.open_edges, quality.volume) == (0, 0, 0.0)
    assert quality.is_consistent
