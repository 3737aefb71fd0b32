"""The regions that lines cross, with lengths in µm."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from math import floor

import numpy as np
import pytest

from napari_atlas_explorer import open_atlas
from napari_atlas_explorer.analysis.lines.crossings import OUTSIDE, cut_lines, find_line_regions
from napari_atlas_explorer.analysis.lines.totals import line_totals
from napari_atlas_explorer.core.regions.rank_volume import RankVolume
from napari_atlas_explorer.core.space.grid import VoxelGrid
from napari_atlas_explorer.core.streamlines import Line, Streamlines
from napari_atlas_explorer.formats.lines.reader import read_streamlines


def regions_of(atlas, *lines):
    return find_line_regions(
        atlas.ranks,
        atlas.hemisphere_rule,
        Streamlines(tuple(Line(np.array(x, float)) for x in lines)),
    )


def told(found, number=0):
    names = ((found.region(v.rank)[1], found.side_name(v.hemisphere)) for v in found.visits(number))
    sizes = ((round(v.start, 9), round(v.length, 9)) for v in found.visits(number))
    return [(*name, *size) for name, size in zip(names, sizes, strict=True)]


THROUGH = [[-10, 30, 45], [50, 30, 45]]


def test_a_line_is_cut_where_its_regions_end(small_atlas):
    found = regions_of(small_atlas, THROUGH)
    assert told(found) == [
        ("outside", "", 0, 10),
        ("unannotated", "left", 10, 10),
        ("a1", "left", 20, 20),
        ("unannotated", "left", 40, 10),
        ("outside", "", 50, 10),
    ]
    assert found.line_lengths.tolist() == [60]
    assert found.start_ranks.tolist() == found.end_ranks.tolist() == [OUTSIDE]


def test_a_reversed_line_crosses_the_same_regions_in_reverse(small_atlas):
    forth = told(regions_of(small_atlas, THROUGH))
    back = told(regions_of(small_atlas, THROUGH[::-1]))
    assert [(a, s, length) for a, s, _, length in back] == [
        (a, s, length) for a, s, _, length in forth[::-1]
    ]


def test_a_visit_ends_where_the_hemisphere_changes(small_atlas):
    # a1 is left and a2 right of 90 µm along axis 2; the whole line lies in area A.
    assert told(regions_of(small_atlas, [[15, 30, 40], [15, 30, 100]])) == [
        ("a1", "left", 0, 50),
        ("a2", "right", 50, 10),
    ]


def test_a_point_belongs_to_the_voxel_that_a_lookup_names(small_atlas):
    # The line comes from below to the border at 90 µm and turns back there: at() says a2.
    found = regions_of(small_atlas, [[15, 30, 80], [15, 30, 90], [15, 30, 75]])
    assert small_atlas.at((15, 30, 90)).acronym == "a2"
    assert told(found) == [("a1", "left", 0, 10), ("a2", "right", 10, 0), ("a1", "left", 10, 15)]


def test_a_line_of_one_point_is_in_one_region(small_atlas):
    found = regions_of(small_atlas, [[15, 30, 45]], [[-1, 0, 0]])
    assert told(found, 0) == [("a1", "left", 0, 0)]
    assert told(found, 1) == [("outside", "", 0, 0)]


def test_an_id_that_the_hierarchy_does_not_know_is_a_row_of_its_own(small_atlas):
    found = regions_of(small_atlas, [[5, 10, 155], [5, 10, 178]])
    assert [found.region(v.rank) for v in found.visits(0)] == [(999, "", "")]


def test_no_lines_give_no_rows(small_atlas):
    found = regions_of(small_atlas)
    assert len(found.as_dataframe()) == 0
    assert len(line_totals(found).as_dataframe()) == 0


def test_a_corner_that_is_passed_exactly_adds_no_region(small_atlas):
    # From (0, 0) to (38, 76) in voxels of 10 × 20: through every corner on the diagonal.
    found = regions_of(small_atlas, [[0, 0, 45], [38, 76, 45]])
    assert sum(v.length for v in found.visits(0)) == pytest.approx(np.hypot(38, 76))
    assert [a for a, *_ in told(found)] == ["unannotated", "a1", "unannotated"]


def exact_lengths(start, end, affine, shape):
    """Length in each voxel by exact fractions; None stands for outside."""
    steps = [Fraction(float(affine[k, k])) for k in range(3)]
    corner = [Fraction(float(affine[k, 3])) for k in range(3)]
    q0 = [(Fraction(float(start[k])) - corner[k]) / steps[k] for k in range(3)]
    q1 = [(Fraction(float(end[k])) - corner[k]) / steps[k] for k in range(3)]
    cuts = {Fraction(0), Fraction(1)}
    for a, b, n in zip(q0, q1, shape, strict=True):
        for plane in range(n + 1):
            if a != b and 0 < (plane - a) / (b - a) < 1:
                cuts.add((plane - a) / (b - a))
    length = float(np.linalg.norm(np.subtract(end, start)))
    found: dict = {}
    for low, high in pairwise(sorted(cuts)):
        voxel = tuple(floor(a + (b - a) * (low + high) / 2) for a, b in zip(q0, q1, strict=True))
        inside = all(0 <= i < n for i, n in zip(voxel, shape, strict=True))
        key = voxel if inside else None
        found[key] = found.get(key, 0.0) + float(high - low) * length
    return found


@pytest.mark.parametrize(
    ("steps", "corner"),
    [((10, 20, 30), (0, 0, 0)), ((-7.5, 3, 25), (4, -9, 2)), ((0.1, 0.3, 77.47), (1, 2, 3))],
)
def test_lengths_in_voxels_are_those_of_exact_arithmetic(steps, corner):
    grid = VoxelGrid.from_steps((5, 4, 6), steps, corner)
    rng = np.random.default_rng(3)
    low, high = grid.bbox
    size = high - low
    for _ in range(60):
        start, end = low - size / 2 + rng.random((2, 3)) * size * 2
        if rng.random() < 0.3:
            end[rng.integers(3)] = start[rng.integers(3)]
        points = np.array([start, end])
        found: dict = {}
        for pieces in cut_lines(points, np.zeros(2, np.int64), grid):
            for k, length in enumerate(pieces.lengths.tolist()):
                voxel = tuple(int(c[k]) for c in pieces.columns) if pieces.inside[k] else None
                found[voxel] = found.get(voxel, 0.0) + length
        wanted = exact_lengths(start, end, grid.affine, grid.shape)
        for voxel in {*wanted, *found}:
            assert found.get(voxel, 0) == pytest.approx(wanted.get(voxel, 0), abs=1e-7)


def test_slanted_voxels_cut_as_lookups_say(small_map):
    angle = np.radians(20)
    affine = np.eye(4)
    affine[:2, :2] = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) * 9
    affine[:3, 3] = 5, -3, 2
    grid = VoxelGrid((6, 6, 6), affine)
    ids = np.random.default_rng(1).choice([0, 3, 4, 6, 7], grid.shape)
    labels = RankVolume.from_ids(ids, small_map, grid)
    ends = np.array([[-20.0, -10, 1.5], [60, 55, 6.5]])
    found = find_line_regions(labels, None, Streamlines((Line(ends),)))
    n = 200_000
    dense = ends[0] + (np.arange(n)[:, None] + 0.5) / n * (ends[1] - ends[0])
    indices, inside = grid.locate(dense)
    seen = np.where(inside, ids[tuple(indices.T)], -1)
    for rank in np.unique(found.rank):
        share = (seen == (labels.ids[rank] if rank >= 0 else -1)).mean()
        length = found.length[found.rank == rank].sum()
        assert length == pytest.approx(share * found.line_lengths[0], abs=0.01)


def test_long_lines_are_cut_in_many_blocks_as_in_one(small_atlas, monkeypatch):
    points = np.random.default_rng(5).uniform(-20, 200, (300, 3))
    whole = regions_of(small_atlas, points)
    monkeypatch.setattr("napari_atlas_explorer.analysis.lines.crossings.SEGMENTS_PER_BLOCK", 7)
    parts = regions_of(small_atlas, points)
    assert np.array_equal(parts.rank, whole.rank)
    assert np.allclose(parts.length, whole.length, atol=1e-9)


def test_lines_from_far_away_cost_no_more_than_the_volume_they_cross(small_atlas):
    found = regions_of(small_atlas, [[-1e9, 30, 45], [1e9, 30, 45]])
    assert [a for a, *_ in told(found)] == [
        "outside",
        "unannotated",
        "a1",
        "unannotated",
        "outside",
    ]
    assert found.visits(0)[2].length == pytest.approx(20, abs=1e-6)


def test_totals_count_lines_visits_and_ends(small_atlas):
    across = [[15, 30, 40], [15, 30, 100]]
    found = regions_of(small_atlas, THROUGH, across, across[::-1])
    rows = line_totals(found).as_dataframe().set_index("acronym")
    assert rows.loc["a1", ["lines", "visits", "starts", "ends"]].tolist() == [3, 3, 1, 1]
    assert rows.loc["a2", ["lines", "visits", "starts", "ends"]].tolist() == [2, 2, 1, 1]
    assert rows.loc["outside", ["visits", "starts", "ends"]].tolist() == [2, 1, 1]
    assert rows.loc["outside", "length_um"] == pytest.approx(20)
    assert rows.loc["a1", "length_um"] == pytest.approx(20 + 50 + 50)
    # Area A has no voxel on these lines; it has what lies below it, each line once.
    assert rows.loc["A", ["lines", "total_lines"]].tolist() == [0, 3]
    assert rows.loc["A", "total_length_um"] == pytest.approx(140)
    assert rows["length_um"].sum() == pytest.approx(found.line_lengths.sum())


def test_the_table_says_where_lines_start_and_end(small_atlas):
    table = regions_of(small_atlas, [[15, 30, 40], [15, 30, 100]], [[15, 30, 45]]).as_dataframe()
    assert table["acronym"].tolist() == ["a1", "a2", "a1"]
    assert table["starts_here"].tolist() == [True, False, True]
    assert table["ends_here"].tolist() == [False, True, True]
    assert table["hemisphere"].tolist() == ["left", "right", "left"]
    assert table["line"].tolist() == [0, 0, 1]


@pytest.mark.data
@pytest.mark.parametrize("volume", ["annotation_100.nrrd", "annotation_50.nrrd"])
@pytest.mark.parametrize(
    "name",
    ["streamlines.json", "htmlResponseSample_4500_3200_5700.html", "121753.swc", "neuron1.swc"],
)
def test_real_lines_run_through_the_regions_that_lookups_name(data_folder, volume, name):
    atlas = open_atlas(data_folder / "allen_ccfv3_2017" / volume)
    lines = read_streamlines(data_folder / "streamlines_points_meshes" / name)
    found = find_line_regions(atlas.ranks, atlas.hemisphere_rule, lines)
    lengths = [line.length for line in lines]
    assert np.abs(found.line_lengths - lengths).max() < 1e-6
    for number, line in enumerate(lines):
        hits = [atlas.at(position) for position in line.positions]
        ranks = [OUTSIDE if hit.outside else hit.rank for hit in hits]
        assert (found.start_ranks[number], found.end_ranks[number]) == (ranks[0], ranks[-1])
        # The points' regions turn up among the visits, in their order.
        sides = [{"left": 1, "right": 2, None: 0}[hit.hemisphere] for hit in hits]
        visits = iter((v.rank, v.hemisphere) for v in found.visits(number))
        visit = next(visits)
        for wanted in zip(ranks, sides, strict=True):
            while visit != wanted:
                visit = next(visits)
