"""Points per region and side, and the table that is made of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from napari_atlas_explorer import Atlas, RegionMap, VoxelData
from napari_atlas_explorer.analysis.points.counts import count_points, place_points
from napari_atlas_explorer.analysis.points.hemisphere_table import HemisphereTable
from napari_atlas_explorer.analysis.values.images import region_values
from napari_atlas_explorer.core.errors import ArgumentError, UnknownRegionError
from napari_atlas_explorer.core.regions.collapse import Collapse

STEPS = np.array([10.0, 20.0, 30.0])


@pytest.fixture
def random_atlas(small_map: RegionMap) -> Atlas:
    rng = np.random.default_rng(8)
    ids = rng.choice([0, 1, 2, 3, 4, 6, 70000, 999], size=(7, 8, 9)).astype(np.uint32)
    sides = rng.integers(0, 3, ids.shape).astype(np.uint8)
    return Atlas.from_arrays(ids, small_map, STEPS, hemispheres=sides)


@pytest.fixture
def points(random_atlas: Atlas) -> np.ndarray:
    rng = np.random.default_rng(9)
    found = rng.uniform(-30, np.array(random_atlas.shape) * STEPS + 30, (3000, 3))
    found[::100, 1] = np.nan
    found[7, 2] = np.inf
    return found


def looked_up(atlas: Atlas, points: np.ndarray) -> tuple[list[int | None], list[int]]:
    """Id (None outside) and side of each point, one at a time."""
    ids, sides = np.asarray(atlas.annotation), np.asarray(atlas.hemispheres)
    found: list[int | None] = []
    side_of = []
    for point in points:
        index = np.floor(point / STEPS)
        if not ((index >= 0) & (index < ids.shape)).all():
            found.append(None)
            side_of.append(0)
            continue
        where = tuple(index.astype(int))
        found.append(int(ids[where]))
        side_of.append(int(sides[where]))
    return found, side_of


def table_of(atlas, points, values=None, image=None, sided=True, **collapse) -> pd.DataFrame:
    sides = atlas.hemisphere_rule if sided else None
    placed = place_points(atlas.ranks, atlas.hemisphere_rule, points)
    counts = count_points(atlas.ranks, sides, placed, values)
    measured = None if image is None else region_values(atlas.ranks, image, sides)
    chosen = Collapse.of(atlas.ranks, **collapse)
    return HemisphereTable(atlas.ranks, sides, chosen, {"one": counts}, measured).as_dataframe()


def ids_below(atlas: Atlas, region_id: int) -> list[int]:
    if region_id in list(atlas.region_map):
        return atlas.region_map.descendant_ids([region_id])[0]
    return [region_id]


def test_every_row_agrees_with_a_loop_over_the_points(random_atlas, points):
    rng = np.random.default_rng(10)
    values = rng.normal(size=len(points))
    values[::7] = np.nan
    image = VoxelData(rng.normal(size=random_atlas.shape), STEPS)
    table = table_of(random_atlas, points, values, image)
    ids, sides = map(np.array, looked_up(random_atlas, points))
    ids = np.array([-1 if i is None else i for i in ids])
    annotation = np.asarray(random_atlas.annotation)
    side_of = np.asarray(random_atlas.hemispheres)
    number = {"left": 1, "right": 2, "neither": 0}
    regions = table[table["id"].fillna(0) != 0]
    assert len(regions) == 3 * (len(random_atlas.region_map) + 1)
    for row in regions.to_dict("records"):
        side = number[row["side"]]
        own = (ids == row["id"]) & (sides == side)
        below = ids_below(random_atlas, row["id"])
        whole = np.isin(ids, below) & (sides == side)
        assert (row["direct"], row["total"]) == (own.sum(), whole.sum())
        valued = values[whole & ~np.isnan(values)]
        assert row["value_sum"] == pytest.approx(valued.sum())
        assert row["value_mean"] == pytest.approx(
            valued.mean() if len(valued) else np.nan, nan_ok=True
        )
        voxels = np.isin(annotation, below) & (side_of == side)
        mm3 = voxels.sum() * STEPS.prod() / 1e9
        assert row["mm3"] == pytest.approx(mm3)
        density = whole.sum() / mm3 if mm3 else np.nan
        assert row["per_mm3"] == pytest.approx(density, nan_ok=True)
        seen = image.raw[voxels]
        assert row["image_mean"] == pytest.approx(seen.mean() if len(seen) else np.nan, nan_ok=True)
        assert row["image_voxels"] == len(seen)
    assert table["direct"].sum() == len(points)
    special = table.set_index(["acronym", "side"])
    assert special.loc[("outside", ""), "direct"] == (ids == -1).sum()
    for side in number:
        n = ((ids == 0) & (sides == number[side])).sum()
        assert special.loc[("unannotated", side), "direct"] == n
    nobody = values[(ids == -1) & ~np.isnan(values)]
    assert special.loc[("outside", ""), "value_sum"] == pytest.approx(nobody.sum())


def test_points_that_are_not_numbers_are_outside_and_reported(random_atlas, points):
    placed = place_points(random_atlas.ranks, random_atlas.hemisphere_rule, points)
    counts = count_points(random_atlas.ranks, None, placed)
    assert counts.not_numbers == 30
    assert counts.outside > 31
    assert counts.n_points == 3000


@pytest.mark.parametrize("level", [0, 1, 2, 9])
def test_a_level_counts_for_the_ancestors_there(random_atlas, points, level):
    table = table_of(random_atlas, points, sided=False, level=level)
    ids, _ = looked_up(random_atlas, points)
    inside = points[[i is not None for i in ids]]
    expected = random_atlas.structure_from_coords(inside, microns=True, hierarchy_lev=level)
    kinds, numbers = np.unique(expected, return_counts=True)
    found = table[table["direct"] > 0].iloc[:-1].set_index("id")["direct"]
    assert found.to_dict() == dict(zip(kinds.tolist(), numbers.tolist(), strict=True))
    assert table["direct"].sum() == len(points)
    whole = table_of(random_atlas, points, sided=False).set_index("id")["total"]
    shown = table.dropna(subset="id").set_index("id")["total"]
    pd.testing.assert_series_equal(shown, whole[shown.index])


def test_a_list_of_regions_leaves_the_rest_to_the_root(random_atlas, points):
    table = table_of(random_atlas, points, sided=False, regions=["A", "a2"])
    ids, _ = looked_up(random_atlas, points)
    number = {i: ids.count(i) for i in (1, 2, 3, 4, 6, 70000, 999)}
    found = table.set_index("acronym")["direct"]
    assert list(table["id"].iloc[:4]) == [1, 2, 4, 999]
    assert found["A"] == number[2] + number[3]
    assert found["a2"] == number[4]
    assert found["root"] == number[1] + number[6] + number[70000]
    assert found.sum() == len(points)
    totals = table.set_index("acronym")["total"]
    assert totals["A"] == number[2] + number[3] + number[4]


def test_what_is_not_there_is_missing_and_not_zero(small_atlas):
    table = table_of(small_atlas, np.array([[15.0, 30.0, 45.0]])).set_index(["acronym", "side"])
    empty = table.loc[("C", "left")]
    assert (empty["direct"], empty["mm3"]) == (0, 0)
    assert np.isnan(empty["per_mm3"])
    assert table.loc[("a1", "left"), "direct"] == 1
    assert table.loc[("a1", "left"), "parent_id"] == 2
    assert pd.isna(table.loc[("root", "left"), "parent_id"])
    assert np.isnan(table.loc[("outside", ""), "mm3"])
    assert "neither" not in set(table.index.get_level_values("side"))


def test_several_samples_stand_one_below_the_other(small_atlas):
    labels = small_atlas.ranks
    counts = {
        name: count_points(labels, None, place_points(labels, None, np.full((n, 3), 35.0)))
        for name, n in (("a", 2), ("b", 5))
    }
    table = HemisphereTable(labels, None, Collapse.of(labels), counts).as_dataframe()
    assert list(table.columns[:2]) == ["sample", "id"]
    assert table.groupby("sample")["direct"].sum().to_dict() == {"a": 2, "b": 5}


def test_no_points_are_a_table_of_zeros(small_atlas):
    table = table_of(small_atlas, np.zeros((0, 3)))
    assert table["direct"].sum() == 0
    assert len(table) > 12


@pytest.mark.parametrize("options", [{"level": -1}, {"level": 1, "regions": ["A"]}])
def test_collapses_that_cannot_be_are_refused(small_atlas, options):
    with pytest.raises(ArgumentError, match="expected"):
        Collapse.of(small_atlas.ranks, **options)
    with pytest.raises(UnknownRegionError):
        Collapse.of(small_atlas.ranks, regions=["nowhere"])


def test_arrays_of_other_shapes_are_refused(small_atlas):
    with pytest.raises(ArgumentError, match="expected"):
        place_points(small_atlas.ranks, None, (1.0, 2.0, 3.0))
    placed = place_points(small_atlas.ranks, None, np.zeros((4, 3)))
    with pytest.raises(ArgumentError, match="4 points"):
        count_points(small_atlas.ranks, None, placed, np.zeros(3))
