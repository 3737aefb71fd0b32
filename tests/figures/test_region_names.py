"""Names of regions: from their geometry, inside their region or led to it, and on nothing else."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from matplotlib.path import Path

from napari_atlas_explorer import Atlas, open_atlas
from napari_atlas_explorer.compute.label_polygons import mesh_labels
from napari_atlas_explorer.figures.layout import Frame
from napari_atlas_explorer.figures.png import text_width
from napari_atlas_explorer.figures.region_names import (
    LINE,
    PlacedNames,
    place_names,
    spread_out,
    untangle,
)

FRAME = Frame(200, 100, 900, 700)
SIZES = (10.0, 21.0, 40.0)
"""Nearly all names fit into their regions; some do; the columns are full."""


@pytest.fixture(scope="module")
def sample() -> Atlas:
    return open_atlas("sample")


def names_of(atlas: Atlas, axis: int, index: int) -> tuple[np.ndarray, dict[int, str]]:
    plane = np.asarray(atlas.ranks.raw.take(index, axis=axis)).astype(np.int64)
    regions = atlas.region_map
    known = [k for k in np.unique(plane).tolist() if 0 < k <= len(regions)]
    return plane, {k: regions.acronym_of_rank(k) for k in known}


def check(plane: np.ndarray, texts: dict[int, str], placed: PlacedNames, size: float) -> None:
    """Assert from the polygons, lines and boxes that every name is where it should be."""
    scale = np.array([FRAME.width / plane.shape[1], FRAME.height / plane.shape[0]])
    polygons: dict[int, list[tuple[Path, list[Path]]]] = {}
    corners: dict[int, list[np.ndarray]] = {}
    for polygon in mesh_labels(plane).polygons:
        rings = [r * scale + (FRAME.x, FRAME.y) for r in (polygon.exterior, *polygon.holes)]
        polygons.setdefault(polygon.label, []).append((Path(rings[0]), [*map(Path, rings[1:])]))
        corners.setdefault(polygon.label, []).extend(rings)

    def in_region(label: int, points: np.ndarray) -> bool:
        return any(
            outer.contains_points(points).all()
            and not any(hole.contains_points(points).any() for hole in holes)
            for outer, holes in polygons[label]
        )

    assert sorted([n.label for n in placed.names] + placed.left_out) == sorted(texts)
    for name in placed.names:
        left, top, right, bottom = name.box
        assert name.text == texts[name.label]
        assert right - left == pytest.approx(text_width(name.text, size))
        if name.leader is None:
            rim = np.array([[x, y] for x in np.linspace(left, right, 30) for y in (top, bottom)])
            sides = np.array([[x, y] for y in np.linspace(top, bottom, 9) for x in (left, right)])
            assert in_region(name.label, np.concatenate([rim, sides])), name.text
            around = np.concatenate(corners[name.label])
            inside = ((around > (left, top)) & (around < (right, bottom))).all(axis=1)
            assert not inside.any(), "no border within the box"
        else:
            start, end = name.leader
            assert in_region(name.label, end[np.newaxis])
            assert min(abs(start[0] - left), abs(start[0] - right)) <= size
            assert top < start[1] < bottom
    for a, b in combinations([n.box for n in placed.names], 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
    for name in placed.names:
        if name.leader is not None:
            points = np.linspace(*name.leader, 400)
            for other in placed.names:
                left, top, right, bottom = other.box
                within = (points > (left, top)) & (points < (right, bottom))
                assert not within.all(axis=1).any(), (name.text, other.text)
    if placed.left_out:
        beside = sum(name.leader is not None for name in placed.names)
        assert beside == 2 * int(FRAME.height / (LINE * size)), "both columns are full"


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("axis", "share"), [(0, 0.3), (0, 0.5), (0, 0.7), (1, 0.5), (2, 0.4)])
def test_every_name_is_in_its_region_or_led_to_it(sample, axis, share, size):
    plane, texts = names_of(sample, axis, int(share * sample.shape[axis]))
    polygons = mesh_labels(plane).polygons
    placed = place_names(plane, polygons, FRAME, texts, size)
    check(plane, texts, placed, size)
    again = place_names(plane, polygons, FRAME, texts, size)
    assert [n.box for n in again.names] == [n.box for n in placed.names]


@pytest.mark.data
@pytest.mark.parametrize("size", [21.0])
@pytest.mark.parametrize("index", [30, 66, 100])
def test_names_of_a_real_atlas(data_folder, index, size):
    plane, texts = names_of(open_atlas(data_folder / "allen_ccfv3_2017"), 0, index)
    placed = place_names(plane, mesh_labels(plane).polygons, FRAME, texts, size)
    check(plane, texts, placed, size)


def test_large_regions_are_named_inside_and_small_ones_beside():
    plane = np.zeros((70, 90), np.int64)
    plane[5:60, 5:80] = 1
    plane[30:33, 40:43] = 2
    placed = place_names(plane, mesh_labels(plane).polygons, FRAME, {1: "big", 2: "small"}, 21)
    leaders = {name.text: name.leader is not None for name in placed.names}
    assert leaders == {"big": False, "small": True}
    check(plane, {1: "big", 2: "small"}, placed, 21)


def test_heights_are_spread_within_their_range():
    rng = np.random.default_rng(0)
    for _ in range(50):
        heights = np.sort(rng.uniform(0, 100, 9)).tolist()
        spread = spread_out(heights, 10, 0, 100)
        assert min(spread) >= 0
        assert max(spread) <= 100
        assert np.diff(spread).min() >= 10 - 1e-9
    assert spread_out([10, 50], 10, 0, 100) == [10, 50], "those with room stay"


def test_untangled_lines_do_not_cross():
    rng = np.random.default_rng(1)
    for _ in range(20):
        starts = np.stack([np.zeros(8), np.arange(8.0)], axis=1)
        ends = rng.uniform((1, 0), (9, 8), (8, 2))
        order = untangle(starts, ends)
        assert sorted(order) == list(range(8))
        for a, b in combinations(range(8), 2):
            t = np.linspace(0, 1, 2000)
            height = [np.interp(t * 9, (0, ends[k, 0]), (order[k], ends[k, 1])) for k in (a, b)]
            common = t * 9 <= min(ends[a, 0], ends[b, 0])
            gap = (height[0] - height[1])[common]
            assert (gap > 0).all() or (gap < 0).all()
