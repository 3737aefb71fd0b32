"""Edges at which a surface is not sound, and lines along which it crosses a plane."""

from __future__ import annotations

import numpy as np
import pytest

from napari_atlas_explorer.compute.meshes.quality import examine_mesh, faulty_edges
from napari_atlas_explorer.compute.meshes.section import find_crossing
from napari_atlas_explorer.core.mesh import Mesh

CORNERS = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], float)
FACES = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])


def ends(edges: np.ndarray) -> set[frozenset[tuple[float, ...]]]:
    return {frozenset(tuple(p) for p in edge) for edge in edges.tolist()}


def test_a_closed_surface_has_no_faulty_edge():
    assert len(faulty_edges(Mesh(CORNERS, FACES))) == 0


def test_the_rim_of_a_hole_is_open():
    found = faulty_edges(Mesh(CORNERS, FACES[:-1]))
    corners = [tuple(p) for p in CORNERS[1:].tolist()]
    rim = {frozenset((a, b)) for a in corners for b in corners if a != b}
    assert ends(found.open) == rim
    assert len(found.crowded) == 0
    assert examine_mesh(Mesh(CORNERS, FACES[:-1])).open_edges == len(found.open) == 3


def test_an_edge_of_three_faces_is_crowded():
    points = np.concatenate([CORNERS, [[-1, -1, -1]]])
    mesh = Mesh(points, np.concatenate([FACES, [[0, 1, 4]]]))
    found = faulty_edges(mesh)
    assert ends(found.crowded) == {frozenset(((0.0, 0.0, 0.0), (1.0, 0.0, 0.0)))}
    assert len(found.open) == 2


def test_points_of_an_stl_are_joined_before_edges_are_called_open():
    soup = Mesh(CORNERS[FACES].reshape(-1, 3), np.arange(12).reshape(4, 3))
    assert len(faulty_edges(soup)) == 0


@pytest.mark.parametrize("axis", range(3))
def test_a_tetrahedron_is_cut_in_a_triangle(axis):
    lines = find_crossing(Mesh(CORNERS, FACES), axis, 0.5)
    assert lines.shape == (3, 2, 3)
    assert np.allclose(lines[:, :, axis], 0.5)
    length = np.linalg.norm(lines[:, 0] - lines[:, 1], axis=1).sum()
    assert length == pytest.approx(0.5 * (2 + np.sqrt(2)))
    assert find_crossing(Mesh(CORNERS, FACES), axis, 1.5).shape == (0, 2, 3)
