"""What holds for any grid, any tree and any annotation, against plain loops and recursion."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_atlas_explorer import Atlas, RegionMap, VoxelData
from napari_atlas_explorer.core.errors import ArgumentError, OutsideError

from ..refusals import refused

quick = settings(max_examples=60, deadline=None, derandomize=True)

signed_steps = st.floats(0.05, 500).flatmap(lambda s: st.sampled_from([s, -s]))


@st.composite
def volumes(draw: st.DrawFn) -> VoxelData:
    """Up to 7 × 7 × 7 numbered voxels; steps of any sign and size, odd and even lengths."""
    shape = draw(st.tuples(*[st.integers(1, 7)] * 3))
    steps = draw(st.tuples(*[signed_steps] * 3))
    corner = draw(st.tuples(*[st.floats(-1e4, 1e4)] * 3))
    return VoxelData(np.arange(math.prod(shape)).reshape(shape), steps, corner)


Parents = dict[int, int | None]


@st.composite
def forests(draw: st.DrawFn, roots: int = 2, ids: int = 2**40) -> Parents:
    """Parent of each id; parents come before their children, ids in no order."""
    n = draw(st.integers(1, 15))
    listed = draw(st.lists(st.integers(1, ids), min_size=n, max_size=n, unique=True))
    up = [None, *(draw(st.sampled_from([None] * (roots - 1) + listed[:i])) for i in range(1, n))]
    return dict(zip(listed, up, strict=True))


def tree_of(parents: Parents) -> RegionMap:
    return RegionMap.from_structures(
        [{"id": i, "parent_structure_id": up} for i, up in parents.items()]
    )


def line(parents: Parents, node: int) -> list[int]:
    """A node and its ancestors, root last."""
    up = parents[node]
    return [node, *(line(parents, up) if up is not None else [])]


def below(parents: Parents, node: int) -> list[int]:
    return [i for i in parents if node in line(parents, i)]


@st.composite
def annotated(draw: st.DrawFn) -> tuple[Parents, np.ndarray]:
    """A forest and ids of it in blocks, between background and an id that it lacks."""
    parents = draw(forests())
    shape = draw(st.tuples(st.integers(1, 10), st.integers(1, 5), st.integers(1, 6)))
    strange = draw(st.integers(1, 2**40).filter(lambda i: i not in parents))
    values = np.array([0, strange, *parents])
    picked = np.random.default_rng(draw(st.integers(0, 1000))).choice(values, shape)
    repeats = draw(st.integers(1, 3))
    return parents, picked.repeat(repeats, axis=2)


# ---- positions and voxels ------------------------------------------------------------------


@quick
@given(volumes(), st.tuples(*[st.floats(0.001, 0.999)] * 3))
def test_a_voxel_is_found_from_its_corner_and_from_any_point_in_it(volume, fraction):
    every = np.argwhere(np.ones(volume.shape, bool))
    for inner in (np.zeros(3), np.array(fraction)):
        positions = volume.indices_to_positions(every + inner)
        np.testing.assert_array_equal(volume.positions_to_indices(positions), every)
        np.testing.assert_array_equal(volume.lookup(positions), volume.raw.ravel())
        fractions = volume.positions_to_indices(positions, keep_fraction=True)
        np.testing.assert_allclose(fractions, every + inner, atol=1e-5)


@quick
@given(volumes(), st.integers(0, 2), st.floats(0.001, 1000))
def test_what_lies_before_the_first_or_behind_the_last_voxel_is_outside(volume, axis, distance):
    for q in (-distance, volume.shape[axis] + distance, float(volume.shape[axis])):
        at = np.full(3, 0.5)
        at[axis] = q
        position = volume.indices_to_positions(at)
        assert volume.positions_to_indices(position, strict=False).tolist() == [-1, -1, -1]
        assert volume.lookup(position, outer_value=-7) == -7
        with pytest.raises(OutsideError):
            volume.lookup(position)


@quick
@given(volumes())
def test_the_bounding_box_holds_every_corner_and_no_more(volume):
    corners = volume.indices_to_positions(
        [
            [i, j, k]
            for i in (0, volume.shape[0])
            for j in (0, volume.shape[1])
            for k in (0, volume.shape[2])
        ]
    )
    np.testing.assert_allclose(volume.bbox, [corners.min(axis=0), corners.max(axis=0)])
    size = math.prod(volume.bbox[1] - volume.bbox[0])
    assert volume.voxel_volume * volume.raw.size == pytest.approx(size, rel=1e-6)


@quick
@given(volumes(), st.data())
def test_a_cropped_volume_answers_as_the_whole_one(volume, data):
    kept = data.draw(st.sets(st.sampled_from(volume.raw.ravel().tolist()), min_size=1, max_size=4))
    others = [v for v in volume.raw.ravel().tolist() if v not in kept]
    cropped = volume.compact(others)
    centers = volume.indices_to_positions(np.argwhere(np.isin(volume.raw, list(kept))) + 0.5)
    np.testing.assert_array_equal(cropped.lookup(centers), volume.lookup(centers))
    where = np.argwhere(np.isin(volume.raw, list(kept)))
    assert cropped.shape == tuple(np.ptp(where, axis=0) + 1)


@quick
@given(volumes(), st.data())
def test_clipping_keeps_the_voxels_whose_corners_all_lie_in_the_box(volume, data):
    # Ends between edges, so that no rounding decides.
    ends = [
        sorted(data.draw(st.tuples(*[st.integers(-1, n).map(lambda i: i + 0.5)] * 2)))
        for n in volume.shape
    ]
    box = volume.indices_to_positions(np.array(ends).T)
    inside = np.ones(volume.shape, bool)
    for axis, (low, high) in enumerate(ends):
        index = np.indices(volume.shape)[axis]
        inside &= (index >= low) & (index + 1 <= high)
    if inside.any():
        clipped = volume.clip(box, na_value=-1)
        np.testing.assert_array_equal(clipped.raw, np.where(inside, volume.raw, -1))
    else:
        with refused("no voxel", by=ArgumentError):
            volume.clip(box)


# ---- trees ---------------------------------------------------------------------------------


@quick
@given(forests(roots=3), st.data())
def test_relations_of_several_regions_are_those_of_recursion(parents, data):
    tree = tree_of(parents)
    some = data.draw(st.lists(st.sampled_from(list(parents)), min_size=1, max_size=5))
    lines = [line(parents, i) for i in some]
    shared = [i for i in lines[0] if all(i in other for other in lines)]
    assert tree.common_ancestor(some) == (shared[0] if shared else None)
    over = {i for i in some if any(i != j and i in line(parents, j) for j in some)}
    assert tree.has_overlaps(some) == over
    assert tree.ancestor_ids(some) == lines
    assert [sorted(ids) for ids in tree.descendant_ids(some)] == [
        sorted(below(parents, i)) for i in some
    ]
    assert tree.parent_ids(some) == [parents[i] for i in some]
    for level in range(5):
        deep = [i for i in parents if len(line(parents, i)) == level + 1]
        assert sorted(tree.at_level(level)) == sorted(deep)


@quick
@given(forests(roots=3), st.data())
def test_a_mapping_takes_each_region_to_its_nearest_listed_ancestor_or_its_root(parents, data):
    tree = tree_of(parents)
    listed = data.draw(st.lists(st.sampled_from(list(parents)), max_size=5))
    expected = [
        next((i for i in line(parents, node) if i in listed), line(parents, node)[-1])
        for node in parents
    ]
    strange = data.draw(st.integers(1, 2**40).filter(lambda i: i not in parents))
    asked = np.array([0, strange, *parents])
    ids, unknown = tree.mapping_to(listed).remap(asked)
    assert ids.tolist() == [0, strange, *expected]
    assert list(unknown) == [strange]


# ---- annotations ---------------------------------------------------------------------------


@quick
@given(annotated())
def test_masks_and_counts_of_any_tree_are_those_of_isin(made):
    parents, ids = made
    atlas = Atlas.from_arrays(ids, tree_of(parents), (10.0, 20.0, 30.0))
    np.testing.assert_array_equal(atlas.annotation, ids)
    for node in parents:
        expected = np.isin(ids, below(parents, node))
        np.testing.assert_array_equal(atlas.get_structure_mask(node).raw, expected)
        direct = atlas.get_structure_mask(node, direct_only=True)
        np.testing.assert_array_equal(direct.raw, ids == node)
        assert atlas.total_voxel_map[node] == expected.sum()
        assert atlas.direct_voxel_map[node] == (ids == node).sum()


@quick
@given(annotated(), st.integers(0, 4), st.booleans())
def test_lookups_at_a_level_are_those_of_recursion(made, level, microns):
    parents, ids = made
    atlas = Atlas.from_arrays(ids, tree_of(parents), (10.0, 20.0, 30.0))
    voxels = np.argwhere(np.ones(ids.shape, bool))
    expected = []
    for i in ids.ravel().tolist():
        above = line(parents, i)[::-1] if i in parents else [i]
        expected.append(above[min(level, len(above) - 1)])
    asked = (voxels + 0.5) * atlas.resolution if microns else voxels
    found = atlas.structure_from_coords(asked, microns=microns, hierarchy_lev=level)
    assert found.tolist() == expected


@quick
@given(annotated(), st.integers(0, 99))
def test_statistics_of_any_tree_are_those_of_a_loop(made, seed):
    parents, ids = made
    sides = np.random.default_rng(seed).integers(0, 3, ids.shape).astype(np.uint8)
    steps = np.array([10.0, 20.0, 30.0])
    atlas = Atlas.from_arrays(ids, tree_of(parents), steps, hemispheres=sides)
    table = atlas.statistics().set_index("id")
    assert set(table.index) == set(parents) | (set(np.unique(ids).tolist()) - {0})
    for node in table.index:
        mask = np.isin(ids, below(parents, node) if node in parents else [node])
        row, voxels = table.loc[node], np.argwhere(mask)
        assert row["total_voxels"] == len(voxels)
        assert row["total_mm3"] == pytest.approx(len(voxels) * 6000 / 1e9)
        assert row["left_voxels"] == (mask & (sides == 1)).sum()
        assert row["right_voxels"] == (mask & (sides == 2)).sum()
        centroid = row[["centroid_0_um", "centroid_1_um", "centroid_2_um"]].to_numpy(float)
        if len(voxels):
            np.testing.assert_allclose(centroid, (voxels + 0.5).mean(axis=0) * steps)
            starts = [row[f"box_{axis}_start"] for axis in range(3)]
            stops = [row[f"box_{axis}_stop"] for axis in range(3)]
            assert (starts, stops) == (voxels.min(axis=0).tolist(), (voxels.max(0) + 1).tolist())
        else:
            assert np.isnan(centroid).all()


@quick
@given(annotated(), st.tuples(*[st.floats(1.0, 3.3)] * 3))
def test_a_coarser_voxel_has_the_id_at_its_center(made, factors):
    parents, ids = made
    steps = np.array([10.0, 20.0, 30.0])
    atlas = Atlas.from_arrays(ids, tree_of(parents), steps)
    # Sizes of whole tenths of a micrometer, and none so coarse that nothing is left.
    sizes = [min(round(s * f, 1), s * n) for s, f, n in zip(steps, factors, ids.shape, strict=True)]
    coarse = atlas.downsample(sizes)
    assert coarse.resolution == pytest.approx(sizes)
    centers = coarse.grid.to_world(np.argwhere(np.ones(coarse.shape, bool)) + 0.5)
    expected = atlas.annotation.lookup(centers)
    np.testing.assert_array_equal(np.asarray(coarse.annotation).ravel(), expected)
    # Every old voxel's center is in the copy, or within half a new voxel of its far edge.
    assert (np.abs(coarse.grid.bbox[1] - atlas.grid.bbox[1]) <= np.array(sizes) / 2 + 1e-6).all()


# ---- the ends of what there is -------------------------------------------------------------


def test_an_atlas_of_background_alone_has_nothing_anywhere(small_map):
    atlas = Atlas.from_arrays(np.zeros((3, 4, 5), np.uint32), small_map, (10.0, 20.0, 30.0))
    assert set(atlas.total_voxel_map.values()) == set(atlas.direct_voxel_map.values()) == {0}
    assert not atlas.get_structure_mask("root").raw.any()
    assert atlas.structure_from_coords([[1, 1, 1], [9, 9, 9]]).tolist() == [0, 0]
    assert atlas.at((15, 30, 45)).id == 0
    assert not atlas.at((15, 30, 45)).outside
    table = atlas.statistics()
    assert len(table) == len(small_map)
    assert table["total_voxels"].sum() == 0
    assert table["centroid_0_um"].isna().all()
    with refused("no voxel", by=ArgumentError):
        atlas.remove_unassigned()


@pytest.mark.parametrize("shape", [(0, 3, 4), (3, 0, 4), (3, 4, 0)])
def test_a_volume_without_a_voxel_answers_that_all_is_outside(shape):
    volume = VoxelData(np.zeros(shape), (10, 20, 30))
    assert volume.lookup([[0, 0, 0], [5, 5, 5]], outer_value=-1).tolist() == [-1, -1]
    assert volume.count(0) == 0
    with refused("nothing would be left", by=ArgumentError):
        volume.compact()


@pytest.mark.parametrize("shape", [(0, 3, 4), (3, 0, 4), (3, 4, 0)])
def test_an_atlas_without_a_voxel_has_nothing_anywhere(small_map, shape):
    atlas = Atlas.from_arrays(np.zeros(shape, np.uint32), small_map, (10.0, 20.0, 30.0))
    assert set(atlas.total_voxel_map.values()) == {0}
    assert atlas.get_structure_mask("root").shape == shape
    assert atlas.structure_from_coords([0, 0, 0]) == 0
    assert atlas.at((0, 0, 0)).outside


@pytest.mark.parametrize("shape", [(1, 1, 1), (5, 1, 1), (2, 3, 4)])
def test_one_region_that_fills_everything_is_all_there_is(shape):
    only = RegionMap.from_structures([{"id": 2**40, "acronym": "all"}])
    atlas = Atlas.from_arrays(np.full(shape, 2**40), only, (10.0, 20.0, 30.0))
    n = math.prod(shape)
    assert atlas.get_structure_mask("all").raw.sum() == n
    assert atlas.total_voxel_map == atlas.direct_voxel_map == {2**40: n}
    assert atlas.at((1, 1, 1)).path == ("all",)
    row = atlas.statistics().iloc[0]
    middle = np.array(shape) / 2 * (10, 20, 30)
    assert [row[f"centroid_{axis}_um"] for axis in range(3)] == middle.tolist()
    assert atlas.remove_unassigned().total_voxel_map == {2**40: n}


def test_seventy_thousand_regions_with_ids_of_forty_bits_are_distinguished():
    n = 70_000
    rng = np.random.default_rng(5)
    ids = np.unique(rng.integers(1, 2**40, n + 100))[:n]
    rng.shuffle(ids)
    above = [None, *(rng.integers(0, np.arange(1, n)) // 2).tolist()]
    rows = [
        {"id": int(i), "parent_structure_id": None if k is None else int(ids[k])}
        for i, k in zip(ids, above, strict=True)
    ]
    picked = rng.integers(0, n, (30, 40, 50))
    volume = ids[picked]
    atlas = Atlas.from_arrays(volume, RegionMap.from_structures(rows), 10.0)
    assert atlas.ranks.raw.dtype == np.uint32
    np.testing.assert_array_equal(atlas.annotation, volume)
    # Parents come before their children: one pass backwards sums the counts up.
    totals = np.bincount(picked.ravel(), minlength=n)
    in_third = np.arange(n) == 3
    for k in range(1, n):
        in_third[k] |= in_third[above[k]]
    for k in range(n - 1, 0, -1):
        totals[above[k]] += totals[k]
    assert atlas.total_voxel_map == dict(zip(ids.tolist(), totals.tolist(), strict=True))
    assert 100 < in_third.sum() < n / 2
    mask = atlas.get_structure_mask(int(ids[3]))
    np.testing.assert_array_equal(mask.raw, in_third[picked])
    at = rng.integers(0, volume.shape, (1000, 3))
    assert atlas.structure_from_coords(at).tolist() == volume[tuple(at.T)].tolist()
