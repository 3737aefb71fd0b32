"""Outlines against a loop over every edge."""

import numpy as np
import pytest

from napari_atlas_explorer.figures.paint import outlines


def edges_by_loop(labels):
    """Unit edges between different labels; label 0 lies all around."""
    padded = np.pad(labels, 1)
    found = set()
    for r in range(padded.shape[0] - 1):
        for c in range(padded.shape[1] - 1):
            if padded[r, c] != padded[r, c + 1] and r > 0:
                found.add(((r - 1, c), (r, c)))
            if padded[r, c] != padded[r + 1, c] and c > 0:
                found.add(((r, c - 1), (r, c)))
    return found


def edges_of(paths):
    """Unit edges of polylines, as a list: an edge drawn twice is in it twice."""
    found = []
    for path in paths:
        for (r0, c0), (r1, c1) in zip(path[:-1].tolist(), path[1:].tolist(), strict=True):
            assert (r0 == r1) != (c0 == c1), "every piece runs along the grid and has a length"
            for k in range(abs(r1 - r0) + abs(c1 - c0)):
                step = (np.sign(r1 - r0), np.sign(c1 - c0))
                a = (r0 + k * step[0], c0 + k * step[1])
                b = (a[0] + step[0], a[1] + step[1])
                found.append(tuple(sorted((tuple(map(int, a)), tuple(map(int, b))))))
    return found


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (6, 1), (5, 9), (30, 20)])
@pytest.mark.parametrize("n_labels", [2, 3, 40])
def test_every_edge_is_drawn_once(shape, n_labels):
    rng = np.random.default_rng(n_labels * 100 + shape[0])
    for _ in range(20):
        labels = rng.integers(0, n_labels, shape)
        edges = edges_of(outlines(labels))
        assert len(edges) == len(set(edges))
        assert set(edges) == edges_by_loop(labels)


def test_smooth_regions_too():
    rows, cols = np.mgrid[:60, :80]
    labels = (rows // 17 * 3 + (cols + rows // 2) // 23).astype(np.uint16)
    labels[(rows - 30) ** 2 + (cols - 40) ** 2 < 200] = 99
    edges = edges_of(outlines(labels))
    assert len(edges) == len(set(edges))
    assert set(edges) == edges_by_loop(labels)


def test_a_rectangle_is_one_closed_line_of_its_four_corners():
    labels = np.zeros((8, 9), np.uint16)
    labels[2:5, 3:8] = 7
    (path,) = outlines(labels)
    assert path[0].tolist() == path[-1].tolist()
    assert sorted(map(tuple, path[:-1].tolist())) == [(2, 3), (2, 8), (5, 3), (5, 8)]


def test_a_region_at_the_rim_is_closed_along_it():
    (path,) = outlines(np.ones((3, 4), bool))
    assert sorted(map(tuple, path[:-1].tolist())) == [(0, 0), (0, 4), (3, 0), (3, 4)]


def test_two_neighbors_share_one_line():
    labels = np.array([[1, 1, 2, 2]])
    edges = edges_of(outlines(labels))
    assert edges.count(((0, 2), (1, 2))) == 1


@pytest.mark.parametrize("value", [0, 5])
def test_one_label_everywhere(value):
    paths = outlines(np.full((4, 4), value))
    assert len(paths) == (1 if value else 0)
