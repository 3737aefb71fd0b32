"""Counts and image statistics by region, against brute force."""

from __future__ import annotations

import numpy as np
import pytest

from napari_atlas_explorer import open_atlas
from napari_atlas_explorer.core.errors import ArgumentError
from napari_atlas_explorer.points import count_by_region
from napari_atlas_explorer.values import measure_by_region

from .. import packages


@pytest.fixture
def atlas(tmp_path):
    return open_atlas(packages.brainglobe_v2(tmp_path / "a"))


@pytest.fixture
def points(atlas):
    return np.random.default_rng(5).uniform(0, np.array(atlas.shape) * 120.0, (400, 3))


def test_counts_are_those_of_single_lookups(atlas, points):
    looked_up = atlas.lookup(points)
    table = count_by_region(atlas, points).set_index(["acronym", "side"])
    for (acronym, side), n in looked_up.groupby(["acronym", "hemisphere"]).size().items():
        assert table.loc[(acronym, side), "direct"] == n
    assert table.direct.sum() == len(points)
    assert table.loc[("outside", ""), "direct"] == looked_up.outside.sum()


def test_regions_levels_and_sides_can_be_put_together(atlas, points):
    table = count_by_region(atlas, points, regions=["grey"], both_sides=True)
    n = int(np.isin(atlas.lookup(points).acronym, ["Isocortex", "TH"]).sum())
    assert table.set_index("acronym").direct["grey"] == n
    level = count_by_region(atlas, points, level=1, both_sides=True)
    assert level.set_index("acronym").direct["grey"] == n


def test_samples_have_a_column_and_points_values(atlas, points):
    table = count_by_region(atlas, {"a": points[:50], "b": points[50:]})
    assert table.groupby("sample").direct.sum().to_dict() == {"a": 50, "b": 350}
    valued = count_by_region(atlas, points, np.arange(400.0), both_sides=True)
    inside = (atlas.lookup(points).acronym == "TH").to_numpy()
    assert valued.set_index("acronym").value_sum["TH"] == np.arange(400.0)[inside].sum()


def test_an_image_is_measured_as_numpy_measures_it(atlas):
    table = measure_by_region(atlas, atlas.reference, both_sides=True).set_index("acronym")
    values = atlas.reference.raw[atlas.annotation.raw == 549]
    assert table.image_mean["TH"] == pytest.approx(values.mean())
    assert table.image_median["TH"] == np.median(values)
    given = measure_by_region(atlas, atlas.reference.raw, both_sides=True).set_index("acronym")
    assert given.image_sum["TH"] == values.sum()


def test_an_array_of_another_shape_is_refused(atlas):
    with pytest.raises(ArgumentError, match="does not fit"):
        measure_by_region(atlas, np.zeros((2, 2, 2)))
