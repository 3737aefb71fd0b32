"""Borders against a loop over every edge, polygons against counts of pixels and matplotlib."""

from itertools import pairwise

import numpy as np
import pytest
from matplotlib.path import Path

from napari_atlas_explorer import open_atlas
from napari_atlas_explorer.compute.label_polygons import mesh_labels, trace_borders

from ..polygons import count_crossings, segments_of, shoelace


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
        edges = edges_of(trace_borders(labels))
        assert len(edges) == len(set(edges))
        assert set(edges) == edges_by_loop(labels)


def test_smooth_regions_too():
    rows, cols = np.mgrid[:60, :80]
    labels = (rows // 17 * 3 + (cols + rows // 2) // 23).astype(np.uint16)
    labels[(rows - 30) ** 2 + (cols - 40) ** 2 < 200] = 99
    edges = edges_of(trace_borders(labels))
    assert len(edges) == len(set(edges))
    assert set(edges) == edges_by_loop(labels)


def test_a_rectangle_is_one_closed_line_of_its_four_corners():
    labels = np.zeros((8, 9), np.uint16)
    labels[2:5, 3:8] = 7
    (path,) = trace_borders(labels)
    assert path[0].tolist() == path[-1].tolist()
    assert sorted(map(tuple, path[:-1].tolist())) == [(2, 3), (2, 8), (5, 3), (5, 8)]


def test_a_region_at_the_rim_is_closed_along_it():
    (path,) = trace_borders(np.ones((3, 4), bool))
    assert sorted(map(tuple, path[:-1].tolist())) == [(0, 0), (0, 4), (3, 0), (3, 4)]


def test_two_neighbors_share_one_line():
    labels = np.array([[1, 1, 2, 2]])
    edges = edges_of(trace_borders(labels))
    assert edges.count(((0, 2), (1, 2))) == 1


@pytest.mark.parametrize("value", [0, 5])
def test_one_label_everywhere(value):
    paths = trace_borders(np.full((4, 4), value))
    assert len(paths) == (1 if value else 0)


# ---- Polygons ------------------------------------------------------------------------------------


def noise(seed: int) -> np.ndarray:
    """Labels as irregular as can be: single pixels, diagonals, holes within holes, the rim."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, rng.integers(2, 6), rng.integers(1, 14, 2))


def blobs(seed: int) -> np.ndarray:
    """Labels with long borders of every slope, a hole and an island in it."""
    rng = np.random.default_rng(seed)
    rows, cols = np.mgrid[:40, :50]
    labels = 1 + (rows + rng.uniform(-1, 1) * cols) // 9 % 4
    labels[(rows - 20) ** 2 + (cols - 25) ** 2 < 180] = 5
    labels[(rows - 20) ** 2 + (cols - 25) ** 2 < 60] = 0
    labels[(rows - 21) ** 2 + (cols - 24) ** 2 < 9] = 5
    labels[:3] = 0
    return labels.astype(np.int64)


CASES = [noise(k) for k in range(40)] + [blobs(k) for k in range(4)]


@pytest.mark.parametrize("smooth", [False, True])
@pytest.mark.parametrize("labels", CASES, ids=range(len(CASES)))
def test_areas_are_those_of_the_pixels(labels, smooth):
    mesh = mesh_labels(labels, smooth)
    for label in range(1, 6):
        polygons = [p for p in mesh.polygons if p.label == label]
        area = sum(shoelace(r) for p in polygons for r in (p.exterior, *p.holes))
        assert area == pytest.approx((labels == label).sum(), rel=0.005)
    for polygon in mesh.polygons:
        assert shoelace(polygon.exterior) > 0
        assert all(shoelace(hole) < 0 for hole in polygon.holes)
        for ring in (polygon.exterior, *polygon.holes):
            assert len(np.unique(ring, axis=0)) == len(ring), "no point twice in a ring"


@pytest.mark.parametrize("smooth", [False, True])
@pytest.mark.parametrize("labels", CASES[::3], ids=range(len(CASES[::3])))
def test_the_center_of_each_pixel_is_in_the_polygon_of_its_label_alone(labels, smooth):
    rows, cols = np.indices(labels.shape)
    centers = np.stack([cols.ravel(), rows.ravel()], axis=1) + 0.5
    seen = np.zeros((labels.size, 6), int)
    for polygon in mesh_labels(labels, smooth).polygons:
        inside = Path(polygon.exterior).contains_points(centers)
        for hole in polygon.holes:
            inside &= ~Path(hole).contains_points(centers)
        seen[:, polygon.label] += inside
    expected = np.eye(6, dtype=int)[labels.ravel()]
    assert np.array_equal(seen[:, 1:], expected[:, 1:])


@pytest.mark.parametrize("labels", CASES, ids=range(len(CASES)))
def test_smooth_borders_do_not_cross(labels):
    if labels.any():
        assert count_crossings(segments_of(mesh_labels(labels).arcs)) == 0


@pytest.mark.parametrize("labels", CASES, ids=range(len(CASES)))
def test_neighbors_share_every_piece_of_their_border(labels):
    """No gap and no overlap: each piece is passed once in either direction, or borders label 0."""
    mesh = mesh_labels(labels)
    passed: dict[tuple[bytes, bytes], int] = {}
    for polygon in mesh.polygons:
        for ring in (polygon.exterior, *polygon.holes):
            for a, b in zip(ring, np.roll(ring, -1, axis=0), strict=True):
                key = (a.tobytes(), b.tobytes())
                assert key not in passed
                passed[key] = polygon.label
    outside = {
        key for k in np.flatnonzero((mesh.sides == 0).any(axis=1)) for key in pieces(mesh.arcs[k])
    }
    for a, b in passed:
        assert ((b, a) in passed) != ((a, b) in outside)


def pieces(arc: np.ndarray) -> list[tuple[bytes, bytes]]:
    points = [point.tobytes() for point in arc]
    pairs = list(pairwise(points))
    return pairs + [(b, a) for a, b in pairs]


def test_a_slope_of_steps_becomes_a_line():
    rows, cols = np.mgrid[:30, :60]
    mesh = mesh_labels(np.where(rows > 5 + cols / 3, 1, 2))
    (border,) = (a for a, s in zip(mesh.arcs, mesh.sides.tolist(), strict=True) if 0 not in s)
    x, y = border[8:-8].T
    assert np.abs(y - np.polyval(np.polyfit(x, y, 1), x)).max() < 0.15, "steps are 1 high"


def test_the_same_labels_give_the_same_lines():
    once, again = (mesh_labels(blobs(3)) for _ in range(2))
    for a, b in zip(once.arcs, again.arcs, strict=True):
        assert a.tobytes() == b.tobytes()


def test_noise_is_drawn_as_it_is():
    """More polygons than any section of a brain has are not smoothed: that would take minutes."""
    labels = np.random.default_rng(5).integers(1, 400, (170, 170))
    mesh = mesh_labels(labels)
    assert len(mesh.polygons) > 20_000
    assert all((polygon.exterior % 1 == 0).all() for polygon in mesh.polygons)
    assert sum(polygon.area for polygon in mesh.polygons) == labels.size


def test_nothing_has_no_polygons():
    mesh = mesh_labels(np.zeros((4, 5), np.uint16))
    assert (mesh.arcs, mesh.polygons) == ([], [])


@pytest.mark.data
def test_sections_of_a_real_atlas(data_folder):
    ranks = open_atlas(data_folder / "allen_ccfv3_2017").ranks.raw
    for axis in range(3):
        plane = ranks.take(ranks.shape[axis] // 2, axis=axis)
        mesh = mesh_labels(plane)
        areas = np.zeros(int(plane.max()) + 1)
        for polygon in mesh.polygons:
            for ring in (polygon.exterior, *polygon.holes):
                areas[polygon.label] += shoelace(ring)
        counts = np.bincount(plane.ravel()).astype(float)
        counts[0] = 0
        assert np.abs(areas - counts).max() > 0, "smoothed"
        assert areas == pytest.approx(counts, rel=0.005, abs=1e-9)
